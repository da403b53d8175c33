//! One idea, worded for each network (B9): how alike the wordings are, and what follows from it.
//!
//! Alikeness is the share of common word pairs ([`Wording::alike`]), links, hashtags and mentions weighed less, because
//! they must be the same. Alike wordings on three channels on one day are held until worded anew, put on another day,
//! or until the owner said yes to exactly these; nearly the same text from two accounts of one network is refused where
//! its rules forbid that, and no yes helps. `docs/use/framing.md` says the measure to people.

pub mod same;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use super::policy::{Policy, Rule};
use crate::mandate::{Actor, Deed, Refusal, Role};

/// From here on two wordings are alike: six of ten word pairs in common (2026-11, tried on the pairs in the tests).
pub const ALIKE_FROM: f64 = 0.6;
/// From here on they are the same text, as the rule X3 measures it (policy.toml, 2026-11).
pub const SAME_FROM: f64 = 0.9;
/// So many alike channels on one day are held (B9: identical on more than two accounts).
pub const CHANNELS_HELD_FROM: usize = 3;
/// Same texts of one network's accounts are looked for within so many days (rule X3, policy.toml, 2026-11).
pub const SAME_WITHIN_DAYS: i32 = 30;
/// What a link, a hashtag or a mention weighs beside a word, in quarters of a word.
const PLAIN_WEIGHT: u32 = 4;
const LIGHT_WEIGHT: u32 = 1;
/// The action of the rules on one text from several accounts.
const SAME_TEXT: &str = "same_text_many_accounts";

/// A text made ready to be compared: its word pairs by hash, each with its weight, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Hash and weight; a pair that stands twice is there twice.
    pairs: Vec<(u64, u32)>,
    weight: u32,
}

/// A wording and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framed<'t> {
    /// The channel's name.
    pub channel: &'t str,
    /// The channel's network.
    pub network: &'t str,
    /// The words.
    pub text: &'t str,
    /// The local day on which it goes out; `None` if it has no time yet, which counts as one day.
    pub day: Option<Date>,
}

/// The owner's yes to exactly these wordings on these channels; any change of a word ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnersYes {
    /// Who said it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the channels and words, lower-case hex.
    pub to: String,
}

/// What is wrong with the wordings of one idea.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Likeness {
    /// A rule of the network forbids it; no yes helps.
    Refused {
        /// The rule's name, such as `X3`.
        rule: String,
        /// The two channels.
        channels: [String; 2],
        /// 0 to 1.
        alike: f64,
    },
    /// It waits until reworded, moved or allowed by the owner.
    Held {
        /// The channels, in the order given.
        channels: Vec<String>,
        /// Of the two that are least alike among them, 0 to 1.
        alike: f64,
        /// Their day.
        day: Option<Date>,
    },
    /// Pointed out: the same text on two networks.
    Same {
        /// The two channels.
        channels: [String; 2],
        /// 0 to 1.
        alike: f64,
    },
}

impl Wording {
    /// Takes a text apart. Linear in its length.
    pub fn new(text: &str) -> Self {
        let tokens = tokens(text);
        let edge = (hash("\u{2}"), PLAIN_WEIGHT);
        let mut pairs = Vec::with_capacity(tokens.len() + 1);
        let mut before = edge;
        for token in tokens.iter().copied().chain([edge]) {
            if !tokens.is_empty() {
                pairs.push((pair(before.0, token.0), before.1.min(token.1)));
            }
            before = token;
        }
        pairs.sort_unstable();
        let weight = pairs.iter().map(|(_, weight)| weight).sum();
        Self { pairs, weight }
    }

    /// How alike two wordings are, from 0 (no word pair in common) to 1 (the same words in the same order): twice the
    /// weight of the common pairs, divided by the weight of all. Two empty texts are not alike.
    pub fn alike(&self, other: &Self) -> f64 {
        let all = self.weight + other.weight;
        if all == 0 { 0.0 } else { f64::from(2 * self.shared(other)) / f64::from(all) }
    }

