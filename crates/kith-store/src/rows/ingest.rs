//! What a listener hands over, and what changed by it.

use jiff::Timestamp;
use kith_domain::converse::Automated;
use kith_domain::ids::{ConversationId, MessageId};
use kith_domain::listen::{IncomingKind, RemotePost};
use kith_domain::people::Profile;

/// One thing that was heard on a channel. Storing it twice changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Ingest {
    /// Words of a person to us: belongs to the conversation of this thread with this person.
    Message {
        /// Their post.
        post: RemotePost,
        /// How it concerns us.
        kind: IncomingKind,
        /// The network's id of the event that told us.
        event_remote_id: String,
        /// The first post of the thread.
        root_remote_id: String,
        /// Whose conversation it is.
        person: Profile,
        /// Why it is set apart, if it is.
        automated: Option<Automated>,
    },
    /// A post above in the thread, ours or another's: shown, never owed an answer.
    Context {
        /// The post.
        post: RemotePost,
        /// The first post of the thread.
        root_remote_id: String,
    },
    /// Our own answer to this person, sent through Kith or not.
    OursInThread {
        /// Our post.
        post: RemotePost,
        /// The first post of the thread.
        root_remote_id: String,
        /// To whom.
        person: Profile,
    },
    /// A like, a repost or a follow.
    Reaction {
        /// The network's id of the event.
        remote_id: String,
        /// `Like`, `Repost` or `Follow`.
        kind: IncomingKind,
        /// Who.
        by: Profile,
        /// Which post of ours; none for follows.
        post_remote_id: Option<String>,
        /// When.
        at: Timestamp,
    },
}

/// What a batch changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingested {
    /// Messages that were not there before (context not counted).
    pub new_messages: Vec<MessageId>,
    /// Conversations that have changed, each once.
    pub changed_conversations: Vec<ConversationId>,
    /// Reactions that were not there before.
    pub new_reactions: u64,
    /// Things that were left out because a remote id was empty or longer than 1,024 bytes.
    pub left_out: u64,
}
