use proptest::prelude::*;

use crate::plan::file::{PlanFormat, ROWS_MAX, TEXT_BYTES_MAX, parse};
use crate::plan::{Parsed, PlanRow, Problem, Reason};

fn csv(text: &str) -> Parsed {
    parse(PlanFormat::Csv, text.as_bytes())
}

fn clean(text: &str) -> Vec<PlanRow> {
    let parsed = csv(text);
    assert_eq!(parsed.problems, [], "{text:?}");
    parsed.rows
}

fn one_problem(text: &str) -> Problem {
    let mut parsed = csv(text);
    assert_eq!(parsed.problems.len(), 1, "{:?}", parsed.problems);
    parsed.problems.remove(0)
}

#[test]
fn texts_survive_quotes_separators_and_lines() {
    let table: [(&str, &[&str]); 14] = [
        ("text\nhello\n", &["hello"]),
        ("text\r\nhello\r\nagain\r\n", &["hello", "again"]),
        ("text\rhello\ragain", &["hello", "again"]),
        ("text\nhello", &["hello"]),
        ("\u{feff}text\nhello", &["hello"]),
        ("text\n\"a, b\"\n", &["a, b"]),
        ("text\n\"she said \"\"yes\"\"\"\n", &["she said \"yes\""]),
        ("text\n\"one\ntwo\"\nthree\n", &["one\ntwo", "three"]),
        ("text\n\"one\r\ntwo\"\n", &["one\ntwo"]),
        ("text\n\n\nhello\n\n", &["hello"]),
        ("text\na 5\" screen\n", &["a 5\" screen"]),
        ("text\n  \"quoted after blanks\"  \n", &["quoted after blanks"]),
        ("sep=;\ntext;at\nhello;\n", &["hello"]),
        ("text\n\"\"\"\"\n", &["\""]),
    ];
    for (file, expected) in table {
        let texts: Vec<String> = clean(file).into_iter().map(|row| row.text).collect();
        assert_eq!(texts, expected, "{file:?}");
    }
}

#[test]
fn the_separator_is_the_one_of_the_header() {
    let rows = clean("text;channels;at\nBread, cake; a, b ;2026-12-01 09:30\n");
    assert_eq!(rows[0].text, "Bread, cake");
    assert_eq!(rows[0].channels, Some(vec!["a".to_owned(), "b".to_owned()]));
    let rows = clean("TEXT , Channels\nBread; cake, a|b\n");
    assert_eq!(rows[0].text, "Bread; cake");
    assert_eq!(rows[0].channels, Some(vec!["a".to_owned(), "b".to_owned()]));
}

#[test]
fn lines_count_on_over_a_field_of_several_lines() {
    let rows = clean("text,at\n\"one\ntwo\nthree\",\n\nfour,2026-12-01 09:30\n");
    let lines: Vec<(u32, u32)> = rows.iter().map(|row| (row.source.line, row.source.row)).collect();
    assert_eq!(lines, [(2, 1), (6, 2)]);
}

#[test]
fn a_problem_in_a_later_field_names_the_line_of_that_field() {
    let problem = one_problem("text,channels\n\"one\ntwo\",\"a,,b\"\n");
    assert_eq!((problem.line, problem.column.as_deref()), (Some(3), Some("channels")));
    assert_eq!(problem.reason, Reason::BlankEntry { position: 2 });
}

#[test]
fn faults_are_named_with_line_and_way_out() {
    let table = [
        ("text,cololour\nx,y\n", "line 1: the column \"cololour\" is unknown; way out: take it out, or use one of: text, at"),
        ("text,chanels\nx,y\n", "line 1: the column \"chanels\" is unknown, did you mean channels?; way out: rename it to channels"),
        ("text,Time\nx,y\n", "line 1: the column \"Time\" is unknown, did you mean at?"),
        ("at\n2026-12-01 09:30\n", "line 1: the column text is missing; way out: the first line names"),
        ("text,Text\nx,y\n", "line 1: the column text stands here twice; way out:"),
        ("text,at\nx\n", "line 2: the row has 1 fields, the header 2; way out: put a field that holds ',' into double quotes"),
        ("text,at\nBread, cake,2026-12-01 09:30\n", "line 2: the row has 3 fields, the header 2"),
        ("text,at\n\"x,2026-12-01\nmore\n", "line 2: a quoted field opens in this line and is never closed; way out: close"),
        ("text\n\"x\" y\n", "line 2: after the closing quote stands \"y\"; way out:"),
    ];
    for (file, expected) in table {
        let shown: Vec<String> = csv(file).problems.iter().map(ToString::to_string).collect();
        assert!(shown.iter().any(|line| line.starts_with(expected)), "{file:?}: {shown:#?}");
    }
}

