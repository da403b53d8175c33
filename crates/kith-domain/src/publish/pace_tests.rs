use super::*;
use crate::ids::{ChannelId, DispatchId, PostId, VariantId, WorkspaceId};
use crate::publish::Content;

const HUNDRED: Budget =
    Budget { name: "calls", scope: Scope::Channel, window_s: 300, units: 300, cost: Cost { send: 1, look: 2, picture: 0 } };

fn at(s: i64) -> Timestamp {
    Timestamp::from_second(1_796_112_000 + s).unwrap()
}

fn dispatch(due_s: i64) -> Dispatch {
    let id = uuid::Uuid::from_u128(7);
    Dispatch {
        id: DispatchId::from_uuid(id),
        workspace: WorkspaceId::from_uuid(id),
        post: PostId::from_uuid(id),
        variant: VariantId::from_uuid(id),
        channel: ChannelId::from_uuid(id),
        occurrence_key: "tips".into(),
        civil: "2026-12-01T08:00:00".into(),
        zone: "UTC".into(),
        due_at: at(due_s),
        grace_s: 1_800,
        payload_hash: Content::default().hash(),
        remote_key: "key".into(),
        prepared: None,
        state: State::planned(),
        fence: 1,
        attempts: 0,
        first_send: None,
        last_send: None,
    }
}

/// Sends as early as the budget allows from `from_s` on, and returns each send's second.
fn run(budget: &Budget, sends: usize) -> Vec<i64> {
    let (mut full_at, mut now, mut out) = (None, at(0), Vec::new());
    for _ in 0..sends {
        if let Some(full_at) = full_at {
            now = now.max(budget.free_at(full_at, budget.cost.send));
        }
        full_at = Some(budget.charge(full_at, budget.cost.send, now));
        out.push(now.as_second() - at(0).as_second());
    }
    out
}

#[test]
fn a_burst_goes_out_at_once_as_far_as_the_bucket_reaches_and_is_spread_after_that() {
    let out = run(&HUNDRED, 1_000);
    assert_eq!(out.iter().filter(|s| **s == 0).count(), 120, "40 % of 300");
    assert_eq!(out[120], 2, "then one each 2.5 s");
    assert_eq!(out[122], 7);
    assert_eq!(out.len(), 1_000, "nothing is refused");
}

#[test]
fn no_window_wherever_it_begins_sees_more_than_four_fifths_of_the_limit() {
    let out = run(&HUNDRED, 2_000);
    for begin in 0..1_000 {
        let seen = out.iter().filter(|s| (begin..begin + 300).contains(*s)).count();
        assert!(seen <= 241, "{seen} in the window from {begin} s");
    }
}

#[test]
fn a_bucket_is_full_again_after_a_window_without_use() {
    let emptied = (0..120).fold(None, |full_at, _| Some(HUNDRED.charge(full_at, 1, at(0)))).unwrap();
    assert_eq!(emptied, at(300));
    assert_eq!(HUNDRED.free_at(emptied, 120), at(300));
    assert!(HUNDRED.free_at(emptied, 1) > at(0));
    assert_eq!(HUNDRED.free_at(emptied, 500), at(300), "more than a bucket waits for a full one, not for ever");
}

#[test]
fn a_state_that_only_a_wrong_clock_can_have_left_is_an_empty_bucket_at_worst() {
    let ten_years = at(0) + SignedDuration::from_hours(87_600);
    assert!(HUNDRED.charge(Some(ten_years), 1, at(0)) <= at(303));
    assert_eq!(HUNDRED.charge(Some(at(-99_999)), 2, at(0)), at(5));
}

#[test]
fn what_is_late_keeps_five_minutes_from_what_went_out_last() {
    let last = LastOut { sent_at: at(1_000), due_at: at(0) };
    let spaced = catch_up(&dispatch(600), Some(last), at(1_010)).unwrap();
    assert_eq!(spaced.state, State::Planned { not_before: Some(at(1_300)), late_until: None });
    assert_eq!(catch_up(&dispatch(600), Some(last), at(1_300)), None, "then it goes");
    assert_eq!(catch_up(&dispatch(600), None, at(1_010)), None, "nothing went out before");
}

#[test]
fn the_plans_own_distance_is_kept_where_it_is_shorter() {
    let last = LastOut { sent_at: at(1_000), due_at: at(580) };
    let spaced = catch_up(&dispatch(600), Some(last), at(1_010)).unwrap();
    assert_eq!(spaced.state, State::Planned { not_before: Some(at(1_020)), late_until: None });
    let same = LastOut { due_at: at(600), ..last };
    assert_eq!(catch_up(&dispatch(600), Some(same), at(1_010)), None, "planned for the same second");
}

#[test]
fn what_is_on_time_or_was_said_by_a_person_is_not_spaced() {
    let last = LastOut { sent_at: at(640), due_at: at(0) };
    assert_eq!(catch_up(&dispatch(600), Some(last), at(655)), None);
    let said = Dispatch { state: State::Planned { not_before: None, late_until: Some(at(9_000)) }, ..dispatch(0) };
    assert_eq!(catch_up(&said, Some(last), at(655)), None);
    let future = LastOut { sent_at: at(99_999), due_at: at(0) };
    assert_eq!(catch_up(&dispatch(0), Some(future), at(655)), None, "the clock went back");
}

#[test]
fn spacing_never_reaches_past_the_grace() {
    let last = LastOut { sent_at: at(1_790), due_at: at(-900) };
    let spaced = catch_up(&dispatch(0), Some(last), at(1_795)).unwrap();
    assert_eq!(spaced.state, State::Planned { not_before: Some(at(1_801)), late_until: None }, "missed as soon as it is too late");
}

#[test]
fn a_pause_is_what_the_network_asked_for_within_a_day() {
    assert_eq!(pause_until(Some(SignedDuration::from_secs(90)), at(0)), at(90));
    assert_eq!(pause_until(None, at(0)), at(PAUSE_UNSAID_S));
    assert_eq!(pause_until(Some(SignedDuration::from_hours(999)), at(0)), at(PAUSE_MAX_S));
    assert_eq!(pause_until(Some(SignedDuration::from_secs(-4)), at(0)), at(0));
}
