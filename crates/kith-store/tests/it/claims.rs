//! The worker's side: claims, fences, leases, attempts.

use jiff::Timestamp;
use kith_domain::ids::ChannelId;
use kith_domain::publish::{Dispatch, Hold, Receipt, State};
use kith_store::{AttemptEnd, AttemptKind, AttemptStart, Claim, SaveError, StoreError, Unique};

use crate::bench::{Bench, CLAIMED, SENDING, World, at};

fn send() -> AttemptStart {
    AttemptStart { kind: AttemptKind::Send, request_hash: "5e".repeat(32), request: "POST words".into() }
}

fn ended(n: u32) -> AttemptEnd {
    AttemptEnd { n, outcome: "200".into(), answer: "ä".repeat(5_000), conclusion: "it is there".into() }
}

fn published(remote_id: &str, s: i64) -> State {
    State::Published { receipt: Receipt { remote_id: remote_id.into(), url: Some(format!("https://x/{remote_id}")), at: at(s) } }
}

fn claim_on(now_s: i64, channels: &[ChannelId]) -> Claim<'_> {
    Claim { now: at(now_s), lease_until: at(now_s + 120), channels }
}

async fn wake_of(world: &World) -> Option<Timestamp> {
    world.store.next_wake().await.unwrap()
}

/// A dispatch that is being sent, and its attempt's number.
async fn sending(world: &World, due_s: i64) -> (Dispatch, u32) {
    world.plan(world.channel, &[due_s]).await;
    let claimed = world.claim(due_s + 1).await.remove(0).dispatch;
    let n = world.store.begin_attempt(&claimed, &SENDING, Some("bytes"), &send(), at(due_s + 2)).await.unwrap();
    (world.read(&claimed).await.dispatch, n)
}

pub(crate) async fn a_claim_takes_the_earliest_due_and_moves_the_fence(bench: &Bench) {
    let world = bench.world().await;
    let all = world.plan(world.channel, &[30, 10, 20, 500]).await;
    let got = world.claim(100).await;
    assert_eq!(got.iter().map(|c| c.dispatch.id).collect::<Vec<_>>(), [all[1].id]);
    let first = &got[0];
    assert_eq!((first.dispatch.fence, first.lease_until, first.channel.name.as_str()), (1, at(220), "lark"));
    assert_eq!(first.dispatch, Dispatch { fence: 1, ..all[1].clone() });
    assert_eq!(Some(first.content.hash()), first.approved_hash);
    assert!(first.channel.sealed.is_some());
    assert_eq!(world.read(&all[1]).await.lease_until, Some(at(220)));
    for next in [&all[2], &all[0]] {
        let held = world.claim(100).await;
        assert!(held.is_empty(), "one channel never has two at once: {held:?}");
        let last = world.store.claim(&claim_on(100, &[world.channel])).await.unwrap();
        assert!(last.is_empty(), "not even when it is asked for by name");
        let before = world.read(&all[1]).await.dispatch;
        let before = if next.id == all[2].id { before } else { world.read(&all[2]).await.dispatch };
        world.store.save_step(&before, &State::Missed { found_at: at(100) }, None, None, at(100)).await.unwrap();
        let got = world.claim(100).await;
        assert_eq!(got.iter().map(|c| c.dispatch.id).collect::<Vec<_>>(), [next.id]);
    }
}

pub(crate) async fn what_may_be_out_is_claimed_before_an_older_backlog(bench: &Bench) {
    let world = bench.world().await;
    let (d, _) = sending(&world, 10).await;
    let b = world.another_channel("b").await;
    world.plan(world.channel, &[5, 20, 30]).await;
    world.plan(b, &[1]).await;
    world.store.release_leases(at(90)).await.unwrap();
    let due = world.store.due_channels(at(100)).await.unwrap();
    assert_eq!(due.iter().map(|due| (due.channel, due.may_be_out)).collect::<Vec<_>>(), [(world.channel, true), (b, false)]);
    let got = world.store.claim(&claim_on(100, &[world.channel])).await.unwrap();
    assert_eq!(got.iter().map(|c| c.dispatch.id).collect::<Vec<_>>(), [d.id]);
}

