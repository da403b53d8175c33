//! Facts about the machine, one test each.

use super::*;
use crate::ids::{ChannelId, DispatchId, PostId, VariantId, WorkspaceId};
use crate::publish::{Answer, Content, KEY_PAUSE_S, Looked, SETTLE_S, after_look, by_person, clock_went_back};
use uuid::Uuid;

const KEYED: Class = Class::Keyed { ttl_s: 3_600 };

fn at(s: i64) -> Timestamp {
    Timestamp::from_second(1_764_576_000 + s).unwrap()
}

fn dispatch(state: State) -> Dispatch {
    Dispatch {
        id: DispatchId::from_uuid(Uuid::from_u128(1)),
        workspace: WorkspaceId::from_uuid(Uuid::from_u128(2)),
        post: PostId::from_uuid(Uuid::from_u128(3)),
        variant: VariantId::from_uuid(Uuid::from_u128(4)),
        channel: ChannelId::from_uuid(Uuid::from_u128(5)),
        occurrence_key: "k".into(),
        civil: "2025-12-01T08:00:00".into(),
        zone: "UTC".into(),
        due_at: at(0),
        grace_s: GRACE_DEFAULT_S,
        payload_hash: Content::default().hash(),
        remote_key: "key".into(),
        prepared: Some("{}".into()),
        state,
        fence: 1,
        attempts: 1,
        first_send: Some(at(1)),
        last_send: Some(at(1)),
    }
}

fn planned() -> State {
    State::planned()
}

fn unsure(absences: u32, unknowns: u32) -> State {
    State::Uncertain { why: "no answer".into(), look_at: at(3), absences, unknowns, late_until: None, cleared: false }
}

fn sending(unknowns: u32) -> State {
    State::Sending { unknowns, late_until: None }
}

fn facts(class: Class) -> ChannelFacts {
    ChannelFacts { hold: None, class }
}

fn receipt() -> Receipt {
    Receipt { remote_id: "109".into(), url: None, at: at(1) }
}

fn unknown() -> Outcome {
    Err(PublishError::Unknown { why: "no answer".into() })
}

#[test]
fn a_due_post_is_prepared_and_an_early_one_rests() {
    let decision = wake(&dispatch(planned()), &facts(KEYED), at(0));
    assert_eq!((decision.state, decision.task), (State::Claimed { late_until: None }, Task::Prepare));
    let decision = wake(&dispatch(planned()), &facts(KEYED), at(-1));
    assert_eq!((decision.state, decision.task), (planned(), Task::Rest));
}

#[test]
fn a_post_later_than_its_grace_is_missed_and_asks() {
    let late = wake(&dispatch(planned()), &facts(KEYED), at(GRACE_DEFAULT_S + 1));
    assert!(matches!(late.state, State::Missed { .. }));
    assert_eq!((late.task, late.notice), (Task::Rest, Some(Notice::Missed)));
    assert_eq!(wake(&dispatch(planned()), &facts(KEYED), at(GRACE_DEFAULT_S)).task, Task::Prepare);
}

#[test]
fn a_missed_post_goes_out_late_once_a_person_says_so() {
    let missed = dispatch(State::Missed { found_at: at(9_000) });
    let decision = by_person(&missed, Answer::SendNow, at(9_001)).unwrap();
    assert_eq!(wake(&dispatch(decision.state), &facts(KEYED), at(9_001)).task, Task::Prepare);
}

#[test]
fn a_held_channel_sends_nothing_and_goes_on_when_mended() {
    let hold = ChannelFacts { hold: Some((Hold::Token, "expired".into())), class: KEYED };
    let held = wake(&dispatch(planned()), &hold, at(1));
    assert_eq!(held.task, Task::Rest);
    assert!(matches!(held.state, State::Held { why: Hold::Token, .. }));
    assert_eq!(wake(&dispatch(released(&dispatch(held.state)).state), &facts(KEYED), at(2)).task, Task::Prepare);
}

#[test]
fn the_intent_needs_fixed_bytes() {
    let mut claimed = dispatch(State::Claimed { late_until: None });
    assert_eq!(begin_send(&claimed).unwrap().state, sending(0));
    claimed.prepared = None;
    assert!(begin_send(&claimed).is_none());
    assert!(begin_send(&dispatch(planned())).is_none());
}

