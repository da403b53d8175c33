//! Statuses, threads, pages, pictures, follows.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::client::{Net, id_of, ids_of};

/// The head of a PNG of 3 by 2 pixels; the rest is never looked at.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0\x12\x16\xf1\x4d";

#[tokio::test]
async fn six_requests_at_once_with_one_key_make_one_status() {
    let net = Net::empty().await;
    let body = json!({ "status": "race" });
    let sends = (0..6).map(|_| net.try_call("POST", "/api/v1/statuses", &body, Some("same")));
    let replies = futures_util::future::join_all(sends).await;
    let ids: BTreeSet<String> = replies.into_iter().map(|r| id_of(&r.expect("an answer").good())).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(net.owner_texts().await, ["race"]);
}

#[tokio::test]
async fn a_key_is_forgotten_after_an_hour() {
    let net = Net::empty().await;
    let body = json!({ "status": "again" });
    let send = || net.try_call("POST", "/api/v1/statuses", &body, Some("k"));
    let first = id_of(&send().await.expect("an answer").good());
    net.pass(SignedDuration::from_mins(59));
    assert_eq!(id_of(&send().await.expect("an answer").good()), first);
    net.pass(SignedDuration::from_mins(2));
    assert_ne!(id_of(&send().await.expect("an answer").good()), first);
}

#[tokio::test]
async fn a_status_may_come_as_json_form_or_multipart() {
    let net = Net::empty().await;
    let auth = format!("Bearer {}", net.token);
    net.say("as json").await;
    let form = [("Authorization", auth.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let body = b"status=as+form&visibility=unlisted&spoiler_text=careful&language=de";
    let reply = net.send("POST", "/api/v1/statuses", &form, body).await.expect("an answer").good();
    assert_eq!((&reply["visibility"], &reply["spoiler_text"]), (&json!("unlisted"), &json!("careful")));
    assert_eq!((&reply["sensitive"], &reply["language"]), (&json!(true), &json!("de")));
    let parts = [("Authorization", auth.as_str()), ("Content-Type", "multipart/form-data; boundary=XX")];
    let body = b"--XX\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\nas multipart\r\n--XX--\r\n";
    net.send("POST", "/api/v1/statuses", &parts, body).await.expect("an answer").good();
    assert_eq!(net.owner_texts().await, ["as json", "as form", "as multipart"]);
}

#[tokio::test]
async fn empty_and_too_long_statuses_are_refused_in_mastodons_words() {
    let net = Net::empty().await;
    let refused = |text: String| {
        let net = &net;
        async move {
            let reply = net.post("/api/v1/statuses", &json!({ "status": text })).await;
            assert_eq!(reply.status, 422);
            reply.json()["error"].as_str().expect("an error").to_owned()
        }
    };
    assert_eq!(refused(" \n".to_owned()).await, "Validation failed: Text can't be blank");
    assert_eq!(refused("x".repeat(501)).await, "Validation failed: Text character limit of 500 exceeded");
    let with_link = format!("{} https://example.org/{}", "x".repeat(476), "y".repeat(200));
    net.say(&with_link).await;
}

#[tokio::test]
async fn a_thread_is_read_from_any_of_its_statuses() {
    let net = Net::start().await;
    let first = net.say("New mugs from the kiln").await;
    let reply = net.act(json!({ "as": "any", "do": "reply", "status_id": first, "text": "How big?" })).await;
    let acct = reply["account"]["acct"].as_str().expect("a name").to_owned();
    let answer = json!({ "status": format!("@{acct} 350 ml"), "in_reply_to_id": reply["id"] });
    let answer = id_of(&net.post("/api/v1/statuses", &answer).await.good());
    let context = net.get(&format!("/api/v1/statuses/{}/context", id_of(&reply))).await.good();
    assert_eq!(ids_of(&context["ancestors"]), [first.as_str()]);
    assert_eq!(ids_of(&context["descendants"]), [answer.as_str()]);
    let context = net.get(&format!("/api/v1/statuses/{first}/context")).await.good();
    assert_eq!(ids_of(&context["descendants"]), [id_of(&reply), answer]);
    let content = reply["content"].as_str().expect("html");
    assert!(content.contains("class=\"h-card\"") && content.contains("How big?"), "{content}");
}

#[tokio::test]
async fn notifications_are_paged_both_ways_without_loss_or_repetition() {
    let net = Net::start().await;
    let status = net.say("Something to like").await;
    let people = net.get("/practice/people").await.good();
    for person in people.as_array().expect("people").iter().take(37) {
        net.act(json!({ "as": person["handle"], "do": "like", "status_id": status })).await;
    }
    let all = ids_of(&net.get("/api/v1/notifications?limit=80&types[]=favourite").await.good());
    assert_eq!(all.len(), 37);
    let down = walk(&net, "/api/v1/notifications?limit=5&types[]=favourite".to_owned(), "next").await;
    assert_eq!(down, all);
    let mut up = walk(&net, "/api/v1/notifications?limit=5&types[]=favourite&min_id=0".to_owned(), "prev").await;
    up.sort_by_key(|id| std::cmp::Reverse(id.parse::<u64>().expect("a number")));
    assert_eq!(up, all);
    let since = format!("/api/v1/notifications?since_id={}&limit=3", all[10]);
    assert_eq!(ids_of(&net.get(&since).await.good()), all[..3]);
    let none = net.get("/api/v1/notifications?exclude_types[]=favourite").await.good();
    assert!(none.as_array().expect("a list").is_empty());
    let one = net.get(&format!("/api/v1/notifications/{}", all[0])).await.good();
    assert_eq!(one["type"], "favourite");
}

/// All ids on the way along the `Link` header's pages.
async fn walk(net: &Net, mut path: String, rel: &str) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let reply = net.get(&path).await;
        let page = ids_of(&reply.good());
        if page.is_empty() {
            return ids;
        }
        ids.extend(page);
        let link = reply.header("link").expect("a link").to_owned();
        let part = link.split(", ").find(|part| part.ends_with(&format!("rel=\"{rel}\""))).expect("a direction");
        let url = part.trim_start_matches('<').split('>').next().expect("an address");
        path = url.strip_prefix(&format!("http://{}", net.address())).expect("this server").to_owned();
    }
}

