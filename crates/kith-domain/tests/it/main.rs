//! What is tested from outside: what must not compile, and the cases of others.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod compile_fail;
mod conformance;
