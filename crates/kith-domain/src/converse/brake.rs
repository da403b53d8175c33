//! The brake (C4): who lets people wait too long sends no further broadcasts until they have been answered.
//!
//! A pure function of who waits since when, the workspace's rule, and the times that do not count (an absence, or the
//! hours outside presence where the rule says so). It names the person whose answer matters and the instant at which
//! posts begin to be held. Machines, reactions and conversations that a person closed never wait, so they never brake:
//! see `waiting`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::schedule::Presence;

/// Hours after which a wait holds the broadcasts, unless the workspace says otherwise.
pub const BRAKE_HOURS_DEFAULT: u32 = 24;
/// Fewest and most hours of a rule.
pub const BRAKE_HOURS_MIN: u32 = 1;
/// A week.
pub const BRAKE_HOURS_MAX: u32 = 168;
/// Most people owed a reply before posts are held, whatever their wait, that a rule may name.
pub const BRAKE_OWED_MAX: u32 = 1_000;
/// How long before it holds the brake says that it is closing.
pub const CLOSING_HOURS: i64 = 3;

/// A workspace's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrakeRule {
    /// Counted hours that a person may wait.
    pub hours: u32,
    /// As many people owed a reply as this hold the posts too; `None`: their number does not matter.
    #[serde(default)]
    pub owed: Option<u32>,
    /// Only hours of presence count.
    #[serde(default)]
    pub only_presence: bool,
}

/// One person who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter<T> {
    /// Who.
    pub who: T,
    /// Since when.
    pub since: Timestamp,
}

/// A time that does not count, from the first instant to before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

/// The times that do not count for waits between these instants: the absences, and where the rule says so all hours
/// outside presence, if any were given.
pub fn pauses(
    rule: BrakeRule,
    presence: Option<&Presence>,
    absences: &[(Timestamp, Timestamp)],
    between: (Timestamp, Timestamp),
) -> Vec<Pause> {
    let away = presence.into_iter().flat_map(|presence| &presence.away).chain(absences);
    let mut pauses: Vec<Pause> = away.map(|(from, to)| Pause { from: *from, to: *to }).collect();
    let Some(presence) = presence.filter(|_| rule.only_presence) else { return pauses };
    let spans = presence.between(between.0, between.1);
    let mut here = spans.here().peekable();
    if !spans.said() || here.peek().is_none() {
        // Who is never there would never be asked; then all hours count.
        return pauses;
    }
    let mut from = between.0;
    for (begins, ends) in here {
        if begins > from {
            pauses.push(Pause { from, to: begins });
        }
        from = from.max(ends);
    }
    pauses
}

/// Why posts are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because<T> {
    /// This person has waited as long as the rule allows.
    WaitsTooLong(Waiter<T>),
    /// So many are owed a reply.
    TooMany(u32),
}

/// The three states of the brake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brake<T> {
    /// Nobody is near. `holds_at`: when it would hold if nothing changed; `None` while nobody waits.
    Open {
        /// When it would hold.
        holds_at: Option<Timestamp>,
    },
    /// Somebody is inside the last three hours.
    Closing {
        /// The one whose answer matters.
        first: Waiter<T>,
        /// When it holds.
        holds_at: Timestamp,
    },
    /// Posts are held.
    Holding {
        /// Why.
        because: Because<T>,
        /// Since when.
        since: Timestamp,
    },
}

/// A rule that can't be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The hours are outside their bounds.
    #[error("the brake can wait {BRAKE_HOURS_MIN} to {BRAKE_HOURS_MAX} hours, not {0}")]
    Hours(u32),
    /// The number of people is outside its bounds.
    #[error("the brake can wait for 1 to {BRAKE_OWED_MAX} people, not {0}")]
    Owed(u32),
}

impl Default for BrakeRule {
    fn default() -> Self {
        Self { hours: BRAKE_HOURS_DEFAULT, owed: None, only_presence: false }
    }
}

impl BrakeRule {
    /// Refuses what can't be kept. There is no rule without a brake: Kith is not for those who never answer.
    pub fn check(self) -> Result<Self, RuleError> {
        if !(BRAKE_HOURS_MIN..=BRAKE_HOURS_MAX).contains(&self.hours) {
            return Err(RuleError::Hours(self.hours));
        }
        match self.owed {
            Some(owed) if !(1..=BRAKE_OWED_MAX).contains(&owed) => Err(RuleError::Owed(owed)),
            _ => Ok(self),
        }
    }

    /// When a wait since then reaches the rule's hours: `pauses` do not count (any order, they may overlap).
    pub fn holds_at(self, since: Timestamp, pauses: &[Pause]) -> Timestamp {
        let mut pauses: Vec<Pause> = pauses.iter().copied().filter(|pause| pause.from < pause.to && pause.to > since).collect();
        pauses.sort_unstable_by_key(|pause| (pause.from, pause.to));
        let (mut at, mut left) = (since, SignedDuration::from_hours(i64::from(self.hours)));
        for pause in pauses {
            if pause.from > at {
                let counted = pause.from.duration_since(at);
                // Reached exactly when a pause begins, it holds then: the wait was as long as allowed.
                if counted >= left {
                    break;
                }
                left -= counted;
            }
            at = at.max(pause.to);
        }
        at.saturating_add(left).unwrap_or(Timestamp::MAX)
    }
}

/// Judges. `waiting`: everyone owed a reply, the longest wait first.
pub fn brake<T: Clone>(waiting: &[Waiter<T>], rule: BrakeRule, pauses: &[Pause], now: Timestamp) -> Brake<T> {
    let Some(first) = waiting.first() else { return Brake::Open { holds_at: None } };
    let by_time = rule.holds_at(first.since, pauses);
    // Too many are owed since the last of so many began to wait, unless that time does not count.
    let many = rule.owed.and_then(|n| waiting.get(usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX)));
    let by_number = many.map(|last| after_pauses(last.since, pauses));
    if by_time <= now && by_number.is_none_or(|at| by_time <= at) {
        return Brake::Holding { because: Because::WaitsTooLong(first.clone()), since: by_time };
    }
    if let Some(at) = by_number
        && at <= now
    {
        let owed = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        return Brake::Holding { because: Because::TooMany(owed), since: at };
    }
    let holds_at = by_number.map_or(by_time, |at| at.min(by_time));
    if holds_at.duration_since(now) <= SignedDuration::from_hours(CLOSING_HOURS) {
        return Brake::Closing { first: first.clone(), holds_at };
    }
    Brake::Open { holds_at: Some(holds_at) }
}

/// The first instant at or after `at` that counts.
fn after_pauses(at: Timestamp, pauses: &[Pause]) -> Timestamp {
    let mut at = at;
    // Each pass that moves `at` uses up at least one pause.
    for _ in 0..=pauses.len() {
        match pauses.iter().filter(|pause| pause.from <= at && at < pause.to).map(|pause| pause.to).max() {
            Some(to) => at = to,
            None => break,
        }
    }
    at
}

impl<T> Brake<T> {
    /// Whether posts are held now.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Holding { .. })
    }

    /// The state's name: `open`, `closing`, `holding`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Closing { .. } => "closing",
            Self::Holding { .. } => "holding",
        }
    }

    /// When it holds or began to; `None` while nobody waits.
    pub fn holds_at(&self) -> Option<Timestamp> {
        match self {
            Self::Open { holds_at } => *holds_at,
            Self::Closing { holds_at, .. } => Some(*holds_at),
            Self::Holding { since, .. } => Some(*since),
        }
    }
}

#[cfg(test)]
#[path = "brake_tests.rs"]
mod tests;
