//! The binary as people run it: its words, its exit codes, a server that publishes, a demonstration that goes on.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod bench;
mod cli;
mod demo;
mod docs;
mod feed;
mod host;
mod program;
mod serve;
mod sources;
