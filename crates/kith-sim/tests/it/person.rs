//! What a person does, at good moments and bad ones.

use kith_sim::fault::{Blow, PrepareFault, SendFault};
use kith_sim::network::Guard;
use kith_sim::setting::{Act, HOUR, MINUTE, Mishap, Point, Script, Setting};

use crate::world::{ALL, KEYED, READABLE, blow, ends, kept, one, sends};

fn does(act: Act, at: i64, mut setting: Setting) -> Setting {
    setting.mishaps.push((at, Mishap::Person(0, act)));
    setting
}

#[test]
fn what_is_called_off_in_time_never_goes_out() {
    for guard in ALL {
        let mut setting = does(Act::Cancel, 1_000, one(guard));
        setting.posts[0].due_ms = 10 * MINUTE;
        ends(setting, "cancelled", 0);
    }
}

#[test]
fn what_is_called_off_while_it_is_prepared_never_goes_out() {
    for guard in ALL {
        let script = Script { prepares: vec![PrepareFault::Slow(100_000)], ..Script::default() };
        let run = ends(does(Act::Cancel, 61_000, Setting { script: Some(script), ..one(guard) }), "cancelled", 0);
        assert_eq!(run.ends[0].attempts, 0);
    }
}

#[test]
fn what_may_be_out_can_not_be_called_off() {
    for guard in READABLE {
        ends(does(Act::Cancel, 62_000, sends(guard, &[SendFault::AnswerLost(false)])), "published", 1);
    }
}

#[test]
fn a_missed_post_goes_out_when_a_person_says_so_even_if_the_network_is_busy_then() {
    for guard in ALL {
        let mut setting = does(Act::SendNow, 4 * HOUR, sends(guard, &[SendFault::SlowDown(Some(300)), SendFault::Unsent]));
        setting.mishaps.extend([(0, Mishap::DatabaseDown), (3 * HOUR, Mishap::DatabaseUp)]);
        ends(setting, "published", 1);
    }
}

#[test]
fn what_stands_still_is_held_and_goes_on_by_itself_when_that_is_over() {
    let spells = [
        (Mishap::Rests(None), Mishap::RestOver(None)),
        (Mishap::Rests(Some(0)), Mishap::RestOver(Some(0))),
        (Mishap::Brakes, Mishap::BrakeOpens),
    ];
    for guard in ALL {
        for (begins, over) in spells {
            let mut setting = one(guard);
            setting.mishaps.extend([(0, begins), (20 * MINUTE, over)]);
            ends(setting, "published", 1);
            // Past its grace it asks a person.
            let mut setting = one(guard);
            setting.mishaps.extend([(0, begins), (HOUR, over)]);
            ends(setting, "missed", 0);
            // A person lets it out meanwhile.
            let mut setting = does(Act::LetOut, HOUR, one(guard));
            setting.mishaps.extend([(0, begins), (3 * HOUR, over)]);
            ends(setting, "published", 1);
        }
    }
}

#[test]
fn what_has_begun_is_made_certain_while_it_stands_still() {
    for guard in READABLE {
        let mut setting = sends(guard, &[SendFault::AnswerLost(false)]);
        // It is claimed within a second of its time.
        setting.mishaps.extend([(MINUTE + 1_500, Mishap::Rests(None)), (9 * HOUR, Mishap::RestOver(None))]);
        ends(setting, "published", 1);
    }
}

#[test]
fn a_worker_that_dies_between_the_hold_and_its_second_look_leaves_nothing_held() {
    for (begins, over) in [(Mishap::Rests(None), Mishap::RestOver(None)), (Mishap::Brakes, Mishap::BrakeOpens)] {
        for nth in 1..=2 {
            let mut setting = blow(KEYED, Point::InCommit, nth, Blow::Crash(60_000));
            setting.workers = 1;
            setting.mishaps.extend([(0, begins), (MINUTE + 1, over)]);
            ends(setting, "published", 1);
        }
    }
}

#[test]
fn a_persons_word_does_not_hold_for_ever() {
    let mut setting = does(Act::SendNow, 4 * HOUR, sends(KEYED, &[SendFault::Unsent; 500]));
    setting.mishaps.extend([(0, Mishap::DatabaseDown), (3 * HOUR, Mishap::DatabaseUp)]);
    ends(setting, "missed", 0);
}

#[test]
fn send_again_on_a_network_that_can_be_read_looks_first() {
    // Asked after two lost tries; the second of them arrived late, and the person did not see it.
    let late = SendFault::AcceptedLate(440_000);
    for guard in [Guard::ReadBack, Guard::Duplicate { window_ms: 10 * MINUTE }] {
        let setting = does(Act::SendNow, 30 * MINUTE, sends(guard, &[SendFault::Hang, late]));
        ends(setting, "published", 1);
    }
}

#[test]
fn send_again_on_a_blind_network_sends_and_a_refusal_then_proves_nothing() {
    let sent = does(Act::SendNow, 10 * MINUTE, sends(Guard::Blind, &[SendFault::Hang]));
    assert_eq!(ends(sent, "published", 1).ends[0].attempts, 2);
    let busy = does(Act::SendNow, 10 * MINUTE, sends(Guard::Blind, &[SendFault::Hang, SendFault::SlowDown(Some(60))]));
    assert_eq!(ends(busy, "published", 1).ends[0].attempts, 3);
    let refused = does(Act::SendNow, 10 * MINUTE, sends(Guard::Blind, &[SendFault::AnswerLost(true), SendFault::Refused]));
    ends(refused, "needs_person", 1);
}

#[test]
fn it_is_there_binds_what_the_person_found() {
    for guard in ALL {
        ends(does(Act::ItIsThere, 5 * MINUTE, sends(guard, &[SendFault::AnswerLost(false)])), "published", 1);
    }
}

#[test]
fn a_missing_picture_is_put_back_and_the_post_goes_on() {
    let script = Script { prepares: vec![PrepareFault::Media], ..Script::default() };
    for guard in ALL {
        let run = kept(Setting { script: Some(script.clone()), answers: 1.0, ..one(guard) });
        assert!(matches!(run.ends[0].state, "published" | "cancelled"), "{}", run.story.join("\n"));
    }
}
