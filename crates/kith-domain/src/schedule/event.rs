//! An event and the posts around it, which follow it wherever it goes.
//!
//! The posts are worked out anew whenever the event changes: what still waits moves along, what no longer has a time is
//! cancelled, what is out stays out and is not said again. A reminder never goes out after what it reminds of: each has
//! the instant after which it is dropped.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::reminder::{Offset, Reminder};
use super::{CivilTime, Shift, TimeOutOfRange, ZoneName, civil, occurrence_key};

/// The longest event, in days.
pub const EVENT_DAYS_MAX: i64 = 60;
/// A reminder that went out is not repeated for a start that moved by less than this.
pub const REPEAT_HOURS_MIN: i64 = 12;

/// Something at a time and a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// A stable name, such as its iCalendar UID.
    pub key: String,
    /// What it is.
    pub name: String,
    /// When it begins, on the wall clock.
    pub begins: DateTime,
    /// When it ends.
    pub ends: DateTime,
    /// Where the wall is.
    pub zone: ZoneName,
    /// Where people go.
    pub place: Option<String>,
    /// Where people click.
    pub link: Option<String>,
    /// When it was called off, if it was.
    pub cancelled_at: Option<Timestamp>,
}

/// Why an event cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("the event ends {ends}, before it begins {begins}; exchange the two")]
    EndsBefore { begins: DateTime, ends: DateTime },
    #[error("the event lasts more than {EVENT_DAYS_MAX} days; make each part an event")]
    TooLong,
    #[error(transparent)]
    OutOfRange(#[from] TimeOutOfRange),
}

/// Where a post stands to its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the start.
    Before,
    /// From the start to the end.
    During,
    /// After the end.
    After,
}

/// A reminder with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPost {
    /// The index of its reminder.
    pub reminder: usize,
    /// Which of the event's posts it is, whenever the event is: `day-3@09:00`, `before-120m`.
    pub slot: String,
    /// Unique for this event, slot and start; stays the same while the event stays where it is.
    pub occurrence_key: String,
    /// Before, during or after.
    pub phase: Phase,
    /// The wall clock of the event's zone.
    pub civil: CivilTime,
    /// When it goes out.
    pub due_at: Timestamp,
    /// What a change of the clock did to it.
    pub shift: Shift,
    /// Never send it at or after this instant.
    pub not_after: Option<Timestamp>,
}

impl Event {
    /// Its real begin and end, or why it cannot be.
    pub fn check(&self) -> Result<(Timestamp, Timestamp), EventError> {
        let instant = |at: DateTime| civil::resolve(at, &self.zone).map(|found| found.due_at);
        let (begins, ends) = (instant(self.begins)?, instant(self.ends)?);
        if ends < begins {
            return Err(EventError::EndsBefore { begins: self.begins, ends: self.ends });
        }
        if ends.duration_since(begins).as_hours() > EVENT_DAYS_MAX * 24 {
            return Err(EventError::TooLong);
        }
        Ok((begins, ends))
    }

