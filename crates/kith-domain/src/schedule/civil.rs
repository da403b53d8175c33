//! Civil time in a zone, and the one instant it stands for.
//!
//! Twice a year a wall clock shows a time never or twice. The rule, for every zone: a time that is skipped goes out as
//! much later as the clock jumps (02:30 → 03:30), a time that comes twice goes out the first time.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ZoneName;

/// What a person means by "9:30 in Lisbon".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CivilTime {
    /// What the clock on the wall shows.
    pub at: DateTime,
    /// Where the wall is.
    pub zone: ZoneName,
}

/// The instant of a civil time, and what the zone's rules did to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// When it goes out.
    pub due_at: Timestamp,
    /// Whether the clock is changed at that time.
    pub shift: Shift,
}

/// What a change of the clock does to a civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shift {
    /// The time exists once.
    None,
    /// The time is skipped; it goes out `by` later.
    Gap {
        /// How far the clock is put forward.
        by: SignedDuration,
    },
    /// The time comes twice; it goes out the first time.
    FoldFirst,
}

/// The civil time is outside the years that instants cover (-9999 to 9999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the time {0} is outside the calendar; write a year of four digits such as 2026")]
pub struct TimeOutOfRange(pub DateTime);

impl CivilTime {
    /// The wall clock of `zone` at an instant.
    pub fn of_instant(instant: Timestamp, zone: &ZoneName) -> Self {
        Self { at: zone.rules().to_datetime(instant), zone: zone.clone() }
    }

    /// The instant it stands for under today's rules of the zone.
    pub fn resolve(&self) -> Result<Resolved, TimeOutOfRange> {
        resolve(self.at, &self.zone)
    }
}

/// The instant that the wall clock `at` stands for in `zone`: a gap shifts forward by its length, a fold takes the
/// first pass. This is the disambiguation that RFC 5545 and jiff call compatible.
pub fn resolve(at: DateTime, zone: &ZoneName) -> Result<Resolved, TimeOutOfRange> {
    let ambiguous = zone.rules().to_ambiguous_timestamp(at);
    let shift = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => Shift::None,
        AmbiguousOffset::Gap { before, after } => {
            Shift::Gap { by: SignedDuration::from_secs(i64::from(after.seconds() - before.seconds())) }
        }
        AmbiguousOffset::Fold { .. } => Shift::FoldFirst,
    };
    let due_at = ambiguous.compatible().map_err(|_| TimeOutOfRange(at))?;
    Ok(Resolved { due_at, shift })
}

/// The key of "this local slot of that series": at most one dispatch per key, ever.
///
/// It is built from the wall clock, not the instant, so both passes of a fold are one occurrence and a change of the
/// zone's rules makes no second one. `series` is any stable text; the slot ends at the last `@`.
pub fn occurrence_key(series: &str, slot: &CivilTime) -> String {
    format!("{series}@{slot}")
}

impl fmt::Display for CivilTime {
    /// `2026-12-01T09:30:00[Europe/Lisbon]`, always with seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.at.strftime("%Y-%m-%dT%H:%M:%S"), self.zone)
    }
}

#[cfg(test)]
mod tests;
