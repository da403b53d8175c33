//! What is kept on disk, and that a started network goes on where it was.

use jiff::SignedDuration;
use kith_practice::{Practice, last_instant};
use serde_json::json;

use crate::client::{Net, id_of, start_instant};

fn kept_in(folder: &std::path::Path) -> Practice {
    Practice::builder().seed(9).people(40).data_dir(Some(folder.to_owned()))
}

#[tokio::test]
async fn after_a_stop_the_same_world_goes_on_with_the_same_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Net::with(kept_in(folder.path())).await;
    let token = first.token.clone();
    let id = first.say("New mugs from the kiln #pottery").await;
    first.pass(SignedDuration::from_hours(30));
    let (now, stats) = (first.running.now(), first.running.stats());
    first.running.stop().await.expect("a stop");

    assert_eq!(last_instant(folder.path()).expect("a world"), Some(now));
    // The clock of the second run begins earlier than the world stands: nothing goes backwards.
    let second = Net::at(kept_in(folder.path()), start_instant()).await;
    assert_eq!((second.token.as_str(), second.running.now()), (token.as_str(), now));
    assert_eq!(second.running.stats(), stats);
    assert_eq!(second.get(&format!("/api/v1/statuses/{id}")).await.good()["id"], json!(id));
    let newer = second.say("And bowls").await;
    assert!(newer.parse::<u64>().expect("a number") > id.parse::<u64>().expect("a number"));
}

#[tokio::test]
async fn an_accepted_status_and_its_key_survive_without_a_clean_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Net::with(kept_in(folder.path())).await;
    let body = json!({ "status": "accepted" });
    let reply = first.try_call("POST", "/api/v1/statuses", &body, Some("k")).await.expect("an answer");
    let id = id_of(&reply.good());
    // What lies on disk at this very moment is all that a killed process leaves.
    let copy = tempfile::tempdir().expect("a folder");
    std::fs::copy(folder.path().join("practice.json"), copy.path().join("practice.json")).expect("a copy");
    let second = Net::with(kept_in(copy.path())).await;
    let again = second.try_call("POST", "/api/v1/statuses", &body, Some("k")).await.expect("an answer");
    assert_eq!(id_of(&again.good()), id);
    assert_eq!(second.owner_texts().await, ["accepted"]);
}

#[tokio::test]
async fn a_world_that_goes_on_from_an_older_snapshot_takes_the_same_turns() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Net::with(kept_in(folder.path())).await;
    first.say("Which glaze for the new bowls? #glaze").await;
    let copy = tempfile::tempdir().expect("a folder");
    std::fs::copy(folder.path().join("practice.json"), copy.path().join("practice.json")).expect("a copy");
    let second = Net::with(kept_in(copy.path())).await;
    let ids = |news: serde_json::Value| crate::client::ids_of(&news);
    first.pass(SignedDuration::from_hours(100));
    second.pass(SignedDuration::from_hours(100));
    let one = ids(first.get("/api/v1/notifications?limit=80").await.good());
    assert!(!one.is_empty());
    assert_eq!(one, ids(second.get("/api/v1/notifications?limit=80").await.good()));
}

#[tokio::test]
async fn a_broken_snapshot_is_named_and_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("practice.json");
    std::fs::write(&file, "{ half").expect("writing");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let error = kept_in(folder.path()).start(listener).await.expect_err("a refusal").to_string();
    assert!(error.contains("practice.json") && error.contains("Move it away"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "{ half");
}

#[tokio::test]
async fn uploaded_pictures_are_kept_beside_the_world() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Net::with(kept_in(folder.path())).await;
    let avatar = first.get("/avatars/7.png").await;
    let auth = format!("Bearer {}", first.token);
    let headers = [("Authorization", auth.as_str()), ("Content-Type", "multipart/form-data; boundary=XX")];
    let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.png\"\r\n\r\n".to_vec();
    body.extend(&avatar.bytes);
    body.extend(b"\r\n--XX--\r\n");
    let media = first.send("POST", "/api/v2/media", &headers, &body).await.expect("an answer").good();
    first.running.stop().await.expect("a stop");
    let second = Net::with(kept_in(folder.path())).await;
    let file = second.get(&format!("/media/{}.png", id_of(&media))).await;
    assert_eq!((file.status, file.bytes), (200, avatar.bytes));
}
