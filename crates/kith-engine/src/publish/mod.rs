//! From due to done: channels, the courier who delivers, the desk where a person looks and decides.

mod call;
mod channels;
mod courier;
mod deliver;
mod desk;
mod jump;
mod vault;

pub use channels::JsonChannel;
pub use courier::Courier;
pub use desk::{AttemptLine, DispatchLine, Page as DispatchWhole};

pub(crate) use call::Line;
