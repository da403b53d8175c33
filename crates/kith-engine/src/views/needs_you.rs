//! What waits for a person, gathered by what is wrong, with what can be done about each.

use kith_domain::ids::DispatchId;
use kith_domain::measure::Conservation;
use serde::{Deserialize, Serialize};

use super::{Choice, DispatchRow, Mend, Moment};

/// Everything that needs a person, in one place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeedsYouView {
    /// Now.
    pub now: Moment,
    /// The place whose time is meant, such as `Lisbon`.
    pub place: String,
    /// Sums by state over everything.
    pub counts: Conservation,
    /// What is wrong, the most pressing first; none is empty.
    pub groups: Vec<NeedsGroup>,
    /// How many posts need a person in all.
    pub total: u64,
    /// Whether more need one than stand here.
    pub more: bool,
    /// What can be done with all missed ones at once, if there are several.
    pub missed: Option<MissedTogether>,
    /// What Kith is finding out by itself.
    pub looking: Vec<NeedsRow>,
}

/// Posts for which the same is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeedsGroup {
    /// A stable name: `unconfirmed`, `missed`, `sign_in`, `media`, `changed`, `paused`, `keeps_failing`, `refused` or others
    /// that a hold brings.
    pub kind: String,
    /// In a few words.
    pub title: String,
    /// What happened and what can be done, in a sentence or two.
    pub lead: String,
    /// What is mended elsewhere, if that lets them go.
    pub mend: Option<Mend>,
    /// The posts, the earliest first.
    pub rows: Vec<NeedsRow>,
}

/// A post that needs a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeedsRow {
    /// The post.
    pub row: DispatchRow,
    /// What can be done, the likeliest first; empty for whoever may not decide.
    pub choices: Vec<Choice>,
    /// Where to look for it on the network, while nobody knows whether it is there.
    pub look: Option<String>,
    /// A time for it, as a form's field takes it, such as `2026-12-01T09:30`.
    pub suggested: String,
}

/// All missed posts at once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissedTogether {
    /// Each with the time at which it would go out, if they were sent now, spaced.
    pub spaced: Vec<(DispatchId, Moment)>,
    /// Minutes between two on the same channel.
    pub gap_min: i64,
}

/// What was done, for the page after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// It goes out now.
    Sending,
    /// It has another time.
    Moved,
    /// The owner said yes: it goes out at its time.
    Allowed,
    /// It is held back.
    HeldBack,
    /// It does not go out.
    Dropped,
    /// It is there.
    Confirmed,
    /// All missed ones go out, spaced.
    AllSending,
    /// No missed one goes out.
    AllDropped,
}