    fn shared(&self, other: &Self) -> u32 {
        let (mut mine, mut theirs) = (self.pairs.iter().peekable(), other.pairs.iter().peekable());
        let mut shared = 0;
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            match a.0.cmp(&b.0) {
                std::cmp::Ordering::Less => {
                    mine.next();
                }
                std::cmp::Ordering::Greater => {
                    theirs.next();
                }
                std::cmp::Ordering::Equal => {
                    shared += a.1.min(b.1);
                    mine.next();
                    theirs.next();
                }
            }
        }
        shared
    }
}

impl OwnersYes {
    /// Records the yes of `actor` to `framed`. Only an owner may say it.
    pub fn say(role: Role, actor: Actor, now: Timestamp, framed: &[Framed<'_>]) -> Result<Self, Refusal> {
        if role == Role::Owner { Ok(Self { by: actor, at: now, to: named(framed) }) } else { Err(Refusal { role, deed: Deed::Approve }) }
    }

    /// Whether it was said to exactly these wordings.
    pub fn holds_for(&self, framed: &[Framed<'_>]) -> bool {
        self.to == named(framed)
    }
}

/// Everything that is wrong with the wordings of one idea, refusals first.
pub fn judge(framed: &[Framed<'_>], yes: Option<&OwnersYes>, policy: &Policy) -> Vec<Likeness> {
    let wordings: Vec<Wording> = framed.iter().map(|one| Wording::new(one.text)).collect();
    let mut alike: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (i, a) in wordings.iter().enumerate() {
        for (j, b) in wordings.iter().enumerate().skip(i + 1) {
            alike.insert((i, j), a.alike(b));
        }
    }
    let pairs: Vec<(&Framed<'_>, &Framed<'_>, f64)> =
        alike.iter().filter_map(|(&(i, j), &value)| Some((framed.get(i)?, framed.get(j)?, value))).collect();

    let mut found: Vec<Likeness> = Vec::new();
    for (a, b, alike) in &pairs {
        if let Some(rule) = forbidden(a, b, *alike, policy) {
            found.push(Likeness::Refused { rule: rule.id.clone(), channels: [a.channel.to_owned(), b.channel.to_owned()], alike: *alike });
        }
    }
    if yes.is_some_and(|yes| yes.holds_for(framed)) {
        return found;
    }
    let held = held(framed, &alike);
    let is_held = |one: &Framed<'_>| held.iter().any(|(channels, _, day)| *day == one.day && channels.contains(&one.channel));
    for (a, b, alike) in &pairs {
        let same = *alike >= SAME_FROM && a.day == b.day && a.network != b.network;
        if same && !(is_held(a) && is_held(b)) {
            found.push(Likeness::Same { channels: [a.channel.to_owned(), b.channel.to_owned()], alike: *alike });
        }
    }
    found.extend(held.iter().map(|(channels, alike, day)| Likeness::Held {
        channels: channels.iter().map(|&channel| channel.to_owned()).collect(),
        alike: *alike,
        day: *day,
    }));
    found.sort_by_key(|likeness| match likeness {
        Likeness::Refused { .. } => 0,
        Likeness::Held { .. } => 1,
        Likeness::Same { .. } => 2,
    });
    found
}

/// The rule that forbids the same text from both accounts.
fn forbidden<'p>(a: &Framed<'_>, b: &Framed<'_>, alike: f64, policy: &'p Policy) -> Option<&'p Rule> {
    let days = match (a.day, b.day) {
        (Some(a), Some(b)) => (a.duration_until(b).as_hours() / 24).abs(),
        _ => 0,
    };
    let same = alike >= SAME_FROM && a.network == b.network && a.channel != b.channel && days <= i64::from(SAME_WITHIN_DAYS);
    if same { policy.forbids(a.network, SAME_TEXT) } else { None }
}

type HeldGroup<'t> = (Vec<&'t str>, f64, Option<Date>);