pub(crate) async fn a_claim_is_fair_between_channels(bench: &Bench) {
    let world = bench.world().await;
    let (b, c) = (world.another_channel("b").await, world.another_channel("c").await);
    world.plan(world.channel, &[1, 2, 3, 4]).await;
    world.plan(b, &[5, 6]).await;
    world.plan(c, &[7, 500]).await;
    let channels = |got: &[kith_store::Claimed]| got.iter().map(|c| c.dispatch.channel).collect::<Vec<_>>();
    let got = world.store.claim(&claim_on(100, &[world.channel, b])).await.unwrap();
    assert_eq!(channels(&got), [world.channel, b], "one of each that was asked for");
    assert_eq!(channels(&world.claim(100).await), [c], "the others are in hand");
    assert!(world.store.due_channels(at(100)).await.unwrap().is_empty());
}

pub(crate) async fn a_backlog_of_thousands_hides_nobody(bench: &Bench) {
    let world = bench.world().await;
    let (b, c) = (world.another_channel("b").await, world.another_channel("c").await);
    let hog: Vec<i64> = (0..5_000).map(|n| n / 100).collect();
    world.plan(world.channel, &hog).await;
    world.plan(b, &[60]).await;
    world.plan(c, &[9_000]).await;
    let due = world.store.due_channels(at(100)).await.unwrap();
    assert_eq!(due.iter().map(|due| (due.channel, due.wake_at)).collect::<Vec<_>>(), [(world.channel, at(0)), (b, at(60))]);
    assert_eq!(world.claim(100).await.len(), 2);
    world.plan(b, &[61]).await;
    assert!(world.store.due_channels(at(100)).await.unwrap().is_empty(), "both are in hand");
}

pub(crate) async fn a_lost_claim_writes_nothing(bench: &Bench) {
    let world = bench.world().await;
    let (old, n) = sending(&world, 10).await;
    let new = world.claim(1_000).await.remove(0).dispatch;
    assert_eq!((new.id, new.fence), (old.id, old.fence + 1));
    let before = world.read(&old).await;
    let events = world.at().events(None, None, 100).await.unwrap().len();
    let done = published("1", 20);
    let store = &world.store;
    let event = world.event("published");
    assert_eq!(store.begin_attempt(&old, &SENDING, Some("other"), &send(), at(1_001)).await, Err(SaveError::Fenced));
    assert_eq!(store.finish_attempt(&old, &done, &ended(n), Some(&event), at(1_001)).await, Err(SaveError::Fenced));
    assert_eq!(store.save_step(&old, &CLAIMED, None, Some(&event), at(1_001)).await, Err(SaveError::Fenced));
    assert_eq!(store.extend_lease(&old, at(9_999)).await, Err(SaveError::Fenced));
    assert_eq!(world.at().apply(&old, &State::Cancelled, &event, at(1_001)).await, Err(SaveError::Fenced));
    assert_eq!(world.read(&old).await, before);
    assert_eq!(world.at().events(None, None, 100).await.unwrap().len(), events);
    let attempts = world.at().attempts(old.id).await.unwrap();
    assert_eq!((attempts.len(), attempts[0].ended_at), (1, None));
    // An attempt of an earlier claim is not ended under a later one.
    assert_eq!(store.finish_attempt(&new, &done, &ended(n), None, at(1_002)).await, Err(SaveError::Fenced));
    assert_eq!(world.read(&old).await, before);
}

pub(crate) async fn a_died_worker_is_followed_when_its_lease_ends(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[10]).await;
    world.claim(20).await;
    assert_eq!(wake_of(&world).await, Some(at(140)));
    assert!(world.claim(139).await.is_empty());
    let again = world.claim(140).await;
    assert_eq!(again[0].dispatch.fence, 2);
    world.store.save_step(&again[0].dispatch, &State::Missed { found_at: at(141) }, None, None, at(141)).await.unwrap();
    let (other, _) = sending(&world, 15).await;
    let later = world.claim(500).await;
    assert!(later.iter().any(|c| c.dispatch.id == other.id && c.dispatch.state == SENDING), "its intent is still known");
}