#[test]
fn an_unknown_outcome_is_looked_for_and_never_simply_sent_again() {
    let decision = after_send(&dispatch(sending(0)), unknown(), at(2), 0.5);
    assert!(matches!(decision.state, State::Uncertain { unknowns: 1, .. }));
    assert_eq!(decision.task, Task::Rest);
    assert_eq!(wake(&dispatch(decision.state), &facts(KEYED), at(9)).task, Task::Look);
}

#[test]
fn a_worker_that_died_while_sending_leaves_an_uncertain_post_and_one_that_prepared_a_planned_one() {
    assert!(matches!(lease_lost(&dispatch(sending(0)), at(200)).state, State::Uncertain { unknowns: 1, .. }));
    assert_eq!(lease_lost(&dispatch(State::Claimed { late_until: None }), at(200)).state, planned());
    assert!(matches!(wake(&dispatch(sending(0)), &facts(KEYED), at(200)).state, State::Uncertain { .. }));
}

#[test]
fn what_is_found_is_published() {
    let decision = after_look(&dispatch(unsure(0, 1)), KEYED, Looked::Found(receipt()), at(4), 0.5);
    assert_eq!(decision.state, State::Published { receipt: receipt() });
}

#[test]
fn a_named_record_is_replayed_as_soon_as_it_is_absent() {
    let decision = after_look(&dispatch(unsure(0, 1)), Class::NamedRecord, Looked::Absent, at(4), 0.5);
    assert_eq!((decision.state, decision.task), (sending(1), Task::Send));
}

#[test]
fn a_key_is_replayed_three_times_within_80_percent_of_its_life_and_then_read_back() {
    let look = |unknowns, s| {
        let patient = Dispatch { grace_s: 7_200, ..dispatch(unsure(0, unknowns)) };
        after_look(&patient, KEYED, Looked::Absent, at(s), 0.5)
    };
    assert_eq!(look(1, 1 + KEY_PAUSE_S).task, Task::Send);
    assert_eq!(look(3, 1 + KEY_PAUSE_S).task, Task::Send);
    assert_eq!(look(4, 1 + KEY_PAUSE_S).task, Task::Rest, "a fourth replay");
    assert_eq!(look(1, 2_880).task, Task::Send);
    assert_eq!(look(1, 2_882).task, Task::Rest, "the key may be forgotten");
}

#[test]
fn a_key_is_not_sent_beside_a_request_that_may_still_run() {
    let look = |s| after_look(&dispatch(unsure(0, 1)), KEYED, Looked::Absent, at(s), 0.5);
    assert!(matches!(look(4).state, State::Uncertain { look_at, .. } if look_at == at(14)), "it is looked for meanwhile");
    assert!(matches!(look(KEY_PAUSE_S).state, State::Uncertain { look_at, .. } if look_at == at(KEY_PAUSE_S + 1)));
}

#[test]
fn a_clock_that_went_back_revives_no_key_and_settles_nothing() {
    let mut ahead = dispatch(unsure(1, 1));
    (ahead.first_send, ahead.last_send) = (Some(at(3_600)), Some(at(3_600)));
    for class in [KEYED, Class::ReadBack] {
        let decision = after_look(&ahead, class, Looked::Absent, at(0), 0.5);
        assert!(matches!(decision.state, State::Uncertain { look_at, .. } if look_at == at(SETTLE_S)), "{decision:?}");
    }
}

#[test]
fn without_a_key_it_is_read_twice_a_settle_time_apart_and_sent_once_more_and_then_a_person_is_asked() {
    let look = |absences, unknowns, s| after_look(&dispatch(unsure(absences, unknowns)), Class::ReadBack, Looked::Absent, at(s), 0.5);
    let first = look(0, 1, 5);
    assert_eq!(first.task, Task::Rest);
    assert!(matches!(first.state, State::Uncertain { look_at, absences: 1, .. } if look_at == at(1 + SETTLE_S)));
    assert_eq!(look(1, 1, 1 + SETTLE_S).task, Task::Send);
    assert_eq!(look(0, 1, 1 + SETTLE_S).task, Task::Rest, "one look is not enough");
    assert!(matches!(look(1, 2, 1 + SETTLE_S).state, State::NeedsPerson { .. }), "resent once already");
}

