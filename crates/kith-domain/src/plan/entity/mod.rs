//! What stands in a text beside its words: links, hashtags, cashtags, mentions.
//!
//! They are found as twitter-text's conformance cases say (2021-10), because X counts by it and the others differ only
//! at the edges; mentions are also found as the fediverse (`@name@domain`) and the AT Protocol (`@name.domain`) write
//! them. Every find is a [`Span`] of bytes in the text as given.

mod addressed;
mod link;
mod mention;
mod tag;
mod tld;

pub use addressed::answers;
pub use link::{link_starts_with_scheme, links};
pub use mention::{Mention, is_domain_name, mentions, names, reply_to};
pub use tag::{cashtags, hashtags};

/// Where something stands in a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The first byte behind it.
    pub end: usize,
}

impl Span {
    /// From `start` to before `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// What stands there; empty if the text is another one.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether two spans share a byte.
    pub fn meets(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The letter before a byte of a text.
fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// The rest of a text from a byte on.
fn from(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// Marks that turn the direction of writing; nothing is seen of them.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Latin letters beyond ASCII, which X takes for parts of names and addresses.
fn is_latin_accent(letter: char) -> bool {
    matches!(letter, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{253}'..='\u{254}' | '\u{256}'..='\u{257}'
        | '\u{259}' | '\u{25b}' | '\u{263}' | '\u{268}' | '\u{26f}' | '\u{272}' | '\u{289}' | '\u{28b}' | '\u{2bb}'
        | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}