pub(crate) async fn a_long_preparation_extends_its_lease(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[10]).await;
    let claimed = world.claim(20).await.remove(0).dispatch;
    world.store.save_step(&claimed, &CLAIMED, None, None, at(21)).await.unwrap();
    world.store.extend_lease(&claimed, at(900)).await.unwrap();
    assert!(world.claim(899).await.is_empty());
    assert_eq!(world.claim(900).await.len(), 1);
}

pub(crate) async fn a_send_is_counted_and_its_attempt_kept(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[10]).await;
    let claimed = world.claim(20).await.remove(0).dispatch;
    let prepare = AttemptStart { kind: AttemptKind::Prepare, request_hash: String::new(), request: String::new() };
    let n = world.store.begin_attempt(&claimed, &CLAIMED, None, &prepare, at(21)).await.unwrap();
    world.store.finish_attempt(&claimed, &CLAIMED, &ended(n), None, at(22)).await.unwrap();
    assert_eq!(world.read(&claimed).await.lease_until, Some(at(140)), "the claim goes on");
    let n = world.store.begin_attempt(&claimed, &SENDING, Some("the bytes"), &send(), at(23)).await.unwrap();
    assert_eq!(n, 2);
    let now = world.read(&claimed).await.dispatch;
    assert_eq!((now.attempts, now.first_send, now.last_send), (1, Some(at(23)), Some(at(23))));
    assert_eq!((now.prepared.as_deref(), &now.state), (Some("the bytes"), &SENDING));
    let later = State::Planned { not_before: Some(at(50)), late_until: None };
    world.store.finish_attempt(&now, &later, &ended(n), None, at(24)).await.unwrap();
    let again = world.claim(60).await.remove(0).dispatch;
    world.store.begin_attempt(&again, &SENDING, None, &send(), at(61)).await.unwrap();
    let now = world.read(&again).await.dispatch;
    assert_eq!((now.attempts, now.first_send, now.last_send), (2, Some(at(23)), Some(at(61))));
    assert_eq!(now.prepared.as_deref(), Some("the bytes"), "fixed before the first try");
    let attempts = world.at().attempts(now.id).await.unwrap();
    assert_eq!(
        attempts.iter().map(|a| (a.n, a.kind)).collect::<Vec<_>>(),
        [(1, AttemptKind::Prepare), (2, AttemptKind::Send), (3, AttemptKind::Send)]
    );
    let second = &attempts[1];
    assert_eq!((second.fence, second.started_at, second.ended_at, second.outcome.as_str()), (1, at(23), Some(at(24)), "200"));
    assert_eq!((second.answer.len(), second.request.as_str()), (4_096, "POST words"), "cut at 4 KiB, at a character");
}

pub(crate) async fn a_published_dispatch_proves_itself_and_sleeps(bench: &Bench) {
    let world = bench.world().await;
    let (d, n) = sending(&world, 10).await;
    world.store.finish_attempt(&d, &published("77", 13), &ended(n), Some(&world.event("published")), at(13)).await.unwrap();
    let view = world.read(&d).await;
    assert_eq!((view.dispatch.state.clone(), view.lease_until), (published("77", 13), None));
    assert_eq!(wake_of(&world).await, None);
    assert!(world.claim(100_000).await.is_empty());
    let other = world.plan(world.channel, &[500]).await.remove(0);
    assert_eq!(world.at().taken_remote_ids(world.channel, at(0), other.id).await.unwrap(), ["77"]);
    assert!(world.at().taken_remote_ids(world.channel, at(14), other.id).await.unwrap().is_empty());
    assert!(world.at().taken_remote_ids(world.channel, at(0), d.id).await.unwrap().is_empty(), "not its own");
    assert_eq!(world.at().events(None, None, 1).await.unwrap()[0].kind, "published");
}

