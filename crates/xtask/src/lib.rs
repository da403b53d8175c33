//! The guards of Kith's architecture: rules that read the repository's own text and say what breaks them.
//!
//! A rule is a pure function from a [`Repo`] to [`Finding`]s, each with file, line, reason and way out; its own tests
//! show it finding a made-up breach. `tests/tidy` holds the rules against the real repository. To add one, write a
//! file in `rules/` and a line in `tests/tidy/main.rs`.

pub mod finding;
pub mod repo;
pub mod rules;
pub mod rust;

pub use finding::Finding;
pub use repo::{Repo, TextFile};
