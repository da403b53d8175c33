//! Links, #hashtags and @mentions in a text, as ranges of bytes of its UTF-8, which is how Bluesky marks them.
//!
//! The rules follow Bluesky's own apps (`@atproto/api` rich-text detection, read 2026-11): a tag or a mention begins
//! the text or stands after white space or an opening bracket or quote; punctuation at the end belongs to the
//! sentence. A link needs `https://`, `http://` or `www.`: what only looks like a host name stays text. Mentions are
//! found as handles; whose they are is asked by the caller.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use super::limits::{TAG_BYTES_MAX, TAG_GRAPHEMES_MAX};
use super::syntax::{Did, Handle};

/// Most marks in a text; a post of 300 characters can't hold more that mean something.
const FACETS_MAX: usize = 100;

/// A mark in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facet {
    /// Bytes from the beginning of the text.
    pub(super) range: Range<usize>,
    /// What is marked.
    pub(super) kind: Kind,
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A link to this address.
    Link(String),
    /// A hashtag, without its `#`.
    Tag(String),
    /// A mention of whoever has this handle.
    Mention(Handle),
}

/// All marks in a text, in their order, none within another.
pub(super) fn find(text: &str) -> Vec<Facet> {
    let mut found = links(text);
    let starts = text.char_indices().filter(|(at, c)| matches!(c, '#' | '＃' | '@') && stands_free(text, *at));
    for (at, mark) in starts {
        let facet = if mark == '@' { mention(text, at) } else { tag(text, at, mark) };
        found.extend(facet.filter(|f| !found.iter().any(|other| overlap(&other.range, &f.range))));
    }
    found.sort_by_key(|facet| facet.range.start);
    found.truncate(FACETS_MAX);
    found
}

/// The marks as a record holds them. `did_of` tells whose a handle is; a mention of nobody stays text.
pub(super) fn to_json(facets: &[Facet], did_of: impl Fn(&Handle) -> Option<Did>) -> Vec<Value> {
    let feature = |kind: &Kind| match kind {
        Kind::Link(uri) => Some(json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri })),
        Kind::Tag(tag) => Some(json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag })),
        Kind::Mention(handle) => did_of(handle).map(|did| json!({ "$type": "app.bsky.richtext.facet#mention", "did": did.as_str() })),
    };
    let marks = facets.iter().filter_map(|facet| {
        let index = json!({ "byteStart": facet.range.start, "byteEnd": facet.range.end });
        feature(&facet.kind).map(|feature| json!({ "index": index, "features": [feature] }))
    });
    marks.collect()
}

fn links(text: &str) -> Vec<Facet> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(false);
    let link = |start: usize, written: &str| {
        // Chinese and Japanese write no space before their full stop.
        let end = written.find(is_wide_punctuation).unwrap_or(written.len());
        let written = written.get(..end)?;
        let lower = written.to_ascii_lowercase();
        let address = if lower.starts_with("www.") { format!("https://{written}") } else { written.to_owned() };
        let is_web = lower.starts_with("https://") || lower.starts_with("http://") || lower.starts_with("www.");
        let url = is_web.then(|| Url::parse(&address).ok()).flatten().filter(|url| url.host_str().is_some_and(|h| h.contains('.')))?;
        let uri = if address.is_ascii() { address } else { url.into() };
        Some(Facet { range: start..start + end, kind: Kind::Link(uri) })
    };
    finder.links(text).filter_map(|found| link(found.start(), found.as_str())).collect()
}

fn tag(text: &str, at: usize, mark: char) -> Option<Facet> {
    let start = at + mark.len_utf8();
    let rest = text.get(start..)?;
    if rest.starts_with('\u{fe0f}') {
        return None; // the keycap emoji
    }
    let end = rest.find(|c: char| c.is_whitespace() || is_invisible(c) || matches!(c, '#' | '＃')).unwrap_or(rest.len());
    let tag = rest.get(..end)?.trim_end_matches(is_punctuation);
    let says_something = tag.chars().any(|c| !c.is_numeric() && !is_punctuation(c));
    let fits = tag.len() <= TAG_BYTES_MAX && tag.graphemes(true).count() <= TAG_GRAPHEMES_MAX;
    (says_something && fits).then(|| Facet { range: at..start + tag.len(), kind: Kind::Tag(tag.to_owned()) })
}

fn mention(text: &str, at: usize) -> Option<Facet> {
    let rest = text.get(at + 1..)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-').unwrap_or(rest.len());
    let written = rest.get(..end)?.trim_end_matches(['.', '-']);
    let goes_on = rest.get(written.len()..)?.starts_with(['@', '_']);
    let handle = Handle::parse(written).filter(|_| !goes_on)?;
    Some(Facet { range: at..at + 1 + written.len(), kind: Kind::Mention(handle) })
}

fn stands_free(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    before.is_none_or(|c| {
        c.is_whitespace() || matches!(c, '(' | '[' | '"' | '\'' | '«' | '“' | '„' | '‘' | '「' | '『' | '（' | '【' | '¿' | '¡')
    })
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Characters that end a tag although nothing is seen (as Bluesky's own list).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{2060}' | '\u{200a}'..='\u{200d}' | '\u{20e2}')
}

/// Punctuation (Unicode class P) of the scripts in common use.
fn is_punctuation(c: char) -> bool {
    let is_ascii = c.is_ascii_punctuation() && !matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    is_ascii
        || is_wide_punctuation(c)
        || matches!(c, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}')
        || matches!(
            c,
            '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}' | '\u{964}' | '\u{965}' | '\u{55d}'..='\u{55f}' | '\u{589}' | '\u{5be}'
        )
}

/// Full-width and CJK punctuation.
fn is_wide_punctuation(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}')
        || matches!(c, '\u{ff01}'..='\u{ff03}' | '\u{ff05}'..='\u{ff0a}' | '\u{ff0c}' | '\u{ff0e}' | '\u{ff1a}' | '\u{ff1b}')
        || matches!(c, '\u{ff1f}' | '\u{ff3b}' | '\u{ff3d}' | '\u{ff5b}' | '\u{ff5d}' | '\u{ff5f}'..='\u{ff65}')
}

#[cfg(test)]
#[path = "facets_tests.rs"]
mod tests;
