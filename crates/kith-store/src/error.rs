//! What can go wrong in the store, as a decision for the caller.
//!
//! A caller matches on the kind and never reads text: wait, free space, tell the person which name is taken, say
//! that it is not there, stop. Everything else is `Broken`, logged once at the boundary.

use std::fmt;

/// Why the store said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another writer holds the database, or it can't be reached now. Nothing was written; try again.
    #[error("the database is busy; nothing was changed, try again")]
    Busy,
    /// The disk is full. Nothing was written.
    #[error("the disk is full; nothing was changed, free some space and try again")]
    Full,
    /// The disk could not keep what was written (fsync). Nothing more is written by this process; it must start anew.
    #[error("the disk could not keep what was written; nothing more is written until Kith has started anew")]
    DiskFailed,
    /// A name that must be unique is taken.
    #[error("{what} is already taken{}", Which(.which.as_deref()))]
    Conflict {
        /// Which kind of name.
        what: Unique,
        /// The name itself, where it is known.
        which: Option<String>,
    },
    /// What was named, or what it belongs to, does not exist in this workspace.
    #[error("there is no such thing here")]
    NotThere,
    /// The database was written by a newer Kith.
    #[error("this database was written by a newer Kith; install that version or restore a backup of this one")]
    Newer,
    /// Anything else: a fault of ours or of the disk.
    #[error("the database failed: {0}")]
    Broken(String),
}

impl StoreError {
    /// Names what is taken, where this is a conflict.
    pub(crate) fn naming(self, name: &str) -> Self {
        match self {
            Self::Conflict { what, .. } => Self::Conflict { what, which: Some(name.to_owned()) },
            other => other,
        }
    }
}

/// Why a result was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Somebody else has moved the row since it was read or claimed; nothing was written (I4).
    #[error("somebody else has changed it meanwhile; nothing was stored")]
    Fenced,
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! uniques {
    ($($(#[$doc:meta])* $variant:ident = $constraint:literal, $columns:literal, $words:literal;)+) => {
        /// Names that are unique, by the constraint that guards them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Unique {
            $($(#[$doc])* $variant,)+
            /// Another one, such as a row's own id.
            Other,
        }

        impl Unique {
            /// Each with the constraint's name and SQLite's words for its columns.
            pub(crate) const ALL: &'static [(Self, &'static str, &'static str)] = &[$((Self::$variant, $constraint, $columns),)+];

            /// In words that fit before "is already taken".
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)+
                    Self::Other => "this id",
                }
            }
        }
    };
}

uniques! {
    /// A login's e-mail address.
    Email = "login_email", "login.email", "this e-mail address";
    /// A login's place in a workspace.
    Membership = "member_login", "member.workspace_id, member.login_id", "this person's place in the workspace";
    /// The hash of a one-time link.
    LinkHash = "one_time_link_pkey", "one_time_link.hash", "this link";
    /// The hash of a session's secret.
    SessionHash = "session_secret", "session.secret_hash", "this session";
    /// A browser of a person, by its endpoint.
    Browser = "push_browser_endpoint", "push_browser.workspace_id, push_browser.member_id, push_browser.endpoint_hash", "this browser";
    /// The hash of a program's key.
    TokenHash = "api_token_hash", "api_token.hash", "this key";
    /// The hash of an invitation's secret.
    InvitationHash = "invitation_hash", "invitation.hash", "this invitation";
    /// A passkey's credential.
    Credential = "passkey_credential", "passkey.credential", "this passkey";
    /// A channel's name in its workspace.
    ChannelName = "channel_name", "channel.workspace_id, channel.name", "this channel name";
    /// A profile, connected twice.
    ChannelProfile = "channel_profile", "channel.workspace_id, channel.network, channel.server, channel.remote_id", "this profile";
    /// A source's name among those of its kind.
    SourceName = "source_name", "source.workspace_id, source.kind, source.name", "this name";
    /// One local slot of one post on one channel.
    OccurrenceKey = "dispatch_occurrence", "dispatch.workspace_id, dispatch.occurrence_key", "this place in the plan";
    /// The key that names a delivery on the network.
    RemoteKey = "dispatch_remote_key", "dispatch.channel_id, dispatch.remote_key", "this delivery's key";
    /// One dispatch per remote id (I1).
    RemoteId = "dispatch_remote_id", "dispatch.channel_id, dispatch.remote_id", "this post on the network";
}

impl fmt::Display for Unique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

struct Which<'a>(Option<&'a str>);

impl fmt::Display for Which<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, " ({name})"))
    }
}