#[test]
fn all_faults_come_at_once() {
    let parsed = csv("text,wat,at\na\nb,,\n\"c\"x,,\nd,,,\n");
    let lines: Vec<Option<u32>> = parsed.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(1), Some(2), Some(4), Some(5)]);
    assert_eq!(parsed.rows.len(), 2);
}

#[test]
fn wordings_media_and_alt_are_read() {
    let rows = clean("text,text:mastodon,text:bluesky,media,alt\nx,m,,a.jpg|b.jpg,\"A, cat|decorative\"\n");
    assert_eq!(rows[0].text_for("mastodon"), "m");
    assert_eq!(rows[0].text_for("bluesky"), "x");
    assert_eq!(rows[0].media, ["a.jpg", "b.jpg"]);
    assert_eq!(rows[0].alt, ["A, cat", "decorative"]);
}

#[test]
fn a_row_of_blank_fields_is_a_post_without_text() {
    let rows = clean("text,at\n,\n");
    assert_eq!(rows[0].text, "");
}

#[test]
fn limits_hold_and_are_said_once() {
    let many = format!("text\n{}", "x\n".repeat(ROWS_MAX as usize + 5));
    let parsed = csv(&many);
    assert_eq!(parsed.rows.len(), ROWS_MAX as usize);
    assert_eq!(parsed.problems.len(), 1);
    assert_eq!(parsed.problems[0].reason, Reason::TooManyRows { limit: ROWS_MAX });
    let long = format!("text\n{}\n", "x".repeat(TEXT_BYTES_MAX + 1));
    assert!(matches!(one_problem(&long).reason, Reason::TextTooBig { .. }));
    let list = format!("text,channels\nx,{}\n", "a;".repeat(80));
    assert!(matches!(one_problem(&list).reason, Reason::ListTooLong { .. }));
}

proptest! {
    /// What is written by the rules of RFC 4180 is read back, whatever the texts hold.
    #[test]
    fn what_is_quoted_is_read_back(texts in prop::collection::vec("[ -~\n\u{e9}\u{1f35e}\"]{1,40}", 1..8), semicolon: bool) {
        let separator = if semicolon { ';' } else { ',' };
        let mut file = format!("text{separator}at\n");
        for text in &texts {
            let quoted = text.replace('"', "\"\"");
            file.extend(["\"", &quoted, "\"", &separator.to_string(), "\n"]);
        }
        let parsed = csv(&file);
        prop_assert_eq!(&parsed.problems, &[]);
        let read: Vec<&str> = parsed.rows.iter().map(|row| row.text.as_str()).collect();
        let expected: Vec<&str> = texts.iter().map(|text| text.trim()).collect();
        prop_assert_eq!(read, expected);
    }

    /// Any bytes give an answer, in every format, and never more lines than the file has.
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in [PlanFormat::Csv, PlanFormat::Markdown, PlanFormat::JsonLines] {
            let parsed = parse(format, &bytes);
            let lines = bytes.len() as u32 + 1;
            prop_assert!(parsed.rows.iter().all(|row| (1..=lines).contains(&row.source.line)));
        }
    }

    #[test]
    fn any_text_is_answered(text in "[a-c\"',;:|\\-\n\r{}\\[\\] ]{0,200}") {
        for format in [PlanFormat::Csv, PlanFormat::Markdown, PlanFormat::JsonLines] {
            let parsed = parse(format, text.as_bytes());
            prop_assert!(!parsed.rows.is_empty() || !parsed.problems.is_empty());
        }
    }
}
