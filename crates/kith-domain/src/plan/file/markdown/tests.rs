use crate::plan::file::{PlanFormat, parse};
use crate::plan::{Parsed, Reason};

fn md(text: &str) -> Parsed {
    parse(PlanFormat::Markdown, text.as_bytes())
}

fn texts(text: &str) -> Vec<String> {
    let parsed = md(text);
    assert_eq!(parsed.problems, [], "{text:?}");
    parsed.rows.into_iter().map(|row| row.text).collect()
}

#[test]
fn posts_are_divided_by_lines_of_three_dashes() {
    let table: [(&str, &[&str]); 10] = [
        ("One", &["One"]),
        ("One\n---\nTwo\n", &["One", "Two"]),
        ("One\r\n---\r\nTwo\r\n", &["One", "Two"]),
        ("\n\nOne\nand more\n\nlast\n\n---\n\n\nTwo\n", &["One\nand more\n\nlast", "Two"]),
        ("---\nOne\n---\nTwo\n---\n", &["One", "Two"]),
        ("One\n---\n---\nTwo", &["One", "Two"]),
        ("One --- still\n----\nTwo", &["One --- still\n----\nTwo"]),
        ("Today: three tips\nTime: flies", &["Today: three tips\nTime: flies"]),
        ("\\zone: a poem", &["zone: a poem"]),
        ("\\o/ we are open", &["\\o/ we are open"]),
    ];
    for (file, expected) in table {
        assert_eq!(texts(file), expected, "{file:?}");
    }
}

#[test]
fn fields_before_the_text_belong_to_the_post() {
    let parsed = md("at: 2026-12-01 09:30\nZone: \"Europe/Lisbon\"\nchannels: [a, 'b']\n\nOne\n---\nTwo\n");
    assert_eq!(parsed.problems, []);
    let [one, two] = &parsed.rows[..] else { panic!("{parsed:?}") };
    assert_eq!(one.at.as_deref(), Some("2026-12-01 09:30"));
    assert_eq!(one.zone.as_deref(), Some("Europe/Lisbon"));
    assert_eq!(one.channels.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
    assert_eq!((one.text.as_str(), two.text.as_str()), ("One", "Two"));
    assert_eq!((one.source.line, two.source.line), (1, 7));
    assert_eq!(two.at, None);
}

#[test]
fn fields_at_the_top_hold_for_every_post_unless_it_has_its_own() {
    let parsed = md("---\nzone: Europe/Lisbon\nchannels: a\n---\nOne\n---\nzone: Asia/Tokyo\n\nTwo\n");
    assert_eq!(parsed.problems, []);
    let zones: Vec<Option<&str>> = parsed.rows.iter().map(|row| row.zone.as_deref()).collect();
    assert_eq!(zones, [Some("Europe/Lisbon"), Some("Asia/Tokyo")]);
    assert!(parsed.rows.iter().all(|row| row.channels.as_deref() == Some(&["a".to_owned()][..])));
}

#[test]
fn fields_between_two_dividers_belong_to_the_next_post() {
    let parsed = md("One\n---\nat: 2026-12-01 09:30\n---\nTwo\n");
    assert_eq!(parsed.problems, []);
    let times: Vec<Option<&str>> = parsed.rows.iter().map(|row| row.at.as_deref()).collect();
    assert_eq!(times, [None, Some("2026-12-01 09:30")]);
}

#[test]
fn a_wording_is_a_field_with_two_colons() {
    let parsed = md("text:mastodon: Hello: you\nmedia: a.jpg\nalt: A cat, asleep\n\nHello\n");
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.rows[0].text_for("mastodon"), "Hello: you");
    assert_eq!(parsed.rows[0].alt, ["A cat, asleep"]);
}

#[test]
fn faults_are_named_with_line_and_way_out() {
    let table = [
        ("at: x\nchanels: a\n\nOne", "line 2: the column \"chanels\" is unknown, did you mean channels?"),
        ("at: x\nOne\n", "line 2: the column \"One\" is unknown; way out: write name: value, or leave an empty line"),
        ("at: x\nToday: three tips\n\nMore", "line 2: the column \"Today\" is unknown; way out: leave an empty line"),
        ("at: x\nat: y\n\nOne", "line 2: the column at stands here twice"),
        ("One\n---\nat: x\n", "line 3, column text: the text is empty; way out: write the post below its fields"),
        ("---\nat: x\n---\nOne\n---\nTwo", "line 2: the field at at the top of the file would hold for every post"),
    ];
    for (file, expected) in table {
        let shown: Vec<String> = md(file).problems.iter().map(ToString::to_string).collect();
        assert!(shown.iter().any(|line| line.starts_with(expected)), "{file:?}: {shown:#?}");
    }
}

#[test]
fn a_single_post_may_have_all_its_fields_at_the_top() {
    let parsed = md("---\nat: 2026-12-01 09:30\nmedia: a.jpg\nalt: A cat\n---\nOne\n");
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.rows[0].at.as_deref(), Some("2026-12-01 09:30"));
    assert!(!parsed.problems.iter().any(|problem| matches!(problem.reason, Reason::FieldForAll { .. })));
}
