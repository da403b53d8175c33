//! Facts of feeds: what is news, and what an announcement says.

use std::collections::BTreeSet;

use super::*;

fn entry(guid: &str, link: &str, title: &str) -> FeedEntry {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    FeedEntry { guid: given(guid), link: given(link), title: title.into(), ..FeedEntry::default() }
}

fn on(entry: FeedEntry, day: &str) -> FeedEntry {
    FeedEntry { published: Some(format!("{day}T08:00:00Z").parse().unwrap()), ..entry }
}

fn known(entries: &[FeedEntry]) -> BTreeSet<String> {
    keys(entries).into_iter().flatten().collect()
}

#[test]
fn a_first_reading_only_learns() {
    let all: Vec<FeedEntry> = (0..5_000).map(|n| entry(&format!("g{n}"), &format!("https://lark.example/{n}"), "t")).collect();
    assert!(news(&all, &BTreeSet::new(), true).is_empty());
    assert_eq!(news(&all, &BTreeSet::new(), false).len(), 5_000);
    assert!(news(&all, &known(&all), false).is_empty());
}

#[test]
fn the_same_entry_is_no_news_whatever_its_guid_does() {
    let was = on(entry("tag:1", "https://www.lark.example/kiln/", "Kiln opening"), "2026-11-20");
    let known = known(std::slice::from_ref(&was));
    for (what, now) in [
        ("another guid", on(entry("tag:2", "https://lark.example/kiln", "Kiln opening"), "2026-11-20")),
        ("no guid", entry("", "http://lark.example/kiln?utm_source=rss#top", "Kiln opening (updated)")),
        ("another address", on(entry("tag:9", "https://new.example/kiln", "Kiln  OPENING"), "2026-11-20")),
        ("another title", entry("tag:1", "https://lark.example/kiln-2", "Opening of the kiln")),
    ] {
        assert!(news(&[now], &known, false).is_empty(), "{what}");
    }
    assert_eq!(news(&[on(entry("tag:3", "https://lark.example/kiln-2", "Kiln opening"), "2026-12-20")], &known, false), [0]);
}

#[test]
fn a_guid_or_link_that_all_entries_share_says_nothing() {
    let week = |n: u32| on(entry("the-feed", "https://lark.example/", &format!("Week {n}")), &format!("2026-11-0{n}"));
    let known = known(&[week(1), week(2)]);
    assert_eq!(news(&[week(3), week(2), week(1)], &known, false), [0]);
}

#[test]
fn news_come_oldest_first_and_each_once() {
    let new = on(entry("b", "https://lark.example/b", "B"), "2026-11-21");
    let old = on(entry("a", "https://lark.example/a", "A"), "2026-11-20");
    assert_eq!(news(&[new.clone(), old.clone(), new.clone()], &BTreeSet::new(), false), [1, 0]);
    // Without times the feed's own order, newest first, is turned round.
    assert_eq!(news(&[entry("b", "", "B"), entry("a", "", "A")], &BTreeSet::new(), false), [1, 0]);
}

#[test]
fn words_alone_tell_entries_apart_that_have_nothing_else() {
    let known = known(&[entry("", "", "Note")]);
    let other = FeedEntry { summary: "another".into(), ..entry("", "", "Note") };
    assert_eq!(news(&[entry("", "", "Note"), other], &known, false), [1]);
}

#[test]
fn at_most_so_many_a_day() {
    assert_eq!((left_today(3, 0), left_today(3, 2), left_today(3, 9), left_today(u32::MAX, 0)), (3, 1, 0, PER_DAY_MAX));
}

#[test]
fn a_template_names_only_fields_that_exist() {
    assert_eq!(Template::parse("{env \"HOME\"} {title}"), Err(TemplateError::Unknown { found: "env \"HOME\"".into() }));
    assert_eq!(Template::parse("{{title}} only"), Err(TemplateError::SaysNothing));
    for (text, error) in [("{title", TemplateError::Brace), ("title}", TemplateError::Brace), ("  ", TemplateError::Length)] {
        assert_eq!(Template::parse(text), Err(error), "{text}");
    }
    let words = Template::parse("{secret}").unwrap_err().to_string();
    assert!(words.contains("{title}, {link}, {summary}"), "{words}");
}

#[test]
fn what_an_entry_says_is_never_a_template() {
    let entry = entry("g", "https://lark.example/a", "{link} {{7*7}} {% include %}");
    let template = Template::parse("New: {title} {{really}}\n{link}").unwrap();
    assert_eq!(template.fill(&entry, "Lark"), "New: {link} {{7*7}} {% include %} {really}\nhttps://lark.example/a");
}

#[test]
fn lines_that_stay_empty_are_left_out_and_long_ones_end_at_a_word() {
    let long = FeedEntry { summary: "word ".repeat(100), ..entry("g", "", "T") };
    let filled = Template::parse("{title}\nby {author}\n{summary}\n{link}").unwrap().fill(&long, "Lark");
    assert!(filled.starts_with("T\nword word") && filled.ends_with("word…"), "{filled}");
    assert!(filled.chars().count() <= FIELD_CHARS_MAX + 2);
}

#[test]
fn a_template_is_checked_again_when_it_is_read_back() {
    assert_eq!(serde_json::from_str::<Template>("\"{title}\"").unwrap().as_str(), "{title}");
    assert!(serde_json::from_str::<Template>("\"{env}\"").is_err());
}
