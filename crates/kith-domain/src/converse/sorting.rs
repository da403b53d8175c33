//! What a person says of a conversation besides answering: done, later, no answer needed, a machine's, a person's.
//!
//! Sorting never hides anybody: each change says who made it, can be taken back, and ends by itself when the other
//! person writes again. "Later" moves a conversation out of sight for a while and nothing else: it stays owed, so the
//! clock of the wait and the brake do not stop for it.

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::waiting::{Line, Standing, Waiting, waiting};
use crate::mandate::{Actor, Deed, Refusal, Role};
use crate::schedule::{CivilTime, ZoneName};

/// Hour of the evening to which "tonight" puts off.
const EVENING_H: i8 = 19;
/// Hour of the morning to which "tomorrow" and "Monday" put off.
const MORNING_H: i8 = 8;
/// Longest time for which a conversation may be put off, in days: what is further away is a promise, not a later.
pub const LATER_DAYS_MAX: i64 = 30;
/// How long a change can be taken back by its own button, in minutes, unless something was sorted since.
pub const UNDO_MIN: i64 = 24 * 60;

/// How a conversation was closed by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedAs {
    /// It is dealt with.
    Done,
    /// Nothing in it asks for an answer.
    NoAnswer,
}

/// A person closed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// How.
    #[serde(rename = "as")]
    pub how: ClosedAs,
    /// When; what is heard afterwards opens it again.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
}

/// A person put it off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// Until when it is out of sight.
    pub until: Timestamp,
    /// When they said so.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
}

/// A person judged who wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// A machine's messages, or a person's.
    pub machine: bool,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
}

/// Everything that persons have said of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sorting {
    /// Closed, if it is.
    pub closed: Option<Closed>,
    /// Put off, if it is.
    pub later: Option<Later>,
    /// Marked by hand, if it is.
    pub mark: Option<Mark>,
}

/// What a person does to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum SortVerb {
    /// Dealt with.
    Done,
    /// No answer needed.
    NoAnswer,
    /// Not now.
    Later {
        /// When it comes back.
        until: Timestamp,
    },
    /// What was heard so far came from a machine.
    Machine,
    /// A person writes here, whatever the rules say.
    Person,
    /// Neither closed nor put off any more.
    Reopen,
}

/// When a conversation that is put off comes back, as a person says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaterWish {
    /// Today at 19:00.
    Tonight,
    /// Tomorrow at 8:00.
    Tomorrow,
    /// The next Monday at 8:00.
    Monday,
    /// A time on the wall.
    At(jiff::civil::DateTime),
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SortError {
    /// The role does not sort.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Only what is owed can be put off.
    #[error("nobody waits for an answer here, so there is nothing to put off")]
    NothingOwed,
    /// The time is over.
    #[error("this time is over; choose a later one")]
    Past,
    /// The time is too far away.
    #[error("at most {LATER_DAYS_MAX} days ahead; write the person a line if it takes longer")]
    TooFar,
    /// Tonight has begun.
    #[error("it is past seven in the evening; choose tomorrow morning")]
    EveningOver,
    /// The change can't be taken back any more.
    #[error("this was sorted again since, or it is more than a day ago; sort it anew instead")]
    TooLate,
}

/// The instant to which a wish puts off, in the person's zone.
pub fn later_until(wish: LaterWish, now: Timestamp, zone: &ZoneName) -> Result<Timestamp, SortError> {
    let today = zone.rules().to_datetime(now).date();
    let at = match wish {
        LaterWish::Tonight => today.at(EVENING_H, 0, 0, 0),
        LaterWish::Tomorrow => today.checked_add(1.day()).map_err(|_| SortError::TooFar)?.at(MORNING_H, 0, 0, 0),
        LaterWish::Monday => {
            let days = i64::from(today.weekday().until(Weekday::Monday));
            let days = if days == 0 { 7 } else { days };
            today.checked_add(days.days()).map_err(|_| SortError::TooFar)?.at(MORNING_H, 0, 0, 0)
        }
        LaterWish::At(at) => at,
    };
    let until = CivilTime { at, zone: zone.clone() }.resolve().map_err(|_| SortError::TooFar)?.due_at;
    if until <= now {
        return Err(if wish == LaterWish::Tonight { SortError::EveningOver } else { SortError::Past });
    }
    if until.duration_since(now) > SignedDuration::from_hours(24 * LATER_DAYS_MAX) {
        return Err(SortError::TooFar);
    }
    Ok(until)
}

