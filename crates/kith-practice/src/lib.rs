//! The practice network: a small server with the Mastodon API and some hundred simulated people.
//!
//! It stands alone and imports no other crate of the project, as any outside server would. People have hours,
//! interests and patience; they answer the owner's posts, and drift away from an owner who never answers. It can
//! misbehave on request. Start one with [`Practice::builder`]; the crate's README says what it models.

mod chance;
mod clock;
mod cut;
mod faults;
mod http;
mod keep;
mod limits;
mod markup;
mod people;
mod practice;
mod render;
mod server;
mod words;
mod world;

pub use clock::{Clock, ManualClock, RunningClock};
pub use keep::{KeepError, last_instant};
pub use people::Cue;
pub use practice::{Practice, PracticeError, Running};
pub use world::Stats;
