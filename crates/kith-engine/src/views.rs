//! What doors show: plain values, composed here once, so that the page, the command line and later doors say the same.
//!
//! Instants are `Timestamp`; `Moment` adds the words for the workspace's zone, so that a door never computes time.

use jiff::Timestamp;
use kith_domain::converse::Standing;
use kith_domain::ids::{ChannelId, ConversationId, DispatchId, MessageId};
use kith_domain::mandate::Provenance;
use kith_domain::measure::Conservation;
use kith_domain::publish::State;
use serde::{Deserialize, Serialize};

mod brake;
mod caps;
mod inbox;
mod month;
mod needs_you;
mod plan_file;
mod program;
mod week;
mod write;

pub use brake::{BrakeFirst, BrakeView};
pub use caps::CapsLine;
pub use inbox::{BeginView, InboxList, PersonView};
pub use month::{HomeView, MonthDay, MonthView, RuleLine};
pub use needs_you::{MissedTogether, NeedsGroup, NeedsRow, NeedsYouView, Told};
pub use plan_file::{FileLine, FileProblem, PlanFileView};
pub use program::{EntryView, ProgramLine, ProgramShown, QueueView, QueuedPost, SourcePage, SourceRow, SourcesView, WindowsView};
pub use week::{TrayLine, WeekBand, WeekDay, WeekHour, WeekPost, WeekView};
pub use write::{
    AlikeView, CountRule, DraftLine, DraftView, FindingView, LookView, PictureView, SavedDraft, SlotView, StarterView, VersionView,
    WriteChannel, WriteView,
};

/// An instant with the words for it in the workspace's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// Time of day, such as `09:42`.
    pub time: String,
    /// Day, such as `Thursday 19 November`.
    pub day: String,
    /// Short day, such as `Thu 19 Nov`.
    pub day_short: String,
    /// RFC 3339 with offset, for `<time datetime>`.
    pub iso: String,
    /// How long ago or ahead, such as `22 h`, `40 min`, `3 days`.
    pub distance: String,
}

/// A network's stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Two letters.
    pub letters: String,
    /// The network's name for people.
    pub name: String,
    /// The channel's name.
    pub channel: String,
}

/// A person as shown in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Face {
    /// Name to show.
    pub name: String,
    /// Up to two letters.
    pub initials: String,
    /// Address, such as `jo@clay.social`.
    pub address: String,
    /// A number from 0 to 5 that picks the tint of the face, the same for the same person.
    pub tint: u8,
}

/// Somebody who waits, or waited.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConversationRow {
    /// The conversation.
    pub id: ConversationId,
    /// With whom.
    pub face: Face,
    /// Where.
    pub stamp: Stamp,
    /// Where it stands.
    pub standing: Standing,
    /// Since when they wait, while they do.
    pub waiting_since: Option<Moment>,
    /// Hours waited, while they do.
    pub hours: f64,
    /// When the last message came or went.
    pub last: Moment,
    /// Its text, cut for a row.
    pub text: String,
    /// Why it was set apart, if it was.
    pub automated: Option<String>,
    /// Whether it has something that was not opened yet.
    pub unread: bool,
    /// Why we know them, in one line; empty where nobody looked.
    pub why: String,
    /// When it comes back, if somebody put it off.
    pub later_until: Option<Moment>,
    /// Who closed it and how, such as "Done, says Bo".
    pub closed: Option<String>,
}

/// A line of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DispatchRow {
    /// The dispatch.
    pub id: DispatchId,
    /// When it goes or went.
    pub due: Moment,
    /// Where.
    pub stamp: Stamp,
    /// Its words, cut for a row.
    pub text: String,
    /// Where it stands.
    pub state: State,
    /// The state in a word or two, such as "Planned", "Published", "Not sent".
    pub state_words: String,
    /// One sentence on what it means, where there is something to say.
    pub state_sentence: Option<String>,
    /// Link to it on the network.
    pub url: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// Grows with each change: a yes names the one that was read.
    pub version: i64,
}

