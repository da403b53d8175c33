//! The end of a channel's sign-in: a warning a week before and a day before, once each.

use jiff::{SignedDuration, Timestamp};

/// How near the end is when its owner hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndsWithin {
    /// Seven days.
    Week,
    /// One day, or it has ended.
    Day,
}

impl EndsWithin {
    /// The longest warning.
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Day => "day",
        }
    }
}

/// The warning that is due at `now` for a sign-in that ends at `ends_at`; `None` while the end is far.
pub fn ends_within(ends_at: Timestamp, now: Timestamp) -> Option<EndsWithin> {
    match ends_at.duration_since(now) {
        left if left <= SignedDuration::from_hours(24) => Some(EndsWithin::Day),
        left if left <= EndsWithin::LONGEST => Some(EndsWithin::Week),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_hears_a_week_and_a_day_before_the_end() {
        let end: Timestamp = "2026-12-08T12:00:00Z".parse().unwrap();
        let table = [
            ("2026-12-01T11:59:59Z", None),
            ("2026-12-01T12:00:00Z", Some(EndsWithin::Week)),
            ("2026-12-07T11:59:59Z", Some(EndsWithin::Week)),
            ("2026-12-07T12:00:00Z", Some(EndsWithin::Day)),
            ("2027-01-01T00:00:00Z", Some(EndsWithin::Day)),
        ];
        for (now, expected) in table {
            assert_eq!(ends_within(end, now.parse().unwrap()), expected, "{now}");
        }
    }
}
