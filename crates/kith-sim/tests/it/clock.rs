//! Wall clocks that jump.

use kith_sim::fault::{Blow, SendFault};
use kith_sim::network::Guard;
use kith_sim::setting::{HOUR, MINUTE, Mishap, Planned, Point, Script, Setting};

use crate::world::{ALL, KEYED, READABLE, ends, kept, one, sends};

const TEN_YEARS: i64 = 3_652 * 24 * HOUR;

#[test]
fn a_clock_that_goes_back_fires_nothing_twice() {
    for guard in ALL {
        let mut setting = one(guard);
        setting.mishaps = vec![(5 * MINUTE, Mishap::Jump(-HOUR))];
        assert_eq!(ends(setting, "published", 1).ends[0].attempts, 1);
    }
}

#[test]
fn a_clock_that_leaps_for_less_than_the_hold_fires_nothing() {
    for guard in ALL {
        let mut setting = one(guard);
        setting.posts[0].due_ms = 2 * HOUR;
        setting.mishaps = vec![(HOUR, Mishap::Jump(TEN_YEARS)), (HOUR + 30_000, Mishap::Jump(-TEN_YEARS))];
        ends(setting, "published", 1);
    }
}

#[test]
fn a_clock_that_stays_ahead_asks_instead_of_blasting() {
    for guard in ALL {
        let mut setting = one(guard);
        setting.posts = (0..10).map(|at| Planned { channel: 0, text: at, due_ms: HOUR * i64::from(at + 2), grace_s: 1_800 }).collect();
        setting.mishaps = vec![(HOUR, Mishap::Jump(TEN_YEARS))];
        let run = kept(setting);
        assert!(run.ends.iter().all(|end| (end.state, end.shown) == ("missed", 0)));
    }
}

#[test]
fn a_wrong_clock_makes_no_double_where_there_is_a_key() {
    for guard in [Guard::Record, Guard::Staged { refuses: false }, KEYED] {
        for jump in [HOUR, -HOUR, TEN_YEARS] {
            for at in [30_000, MINUTE + 5_000, MINUTE + 40_000] {
                let mut setting = sends(guard, &[SendFault::AcceptedLate(120_000)]);
                setting.mishaps = vec![(at, Mishap::Jump(jump))];
                assert!(kept(setting).ends[0].shown <= 1, "{guard:?} {jump} {at}");
            }
        }
    }
}

#[test]
fn what_only_a_wrong_clock_put_off_is_not_lost_when_the_clock_is_right_again() {
    for guard in READABLE {
        let mut setting = sends(guard, &[SendFault::Hang]);
        // Claimed, sent and given up within the time that the clock is wrong, and past its hold.
        setting.mishaps = vec![(MINUTE + 10_000, Mishap::Jump(TEN_YEARS)), (20 * MINUTE, Mishap::Jump(-TEN_YEARS))];
        let run = kept(setting);
        assert_ne!(run.ends[0].state, "uncertain", "{guard:?}");
    }
}

#[test]
fn what_a_start_under_a_wrong_clock_took_over_is_not_lost_when_the_clock_is_right_again() {
    let crash = Blow::Crash(5_000);
    for guard in ALL {
        let script = Script { blows: vec![(Point::AfterClaim, 1, crash), (Point::Select, 3, crash)], ..Script::default() };
        let mut setting = Setting { workers: 1, script: Some(script), ..one(guard) };
        setting.mishaps = vec![(MINUTE - 10_000, Mishap::Jump(TEN_YEARS)), (MINUTE + 90_000, Mishap::Jump(-TEN_YEARS))];
        kept(setting);
    }
}
