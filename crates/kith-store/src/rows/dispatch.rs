//! Dispatches with their attempts, as lists and workers need them.

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, DispatchId, NetworkId, WorkspaceId};
use kith_domain::mandate::Provenance;
use kith_domain::publish::{Budget, Content, Dispatch, PayloadHash, Use};

use super::channel::ChannelRow;

/// Which dispatches to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DispatchFilter {
    /// Names of states (`State::NAMES`); empty for all.
    pub states: Vec<&'static str>,
    /// Only this channel.
    pub channel: Option<ChannelId>,
    /// Due at or after this.
    pub from: Option<Timestamp>,
    /// Due before this.
    pub to: Option<Timestamp>,
    /// The latest due first instead of the earliest.
    pub latest_first: bool,
    /// Continue after this place.
    pub after: Option<DispatchCursor>,
    /// Most rows; 0 stands for 50; never more than 500.
    pub limit: u32,
}

/// A place in a list of dispatches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DispatchCursor {
    /// `due_at` of the last row seen.
    pub due_at: Timestamp,
    /// Its id.
    pub id: DispatchId,
}

/// A dispatch with what a list shows beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct DispatchView {
    /// The dispatch.
    pub dispatch: Dispatch,
    /// Its wording.
    pub content: Content,
    /// What was approved.
    pub approved_hash: Option<PayloadHash>,
    /// Who wrote, approved, sends.
    pub provenance: Provenance,
    /// The post's category.
    pub category: Option<String>,
    /// The channel's name.
    pub channel_name: String,
    /// The channel's network.
    pub network: NetworkId,
    /// Until when a worker holds it.
    pub lease_until: Option<Timestamp>,
    /// When it was planned.
    pub created_at: Timestamp,
}

impl DispatchView {
    /// Its place in a list.
    pub fn cursor(&self) -> DispatchCursor {
        DispatchCursor { due_at: self.dispatch.due_at, id: self.dispatch.id }
    }
}

/// A channel with something due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueChannel {
    /// The channel.
    pub channel: ChannelId,
    /// Its tenant.
    pub workspace: WorkspaceId,
    /// Its server's address.
    pub server: String,
    /// Since when its next dispatch waits for a worker.
    pub wake_at: Timestamp,
    /// Whether that one may be out already and must be looked for.
    pub may_be_out: bool,
}

impl DueChannel {
    /// Its place among others: what may be out first, then the longest waiting.
    pub fn order(&self) -> (bool, Timestamp, ChannelId) {
        (!self.may_be_out, self.wake_at, self.channel)
    }
}

/// How a worker claims: the next due dispatch of each of some channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Now; what wakes at or before it is claimed.
    pub now: Timestamp,
    /// Until when nobody else touches what is claimed.
    pub lease_until: Timestamp,
    /// On these channels; never more than 1,024.
    pub channels: &'a [ChannelId],
}

/// What a use of a channel takes from a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Whose bucket: a channel's id or a server's address.
    pub key: String,
    /// Which of the network's budgets.
    pub budget: &'static Budget,
    /// The use.
    pub what: Use,
}

/// A dispatch in a worker's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The dispatch, with the fence of this claim.
    pub dispatch: Dispatch,
    /// Its wording.
    pub content: Content,
    /// What was approved.
    pub approved_hash: Option<PayloadHash>,
    /// Where it goes, with the sealed secrets.
    pub channel: ChannelRow,
    /// Until when it is ours.
    pub lease_until: Timestamp,
}

/// What an attempt does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptKind {
    /// Upload and fix the bytes.
    Prepare,
    /// Send: counted in the dispatch, with the instants of its first and last send.
    Send,
    /// Look whether it is out.
    Look,
}

/// An attempt that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptStart {
    /// What it does.
    pub kind: AttemptKind,
    /// SHA-256 of what is sent, or empty.
    pub request_hash: String,
    /// What is sent, without secrets; cut at 16 KiB.
    pub request: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptEnd {
    /// Which attempt, as `begin_attempt` numbered it.
    pub n: u32,
    /// In a word, such as `201`, `timeout`, `found`.
    pub outcome: String,
    /// What came back; cut at 4 KiB.
    pub answer: String,
    /// What Kith concluded and why, in plain words.
    pub conclusion: String,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Counted from 1 within its dispatch, all kinds together.
    pub n: u32,
    /// The fence under which it ran.
    pub fence: i64,
    /// What it did.
    pub kind: AttemptKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` if nobody came back to say.
    pub ended_at: Option<Timestamp>,
    /// SHA-256 of what was sent, or empty.
    pub request_hash: String,
    /// What was sent.
    pub request: String,
    /// In a word; empty while it runs.
    pub outcome: String,
    /// What came back.
    pub answer: String,
    /// What Kith concluded and why.
    pub conclusion: String,
}

impl AttemptKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Send => "send",
            Self::Look => "look",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Prepare, Self::Send, Self::Look].into_iter().find(|kind| kind.as_str() == text)
    }
}