    /// All posts of the event by time, past ones too; none if it was called off.
    ///
    /// What should go before the start and has no time before it is left out. Of several for one instant the one nearest
    /// to the start by its own words stays ("1 h before" rather than "each morning").
    pub fn posts(&self, reminders: &[Reminder]) -> Result<Vec<EventPost>, EventError> {
        let (begins, ends) = self.check()?;
        if self.cancelled_at.is_some() {
            return Ok(Vec::new());
        }
        let mut by_time: BTreeMap<Timestamp, (u8, EventPost)> = BTreeMap::new();
        for (reminder, one) in reminders.iter().enumerate() {
            for (slot, at) in self.slots(one.offset) {
                let Some((civil, due_at, shift)) = self.time(at, begins, ends) else { continue };
                let must_be_before = match one.offset {
                    Offset::EachDay { .. } | Offset::Before { .. } => true,
                    Offset::OnDay { days, .. } => days < 0,
                    Offset::AtStart | Offset::AfterEnd { .. } => false,
                };
                let must_be_after =
                    matches!(one.offset, Offset::AfterEnd { .. }) || matches!(one.offset, Offset::OnDay { days, .. } if days > 0);
                if (must_be_before && due_at >= begins) || (must_be_after && due_at < ends) {
                    continue;
                }
                let (phase, not_after) = match due_at {
                    at if at < begins => (Phase::Before, Some(begins)),
                    // "Doors open" of an event without length is true for the minute of its start.
                    at if at < ends || (at == begins && !must_be_after) => {
                        (Phase::During, Some(ends.max(begins + SignedDuration::from_mins(10))))
                    }
                    _ => (Phase::After, None),
                };
                let start = CivilTime { at: self.begins, zone: self.zone.clone() };
                let occurrence_key = occurrence_key(&format!("event:{}/{slot}", self.key), &start);
                let post = EventPost { reminder, slot, occurrence_key, phase, civil, due_at, shift, not_after };
                let rank = rank(one.offset);
                match by_time.get(&due_at) {
                    Some((known, _)) if *known <= rank => {}
                    _ => {
                        by_time.insert(due_at, (rank, post));
                    }
                }
            }
        }
        let mut slots = std::collections::BTreeSet::new();
        Ok(by_time.into_values().map(|(_, post)| post).filter(|post| slots.insert(post.slot.clone())).collect())
    }

    /// The slots of an offset with what they are measured from.
    fn slots(&self, offset: Offset) -> Vec<(String, Measured)> {
        let day = |days: i64, at: Time| {
            let date = self.begins.date().checked_add(days.days()).ok()?;
            Some((format!("day{days:+}@{}", at.strftime("%H:%M")), Measured::Civil(date, at)))
        };
        match offset {
            Offset::EachDay { first, last, at } => (last..=first).rev().filter_map(|days| day(-i64::from(days), at)).collect(),
            Offset::OnDay { days, at } => {
                // Days after are counted from the day on which it ends.
                let ends = self.ends.date().checked_add(i64::from(days).days()).ok();
                let after = ends.map(|date| (format!("day{days:+}@{}", at.strftime("%H:%M")), Measured::Civil(date, at)));
                if days > 0 { after.into_iter().collect() } else { day(i64::from(days), at).into_iter().collect() }
            }
            Offset::Before { minutes } => vec![(format!("before-{minutes}m"), Measured::FromStart(-i64::from(minutes)))],
            Offset::AtStart => vec![("start".to_owned(), Measured::FromStart(0))],
            Offset::AfterEnd { minutes } => vec![(format!("after-{minutes}m"), Measured::FromEnd(i64::from(minutes)))],
        }
    }

    fn time(&self, at: Measured, begins: Timestamp, ends: Timestamp) -> Option<(CivilTime, Timestamp, Shift)> {
        let real = |from: Timestamp, minutes: i64| {
            let due_at = from.checked_add(SignedDuration::from_mins(minutes)).ok()?;
            Some((CivilTime::of_instant(due_at, &self.zone), due_at, Shift::None))
        };
        match at {
            Measured::FromStart(minutes) => real(begins, minutes),
            Measured::FromEnd(minutes) => real(ends, minutes),
            Measured::Civil(date, time) => {
                let civil = CivilTime { at: date.to_datetime(time), zone: self.zone.clone() };
                let resolved = civil.resolve().ok()?;
                Some((civil, resolved.due_at, resolved.shift))
            }
        }
    }
}

/// What a slot is measured from.
#[derive(Debug, Clone, Copy)]
enum Measured {
    Civil(Date, Time),
    FromStart(i64),
    FromEnd(i64),
}

/// The smaller, the nearer to the start by its own words.
fn rank(offset: Offset) -> u8 {
    match offset {
        Offset::AtStart => 0,
        Offset::Before { .. } | Offset::AfterEnd { .. } => 1,
        Offset::OnDay { .. } => 2,
        Offset::EachDay { .. } => 3,
    }
}

