//! Browsers that want to hear.

use jiff::Timestamp;
use kith_domain::ids::{BrowserId, MemberId};

use crate::Sealed;

/// A browser that subscribed to pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserRow {
    /// Its id.
    pub id: BrowserId,
    /// Whose it is.
    pub member: MemberId,
    /// Its endpoint and keys, encrypted by the caller: who has them can push to it.
    pub sealed: Sealed,
    /// What it calls itself, such as "Firefox on Android".
    pub device: String,
    /// When it subscribed.
    pub created_at: Timestamp,
}
