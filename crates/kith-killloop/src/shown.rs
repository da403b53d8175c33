//! What a network shows in the end: the list that the judge believes.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// One post on a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The channel that it stands on.
    pub channel: String,
    /// The number in its text.
    pub no: u32,
    /// Its id there.
    pub remote_id: String,
    /// When the server made it, in the run's time.
    pub at: Timestamp,
}

/// Everything that the networks of a run show.
#[derive(Debug, Default)]
pub struct Board(Mutex<Vec<Shown>>);

impl Board {
    /// Adds a post; called in the moment in which the server makes it.
    pub fn add(&self, shown: Shown) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(shown);
    }

    /// All posts.
    pub fn all(&self) -> Vec<Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The words of a planned post.
pub fn text_of(no: u32) -> String {
    format!("Note {no} from the kiln: the glaze of batch {no} came out well.")
}

/// The number in a post's words; 0 if it is none of ours.
pub fn no_of(text: &str) -> u32 {
    text.strip_prefix("Note ").and_then(|rest| rest.split(' ').next()).and_then(|no| no.parse().ok()).unwrap_or(0)
}
