//! Counting a text as each network counts it.
//!
//! A [`Limit`] says by which measure and how much fits; it comes from `policy.toml`, or from what a server says of
//! itself. [`count`] gives what is used in the measure that is nearest to its limit. A new measure is a variant of
//! [`Measure`] and an arm in [`count`].

use std::sync::LazyLock;

use linkify::{LinkFinder, LinkKind};
use regex::Regex;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::entity::{Span, links};
use super::policy::Policy;

/// What X's configuration 3 weighs a link, a plain letter and any other, in hundredths (twitter-text, 2021-10).
const WEIGHT_LINK: u32 = 2_300;
const WEIGHT_PLAIN: u32 = 100;
const WEIGHT_OTHER: u32 = 200;
const WEIGHT_SCALE: u32 = 100;

/// By which measure a network counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Characters as people see them (extended grapheme clusters, UAX 29).
    Graphemes,
    /// X's weighted length: Latin and its kin 1, all else and each emoji 2, a link 23, after NFC.
    Weighted,
    /// UTF-16 code units: the careful reading where a network only says "characters".
    Utf16,
    /// Emoji as their bytes of UTF-8, the rest as characters.
    EmojiBytes,
}

/// How much a network takes of one post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The measure of texts.
    #[serde(rename = "count")]
    pub measure: Measure,
    /// Longest text in that measure.
    pub text_max: u32,
    /// Longest text in bytes of UTF-8, if that is a limit too.
    #[serde(default)]
    pub text_bytes_max: Option<u32>,
    /// What a link counts, whatever its length.
    #[serde(default)]
    pub link_counts: Option<u32>,
    /// Whether the `@domain` of a mention counts.
    #[serde(default = "yes")]
    pub mention_domain_counts: bool,
    /// Most pictures.
    #[serde(default)]
    pub images_max: Option<u32>,
    /// Largest picture in bytes.
    #[serde(default)]
    pub image_bytes_max: Option<u64>,
    /// Longest side of a picture in pixels.
    #[serde(default)]
    pub image_side_max: Option<u32>,
    /// Longest alternative text in characters.
    #[serde(default)]
    pub alt_max: Option<u32>,
    /// Largest animation in bytes.
    #[serde(default)]
    pub gif_bytes_max: Option<u64>,
    /// Largest video in bytes.
    #[serde(default)]
    pub video_bytes_max: Option<u64>,
    /// Longest video in seconds.
    #[serde(default)]
    pub video_seconds_max: Option<u32>,
    /// Most cashtags in a post.
    #[serde(default)]
    pub cashtags_max: Option<u32>,
    /// Most options of a poll; `None` if there are no polls.
    #[serde(default)]
    pub poll_options_max: Option<u32>,
    /// The short name of its source.
    #[serde(default)]
    pub source: Option<String>,
}

/// In what a [`Count`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Characters, however the network weighs them.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

/// How much of a limit a text uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Count {
    /// What it uses.
    pub used: u32,
    /// What fits.
    pub limit: u32,
    /// In which unit.
    pub unit: Unit,
}

impl Count {
    /// By how much it is over; 0 if it fits.
    pub fn over_by(self) -> u32 {
        self.used.saturating_sub(self.limit)
    }

    /// Whether it fits.
    pub fn fits(self) -> bool {
        self.used <= self.limit
    }
}

impl Policy {
    /// Counts `text` as `network` does; `None` if its way of counting is not known here.
    pub fn count(&self, network: &str, text: &str) -> Option<Count> {
        self.limits.get(network).map(|limit| count(limit, text))
    }
}

/// What `text` uses of `limit`. Where two measures limit it, the one of which a larger share is used.
pub fn count(limit: &Limit, text: &str) -> Count {
    let used = match limit.measure {
        Measure::Graphemes => graphemes(&as_counted(text, limit)),
        Measure::Weighted => weighted(text, true),
        Measure::Utf16 => short(text.encode_utf16().count()),
        Measure::EmojiBytes => emoji_bytes(text),
    };
    let letters = Count { used, limit: limit.text_max, unit: Unit::Characters };
    let Some(bytes_max) = limit.text_bytes_max else { return letters };
    let bytes = Count { used: short(text.len()), limit: bytes_max, unit: Unit::Bytes };
    let share = |one: Count, other: Count| u64::from(one.used) * u64::from(other.limit);
    if share(bytes, letters) > share(letters, bytes) { bytes } else { letters }
}

