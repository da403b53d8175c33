//! What comes in from a network, before it is sorted: someone named, answered, liked, reposted, quoted or followed us.
//!
//! Remote text arrives twice: as HTML cleaned by a closed list, and as plain text. Ids are the network's own; a
//! message is stored once, whatever the number of times or ways it arrives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::people::Profile;

/// Longest text of an incoming message that is kept, in bytes; what is longer is cut and marked.
pub const INCOMING_TEXT_BYTES_MAX: usize = 64 * 1024;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncomingKind {
    /// Named us in a post that answers nothing of ours.
    Mention,
    /// Answered a post of ours, or in a thread with us.
    Reply,
    /// Quoted a post of ours.
    Quote,
    /// Wrote to us alone.
    Direct,
    /// Liked a post of ours.
    Like,
    /// Reposted a post of ours.
    Repost,
    /// Began to follow us.
    Follow,
}

/// Who can read a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody.
    #[default]
    Public,
    /// Everybody who has the link; not listed.
    Unlisted,
    /// Followers.
    Followers,
    /// Only those named.
    Direct,
}

/// A post as it stands on the network: ours or another's, above or below in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemotePost {
    /// The network's id.
    pub remote_id: String,
    /// Link for a person's eyes.
    pub url: Option<String>,
    /// Who wrote it.
    pub author: Profile,
    /// Cleaned HTML.
    pub html: String,
    /// Plain text.
    pub text: String,
    /// Content warning, if any.
    pub warning: Option<String>,
    /// When it was written, as the network says.
    pub at: Timestamp,
    /// Which post it answers.
    pub in_reply_to: Option<String>,
    /// The first post of the thread, where the network tells.
    pub root: Option<String>,
    /// Who can read it.
    pub audience: Audience,
    /// Whether our own channel wrote it.
    pub is_ours: bool,
}

/// One thing that happened, from a network's list of notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// The network's id of the event itself.
    pub remote_id: String,
    /// What somebody did.
    pub kind: IncomingKind,
    /// Who.
    pub by: Profile,
    /// When.
    pub at: Timestamp,
    /// The post: theirs for words, ours for likes and reposts, none for follows.
    pub post: Option<RemotePost>,
}

impl IncomingKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Reply => "reply",
            Self::Quote => "quote",
            Self::Direct => "direct",
            Self::Like => "like",
            Self::Repost => "repost",
            Self::Follow => "follow",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Mention, Self::Reply, Self::Quote, Self::Direct, Self::Like, Self::Repost, Self::Follow]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// Whether it brings words that may be owed an answer; reactions without words never are (C4).
    pub fn has_words(self) -> bool {
        matches!(self, Self::Mention | Self::Reply | Self::Quote | Self::Direct)
    }
}

impl Audience {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Followers => "followers",
            Self::Direct => "direct",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Public, Self::Unlisted, Self::Followers, Self::Direct].into_iter().find(|a| a.as_str() == text)
    }
}
