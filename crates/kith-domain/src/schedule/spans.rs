//! Weekly windows as real time: spans of seconds in which a market is awake or somebody is there.
//!
//! A span is seconds since 1970, its end outside. A window in which the clock is changed is as long as it really is.

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use super::{Windows, ZoneName, civil};

/// A span of real seconds, its end outside.
pub(super) type Span = (i64, i64);

/// The windows that begin on the dates from `first` to `last`, both inside: sorted, none touching another.
pub(super) fn real_spans(windows: &Windows, zone: &ZoneName, first: Date, last: Date) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut date = first;
    while date <= last {
        spans.extend(real_spans_on(windows, zone, date));
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    merged(spans)
}

/// The windows that begin on one date, in order.
pub(super) fn real_spans_on(windows: &Windows, zone: &ZoneName, date: Date) -> Vec<Span> {
    let midnight = date.to_datetime(Time::midnight());
    let instant = |second: i64| Some(civil::resolve(midnight.checked_add(second.seconds()).ok()?, zone).ok()?.due_at.as_second());
    let spans = windows.on(date.weekday()).into_iter();
    spans.filter_map(|(from, to)| Some((instant(from)?, instant(to)?))).filter(|(from, to)| from < to).collect()
}

/// Sorted, those that touch joined.
pub(super) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for (from, to) in spans.into_iter().filter(|(from, to)| from < to) {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// What of `spans` lies outside `away`; both sorted and apart.
pub(super) fn without(spans: &[Span], away: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for (from, to) in spans {
        let mut begin = *from;
        for (gone, back) in away.iter().filter(|(gone, back)| gone < to && back > from) {
            if *gone > begin {
                left.push((begin, *gone));
            }
            begin = begin.max(*back);
        }
        if begin < *to {
            left.push((begin, *to));
        }
    }
    left
}

/// The span that holds the second.
pub(super) fn holding(spans: &[Span], second: i64) -> Option<Span> {
    let index = spans.partition_point(|(_, to)| *to <= second);
    spans.get(index).copied().filter(|(from, _)| *from <= second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_over_a_change_of_the_clock_are_as_long_as_they_are() {
        let berlin = ZoneName::parse("Europe/Berlin").unwrap();
        let windows = Windows::parse("daily 01:00-04:00").unwrap();
        let hours = |date: &str| {
            let spans = real_spans_on(&windows, &berlin, date.parse().unwrap());
            spans.iter().map(|(from, to)| (to - from) / 3600).collect::<Vec<_>>()
        };
        assert_eq!((hours("2027-03-27"), hours("2027-03-28"), hours("2027-10-31")), (vec![3], vec![2], vec![4]));
    }

    #[test]
    fn spans_are_joined_and_cut() {
        assert_eq!(merged(vec![(5, 9), (1, 3), (3, 4), (8, 12), (7, 7)]), [(1, 4), (5, 12)]);
        assert_eq!(without(&[(0, 10), (20, 30)], &[(2, 4), (8, 22), (40, 50)]), [(0, 2), (4, 8), (22, 30)]);
        assert_eq!((holding(&[(0, 10), (20, 30)], 10), holding(&[(0, 10), (20, 30)], 20)), (None, Some((20, 30))));
    }
}
