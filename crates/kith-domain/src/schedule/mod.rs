//! When it goes out: people's times, weekly windows, and the spread of a plan over them.
//!
//! What a person means is civil time plus a zone ([`CivilTime`]); only [`Resolved::due_at`] is an instant, and it is
//! computed again when the zone's rules change. [`spread`](mod@spread) places posts inside [`Windows`], and
//! [`arrange`](mod@arrange) makes a whole plan file into [`PlannedItem`]s or says everything that is wrong with it.

pub mod arrange;
pub mod civil;
mod free;
pub mod spread;
pub mod when;
pub mod window;
mod window_text;
pub mod zone;

pub use arrange::{Arranged, PlanOptions, PlannedItem, Taken, arrange};
pub use civil::{CivilTime, Resolved, Shift, TimeOutOfRange, occurrence_key};
pub use spread::{Placement, SpreadError, SpreadPost, SpreadRequest, spread};
pub use when::{TimeError, When, parse_when};
pub use window::{WeekDays, WeekWindow, Windows};
pub use window_text::WindowError;
pub use zone::{ZoneError, ZoneName};

/// The farthest that anything is planned ahead; a time beyond it is a slip of the pen.
pub const DAYS_AHEAD_MAX: u32 = 3 * 366;