pub(crate) async fn a_remote_id_belongs_to_one_dispatch(bench: &Bench) {
    let world = bench.world().await;
    let (a, n) = sending(&world, 10).await;
    world.store.finish_attempt(&a, &published("77", 13), &ended(n), None, at(13)).await.unwrap();
    let (b, n) = sending(&world, 20).await;
    let error = world.store.finish_attempt(&b, &published("77", 23), &ended(n), None, at(23)).await.unwrap_err();
    assert_eq!(error, SaveError::Store(StoreError::Conflict { what: Unique::RemoteId, which: Some("77".into()) }));
    assert_eq!(world.read(&b).await.dispatch.state, SENDING, "nothing was written");
    world.store.finish_attempt(&b, &published("78", 23), &ended(n), None, at(23)).await.unwrap();
}

pub(crate) async fn an_uncertain_dispatch_wakes_to_be_looked_for(bench: &Bench) {
    let world = bench.world().await;
    let (d, n) = sending(&world, 10).await;
    let unsure = State::Uncertain { why: "no answer".into(), look_at: at(50), absences: 0, unknowns: 1, late_until: None, cleared: false };
    world.store.finish_attempt(&d, &unsure, &ended(n), None, at(15)).await.unwrap();
    assert_eq!(wake_of(&world).await, Some(at(50)));
    let woken = world.claim(50).await.remove(0).dispatch;
    let look = AttemptStart { kind: AttemptKind::Look, request_hash: String::new(), request: String::new() };
    let n = world.store.begin_attempt(&woken, &unsure, None, &look, at(51)).await.unwrap();
    assert!(world.claim(60).await.is_empty(), "a look holds its claim");
    assert_eq!(world.read(&d).await.dispatch.attempts, 1, "a look is no send");
    world.store.finish_attempt(&woken, &published("9", 12), &ended(n), None, at(52)).await.unwrap();
}

pub(crate) async fn a_persons_answer_ends_a_claim_and_counts_once(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[10]).await;
    let claimed = world.claim(20).await.remove(0).dispatch;
    let as_read = world.read(&claimed).await.dispatch;
    world.at().apply(&as_read, &State::Cancelled, &world.event("dispatch.cancelled"), at(21)).await.unwrap();
    assert_eq!(world.store.save_step(&claimed, &CLAIMED, None, None, at(22)).await, Err(SaveError::Fenced));
    assert_eq!(world.at().apply(&as_read, &State::Cancelled, &world.event("again"), at(23)).await, Err(SaveError::Fenced));
    let now = world.read(&claimed).await;
    assert_eq!((now.dispatch.state, now.lease_until), (State::Cancelled, None));
    assert_eq!(world.at().events(None, None, 10).await.unwrap().len(), 1);
    let missed = world.plan(world.channel, &[30]).await.remove(0);
    let now_then = State::Planned { not_before: Some(at(100)), late_until: Some(at(900)) };
    world.at().apply(&missed, &now_then, &world.event("send_now"), at(99)).await.unwrap();
    assert_eq!(wake_of(&world).await, Some(at(100)));
    assert_eq!(world.claim(100).await[0].dispatch.state, now_then);
}

pub(crate) async fn leases_are_released_at_the_start_of_the_only_worker(bench: &Bench) {
    let world = bench.world().await;
    let (d, _) = sending(&world, 10).await;
    let other = world.another_channel("b").await;
    world.plan(other, &[11, 5_000]).await;
    let claimed = world.claim(12).await.remove(0).dispatch;
    assert_eq!(world.store.release_leases(at(30)).await.unwrap(), 2);
    assert_eq!(world.store.save_step(&claimed, &CLAIMED, None, None, at(31)).await, Err(SaveError::Fenced));
    let again = world.claim(30).await;
    assert_eq!(again.len(), 2);
    assert!(again.iter().any(|c| c.dispatch.id == d.id && c.dispatch.state == SENDING));
    assert_eq!(world.store.release_leases(at(30)).await.unwrap(), 2);
}

