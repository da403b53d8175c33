//! Two contacts that are one person: merged by a person alone, and parted again for thirty days (R1).

use jiff::{SignedDuration, Timestamp};

/// So long two contacts that were made one can be parted again, in days.
pub const MERGE_UNDO_DAYS: i64 = 30;

/// Whether a merge of `at` can be taken back at `now`.
pub fn may_part(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) <= SignedDuration::from_hours(24 * MERGE_UNDO_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_days_and_no_longer() {
        let at = Timestamp::UNIX_EPOCH;
        assert!(may_part(at, at + SignedDuration::from_hours(24 * 30)));
        assert!(!may_part(at, at + SignedDuration::from_hours(24 * 30 + 1)));
    }
}
