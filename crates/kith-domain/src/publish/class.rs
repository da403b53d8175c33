//! How a network guards against doubles, and what that allows after an unknown outcome (reliability.md A2).

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Time after the last send before "not there" is believed: lease, HTTP time-out and the longest late accept seen,
/// rounded up (reliability.md I10, 2026-11).
pub const SETTLE_S: i64 = 600;

/// Time after a send within which the same key is not sent again: a server that reads the key when it begins and writes
/// it when it ends makes two posts of two requests that overlap (Mastodon before 2026-02-16, #37879). Fronts of servers
/// give up on a request after 60 seconds; this is three times as long.
pub const KEY_PAUSE_S: i64 = 180;

/// How long a post waits before it is tried again while its twin may be out unseen, in seconds.
pub const TWIN_PAUSE_S: i64 = 60;

/// Replays of one idempotency key after an unknown outcome.
pub const KEY_REPLAYS_MAX: u32 = 3;

/// The adapter classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum Class {
    /// C: we name the record; the same bytes again are a no-op. May be replayed for ever.
    NamedRecord,
    /// S: a handle is known before the publish and its state can be read.
    Staged,
    /// K: a key dedupes for a time.
    Keyed {
        /// How long the network keeps a key, in seconds.
        ttl_s: i64,
    },
    /// D, N: no key, but one's own posts can be read.
    ReadBack,
    /// B: one's own posts can't be read; only a person can tell.
    Blind,
}

impl Class {
    /// The letter used in the docs.
    pub fn letter(self) -> char {
        match self {
            Self::NamedRecord => 'C',
            Self::Staged => 'S',
            Self::Keyed { .. } => 'K',
            Self::ReadBack => 'N',
            Self::Blind => 'B',
        }
    }

    /// Whether a look recognises a post by its words, so that two with the same words can be taken for each other. Such
    /// a post is not sent while its twin may be out unseen.
    pub fn looks_by_words(self) -> bool {
        matches!(self, Self::Keyed { .. } | Self::ReadBack)
    }

    /// How long after the first send the same key may be used again: 80 % of its life.
    pub(crate) fn key_is_safe_for(ttl_s: i64) -> SignedDuration {
        SignedDuration::from_secs(ttl_s * 4 / 5)
    }
}
