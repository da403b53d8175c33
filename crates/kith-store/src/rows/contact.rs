//! People as they are remembered: contacts, memories, merges, new followers.

use jiff::Timestamp;
use kith_domain::ids::{ActId, ChannelId, ContactId, ConversationId, MemoryId, MergeId, NetworkId};
use kith_domain::mandate::Actor;
use kith_domain::people::{DriftFacts, Handling, Memory, PromiseEnd, SortedAs};

use crate::HandleRow;

/// A person we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Who.
    pub id: ContactId,
    /// The name to show.
    pub name: String,
    /// Tags, in their order.
    pub tags: Vec<String>,
    /// Since when they are known.
    pub created_at: Timestamp,
    /// The contact that this one is now.
    pub merged_into: Option<ContactId>,
}

/// What a person wrote down about somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMemory {
    /// The new row.
    pub id: MemoryId,
    /// About whom.
    pub contact: ContactId,
    /// Fact, note or promise.
    pub kind: Memory,
    /// A fact's key; empty without one.
    pub topic: String,
    /// The words.
    pub text: String,
    /// Where it was heard.
    pub heard_in: Option<ConversationId>,
    /// When a promise is due.
    pub due: Option<Due>,
}

/// When a promise is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The day, as `2026-11-27`.
    pub day: String,
    /// Its zone.
    pub zone: String,
    /// The beginning of that day there.
    pub at: Timestamp,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryRow {
    /// The row.
    pub id: MemoryId,
    /// About whom.
    pub contact: ContactId,
    /// Fact, note or promise.
    pub kind: Memory,
    /// A fact's key; empty without one.
    pub topic: String,
    /// The words.
    pub text: String,
    /// Where it was heard.
    pub heard_in: Option<ConversationId>,
    /// Who wrote it down.
    pub written_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// When a promise is due.
    pub due: Option<Due>,
    /// What became of a promise.
    pub ended: Option<PromiseEnd>,
    /// When.
    pub ended_at: Option<Timestamp>,
}

/// A person in the list, with what is owed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactLine {
    /// Who.
    pub contact: ContactRow,
    /// Their handle that was heard last.
    pub handle: HandleRow,
    /// Their next open promise.
    pub promised: Option<Timestamp>,
    /// What was promised.
    pub promise: Option<String>,
    /// Since when they wait.
    pub waiting_since: Option<Timestamp>,
    /// What is known for drifting.
    pub drift: DriftFacts,
    /// Their last words.
    pub last_words: Option<String>,
    /// The conversation of those.
    pub conversation: Option<ConversationId>,
}

/// A line of what was said and done between a person and us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// When.
    pub at: Timestamp,
    /// What: a message's or a reaction's kind, or an act's.
    pub kind: String,
    /// Whether we did it.
    pub ours: bool,
    /// The words, plain; empty for what has none.
    pub text: String,
    /// Where.
    pub network: NetworkId,
    /// The channel's name.
    pub channel: String,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// Who of us wrote it by hand.
    pub member: Option<String>,
    /// The act by which it was done.
    pub act: Option<ActId>,
}

/// Two contacts that were made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRow {
    /// The merge.
    pub id: MergeId,
    /// Who stayed.
    pub kept: ContactId,
    /// Who is the other now.
    pub gone: ContactId,
    /// The name of the one that went.
    pub gone_name: String,
    /// When.
    pub at: Timestamp,
}

/// A new follower.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowerRow {
    /// Who.
    pub handle: HandleRow,
    /// Which channel of ours they follow.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// Since when.
    pub at: Timestamp,
    /// Messages of theirs so far.
    pub wrote: u32,
    /// As what they were sorted.
    pub sorted: Option<SortedAs>,
    /// The line beside it.
    pub note: String,
    /// Who sorted.
    pub sorted_by: Option<Actor>,
    /// What was done.
    pub handling: Option<Handling>,
    /// When.
    pub handled_at: Option<Timestamp>,
}
