//! What the planning pages show: what a person writes, the queue, series and events.

use serde::Serialize;

use super::{ChannelRow, Moment, Stamp};

/// A post on one channel at one time, as the program would send it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProgramLine {
    /// The name of its draft or entry.
    pub post: String,
    /// The words as they go out.
    pub text: String,
    /// The owner's word to sort by.
    pub category: Option<String>,
    /// Where.
    pub stamp: Stamp,
    /// When.
    pub due: Moment,
    /// What hour it is for whom, such as `07:30 in New York`.
    pub there: Vec<String>,
    /// Whether the owner is there; `None` if she never said when she is.
    pub here: Option<bool>,
    /// The same in words, such as `you're here for 40 min more`.
    pub presence: String,
    /// Why it does not go out, if something keeps it back.
    pub kept_back: Option<String>,
}

/// What a change would do, before it is stored.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ProgramShown {
    /// By time.
    pub lines: Vec<ProgramLine>,
    /// What has no time, and why.
    pub without_time: Vec<String>,
    /// What changes in numbers, such as `3 new, 2 at another time`; empty if nothing does.
    pub sums: String,
    /// A post that the change suggests.
    pub offer: Option<String>,
}

/// A post in the queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueuedPost {
    /// Its name.
    pub key: String,
    /// Its words.
    pub text: String,
    /// Its category.
    pub category: String,
    /// When it goes out, on each channel.
    pub lines: Vec<ProgramLine>,
    /// Why it has no time, if it has none.
    pub why: Option<String>,
}

/// The windows of a channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowsView {
    /// The channel.
    pub channel: ChannelRow,
    /// As people write them.
    pub text: String,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueView {
    /// Its posts, the first to go out first.
    pub posts: Vec<QueuedPost>,
    /// The windows of each channel.
    pub windows: Vec<WindowsView>,
    /// The categories that have windows.
    pub categories: Vec<String>,
    /// Whether it rests.
    pub rests: bool,
    /// The zone's place.
    pub place: String,
    /// Whether this visitor may plan.
    pub may: bool,
}

/// A series or an event in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// In a few words: `12 of 30 out`, `Sat 5 Dec 18:30, the yard`.
    pub detail: String,
    /// The next post of it.
    pub next: Option<ProgramLine>,
    /// Whether it rests.
    pub rests: bool,
    /// Whether nothing more goes out for it.
    pub over: bool,
}

/// An entry of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntryView {
    /// Its name.
    pub key: String,
    /// Its number, and of how many.
    pub number: Option<(u32, u32)>,
    /// Its words without the number.
    pub text: String,
    /// Whether it went out.
    pub is_out: bool,
    /// Whether it is left out for now.
    pub left_out: bool,
    /// When it goes out.
    pub lines: Vec<ProgramLine>,
}

/// A series or an event in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourcePage {
    /// The row.
    pub row: SourceRow,
    /// What else is known of it, in a line each.
    pub facts: Vec<String>,
    /// A series' entries in their order; none for an event.
    pub entries: Vec<EntryView>,
    /// Everything that goes out for it, by time.
    pub lines: Vec<ProgramLine>,
    /// What has no time, and why.
    pub without_time: Vec<String>,
    /// An event's begin, as a form's field takes it.
    pub begins: String,
    /// Whether this visitor may plan.
    pub may: bool,
}

/// A list of series or events, with what a form for a new one needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourcesView {
    /// The rows.
    pub rows: Vec<SourceRow>,
    /// The channels.
    pub channels: Vec<ChannelRow>,
    /// The zone's place.
    pub place: String,
    /// Whether this visitor may plan.
    pub may: bool,
}
