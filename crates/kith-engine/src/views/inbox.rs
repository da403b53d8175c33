//! What the inbox shows besides its rows: which list, who is near the brake, what is known of a person.

use kith_domain::converse::Standing;
use kith_domain::ids::{ChannelId, ContactId, ConversationId, HandleId};
use serde::Serialize;

use super::{ConversationRow, Face, Moment, Stamp};

/// A list of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxList {
    /// They wait for us, the longest wait first.
    #[default]
    Owed,
    /// They wait, and somebody put them off; the next to come back first.
    Later,
    /// We wrote last.
    Answered,
    /// A person said that it is done or needs no answer.
    Closed,
    /// Only machines wrote.
    Apart,
}

impl InboxList {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Owed, Self::Later, Self::Answered, Self::Closed, Self::Apart];

    /// Its name in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Later => "later",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Apart => "apart",
        }
    }

    /// Reads that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.as_str() == name)
    }

    /// The standing of its conversations.
    pub fn standing(self) -> Standing {
        match self {
            Self::Owed | Self::Later => Standing::Owed,
            Self::Answered => Standing::Answered,
            Self::Closed => Standing::Closed,
            Self::Apart => Standing::Apart,
        }
    }
}

impl From<Standing> for InboxList {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Owed => Self::Owed,
            Standing::Answered => Self::Answered,
            Standing::Closed => Self::Closed,
            Standing::Apart => Self::Apart,
        }
    }
}

/// What is known of the person of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonView {
    /// Their address in this conversation.
    pub handle: HandleId,
    /// The channel through which we speak here.
    pub channel: ChannelId,
    /// The person.
    pub contact: Option<ContactId>,
    /// Their page on the network.
    pub url: Option<String>,
    /// When the first message between us was written.
    pub known_since: Option<Moment>,
    /// Messages of theirs, in all conversations of this address.
    pub theirs: u64,
    /// Messages of ours.
    pub ours: u64,
    /// When we last wrote to them.
    pub last_ours: Option<Moment>,
    /// Other conversations with them, the latest first.
    pub others: Vec<ConversationRow>,
    /// Their other addresses.
    pub also: Vec<(Stamp, Face)>,
}

/// The longest waits, to be answered one after another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BeginView {
    /// Who waits, the longest first; one page of them.
    pub waiting: Vec<ConversationRow>,
    /// How many in all.
    pub owed: u64,
    /// The one whose turn it is.
    pub turn: Option<ConversationId>,
}
