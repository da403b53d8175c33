//! A month of the plan, and the owner's hours: what the two calmer pages of the plan show.

use serde::Serialize;

use super::{ChannelRow, Moment, WeekPost};

/// A day of a month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthDay {
    /// Such as `2026-11-16`.
    pub date: String,
    /// Day of the month.
    pub number: i8,
    /// Such as `Monday 16 November`.
    pub words: String,
    /// Whether it is today.
    pub today: bool,
    /// Whether it belongs to the month that is shown.
    pub inside: bool,
    /// The first few, by time.
    pub posts: Vec<WeekPost>,
    /// How many more there are.
    pub more: usize,
}

/// A month of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthView {
    /// Such as `November 2026`.
    pub title: String,
    /// The first of the month before, this one and the next.
    pub firsts: [String; 3],
    /// Weeks of seven days, Monday first.
    pub weeks: Vec<Vec<MonthDay>>,
    /// The zone's place.
    pub place: String,
    /// Posts beyond those that a month shows.
    pub more: bool,
}

/// Something that was said once and holds: a market, an absence, a pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleLine {
    /// What names it when it is taken back; for a pause its category and channel.
    pub key: [String; 2],
    /// What it is called.
    pub name: String,
    /// In a few words.
    pub detail: String,
}

/// When the owner is there, when she is away, what stands still.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HomeView {
    /// Whether she is there now, in words.
    pub now: String,
    /// Her weekly hours as people write them, empty if she gave none.
    pub hours: String,
    /// Single promises.
    pub promises: Vec<String>,
    /// Where readers are.
    pub markets: Vec<RuleLine>,
    /// When she is away.
    pub absences: Vec<RuleLine>,
    /// What stands still.
    pub pauses: Vec<RuleLine>,
    /// What waits on return: what it is, its words, since when, where it is.
    pub waits: Vec<(String, String, Moment, String)>,
    /// The channels.
    pub channels: Vec<ChannelRow>,
    /// The categories that are known.
    pub categories: Vec<String>,
    /// The zone's place.
    pub place: String,
    /// Whether this visitor may plan.
    pub may: bool,
}
