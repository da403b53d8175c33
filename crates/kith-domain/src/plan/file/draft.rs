//! A row in the making: columns are put in one by one, and what does not fit is reported.

use super::{Column, LIST_ENTRIES_MAX, PROBLEMS_MAX, Parsed, PlanRow, Problem, ROWS_MAX, Reason, TEXT_BYTES_MAX};
use crate::plan::SourceLine;

/// The rows and problems of a file while it is read.
#[derive(Debug, Default)]
pub(super) struct Collected {
    rows: Vec<PlanRow>,
    problems: Vec<Problem>,
    rows_seen: u32,
}

impl Collected {
    pub(super) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else if self.problems.len() == PROBLEMS_MAX {
            let reason = Reason::MoreProblems { shown: PROBLEMS_MAX as u32 };
            self.problems.push(Problem::refuse(None, None, reason, "put these right first, then try again"));
        }
    }

    /// An unknown column, in the words all formats share.
    pub(super) fn unknown_column(&mut self, line: u32, name: &str, did_you_mean: Option<String>) {
        let way_out = match &did_you_mean {
            Some(meant) => format!("rename it to {meant}, or take it out"),
            None => format!("take it out, or use one of: {}", Column::all_names()),
        };
        let reason = Reason::UnknownColumn { name: name.trim().chars().take(60).collect(), did_you_mean };
        self.problem(Problem::refuse(line, None, reason, way_out));
    }

    /// Begins a row at `line`; `None` when the file holds too many (said once).
    pub(super) fn begin_row(&mut self, line: u32) -> Option<PlanRow> {
        self.rows_seen += 1;
        if self.rows_seen > ROWS_MAX {
            if self.rows_seen == ROWS_MAX + 1 {
                let way_out = "divide the plan into several files";
                self.problem(Problem::refuse(line, None, Reason::TooManyRows { limit: ROWS_MAX }, way_out));
            }
            return None;
        }
        let source = SourceLine { line, row: self.rows_seen };
        Some(PlanRow { source, ..PlanRow::default() })
    }

    pub(super) fn end_row(&mut self, row: PlanRow) {
        self.rows.push(row);
    }

    /// Puts a written value into `row`; blank means absent.
    pub(super) fn put(&mut self, row: &mut PlanRow, column: &Column, line: u32, value: &str) {
        match column {
            Column::Channels => {
                if !value.trim().is_empty() {
                    let entries = value.split([',', ';', '|']).map(|entry| entry.trim().to_owned()).collect();
                    self.put_list(row, column, line, entries);
                }
            }
            Column::Media | Column::Alt | Column::Poll | Column::Card => {
                if !value.trim().is_empty() {
                    self.put_list(row, column, line, split_bars(value));
                }
            }
            Column::Text | Column::Wording(_) => self.put_text(row, column, line, value),
            Column::At | Column::Zone | Column::Category | Column::Cw | Column::Lang | Column::PollMinutes => {
                let value = value.trim();
                if value.is_empty() {
                    return;
                }
                if value.len() > TEXT_BYTES_MAX {
                    self.too_big(column, line, value);
                    return;
                }
                let value = Some(value.to_owned());
                match column {
                    Column::At => row.at = value,
                    Column::Zone => row.zone = value,
                    Column::Category => row.category = value,
                    Column::Cw => row.cw = value,
                    Column::PollMinutes => row.poll_minutes = value,
                    _ => row.lang = value,
                }
            }
        }
    }

    /// Puts a list into `row`; every entry must say something, but an alternative text may be blank until it is judged.
    pub(super) fn put_list(&mut self, row: &mut PlanRow, column: &Column, line: u32, entries: Vec<String>) {
        if entries.len() > LIST_ENTRIES_MAX {
            let reason = Reason::ListTooLong { found: entries.len() as u32, limit: LIST_ENTRIES_MAX as u32 };
            self.problem(Problem::refuse(line, None, reason, "shorten the list").in_column(column.name()));
            return;
        }
        if *column != Column::Alt {
            for (index, _) in entries.iter().enumerate().filter(|(_, entry)| entry.trim().is_empty()) {
                let reason = Reason::BlankEntry { position: index as u32 + 1 };
                let way_out = "take out the surplus separator, or name the entry";
                self.problem(Problem::refuse(line, None, reason, way_out).in_column(column.name()));
            }
        }
        match column {
            Column::Channels => row.channels = Some(entries),
            Column::Media => row.media = entries,
            Column::Alt => row.alt = entries,
            Column::Poll => row.poll = entries,
            Column::Card => row.card = entries,
            _ => {}
        }
    }

    fn put_text(&mut self, row: &mut PlanRow, column: &Column, line: u32, value: &str) {
        if value.len() > TEXT_BYTES_MAX {
            self.too_big(column, line, value);
        }
        let text = value.trim().replace("\r\n", "\n").replace('\r', "\n");
        match column {
            Column::Wording(network) if !text.is_empty() => {
                row.wordings.insert(network.clone(), text);
            }
            Column::Text => row.text = text,
            _ => {}
        }
    }

    fn too_big(&mut self, column: &Column, line: u32, value: &str) {
        let reason = Reason::TextTooBig { bytes: value.len() as u64, limit_bytes: TEXT_BYTES_MAX as u64 };
        let way_out = "shorten it; an article belongs on a page that the post links to";
        self.problem(Problem::refuse(line, None, reason, way_out).in_column(column.name()));
    }

    pub(super) fn finish(self) -> Parsed {
        Parsed { rows: self.rows, problems: self.problems }
    }
}

/// Splits at `|`; `\|` stands for the bar itself.
fn split_bars(value: &str) -> Vec<String> {
    let mut entries = vec![String::new()];
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'|') => {
                letters.next();
                push(&mut entries, '|');
            }
            '|' => entries.push(String::new()),
            other => push(&mut entries, other),
        }
    }
    entries.iter().map(|entry| entry.trim().to_owned()).collect()
}

fn push(entries: &mut [String], letter: char) {
    if let Some(last) = entries.last_mut() {
        last.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::split_bars;

    #[test]
    fn a_bar_divides_and_an_escaped_bar_does_not() {
        let table: [(&str, &[&str]); 5] = [
            ("a.jpg", &["a.jpg"]),
            ("a.jpg | b.jpg", &["a.jpg", "b.jpg"]),
            ("A cat|", &["A cat", ""]),
            (r"either\|or|next", &["either|or", "next"]),
            (r"pics\oven.jpg", &[r"pics\oven.jpg"]),
        ];
        for (value, expected) in table {
            assert_eq!(split_bars(value), expected, "{value}");
        }
    }
}
