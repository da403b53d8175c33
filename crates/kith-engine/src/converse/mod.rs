//! Conversing: the inbox, a conversation, and the one act that only a present person can do.

mod brake;
mod inbox;
mod press;
mod refresh;
mod reply;

pub(crate) use brake::Unbraked;
pub use inbox::InboxLine;
pub use press::Pressed;
