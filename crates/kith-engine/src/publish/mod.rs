//! From due to done: channels, the courier who delivers, the desk where a person looks and decides.

mod call;
mod channels;
mod courier;
mod deliver;
mod desk;
mod host;
mod jump;
mod points;
mod preflight;
mod vault;

pub use channels::JsonChannel;
pub use courier::Courier;
pub use host::Keeper;
pub use desk::{AttemptLine, DispatchLine, Page as DispatchWhole};
pub use points::{Point, Watcher};
pub use preflight::Preflight;

pub(crate) use call::Line;
pub(crate) use host::Host;
pub(crate) use points::Points;