/// The first page of the morning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TodayView {
    /// Now.
    pub now: Moment,
    /// The zone's place, such as `Lisbon`.
    pub place: String,
    /// "Six people wrote to you."
    pub sentence: String,
    /// "Jo has waited since yesterday."
    pub detail: String,
    /// "Answer Jo before 11:42", while there is time, and what follows from it.
    pub deadline: Option<(String, String)>,
    /// The brake.
    pub brake: BrakeView,
    /// What may happen to a post of today, such as "Holds at 11:42 unless Jo hears from you".
    pub risks: std::collections::BTreeMap<DispatchId, String>,
    /// Everyone owed an answer, longest wait first.
    pub waiting: Vec<ConversationRow>,
    /// What went and goes out today, in order.
    pub goes_out: Vec<DispatchRow>,
    /// What needs a decision: missed, held, unconfirmed, failed; the first few.
    pub needs_you: Vec<DispatchRow>,
    /// How many need one in all.
    pub needs_you_total: u64,
    /// Channels that must be signed in again, with why.
    pub troubled_channels: Vec<ChannelRow>,
    /// Messages set apart as automated.
    pub apart: u64,
}

/// The plan as a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanView {
    /// Now.
    pub now: Moment,
    /// The rows, grouped by the caller by `due.day`.
    pub rows: Vec<DispatchRow>,
    /// Sums by state over everything.
    pub counts: Conservation,
    /// Which rows are shown: `all`, `coming`, `published`, `needs-you`.
    pub filter: String,
    /// Continue here for older or later rows.
    pub next: Option<String>,
}

/// One dispatch with everything that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DispatchPage {
    /// The row.
    pub row: DispatchRow,
    /// The words in full.
    pub text: String,
    /// Content warning.
    pub warning: Option<String>,
    /// Alternative texts of its pictures.
    pub pictures: Vec<String>,
    /// First digits of the hash that was approved.
    pub hash: String,
    /// What a person must mend elsewhere before it can go, if that is what holds it.
    pub mend: Option<Mend>,
    /// Where to look for it on the network, while nobody knows whether it is there.
    pub look: Option<String>,
    /// A time that would be free for it, as a form's field takes it, such as `2026-12-01T09:30`.
    pub suggested: String,
    /// Civil time and zone as planned.
    pub civil: String,
    /// IANA zone.
    pub zone: String,
    /// Who wrote, approved, sends.
    pub provenance: Provenance,
    /// The same in one sentence.
    pub provenance_words: String,
    /// Every attempt, oldest first.
    pub attempts: Vec<AttemptRow>,
    /// What people decided about it, oldest first.
    pub decisions: Vec<DecisionRow>,
    /// What a person can do now.
    pub choices: Vec<Choice>,
    /// Whether its words can be changed now.
    pub may_edit: bool,
}

/// What a person decided about a dispatch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionRow {
    /// Who, in words.
    pub who: String,
    /// What, as the rest of a sentence that begins with who.
    pub what: String,
    /// When.
    pub at: Moment,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttemptRow {
    /// Counted from 1.
    pub n: u32,
    /// `send`, `look` or `prepare`.
    pub kind: String,
    /// When it began.
    pub started: Moment,
    /// How long it took, in milliseconds.
    pub took_ms: Option<i64>,
    /// Hash of the bytes that were sent.
    pub request_hash: String,
    /// The bytes that were sent, cut.
    pub request: String,
    /// What came back, cut.
    pub answer: String,
    /// What Kith concluded, and why.
    pub conclusion: String,
}

/// Something a person can do with a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Send it now although it is late, or again.
    SendNow,
    /// Send it at another time; Kith asks for the time.
    AnotherTime,
    /// Call it off.
    Cancel,
    /// It is there; Kith asks for the link.
    ItIsThere,
    /// Send it although the brake, a pause or an absence holds it; Kith asks why.
    LetOut,
    /// The owner's yes: it goes out at its time although something was found when it was planned. Named with the version
    /// that was read, it is said to no other.
    Yes,
    /// Hold it back, on all its channels, until somebody lets it go.
    Hold,
    /// Let it go out at its time after it was held back.
    LetGo,
}

/// What a person mends elsewhere, so that posts go on by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Mend {
    /// This channel must be signed in again.
    SignIn {
        /// The channel.
        channel: ChannelId,
        /// Its name.
        name: String,
    },
    /// This channel is paused.
    Paused {
        /// Its name.
        name: String,
    },
    /// People wait for an answer.
    Answer,
    /// Something stands still, or the owner is away.
    Resting,
}

/// A channel in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelRow {
    /// The channel.
    pub id: ChannelId,
    /// Its name in Kith.
    pub name: String,
    /// Its network.
    pub stamp: Stamp,
    /// Address on the network.
    pub address: String,
    /// Server.
    pub server: String,
    /// `ok`, `sign_in_again`, `paused`, `removed`.
    pub state: String,
    /// Why, and what to do.
    pub detail: String,
}

