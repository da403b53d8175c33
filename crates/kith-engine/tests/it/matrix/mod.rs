//! The failure matrix: what goes wrong, and that nothing is lost and nothing sent twice (docs/reliability.md).
//!
//! The real engine on a real database, before the practice network, real servers and a proxy. Time is moved by hand.

mod bare;
mod behind;
mod clock;
mod content;
mod crash;
mod media;
mod outcome;
mod patience;
mod rig;
mod token;
mod twice;
mod zombie;
