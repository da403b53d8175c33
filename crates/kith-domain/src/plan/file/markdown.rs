//! Markdown: posts divided by a line `---`, with fields before the text where needed.
//!
//! The rules, in the order they are tried:
//! 1. If the file's first line is `---`, the lines up to the next `---` are fields that hold for every post.
//! 2. A line that is `---` alone divides two posts. The text between is kept as written, without blank lines around it.
//! 3. If the first line of a post is `name: value` with the name of a column, the lines down to the first empty line
//!    are that post's fields. A post of fields alone gives them to the next post, so `---`, fields, `---`, text works.
//! 4. A backslash before such a first line keeps it text: `\zone: a poem` reads `zone: a poem`.
//!
//! Values may stand in quotes, lists in brackets: `channels: [a, b]`. `text` itself is no field, `text:mastodon` is.

use super::{Collected, Column, Problem, Reason};
use crate::plan::PlanRow;

const DIVIDER: &str = "---";

/// A line of the file, without its end, and its number from 1.
type Line<'t> = (u32, &'t str);

/// A field with the line it stands in.
type FieldLine = (Column, u32, String);

pub(super) fn read(text: &str, out: &mut Collected) {
    let lines: Vec<Line<'_>> = text.lines().enumerate().map(|(index, line)| (index as u32 + 1, line.trim_end())).collect();
    let mut sections: Vec<&[Line<'_>]> = lines.split(|(_, line)| *line == DIVIDER).collect();

    let mut for_all = Vec::new();
    let opens_with_divider = lines.first().is_some_and(|(_, line)| *line == DIVIDER);
    let head = sections.get(1).copied().unwrap_or_default();
    if opens_with_divider && sections.len() > 2 && is_fields_alone(head) {
        (for_all, _) = split_fields(head, out);
        sections.drain(..2);
    }
    read_posts(&sections, &for_all, out);
}

fn read_posts(sections: &[&[Line<'_>]], for_all: &[FieldLine], out: &mut Collected) {
    let mut carried: Vec<FieldLine> = Vec::new();
    let mut posts = 0_u32;
    for section in sections {
        let (fields, text) = split_fields(section, out);
        if text.is_empty() {
            carried.extend(fields);
            continue;
        }
        carried.extend(fields);
        let fields = std::mem::take(&mut carried);
        posts += 1;
        if !read_post(for_all, &fields, text, out) {
            break;
        }
    }
    if let Some((_, line, _)) = carried.first() {
        out.problem(Problem::refuse(*line, "text", Reason::EmptyText, "write the post below its fields"));
    }
    if posts > 1 {
        for (column, line, _) in for_all.iter().filter(|(column, _, _)| !holds_for_all(column)) {
            let reason = Reason::FieldForAll { name: column.name() };
            out.problem(Problem::refuse(*line, None, reason, "move it into the post that it belongs to"));
        }
    }
}

/// Whether it makes sense that all posts share the field.
fn holds_for_all(column: &Column) -> bool {
    matches!(column, Column::Zone | Column::Channels | Column::Category | Column::Cw | Column::Lang)
}

/// False when no more rows are taken.
fn read_post(for_all: &[FieldLine], fields: &[FieldLine], text: &[Line<'_>], out: &mut Collected) -> bool {
    let text_line = text.first().map_or(1, |(line, _)| *line);
    let line = fields.first().map_or(text_line, |(_, line, _)| *line).min(text_line);
    let Some(mut row) = out.begin_row(line) else { return false };
    let mut seen: Vec<&Column> = Vec::new();
    for (column, line, value) in fields {
        if seen.contains(&column) {
            let reason = Reason::ColumnTwice { name: column.name() };
            out.problem(Problem::refuse(*line, None, reason, "take one of the two out"));
            continue;
        }
        seen.push(column);
        put(&mut row, column, *line, value, out);
    }
    for (column, line, value) in for_all.iter().filter(|(column, _, _)| !seen.contains(&column)) {
        put(&mut row, column, *line, value, out);
    }
    let words: Vec<&str> = text.iter().map(|(_, line)| *line).collect();
    let words = words.join("\n");
    let words = words.strip_prefix('\\').filter(|rest| names_column(rest).is_some()).unwrap_or(&words);
    out.put(&mut row, &Column::Text, text_line, words);
    out.end_row(row);
    true
}

fn put(row: &mut PlanRow, column: &Column, line: u32, value: &str, out: &mut Collected) {
    let listed = matches!(column, Column::Channels | Column::Media | Column::Alt | Column::Poll | Column::Card);
    let Some(inner) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|_| listed) else {
        return out.put(row, column, line, unquoted(value));
    };
    let entries = inner.split([',', '|']).map(|entry| unquoted(entry.trim()).to_owned()).collect();
    out.put_list(row, column, line, entries);
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}

/// Divides a section into its fields and its text; the text has no blank lines around it.
fn split_fields<'s, 't>(section: &'s [Line<'t>], out: &mut Collected) -> (Vec<FieldLine>, &'s [Line<'t>]) {
    let section = without_blank_ends(section);
    if first_column(section).is_none() {
        return (Vec::new(), section);
    }
    let end = section.iter().position(|(_, line)| line.trim().is_empty()).unwrap_or(section.len());
    let (head, text) = section.split_at(end);
    let mut fields = Vec::new();
    for (number, line) in head {
        let Some((name, value)) = split_field(line) else {
            let reason = Reason::UnknownColumn { name: line.chars().take(60).collect(), did_you_mean: None };
            let way_out = "write name: value, or leave an empty line between the fields and the text";
            out.problem(Problem::refuse(*number, None, reason, way_out));
            continue;
        };
        match Column::of_name(name) {
            Ok(Column::Text) | Err(None) => {
                let way_out = "leave an empty line between the fields and the text";
                let reason = Reason::UnknownColumn { name: name.trim().chars().take(60).collect(), did_you_mean: None };
                out.problem(Problem::refuse(*number, None, reason, way_out));
            }
            Ok(column) => fields.push((column, *number, value.trim().to_owned())),
            Err(meant) => out.unknown_column(*number, name, meant),
        }
    }
    (fields, without_blank_ends(text))
}

/// `name: value`; for `text:mastodon: Hello` the name holds the first colon.
fn split_field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    if name.trim().eq_ignore_ascii_case("text") {
        let (network, _) = value.split_once(':')?;
        let at = name.len() + 1 + network.len();
        return line.get(..at).zip(line.get(at + 1..));
    }
    Some((name, value))
}

/// Whether a section holds fields and no text below them.
fn is_fields_alone(section: &[Line<'_>]) -> bool {
    let section = without_blank_ends(section);
    first_column(section).is_some() && !section.iter().any(|(_, line)| line.trim().is_empty())
}

/// The column that the first line of a section names, if it is a field.
fn first_column(section: &[Line<'_>]) -> Option<Column> {
    without_blank_ends(section).first().and_then(|(_, line)| names_column(line))
}

fn names_column(line: &str) -> Option<Column> {
    let (name, _) = split_field(line.lines().next()?)?;
    Column::of_name(name).ok().filter(|column| *column != Column::Text)
}

fn without_blank_ends<'s, 't>(mut lines: &'s [Line<'t>]) -> &'s [Line<'t>] {
    while let [(_, first), rest @ ..] = lines
        && first.trim().is_empty()
    {
        lines = rest;
    }
    while let [rest @ .., (_, last)] = lines
        && last.trim().is_empty()
    {
        lines = rest;
    }
    lines
}

#[cfg(test)]
mod tests;