#[tokio::test]
async fn ids_order_by_time_and_carry_it() {
    let net = Net::empty().await;
    let first: u64 = net.say("a").await.parse().expect("a number");
    net.pass(SignedDuration::from_secs(1));
    let second: u64 = net.say("b").await.parse().expect("a number");
    assert_eq!((second >> 16) - (first >> 16), 1000);
}

#[tokio::test]
async fn a_picture_is_taken_described_and_attached_and_garbage_is_refused() {
    let net = Net::empty().await;
    let upload = |bytes: &'static [u8]| {
        let net = &net;
        async move {
            let auth = format!("Bearer {}", net.token);
            let headers = [("Authorization", auth.as_str()), ("Content-Type", "multipart/form-data; boundary=XX")];
            let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.png\"\r\n\r\n".to_vec();
            body.extend(bytes);
            body.extend(b"\r\n--XX\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nA bowl\r\n--XX--\r\n");
            net.send("POST", "/api/v2/media", &headers, &body).await.expect("an answer")
        }
    };
    assert_eq!(upload(b"this is no picture").await.status, 422);
    let media = upload(PNG).await.good();
    assert_eq!(media["description"], "A bowl");
    assert_eq!(media["meta"]["original"]["size"], "3x2");
    let id = id_of(&media);
    let changed = net.call("PUT", &format!("/api/v1/media/{id}"), &json!({ "description": "A blue bowl" })).await.good();
    assert_eq!(changed["description"], "A blue bowl");
    let status = net.post("/api/v1/statuses", &json!({ "status": "look", "media_ids": [id] })).await.good();
    assert_eq!(status["media_attachments"][0]["description"], "A blue bowl");
    let url = media["url"].as_str().expect("an address");
    let file = net.get(url.strip_prefix(&net.running.url()).expect("this server")).await;
    assert_eq!((file.status, file.bytes.as_slice()), (200, PNG));
    let unknown = net.post("/api/v1/statuses", &json!({ "status": "look", "media_ids": ["12"] })).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_deleted_status_returns_its_text_and_is_gone() {
    let net = Net::empty().await;
    let id = net.say("to be taken back").await;
    let gone = net.call("DELETE", &format!("/api/v1/statuses/{id}"), &Value::Null).await.good();
    assert_eq!(gone["text"], "to be taken back");
    assert_eq!(net.get(&format!("/api/v1/statuses/{id}")).await.status, 404);
}

#[tokio::test]
async fn an_edited_status_keeps_its_history() {
    let net = Net::empty().await;
    let id = net.say("first wording").await;
    let edited = net.call("PUT", &format!("/api/v1/statuses/{id}"), &json!({ "status": "second" })).await.good();
    assert!(edited["edited_at"].is_string());
    let history = net.get(&format!("/api/v1/statuses/{id}/history")).await.good();
    let contents: Vec<&Value> = history.as_array().expect("a list").iter().map(|r| &r["content"]).collect();
    assert_eq!(contents, ["<p>first wording</p>", "<p>second</p>"]);
    assert_eq!(net.get(&format!("/api/v1/statuses/{id}/source")).await.good()["text"], "second");
}

