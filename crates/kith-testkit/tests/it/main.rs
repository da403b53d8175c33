//! The test kit against itself: does the proxy do what it says, do the real servers start and end?

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod fault_proxy;
mod real_servers;
