//! The other person: small clients for the networks' APIs, to write to Kith's channels and to look at what arrived.
//!
//! They share nothing with Kith's own connectors, so that a mistake there is not repeated here. Answers are plain
//! JSON values; an answer that is no success is an error with status and body.

mod bluesky;
pub mod consent;
pub(crate) mod http;
mod mastodon;

pub use bluesky::{Bluesky, Record, bluesky};
pub use mastodon::{Mastodon, mastodon};
