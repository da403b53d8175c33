//! Who is drifting: they kept writing, or were kind, and nobody here has written back for long (R2).
//!
//! Judged from what was said, never from what somebody logged. Who waits for an answer is not drifting: the inbox owes
//! it to them already.

use jiff::{SignedDuration, Timestamp};

/// So many messages of theirs make somebody whom we know (design of Today, item 5).
pub const DRIFTING_MESSAGES_MIN: u32 = 3;
/// So long without a word of ours, in days (same place; to be tried with owners before it is hardened).
pub const DRIFTING_DAYS: i64 = 60;
/// A kindness may wait so long before it counts as not thanked for, in days.
pub const KINDNESS_DAYS_MIN: i64 = 7;
/// After so many days a kindness is not brought up any more.
pub const KINDNESS_DAYS_MAX: i64 = 60;
/// "Later" puts a person off for so many days.
pub const LATER_DRIFT_DAYS: i64 = 14;

/// What is known of the talk with a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DriftFacts {
    /// Messages of theirs.
    pub theirs: u32,
    /// Their last message.
    pub last_theirs: Option<Timestamp>,
    /// Our last message to them.
    pub last_ours: Option<Timestamp>,
    /// The last time they passed a post of ours on.
    pub kindness: Option<Timestamp>,
    /// They wait for an answer now.
    pub is_owed: bool,
    /// A person said "later", until then.
    pub later_until: Option<Timestamp>,
    /// A person let them go; what they do afterwards counts anew.
    pub let_go_at: Option<Timestamp>,
}

/// Why somebody is drifting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// They wrote so often, and we last wrote then, or never.
    Silent {
        /// Messages of theirs.
        theirs: u32,
        /// Our last message.
        last_ours: Option<Timestamp>,
    },
    /// They passed on a post of ours then, and were never thanked.
    Unthanked {
        /// When.
        at: Timestamp,
    },
}

/// Judges one person. Silence comes before a kindness.
pub fn drifting(facts: &DriftFacts, now: Timestamp) -> Option<Drift> {
    let later = facts.later_until.is_some_and(|until| now < until);
    if facts.is_owed || later {
        return None;
    }
    let after_let_go = |at: Timestamp| facts.let_go_at.is_none_or(|gone| at > gone);
    let days = |at: Timestamp| now.duration_since(at);
    let long = SignedDuration::from_hours(24 * DRIFTING_DAYS);
    // Without a word of ours, the silence began when they last wrote.
    let since = facts.last_ours.or(facts.last_theirs);
    if facts.theirs >= DRIFTING_MESSAGES_MIN && since.is_some_and(|at| days(at) >= long) && facts.last_theirs.is_some_and(after_let_go) {
        return Some(Drift::Silent { theirs: facts.theirs, last_ours: facts.last_ours });
    }
    let at = facts.kindness.filter(|at| facts.last_ours.is_none_or(|ours| ours < *at)).filter(|at| after_let_go(*at))?;
    let waited = SignedDuration::from_hours(24 * KINDNESS_DAYS_MIN)..=SignedDuration::from_hours(24 * KINDNESS_DAYS_MAX);
    waited.contains(&days(at)).then_some(Drift::Unthanked { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * n)
    }

    fn known() -> DriftFacts {
        DriftFacts { theirs: 3, last_theirs: Some(day(90)), last_ours: Some(day(40)), ..DriftFacts::default() }
    }

    #[test]
    fn sixty_days_of_silence_after_three_messages_is_drifting() {
        assert_eq!(drifting(&known(), day(100)), Some(Drift::Silent { theirs: 3, last_ours: Some(day(40)) }));
        assert_eq!(drifting(&known(), day(99)), None, "a day too early");
        assert_eq!(drifting(&DriftFacts { theirs: 2, ..known() }, day(100)), None, "hardly known");
    }

    #[test]
    fn who_waits_or_was_put_off_or_let_go_is_not_drifting() {
        for facts in [
            DriftFacts { is_owed: true, ..known() },
            DriftFacts { later_until: Some(day(101)), ..known() },
            DriftFacts { let_go_at: Some(day(95)), ..known() },
        ] {
            assert_eq!(drifting(&facts, day(100)), None, "{facts:?}");
        }
        let back = DriftFacts { let_go_at: Some(day(89)), ..known() };
        assert!(drifting(&back, day(100)).is_some(), "they wrote again after they were let go");
    }

    #[test]
    fn without_a_word_of_ours_the_silence_begins_with_their_last() {
        let never = DriftFacts { last_ours: None, ..known() };
        assert_eq!(drifting(&never, day(149)), None);
        assert!(drifting(&never, day(150)).is_some());
    }

    #[test]
    fn a_kindness_waits_a_week_and_is_forgotten_after_two_months() {
        let kind = DriftFacts { kindness: Some(day(10)), ..DriftFacts::default() };
        assert_eq!(drifting(&kind, day(16)), None);
        assert_eq!(drifting(&kind, day(17)), Some(Drift::Unthanked { at: day(10) }));
        assert_eq!(drifting(&kind, day(71)), None);
        assert_eq!(drifting(&DriftFacts { last_ours: Some(day(11)), ..kind }, day(17)), None, "thanked");
    }
}
