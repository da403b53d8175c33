//! A network asks for patience (429): nothing was created, that channel waits, the others do not.

use jiff::SignedDuration;
use kith_domain::ids::DispatchId;
use kith_domain::publish::{Class, State};
use kith_engine::Clock;
use kith_testkit::{Fault, FaultProxy, Rule};

use super::bare::Canned;
use super::rig::Rig;

/// Seconds from now to the next try.
async fn next_try(rig: &Rig, id: DispatchId) -> i64 {
    match rig.state(id).await {
        State::Planned { not_before: Some(at), .. } => at.duration_since(rig.clock.now()).as_secs(),
        other => panic!("it does not wait: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retry_after_is_honoured_to_the_second_and_other_channels_go_on() {
    let rig = Rig::new().await;
    let second = FaultProxy::start(&rig.practice.url()).await.unwrap();
    rig.add("mastodon", "wren", &[("server", &second.url), ("token", &rig.practice.owner_token())]).await;
    let (slow, free) = (rig.plan("Slow", 60).await, rig.plan_on("wren", "Free", 60).await);
    rig.proxy.plan(Rule::on("/api/v1/statuses", Fault::RateLimited { retry_after_s: 300 }).method("POST").times(1));
    rig.pass(61);
    rig.deliver().await;
    assert!(matches!(rig.state(free).await, State::Published { .. }), "another channel is not held up");
    assert_eq!(next_try(&rig, slow).await, 300);
    rig.pass(299);
    rig.deliver().await;
    assert_eq!(rig.sends(), 1, "not a second early");
    rig.pass(1);
    rig.deliver().await;
    assert!(matches!(rig.state(slow).await, State::Published { .. }));
    assert_eq!((rig.sends(), rig.shown("Slow").await), (2, 1));
}

/// Some say when the counter starts anew, as an instant or in seconds since 1970.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_header_is_honoured_where_there_is_no_retry_after() {
    for dialect in ["instant", "seconds"] {
        let rig = Rig::new().await;
        let id = rig.plan("Reset", 60).await;
        rig.pass(61);
        let reset = rig.clock.now() + SignedDuration::from_secs(420);
        let headers = match dialect {
            "instant" => format!("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {reset}\r\n"),
            _ => format!("RateLimit-Remaining: 0\r\nRateLimit-Reset: {}\r\n", reset.as_second()),
        };
        let slow = Canned::start("429 Too Many Requests", &headers, r#"{"error":"Too many requests"}"#).await;
        rig.proxy.point_at(&slow.url).unwrap();
        rig.deliver().await;
        let asked = next_try(&rig, id).await;
        assert!((419..=420).contains(&asked), "{dialect}: {asked} s");
        rig.proxy.point_at(&rig.practice.url()).unwrap();
        rig.pass(asked - 1);
        rig.deliver().await;
        assert_eq!(rig.sends(), 1, "{dialect}: not a second early");
        rig.pass(2);
        rig.deliver().await;
        assert!(matches!(rig.state(id).await, State::Published { .. }), "{dialect}");
        assert_eq!((rig.sends(), rig.shown("Reset").await), (2, 1), "{dialect}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_header_pauses_grow_with_jitter_and_grace_ends_them_in_words() {
    let rig = Rig::new().await;
    let id = rig.plan("No header", 60).await;
    rig.pass(61);
    let slow = Canned::start("429 Too Many Requests", "", r#"{"error":"Too many requests"}"#).await;
    rig.proxy.point_at(&slow.url).unwrap();
    let mut pauses = Vec::new();
    loop {
        rig.deliver().await;
        if !matches!(rig.state(id).await, State::Planned { .. }) {
            break;
        }
        let pause = next_try(&rig, id).await;
        pauses.push(pause);
        rig.pass(pause + 1);
    }
    assert!(matches!(rig.state(id).await, State::Missed { .. }), "{:?}", rig.state(id).await);
    assert!(rig.words(id).await.contains("Send it now"), "{}", rig.words(id).await);
    for (n, pause) in pauses.iter().take(7).enumerate() {
        let full = 5 << n;
        assert!((full / 2 - 1..=full).contains(pause), "pause {n} is {pause} s; the full one is {full}: {pauses:?}");
    }
    assert!((7..20).contains(&pauses.len()), "{pauses:?}");
    rig.proxy.point_at(&rig.practice.url()).unwrap();
    rig.pass(60);
    rig.deliver().await;
    assert_eq!(rig.shown("No header").await, 0, "429 is certain: it is not there, and missed is asked");
}

/// A 429 to a second send says nothing of the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patience_asked_of_a_replay_leaves_the_first_try_unknown() {
    for class in [Class::Keyed { ttl_s: 3_600 }, Class::ReadBack] {
        let rig = Rig::new().await;
        rig.pretend("lark", class).await;
        let id = rig.plan("Replay", 60).await;
        rig.proxy.plan(Rule::on("/api/v1/statuses", Fault::HoldRequest).method("POST").times(1));
        rig.proxy.plan(Rule::on("/api/v1/statuses", Fault::RateLimited { retry_after_s: 30 }).method("POST").times(1));
        rig.pass(61);
        while rig.sends() < 2 {
            rig.deliver().await;
            rig.pass(2);
        }
        assert!(matches!(rig.state(id).await, State::Uncertain { .. }), "{class:?}");
        rig.proxy.release().await;
        assert!(matches!(rig.settle(id).await, State::Published { .. }), "{class:?}");
        assert_eq!((rig.sends(), rig.shown("Replay").await), (2, 1), "{class:?}: the first had arrived after all");
    }
}
