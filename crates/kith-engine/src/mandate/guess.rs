//! Slowing guesses of passwords, by e-mail and by client address (S22).
//!
//! Counts live in memory and are bounded: a restart forgives, a flood of names pushes out the oldest.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Wrong guesses in a row that are free.
const FREE_GUESSES: u32 = 5;
/// First pause after them, in seconds; doubles with each wrong guess.
const PAUSE_FIRST_S: i64 = 2;
/// Longest pause, in seconds.
const PAUSE_MAX_S: i64 = 15 * 60;
/// Names remembered at once.
const NAMES_MAX: usize = 10_000;

/// Wrong guesses by name.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<HashMap<String, Wrong>>);

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    last: Timestamp,
}

impl Guesses {
    /// How long this name must wait before its next guess; `None` if not at all.
    pub(crate) fn wait(&self, name: &str, now: Timestamp) -> Option<SignedDuration> {
        let wrong = *self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name)?;
        let left = pause(wrong.count) - now.duration_since(wrong.last);
        left.is_positive().then_some(left)
    }

    /// Notes a wrong guess.
    pub(crate) fn wrong(&self, name: &str, now: Timestamp) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES_MAX
            && let Some(oldest) = names.iter().min_by_key(|(_, wrong)| wrong.last).map(|(name, _)| name.clone())
        {
            names.remove(&oldest);
        }
        let wrong = names.entry(name.to_owned()).or_insert(Wrong { count: 0, last: now });
        *wrong = Wrong { count: wrong.count.saturating_add(1), last: now };
    }

    /// Forgets a name that got it right.
    pub(crate) fn right(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

fn pause(count: u32) -> SignedDuration {
    match count.checked_sub(FREE_GUESSES) {
        None => SignedDuration::ZERO,
        Some(over) => SignedDuration::from_secs(PAUSE_FIRST_S.saturating_mul(1 << over.min(10)).min(PAUSE_MAX_S)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_slows_down_and_the_right_one_forgives() {
        let (guesses, now) = (Guesses::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..FREE_GUESSES {
            assert_eq!(guesses.wait("ana", now), None);
            guesses.wrong("ana", now);
        }
        assert_eq!(guesses.wait("ana", now), Some(SignedDuration::from_secs(PAUSE_FIRST_S)));
        assert_eq!(guesses.wait("bo", now), None, "others are not slowed");
        assert_eq!(guesses.wait("ana", now + SignedDuration::from_secs(3)), None);
        guesses.wrong("ana", now);
        assert_eq!(guesses.wait("ana", now), Some(SignedDuration::from_secs(4)));
        guesses.right("ana");
        assert_eq!(guesses.wait("ana", now), None);
    }

    #[test]
    fn a_flood_of_names_stays_bounded() {
        let guesses = Guesses::default();
        for i in 0..NAMES_MAX + 50 {
            guesses.wrong(&i.to_string(), Timestamp::from_second(i as i64).unwrap());
        }
        assert_eq!(guesses.0.lock().unwrap().len(), NAMES_MAX);
    }
}
