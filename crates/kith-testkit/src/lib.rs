//! What tests of Kith stand on: real servers, a proxy that misbehaves, the people at the other end, a named cast.
//!
//! [`servers`] starts the servers that `scripts/setup` installed, once for a whole test run; [`proxy`] stands
//! between Kith and any of them and drops, delays or replaces answers; [`other`] is another person's client on
//! the same server, written apart from Kith's own connectors. To add a server: a script in `servers/` that prints
//! one JSON line when it is up, and a function in [`servers`] that reads the line.

pub mod cast;
pub mod disk;
pub mod film;
pub mod other;
pub mod proxy;
pub mod servers;

pub use disk::SmallDisk;
pub use proxy::{Fault, FaultProxy, Rule};
