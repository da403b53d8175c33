//! What is tested from outside: what must not compile, and the cases of others.

mod compile_fail;
mod conformance;
