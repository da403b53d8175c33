//! What a network can answer to a publish, reduced to the decision it means for the caller.
//!
//! `Unknown` is the important one: a time-out or a 5xx never means "not published" (reliability.md, finding 2).
//! Only what is provably unsent, or refused in words that the network documents as "not created", is anything else.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Proof of delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The network's id of what was published.
    pub remote_id: String,
    /// Link for a person's eyes.
    pub url: Option<String>,
    /// When the network says that it was published.
    pub at: Timestamp,
}

/// Why a publish did not end in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Not sent or not accepted, certainly; try again after the delay (429, refused connection, unknown host).
    #[error("{why}")]
    Later {
        /// How long the network asked us to wait; `None` where it said nothing.
        after: Option<SignedDuration>,
        /// What happened, in plain words.
        why: String,
    },
    /// The network will never take this as it is, and said so.
    #[error("{why}")]
    Refused {
        /// The network's reason, in plain words.
        why: String,
    },
    /// The channel's token no longer works; nothing was created.
    #[error("{why}")]
    SignInAgain {
        /// The network's reason, in plain words.
        why: String,
    },
    /// It may have been published and it may not.
    #[error("{why}")]
    Unknown {
        /// What happened, in plain words.
        why: String,
    },
}

/// What a look at the network's own list showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// It is there.
    Found(Receipt),
    /// It is not there (now).
    Absent,
    /// Could not look; try again after the delay.
    Failed {
        /// How long to wait; `None` where nothing was said.
        after: Option<SignedDuration>,
        /// What happened, in plain words.
        why: String,
    },
    /// The channel's token no longer works.
    SignInAgain {
        /// The network's reason, in plain words.
        why: String,
    },
}
