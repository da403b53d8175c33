//! Hashtags and cashtags, as X finds them (twitter-text's cases, 2021-10).
//!
//! A hashtag holds a letter, in any script; what stands in a link is none. A cashtag is `$` and up to six letters.

use std::sync::LazyLock;

use regex::Regex;

use super::{Span, before, from, is_direction, links};

/// Marks inside hashtags beside letters and digits: joiners, Hebrew and Japanese marks, the middle dot.
const MARKS: &str =
    r"_\u{200c}\u{200d}\u{a67e}\u{5be}\u{5f3}\u{5f4}\u{ff5e}\u{301c}\u{309b}\u{309c}\u{30a0}\u{30fb}\u{3003}\u{f0b}\u{f0c}\u{b7}";

#[expect(clippy::expect_used, reason = "the patterns are constants, and every test of this file compiles them")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static HASHTAG: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"[#＃]([\p{{L}}\p{{M}}\p{{Nd}}{MARKS}]*[\p{{L}}\p{{M}}][\p{{L}}\p{{M}}\p{{Nd}}{MARKS}]*)")));
static INSIDE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"^[\p{{L}}\p{{M}}\p{{Nd}}{MARKS}]$")));
static CASHTAG: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\$([a-z]{1,6}(?:[._][a-z]{1,2})?)"));

/// Every hashtag in `text` with its sign, in order.
pub fn hashtags(text: &str) -> Vec<Span> {
    if !text.contains(['#', '＃']) {
        return Vec::new();
    }
    let links = links(text);
    let found = HASHTAG.captures_iter(text).filter_map(|caught| {
        let (whole, inner) = (caught.get(0)?, caught.get(1)?);
        let span = Span::new(whole.start(), whole.end());
        let starts = before(text, span.start).is_none_or(|c| matches!(c, '\u{fe0e}' | '\u{fe0f}') || !(c == '&' || is_inside(c)));
        // A number sign in a box is an emoji.
        let is_keycap = inner.as_str().starts_with(['\u{fe0f}', '\u{20e3}']);
        let rest = from(text, span.end);
        let ends = !rest.starts_with(['#', '＃']) && !rest.starts_with("://");
        (starts && ends && !is_keycap && !links.iter().any(|link| link.meets(span))).then_some(span)
    });
    found.collect()
}

/// Every cashtag in `text` with its sign, in order.
pub fn cashtags(text: &str) -> Vec<Span> {
    let found = CASHTAG.captures_iter(text).filter_map(|caught| {
        let whole = caught.get(0)?;
        let starts = before(text, whole.start()).is_none_or(|c| c.is_whitespace() || is_direction(c));
        let mut span = Span::new(whole.start(), whole.end());
        if !ends_here(from(text, span.end)) {
            // `$TEST.more`: the part before the dot alone.
            span.end = span.start + span.of(text).find(['.', '_'])?;
        }
        (starts && ends_here(from(text, span.end))).then_some(span)
    });
    found.collect()
}

fn ends_here(rest: &str) -> bool {
    rest.chars().next().is_none_or(|c| c.is_whitespace() || c.is_ascii_punctuation())
}

fn is_inside(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric() || letter == '_';
    }
    INSIDE.is_match(letter.encode_utf8(&mut [0; 4]))
}
