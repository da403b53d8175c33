//! What is sent is what was approved, whatever happens to it between (I6); and a person who changes their mind in the
//! moment it goes out.

use kith_domain::publish::{Class, Content, Hold, NeedsPerson, State};
use kith_engine::{Courier, Point};
use kith_store::{PlanChange, Reword, SaveError};
use kith_testkit::{Fault, Rule};

use super::behind;
use super::rig::{BOTH, PAST_THE_LEASE, Rig};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_words_are_held_and_never_sent() {
    for base in BOTH {
        let rig = Rig::on(base).await;
        let id = rig.plan("Approved words", 60).await;
        behind::alter_content(&rig, id, "Approved", "Smuggled").await;
        rig.pass(61);
        rig.deliver().await;
        assert!(matches!(rig.state(id).await, State::Held { why: Hold::Changed, .. }), "{base:?}: {:?}", rig.state(id).await);
        assert!(rig.words(id).await.contains("not the ones that were approved"), "{}", rig.words(id).await);
        rig.pass(7_200);
        rig.deliver().await;
        assert_eq!(rig.sends(), 0, "{base:?}");
    }
}

/// Words and their hash altered together still lack the approval.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_words_with_a_hash_that_fits_are_held_too() {
    let rig = Rig::new().await;
    let id = rig.plan("Approved words", 60).await;
    behind::alter_content(&rig, id, "Approved", "Smuggled").await;
    let content = Content { text: "Smuggled words".into(), ..rig.view(id).await.content };
    behind::alter_approval(&rig, id, content.hash().as_str()).await;
    rig.pass(61);
    rig.deliver().await;
    assert!(matches!(rig.state(id).await, State::Held { why: Hold::Changed, .. }));
    assert_eq!(rig.sends(), 0);
}

/// The worker has read and judged the words already; what lies in the database afterwards is not what it sends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_altered_under_the_workers_hands_are_not_what_it_sends() {
    for point in [Point::AfterPrepare, Point::AfterIntent, Point::BeforeSend] {
        let rig = std::sync::Arc::new(Rig::new().await);
        let id = rig.plan("Approved words", 60).await;
        rig.pass(61);
        rig.hand.when_at(point, {
            let rig = rig.clone();
            async move { behind::alter_content(&rig, id, "Approved", "Smuggled").await }
        });
        rig.deliver().await;
        assert_eq!((rig.shown("Approved words").await, rig.shown("Smuggled words").await), (1, 0), "{point:?}");
    }
}

/// Bytes that were fixed for a send that certainly did not happen are checked against what that send was to be; where
/// they differ they are made anew from the approved words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_bytes_of_a_send_that_did_not_happen_are_made_anew() {
    for base in BOTH {
        let rig = Rig::on(base).await;
        let id = rig.plan("Approved words", 60).await;
        rig.proxy.plan(Rule::on("/api/v1/statuses", Fault::RateLimited { retry_after_s: 30 }).method("POST").times(1));
        rig.pass(61);
        rig.deliver().await;
        behind::alter_prepared(&rig, id, "Approved", "Smuggled").await;
        rig.pass(31);
        rig.deliver().await;
        assert!(matches!(rig.state(id).await, State::Published { .. }), "{base:?}: {:?}", rig.state(id).await);
        assert_eq!((rig.shown("Approved words").await, rig.shown("Smuggled words").await), (1, 0), "{base:?}");
    }
}

/// Bytes of a send that may have happened can't be made anew (the same bytes are the guard against doubles), and a look
/// by altered bytes would look for the wrong thing: a person is asked, nothing leaves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_bytes_of_a_send_that_may_have_happened_ask_a_person_and_are_never_sent() {
    for class in [Class::Keyed { ttl_s: 3_600 }, Class::ReadBack] {
        let rig = Rig::new().await;
        rig.pretend("lark", class).await;
        let id = rig.plan("Approved words", 60).await;
        rig.proxy.plan(Rule::on("/api/v1/statuses", Fault::DropBeforeUpstream).method("POST").times(1));
        rig.pass(61);
        rig.deliver().await;
        behind::alter_prepared(&rig, id, "Approved", "Smuggled").await;
        let state = rig.settle(id).await;
        assert!(matches!(state, State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. }), "{class:?}: {state:?}");
        assert!(rig.words(id).await.contains("stored bytes"), "{}", rig.words(id).await);
        assert_eq!((rig.sends(), rig.shown("Smuggled words").await), (1, 0), "{class:?}");
    }
}