#[test]
fn a_blind_network_asks_the_person() {
    let decision = wake(&dispatch(unsure(0, 1)), &facts(Class::Blind), at(4));
    assert!(matches!(decision.state, State::NeedsPerson { .. }));
    assert!(matches!(decision.notice, Some(Notice::NeedsPerson(_))));
}

#[test]
fn a_refusal_of_a_replay_says_nothing_of_the_first_try() {
    let refused = Err(PublishError::Refused { why: "duplicate".into() });
    let decision = after_send(&dispatch(sending(1)), refused, at(9), 0.5);
    assert!(matches!(decision.state, State::Uncertain { unknowns: 2, .. }));
    let later = Err(PublishError::Later { after: Some(SignedDuration::from_secs(300)), why: "429".into() });
    let decision = after_send(&dispatch(sending(1)), later, at(9), 0.5);
    assert!(matches!(decision.state, State::Uncertain { look_at, unknowns: 1, .. } if look_at == at(309)));
}

#[test]
fn retry_after_is_honoured_and_grace_still_binds() {
    let later = Err(PublishError::Later { after: Some(SignedDuration::from_secs(300)), why: "429".into() });
    let decision = after_send(&dispatch(sending(0)), later, at(2), 0.5);
    assert_eq!(decision.state, State::Planned { not_before: Some(at(302)), late_until: None });
    let late = wake(&dispatch(decision.state), &facts(KEYED), at(GRACE_DEFAULT_S + 2));
    assert!(matches!(late.state, State::Missed { .. }));
}

#[test]
fn a_dead_token_holds_the_post_and_tells_the_owner() {
    let decision = after_send(&dispatch(sending(0)), Err(PublishError::SignInAgain { why: "revoked".into() }), at(2), 0.5);
    assert!(matches!(decision.state, State::Held { why: Hold::Token, .. }));
    assert_eq!(decision.notice, Some(Notice::ChannelNeedsSignIn("revoked".into())));
}

#[test]
fn what_may_be_out_cannot_be_cancelled_and_what_is_out_cannot_be_sent() {
    for state in [State::Claimed { late_until: None }, sending(0), unsure(0, 1), State::Published { receipt: receipt() }] {
        assert!(by_person(&dispatch(state.clone()), Answer::Cancel, at(5)).is_err(), "{state:?}");
        assert!(by_person(&dispatch(state.clone()), Answer::SendNow, at(5)).is_err(), "{state:?}");
    }
    assert_eq!(by_person(&dispatch(planned()), Answer::Cancel, at(5)).unwrap().state, State::Cancelled);
}

#[test]
fn a_final_state_never_wakes() {
    for state in [State::Published { receipt: receipt() }, State::Failed { why: String::new() }, State::Cancelled] {
        assert!(state.is_final());
        assert_eq!(dispatch(state).wake_at(None), None);
    }
}

#[test]
fn a_network_unreadable_for_a_day_becomes_a_persons_matter() {
    let failed = || Looked::Failed { after: None, why: "502".into() };
    assert!(matches!(after_look(&dispatch(unsure(0, 1)), KEYED, failed(), at(60), 0.5).state, State::Uncertain { absences: 0, .. }));
    assert!(matches!(after_look(&dispatch(unsure(0, 1)), KEYED, failed(), at(86_500), 0.5).state, State::NeedsPerson { .. }));
}

#[test]
fn pauses_double_up_to_a_quarter_of_an_hour() {
    assert_eq!(backoff(1, 1.0), SignedDuration::from_secs(5));
    assert_eq!(backoff(3, 1.0), SignedDuration::from_secs(20));
    assert_eq!(backoff(3, 0.0), SignedDuration::from_secs(10));
    assert_eq!(backoff(60, 1.0), SignedDuration::from_secs(BACKOFF_MAX_S));
}

