//! What is to be said: a plan is a file of posts, read and judged before anything is stored.
//!
//! [`file`] turns bytes into [`PlanRow`]s, [`lint`] and [`placeholder`] judge their words, and every finding is a
//! [`Problem`] with its line, its column and a way out, so that all of them can be shown at once.
//! When a post goes out is decided one stage later, in `schedule`. A new column is a line in [`file::Column`].

pub mod category;
pub mod count;
pub mod entity;
pub mod feed;
pub mod file;
pub mod framing;
pub mod lint;
pub mod nearest;
pub mod placeholder;
pub mod policy;
pub mod problem;
pub mod question;
pub mod queue;
mod row;
pub mod safety;
pub mod series;
pub mod thread;

pub use category::{CategoryKinds, PostKind};
pub use file::{Parsed, PlanFormat, parse};
pub use lint::lint;
pub use problem::{Problem, Reason, Severity};
pub use queue::{Queue, QueueError, QueueItem, QueueSpot};
pub use row::{ALT_DECORATIVE, CARD_NONE, PlanChannel, PlanRow, SourceLine};
pub use series::{EntryState, Numbered, Series, SeriesEntry, SeriesError};
