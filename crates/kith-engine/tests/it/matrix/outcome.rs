//! The network took it, and its answer says otherwise or nothing.

use jiff::SignedDuration;
use kith_domain::publish::{Class, State};
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};

use super::rig::Rig;

const CLASSES: [Class; 2] = [Class::Keyed { ttl_s: 3_600 }, Class::ReadBack];

/// Plans one post, lets the fault take its first send, and returns where it stands after that.
async fn struck(class: Class, fault: Fault) -> (Rig, kith_domain::ids::DispatchId) {
    let rig = Rig::new().await;
    rig.pretend("lark", class).await;
    let id = rig.plan("Struck", 60).await;
    rig.proxy.plan(Rule::on("/api/v1/statuses", fault).method("POST").times(1));
    rig.pass(61);
    rig.deliver().await;
    (rig, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_after_it_was_accepted_is_looked_for_before_anything_else() {
    for class in CLASSES {
        let (rig, id) = struck(class, Fault::DropAfterUpstream).await;
        assert!(matches!(rig.state(id).await, State::Uncertain { .. }), "{class:?}");
        rig.deliver().await;
        assert_eq!(rig.sends(), 1, "{class:?}: no retry before the look");
        let state = rig.settle_with(&rig.courier, id, SignedDuration::from_mins(1)).await;
        assert!(matches!(state, State::Published { .. }), "{class:?}: {state:?}");
        assert_eq!((rig.sends(), rig.shown("Struck").await), (1, 1), "{class:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_500_after_it_was_accepted_is_no_refusal() {
    for class in CLASSES {
        let (rig, id) = struck(class, Fault::Status500AfterUpstream).await;
        assert!(matches!(rig.state(id).await, State::Uncertain { .. }), "{class:?}");
        assert!(matches!(rig.settle(id).await, State::Published { .. }), "{class:?}");
        assert_eq!((rig.sends(), rig.shown("Struck").await), (1, 1), "{class:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_that_cannot_be_read_is_a_success_without_proof() {
    for class in CLASSES {
        let (rig, id) = struck(class, Fault::Malformed).await;
        assert!(matches!(rig.state(id).await, State::Uncertain { .. }), "{class:?}");
        assert!(matches!(rig.settle(id).await, State::Published { .. }), "{class:?}");
        assert_eq!((rig.sends(), rig.shown("Struck").await), (1, 1), "{class:?}");
    }
}

/// The connection was cut; the server takes the request up a minute later. Looks before that find nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_accepts_a_minute_late_is_found_and_not_sent_again() {
    for class in CLASSES {
        let (rig, id) = struck(class, Fault::HoldRequest).await;
        for _ in 0..30 {
            rig.pass(2);
            rig.deliver().await;
        }
        let absences = rig.attempts(id).await.iter().filter(|attempt| attempt.outcome == "absent").count();
        assert!(absences > 0, "{class:?}: it was looked for in vain");
        assert_eq!((rig.sends(), rig.shown("Struck").await), (1, 0), "{class:?}: and not sent again");
        rig.proxy.release().await;
        assert_eq!(rig.shown("Struck").await, 1);
        assert!(matches!(rig.settle(id).await, State::Published { .. }), "{class:?}");
        assert_eq!((rig.sends(), rig.shown("Struck").await), (1, 1), "{class:?}");
    }
}

/// Accepted so late that the key was used again meanwhile: the key makes it one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_accept_beside_a_replay_under_the_same_key_is_one_post() {
    let (rig, id) = struck(Class::Keyed { ttl_s: 3_600 }, Fault::HoldRequest).await;
    assert!(matches!(rig.settle(id).await, State::Published { .. }));
    assert_eq!(rig.sends(), 2, "the key was replayed after its pause");
    rig.proxy.release().await;
    rig.pass(600);
    rig.deliver().await;
    assert_eq!(rig.shown("Struck").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_real_pds_no_lost_500_or_late_answer_makes_a_second_record() {
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("late").await.unwrap();
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    let rig = Rig::new().await;
    let fields = [("server", proxy.url.as_str()), ("handle", &account.handle), ("app_password", &account.app_password)];
    rig.add("bluesky", "swift", &fields).await;
    for fault in [Fault::DropAfterUpstream, Fault::Status500AfterUpstream, Fault::Malformed, Fault::HoldRequest] {
        let text = format!("{fault:?}");
        let id = rig.plan_on("swift", &text, 60).await;
        proxy.plan(Rule::on("com.atproto.repo.putRecord", fault.clone()).times(1));
        rig.pass(61);
        let state = rig.settle_with(&rig.courier, id, SignedDuration::from_mins(1)).await;
        assert!(matches!(state, State::Published { .. }), "{fault:?}: {state:?}");
        proxy.behave();
        proxy.release().await;
        let me = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
        let there = me.posts(&account.did).await.unwrap();
        assert_eq!(there.iter().filter(|record| record.to_string().contains(&text)).count(), 1, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_real_mastodon_api_no_lost_or_500_answer_makes_a_second_status() {
    let server = servers::mastodon_mock().await.unwrap();
    let proxy = FaultProxy::start(&server.url).await.unwrap();
    let rig = Rig::new().await;
    rig.add("mastodon", "wren", &[("server", &proxy.url), ("token", &server.tokens.alan)]).await;
    for fault in [Fault::DropAfterUpstream, Fault::Status500AfterUpstream, Fault::Malformed] {
        let text = format!("{fault:?} in {}", std::process::id());
        // The server stamps with the world's clock, and a look believes two minutes of difference: little time may pass.
        let id = rig.plan_on("wren", &text, 5).await;
        proxy.plan(Rule::on("/api/v1/statuses", fault.clone()).method("POST").times(1));
        rig.pass(6);
        let state = rig.settle_with(&rig.courier, id, SignedDuration::from_secs(30)).await;
        assert!(matches!(state, State::Published { .. }), "{fault:?}: {state:?}");
        let me = other::mastodon(&server.url, &server.tokens.alan).await.unwrap();
        let there = me.all_statuses(&me.id).await.unwrap();
        assert_eq!(there.iter().filter(|status| status["content"].as_str().unwrap().contains(&text)).count(), 1, "{fault:?}");
    }
}
