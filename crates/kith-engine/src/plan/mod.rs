//! Planning: a file or a single post becomes dispatches, all or nothing, after everything wrong was said at once.

mod import;
mod media;
mod single;

pub use import::{Imported, PlanFile, PlanWish, PreviewItem, Previewed};
pub use single::SinglePost;

pub(crate) use import::capabilities;
pub(crate) use media::hex;
