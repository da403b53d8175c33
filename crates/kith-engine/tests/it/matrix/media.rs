//! A picture that was there when the post was planned is gone; a channel that was signed in is not.

use base64::Engine as _;
use jiff::SignedDuration;
use kith_domain::ids::DispatchId;
use kith_domain::publish::{Hold, State};
use kith_engine::{Clock, Preflight};

use super::bare::Canned;
use super::rig::Rig;

/// One grey pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/// A post with a picture, due in an hour, where Kith keeps the picture, and its bytes as they are kept.
async fn with_picture(rig: &Rig) -> (DispatchId, std::path::PathBuf, Vec<u8>) {
    let pixel = base64::engine::general_purpose::STANDARD.decode(PNG).unwrap();
    std::fs::write(rig.folder.path().join("shelf.png"), pixel).unwrap();
    let csv = format!("text,at,media,alt\nThe shelf,{},shelf.png,A warm shelf\n", rig.at(3_600));
    rig.import(&rig.kith, &csv, "lark").await.unwrap();
    let view = rig.view_of("The shelf").await;
    let kept = rig.folder.path().join("data/media").join(&view.content.media[0].sha256);
    let bytes = std::fs::read(&kept).unwrap();
    (view.dispatch.id, kept, bytes)
}

fn held(state: &State, reason: Hold) -> bool {
    matches!(state, State::Held { why, .. } if *why == reason)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_picture_is_said_a_quarter_of_an_hour_before_and_mended_in_time_it_goes_out() {
    let rig = Rig::new().await;
    let (id, kept, bytes) = with_picture(&rig).await;
    std::fs::remove_file(&kept).unwrap();
    let mut preflight = Preflight::new(rig.kith.clone());
    rig.pass(3_600 - 901);
    assert_eq!(preflight.run_once().await.unwrap(), 0, "not before its quarter of an hour");
    rig.pass(2);
    assert_eq!(preflight.run_once().await.unwrap(), 1);
    assert!(held(&rig.state(id).await, Hold::Media));
    let words = rig.words(id).await;
    assert!(words.contains("A picture is missing") && words.contains("A warm shelf"), "{words}");
    let events = rig.space().events(Some(&id.to_string()), None, 10).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "dispatch.held").count(), 1);

    std::fs::write(&kept, &bytes).unwrap();
    assert_eq!(preflight.run_once().await.unwrap(), 1, "it is there again");
    assert_eq!(rig.state(id).await, State::planned());
    rig.deliver().await;
    assert_eq!(rig.sends(), 0, "still not before its time");
    rig.pass(900);
    rig.deliver().await;
    assert!(matches!(rig.state(id).await, State::Published { .. }));
    assert_eq!((rig.sends(), rig.shown("The shelf").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_vanishes_after_the_look_holds_the_post_before_a_byte_leaves() {
    for spoil in [true, false] {
        let rig = Rig::new().await;
        let (id, kept, bytes) = with_picture(&rig).await;
        rig.pass(3_600 - 600);
        assert_eq!(Preflight::new(rig.kith.clone()).run_once().await.unwrap(), 0, "all is well");
        if spoil {
            std::fs::write(&kept, b"other bytes under the same name").unwrap();
        } else {
            std::fs::remove_file(&kept).unwrap();
        }
        rig.pass(601);
        rig.deliver().await;
        assert!(held(&rig.state(id).await, Hold::Media), "spoilt {spoil}: {:?}", rig.state(id).await);
        let uploads = rig.proxy.requests().iter().filter(|passed| passed.path.contains("media")).count();
        assert_eq!((rig.sends(), uploads), (0, 0));
        std::fs::write(&kept, &bytes).unwrap();
        assert_eq!(Preflight::new(rig.kith.clone()).run_once().await.unwrap(), 1);
        rig.deliver().await;
        assert!(matches!(rig.state(id).await, State::Published { .. }), "spoilt {spoil}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_mended_too_late_asks_instead_of_going_out_late() {
    let rig = Rig::new().await;
    let (id, kept, bytes) = with_picture(&rig).await;
    std::fs::remove_file(&kept).unwrap();
    rig.pass(3_601);
    rig.deliver().await;
    assert!(held(&rig.state(id).await, Hold::Media));
    rig.pass(7_200);
    std::fs::write(&kept, &bytes).unwrap();
    Preflight::new(rig.kith.clone()).run_once().await.unwrap();
    rig.deliver().await;
    assert!(matches!(rig.state(id).await, State::Missed { .. }));
    assert_eq!(rig.sends(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_no_longer_signed_in_is_said_before_its_posts_are_due_and_asked_once_for_all() {
    let rig = Rig::new().await;
    for n in 0..5 {
        rig.plan(&format!("Soon {n}"), 600 + n).await;
    }
    rig.plan("Tomorrow", 86_400).await;
    let dead = Canned::start("401 Unauthorized", "", r#"{"error":"The access token was revoked"}"#).await;
    rig.proxy.point_at(&dead.url).unwrap();
    let mut preflight = Preflight::new(rig.kith.clone());
    let before = rig.proxy.requests().len();
    assert_eq!(preflight.run_once().await.unwrap(), 5);
    assert_eq!(rig.proxy.requests().len() - before, 1, "one question for five posts");
    for n in 0..5 {
        let view = rig.view_of(&format!("Soon {n}")).await;
        assert!(held(&view.dispatch.state, Hold::Token), "{:?}", view.dispatch.state);
        assert!(rig.words(view.dispatch.id).await.contains("must be signed in again"));
    }
    assert_eq!(rig.view_of("Tomorrow").await.dispatch.state, State::planned());

    rig.proxy.point_at(&rig.practice.url()).unwrap();
    rig.add("mastodon", "lark", &[("server", &rig.proxy.url), ("token", &rig.practice.owner_token())]).await;
    rig.clock.advance(SignedDuration::from_secs(605));
    rig.deliver().await;
    assert_eq!(rig.sends(), 5, "signed in before they were due, they go out in time");
    assert!(rig.clock.now() < rig.view_of("Tomorrow").await.dispatch.due_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_does_not_answer_the_look_ahead_holds_nothing() {
    let rig = Rig::new().await;
    let id = rig.plan("Anyway", 600).await;
    let down = Canned::start("503 Service Unavailable", "", "{}").await;
    rig.proxy.point_at(&down.url).unwrap();
    assert_eq!(Preflight::new(rig.kith.clone()).run_once().await.unwrap(), 0);
    rig.proxy.point_at(&rig.practice.url()).unwrap();
    rig.pass(601);
    rig.deliver().await;
    assert!(matches!(rig.state(id).await, State::Published { .. }));
}
