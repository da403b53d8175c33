//! Channels: connected profiles with their sealed secrets.

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, NetworkId, WorkspaceId};

/// A channel's settings and tokens, encrypted by the caller; the store can't read them and never shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Whether a channel can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelState {
    /// It works.
    Ok,
    /// Its token no longer works.
    SignInAgain,
    /// A person paused it.
    Paused,
    /// It was removed; its secrets are wiped and its name is free.
    Removed,
}

/// A channel, to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChannel {
    /// Its id.
    pub id: ChannelId,
    /// Its network.
    pub network: NetworkId,
    /// Its name in Kith, unique among the workspace's channels that are not removed.
    pub name: String,
    /// Base address of its server.
    pub server: String,
    /// The network's own id of the profile; unique with network and server unless empty.
    pub remote_id: String,
    /// The address people type.
    pub address: String,
    /// The name people see.
    pub display_name: String,
    /// Encrypted settings and tokens.
    pub sealed: Sealed,
    /// What its server can do, as the network's folder shapes it.
    pub capabilities: serde_json::Value,
}

/// A channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelRow {
    /// Its id.
    pub id: ChannelId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Its network.
    pub network: NetworkId,
    /// Its name in Kith.
    pub name: String,
    /// Base address of its server.
    pub server: String,
    /// The network's own id of the profile.
    pub remote_id: String,
    /// The address people type.
    pub address: String,
    /// The name people see.
    pub display_name: String,
    /// Encrypted settings and tokens; `None` once removed.
    pub sealed: Option<Sealed>,
    /// What its server can do.
    pub capabilities: serde_json::Value,
    /// Whether it can be used.
    pub state: ChannelState,
    /// Why, in plain words; empty while it works.
    pub state_detail: String,
    /// Since when.
    pub state_since: Timestamp,
    /// When it was connected.
    pub created_at: Timestamp,
    /// When its server last answered a check.
    pub last_checked_at: Option<Timestamp>,
    /// When its sign-in ends, where the network tells and it can't be renewed without a person.
    pub sign_in_ends_at: Option<Timestamp>,
}

/// The profile as the network told it anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profiled {
    /// The network's own id of the profile.
    pub remote_id: String,
    /// The address people type.
    pub address: String,
    /// The name people see.
    pub display_name: String,
}

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Removed; so many planned, held and missed dispatches were cancelled.
    Removed {
        /// How many.
        cancelled: u64,
    },
    /// Refused: so many dispatches may be out right now.
    InFlight {
        /// How many.
        count: u64,
    },
}

impl ChannelState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ok, Self::SignInAgain, Self::Paused, Self::Removed];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::SignInAgain => "sign_in_again",
            Self::Paused => "paused",
            Self::Removed => "removed",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