fn reworded(was: &kith_store::DispatchView, text: &str) -> PlanChange {
    let content = Content { text: text.into(), ..was.content.clone() };
    let reword = Reword { was: was.dispatch.clone(), content, approved_by: was.provenance.approved_by.clone() };
    PlanChange { rewords: vec![reword], ..PlanChange::default() }
}

/// The owner's new words and the worker meet at every point: either the new version is what goes out, or it is refused
/// and the old one does. Never both, never a mixture.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_words_either_go_out_or_are_refused() {
    for base in BOTH {
        for (point, wins) in [
            (Point::AfterSelect, true),
            (Point::AfterClaim, true),
            (Point::AfterPrepare, true),
            (Point::AfterIntent, false),
            (Point::BeforeSend, false),
            (Point::AfterSend, false),
            (Point::AfterCommit, false),
        ] {
            let rig = std::sync::Arc::new(Rig::on(base).await);
            let id = rig.plan("Old words", 60).await;
            rig.pass(61);
            let (told, heard) = tokio::sync::oneshot::channel();
            rig.hand.when_at(point, {
                let rig = rig.clone();
                async move {
                    let change = reworded(&rig.view(id).await, "New words");
                    told.send(rig.space().change_plan(&change, kith_engine::Clock::now(&*rig.clock)).await).unwrap();
                }
            });
            rig.deliver().await;
            assert_eq!(heard.await.unwrap(), if wins { Ok(()) } else { Err(SaveError::Fenced) }, "{base:?} {point:?}");
            // A claim that lost its post to the edit wakes again when its lease would have ended.
            rig.clock.advance(PAST_THE_LEASE);
            let state = rig.settle(id).await;
            assert!(matches!(state, State::Published { .. }), "{base:?} {point:?}: {state:?}");
            let shown = (rig.shown("Old words").await, rig.shown("New words").await);
            assert_eq!(shown, if wins { (0, 1) } else { (1, 0) }, "{base:?} {point:?}");
        }
    }
}

/// An edit made from a page that was read before the worker came is refused, whatever it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_what_was_read_before_the_claim_is_refused() {
    let rig = std::sync::Arc::new(Rig::new().await);
    let id = rig.plan("Old words", 60).await;
    let stale = rig.view(id).await;
    rig.pass(61);
    let (told, heard) = tokio::sync::oneshot::channel();
    rig.hand.when_at(Point::AfterClaim, {
        let rig = rig.clone();
        async move {
            let change = reworded(&stale, "New words");
            told.send(rig.space().change_plan(&change, kith_engine::Clock::now(&*rig.clock)).await).unwrap();
        }
    });
    rig.deliver().await;
    assert_eq!(heard.await.unwrap(), Err(SaveError::Fenced));
    assert_eq!((rig.shown("Old words").await, rig.shown("New words").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calling_off_wins_before_the_intent_and_is_refused_after_it() {
    for (point, wins) in [(Point::AfterClaim, true), (Point::AfterPrepare, true), (Point::AfterIntent, false), (Point::AfterSend, false)] {
        let rig = std::sync::Arc::new(Rig::new().await);
        let id = rig.plan("Called off", 60).await;
        rig.pass(61);
        let (told, heard) = tokio::sync::oneshot::channel();
        rig.hand.when_at(point, {
            let rig = rig.clone();
            async move { told.send(rig.kith.cancel(&rig.operator, &id.to_string()).await).unwrap() }
        });
        rig.deliver().await;
        match heard.await.unwrap() {
            Ok(line) => assert!(wins && line.state == "cancelled", "{point:?}"),
            Err(problem) => assert!(!wins && problem.to_string().contains("may already be out"), "{point:?}: {problem}"),
        }
        let next = Courier::new(rig.another().await);
        rig.clock.advance(PAST_THE_LEASE);
        next.run_due().await.unwrap();
        assert_eq!(rig.shown("Called off").await, usize::from(!wins), "{point:?}");
    }
}
