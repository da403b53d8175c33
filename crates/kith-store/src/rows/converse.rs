//! What sorting, drafts of answers and searching give back.

use jiff::Timestamp;
use kith_domain::converse::Standing;
use kith_domain::ids::{ConversationId, HandleId, MessageId};

use super::HandleRow;

/// A conversation was sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorted {
    /// The change's number, by which it is taken back; `None` if nothing was ever changed.
    pub change: Option<i64>,
    /// Where the conversation stands now.
    pub standing: Standing,
}

/// What became of a draft that was kept over a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptDraft {
    /// It is the draft now.
    Kept {
        /// Its version.
        version: i64,
    },
    /// Another box was faster; this text is kept beside the draft.
    Beside {
        /// The draft's version.
        version: i64,
        /// The draft's text.
        text: String,
    },
}

/// A text beside a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptText {
    /// The name of the box that it was typed in.
    pub from_box: String,
    /// The text.
    pub text: String,
    /// When it was last kept.
    pub saved_at: Timestamp,
}

/// A message that holds the words.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundMessage {
    /// The message.
    pub id: MessageId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// With whom that conversation is.
    pub with: HandleRow,
    /// Whether we wrote it.
    pub ours: bool,
    /// Its text, whole.
    pub text: String,
    /// Content warning.
    pub warning: Option<String>,
    /// When it was written.
    pub at: Timestamp,
}

/// A page of messages.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundMessages {
    /// The newest first, at most 50; there may be none although `next` goes on.
    pub rows: Vec<FoundMessage>,
    /// Where to go on; `None` at the end.
    pub next: Option<MessageId>,
}

/// A page of people.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundHandles {
    /// At most 50.
    pub rows: Vec<HandleRow>,
    /// Where to go on; `None` at the end.
    pub next: Option<HandleId>,
}
