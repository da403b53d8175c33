//! When it goes out: people's times, weekly windows, and the spread of a plan over them.
//!
//! What a person means is civil time plus a zone ([`CivilTime`]); only [`Resolved::due_at`] is an instant, and it is
//! computed again when the zone's rules change. [`spread`](mod@spread) places posts inside [`Windows`], and
//! [`arrange`](mod@arrange) makes a whole plan file into [`PlannedItem`]s or says everything that is wrong with it.

pub mod absence;
pub mod arrange;
pub mod cadence;
mod chance;
pub mod civil;
pub mod event;
pub mod fill;
mod free;
pub mod market;
pub mod pause;
pub mod places;
pub mod presence;
pub mod preview;
pub mod recurrence;
pub mod reminder;
pub mod rhythm;
mod rhythm_text;
pub mod rules;
mod spans;
pub mod spread;
pub mod wanted;
pub mod when;
pub mod window;
mod window_text;
pub mod zone;

pub use absence::{Absence, AbsenceError, AbsenceNotice, AbsencePost, Waiting, WaitingKind, is_absence_notice, on_return};
pub use arrange::{Arranged, PlanOptions, PlannedItem, Taken, arrange};
pub use cadence::{CadenceCaps, ChannelCadence, CountedPost, Verdict, VerdictLevel, judge};
pub use civil::{CivilTime, Resolved, Shift, TimeOutOfRange, occurrence_key};
pub use event::{CancelReason, Event, EventError, EventPost, Phase, PostChange, Revision, StoredPost, revise};
pub use fill::{ChannelQueue, FillRequest, Filled, NoPlace, QueuePlace, TakenPost, Unplaced, fill, next_places};
pub use market::{Market, MarketHour, Overlap, best_overlap};
pub use pause::{Pause, PauseScope, held_by};
pub use places::QueueRule;
pub use presence::{Presence, PresenceAnswer, PresenceSpans, Promise, PromiseError, parse_promise};
pub use preview::{LineSource, Preview, PreviewLine, PreviewRequest, WithoutTime, preview};
pub use recurrence::{Ends, Every, Occurrence, Recurrence, RecurrenceError, parse_every};
pub use reminder::{Offset, Reminder, ReminderError, parse_reminders};
pub use rhythm::{Amount, Rhythm};
pub use rhythm_text::{RhythmError, parse_categories};
pub use rules::{ZoneRules, moved};
pub use spread::{Placement, SpreadError, SpreadPost, SpreadRequest, spread};
pub use wanted::{Addressed, Draft, PreviewChannel, Wanted};
pub use when::{TimeError, When, parse_when};
pub use window::{WeekDays, WeekWindow, Windows};
pub use window_text::WindowError;
pub use zone::{ZoneError, ZoneName};

/// The farthest that anything is planned ahead; a time beyond it is a slip of the pen.
pub const DAYS_AHEAD_MAX: u32 = 3 * 366;
