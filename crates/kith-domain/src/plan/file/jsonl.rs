//! JSON Lines: one object a line, with the names of the columns as keys.
//!
//! Lists may be JSON lists or text with the separators of CSV; `null` means absent. A key that stands twice in an
//! object is a fault, as one of its values would be lost.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{Collected, Column, Problem, Reason};
use crate::plan::PlanRow;

pub(super) fn read(text: &str, out: &mut Collected) {
    for (index, line) in text.split('\n').enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if line.trim().is_empty() {
            continue;
        }
        let Some(mut row) = out.begin_row(number) else { break };
        match serde_json::from_str::<Pairs>(line) {
            Ok(pairs) => {
                read_object(pairs, &mut row, number, out);
                out.end_row(row);
            }
            Err(error) => {
                let detail = said(&error);
                let way_out = if line.trim_start().starts_with('[') {
                    "write one object a line, without a list around them"
                } else {
                    "write one whole object a line, such as {\"text\": \"Open today until six\"}"
                };
                out.problem(Problem::refuse(number, None, Reason::BadJson { detail }, way_out));
            }
        }
    }
}

/// The parser's message counts lines within the one line it saw, so only the column is kept.
fn said(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    format!("{message}, at character {}", error.column())
}

fn read_object(pairs: Pairs, row: &mut PlanRow, line: u32, out: &mut Collected) {
    let mut seen = Vec::new();
    let mut has_text = false;
    for (key, value) in pairs.0 {
        match Column::of_name(&key) {
            Ok(column) if seen.contains(&column) => {
                let reason = Reason::ColumnTwice { name: column.name() };
                out.problem(Problem::refuse(line, None, reason, "take one of the two out"));
            }
            Ok(column) => {
                has_text |= column == Column::Text;
                put(row, &column, line, value, out);
                seen.push(column);
            }
            Err(meant) => out.unknown_column(line, &key, meant),
        }
    }
    if !has_text {
        let reason = Reason::MissingColumn { name: "text".to_owned() };
        out.problem(Problem::refuse(line, None, reason, "add \"text\""));
    }
}

fn put(row: &mut PlanRow, column: &Column, line: u32, value: Value, out: &mut Collected) {
    let listed = matches!(column, Column::Channels | Column::Media | Column::Alt | Column::Poll | Column::Card);
    let found = match value {
        Value::Null => return,
        Value::String(text) => return out.put(row, column, line, &text),
        Value::Array(entries) if listed => match all_texts(&entries) {
            Some(texts) if texts.is_empty() => return,
            Some(texts) => return out.put_list(row, column, line, texts),
            None => "a list with something other than text",
        },
        Value::Array(_) => "a list",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Object(_) => "an object",
    };
    let expected = if listed { "a text or a list of texts" } else { "a text" };
    let reason = Reason::WrongType { found: found.to_owned(), expected: expected.to_owned() };
    out.problem(Problem::refuse(line, None, reason, "put the value into double quotes").in_column(column.name()));
}

/// The entries without outer blanks, if all of them are texts.
fn all_texts(entries: &[Value]) -> Option<Vec<String>> {
    entries.iter().map(|entry| entry.as_str().map(|text| text.trim().to_owned())).collect()
}

/// The pairs of an object in their order, twins included.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::file::{PlanFormat, parse};

    #[test]
    fn objects_become_rows_with_their_lines() {
        let parsed = parse(
            PlanFormat::JsonLines,
            b"{\"text\":\"one\\ntwo\",\"at\":null}\r\n\n{\"Text\":\"three\",\"channels\":\"a,b\",\"media\":[\"x|y.jpg\"]}\n",
        );
        assert_eq!(parsed.problems, []);
        assert_eq!(parsed.rows[0].text, "one\ntwo");
        assert_eq!(parsed.rows[1].source.line, 3);
        assert_eq!(parsed.rows[1].channels.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
        assert_eq!(parsed.rows[1].media, ["x|y.jpg"]);
    }

    #[test]
    fn faults_are_named_with_line_and_way_out() {
        let table = [
            ("[{\"text\":\"x\"}]", "line 1: this line is not a JSON object: invalid type: sequence, expected an object"),
            ("{\"text\":\"x\"", "line 1: this line is not a JSON object: EOF while parsing"),
            ("{\"text\":\"x\",\"wat\":1}", "line 1: the column \"wat\" is unknown"),
            ("{\"text\":\"x\",\"text\":\"y\"}", "line 1: the column text stands here twice"),
            ("{\"at\":\"2026-12-01 09:30\"}", "line 1: the column text is missing"),
            ("{\"text\":7}", "line 1, column text: the value is a number, not a text; way out: put the value"),
            ("{\"text\":\"x\",\"media\":[1]}", "line 1, column media: the value is a list with something other than text"),
            ("{\"text\":\"x\",\"at\":[\"y\"]}", "line 1, column at: the value is a list, not a text"),
            ("\"text\"", "line 1: this line is not a JSON object: invalid type: string"),
        ];
        for (line, expected) in table {
            let parsed = parse(PlanFormat::JsonLines, line.as_bytes());
            assert_eq!(parsed.problems.len(), 1, "{line}: {:?}", parsed.problems);
            let shown = parsed.problems[0].to_string();
            assert!(shown.starts_with(expected), "{line}: {shown}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let deep = format!("{{\"text\":{}", "[".repeat(100_000));
        assert_eq!(parse(PlanFormat::JsonLines, deep.as_bytes()).problems.len(), 1);
    }
}
