//! A worker that stands still beyond its lease comes back (reliability.md A4, I10).

use jiff::SignedDuration;
use kith_domain::publish::{Class, State};
use kith_engine::{Courier, Point};

use super::rig::{BOTH, Base, PAST_THE_LEASE, Rig};

/// Freezes a worker at the point, lets another finish the post, thaws the first; returns the published state.
async fn comes_back(base: Base, class: Class, point: Point) -> Rig {
    let rig = Rig::on(base).await;
    rig.pretend("lark", class).await;
    let id = rig.plan("Twice?", 60).await;
    rig.pass(61);
    rig.hand.stop_at(point);
    let zombie = tokio::spawn({
        let courier = rig.courier.clone();
        async move { courier.run_due().await }
    });
    rig.hand.somebody_stands().await;
    rig.clock.advance(PAST_THE_LEASE);
    let next = Courier::new(rig.another().await);
    let state = rig.settle_with(&next, id, SignedDuration::from_hours(1)).await;
    assert!(matches!(state, State::Published { .. }), "{base:?} {class:?} {point:?}: {state:?}");
    let before = (rig.view(id).await, rig.attempts(id).await, rig.space().events(None, None, 500).await.unwrap());

    rig.hand.thaw();
    zombie.await.unwrap().unwrap();
    let after = (rig.view(id).await, rig.attempts(id).await, rig.space().events(None, None, 500).await.unwrap());
    assert_eq!(before, after, "{base:?} {class:?} {point:?}: a late result writes nothing");
    assert_eq!(rig.shown("Twice?").await, 1, "{base:?} {class:?} {point:?}");
    rig
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zombie_from_before_the_check_sends_nothing() {
    for base in BOTH {
        for class in [Class::Keyed { ttl_s: 3_600 }, Class::ReadBack] {
            let rig = comes_back(base, class, Point::AfterIntent).await;
            assert_eq!(rig.sends(), 1, "{base:?} {class:?}: only its follower sent");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zombie_that_only_prepared_is_refused_before_its_intent() {
    for base in BOTH {
        for point in [Point::AfterClaim, Point::AfterPrepare] {
            let rig = comes_back(base, Class::ReadBack, point).await;
            assert_eq!(rig.sends(), 1, "{base:?} {point:?}");
        }
    }
}

/// The hole that no program closes: its bytes leave. The key and the fence make it harmless here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zombie_from_after_the_check_sends_under_the_same_key_and_its_result_is_refused() {
    for base in BOTH {
        let rig = comes_back(base, Class::Keyed { ttl_s: 3_600 }, Point::BeforeSend).await;
        let keys: Vec<_> = rig
            .proxy
            .requests()
            .iter()
            .filter(|passed| passed.path == "/api/v1/statuses")
            .map(|passed| (passed.header("idempotency-key").unwrap().to_owned(), passed.body.clone()))
            .collect();
        assert_eq!((keys.len(), &keys[0]), (2, &keys[1]), "{base:?}: the same bytes under the same key");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zombie_with_an_answer_in_hand_is_refused_by_the_fence() {
    for base in BOTH {
        let rig = comes_back(base, Class::ReadBack, Point::AfterSend).await;
        assert_eq!(rig.sends(), 1, "{base:?}: its follower found what it had sent");
    }
}