#[tokio::test]
async fn direct_messages_reach_those_they_name_and_nobody_else() {
    let net = Net::start().await;
    let message = net.act(json!({ "as": "any", "do": "dm", "text": "May I ask something?" })).await;
    let conversations = net.get("/api/v1/conversations").await.good();
    assert_eq!(conversations[0]["last_status"]["id"], message["id"]);
    assert_eq!(conversations[0]["unread"], true);
    let read = net.post(&format!("/api/v1/conversations/{}/read", id_of(&conversations[0])), &json!({})).await.good();
    assert_eq!(read["unread"], false);
    let path = format!("/api/v1/statuses/{}", id_of(&message));
    assert_eq!(net.send("GET", &path, &[], b"").await.expect("an answer").status, 404);
    assert_eq!(net.get(&path).await.status, 200);
    let notification = net.get("/api/v1/notifications?limit=1").await.good();
    assert_eq!((&notification[0]["type"], &notification[0]["status"]["visibility"]), (&json!("mention"), &json!("direct")));
}

#[tokio::test]
async fn follows_likes_and_boosts_can_be_done_and_undone() {
    let net = Net::start().await;
    let people = net.get("/practice/people").await.good();
    let id = id_of(&people[0]);
    for (deed, following) in [("follow", true), ("follow", true), ("unfollow", false)] {
        let relationship = net.post(&format!("/api/v1/accounts/{id}/{deed}"), &json!({})).await.good();
        assert_eq!(relationship["following"], following);
    }
    let theirs = net.get(&format!("/api/v1/accounts/{id}/statuses?exclude_reblogs=true")).await.good();
    let status = id_of(&theirs[0]);
    for (deed, field, value) in [("favourite", "favourited", true), ("unfavourite", "favourited", false), ("unreblog", "reblogged", false)]
    {
        assert_eq!(net.post(&format!("/api/v1/statuses/{status}/{deed}"), &json!({})).await.good()[field], value);
    }
    let boost = net.post(&format!("/api/v1/statuses/{status}/reblog"), &json!({})).await.good();
    assert_eq!(boost["reblog"]["id"], json!(status));
}

#[tokio::test]
async fn people_and_statuses_are_found() {
    let net = Net::start().await;
    let id = net.say("A very particular wombat mug #wombatware").await;
    let found = net.get("/api/v2/search?q=wombat").await.good();
    assert_eq!(ids_of(&found["statuses"]), [id.as_str()]);
    assert_eq!(found["hashtags"][0]["name"], "wombatware");
    assert_eq!(ids_of(&net.get("/api/v1/timelines/tag/WombatWare").await.good()), [id.as_str()]);
    assert_eq!(ids_of(&net.get("/api/v1/timelines/home?limit=1").await.good()), [id]);
    let people = net.get("/practice/people").await.good();
    let remote = people.as_array().expect("people").iter().find(|p| p["handle"].as_str().expect("a name").contains('@'));
    let handle = remote.expect("somebody elsewhere")["handle"].as_str().expect("a name");
    let looked_up = net.get(&format!("/api/v1/accounts/lookup?acct={handle}")).await.good();
    assert_eq!(looked_up["acct"], handle);
    assert!(!net.get(&format!("/api/v1/accounts/search?q={handle}")).await.good().as_array().expect("a list").is_empty());
    assert!(!net.get("/api/v1/timelines/public").await.good().as_array().expect("a list").is_empty());
    let relationships = net.get(&format!("/api/v1/accounts/relationships?id[]={}", id_of(&looked_up))).await.good();
    assert_eq!(ids_of(&relationships), [id_of(&looked_up)]);
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_changes_nothing() {
    let net = Net::empty().await;
    assert_eq!(net.get("/api/v2/instance/").await.good(), net.get("/api/v2/instance").await.good());
    assert_eq!(net.get("/api/v1/nothing/").await.status, 404);
}

#[tokio::test]
async fn every_answer_says_what_remains_of_the_rate_limit() {
    let net = Net::with(kith_practice::Practice::builder().people(0).enforce_rate_limit(true)).await;
    let reply = net.get("/api/v1/instance").await;
    assert_eq!((reply.header("x-ratelimit-limit"), reply.header("x-ratelimit-remaining")), (Some("300"), Some("299")));
    for _ in 0..299 {
        net.get("/api/v1/streaming/health").await;
    }
    let refused = net.get("/api/v1/instance").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("300")));
    net.pass(SignedDuration::from_secs(301));
    assert_eq!(net.get("/api/v1/instance").await.status, 200);
}
