//! Names for rows: one type per kind of thing, so that a channel's id can't be passed where a post's is wanted.
//!
//! An id is a UUID of version 7 (RFC 9562): its first 48 bits are milliseconds since 1970, so ids sort by birth.
//! It is made from `now` and ten random bytes that the caller supplies. To add a kind, add a line to `ids!`.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is not an id: names the kind that was expected and what came instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not the id of a {kind}; copy it whole from a list")]
pub struct NotAnId {
    /// The kind of thing that was asked for, such as `dispatch`.
    pub kind: &'static str,
    /// What was given.
    pub found: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes an id from the instant of birth and ten random bytes.
            pub fn new(now: Timestamp, chance: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid())
            }

            /// Takes a stored UUID as it is.
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }

            /// The UUID inside.
            pub const fn uuid(&self) -> Uuid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}", self.0.as_simple()) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!($kind, ":{}"), self.0.as_simple()) }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::parse_str(text.trim()).map(Self).map_err(|_| NotAnId { kind: $kind, found: text.chars().take(80).collect() })
            }
        }
    )+};
}

ids! {
    /// A workspace: one voice and everything that belongs to it; the tenant.
    WorkspaceId = "workspace",
    /// A person who can sign in.
    LoginId = "login",
    /// A login's place in one workspace, with its role.
    MemberId = "member",
    /// One signed-in browser.
    SessionId = "session",
    /// A connected profile on a network.
    ChannelId = "channel",
    /// A thing to say, not yet worded for a site.
    PostId = "post",
    /// The wording for one channel.
    VariantId = "variant",
    /// One delivery of a variant.
    DispatchId = "dispatch",
    /// A key for programs.
    TokenId = "token",
    /// A browser that wants to hear.
    BrowserId = "browser",
    /// An offer of a place in a workspace.
    InvitationId = "invitation",
    /// A passkey that signs a person in.
    PasskeyId = "passkey",
    /// What posts come from: a queue, a series, an event, a feed.
    SourceId = "source",
    /// One thing to say in a source, in its place.
    ItemId = "item",
    /// A post that is being written.
    DraftId = "draft",
    /// A stored picture or film.
    MediaId = "media",
    /// A person we know.
    ContactId = "contact",
    /// A person's address on one network.
    HandleId = "handle",
    /// A fact, a note or a promise about a person.
    MemoryId = "memory",
    /// Two contacts that were made one.
    MergeId = "merge",
    /// A thread with people.
    ConversationId = "conversation",
    /// One line in a conversation.
    MessageId = "message",
    /// One act of a present person: a reply, a follow, a like.
    ActId = "act",
}

/// The short name of a kind of site, such as `mastodon`; named only in that network's own folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetworkId(std::borrow::Cow<'static, str>);

impl NetworkId {
    /// A name known when the program is built.
    pub const fn known(name: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(name))
    }

    /// A name read from a row or a command.
    pub fn from_text(name: &str) -> Self {
        Self(std::borrow::Cow::Owned(name.to_owned()))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_birth() {
        let early = DispatchId::new(Timestamp::from_millisecond(1_000).unwrap(), [255; 10]);
        let late = DispatchId::new(Timestamp::from_millisecond(1_001).unwrap(), [0; 10]);
        assert!(early < late);
    }

    #[test]
    fn an_id_reads_back_from_its_own_text() {
        let id = PostId::new(Timestamp::from_millisecond(1_764_000_000_000).unwrap(), [7; 10]);
        assert_eq!(id.to_string().parse::<PostId>(), Ok(id));
    }

    #[test]
    fn what_is_no_id_says_what_was_wanted() {
        let error = "42".parse::<DispatchId>().unwrap_err();
        assert!(error.to_string().contains("dispatch"), "{error}");
    }
}
