//! The seconds of a window in which a post may go out.
//!
//! A window is civil time; what counts for gaps is real time. [`Free`] holds the real seconds that a window has on one
//! date: each is shown once by the wall clock of that date, inside the window, and looks like a person's.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};

use super::{Shift, ZoneName, civil};

/// Minutes of the hour on which machines post.
const ROBOT_MINUTES: [i64; 4] = [0, 15, 30, 45];
/// Day number 0.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);
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

    /// The seconds of a span of real time (`to` outside) on minutes for which `usable` says yes, by the wall clock of
    /// `zone`: the date and the minute of that day. Of a minute that comes twice the first is taken.
    pub(super) fn of_span((from, to): (i64, i64), zone: &ZoneName, usable: &dyn Fn(Date, i64) -> bool) -> Self {
        let offset = |second: i64| Some(i64::from(zone.rules().to_offset(Timestamp::from_second(second).ok()?).seconds()));
        let (Some(first), Some(last)) = (offset(from), offset(to)) else { return Self::default() };
        let mut free = Self::default();
        // Wall minutes that begin inside; on most dates the clock is not changed, and the offset is looked up twice.
        let mut wall = (from + first).div_euclid(60) + i64::from((from + first).rem_euclid(60) > 0);
        let end = (to + last.max(first)).div_euclid(60);
        let even = first == last && !changes_between(from, to, zone);
        while wall < end {
            let minute = wall.rem_euclid(24 * 60);
            let date = date_of(wall.div_euclid(24 * 60));
            wall += 1;
            if ROBOT_MINUTES.contains(&minute.rem_euclid(60)) || !date.is_some_and(|date| usable(date, minute)) {
                continue;
            }
            let begin = if even { Some((wall - 1) * 60 - first) } else { date.and_then(|date| begin_of_minute(date, minute, zone)) };
            if let Some(begin) = begin.filter(|begin| *begin >= from && begin + 60 <= to) {
                free.spans.push((begin + SECONDS_USED.0, begin + SECONDS_USED.1));
            }
        }
        free.spans.sort_unstable();
        free
    }

    /// What lies inside one of `spans`, which are sorted, apart and end outside.
    pub(super) fn within(&self, spans: &[(i64, i64)]) -> Self {
        let inside = |(first, last): &(i64, i64)| {
            let (first, last) = (*first, *last);
            let begin = spans.partition_point(|(_, end)| *end <= first);
            let touching: Vec<(i64, i64)> = spans.iter().skip(begin).take_while(|(from, _)| *from <= last).copied().collect();
            touching.into_iter().map(move |(from, to)| (from.max(first), (to - 1).min(last)))
        };
        Self { spans: self.spans.iter().flat_map(inside).filter(|(first, last)| first <= last).collect() }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
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

/// Whether the offset of the zone is changed inside the span.
fn changes_between(from: i64, to: i64, zone: &ZoneName) -> bool {
    let Ok(begin) = Timestamp::from_second(from) else { return true };
    zone.rules().following(begin).next().is_some_and(|change| change.timestamp().as_second() < to)
}

/// The date so many days after 1970-01-01.
fn date_of(days: i64) -> Option<Date> {
    EPOCH.checked_add(days.days()).ok()
}

/// The first instant of a wall minute that exists whole.
fn begin_of_minute(date: Date, minute: i64, zone: &ZoneName) -> Option<i64> {
    let at = date.to_datetime(Time::midnight()).checked_add(minute.minutes()).ok()?;
    let (begin, end) = (civil::resolve(at, zone).ok()?, civil::resolve(at.checked_add(59.seconds()).ok()?, zone).ok()?);
    let gap = |shift: Shift| matches!(shift, Shift::Gap { .. });
    let (first, last) = (begin.due_at.as_second(), end.due_at.as_second());
    (!gap(begin.shift) && !gap(end.shift) && last - first == 59).then_some(first)
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
