//! What stands still: one category, one channel, everything.
//!
//! A pause is a row with its reason, not a flag. What it holds keeps its place in the order and goes out later; nothing
//! held is lost.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a pause holds. Names of categories are compared in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "holds", rename_all = "snake_case")]
pub enum PauseScope {
    /// Every post.
    Everything,
    /// All posts on one channel.
    Channel {
        /// Its name.
        channel: String,
    },
    /// One category on all channels.
    Category {
        /// Its name.
        category: String,
    },
    /// One category on one channel.
    CategoryOn {
        /// The category.
        category: String,
        /// The channel.
        channel: String,
    },
    /// Everything but these categories, as while somebody is away.
    AllBut {
        /// What goes on.
        categories: BTreeSet<String>,
    },
}

/// A time in which something stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What it holds.
    #[serde(flatten)]
    pub scope: PauseScope,
    /// Its first instant.
    pub from: Timestamp,
    /// The instant at which all goes on; until somebody says so if there is none.
    pub until: Option<Timestamp>,
    /// Why, in the owner's words.
    pub why: String,
}

impl Pause {
    /// Whether it holds a post of this category on this channel, whenever that goes out.
    pub fn covers(&self, category: Option<&str>, channel: &str) -> bool {
        let same = |name: &str| category.is_some_and(|category| category.trim().to_lowercase() == name.trim().to_lowercase());
        match &self.scope {
            PauseScope::Everything => true,
            PauseScope::Channel { channel: held } => held == channel,
            PauseScope::Category { category: held } => same(held),
            PauseScope::CategoryOn { category: held, channel: on } => on == channel && same(held),
            PauseScope::AllBut { categories } => !categories.iter().any(|name| same(name)),
        }
    }

    /// Whether it holds at that instant.
    pub fn lasts(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// The pause that holds a post at an instant: of several the one that ends last.
pub fn held_by<'p>(pauses: &'p [Pause], category: Option<&str>, channel: &str, at: Timestamp) -> Option<&'p Pause> {
    let holding = pauses.iter().filter(|pause| pause.lasts(at) && pause.covers(category, channel));
    holding.max_by_key(|pause| pause.until.unwrap_or(Timestamp::MAX))
}

/// The pause without an end that holds this category on this channel, now or later.
pub(super) fn held_for_good<'p>(pauses: &'p [Pause], category: &str, channel: &str) -> Option<&'p Pause> {
    pauses.iter().filter(|pause| pause.until.is_none() && pause.covers(Some(category), channel)).min_by_key(|pause| pause.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_holds_what_it_names_and_the_longest_is_told() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let pause = |scope, from, until: Option<i64>| Pause { scope, from: at(from), until: until.map(at), why: String::new() };
        let tips = PauseScope::CategoryOn { category: "Tips".into(), channel: "lark".into() };
        let pauses = [
            pause(tips, 10, Some(20)),
            pause(PauseScope::Channel { channel: "gull".into() }, 0, None),
            pause(PauseScope::AllBut { categories: ["tips".to_owned()].into() }, 15, Some(30)),
        ];
        let held = |category, channel, second| held_by(&pauses, category, channel, at(second)).map(|pause| pause.from.as_second());
        assert_eq!(held(Some("tips"), "lark", 10), Some(10));
        assert_eq!(held(Some("tips"), "lark", 20), None);
        assert_eq!(held(Some("offers"), "lark", 12), None);
        assert_eq!(held(Some("offers"), "lark", 16), Some(15));
        assert_eq!(held(None, "lark", 16), Some(15));
        assert_eq!(held(Some("tips"), "gull", 99), Some(0));
        assert!(held_for_good(&pauses, "tips", "gull").is_some());
        assert!(held_for_good(&pauses, "tips", "lark").is_none());
    }
}
