//! What every network must do (`conformance`), run against real servers, and what only one network does.
//!
//! To test a new network: a module with a function that makes a `Case`, and one line `conformance!(case)` in it.

#![expect(clippy::unwrap_used, reason = "all of this is tests; what cannot go on ends there")]

mod case;
#[macro_use]
mod conformance;
mod bluesky;
mod film;
mod mastodon;
mod mastodon_answers;
mod mastodon_oauth;
mod mastodon_stream;
