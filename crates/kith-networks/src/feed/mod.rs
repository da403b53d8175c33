//! Feeds in (N9): RSS, Atom and JSON Feed, asked for only when they changed.
//!
//! `fetch` asks through the one safe client, `guard` refuses what would cost time or memory before any parser sees it,
//! `read` turns the document into plain entries. Nothing of a feed is ever shown as markup.

mod fetch;
mod guard;
pub mod hub;
mod read;

pub use fetch::{FEED_BYTES_MAX, Fetched, Seen, fetch};
pub use guard::Refused;
pub use read::{Document, read};

/// Why a feed could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The server could not be reached now, or asked for patience.
    #[error("{why}")]
    Later {
        /// What happened.
        why: String,
        /// How long it asked to wait, in seconds.
        after_s: Option<u64>,
    },
    /// The address is no feed's (any more): 404, 410, or refused by our own rules.
    #[error("{0}")]
    NotThere(String),
    /// What came is no feed that can be read.
    #[error("{0}")]
    Unreadable(String),
}
