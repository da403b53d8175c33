use super::*;
use crate::plan::SourceLine;

fn known() -> Vec<PlanChannel> {
    [("lark-mastodon", "mastodon"), ("lark-bluesky", "bluesky"), ("ana-mastodon", "mastodon")]
        .map(|(name, network)| PlanChannel { name: name.to_owned(), network: network.to_owned() })
        .to_vec()
}

fn row(line: u32, text: &str) -> PlanRow {
    PlanRow { source: SourceLine { line, row: line - 1 }, text: text.to_owned(), ..PlanRow::default() }
}

fn shown(rows: &[PlanRow]) -> Vec<String> {
    lint(rows, &["lark-mastodon".to_owned()], &known()).iter().map(ToString::to_string).collect()
}

fn check(row: PlanRow, expected: &[&str]) {
    let rows = [row];
    let shown = shown(&rows);
    assert_eq!(shown.len(), expected.len(), "{rows:?}: {shown:#?}");
    for (line, beginning) in shown.iter().zip(expected) {
        assert!(line.starts_with(beginning), "{line} does not begin with {beginning}");
    }
}

#[test]
fn a_good_row_has_no_problem() {
    check(row(2, "Open today until six"), &[]);
    check(
        PlanRow {
            media: vec!["a.jpg".into(), "b.jpg".into()],
            alt: vec!["An oven".into(), "decorative".into()],
            channels: Some(vec!["lark-bluesky".into()]),
            ..row(2, "Open today")
        },
        &[],
    );
}

#[test]
fn texts_that_must_not_go_out_are_refused() {
    check(row(2, ""), &["line 2, column text: the text is empty; way out: write the post"]);
    check(row(2, " \u{200b}\n"), &["line 2, column text: the text is empty"]);
    check(
        row(2, "@cy thanks"),
        &["line 2, column text: the post begins with @cy, as a reply does; way out: replies are written now, by you"],
    );
    check(row(2, "\u{200b} @cy@example.social: thanks"), &["line 2, column text: the post begins with @cy@example.social,"]);
    check(row(2, "@ nine we open"), &[]);
    check(row(2, "Thanks to @cy"), &[]);
    check(
        row(2, "Dear firstname, {{offer}}"),
        &["line 2, column text: \"Dear firstname\" looks like", "line 2, column text: \"{{offer}}\" looks"],
    );
    check(row(2, "'@home' is new"), &["line 2, column text: the text begins with an apostrophe before '@'"]);
    let wordings = BTreeMap::from([("bluesky".to_owned(), "@cy so".to_owned())]);
    check(PlanRow { wordings, ..row(2, "So") }, &["line 2, column text:bluesky: the post begins with @cy"]);
    check(PlanRow { cw: Some("about [topic] today".into()), ..row(2, "So") }, &["line 2, column cw: \"[topic]\" looks"]);
}

#[test]
fn pictures_need_their_words() {
    let with = |media: &[&str], alt: &[&str]| PlanRow {
        media: media.iter().map(ToString::to_string).collect(),
        alt: alt.iter().map(ToString::to_string).collect(),
        ..row(2, "So")
    };
    check(with(&["a.jpg"], &[]), &["line 2, column alt: the picture a.jpg has no alternative text; way out: describe it"]);
    check(with(&["a.jpg", "b.jpg"], &["A cat", " "]), &["line 2, column alt: the picture b.jpg has no"]);
    check(with(&["a.jpg", "b.jpg"], &["A cat"]), &["line 2, column alt: there are 1 alternative texts for 2 pictures"]);
    check(with(&[], &["A cat"]), &["line 2, column alt: there are 1 alternative texts for 0 pictures"]);
    check(with(&["a.jpg"], &["decorative"]), &[]);
}

#[test]
fn channels_must_be_known() {
    let on = |names: &[&str]| PlanRow { channels: Some(names.iter().map(ToString::to_string).collect()), ..row(2, "So") };
    check(on(&["lark-mastodn"]), &["line 2, column channels: the channel \"lark-mastodn\" is unknown, did you mean lark-mastodon?"]);
    check(on(&[]), &["line 2, column channels: no channel is named"]);
    check(on(&["lark-bluesky", "lark-bluesky"]), &["line 2, column channels: the channel lark-bluesky is named twice"]);
    assert!(shown(&[row(2, "So")]).is_empty());
    assert_eq!(lint(&[row(2, "So")], &[], &known()).len(), 1);
}

#[test]
fn the_same_text_twice_on_a_channel_names_the_other_line() {
    let other = |line, text: &str, channels: &[&str]| PlanRow {
        channels: Some(channels.iter().map(ToString::to_string).collect()),
        ..row(line, text)
    };
    let rows = [
        other(2, "Cafe\u{301}  open", &["lark-mastodon", "lark-bluesky"]),
        other(3, "café OPEN ", &["lark-bluesky", "ana-mastodon"]),
        other(4, "Café open.", &["lark-bluesky"]),
    ];
    let shown = shown(&rows);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].starts_with("line 3, column text: the same text stands in line 2 for channel lark-bluesky; way out:"));
}

#[test]
fn a_wording_of_its_own_makes_the_text_another_one() {
    let mut second = row(3, "Open");
    second.wordings.insert("mastodon".to_owned(), "Open, you know".to_owned());
    assert!(shown(&[row(2, "Open"), second.clone()]).is_empty());
    second.wordings.insert("mastodon".to_owned(), "OPEN".to_owned());
    assert!(shown(&[row(2, "Open"), second])[0].starts_with("line 3, column text:mastodon: the same text stands in line 2"));
}

#[test]
fn a_wording_for_no_channel_is_said_once_and_a_slip_is_refused() {
    let with = |line, network: &str| {
        let mut row = row(line, &format!("So {line}"));
        row.wordings.insert(network.to_owned(), format!("Own {line}"));
        row
    };
    let problems = lint(&[with(2, "mastadon"), with(3, "mastadon"), with(4, "linkedin")], &["lark-mastodon".to_owned()], &known());
    let found: Vec<(Option<u32>, bool)> = problems.iter().map(|problem| (problem.line, problem.refuses())).collect();
    assert_eq!(found, [(Some(2), true), (Some(4), false)]);
    assert!(problems[0].to_string().contains("did you mean mastodon?"));
}
