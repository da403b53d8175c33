//! Each fault, as a client meets it.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::client::Net;

async fn arm(net: &Net, effect: Value) {
    let rule = json!({ "match": { "method": "POST", "path_prefix": "/api/v1/statuses" }, "effect": effect });
    net.post("/practice/faults", &rule).await.good();
}

#[tokio::test]
async fn a_dropped_answer_is_a_closed_connection_and_the_status_is_there() {
    let net = Net::empty().await;
    arm(&net, json!("drop_after_commit")).await;
    let body = json!({ "status": "once" });
    assert!(net.try_call("POST", "/api/v1/statuses", &body, Some("k")).await.is_none());
    assert_eq!(net.owner_texts().await, ["once"]);
    // The same key afterwards finds the status instead of making another.
    net.try_call("POST", "/api/v1/statuses", &body, Some("k")).await.expect("an answer").good();
    assert_eq!(net.owner_texts().await, ["once"]);
}

#[tokio::test]
async fn a_500_after_the_commit_leaves_the_status() {
    let net = Net::empty().await;
    arm(&net, json!("status_500_after_commit")).await;
    assert_eq!(net.post("/api/v1/statuses", &json!({ "status": "a" })).await.status, 500);
    assert_eq!(net.owner_texts().await, ["a"]);
}

#[tokio::test]
async fn a_late_acceptance_shows_nothing_first_and_the_status_later() {
    let net = Net::empty().await;
    arm(&net, json!({ "late_accept_ms": 30_000 })).await;
    assert!(net.try_call("POST", "/api/v1/statuses", &json!({ "status": "late" }), None).await.is_none());
    assert!(net.owner_texts().await.is_empty());
    net.post("/practice/clock/advance", &json!({ "seconds": 29 })).await.good();
    assert!(net.owner_texts().await.is_empty());
    net.post("/practice/clock/advance", &json!({ "seconds": 2 })).await.good();
    assert_eq!(net.owner_texts().await, ["late"]);
    assert_eq!(net.get("/practice/state").await.good()["late_requests"], 0);
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back_and_does_nothing() {
    let net = Net::empty().await;
    arm(&net, json!({ "rate_limited": { "retry_after_s": 42 } })).await;
    let reply = net.post("/api/v1/statuses", &json!({ "status": "a" })).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("42")));
    assert_eq!(reply.header("x-ratelimit-remaining"), Some("0"));
    assert!(net.owner_texts().await.is_empty());
}

#[tokio::test]
async fn a_hanging_request_gets_no_answer_and_ends_with_the_server() {
    let net = Net::empty().await;
    arm(&net, json!("hang")).await;
    let address = net.address().to_owned();
    let token = net.token.clone();
    let waiting = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(&address).await.expect("a connection");
        let head = format!(
            "POST /api/v1/statuses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\nstatus=a"
        );
        stream.write_all(head.as_bytes()).await.expect("writing");
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        bytes
    });
    // Another request passes meanwhile, once the rule has been used up by the first.
    loop {
        let rules = net.get("/practice/faults").await.good();
        if rules["rules"][0]["struck"] == 1 {
            break;
        }
    }
    assert!(!waiting.is_finished());
    assert!(net.owner_texts().await.is_empty());
    net.running.stop().await.expect("a stop");
    assert!(waiting.await.expect("the client").is_empty());
}

#[tokio::test]
async fn malformed_json_breaks_off_after_the_commit() {
    let net = Net::empty().await;
    arm(&net, json!("malformed_json")).await;
    let reply = net.post("/api/v1/statuses", &json!({ "status": "a" })).await;
    assert_eq!(reply.status, 200);
    assert!(serde_json::from_slice::<Value>(&reply.bytes).is_err());
    assert_eq!(net.owner_texts().await, ["a"]);
}

#[tokio::test]
async fn a_plain_status_is_answered_without_a_commit_until_reset() {
    let net = Net::empty().await;
    let rule = json!({ "effect": { "status": 503 }, "every": 1 });
    net.post("/practice/faults", &rule).await.good();
    assert_eq!(net.post("/api/v1/statuses", &json!({ "status": "a" })).await.status, 503);
    assert_eq!(net.get("/api/v1/instance").await.status, 503);
    net.post("/practice/faults/reset", &json!({})).await.good();
    assert_eq!(net.get("/api/v1/instance").await.status, 200);
    assert!(net.owner_texts().await.is_empty());
}

#[tokio::test]
async fn every_fifth_answer_is_dropped_and_nothing_is_lost_or_doubled() {
    let net = Net::empty().await;
    let rule = json!({ "match": { "method": "POST", "path_prefix": "/api/v1/statuses" }, "effect": "drop_after_commit", "every": 5 });
    net.post("/practice/faults", &rule).await.good();
    let mut dropped = 0;
    for n in 0..40 {
        let body = json!({ "status": format!("post {n}") });
        let key = format!("key {n}");
        while net.try_call("POST", "/api/v1/statuses", &body, Some(&key)).await.is_none() {
            dropped += 1;
            net.pass(SignedDuration::from_secs(20));
        }
    }
    assert_eq!(net.owner_texts().await.len(), 40);
    assert_eq!(dropped, 9);
}

#[tokio::test]
async fn a_rule_that_is_not_understood_is_refused_with_the_reason() {
    let net = Net::empty().await;
    let reply = net.post("/practice/faults", &json!({ "effect": "explode" })).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("explode"), "{}", reply.text());
}

#[tokio::test]
async fn a_revoked_token_is_refused_as_mastodon_does() {
    let net = Net::empty().await;
    net.post("/practice/revoke", &json!({ "token": net.token })).await.good();
    let reply = net.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!((reply.status, reply.json()), (401, json!({ "error": "The access token is invalid" })));
}