/// What a network asks for to sign a channel in again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignInForm {
    /// The channel.
    pub channel: ChannelRow,
    /// The fields, in order.
    pub fields: Vec<SignInField>,
}

/// One field of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInField {
    /// Stable name.
    pub name: String,
    /// Label for people.
    pub label: String,
    /// Where to find it.
    pub hint: String,
    /// Whether it must never be shown again.
    pub secret: bool,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What is known already.
    pub value: String,
}

/// The inbox, one standing at a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InboxView {
    /// Which list is shown.
    pub list: InboxList,
    /// Rows; owed ones by the longest wait.
    pub rows: Vec<ConversationRow>,
    /// Continue here for further rows.
    pub next: Option<String>,
    /// Where this page begins, if it is not the first.
    pub after: Option<String>,
    /// Hours from which a wait is close to the brake.
    pub close_hours: f64,
    /// Number owed, without those put off.
    pub owed: u64,
    /// Number put off.
    pub later: u64,
    /// Number answered.
    pub answered: u64,
    /// Number set apart as automated.
    pub apart: u64,
    /// Number closed by a person.
    pub closed: u64,
}

/// A conversation in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConversationPage {
    /// The row.
    pub row: ConversationRow,
    /// Messages, oldest first: what they answered, theirs, ours.
    pub messages: Vec<MessageRow>,
    /// How many older messages of the conversation are not shown.
    pub earlier: u64,
    /// How many to ask for to see some of them.
    pub earlier_last: u32,
    /// What is known of the person.
    pub person: PersonView,
    /// The text that was typed and not sent.
    pub draft: String,
    /// Its version; 0 if there is none.
    pub draft_version: i64,
    /// What was typed about it in other tabs and is no draft: the tab's name and the text.
    pub beside: Vec<(String, String)>,
    /// Longest answer on this network, in its own unit.
    pub text_max: u32,
    /// Whether this visitor may answer; if not, why.
    pub may_reply: Result<(), String>,
    /// What became of the last try to answer, if it was not sent.
    pub last_try: Option<String>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageRow {
    /// The message.
    pub id: MessageId,
    /// Who wrote it.
    pub face: Face,
    /// Whether we did.
    pub ours: bool,
    /// Whether it is a broadcast of ours that they answered.
    pub broadcast: bool,
    /// Cleaned HTML: a closed list of tags, safe to place.
    pub html: String,
    /// Content warning.
    pub warning: Option<String>,
    /// When.
    pub at: Moment,
    /// Link to it on the network.
    pub url: Option<String>,
    /// Who can read it, in words, such as "in public".
    pub audience: String,
    /// Who wrote and sent it, in one sentence, for ours.
    pub provenance_words: Option<String>,
    /// Why it was set apart, if it was.
    pub automated: Option<String>,
    /// Whether we liked it from here.
    pub liked: bool,
    /// Whether we reposted it from here.
    pub reposted: bool,
    /// The gesture of a press that likes it, or takes that back; none where this visitor can't.
    pub like: Option<String>,
    /// The gesture of a press that reposts it, or takes that back.
    pub repost: Option<String>,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Replied {
    /// It is there.
    Sent {
        /// Link to it.
        url: Option<String>,
    },
    /// The network would not take it; the text is kept.
    NotSent {
        /// Why, and the way out.
        why: String,
    },
    /// Nobody knows; the text is kept, and sending it again can't double it.
    Unconfirmed {
        /// What happened.
        why: String,
    },
}

/// Something changed; pages fetch what they show anew. Only names and numbers, never words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveEvent {
    /// `inbox`, `plan`, `channels` or `notices`.
    pub what: &'static str,
    /// The conversation or dispatch, where it is one.
    pub id: Option<String>,
    /// People who wait now, where the event belongs to a workspace.
    pub owed: Option<u64>,
}

/// Something about this Kith or its computer that everybody who uses it should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeView {
    /// Its stored name, such as `disk_nearly_full`.
    pub kind: String,
    /// In a word or two, such as "The disk is nearly full".
    pub title: String,
    /// What happened, in a sentence.
    pub words: String,
    /// What to do, in a sentence.
    pub way_out: String,
    /// Since when.
    pub since: Moment,
    /// Whether it goes away when a person has read it; others go when what they tell of is over.
    pub may_put_away: bool,
    /// Whether this visitor may say that this copy goes on and the other one is off.
    pub may_go_on: bool,
}
