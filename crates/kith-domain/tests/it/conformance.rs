//! Cases of others, whole: twitter-text's extraction and weighted length, the AT Protocol's handles.

use kith_domain::plan::count::weighted;
use kith_domain::plan::entity::{Span, cashtags, hashtags, is_domain_name, links, names, reply_to};
use serde_json::Value;

const EXTRACT: &str = include_str!("../fixtures/twitter-text/extract.json");
const WEIGHTED: &str = include_str!("../fixtures/twitter-text/weighted.json");
const ENDINGS: &str = include_str!("../fixtures/twitter-text/tlds.json");

/// Runs every case of a group; all that fail are told at once.
fn run(file: &str, group: &str, judge: impl Fn(&str) -> Value) {
    let file: Value = serde_json::from_str(file).unwrap();
    let cases = file["tests"][group].as_array().unwrap();
    assert!(!cases.is_empty());
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let (text, expected) = (case["text"].as_str().unwrap(), &case["expected"]);
            let found = judge(text);
            (found != *expected).then(|| format!("{}\n  {text:?}\n  expected {expected}\n  found    {found}", case["description"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} in {group}:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

fn texts(text: &str, spans: &[Span], skip: usize) -> Value {
    spans.iter().map(|span| span.of(text).chars().skip(skip).collect::<String>()).collect::<Vec<_>>().into()
}

/// Indices of the cases are code points.
fn indices(text: &str, span: Span) -> Value {
    let at = |byte: usize| text[..byte].chars().count();
    vec![at(span.start), at(span.end)].into()
}

fn with_indices(text: &str, spans: &[Span], name: &str, skip: usize) -> Value {
    let object = |span: &Span| {
        let word: String = span.of(text).chars().skip(skip).collect();
        serde_json::json!({ name: word, "indices": indices(text, *span) })
    };
    spans.iter().map(object).collect::<Vec<_>>().into()
}

#[test]
fn links_are_found_as_the_cases_say() {
    run(EXTRACT, "urls", |text| texts(text, &links(text), 0));
    run(EXTRACT, "tco_urls_with_params", |text| texts(text, &links(text), 0));
    run(EXTRACT, "urls_with_indices", |text| with_indices(text, &links(text), "url", 0));
    run(EXTRACT, "urls_with_directional_markers", |text| with_indices(text, &links(text), "url", 0));
}

#[test]
fn every_top_level_domain_makes_a_link() {
    run(ENDINGS, "country", |text| texts(text, &links(text), 0));
    run(ENDINGS, "generic", |text| texts(text, &links(text), 0));
}

#[test]
fn hashtags_and_cashtags_are_found_as_the_cases_say() {
    run(EXTRACT, "hashtags", |text| texts(text, &hashtags(text), 1));
    run(EXTRACT, "hashtags_from_astral", |text| texts(text, &hashtags(text), 1));
    run(EXTRACT, "hashtags_with_indices", |text| with_indices(text, &hashtags(text), "hashtag", 1));
    run(EXTRACT, "cashtags", |text| texts(text, &cashtags(text), 1));
    run(EXTRACT, "cashtags_with_indices", |text| with_indices(text, &cashtags(text), "cashtag", 1));
}

#[test]
fn mentions_are_found_as_the_cases_say() {
    let spans = |text: &str| names(text).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    run(EXTRACT, "mentions", |text| texts(text, &spans(text), 1));
    run(EXTRACT, "mentions_with_indices", |text| with_indices(text, &spans(text), "screen_name", 1));
    run(EXTRACT, "mentions_or_lists_with_indices", |text| {
        let object = |(name, whole): &(Span, Span)| {
            let (screen_name, list_slug) = (&name.of(text)[1..], &text[name.end..whole.end]);
            serde_json::json!({ "screen_name": screen_name, "list_slug": list_slug, "indices": indices(text, *whole) })
        };
        names(text).iter().map(object).collect::<Vec<_>>().into()
    });
}

#[test]
fn replies_are_told_from_mentions_as_the_cases_say() {
    run(EXTRACT, "replies", |text| reply_to(text).map_or(Value::Null, |handle| handle[1..].into()));
}

fn weigh(group: &str, emoji_as_one: bool) {
    let file: Value = serde_json::from_str(WEIGHTED).unwrap();
    let mut failed = Vec::new();
    for case in file["tests"][group].as_array().unwrap() {
        let (text, expected) = (case["text"].as_str().unwrap(), &case["expected"]);
        let found = weighted(text, emoji_as_one);
        let share = u64::from(found) * 1000 / 280;
        // Invalid characters make a text invalid whatever its length; the cases about them have another field wrong.
        if u64::from(found) != expected["weightedLength"].as_u64().unwrap() || share != expected["permillage"].as_u64().unwrap() {
            failed.push(format!("{}: expected {expected}, found {found}", case["description"]));
        }
    }
    assert!(failed.is_empty(), "{group}: {failed:#?}");
}

#[test]
fn weighted_lengths_are_as_the_cases_say() {
    weigh("WeightedTweetsCounterTest", false);
    weigh("WeightedTweetsWithDiscountedEmojiCounterTest", true);
    weigh("UnicodeDirectionalMarkerCounterTest", true);
}

#[test]
fn handles_are_domains_as_the_cases_say() {
    let cases = |text: &'static str| text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for handle in cases(include_str!("../fixtures/atproto/handle_syntax_valid.txt")) {
        assert!(is_domain_name(handle), "{handle:?}");
    }
    for handle in cases(include_str!("../fixtures/atproto/handle_syntax_invalid.txt")) {
        assert!(!is_domain_name(handle), "{handle:?}");
    }
}