#[test]
fn what_is_sent_again_obeys_the_grace_of_what_is_sent_first() {
    let late = GRACE_DEFAULT_S + 1;
    for class in [Class::NamedRecord, Class::Staged, Class::ReadBack] {
        let decision = after_look(&dispatch(unsure(1, 1)), class, Looked::Absent, at(late), 0.5);
        assert!(matches!(decision.state, State::NeedsPerson { .. }), "{class:?}: {decision:?}");
        let decision = after_look(&dispatch(unsure(1, 1)), class, Looked::Absent, at(late - 1), 0.5);
        assert_eq!(decision.task, Task::Send, "{class:?}");
    }
}

#[test]
fn a_persons_word_about_lateness_outlives_a_busy_network_but_not_a_grace() {
    let said = by_person(&dispatch(State::Missed { found_at: at(9_000) }), Answer::SendNow, at(9_001)).unwrap();
    let claimed = wake(&dispatch(said.state), &facts(KEYED), at(9_002));
    let intent = begin_send(&dispatch(claimed.state)).unwrap();
    let busy = Err(PublishError::Later { after: Some(SignedDuration::from_secs(60)), why: "429".into() });
    let again = after_send(&dispatch(intent.state), busy, at(9_003), 0.5);
    assert_eq!(wake(&dispatch(again.state.clone()), &facts(KEYED), at(9_063)).task, Task::Prepare);
    let over = wake(&dispatch(again.state), &facts(KEYED), at(9_002 + GRACE_DEFAULT_S));
    assert!(matches!(over.state, State::Missed { .. }), "they are asked again instead of it trying for ever");
}

#[test]
fn send_again_looks_once_more_and_keeps_the_uncertainty() {
    let asked = State::NeedsPerson { why: NeedsPerson::Unconfirmed, detail: "no answer".into(), since: at(700) };
    let said = dispatch(by_person(&dispatch(asked), Answer::SendNow, at(9_000)).unwrap().state);
    assert_eq!(wake(&said, &facts(Class::ReadBack), at(9_000)).task, Task::Look);
    let found = after_look(&said, Class::ReadBack, Looked::Found(receipt()), at(9_001), 0.5);
    assert_eq!(found.state, State::Published { receipt: receipt() });
    let absent = after_look(&said, Class::ReadBack, Looked::Absent, at(9_001), 0.5);
    assert_eq!(absent.task, Task::Send, "the person has waited and looked");
    let refused = after_send(&dispatch(absent.state), Err(PublishError::Refused { why: "duplicate".into() }), at(9_002), 0.5);
    assert!(matches!(refused.state, State::Uncertain { .. }), "the first may be the one it duplicates: {refused:?}");
}

#[test]
fn on_a_blind_network_a_persons_word_sends_the_same_bytes_again_unless_the_channel_is_held() {
    let asked = State::NeedsPerson { why: NeedsPerson::Unconfirmed, detail: "no answer".into(), since: at(700) };
    let said = dispatch(by_person(&dispatch(asked), Answer::SendNow, at(9_000)).unwrap().state);
    let sends = wake(&said, &facts(Class::Blind), at(9_000));
    assert!(matches!((&sends.state, &sends.task), (State::Sending { unknowns: 1, .. }, Task::Send)), "{sends:?}");
    let hold = ChannelFacts { hold: Some((Hold::Token, "expired".into())), class: Class::Blind };
    assert_eq!(wake(&said, &hold, at(9_000)).task, Task::Rest);
    let unknown_again = after_send(&dispatch(sends.state), unknown(), at(9_002), 0.5);
    assert!(matches!(wake(&dispatch(unknown_again.state), &facts(Class::Blind), at(9_005)).state, State::NeedsPerson { .. }));
}

#[test]
fn a_resend_that_was_certainly_not_accepted_goes_out_after_one_more_look() {
    let busy = Err(PublishError::Later { after: Some(SignedDuration::from_secs(30)), why: "429".into() });
    let again = after_send(&dispatch(sending(1)), busy, at(700), 0.5);
    assert!(matches!(again.state, State::Uncertain { cleared: true, .. }));
    assert_eq!(after_look(&dispatch(again.state), Class::ReadBack, Looked::Absent, at(731), 0.5).task, Task::Send);
}

