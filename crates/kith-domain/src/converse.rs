//! Who waits for us, since when, and which messages were written by a machine.
//!
//! A conversation waits from the first message of theirs that we have not answered; our answer ends the wait.
//! Messages that look automated are set apart with the reason and never make anybody wait (C5); a person is never
//! hidden: setting apart only sorts, and anything that asks a question in its own words stays with the people.

mod automated;
mod brake;
mod call;
mod sorting;
mod waiting;

pub use automated::{Automated, AutomatedReason, judge};
pub use brake::{
    BRAKE_HOURS_DEFAULT, BRAKE_HOURS_MAX, BRAKE_HOURS_MIN, BRAKE_OWED_MAX, Because, Brake, BrakeRule, CLOSING_HOURS, Pause, RuleError,
    Waiter, brake, pauses,
};
pub use call::{BRAKE_CALL_H, Call, CallFacts, CallKind, CallWish, MORNING_H_MAX, calls};
pub use sorting::{
    Closed, ClosedAs, LATER_DAYS_MAX, Later, LaterWish, Mark, SortError, SortVerb, Sorting, UNDO_MIN, later_until, may_undo, sort, stands,
};
pub use waiting::{Line, Standing, Waiting, waiting};
