//! The people we know: a contact is one person, a handle is one of their addresses on a network (R1).
//!
//! A handle is keyed by the id that the network itself authenticates, never by a display name (S29): two people
//! with one name stay two, and a look-alike is a different person.

mod drifting;
mod memory;
mod merge;
mod triage;

use serde::{Deserialize, Serialize};

use crate::ids::NetworkId;

pub use drifting::{
    DRIFTING_DAYS, DRIFTING_MESSAGES_MIN, Drift, DriftFacts, KINDNESS_DAYS_MAX, KINDNESS_DAYS_MIN, LATER_DRIFT_DAYS, drifting,
};
pub use memory::{
    FACT_CHARS_MAX, Fact, Memory, MemoryError, NOTE_CHARS_MAX, PROMISE_DAYS_MAX, PromiseEnd, TAG_CHARS_MAX, TAGS_MAX, Tag, due_at, due_day,
    fact, note, promise_words, tags,
};
pub use merge::{MERGE_UNDO_DAYS, may_part};
pub use triage::{FollowerFacts, Handling, Sorted, SortedAs, TRIAGE_NOTE_CHARS_MAX, Why, why};

/// Longest display name kept, in characters; networks allow less (Mastodon 30, Bluesky 64 graphemes).
pub const DISPLAY_NAME_CHARS_MAX: usize = 200;

/// A person's address as a network told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Where.
    pub network: NetworkId,
    /// The network's own, lasting id of the person (an account id, a DID).
    pub remote_id: String,
    /// The address people type, without a leading `@`, such as `jo@clay.social`.
    pub address: String,
    /// The name they chose, as plain text.
    pub display_name: String,
    /// Link to the profile for a person's eyes.
    pub url: Option<String>,
    /// Whether the network marks this as automated.
    pub is_bot: bool,
}

impl Profile {
    /// The name to show: the chosen one, else the address.
    pub fn name(&self) -> &str {
        let name = self.display_name.trim();
        if name.is_empty() { &self.address } else { name }
    }
}

/// Up to two letters that stand for a person where no picture is shown.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let letters: String = words.next().into_iter().chain(words.next_back()).collect();
    if letters.is_empty() { "?".into() } else { letters.to_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_first_and_last() {
        for (name, expected) in [("Jo Ferrant", "JF"), ("abi", "A"), ("", "?"), ("Ana Maria Lark", "AL"), ("🌱 Fern", "F"), ("Élodie", "É")]
        {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
