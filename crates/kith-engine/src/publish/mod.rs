//! From due to done: channels, the courier who delivers, the desk where a person looks and decides.

mod call;
mod channels;
mod consent;
mod courier;
mod decide;
mod deliver;
mod desk;
mod ending;
mod holding;
mod host;
mod jump;
mod lines;
mod needs_you;
mod pace;
mod pace_turns;
mod part;
mod points;
mod preflight;
mod reconnect;
mod rest;
mod resting;
mod trends;
mod vault;
mod yes;

pub use channels::JsonChannel;
pub use consent::{BroughtBack, ConsentCard, FieldsCard, Offered, SentAway};
pub use courier::Courier;
pub use host::Keeper;
pub use lines::{AttemptLine, DispatchLine, DispatchQuery, Page as DispatchWhole};
pub use points::{Point, Watcher};
pub use preflight::Preflight;

pub(crate) use call::Line;
pub(crate) use host::Host;
pub(crate) use needs_you::{STATES as NEEDING, count as needing};
pub(crate) use points::Points;
pub(crate) use resting::Resting;
