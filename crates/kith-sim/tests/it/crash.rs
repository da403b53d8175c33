//! Workers that die or stand still, at each point of their way.

use kith_sim::fault::{Blow, PrepareFault};
use kith_sim::network::Guard;
use kith_sim::setting::{HOUR, MINUTE, Mishap, Point, Script, Setting};

use crate::world::{ALL, KEYED, READABLE, blow, ends, kept, one};

const CRASH: Blow = Blow::Crash(5_000);

#[test]
fn a_crash_before_the_intent_sends_nothing_and_loses_nothing() {
    for guard in ALL {
        for point in [Point::Select, Point::AfterClaim, Point::AfterPrepare] {
            let run = ends(blow(guard, point, 1, CRASH), "published", 1);
            assert_eq!(run.ends[0].attempts, 1, "{point:?}");
        }
    }
}

#[test]
fn a_crash_between_intent_and_send_is_settled_by_class() {
    for point in [Point::AfterIntent, Point::AfterCheck] {
        for guard in READABLE {
            let run = ends(blow(guard, point, 1, CRASH), "published", 1);
            assert_eq!(run.ends[0].attempts, 2);
        }
        ends(blow(Guard::Blind, point, 1, CRASH), "needs_person", 0);
    }
}

#[test]
fn a_crash_between_send_and_result_is_found_and_not_sent_again() {
    for point in [Point::AfterSend, Point::BeforeResult] {
        for guard in READABLE {
            let run = ends(blow(guard, point, 1, CRASH), "published", 1);
            assert_eq!(run.ends[0].attempts, 1, "{point:?} {guard:?}");
        }
        ends(blow(Guard::Blind, point, 1, CRASH), "needs_person", 1);
    }
}

#[test]
fn a_crash_after_the_result_changes_nothing() {
    for guard in ALL {
        ends(blow(guard, Point::InCommit, 1, CRASH), "published", 1);
    }
}

#[test]
fn a_crash_in_a_look_only_looks_again() {
    for point in [Point::AfterLookBegan, Point::BeforeLookResult] {
        for guard in READABLE {
            let mut setting = blow(guard, Point::BeforeResult, 1, CRASH);
            setting.script.as_mut().unwrap().blows.push((point, 1, CRASH));
            ends(setting, "published", 1);
        }
    }
}

#[test]
fn a_single_worker_that_starts_again_does_not_wait_for_its_own_lease() {
    let mut setting = blow(KEYED, Point::BeforeResult, 1, CRASH);
    setting.workers = 1;
    let run = ends(setting, "published", 1);
    assert!(run.story.last().unwrap().starts_with("00:01:"), "within the minute:\n{}", run.story.join("\n"));
}

#[test]
fn a_zombies_result_is_refused_and_its_late_send_is_stopped() {
    let long = Blow::Freeze(10 * MINUTE);
    for guard in READABLE {
        let run = ends(blow(guard, Point::BeforeResult, 1, long), "published", 1);
        assert_eq!(run.report.fenced, 1, "{guard:?}");
        // Frozen before the deadline is checked: the zombie itself sends nothing.
        ends(blow(guard, Point::AfterIntent, 1, long), "published", 1);
    }
    ends(blow(Guard::Blind, Point::AfterIntent, 1, long), "needs_person", 0);
}

#[test]
fn only_a_freeze_between_the_check_and_the_send_doubles_and_only_without_a_key() {
    for long in [Blow::Freeze(20 * MINUTE), Blow::Suspend(20 * MINUTE)] {
        for guard in [Guard::Record, Guard::Staged { refuses: false }, KEYED] {
            let run = ends(blow(guard, Point::AfterCheck, 1, long), "published", 1);
            assert_eq!(run.report.by_freeze, 0);
        }
        let run = ends(blow(Guard::ReadBack, Point::AfterCheck, 1, long), "published", 2);
        assert_eq!(run.report.by_freeze, 1, "the hole that the claim names");
    }
}

#[test]
fn a_machine_that_slept_with_a_claim_in_hand_does_not_send_late_unasked() {
    for point in [Point::AfterClaim, Point::AfterPrepare] {
        let mut setting = blow(KEYED, point, 1, Blow::Suspend(3 * HOUR));
        setting.workers = 1;
        ends(setting, "missed", 0);
    }
    // Even where the other worker sleeps as well, as on one laptop.
    let mut setting = blow(KEYED, Point::AfterPrepare, 1, Blow::Suspend(3 * HOUR));
    setting.mishaps.push((MINUTE, Mishap::Blow(0, Blow::Suspend(3 * HOUR))));
    setting.mishaps.push((MINUTE, Mishap::Blow(1, Blow::Suspend(3 * HOUR))));
    ends(setting, "missed", 0);
}

#[test]
fn what_crashed_in_its_send_yesterday_does_not_go_out_today_unasked() {
    for guard in READABLE {
        let mut setting = blow(guard, Point::AfterIntent, 1, Blow::Crash(20 * HOUR));
        setting.workers = 1;
        ends(setting, "needs_person", 0);
    }
}

#[test]
fn a_slow_preparation_outlives_no_claim() {
    let script = Script { prepares: vec![PrepareFault::Slow(130_000)], ..Script::default() };
    ends(Setting { script: Some(script), ..one(KEYED) }, "published", 1);
}

#[test]
fn a_database_that_is_gone_for_half_an_hour_sends_nothing_blind() {
    for guard in ALL {
        for down in [20_000, MINUTE + 30] {
            let mut setting = one(guard);
            setting.posts.push(kith_sim::setting::Planned { due_ms: 20 * MINUTE, text: 2, ..setting.posts[0] });
            setting.mishaps = vec![(down, Mishap::DatabaseDown), (down + 40 * MINUTE, Mishap::DatabaseUp)];
            let run = kept(setting);
            assert_eq!(run.ends[1].state, "published", "within its grace");
            assert!(run.ends[0].shown <= 1);
        }
    }
}
