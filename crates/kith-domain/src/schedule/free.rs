//! The seconds of a window in which a post may go out.
//!
//! A window is civil time; what counts for gaps is real time. [`Free`] holds the real seconds that a window has on one
//! date: each is shown once by the wall clock of that date, inside the window, and looks like a person's.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use super::{Shift, ZoneName, civil};

/// Minutes of the hour on which machines post.
const ROBOT_MINUTES: [i64; 4] = [0, 15, 30, 45];
/// Seconds of a minute that are used: not the first, on which machines post too.
const SECONDS_USED: (i64, i64) = (1, 59);

/// Seconds since 1970 as spans with both ends inside, in order, apart from each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Free {
    spans: Vec<(i64, i64)>,
}

impl Free {
    /// The seconds of the window from `from` to `to` (civil seconds after the midnight of `date`, `to` outside).
    ///
    /// `avoided` are minutes of the day not to be used. A skipped minute has no seconds, of one that comes twice the
    /// first is taken, so every second resolves from its own wall clock.
    pub(super) fn of_window(date: Date, (from, to): (i64, i64), zone: &ZoneName, avoided: &BTreeSet<i64>) -> Self {
        let midnight = date.to_datetime(Time::midnight());
        let instant = |second: i64| {
            let resolved = civil::resolve(midnight.checked_add(second.seconds()).ok()?, zone).ok()?;
            Some((resolved.due_at.as_second(), resolved.shift))
        };
        // On most dates the clock is not changed inside the window, and one look is enough.
        let even = match (instant(from), instant(to)) {
            (Some((begin, Shift::None)), Some((end, Shift::None))) if end - begin == to - from => Some(begin - from),
            _ => None,
        };
        let mut free = Self::default();
        for minute in from.div_euclid(60)..to.div_euclid(60) {
            if ROBOT_MINUTES.contains(&minute.rem_euclid(60)) || avoided.contains(&minute.rem_euclid(24 * 60)) {
                continue;
            }
            let second = |second: i64| {
                let wall = minute * 60 + second;
                let looked_up = || instant(wall).filter(|(_, shift)| !matches!(shift, Shift::Gap { .. })).map(|(at, _)| at);
                even.map(|begin| begin + wall).or_else(looked_up)
            };
            if let (Some(first), Some(last)) = (second(SECONDS_USED.0), second(SECONDS_USED.1))
                && last - first == SECONDS_USED.1 - SECONDS_USED.0
            {
                free.spans.push((first, last));
            }
        }
        free
    }

    /// All seconds of several windows, which are in order.
    pub(super) fn joined(parts: &[Self]) -> Self {
        Self { spans: parts.iter().flat_map(|part| part.spans.iter().copied()).collect() }
    }

    /// The seconds from `from` on.
    pub(super) fn since(&self, from: i64) -> Self {
        let later = self.spans.iter().filter(|(_, last)| *last >= from);
        Self { spans: later.map(|(first, last)| ((*first).max(from), *last)).collect() }
    }

    /// Without what is closer than `gap` to one of `taken`, which is sorted.
    pub(super) fn without(mut self, taken: &[i64], gap: i64) -> Self {
        let Some((begin, end)) = self.ends() else { return self };
        let first = taken.partition_point(|at| *at <= begin - gap);
        for at in taken.iter().skip(first).take_while(|at| **at < end + gap) {
            let (low, high) = (at - gap, at + gap);
            self.spans = self
                .spans
                .into_iter()
                .flat_map(|(first, last)| [(first, last.min(low)), (first.max(high), last)])
                .filter(|(first, last)| first <= last)
                .collect();
        }
        self
    }

    fn ends(&self) -> Option<(i64, i64)> {
        Some((self.spans.first()?.0, self.spans.last()?.1))
    }

    /// The first second at or after `from`.
    pub(super) fn first_from(&self, from: i64) -> Option<i64> {
        let index = self.spans.partition_point(|(_, last)| *last < from);
        self.spans.get(index).map(|(first, _)| (*first).max(from))
    }

    /// The last second at or before `to`.
    pub(super) fn last_to(&self, to: i64) -> Option<i64> {
        let index = self.spans.partition_point(|(first, _)| *first <= to);
        self.spans.get(index.checked_sub(1)?).map(|(_, last)| (*last).min(to))
    }

    /// How many seconds there are.
    pub(super) fn len(&self) -> i64 {
        self.spans.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// How many there are from `from` to `to`, both inside.
    pub(super) fn count(&self, from: i64, to: i64) -> i64 {
        self.clipped(from, to).map(|(first, last)| last - first + 1).sum()
    }

    /// The `n`th from `from` to `to`, counted from 0.
    pub(super) fn nth(&self, from: i64, to: i64, mut n: i64) -> Option<i64> {
        for (first, last) in self.clipped(from, to) {
            let here = last - first + 1;
            if n < here {
                return Some(first + n);
            }
            n -= here;
        }
        None
    }

    fn clipped(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.spans.iter().map(move |(first, last)| ((*first).max(from), (*last).min(to))).filter(|(first, last)| first <= last)
    }

    /// How many posts find room, each `gap` from the next.
    pub(super) fn room(&self, gap: i64) -> usize {
        let mut count = 0;
        let mut at = i64::MIN;
        while let Some(next) = self.first_from(at) {
            count += 1;
            at = next + gap;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(date: &str, window: (i64, i64), zone: &str) -> Free {
        Free::of_window(date.parse().unwrap(), window, &ZoneName::parse(zone).unwrap(), &BTreeSet::new())
    }

    #[test]
    fn an_hour_has_56_minutes_of_59_seconds() {
        assert_eq!(of("2026-12-01", (9 * 3600, 10 * 3600), "Europe/Lisbon").len(), 56 * 59);
    }

    #[test]
    fn a_skipped_hour_is_empty_and_a_double_one_counts_once() {
        let hour = (2 * 3600, 3 * 3600);
        assert_eq!(of("2027-03-28", hour, "Europe/Berlin").len(), 0);
        assert_eq!(of("2027-10-31", hour, "Europe/Berlin").len(), 56 * 59);
        let begin: jiff::Timestamp = "2027-10-31T00:00:00Z".parse().unwrap();
        assert_eq!(of("2027-10-31", hour, "Europe/Berlin").first_from(0), Some(begin.as_second() + 61));
    }

    #[test]
    fn what_is_taken_keeps_its_distance() {
        let free = Free { spans: vec![(0, 100), (200, 300)] };
        let rest = free.clone().without(&[50, 250], 30);
        assert_eq!(rest.spans, [(0, 20), (80, 100), (200, 220), (280, 300)]);
        assert_eq!((rest.first_from(21), rest.last_to(79), rest.first_from(301), rest.last_to(-1)), (Some(80), Some(20), None, None));
        assert_eq!((rest.count(10, 90), rest.nth(10, 90, 11), rest.nth(10, 90, 22)), (22, Some(80), None));
        assert_eq!(free.without(&[-1000, 1000], 30).room(100), 4);
    }
}