/// Groups of one day in which each is alike with another of the group, if they are on enough channels.
fn held<'t>(framed: &[Framed<'t>], alike: &BTreeMap<(usize, usize), f64>) -> Vec<HeldGroup<'t>> {
    let mut group: Vec<usize> = (0..framed.len()).collect();
    for (&(i, j), &value) in alike {
        let one_day = framed.get(i).map(|one| one.day) == framed.get(j).map(|one| one.day);
        if let (true, true, Some(&to), Some(&from)) = (value >= ALIKE_FROM, one_day, group.get(i), group.get(j)) {
            group.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, root) in group.iter().enumerate() {
        groups.entry(*root).or_default().push(index);
    }
    let mut held = Vec::new();
    for members in groups.into_values() {
        let mut channels: Vec<&str> = Vec::new();
        for one in members.iter().filter_map(|&index| framed.get(index)) {
            if !channels.contains(&one.channel) {
                channels.push(one.channel);
            }
        }
        if channels.len() >= CHANNELS_HELD_FROM {
            let least = alike.iter().filter(|((i, j), _)| members.contains(i) && members.contains(j)).map(|(_, value)| *value);
            let day = members.first().and_then(|&index| framed.get(index)).and_then(|one| one.day);
            held.push((channels, least.fold(1.0, f64::min), day));
        }
    }
    held
}

impl Likeness {
    /// What the owner can do.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "leave one of the two channels out, or say it there in other words; this network forbids the same text",
            Self::Held { .. } => "word it anew for some of them, put some on another day, or let the owner say yes to this post",
            Self::Same { .. } => "word it anew for one of the two; each has its own readers",
        }
    }
}

impl std::fmt::Display for Likeness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |alike: &f64| (alike * 100.0).floor() as u32;
        match self {
            Self::Refused { rule, channels: [a, b], alike } => {
                write!(f, "{a} and {b} would say the same ({} of 100 word pairs), which the rule {rule} forbids", percent(alike))
            }
            Self::Held { channels, alike, .. } => {
                let on = channels.join(", ");
                write!(
                    f,
                    "{} channels would say nearly the same on one day ({on}; at least {} of 100 word pairs)",
                    channels.len(),
                    percent(alike)
                )
            }
            Self::Same { channels: [a, b], alike } => {
                write!(f, "{a} and {b} would say the same ({} of 100 word pairs)", percent(alike))
            }
        }
    }
}

/// A name of exactly these channels and words, whatever their order.
fn named(framed: &[Framed<'_>]) -> String {
    let mut parts: Vec<(&str, &str)> = framed.iter().map(|one| (one.channel, one.text)).collect();
    parts.sort_unstable();
    let mut hasher = Sha256::new();
    for (channel, text) in parts {
        hasher.update(format!("{}:{channel}{}:{text}", channel.len(), text.len()));
    }
    crate::hex::lower(&hasher.finalize())
}

/// The words of a text as hashes with their weights: lower case, without marks; a link is one word whatever it points
/// to, and in scripts without blanks each letter is a word.
fn tokens(text: &str) -> Vec<(u64, u32)> {
    let text: String = text.nfkc().collect::<String>().to_lowercase();
    let mut tokens = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '#' | '@' | '$'));
        if bare.contains("://") || bare.starts_with("www.") {
            tokens.push((hash("\u{1}link"), LIGHT_WEIGHT));
            continue;
        }
        let light = bare.starts_with(['#', '@', '$']) && bare.chars().count() > 1;
        let weight = if light { LIGHT_WEIGHT } else { PLAIN_WEIGHT };
        push_words(word, weight, &mut tokens);
    }
    tokens
}

fn push_words(word: &str, weight: u32, tokens: &mut Vec<(u64, u32)>) {
    let mut piece = String::new();
    let mut end = |piece: &mut String| {
        if !piece.is_empty() {
            tokens.push((hash(piece), weight));
            piece.clear();
        }
    };
    for letter in word.chars() {
        if is_word_by_itself(letter) {
            end(&mut piece);
            piece.push(letter);
            end(&mut piece);
        } else if letter.is_alphanumeric() {
            piece.push(letter);
        } else if !matches!(letter, '\'' | '’') {
            end(&mut piece);
        }
    }
    end(&mut piece);
}

/// Letters of scripts that put no blanks between words: Thai to Khmer, kana, Han.
fn is_word_by_itself(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
        && letter.is_alphanumeric()
}

/// FNV-1a: the same on every machine, and fast for short words.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn pair(a: u64, b: u64) -> u64 {
    (a.rotate_left(23) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests;