/// X's weighted length, in its whole units, rounded down. `emoji_as_one` is false only for configurations before 3.
pub fn weighted(text: &str, emoji_as_one: bool) -> u32 {
    let text: String = text.nfc().collect();
    let mut sum: u64 = 0;
    let mut at = 0;
    for link in links(&text) {
        sum += weight_of(Span::new(at, link.start).of(&text), emoji_as_one) + u64::from(WEIGHT_LINK);
        at = link.end;
    }
    sum += weight_of(Span::new(at, text.len()).of(&text), emoji_as_one);
    u32::try_from(sum / u64::from(WEIGHT_SCALE)).unwrap_or(u32::MAX)
}

fn weight_of(text: &str, emoji_as_one: bool) -> u64 {
    if text.is_ascii() {
        return text.len() as u64 * u64::from(WEIGHT_PLAIN);
    }
    if !emoji_as_one {
        return text.chars().map(weight_of_letter).sum();
    }
    let clusters = text.graphemes(true);
    clusters.map(|cluster| if is_emoji(cluster) { u64::from(WEIGHT_OTHER) } else { cluster.chars().map(weight_of_letter).sum() }).sum()
}

/// The ranges of configuration 3.
fn weight_of_letter(letter: char) -> u64 {
    let is_plain = matches!(u32::from(letter), 0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247);
    u64::from(if is_plain { WEIGHT_PLAIN } else { WEIGHT_OTHER })
}

/// Replaces what counts differently: links by so many letters, mentions with a domain by their names.
fn as_counted<'t>(text: &'t str, limit: &Limit) -> std::borrow::Cow<'t, str> {
    if limit.link_counts.is_none() && limit.mention_domain_counts {
        return text.into();
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut out = String::with_capacity(text.len());
    for span in finder.spans(text) {
        let is_web = span.kind().is_some() && super::entity::link_starts_with_scheme(span.as_str());
        match limit.link_counts.filter(|_| is_web) {
            Some(letters) => out.extend(std::iter::repeat_n('x', letters as usize)),
            None if limit.mention_domain_counts => out.push_str(span.as_str()),
            None => push_without_domains(span.as_str(), &mut out),
        }
    }
    out.into()
}

#[expect(clippy::expect_used, reason = "the patterns are constants, and every test of this file compiles them")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// `@name@domain` where a mention may stand; group 1 is what counts.
static WITH_DOMAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(^|[^=/\w@])(@[a-zA-Z0-9_]+(?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?)@\w+(?:[\w.-]*\w)?"));
static PICTOGRAPH: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{Extended_Pictographic}"));

fn push_without_domains(text: &str, out: &mut String) {
    if text.contains('@') {
        out.push_str(&WITH_DOMAIN.replace_all(text, "$1$2"));
    } else {
        out.push_str(text);
    }
}

/// Characters as people see them.
pub fn graphemes(text: &str) -> u32 {
    short(text.graphemes(true).count())
}

fn emoji_bytes(text: &str) -> u32 {
    let clusters = text.graphemes(true);
    short(clusters.map(|cluster| if is_emoji(cluster) { cluster.len() } else { cluster.chars().count() }).sum())
}

/// Whether a grapheme cluster is shown as an emoji: a pictograph, a flag, a sign in a box. Signs that are letters
/// first, such as ©, are emoji only when they are asked to be.
pub fn is_emoji(cluster: &str) -> bool {
    let Some(first) = cluster.chars().next() else { return false };
    if cluster.is_ascii() || cluster.chars().nth(1) == Some('\u{fe0e}') {
        return false;
    }
    let asked = cluster.contains('\u{fe0f}');
    let is_flag = matches!(first, '\u{1f1e6}'..='\u{1f1ff}');
    cluster.contains('\u{20e3}') || is_flag || ((first >= '\u{2100}' || asked) && PICTOGRAPH.is_match(cluster))
}

fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests;
