//! A worker dies at every point between two steps.

use jiff::SignedDuration;
use kith_domain::publish::{Class, State};
use kith_engine::{Courier, Point};
use kith_testkit::{FaultProxy, other, servers};

use super::behind;
use super::rig::{BOTH, PAST_THE_LEASE, Rig};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Nothing had left when it died.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_before_the_claim_leaves_a_post_that_goes_out_once() {
    let mut rig = Rig::new().await;
    let id = rig.plan("Before the claim", 60).await;
    rig.pass(61);
    rig.die_at(Point::AfterSelect).await;
    assert_eq!(rig.state(id).await, State::planned());
    assert_eq!(rig.view(id).await.lease_until, None, "nobody holds it");
    // No restart is needed: the next poll claims.
    let next = Courier::new(rig.another().await);
    assert_eq!(next.run_due().await.unwrap(), 1);
    assert!(matches!(rig.state(id).await, State::Published { .. }));
    rig.restart().await;
    rig.deliver().await;
    assert_eq!((rig.sends(), rig.shown("Before the claim").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_after_the_claim_holds_it_until_its_lease_ends_and_no_longer() {
    for base in BOTH {
        for point in [Point::AfterClaim, Point::AfterPrepare] {
            let rig = Rig::on(base).await;
            let id = rig.plan("Claimed", 60).await;
            rig.pass(61);
            rig.die_at(point).await;
            assert!(rig.attempts(id).await.is_empty(), "{base:?} {point:?}: no intent is stored");
            assert_eq!(rig.view(id).await.dispatch.prepared, None, "bytes without an intent are none");
            let next = Courier::new(rig.another().await);
            rig.pass(118);
            assert_eq!(next.run_due().await.unwrap(), 0, "{base:?} {point:?}: its lease still runs");
            rig.clock.advance(SignedDuration::from_secs(3));
            assert_eq!(next.run_due().await.unwrap(), 1, "{base:?} {point:?}: at most two minutes");
            assert!(matches!(rig.state(id).await, State::Published { .. }), "{base:?} {point:?}");
            assert_eq!((rig.sends(), rig.shown("Claimed").await), (1, 1), "{base:?} {point:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_the_same_folder_waits_for_no_lease_of_the_dead() {
    let mut rig = Rig::new().await;
    let id = rig.plan("Taken over", 60).await;
    rig.pass(61);
    rig.die_at(Point::AfterClaim).await;
    rig.restart().await;
    rig.deliver().await;
    assert!(matches!(rig.state(id).await, State::Published { .. }));
    assert_eq!(rig.sends(), 1);
}

/// The intent is on disk and nothing left: whoever comes next can't know that, and looks first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_after_the_intent_leaves_a_post_that_is_looked_for_and_then_sent_once() {
    for class in [Class::Keyed { ttl_s: 3_600 }, Class::ReadBack] {
        for point in [Point::AfterIntent, Point::BeforeSend] {
            let mut rig = Rig::new().await;
            rig.pretend("lark", class).await;
            let id = rig.plan("Intended", 60).await;
            rig.pass(61);
            rig.die_at(point).await;
            assert!(matches!(rig.state(id).await, State::Sending { .. }), "{class:?} {point:?}");
            assert_eq!(rig.sends(), 0);
            rig.restart().await;
            rig.deliver().await;
            assert!(matches!(rig.state(id).await, State::Uncertain { unknowns: 1, .. }), "{class:?} {point:?}");
            assert!(matches!(rig.settle(id).await, State::Published { .. }), "{class:?} {point:?}");
            assert_eq!((rig.sends(), rig.shown("Intended").await), (1, 1), "{class:?} {point:?}");
            let attempts = rig.attempts(id).await;
            let kinds: Vec<&str> = attempts.iter().map(|attempt| attempt.kind.as_str()).collect();
            assert_eq!((kinds[0], kinds[1]), ("send", "look"), "looked for before it was sent again");
            assert_eq!(attempts[0].ended_at, None, "nobody came back to say how it ended");
            assert!(attempts.iter().filter(|attempt| attempt.kind.as_str() == "send").all(|send| send.request == attempts[0].request));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_kith_cannot_look_the_person_is_asked_and_nothing_is_sent_again() {
    for point in [Point::AfterIntent, Point::AfterSend] {
        let mut rig = Rig::new().await;
        rig.pretend("lark", Class::Blind).await;
        let id = rig.plan("Blind", 60).await;
        rig.pass(61);
        rig.die_at(point).await;
        let sent = rig.sends();
        rig.restart().await;
        let state = rig.settle_with(&rig.courier, id, MINUTE).await;
        assert!(matches!(state, State::NeedsPerson { .. }), "{point:?}: asked within a minute, not {state:?}");
        rig.pass(7_200);
        rig.deliver().await;
        assert_eq!(rig.sends(), sent, "{point:?}");
    }
}

/// The network has it, and nobody wrote that down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_with_the_answer_in_hand_leaves_a_post_that_is_found_and_not_sent_again() {
    for base in BOTH {
        for class in [Class::Keyed { ttl_s: 3_600 }, Class::ReadBack] {
            let mut rig = Rig::on(base).await;
            rig.pretend("lark", class).await;
            let id = rig.plan("Accepted", 60).await;
            rig.pass(61);
            rig.die_at(Point::AfterSend).await;
            assert_eq!((rig.sends(), rig.shown("Accepted").await), (1, 1));
            assert!(matches!(rig.state(id).await, State::Sending { .. }), "nothing of the answer is stored");
            rig.restart().await;
            rig.clock.advance(PAST_THE_LEASE);
            let state = rig.settle_with(&rig.courier, id, MINUTE).await;
            assert!(matches!(state, State::Published { .. }), "{base:?} {class:?}: {state:?}");
            assert_eq!((rig.sends(), rig.shown("Accepted").await), (1, 1), "{base:?} {class:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_after_a_look_looks_again() {
    let mut rig = Rig::new().await;
    let id = rig.plan("Looked for", 60).await;
    rig.pass(61);
    rig.die_at(Point::AfterSend).await;
    rig.restart().await;
    rig.deliver().await;
    rig.pass(5);
    rig.die_at(Point::AfterLook).await;
    assert!(matches!(rig.state(id).await, State::Uncertain { .. }), "nothing of the look is stored");
    rig.restart().await;
    assert!(matches!(rig.settle(id).await, State::Published { .. }));
    assert_eq!(rig.sends(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_after_the_commit_has_finished() {
    let mut rig = Rig::new().await;
    let id = rig.plan("Committed", 60).await;
    rig.pass(61);
    rig.die_at(Point::AfterCommit).await;
    assert!(matches!(rig.state(id).await, State::Published { .. }));
    rig.restart().await;
    rig.pass(600);
    rig.deliver().await;
    assert_eq!((rig.sends(), rig.attempts(id).await.len()), (1, 1));
}

/// State, attempt and event are one transaction: broken off at its last statement, none of them is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_breaks_off_leaves_neither_state_nor_attempt_nor_event() {
    for base in BOTH {
        let rig = Rig::on(base).await;
        let id = rig.plan("Half a commit", 60).await;
        rig.pass(61);
        behind::forbid(&rig, "event", "INSERT").await;
        rig.deliver().await;
        assert!(matches!(rig.state(id).await, State::Sending { .. }), "{base:?}");
        let view = rig.view(id).await;
        assert!(view.lease_until.is_some(), "{base:?}: the claim goes on until its lease ends");
        let attempts = rig.attempts(id).await;
        assert_eq!((attempts.len(), attempts[0].ended_at, attempts[0].outcome.as_str()), (1, None, ""), "{base:?}");
        assert!(rig.space().events(Some(&id.to_string()), None, 10).await.unwrap().is_empty(), "{base:?}");

        behind::allow(&rig, "event").await;
        rig.clock.advance(PAST_THE_LEASE);
        let state = rig.settle(id).await;
        assert!(matches!(state, State::Published { .. }), "{base:?}: {state:?}");
        let kinds: Vec<String> =
            rig.space().events(Some(&id.to_string()), None, 10).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| *kind == "dispatch.published").count(), 1, "{base:?}: {kinds:?}");
        assert_eq!((rig.sends(), rig.shown("Half a commit").await), (1, 1), "{base:?}");
    }
}

/// The same on a real PDS, where the record has our name: no pause is needed, and nothing can double.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_named_record_is_replayed_wherever_its_worker_died() {
    let pds = servers::pds().await.unwrap();
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    let account = pds.new_account("crash").await.unwrap();
    for point in [Point::AfterClaim, Point::AfterIntent, Point::BeforeSend, Point::AfterSend] {
        let mut rig = Rig::new().await;
        let fields = [("server", proxy.url.as_str()), ("handle", &account.handle), ("app_password", &account.app_password)];
        rig.add("bluesky", "swift", &fields).await;
        let text = format!("Died at {point:?}");
        let id = rig.plan_on("swift", &text, 60).await;
        rig.pass(61);
        rig.die_at(point).await;
        rig.restart().await;
        let state = rig.settle_with(&rig.courier, id, SignedDuration::from_secs(30)).await;
        assert!(matches!(state, State::Published { .. }), "{point:?}: {state:?}");
        let me = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
        let there = me.posts(&account.did).await.unwrap();
        assert_eq!(there.iter().filter(|record| record.to_string().contains(&text)).count(), 1, "{point:?}");
    }
}
