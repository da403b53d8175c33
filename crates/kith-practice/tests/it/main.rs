//! The practice network as a client sees it: over real connections, with time moved by hand.
#![expect(clippy::expect_used, reason = "a test fails where its expectation does")]

mod api;
mod client;
mod faults;
mod keeping;
mod oauth;
mod people;
mod schema;
mod streams;
