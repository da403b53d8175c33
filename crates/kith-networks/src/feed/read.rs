//! A feed's document as plain entries: no markup, no surprise.

use feed_rs::model::{Entry, Feed, Link};
use jiff::Timestamp;
use kith_domain::plan::feed::{ENTRIES_MAX, FeedEntry};
use url::Url;

use super::FeedError;

/// Longest title, author and summary that are kept, in characters.
const TITLE_CHARS_MAX: usize = 500;
const SUMMARY_CHARS_MAX: usize = 2_000;
/// Longest markup of a summary that is read, in bytes.
const MARKUP_BYTES_MAX: usize = 64 * 1024;
/// Years between which a time is believed; feeds write 1970 for "unknown" and 2099 for "pinned".
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2090;

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// Its entries in its own order, the first 5,000.
    pub entries: Vec<FeedEntry>,
    /// The WebSub hub that tells of changes, with the address that it knows the feed by.
    pub hub: Option<(Url, Url)>,
}

/// Reads a document that the guard let pass. `at` is where it came from: relative links start there.
pub fn read(bytes: &[u8], at: &Url) -> Result<Document, FeedError> {
    match parse(bytes, at) {
        Ok(feed) => Ok(document(feed, at)),
        Err(first) => {
            // Many feeds say UTF-8 and are Windows-1252, or the reverse; read as what it can always be read as.
            let text = in_one_byte_code(bytes);
            parse(text.as_bytes(), at)
                .map(|feed| document(feed, at))
                .map_err(|_| FeedError::Unreadable(format!("this is no feed: {first}")))
        }
    }
}

fn parse(bytes: &[u8], at: &Url) -> Result<Feed, String> {
    let bytes = bytes.trim_ascii_start();
    let parser = feed_rs::parser::Builder::new().base_uri(Some(at)).id_generator(|_, _, _| String::new()).build();
    parser.parse(bytes).map_err(|error| error.to_string())
}

/// Bytes that are no UTF-8 as Windows-1252, under a heading that says UTF-8.
fn in_one_byte_code(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| cp1252(*byte)).collect(),
    };
    // The heading names a code that no longer holds.
    match (text.trim_start().starts_with("<?xml"), text.find("?>")) {
        (true, Some(end)) => format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", &text[end + 2..]),
        _ => text,
    }
}

/// Windows-1252 as the WHATWG Encoding standard has it (2026-11): Latin-1 but for 0x80 to 0x9F.
fn cp1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•',
        '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

fn document(feed: Feed, at: &Url) -> Document {
    let link = |rel: &str| feed.links.iter().find(|link| link.rel.as_deref() == Some(rel)).and_then(|link| web(at, &link.href));
    let hub = link("hub").map(|hub| (hub, link("self").unwrap_or_else(|| at.clone())));
    Document {
        title: feed.title.map(|title| plain(&title.content, TITLE_CHARS_MAX)).unwrap_or_default(),
        entries: feed.entries.into_iter().take(ENTRIES_MAX).map(|found| entry(found, at)).collect(),
        hub,
    }
}

fn entry(found: Entry, at: &Url) -> FeedEntry {
    let summary = found.summary.map(|text| text.content).or_else(|| found.content.and_then(|content| content.body));
    let guid = found.id.trim();
    FeedEntry {
        guid: (!guid.is_empty()).then(|| guid.chars().take(TITLE_CHARS_MAX).collect()),
        link: page_of(&found.links).and_then(|href| web(at, href)).map(String::from),
        title: found.title.map(|title| plain(&title.content, TITLE_CHARS_MAX)).unwrap_or_default(),
        summary: summary.map(|text| plain(&text, SUMMARY_CHARS_MAX)).unwrap_or_default(),
        author: found
            .authors
            .first()
            .and_then(|person| person.name.as_deref())
            .map(|name| plain(name, TITLE_CHARS_MAX))
            .filter(|name| !name.is_empty()),
        published: found.published.or(found.updated).and_then(|at| believed(at.timestamp())),
    }
}

/// The entry's own page: `alternate`, or the first link that names no other part.
fn page_of(links: &[Link]) -> Option<&str> {
    let of = |rel: Option<&str>| links.iter().find(move |link| link.rel.as_deref() == rel);
    of(Some("alternate")).or_else(|| of(None)).map(|link| link.href.as_str())
}

/// A link of the web, whole; anything else is left out.
fn web(at: &Url, href: &str) -> Option<Url> {
    at.join(href.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn believed(seconds: i64) -> Option<Timestamp> {
    let at = Timestamp::from_second(seconds).ok()?;
    YEARS.contains(&at.to_zoned(jiff::tz::TimeZone::UTC).year()).then_some(at)
}

/// Text without markup and control characters, in one line.
fn plain(text: &str, chars_max: usize) -> String {
    let head = &text[..text.floor_char_boundary(MARKUP_BYTES_MAX)];
    // A title may be escaped markup or plain words with an ampersand; both read well as a fragment's text.
    let fragment = scraper::Html::parse_fragment(head);
    let mut words = String::new();
    for node in fragment.root_element().descendants() {
        if let Some(part) = node.value().as_text() {
            let hidden = node.ancestors().any(|up| up.value().as_element().is_some_and(|is| matches!(is.name(), "script" | "style")));
            if !hidden {
                words.push_str(part);
                words.push(' ');
            }
        }
    }
    let line = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(chars_max).collect()
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
