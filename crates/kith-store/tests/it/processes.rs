//! Several handles on one database, and several writers on one handle.

use std::collections::BTreeSet;

use kith_store::{AttemptKind, AttemptStart, Claim, StoreError};

use crate::bench::{Bench, SENDING, at, claim};

pub(crate) async fn eight_claimers_never_share_a_dispatch(bench: &Bench) {
    let world = bench.world().await;
    let channels = [world.channel, world.another_channel("b").await, world.another_channel("c").await];
    for channel in channels {
        world.plan(channel, &[1; 60]).await;
    }
    let mut claimers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let other = bench.open().await;
        for store in [world.store.clone(), other] {
            claimers.spawn(async move {
                let mut mine = Vec::new();
                let mut empty = 0;
                while empty < 3 {
                    let got = match store.claim(&Claim { limit: 7, per_channel: 5, ..claim(10) }).await {
                        Ok(got) => got,
                        Err(StoreError::Busy) => continue,
                        Err(error) => panic!("{error}"),
                    };
                    empty += u8::from(got.is_empty());
                    mine.extend(got.into_iter().map(|c| (c.dispatch.id, c.dispatch.fence)));
                }
                mine
            });
        }
    }
    let all = claimers.join_all().await.concat();
    assert_eq!(all.len(), 180);
    assert_eq!(all.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>().len(), 180, "each once");
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

pub(crate) async fn another_process_is_heard_and_oneself_is_not(bench: &Bench) {
    let world = bench.world().await;
    let other = bench.open().await;
    world.store.changed_elsewhere().await.unwrap();
    world.store.set_meta("a", "1").await.unwrap();
    assert!(!world.store.changed_elsewhere().await.unwrap(), "our own");
    other.set_meta("a", "2").await.unwrap();
    assert!(world.store.changed_elsewhere().await.unwrap());
    assert!(!world.store.changed_elsewhere().await.unwrap(), "told once");
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
