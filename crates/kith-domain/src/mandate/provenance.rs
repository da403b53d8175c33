//! Who wrote, who approved, what sent, on whose behalf, through which door (I8, D4).
//!
//! Provenance is stored with every outgoing item from the first row on. It is data, never a guess: what was not
//! recorded is shown as unknown.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, SessionId, WorkspaceId};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A member of the workspace, by name as it was then.
    Member {
        /// The member.
        id: MemberId,
        /// Their name when it happened.
        name: String,
    },
    /// Kith's own worker: the only sender of broadcasts.
    Worker,
    /// Something outside Kith, such as another app on the same channel.
    Outside {
        /// What is known of it.
        what: String,
    },
}

/// The way by which something came into Kith.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "door", rename_all = "snake_case")]
pub enum Door {
    /// A page, in a session.
    Web {
        /// The session.
        session: SessionId,
    },
    /// The command line.
    Cli,
    /// A file read by `kith plan import` or a page.
    ImportFile {
        /// The file's name, without its folder.
        file: String,
        /// The line on which the row begins, counted from 1.
        line: u32,
    },
    /// A feed that is followed; its rule was made by a person.
    Feed {
        /// The feed's address.
        url: String,
    },
    /// The API, by a program with a key.
    Api {
        /// What the key is called.
        key: String,
    },
    /// The demonstration's own set-up.
    Demo,
}

/// The whole trail of one outgoing item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Whose words these are.
    pub written_by: Actor,
    /// When they came in.
    pub written_at: Timestamp,
    /// How they came in.
    pub through: Door,
    /// Who changed the words last; `None` while they are as they came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<Actor>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// Who said yes; `None` while nobody has.
    pub approved_by: Option<Actor>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// What sends it: the worker for a broadcast, a member for an answer.
    pub sent_by: Actor,
    /// Whose voice it is.
    pub on_behalf_of: WorkspaceId,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member { name, .. } => f.write_str(name),
            Self::Worker => f.write_str("Kith's scheduler"),
            Self::Outside { what } => write!(f, "{what} (outside Kith)"),
        }
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web { .. } => f.write_str("on the page"),
            Self::Cli => f.write_str("on the command line"),
            Self::ImportFile { file, line } => write!(f, "from {file}, line {line}"),
            Self::Feed { url } => write!(f, "from the feed {url}"),
            Self::Api { key } => write!(f, "through the API, with the key {key:?}"),
            Self::Demo => f.write_str("for the demonstration"),
        }
    }
}
