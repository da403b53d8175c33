//! Conversations, their messages, and the people in them.

use jiff::Timestamp;
use kith_domain::converse::{Automated, Sorting, Standing};
use kith_domain::ids::{ActId, ChannelId, ContactId, ConversationId, DispatchId, HandleId, MemberId, MessageId, NetworkId};
use kith_domain::listen::{Audience, IncomingKind};
use kith_domain::mandate::Actor;
use kith_domain::people::Profile;

/// A person's address on a network, as last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandleRow {
    /// Its id.
    pub id: HandleId,
    /// The person; `None` for somebody who only stood above in a thread.
    pub contact: Option<ContactId>,
    /// The profile as last seen.
    pub profile: Profile,
    /// When first seen.
    pub first_seen: Timestamp,
    /// When last seen.
    pub last_seen: Timestamp,
}

/// Which conversations to list: owed ones by the longest wait, all others by the latest message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxFilter {
    /// Which list.
    pub standing: Standing,
    /// Most rows; 0 stands for 50; never more than 500.
    pub limit: u32,
    /// Continue after this place.
    pub after: Option<InboxCursor>,
}

/// A place in a list of conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboxCursor {
    /// `waiting_since` for owed ones, `last_at` for others, of the last row seen.
    pub at: Timestamp,
    /// Its id.
    pub id: ConversationId,
}

/// A thread with one person.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationView {
    /// Its id.
    pub id: ConversationId,
    /// Where.
    pub channel: ChannelId,
    /// The channel's name.
    pub channel_name: String,
    /// The channel's network.
    pub network: NetworkId,
    /// The first post of the thread.
    pub root_remote_id: String,
    /// With whom.
    pub handle: HandleRow,
    /// Where it stands.
    pub standing: Standing,
    /// Since when they wait; only while owed.
    pub waiting_since: Option<Timestamp>,
    /// When a person said that no answer is needed.
    pub closed_at: Option<Timestamp>,
    /// Who.
    pub closed_by: Option<Actor>,
    /// When the last message came or went.
    pub last_at: Timestamp,
    /// Its text, cut at 400 characters.
    pub last_text: String,
    /// Whether the last message is ours.
    pub last_is_ours: bool,
    /// Messages, without context.
    pub message_count: u32,
    /// Messages of theirs since it was last opened.
    pub unread: u32,
    /// Why their last message was set apart, if it was.
    pub automated: Option<Automated>,
    /// Until when a person put it off, as long as that holds; it stays owed meanwhile.
    pub later_until: Option<Timestamp>,
    /// What persons said of it, and who; "later" may be over (see `later_until`).
    pub sorting: Sorting,
}

impl ConversationView {
    /// Its place in a list.
    pub fn cursor(&self) -> InboxCursor {
        InboxCursor { at: self.waiting_since.unwrap_or(self.last_at), id: self.id }
    }
}

/// What has passed between us and one person's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRow {
    /// The address.
    pub handle: HandleId,
    /// Messages of theirs and ours.
    pub messages: u64,
    /// Those of ours.
    pub ours: u64,
    /// When the first was written.
    pub first_at: Timestamp,
    /// When our last one was.
    pub last_ours: Option<Timestamp>,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Theirs, to us.
    Theirs(IncomingKind),
    /// Our answer.
    Ours,
    /// A post above in the thread.
    Context,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// Its conversation; none for context.
    pub conversation: Option<ConversationId>,
    /// Where.
    pub channel: ChannelId,
    /// The network's id.
    pub remote_id: String,
    /// The first post of the thread.
    pub root_remote_id: String,
    /// What it is.
    pub kind: MessageKind,
    /// Whether our own channel wrote it.
    pub ours: bool,
    /// Who wrote it; none for ours.
    pub author: Option<HandleRow>,
    /// Cleaned HTML.
    pub html: String,
    /// Plain text.
    pub text: String,
    /// Content warning.
    pub warning: Option<String>,
    /// Who can read it.
    pub audience: Audience,
    /// Link for a person's eyes.
    pub url: Option<String>,
    /// When it was written, as the network says.
    pub at: Timestamp,
    /// When Kith stored it.
    pub received_at: Timestamp,
    /// Which post it answers.
    pub in_reply_to: Option<String>,
    /// Why it is set apart, if it is.
    pub automated: Option<Automated>,
    /// The act by which a member sent it from Kith.
    pub act: Option<ActId>,
    /// That member.
    pub member: Option<MemberId>,
    /// Their name.
    pub member_name: Option<String>,
    /// The dispatch that published it, for broadcasts.
    pub dispatch: Option<DispatchId>,
}

/// How many conversations are in each list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StandingCounts {
    /// They wait for us.
    pub owed: u64,
    /// We wrote last.
    pub answered: u64,
    /// A person said that no answer is needed.
    pub closed: u64,
    /// Only machines wrote.
    pub apart: u64,
}

impl MessageKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Theirs(kind) => kind.as_str(),
            Self::Ours => "ours",
            Self::Context => "context",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        match text {
            "ours" => Some(Self::Ours),
            "context" => Some(Self::Context),
            other => IncomingKind::from_stored(other).map(Self::Theirs),
        }
    }
}
