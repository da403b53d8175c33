//! The pages as a browser asks for them, with the engine and the practice network behind them.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod door;
mod once;
mod world;