#[test]
fn a_failed_preparation_never_ends_what_may_be_out() {
    let refused = || PublishError::Refused { why: "no such network".into() };
    for state in [unsure(0, 1), sending(0), sending(1)] {
        let decision = after_prepare_failed(&dispatch(state), refused(), at(9), 0.5);
        assert!(matches!(decision.state, State::Uncertain { .. }), "{decision:?}");
    }
    assert!(matches!(
        after_prepare_failed(&dispatch(State::Claimed { late_until: None }), refused(), at(9), 0.5).state,
        State::Failed { .. }
    ));
}

#[test]
fn what_keeps_failing_in_preparation_is_tried_ever_more_rarely_and_said_as_soon_as_it_is_too_late() {
    let fails = |s| {
        after_prepare_failed(&dispatch(State::Claimed { late_until: None }), PublishError::Unknown { why: "500".into() }, at(s), 1.0).state
    };
    assert!(matches!(fails(1), State::Planned { not_before: Some(t), .. } if t == at(6)));
    assert!(matches!(fails(900), State::Planned { not_before: Some(t), .. } if t == at(1_200)));
    assert!(matches!(fails(GRACE_DEFAULT_S - 10), State::Planned { not_before: Some(t), .. } if t == at(GRACE_DEFAULT_S + 1)));
}

#[test]
fn after_a_clock_that_went_back_settle_times_are_counted_by_looks() {
    let look = |absences| {
        let mut ahead = dispatch(unsure(absences, 1));
        ahead.last_send = Some(at(3_600));
        after_look(&ahead, Class::ReadBack, Looked::Absent, at(900), 0.5).task
    };
    assert_eq!((look(0), look(1), look(2)), (Task::Rest, Task::Rest, Task::Send));
}

#[test]
fn what_a_wrong_clock_put_off_for_years_comes_when_the_clock_is_right_again() {
    let years = 10 * 365 * 86_400;
    let mut state = unsure(0, 1);
    if let State::Uncertain { look_at, .. } = &mut state {
        *look_at = at(years);
    }
    let woken = clock_went_back(&dispatch(state), at(9)).unwrap();
    assert!(matches!(woken.state, State::Uncertain { look_at, .. } if look_at == at(9)));
    let off = State::Planned { not_before: Some(at(years)), late_until: Some(at(years)) };
    assert_eq!(clock_went_back(&dispatch(off), at(9)).unwrap().state, State::planned());
    assert_eq!(clock_went_back(&dispatch(unsure(0, 1)), at(2)), None);
    let far = Dispatch { due_at: at(years), ..dispatch(planned()) };
    assert_eq!(clock_went_back(&far, at(9)), None, "what is due in ten years stays planned");
}

#[test]
fn a_person_gives_another_time_to_what_is_certainly_not_out_and_to_nothing_else() {
    let held = || State::Held { why: Hold::Media, detail: "x".into(), since: at(1) };
    let failed = || State::Failed { why: "too long".into() };
    let tired = || State::NeedsPerson { why: NeedsPerson::KeepsFailing, detail: "503".into(), since: at(1) };
    for state in [planned(), State::Missed { found_at: at(1) }, held(), failed(), tired()] {
        let moved = by_person(&dispatch(state.clone()), Answer::At(at(9_000)), at(5));
        assert_eq!(moved.unwrap().state, State::planned(), "{state:?}");
        assert!(by_person(&dispatch(state.clone()), Answer::At(at(5)), at(5)).is_err(), "a time that has passed: {state:?}");
    }
    let asked = State::NeedsPerson { why: NeedsPerson::Unconfirmed, detail: "no answer".into(), since: at(1) };
    for state in [asked, unsure(0, 1), sending(0), State::Published { receipt: receipt() }, State::Cancelled] {
        assert!(by_person(&dispatch(state.clone()), Answer::At(at(9_000)), at(5)).is_err(), "{state:?}");
    }
}

