//! Several handles on one database, and several writers on one handle.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use kith_domain::publish::State;
use kith_store::{AttemptEnd, AttemptKind, AttemptStart, Claim, LeaseTask, SaveError, Sealed, StoreError, TakenOver};

use crate::bench::{Bench, SENDING, World, at, says};

pub(crate) async fn eight_claimers_never_share_a_dispatch_nor_a_channel(bench: &Bench) {
    let world = bench.world().await;
    let channels = [world.channel, world.another_channel("b").await, world.another_channel("c").await];
    for channel in channels {
        world.plan(channel, &[1; 40]).await;
    }
    let in_hand = Arc::new(Mutex::new(BTreeSet::new()));
    let mut claimers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let other = bench.open().await;
        for store in [world.store.clone(), other] {
            let in_hand = in_hand.clone();
            claimers.spawn(async move {
                let mut mine = Vec::new();
                let mut empty = 0;
                while empty < 20 {
                    // All three by name, as one whose list is old: only the claim itself guards.
                    let claim = Claim { now: at(10), lease_until: at(130), channels: &channels };
                    let got = match store.claim(&claim).await {
                        Ok(got) => got,
                        Err(StoreError::Busy) => continue,
                        Err(error) => panic!("{error}"),
                    };
                    empty = if got.is_empty() { empty + 1 } else { 0 };
                    for d in got.into_iter().map(|claimed| claimed.dispatch) {
                        assert!(in_hand.lock().unwrap().insert(d.channel), "one channel never has two at once");
                        tokio::task::yield_now().await;
                        assert!(in_hand.lock().unwrap().remove(&d.channel));
                        let done = State::Missed { found_at: at(10) };
                        while let Err(error) = store.save_step(&d, &done, None, None, at(10)).await {
                            assert_eq!(error, SaveError::Store(StoreError::Busy));
                        }
                        mine.push((d.id, d.fence));
                    }
                }
                mine
            });
        }
    }
    let all = claimers.join_all().await.concat();
    assert_eq!(all.len(), 120);
    assert_eq!(all.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>().len(), 120, "each once");
    assert!(all.iter().all(|(_, fence)| *fence == 1));
}

pub(crate) async fn the_intent_is_on_disk_when_begin_attempt_returns(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[10]).await;
    let d = world.claim(20).await.remove(0).dispatch;
    let start = AttemptStart { kind: AttemptKind::Send, request_hash: "5e".into(), request: "words".into() };
    world.store.begin_attempt(&d, &SENDING, Some("bytes"), &start, at(21)).await.unwrap();
    // A process that starts now sees it, whatever becomes of ours.
    let other = bench.open().await;
    let seen = other.in_workspace(world.id).dispatch(d.id).await.unwrap().unwrap().dispatch;
    assert_eq!((seen.state, seen.prepared.as_deref(), seen.attempts), (SENDING, Some("bytes"), 1));
    assert_eq!(other.in_workspace(world.id).attempts(d.id).await.unwrap().len(), 1);
}

pub(crate) async fn a_plan_of_another_process_wakes_those_who_watch(bench: &Bench) {
    let world = bench.world().await;
    let other = World { store: bench.open().await, ..world.clone() };
    let mut watch = world.store.subscribe();
    watch.mark_unchanged();
    other.plan(other.channel, &[60]).await;
    if bench.is_sqlite() {
        assert!(!watch.has_changed().unwrap(), "SQLite tells nobody");
    } else {
        heard(&mut watch).await;
    }
    // The net beneath it: whoever asks sees it.
    assert_eq!(world.store.next_wake().await.unwrap(), Some(at(60)));
}

pub(crate) async fn who_lost_the_connection_hears_again(bench: &Bench) {
    if bench.is_sqlite() {
        return;
    }
    let world = bench.world().await;
    let other = World { store: bench.open().await, ..world.clone() };
    world.store.beat(at(0), at(-15)).await.unwrap();
    let mut watch = world.store.subscribe();
    watch.mark_unchanged();
    bench.cut_off(&world.store).await;
    heard(&mut watch).await;
    other.plan(other.channel, &[60]).await;
    heard(&mut watch).await;
}

pub(crate) async fn words_reach_every_other_process_and_not_the_speaker(bench: &Bench) {
    let world = bench.world().await;
    let other = bench.open().await;
    let (mut here, mut there) = (world.store.hear(), other.hear());
    world.store.tell_others("inbox 1").await.unwrap();
    other.tell_others("plan 2").await.unwrap();
    if bench.is_sqlite() {
        assert!(here.try_recv().is_err());
        return;
    }
    assert_eq!(within(there.recv()).await.unwrap(), "inbox 1");
    assert_eq!(within(here.recv()).await.unwrap(), "plan 2", "and not our own");
}