pub(crate) async fn only_what_was_held_for_the_mended_reason_goes_on(bench: &Bench) {
    let world = bench.world().await;
    let all = world.plan(world.channel, &[10, 20, 30]).await;
    for (d, why) in all.iter().zip([Hold::Token, Hold::Media, Hold::Token]) {
        let held = State::Held { why, detail: "x".into(), since: at(11) };
        world.at().apply(d, &held, &world.event("held"), at(11)).await.unwrap();
    }
    assert!(world.claim(500).await.is_empty());
    assert_eq!(world.at().release_held(world.channel, Hold::Token, at(12)).await.unwrap(), 2);
    for id in [all[0].id, all[2].id] {
        let got = world.claim(500).await.remove(0).dispatch;
        assert_eq!(got.id, id);
        world.store.save_step(&got, &State::Missed { found_at: at(500) }, None, None, at(500)).await.unwrap();
    }
    assert_eq!(world.at().counts().await.unwrap().of("held"), 1);
}

pub(crate) async fn of_what_was_held_only_what_is_named_and_has_not_moved_goes_on(bench: &Bench) {
    let world = bench.world().await;
    let all = world.plan(world.channel, &[10, 20, 30]).await;
    for d in &all {
        let held = State::Held { why: Hold::Resting, detail: "x".into(), since: at(11) };
        world.at().apply(d, &held, &world.event("held"), at(11)).await.unwrap();
    }
    let (first, second) = (world.read(&all[0]).await.dispatch, world.read(&all[1]).await.dispatch);
    world.at().apply(&second, &State::Cancelled, &world.event("cancelled"), at(12)).await.unwrap();
    assert_eq!(world.at().release_these(&[first, second], at(13)).await.unwrap(), 1);
    let claimed = world.claim(500).await;
    assert_eq!(claimed.iter().map(|claimed| claimed.dispatch.id).collect::<Vec<_>>(), [all[0].id]);
    assert_eq!(world.read(&all[1]).await.dispatch.state, State::Cancelled);
    assert_eq!(world.read(&all[2]).await.dispatch.state.name(), "held");
}

pub(crate) async fn the_worker_sleeps_until_the_first_wake(bench: &Bench) {
    let world = bench.world().await;
    assert_eq!(wake_of(&world).await, None);
    world.plan(world.channel, &[300, 100, 200]).await;
    assert_eq!(wake_of(&world).await, Some(at(100)));
    assert_eq!(world.store.next_wake_after(at(100)).await.unwrap(), Some(at(200)));
    assert_eq!(world.store.next_wake_after(at(300)).await.unwrap(), None);
}

pub(crate) async fn another_time_moves_the_dispatch_and_its_waking_and_counts_once(bench: &Bench) {
    let world = bench.world().await;
    let planned = world.plan(world.channel, &[10]).await.remove(0);
    world.at().apply(&planned, &State::Missed { found_at: at(90) }, &world.event("missed"), at(90)).await.unwrap();
    let missed = world.read(&planned).await.dispatch;
    let moved = kith_domain::publish::Dispatch {
        state: State::planned(),
        due_at: at(500),
        civil: "2026-12-01T09:30:00".into(),
        zone: "Europe/Lisbon".into(),
        ..missed.clone()
    };
    world.at().reschedule(&missed, &moved, &world.event("moved"), at(91)).await.unwrap();
    assert_eq!(world.at().reschedule(&missed, &moved, &world.event("moved"), at(91)).await, Err(SaveError::Fenced));
    let now = world.read(&planned).await.dispatch;
    assert_eq!((now.state, now.due_at, now.civil, now.zone), (moved.state, moved.due_at, moved.civil, moved.zone));
    assert_eq!((now.occurrence_key, now.remote_key), (planned.occurrence_key, planned.remote_key));
    assert!(world.claim(499).await.is_empty());
    assert_eq!(world.claim(500).await.len(), 1);
}
