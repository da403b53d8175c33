//! The pages as a browser asks for them. What becomes of an answer on its way is in `tests/browser/once.test.mjs`.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod api;
mod blog;
mod caps;
mod consent;
mod door;
mod feed_hub;
mod feeds;
mod film;
mod plan_file;
mod settings;
mod world;
