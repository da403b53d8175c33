//! Planning: a file or a single post becomes dispatches, all or nothing, after everything wrong was said at once.

mod arrange;
mod import;
mod keep;
mod media;
mod single;
mod wish;

pub use arrange::PreviewItem;
pub use import::{Imported, PlanFile, Previewed};
pub use single::SinglePost;
pub use wish::PlanWish;

pub(crate) use arrange::capabilities;
pub(crate) use media::hex;
