//! An answer is on the network once, whatever becomes of the page, and its words are never lost.

use std::time::Duration;

use axum::http::StatusCode;
use kith_testkit::{Fault, Rule};

use crate::world::World;

const POSTING: &str = "/api/v1/statuses";

fn form(gesture: &str, text: &str) -> String {
    format!("gesture={gesture}&text={}", text.replace(' ', "+"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_whose_page_is_closed_while_it_is_sent_is_followed_to_its_end() {
    let world = World::new().await;
    let ana = world.ana().await;
    let conversation = world.somebody_writes("Is the shelf warm all through").await;
    let gesture = ana.get(&conversation).await.gesture();
    world.proxy.plan(Rule::on(POSTING, Fault::DelayAnswer(Duration::from_millis(300))).method("POST").times(1));

    let (reply, words) = (format!("{conversation}/reply"), form(&gesture, "Warm to the touch is enough."));
    let pressing = ana.post(&reply, &words);
    tokio::select! {
        page = pressing => panic!("the network's answer was to be late: {}", page.status),
        () = world.accepted(1) => {}
    }
    // The press was dropped there, as when its page is closed. The network has it; Kith must come to know.
    let words = "Warm to the touch is enough.";
    let page = ana.until(&conversation, |page| page.in_the_box().is_empty() && page.said_in_the_thread(words) == 1).await;
    assert!(!page.body.contains("may be there"), "nobody has to look");
    assert_eq!(world.of_ana("Warm to the touch is enough.").await, 1, "once on the network");
    assert!(!ana.get("/inbox").await.body.contains(&conversation), "nobody waits any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_that_arrives_twice_is_one_answer() {
    let world = World::new().await;
    let ana = world.ana().await;
    let conversation = world.somebody_writes("Do you sell the salt pigs").await;
    let gesture = ana.get(&conversation).await.gesture();
    let (reply, words) = (format!("{conversation}/reply"), form(&gesture, "On Saturdays, at the door."));
    let (one, two) = tokio::join!(ana.post(&reply, &words), ana.post(&reply, &words));
    assert!(one.status == StatusCode::SEE_OTHER || two.status == StatusCode::SEE_OTHER, "{} {}", one.status, two.status);
    assert_eq!(ana.post(&reply, &words).await.status, StatusCode::SEE_OTHER);
    assert_eq!(ana.get(&conversation).await.said_in_the_thread("On Saturdays, at the door."), 1);
    assert_eq!(world.of_ana("On Saturdays, at the door.").await, 1, "once on the network");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unconfirmed_answer_keeps_its_gesture_and_pressing_again_finds_it() {
    let world = World::new().await;
    let ana = world.ana().await;
    let conversation = world.somebody_writes("Is grog a must").await;
    let gesture = ana.get(&conversation).await.gesture();
    world.proxy.plan(Rule::on(POSTING, Fault::DropAfterUpstream).method("POST"));
    world.proxy.plan(Rule::on("/api/", Fault::DropBeforeUpstream).method("GET"));
    let reply = format!("{conversation}/reply");
    let page = ana.post(&reply, &form(&gesture, "Never a must.")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((page.gesture(), page.in_the_box()), (gesture.clone(), "Never a must."), "the same press, the same words");
    assert!(page.said().contains("may be there"), "{}", page.said());
    world.proxy.behave();
    assert_eq!(ana.post(&reply, &form(&page.gesture(), "Never a must.")).await.status, StatusCode::SEE_OTHER);
    ana.until(&conversation, |page| page.in_the_box().is_empty() && page.said_in_the_thread("Never a must.") == 1).await;
    assert_eq!(world.of_ana("Never a must.").await, 1, "once on the network");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_network_refuses_stays_in_the_box_under_a_new_gesture() {
    let world = World::new().await;
    let ana = world.ana().await;
    let conversation = world.somebody_writes("And the lid").await;
    let gesture = ana.get(&conversation).await.gesture();
    world.proxy.plan(Rule::on(POSTING, Fault::RateLimited { retry_after_s: 60 }).method("POST").times(1));
    let reply = format!("{conversation}/reply");
    let page = ana.post(&reply, &form(&gesture, "Lids go in upside down.")).await;
    assert_eq!((page.status, page.in_the_box()), (StatusCode::UNPROCESSABLE_ENTITY, "Lids go in upside down."));
    assert!(page.said().contains("Not sent") && page.gesture() != gesture, "{}", page.said());
    assert_eq!(ana.post(&reply, &form(&page.gesture(), "Lids go in upside down.")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.of_ana("Lids go in upside down.").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_or_too_long_answer_is_refused_before_anything_leaves() {
    let world = World::new().await;
    let ana = world.ana().await;
    let conversation = world.somebody_writes("How long is a tip").await;
    let reply = format!("{conversation}/reply");
    let long = "long ".repeat(200);
    for (text, reason) in [("  ", "write something first"), (long.as_str(), "shorten it")] {
        let page = ana.post(&reply, &form(&ana.get(&conversation).await.gesture(), text)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.said().contains(reason), "{}", page.said());
        assert_eq!(page.in_the_box(), text, "the words stay");
    }
    assert_eq!(world.on_the_network(), 0);
}