/// A post of the event that the engine has stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPost {
    /// Its slot.
    pub slot: String,
    /// Its key.
    pub occurrence_key: String,
    /// When it goes or went out.
    pub due_at: Timestamp,
    /// It is out, or may be: it can't be moved or taken back.
    pub sent: bool,
}

/// What is to be done with one post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum PostChange {
    /// It stays as it is.
    Keep {
        /// Its key.
        occurrence_key: String,
    },
    /// It gets another time and the new key.
    Move {
        /// The key it has now.
        from_key: String,
        /// What it becomes.
        to: EventPost,
    },
    /// It is new.
    Add {
        /// What it is.
        post: EventPost,
    },
    /// It goes out no more.
    Cancel {
        /// Its key.
        occurrence_key: String,
        /// Why.
        why: CancelReason,
    },
}

/// Why a reminder goes out no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The event was called off.
    CalledOff,
    /// Its time is past now that the event moved.
    Past,
    /// The event has no such reminder any more.
    NoLongerAsked,
}

/// What a change of an event means for its posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// One for each post that waits or is new, by time.
    pub changes: Vec<PostChange>,
    /// A post that says so, if people have been told of the event already; only offered, a person decides.
    pub offer: Option<String>,
}

/// What to do with the stored posts of an event after it, or its reminders, changed. `before` is the event as people
/// know it.
pub fn revise(
    before: &Event,
    event: &Event,
    reminders: &[Reminder],
    stored: &[StoredPost],
    now: Timestamp,
) -> Result<Revision, EventError> {
    let (begins, _) = event.check()?;
    let (began, _) = before.check()?;
    let mut waiting: BTreeMap<&str, &StoredPost> = BTreeMap::new();
    let mut sent: BTreeMap<&str, &StoredPost> = BTreeMap::new();
    for post in stored {
        if post.sent { &mut sent } else { &mut waiting }.insert(&post.slot, post);
    }
    let small_move = begins.duration_since(began).abs() < SignedDuration::from_hours(REPEAT_HOURS_MIN);
    let mut changes = Vec::new();
    let mut past: Vec<String> = Vec::new();
    for post in event.posts(reminders)? {
        if post.due_at <= now {
            past.push(post.slot);
            continue;
        }
        if let Some(known) = waiting.remove(post.slot.as_str()) {
            changes.push(if known.occurrence_key == post.occurrence_key && known.due_at == post.due_at {
                PostChange::Keep { occurrence_key: known.occurrence_key.clone() }
            } else {
                PostChange::Move { from_key: known.occurrence_key.clone(), to: post }
            });
            continue;
        }
        // Said already for this start, or for one so near that it would be said twice.
        let said = sent.get(post.slot.as_str()).is_some_and(|known| known.occurrence_key == post.occurrence_key || small_move);
        if !said {
            changes.push(PostChange::Add { post });
        }
    }
    for (slot, known) in waiting {
        let why = match event.cancelled_at {
            Some(_) => CancelReason::CalledOff,
            None if past.iter().any(|past| past == slot) => CancelReason::Past,
            None => CancelReason::NoLongerAsked,
        };
        changes.push(PostChange::Cancel { occurrence_key: known.occurrence_key.clone(), why });
    }
    let told = !sent.is_empty() && began > now;
    Ok(Revision { changes, offer: told.then(|| offer(before, event)).flatten() })
}

/// The words that are offered when an event is called off or moves.
fn offer(before: &Event, event: &Event) -> Option<String> {
    let when = |event: &Event| event.begins.strftime("%A %-d %B %Y, %H:%M").to_string();
    let link = event.link.as_ref().map(|link| format!("\n\n{link}")).unwrap_or_default();
    if event.cancelled_at.is_some() && before.cancelled_at.is_none() {
        return Some(format!("{} on {} ({}) will not take place.{link}", before.name, when(before), before.zone));
    }
    let moved = event.begins != before.begins || event.zone != before.zone;
    moved.then(|| format!("{} has moved: it is now on {} ({}), not on {}.{link}", event.name, when(event), event.zone, when(before)))
}

#[cfg(test)]
mod tests;