pub(crate) async fn what_a_dead_process_had_claimed_wakes_once_its_connection_has_ended(bench: &Bench) {
    let world = bench.world().await;
    let dead = World { store: bench.open().await, ..world.clone() };
    dead.store.beat(at(0), at(-15)).await.unwrap();
    let second = world.another_channel("b").await;
    world.plan(world.channel, &[1]).await;
    world.plan(second, &[2]).await;
    let claimed = dead.claim(10).await;
    dead.at().take_lease(world.channel, LeaseTask::Listen, at(10), at(40)).await.unwrap();
    let free = at(20);
    assert_eq!(world.store.beat(free, at(5)).await.unwrap(), TakenOver::default(), "silent, but its connection lives");
    dead.store.close().await;
    assert_eq!(world.store.beat(free, at(-1)).await.unwrap(), TakenOver::default(), "its connection ended, but it was there just now");
    if bench.is_sqlite() {
        // One process: the folder's lock proves that the other is gone.
        assert_eq!(world.store.release_leases(free).await.unwrap(), 2);
    } else {
        let mut taken = TakenOver::default();
        while taken == TakenOver::default() {
            taken = world.store.beat(free, at(5)).await.unwrap();
        }
        assert_eq!(taken, TakenOver { processes: 1, dispatches: 2, leases: 1 });
        assert_eq!(world.store.beat(free, at(5)).await.unwrap(), TakenOver::default(), "once");
    }
    assert_eq!(world.at().take_lease(world.channel, LeaseTask::Listen, free, at(50)).await.unwrap(), Some(3));
    let again = world.claim(20).await;
    assert_eq!(again.iter().map(|c| c.dispatch.fence).collect::<Vec<_>>(), [3, 3], "released, then claimed");
    let end = AttemptEnd { n: 1, outcome: "accepted".into(), answer: String::new(), conclusion: String::new() };
    let late = world.store.finish_attempt(&claimed[0].dispatch, &SENDING, &end, None, at(21)).await;
    assert_eq!(late, Err(SaveError::Fenced), "a zombie writes nothing");
}

pub(crate) async fn one_process_at_a_time_has_a_task_of_a_channel(bench: &Bench) {
    let ours = bench.world().await;
    let theirs = World { store: bench.open().await, ..ours.clone() };
    let take = async |world: &World, s: i64| world.at().take_lease(world.channel, LeaseTask::Listen, at(s), at(s + 30)).await.unwrap();
    assert_eq!(take(&ours, 0).await, Some(1));
    assert_eq!(take(&theirs, 1).await, None);
    assert_eq!(theirs.store.listenable_channels(at(1)).await.unwrap().len(), 0);
    assert_eq!(ours.store.listenable_channels(at(1)).await.unwrap().len(), 1);
    assert_eq!(take(&ours, 20).await, Some(1), "kept");
    assert_eq!(ours.store.keep_leases(LeaseTask::Listen, at(30), at(60)).await.unwrap(), [(ours.channel, 1)]);
    assert_eq!(theirs.store.keep_leases(LeaseTask::Listen, at(30), at(60)).await.unwrap(), []);
    assert_eq!(take(&theirs, 59).await, None);
    assert_eq!(theirs.at().take_lease(ours.channel, LeaseTask::Renew, at(59), at(89)).await.unwrap(), Some(1), "another task");
    // It ends by itself, or when it is given back.
    assert_eq!(take(&theirs, 60).await, Some(2));
    assert_eq!(ours.store.keep_leases(LeaseTask::Listen, at(61), at(91)).await.unwrap(), [], "lost");
    ours.at().end_lease(ours.channel, LeaseTask::Listen, 1, at(62)).await.unwrap();
    assert_eq!(take(&ours, 63).await, None, "only its holder gives it back");
    theirs.at().end_lease(ours.channel, LeaseTask::Listen, 2, at(64)).await.unwrap();
    assert_eq!(take(&ours, 65).await, Some(3));
    ours.store.leave(at(66)).await.unwrap();
    assert_eq!(take(&theirs, 67).await, Some(5), "who leaves gives all back");
}

