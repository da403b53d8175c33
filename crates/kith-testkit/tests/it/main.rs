//! The test kit against itself: does the proxy do what it says, do the real servers start and end?

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod fault_proxy;
mod real_servers;
