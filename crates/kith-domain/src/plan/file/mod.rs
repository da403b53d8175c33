//! Plans as files: CSV, Markdown and JSON Lines with the same columns, read into the same rows.
//!
//! Reading never stops at the first fault: what can be read becomes rows, what cannot becomes problems, and both come
//! back in one [`Parsed`]. All formats share the byte checks here and the columns of [`Column`]. To add a format, add
//! a [`PlanFormat`], a file beside `csv.rs`, and its arm in [`parse`].

mod column;
mod csv;
mod draft;
mod encoding;
mod jsonl;
mod markdown;

use serde::{Deserialize, Serialize};

pub use column::Column;
use draft::Collected;

use super::{PlanRow, Problem, Reason};

/// The largest plan that is read (issue: months of posts in one sitting are some hundred kilobytes).
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most posts in one plan.
pub const ROWS_MAX: u32 = 10_000;
/// The longest text of one post or wording; every network takes far less.
pub const TEXT_BYTES_MAX: usize = 100_000;
/// The most entries in a list (channels, media, alt).
pub const LIST_ENTRIES_MAX: usize = 50;
/// The most problems reported at once.
pub const PROBLEMS_MAX: usize = 1_000;

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanFormat {
    /// RFC 4180 with a header, divided by `,` or `;`.
    Csv,
    /// Posts divided by lines `---`.
    Markdown,
    /// One JSON object a line.
    JsonLines,
}

impl PlanFormat {
    /// The format that a file's name ends on: `.csv`, `.md`, `.markdown`, `.jsonl`, `.ndjson`.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "md" | "markdown" => Some(Self::Markdown),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

impl PlanFormat {
    /// What a text looks like whose name says nothing: objects in braces, a header with the column `text`, else posts in
    /// Markdown.
    pub fn of_text(text: &str) -> Self {
        let first = text.trim_start_matches('\u{feff}').lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let mut columns = first.split([',', ';']).map(|column| column.trim().trim_matches('"').to_ascii_lowercase());
        if first.starts_with('{') {
            Self::JsonLines
        } else if columns.any(|column| column == "text" || column.starts_with("text:") && !column.contains(' ')) {
            Self::Csv
        } else {
            Self::Markdown
        }
    }
}

/// What a file holds: its posts in order, and all that is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsed {
    /// The posts that could be read, also those that have problems.
    pub rows: Vec<PlanRow>,
    /// The findings in the order of their lines.
    pub problems: Vec<Problem>,
}

/// Reads a plan; refuses nothing by itself but says everything that is wrong.
pub fn parse(format: PlanFormat, bytes: &[u8]) -> Parsed {
    let text = match encoding::decode(bytes) {
        Ok(text) => text,
        Err(problems) => return Parsed { rows: Vec::new(), problems },
    };
    let mut collected = Collected::default();
    match format {
        PlanFormat::Csv => csv::read(text, &mut collected),
        PlanFormat::Markdown => markdown::read(text, &mut collected),
        PlanFormat::JsonLines => jsonl::read(text, &mut collected),
    }
    let mut parsed = collected.finish();
    if parsed.rows.is_empty() && parsed.problems.is_empty() {
        parsed.problems.push(Problem::refuse(None, None, Reason::NoRows, no_rows_way_out(format)));
    }
    parsed
}

fn no_rows_way_out(format: PlanFormat) -> &'static str {
    match format {
        PlanFormat::Csv => "write a header such as text,at,zone,channels and a line for each post",
        PlanFormat::Markdown => "write a post, and a line --- between two posts",
        PlanFormat::JsonLines => "write one object a line, such as {\"text\": \"Open today until six\"}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_from_the_file_name() {
        let table = [
            ("december.csv", Some(PlanFormat::Csv)),
            ("December.CSV", Some(PlanFormat::Csv)),
            ("tips.md", Some(PlanFormat::Markdown)),
            ("a.b.markdown", Some(PlanFormat::Markdown)),
            ("x.jsonl", Some(PlanFormat::JsonLines)),
            ("x.ndjson", Some(PlanFormat::JsonLines)),
            ("x.xlsx", None),
            ("csv", None),
        ];
        for (name, format) in table {
            assert_eq!(PlanFormat::of_file_name(name), format, "{name}");
        }
    }

    #[test]
    fn the_format_of_a_text_without_a_name_follows_from_its_first_line() {
        let table = [
            ("text,at\nhello,", PlanFormat::Csv),
            ("\u{feff}at;\"Text\"\n;hello", PlanFormat::Csv),
            ("text\nhello", PlanFormat::Csv),
            ("text:mastodon,at\nhello,", PlanFormat::Csv),
            ("\n {\"text\": \"hello\"}", PlanFormat::JsonLines),
            ("The text, as it is\n---\nSecond", PlanFormat::Markdown),
            ("---\nchannels: lark\n---\nHello", PlanFormat::Markdown),
            ("", PlanFormat::Markdown),
        ];
        for (text, format) in table {
            assert_eq!(PlanFormat::of_text(text), format, "{text}");
        }
    }

    #[test]
    fn an_empty_file_says_what_to_write() {
        for format in [PlanFormat::Csv, PlanFormat::Markdown, PlanFormat::JsonLines] {
            for bytes in [&b""[..], b"\xEF\xBB\xBF", b"\n\n  \n"] {
                let parsed = parse(format, bytes);
                assert!(parsed.rows.is_empty());
                assert!(matches!(parsed.problems[..], [Problem { reason: Reason::NoRows, .. }]), "{format:?}");
            }
        }
    }

    #[test]
    fn the_same_posts_read_the_same_from_each_format() {
        let csv = "text,at,zone,channels,category,media,alt,cw,lang,text:mastodon\n\
                   Open today,2026-12-01 09:30,Europe/Lisbon,\"a,b\",news,oven.jpg|bread.jpg,An oven|decorative,food,en,Open\n";
        let markdown = "at: 2026-12-01 09:30\nzone: Europe/Lisbon\nchannels: [a, b]\ncategory: news\n\
                        media: oven.jpg|bread.jpg\nalt: An oven|decorative\ncw: food\nlang: en\ntext:mastodon: Open\n\n\
                        Open today\n";
        let jsonl = r#"{"text":"Open today","at":"2026-12-01 09:30","zone":"Europe/Lisbon","channels":["a","b"],"category":"news","media":["oven.jpg","bread.jpg"],"alt":["An oven","decorative"],"cw":"food","lang":"en","text:mastodon":"Open"}"#;
        let strip = |format, bytes: &str| {
            let mut parsed = parse(format, bytes.as_bytes());
            for row in &mut parsed.rows {
                row.source.line = 0;
            }
            parsed
        };
        let from_csv = strip(PlanFormat::Csv, csv);
        assert_eq!(from_csv.problems, []);
        assert_eq!(from_csv.rows.len(), 1);
        assert_eq!(from_csv, strip(PlanFormat::Markdown, markdown));
        assert_eq!(from_csv, strip(PlanFormat::JsonLines, jsonl));
    }
}