pub(crate) async fn who_lost_a_lease_stores_nothing_under_it(bench: &Bench) {
    let ours = bench.world().await;
    let theirs = World { store: bench.open().await, ..ours.clone() };
    let batch = [says("cy", "root", "m1", 1)];
    let old = ours.at().take_lease(ours.channel, LeaseTask::Listen, at(0), at(30)).await.unwrap().unwrap();
    ours.at().ingest_under(old, ours.channel, Some(("n", "1")), &batch, at(2)).await.unwrap();
    let new = theirs.at().take_lease(ours.channel, LeaseTask::Listen, at(31), at(60)).await.unwrap().unwrap();
    theirs.at().ingest_under(new, ours.channel, Some(("n", "2")), &[], at(32)).await.unwrap();
    let late = ours.at().ingest_under(old, ours.channel, Some(("n", "1")), &[says("di", "root", "m2", 1)], at(33)).await;
    assert_eq!(late.map(drop), Err(SaveError::Fenced));
    assert_eq!(ours.at().cursor(ours.channel, "n").await.unwrap().as_deref(), Some("2"));

    let sealed = |text: &str| Sealed(text.as_bytes().to_vec());
    let old = ours.at().take_lease(ours.channel, LeaseTask::Renew, at(0), at(30)).await.unwrap().unwrap();
    let new = theirs.at().take_lease(ours.channel, LeaseTask::Renew, at(31), at(60)).await.unwrap().unwrap();
    theirs.at().set_sealed_under(new, ours.channel, &sealed("new")).await.unwrap();
    assert_eq!(ours.at().set_sealed_under(old, ours.channel, &sealed("old")).await, Err(SaveError::Fenced));
    assert_eq!(ours.at().channel(ours.channel).await.unwrap().unwrap().sealed, Some(sealed("new")));
}

/// Bounds what may never come.
async fn within<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.unwrap()
}

async fn heard(watch: &mut tokio::sync::watch::Receiver<u64>) {
    within(watch.changed()).await.unwrap();
}

pub(crate) async fn a_write_wakes_those_who_watch(bench: &Bench) {
    let world = bench.world().await;
    let mut watch = world.store.subscribe();
    watch.mark_unchanged();
    world.at().channels().await.unwrap();
    world.claim(10).await;
    world.store.release_leases(at(10)).await.unwrap();
    assert!(!watch.has_changed().unwrap(), "nothing was written");
    world.plan(world.channel, &[60]).await;
    assert!(watch.has_changed().unwrap());
}

pub(crate) async fn many_writers_at_once_each_keep_their_own(bench: &Bench) {
    let world = bench.world().await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..200 {
        let store = world.store.clone();
        writers.spawn(async move {
            store.set_meta(&format!("k{n}"), &n.to_string()).await.unwrap();
            // What was answered for is there for a reader at once.
            assert_eq!(store.meta(&format!("k{n}")).await.unwrap(), Some(n.to_string()));
        });
    }
    writers.join_all().await;
    let other = bench.open().await;
    for n in 0..200 {
        assert_eq!(other.meta(&format!("k{n}")).await.unwrap(), Some(n.to_string()));
    }
}

pub(crate) async fn a_refused_write_undoes_only_itself(bench: &Bench) {
    let world = bench.world().await;
    let good: Vec<_> = (0..20).map(|n| world.post(world.channel, n)).collect();
    let bad: Vec<_> = good
        .iter()
        .map(|post| {
            let mut clash = world.post(world.channel, 5);
            clash.variants[0].dispatches[0].occurrence_key.clone_from(&post.variants[0].dispatches[0].occurrence_key);
            [world.post(world.channel, 3), clash]
        })
        .collect();
    world.at().add_plan(&good, at(0)).await.unwrap();
    let more: Vec<_> = (0..20).map(|n| [world.post(world.channel, 100 + n)]).collect();
    let mut writers = tokio::task::JoinSet::new();
    for (bad, more) in bad.into_iter().zip(more) {
        let (store, id) = (world.store.clone(), world.id);
        writers.spawn(async move { store.in_workspace(id).add_plan(&bad, at(1)).await.is_err() });
        let store = world.store.clone();
        writers.spawn(async move { store.in_workspace(id).add_plan(&more, at(1)).await.is_ok() });
    }
    assert!(writers.join_all().await.into_iter().all(|as_expected| as_expected));
    assert_eq!(world.at().counts().await.unwrap().total(), 40);
}

pub(crate) async fn an_abandoned_write_leaves_the_store_writable(bench: &Bench) {
    let world = bench.world().await;
    let posts: Vec<_> = (0..50).map(|n| world.post(world.channel, n)).collect();
    for polls in [1, 2, 3, 5, 8, 13, 40] {
        // Polled a few times, then dropped: as when a request is cancelled.
        let store = world.store.clone();
        let mut write = Box::pin(async { store.in_workspace(world.id).add_plan(&posts, at(0)).await });
        for _ in 0..polls {
            let poll = std::future::poll_fn(|cx| std::task::Poll::Ready(write.as_mut().poll(cx))).await;
            assert!(poll.is_pending(), "50 posts take longer than {polls} polls");
            tokio::task::yield_now().await;
        }
        drop(write);
        world.store.set_meta("after", &polls.to_string()).await.unwrap();
        assert_eq!(world.at().counts().await.unwrap().total(), 0, "half a plan is no plan");
    }
    world.at().add_plan(&posts, at(0)).await.unwrap();
    assert_eq!(bench.open().await.in_workspace(world.id).counts().await.unwrap().total(), 50);
}