/// What becomes of a conversation's sorting. Owners and delegates sort; who did it stays on it. `standing` is where it
/// stands before. The same verb again changes nothing but a new time of "later".
pub fn sort(before: &Sorting, standing: Standing, verb: SortVerb, role: Role, by: &Actor, now: Timestamp) -> Result<Sorting, SortError> {
    role.may(Deed::Sort)?;
    let mut after = before.clone();
    match verb {
        SortVerb::Done | SortVerb::NoAnswer => {
            let how = if verb == SortVerb::Done { ClosedAs::Done } else { ClosedAs::NoAnswer };
            let is_so = standing == Standing::Closed && before.closed.as_ref().is_some_and(|closed| closed.how == how);
            if !is_so {
                after.closed = Some(Closed { how, at: now, by: by.clone() });
            }
            after.later = None;
        }
        SortVerb::Later { until } => {
            if standing != Standing::Owed {
                return Err(SortError::NothingOwed);
            }
            if until <= now {
                return Err(SortError::Past);
            }
            if until.duration_since(now) > SignedDuration::from_hours(24 * LATER_DAYS_MAX) {
                return Err(SortError::TooFar);
            }
            if before.later.as_ref().is_none_or(|later| later.until != until) {
                after.later = Some(Later { until, at: now, by: by.clone() });
            }
        }
        SortVerb::Machine | SortVerb::Person => {
            let machine = verb == SortVerb::Machine;
            after.mark = Some(Mark { machine, at: now, by: by.clone() });
            after.later = None;
        }
        SortVerb::Reopen => {
            after.closed = None;
            after.later = None;
        }
    }
    Ok(after)
}

/// Whether a change may be taken back: nothing was sorted since, and it is not too long ago.
pub fn may_undo(is_latest: bool, changed_at: Timestamp, now: Timestamp) -> Result<(), SortError> {
    let fresh = now.duration_since(changed_at) <= SignedDuration::from_mins(UNDO_MIN);
    if is_latest && fresh { Ok(()) } else { Err(SortError::TooLate) }
}

/// Where a conversation stands, with everything that persons said of it, and what of "later" still holds.
///
/// A mark "machine" covers what was heard until then; what is heard afterwards is judged by itself, so that nobody
/// falls silent for ever by one press. A mark "person" covers everything. "Later" ends when they write again, when we
/// answer, and when nobody waits any more.
pub fn stands(lines: &[Line], sorting: &Sorting) -> (Waiting, Option<Later>) {
    let judged: Vec<Line> = lines
        .iter()
        .map(|line| {
            let automated = match &sorting.mark {
                Some(mark) if !mark.machine => false,
                Some(mark) => line.automated || line.heard <= mark.at,
                None => line.automated,
            };
            Line { automated, ..*line }
        })
        .collect();
    let found = waiting(&judged, sorting.closed.as_ref().map(|closed| closed.at));
    let later = sorting.later.clone().filter(|later| {
        let wrote_again = judged.iter().any(|line| !line.ours && !line.automated && line.heard > later.at);
        found.standing == Standing::Owed && !wrote_again
    });
    (found, later)
}

impl ClosedAs {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NoAnswer => "no_answer",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Done, Self::NoAnswer].into_iter().find(|how| how.as_str() == text)
    }
}

impl SortVerb {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NoAnswer => "no_answer",
            Self::Later { .. } => "later",
            Self::Machine => "machine",
            Self::Person => "person",
            Self::Reopen => "reopen",
        }
    }
}

#[cfg(test)]
#[path = "sorting_tests.rs"]
mod tests;
