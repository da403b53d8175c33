//! The brake, for the page and the command line.

use kith_domain::converse::BrakeRule;
use kith_domain::ids::ConversationId;
use serde::Serialize;

use super::{DispatchRow, Moment};

/// The brake of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrakeView {
    /// `open`, `closing` or `holding`.
    pub state: String,
    /// "Posts are on hold."
    pub headline: String,
    /// "Jo has waited 26 hours."
    pub why: String,
    /// The rule.
    pub rule: BrakeRule,
    /// The rule's version, for whoever changes it.
    pub version: i64,
    /// The one whose answer matters; `None` while nobody waits.
    pub first: Option<BrakeFirst>,
    /// When posts are held from, or since when they are; `None` while nobody waits.
    pub holds_at: Option<Moment>,
    /// How many hours after the first one's message posts are held, times that don't count included.
    pub mark_hours: f64,
    /// The end of the time that does not count, while it lasts.
    pub paused_until: Option<Moment>,
    /// How many are owed an answer: people, never machines, reactions or what a person closed.
    pub owed: u64,
    /// The posts that it holds, the earliest first, at most 50.
    pub held: Vec<DispatchRow>,
    /// How many more it holds.
    pub held_more: u64,
}

/// The one who has waited longest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrakeFirst {
    /// The conversation.
    pub conversation: ConversationId,
    /// Their name.
    pub name: String,
    /// Its first word.
    pub short: String,
    /// Since when they wait.
    pub since: Moment,
    /// The same in words: "since yesterday".
    pub waited: String,
    /// Whole hours waited.
    pub hours: i64,
}

impl BrakeView {
    /// Whether posts are held now.
    pub fn holds(&self) -> bool {
        self.state == "holding"
    }

    /// All posts that it holds.
    pub fn held_count(&self) -> u64 {
        self.held.len() as u64 + self.held_more
    }

    /// Whether somebody is inside the last hours before it holds.
    pub fn closes(&self) -> bool {
        self.state == "closing"
    }
}
