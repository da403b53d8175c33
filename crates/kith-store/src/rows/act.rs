//! Acts of present persons, and the texts they have not sent yet.

use jiff::Timestamp;
use kith_domain::ids::{ActId, ChannelId, ConversationId, HandleId, MemberId, SessionId};
use kith_domain::listen::RemotePost;
use kith_domain::mandate::ActKind;

/// How far an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActState {
    /// Stored before anything left.
    Intent,
    /// The network has it.
    Done,
    /// The network did not take it.
    Refused,
    /// It may be there and it may not.
    Unknown,
}

/// An act that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAct {
    /// The gesture's id: the same press has the same.
    pub id: ActId,
    /// From which session.
    pub session: SessionId,
    /// By whom.
    pub member: MemberId,
    /// What is done.
    pub kind: ActKind,
    /// Which channel speaks.
    pub channel: ChannelId,
    /// In which conversation, if in one.
    pub conversation: Option<ConversationId>,
    /// The remote id of the message or person acted upon.
    pub target_remote_id: String,
    /// The words, for acts that have some.
    pub text: String,
    /// The person it is done to, where known.
    pub handle: Option<HandleId>,
}

/// An act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// The gesture's id.
    pub id: ActId,
    /// From which session.
    pub session: SessionId,
    /// By whom.
    pub member: MemberId,
    /// What is done.
    pub kind: ActKind,
    /// Which channel speaks.
    pub channel: ChannelId,
    /// In which conversation, if in one.
    pub conversation: Option<ConversationId>,
    /// The remote id of the message or person acted upon.
    pub target_remote_id: String,
    /// The words.
    pub text: String,
    /// The person it was done to, where known.
    pub handle: Option<HandleId>,
    /// How far it is.
    pub state: ActState,
    /// More of it, in plain words.
    pub detail: String,
    /// What was created on the network.
    pub remote_id: Option<String>,
    /// When the person acted.
    pub at: Timestamp,
    /// When its end was known.
    pub finished_at: Option<Timestamp>,
}

/// Whether a gesture is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BegunAct {
    /// The intent is stored; go on.
    New,
    /// The same press came before: this is what became of it.
    Already(Box<ActRow>),
}

/// How an act ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ActEnd {
    /// What was created on the network, where the id is known.
    pub remote_id: Option<String>,
    /// More of it, in plain words.
    pub detail: String,
    /// What was written, for words: becomes a message of the conversation.
    pub posted: Option<RemotePost>,
}

/// A text that was typed and not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// The text.
    pub text: String,
    /// When it was last kept.
    pub saved_at: Timestamp,
    /// Grows by one with each save.
    pub version: i64,
}

impl ActState {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Intent, Self::Done, Self::Refused, Self::Unknown].into_iter().find(|state| state.as_str() == text)
    }
}
