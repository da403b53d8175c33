//! Budgets, pauses, and what a wrong clock leaves behind.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{Budget, Cost, LastOut, Scope, State, Use};
use kith_store::{AttemptKind, AttemptStart, Charge};

use crate::bench::{Bench, SENDING, World, at};

const LEASE: SignedDuration = SignedDuration::from_secs(120);

/// A bucket of four sends that is full again after 100 seconds; four of the server's ten.
static BUDGETS: [Budget; 2] = [
    Budget { name: "posts", scope: Scope::Channel, window_s: 100, units: 10, cost: Cost { send: 1, look: 0, picture: 0 } },
    Budget { name: "address", scope: Scope::Server, window_s: 100, units: 15, cost: Cost { send: 1, look: 1, picture: 0 } },
];

/// Sends what is due now, one after another, until nothing may go; returns how many went.
async fn send_all(world: &World, budgets: &'static [Budget], now_s: i64) -> usize {
    let mut sent = 0;
    loop {
        let claimed = world.claim(now_s).await;
        if claimed.is_empty() {
            return sent;
        }
        for claimed in claimed {
            let start = AttemptStart { kind: AttemptKind::Send, request_hash: String::new(), request: String::new() };
            let charges = Charge::all(budgets, claimed.channel.id, &claimed.channel.server, Use::Send);
            world.store.begin_charged(&claimed.dispatch, &SENDING, Some("bytes"), &start, &charges, at(now_s)).await.unwrap();
            world.store.save_step(&claimed.dispatch, &State::Failed { why: "no".into() }, None, None, at(now_s)).await.unwrap();
            sent += 1;
        }
    }
}

pub(crate) async fn a_bucket_is_shared_by_all_processes_and_outlives_them(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[1; 12]).await;
    assert_eq!(send_all(&world, &BUDGETS[..1], 10).await, 4, "the bucket");
    assert_eq!(world.store.next_rest_end(at(10)).await.unwrap(), Some(at(35)));
    // Another process, or the next run of this one.
    let other = World { store: bench.open().await, ..world };
    assert_eq!(send_all(&other, &BUDGETS[..1], 34).await, 0);
    assert_eq!(send_all(&other, &BUDGETS[..1], 35).await, 1, "one each 25 s");
    assert_eq!(send_all(&other, &BUDGETS[..1], 500).await, 4, "full again");
    let full_at = other.store.full_at(&other.channel.to_string(), &BUDGETS[0]).await.unwrap();
    assert_eq!(full_at, Some(at(600)));
}

pub(crate) async fn a_server_that_is_used_up_rests_with_all_its_channels(bench: &Bench) {
    let world = bench.world().await;
    let other = world.another_channel("b").await;
    for channel in [world.channel, other] {
        world.plan(channel, &[1; 6]).await;
    }
    assert_eq!(send_all(&world, &BUDGETS, 10).await, 6, "six for the address, three of each");
    assert!(world.store.due_channels(at(26)).await.unwrap().is_empty());
    assert_eq!(world.store.due_channels(at(27)).await.unwrap().len(), 2, "a unit comes back each 16.7 s");
}

pub(crate) async fn a_rest_ends_and_the_worker_wakes_for_it(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[1, 2]).await;
    let key = world.channel.to_string();
    world.store.rest(&key, at(90)).await.unwrap();
    world.store.rest(&key, at(50)).await.unwrap();
    assert!(world.claim(89).await.is_empty(), "the longer one holds");
    assert_eq!(world.store.next_rest_end(at(10)).await.unwrap(), Some(at(90)));
    assert_eq!(world.store.next_rest_end(at(90)).await.unwrap(), None);
    assert_eq!(world.claim(90).await.len(), 1);
    world.store.rest(&key, at(99_999)).await.unwrap();
    assert_eq!(world.store.forget_rests(at(100_000)).await.unwrap(), 0);
    assert_eq!(world.store.forget_rests(at(91)).await.unwrap(), 1, "only a wrong clock sets such a one");
}

/// Two years ahead, as a wrong clock had it.
fn wrong(s: i64) -> Timestamp {
    at(s + 63_072_000)
}