#[test]
fn what_the_network_refused_can_be_tried_again_or_let_go() {
    let refused = dispatch(State::Failed { why: "too long".into() });
    assert!(matches!(by_person(&refused, Answer::SendNow, at(5)).unwrap().state, State::Planned { .. }));
    assert_eq!(by_person(&refused, Answer::Cancel, at(5)).unwrap().state, State::Cancelled);
}

#[test]
fn a_remote_id_that_is_anothers_is_no_proof() {
    let after_send = after_conflict(&dispatch(sending(0)), &receipt(), at(10));
    let State::Uncertain { unknowns: 1, look_at, .. } = after_send.state else { panic!("{after_send:?}") };
    assert!(look_at > at(10), "it is looked for, not sent again");
    let after_look = after_conflict(&dispatch(unsure(0, 1)), &receipt(), at(10));
    assert!(matches!(&after_look.state, State::NeedsPerson { detail, .. } if detail.contains("109")), "{after_look:?}");
    assert!(after_look.notice.is_some());
}

#[test]
fn the_brake_holds_what_has_not_begun_and_lets_a_persons_word_pass() {
    let braking = |class| ChannelFacts { hold: Some((Hold::Brake, "somebody waits".into())), class };
    let held = wake(&dispatch(State::planned()), &braking(KEYED), at(10)).state;
    assert!(matches!(held, State::Held { why: Hold::Brake, .. }), "{held:?}");
    let let_out = by_person(&dispatch(held.clone()), Answer::LetOut, at(20)).unwrap().state;
    assert!(matches!(let_out, State::Planned { late_until: Some(_), .. }), "{let_out:?}");
    assert_eq!(wake(&dispatch(let_out), &braking(KEYED), at(20)).task, Task::Prepare);
    assert!(by_person(&dispatch(held), Answer::SendNow, at(20)).is_err(), "only by the door that asks why");
    assert!(by_person(&dispatch(State::planned()), Answer::LetOut, at(20)).is_err());
    // What may be out already is made certain, brake or not.
    assert_eq!(wake(&dispatch(unsure(0, 1)), &braking(KEYED), at(30)).task, Task::Look);
}

#[test]
fn what_the_brake_held_goes_on_in_its_grace_and_asks_after_it() {
    let free = ChannelFacts { hold: None, class: KEYED };
    let held = State::Held { why: Hold::Brake, detail: String::new(), since: at(1) };
    let planned = dispatch(released(&dispatch(held)).state);
    let grace = planned.grace_until();
    assert_eq!(wake(&planned, &free, grace).task, Task::Prepare);
    let late = wake(&planned, &free, grace + SignedDuration::from_secs(1));
    assert_eq!((late.state.name(), late.notice), ("missed", Some(Notice::Missed)));
}

#[test]
fn a_pause_and_an_absence_hold_as_the_brake_does() {
    let resting = |class| ChannelFacts { hold: Some((Hold::Resting, "you are away".into())), class };
    let held = wake(&dispatch(State::planned()), &resting(KEYED), at(10)).state;
    assert!(matches!(held, State::Held { why: Hold::Resting, .. }), "{held:?}");
    assert!(by_person(&dispatch(held.clone()), Answer::SendNow, at(20)).is_err(), "only by the door that asks why");
    let let_out = by_person(&dispatch(held.clone()), Answer::LetOut, at(20)).unwrap().state;
    assert_eq!(wake(&dispatch(let_out), &resting(KEYED), at(20)).task, Task::Prepare, "a person's word passes");
    assert_eq!(by_person(&dispatch(held.clone()), Answer::Cancel, at(20)).unwrap().state, State::Cancelled);
    // What has begun is first made certain.
    assert_eq!(wake(&dispatch(unsure(0, 1)), &resting(KEYED), at(30)).task, Task::Look);
    // What is over lets go: in its grace by itself, after it only by a person's word.
    let free = ChannelFacts { hold: None, class: KEYED };
    let planned = dispatch(released(&dispatch(held)).state);
    let grace = planned.grace_until();
    assert_eq!(wake(&planned, &free, grace).task, Task::Prepare);
    assert_eq!(wake(&planned, &free, grace + SignedDuration::from_secs(1)).state.name(), "missed");
}
