//! CSV as RFC 4180 has it and as spreadsheets write it: a header, `,` or `;`, quoted fields over several lines.
//!
//! The reader is our own because a plan needs what general readers hide: the line on which each field begins, a quote
//! that is never closed (which would swallow the rest of the plan into one post), and letters after a closing quote.
//! Leading blanks before a quote, `\r` alone, empty lines and Excel's first line `sep=;` are taken as meant.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::CharIndices;

use super::{Collected, Column, Problem, Reason};

/// A field and the line on which it begins.
#[derive(Debug)]
struct Field {
    line: u32,
    value: String,
}

pub(super) fn read(text: &str, out: &mut Collected) {
    let (text, skipped, told) = excel_separator(text);
    let separator = told.unwrap_or_else(|| detect_separator(text));
    let mut reader = Reader { text, letters: text.char_indices().peekable(), line: 1 + skipped, separator };
    let Some(header) = reader.next_filled(out) else { return };
    let columns = read_header(&header, out);
    while let Some(record) = reader.next_filled(out) {
        let line = record.first().map_or(1, |field| field.line);
        let Some(mut row) = out.begin_row(line) else { break };
        if record.len() != columns.len() {
            let reason = Reason::RaggedRow { found: record.len() as u32, expected: columns.len() as u32 };
            let way_out = format!("put a field that holds {separator:?} into double quotes, or add the missing fields");
            out.problem(Problem::refuse(line, None, reason, way_out));
            continue;
        }
        for (field, column) in record.iter().zip(&columns) {
            if let Some(column) = column {
                out.put(&mut row, column, field.line, &field.value);
            }
        }
        out.end_row(row);
    }
}

/// `None` stands for a column that was reported and is passed over.
fn read_header(header: &[Field], out: &mut Collected) -> Vec<Option<Column>> {
    let mut seen = BTreeSet::new();
    let columns: Vec<Option<Column>> = header
        .iter()
        .map(|field| match Column::of_name(&field.value) {
            Ok(column) => {
                if !seen.insert(column.clone()) {
                    let reason = Reason::ColumnTwice { name: column.name() };
                    out.problem(Problem::refuse(field.line, None, reason, "take one of the two out"));
                    return None;
                }
                Some(column)
            }
            Err(meant) => {
                out.unknown_column(field.line, &field.value, meant);
                None
            }
        })
        .collect();
    if !seen.contains(&Column::Text) {
        let line = header.first().map_or(1, |field| field.line);
        let reason = Reason::MissingColumn { name: "text".to_owned() };
        let way_out = "the first line names the columns: add text (and at, zone, channels … as needed)";
        out.problem(Problem::refuse(line, None, reason, way_out));
    }
    columns
}

/// Excel's own hint, `sep=;` as the first line.
fn excel_separator(text: &str) -> (&str, u32, Option<char>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end().strip_prefix("sep=") {
        Some(";") => (rest, 1, Some(';')),
        Some(",") => (rest, 1, Some(',')),
        _ => (text, 0, None),
    }
}

/// The more frequent of `;` and `,` outside quotes in the header.
fn detect_separator(text: &str) -> char {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let (mut commas, mut semicolons, mut quoted) = (0_u32, 0_u32, false);
    for letter in header.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => commas += 1,
            ';' if !quoted => semicolons += 1,
            _ => {}
        }
    }
    if semicolons > commas { ';' } else { ',' }
}

struct Reader<'t> {
    text: &'t str,
    letters: Peekable<CharIndices<'t>>,
    line: u32,
    separator: char,
}

impl Reader<'_> {
    /// The next record that is not an empty line.
    fn next_filled(&mut self, out: &mut Collected) -> Option<Vec<Field>> {
        while self.letters.peek().is_some() {
            let record = self.next_record(out);
            let empty = record.len() <= 1 && record.iter().all(|field| field.value.trim().is_empty());
            if !empty {
                return Some(record);
            }
        }
        None
    }

    fn next_record(&mut self, out: &mut Collected) -> Vec<Field> {
        let mut record = Vec::new();
        loop {
            record.push(self.next_field(out));
            match self.letters.next() {
                Some((_, letter)) if letter == self.separator => {}
                Some((_, letter)) => {
                    self.end_line(letter);
                    return record;
                }
                None => return record,
            }
        }
    }

    /// Reads up to, not over, the separator or the end of the line.
    fn next_field(&mut self, out: &mut Collected) -> Field {
        let line = self.line;
        let mut value = String::new();
        while let Some((_, letter)) = self.letters.peek().copied() {
            if letter == '"' && value.trim().is_empty() {
                self.letters.next();
                return Field { line, value: self.quoted(line, out) };
            }
            if letter == self.separator || matches!(letter, '\n' | '\r') {
                break;
            }
            value.push(letter);
            self.letters.next();
        }
        Field { line, value }
    }

    /// The rest of a quoted field and the blanks behind it.
    fn quoted(&mut self, opened: u32, out: &mut Collected) -> String {
        let mut value = String::new();
        loop {
            match self.letters.next() {
                None => {
                    let way_out = "close the field with a double quote; write a quote inside a field as \"\"";
                    out.problem(Problem::refuse(opened, None, Reason::QuoteOpen, way_out));
                    return value;
                }
                Some((_, '"')) if self.next_is('"') => {
                    self.letters.next();
                    value.push('"');
                }
                Some((_, '"')) => break,
                Some((_, letter)) => {
                    value.push(letter);
                    if letter == '\n' || (letter == '\r' && !self.next_is('\n')) {
                        self.line += 1;
                    }
                }
            }
        }
        self.after_quote(out);
        value
    }

    fn after_quote(&mut self, out: &mut Collected) {
        let from = self.letters.peek().map(|(at, _)| *at);
        let mut to = from;
        while let Some((at, letter)) = self.letters.peek().copied() {
            if letter == self.separator || matches!(letter, '\n' | '\r') {
                break;
            }
            to = Some(at + letter.len_utf8());
            self.letters.next();
        }
        let between = from.zip(to).and_then(|(from, to)| self.text.get(from..to)).unwrap_or_default().trim();
        if !between.is_empty() {
            let found = between.chars().take(20).collect();
            let way_out = "write a quote inside a quoted field as \"\", or take the quotes off the whole field";
            out.problem(Problem::refuse(self.line, None, Reason::QuoteStray { found }, way_out));
        }
    }

    fn end_line(&mut self, letter: char) {
        if letter == '\r' && self.next_is('\n') {
            self.letters.next();
        }
        self.line += 1;
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.letters.peek().is_some_and(|(_, letter)| *letter == wanted)
    }
}

#[cfg(test)]
mod tests;