pub(crate) async fn a_wrong_clocks_pauses_are_put_right_however_many_there_are(bench: &Bench) {
    let world = bench.world().await;
    let all = world.plan(world.channel, &(0..1_203).map(|n| n + 10).collect::<Vec<_>>()).await;
    let event = world.event("wrong");
    for (n, d) in all.iter().enumerate() {
        let state = match n % 3 {
            0 => State::Planned { not_before: Some(wrong(60)), late_until: Some(wrong(900)) },
            1 => State::Uncertain { why: "x".into(), look_at: wrong(7), absences: 0, unknowns: 1, late_until: None, cleared: false },
            // Nothing wrong with a look that is put off for an hour.
            _ => State::Uncertain { why: "x".into(), look_at: at(5_000), absences: 0, unknowns: 1, late_until: None, cleared: false },
        };
        world.at().apply(d, &state, &event, at(1)).await.unwrap();
    }
    let far = world.plan(world.channel, &[70_000_000]).await.remove(0);
    assert_eq!(world.store.clock_went_back(at(2_000), LEASE).await.unwrap(), 802, "two of three of 1,203");
    assert_eq!(world.store.clock_went_back(at(2_000), LEASE).await.unwrap(), 0, "once");
    let first = world.read(&all[0]).await.dispatch;
    assert_eq!(first.state, State::Planned { not_before: None, late_until: None }, "its plan holds again");
    assert!(matches!(world.read(&all[1]).await.dispatch.state, State::Uncertain { look_at, .. } if look_at == at(2_000)));
    assert!(matches!(world.read(&all[2]).await.dispatch.state, State::Uncertain { look_at, .. } if look_at == at(5_000)));
    assert_eq!(world.read(&far).await.dispatch, far, "what is due in two years stays planned");
    assert_eq!(world.store.due_channels(at(2_000)).await.unwrap().len(), 1);
    let subject = all[0].id.to_string();
    let events = world.at().events(Some(&subject), None, 10).await.unwrap();
    assert!(events.iter().any(|event| event.kind == "dispatch.clock_went_back"));
    assert_eq!(world.store.would_fire(at(0), at(100)).await.unwrap(), 31, "of those due by then, one of three is planned");
}

pub(crate) async fn a_claim_under_a_wrong_clock_is_released_and_a_right_one_is_not(bench: &Bench) {
    let world = bench.world().await;
    let other = world.another_channel("b").await;
    let early = world.plan(world.channel, &[10]).await.remove(0);
    let right = world.plan(other, &[20]).await.remove(0);
    let channels = [world.channel];
    let wrong_now = wrong(0);
    let claim = kith_store::Claim { now: wrong_now, lease_until: wrong_now + LEASE, channels: &channels };
    let taken = world.store.claim(&claim).await.unwrap().remove(0).dispatch;
    assert_eq!(world.claim(30).await.len(), 1);
    assert_eq!(world.store.clock_went_back(at(40), LEASE).await.unwrap(), 1);
    assert_eq!(world.read(&right).await.lease_until, Some(at(150)), "a lease of this clock goes on");
    let late = world.store.save_step(&taken, &State::Cancelled, None, None, at(41)).await;
    assert_eq!(late, Err(kith_store::SaveError::Fenced));
    let again = world.claim(41).await;
    assert_eq!(again.iter().map(|c| c.dispatch.id).collect::<Vec<_>>(), [early.id]);
    // A start under the wrong clock woke it "now", which is in two years by the right one.
    world.store.release_leases(wrong(5)).await.unwrap();
    assert_eq!(world.store.clock_went_back(at(50), LEASE).await.unwrap(), 2);
    assert_eq!(world.claim(51).await.len(), 2);
}

pub(crate) async fn what_went_out_last_is_known(bench: &Bench) {
    let world = bench.world().await;
    assert_eq!(world.at().last_out(world.channel).await.unwrap(), None);
    world.plan(world.channel, &[1]).await;
    assert_eq!(send_all(&world, &[], 10).await, 1);
    world.plan(world.channel, &[2]).await;
    assert_eq!(send_all(&world, &[], 12).await, 1);
    assert_eq!(world.at().last_out(world.channel).await.unwrap(), Some(LastOut { sent_at: at(12), due_at: at(2) }));
}
