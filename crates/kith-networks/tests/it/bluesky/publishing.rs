//! Once, whatever happens on the way.

use std::collections::BTreeSet;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use futures_util::future::join_all;
use jiff::SignedDuration;
use kith_domain::publish::{Content, Looked, PublishError};
use kith_networks::MediaFile;
use kith_testkit::{Fault, Rule, servers};
use serde_json::json;

use super::world::{channel, text};
use crate::case::wall_clock;

/// A PNG of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

#[tokio::test]
async fn a_post_arrives_whole_and_the_same_bytes_again_change_nothing() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "once").await;
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("Kiln tip: open it slowly. "), &[], &key).await;
    let first = channel.send(&key, &prepared).await.unwrap();
    assert_eq!(first.remote_id, format!("at://{}/app.bsky.feed.post/{key}", channel.profile.remote_id));
    assert_eq!(first.url, Some(format!("https://bsky.app/profile/{}/post/{key}", channel.profile.address)));
    let there = channel.posts().await;
    assert_eq!(there[0]["value"]["text"], "Kiln tip: open it slowly.");
    assert_eq!(there[0]["value"]["langs"], json!(["en"]));

    assert_eq!(channel.send(&key, &prepared).await.unwrap(), first);
    assert_eq!(channel.posts().await, there, "one record with the same cid");
    assert_eq!(channel.find(&key, &prepared).await, Looked::Found(first));
}

#[tokio::test]
async fn eight_workers_at_once_make_one_post() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "eight").await;
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("One of eight"), &[], &key).await;
    let receipts = join_all((0..8).map(|_| channel.send(&key, &prepared))).await;
    let ids: BTreeSet<String> = receipts.into_iter().map(|receipt| receipt.unwrap().remote_id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(channel.posts().await.len(), 1);
}

#[tokio::test]
async fn other_words_under_the_same_name_are_refused_and_nothing_is_changed() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "other").await;
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("The first words"), &[], &key).await;
    channel.send(&key, &prepared).await.unwrap();
    let there = channel.posts().await;
    let changed = channel.prepared(&text("Other words"), &[], &key).await;
    let Err(PublishError::Refused { why }) = channel.send(&key, &changed).await else { panic!("it must be refused") };
    assert!(why.contains("nothing was changed"), "{why}");
    assert_eq!(channel.posts().await, there);
}

#[tokio::test]
async fn a_post_prepared_anew_after_a_restored_backup_is_known_as_the_one_that_is_out() {
    let pds = servers::pds().await.unwrap();
    let mut channel = channel(&pds, "backup").await;
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("Only once"), &[], &key).await;
    let first = channel.send(&key, &prepared).await.unwrap();
    channel.case.now = || wall_clock() + SignedDuration::from_secs(60);
    let anew = channel.prepared(&text("Only once"), &[], &key).await;
    assert_ne!(anew, prepared);
    assert_eq!(channel.send(&key, &anew).await.unwrap(), first);
    assert_eq!(channel.posts().await.len(), 1);
}

#[tokio::test]
async fn bytes_for_another_key_or_profile_are_not_sent() {
    let pds = servers::pds().await.unwrap();
    let (one, two) = (channel(&pds, "one").await, channel(&pds, "two").await);
    let key = one.key_of(1);
    let prepared = one.prepared(&text("Mine"), &[], &key).await;
    assert!(matches!(one.send(&one.key_of(2), &prepared).await, Err(PublishError::Refused { .. })));
    assert!(matches!(two.send(&key, &prepared).await, Err(PublishError::Refused { .. })));
    assert_eq!((one.posts().await.len(), two.posts().await.len()), (0, 0));
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_then_found() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "lost").await;
    for (number, fault) in [(1, Fault::DropAfterUpstream), (2, Fault::Status500AfterUpstream)] {
        let key = channel.key_of(number);
        let prepared = channel.prepared(&text("Did it arrive?"), &[], &key).await;
        assert_eq!(channel.find(&key, &prepared).await, Looked::Absent);
        channel.proxy.plan(Rule::on("putRecord", fault.clone()).times(1));
        assert!(matches!(channel.send(&key, &prepared).await, Err(PublishError::Unknown { .. })), "{fault:?}");
        let Looked::Found(receipt) = channel.find(&key, &prepared).await else { panic!("it is there after {fault:?}") };
        assert!(receipt.remote_id.ends_with(&key));
    }
    assert_eq!(channel.posts().await.len(), 2);
    assert_eq!(channel.proxy.accepted("POST", "putRecord"), 2);
}

#[tokio::test]
async fn what_the_server_never_got_is_later_or_absent_and_can_be_sent() {
    let pds = servers::pds().await.unwrap();
    let mut channel = channel(&pds, "late").await;
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("Patience"), &[], &key).await;
    channel.proxy.plan(Rule::on("putRecord", Fault::RateLimited { retry_after_s: 300 }).times(1));
    let Err(PublishError::Later { after, .. }) = channel.send(&key, &prepared).await else { panic!("it must be later") };
    assert_eq!(after, Some(SignedDuration::from_secs(300)));
    channel.proxy.plan(Rule::on("putRecord", Fault::DropBeforeUpstream).times(1));
    assert!(matches!(channel.send(&key, &prepared).await, Err(PublishError::Unknown { .. })));
    assert_eq!(channel.find(&key, &prepared).await, Looked::Absent);

    let server = std::mem::replace(&mut channel.case.server, "http://127.0.0.1:9/".parse().unwrap());
    assert!(matches!(channel.send(&key, &prepared).await, Err(PublishError::Later { .. })), "nobody listens there");
    assert!(matches!(channel.find(&key, &prepared).await, Looked::Failed { .. }));
    channel.case.server = server;
    channel.send(&key, &prepared).await.unwrap();
    assert_eq!(channel.posts().await.len(), 1);
}

#[tokio::test]
async fn a_post_that_the_server_does_not_take_is_refused_in_its_words() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "refuse").await;
    let key = channel.key_of(1);
    for content in [text(&"x".repeat(301)), text(&"👩‍👩‍👧‍👦".repeat(121))] {
        assert!(!channel.network.preview(&content, &channel.capabilities).is_fine());
        let prepared = channel.prepared(&content, &[], &key).await;
        let refused = channel.send(&key, &prepared).await;
        assert!(matches!(&refused, Err(PublishError::Refused { why }) if why.contains("answered 400")), "{refused:?}");
    }
    let fine = text(&"ä".repeat(300));
    assert!(channel.network.preview(&fine, &channel.capabilities).is_fine());
    let prepared = channel.prepared(&fine, &[], &key).await;
    channel.send(&key, &prepared).await.unwrap();
}

#[tokio::test]
async fn links_tags_and_mentions_stand_where_they_are_seen() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "facets").await;
    let cy = &pds.accounts[2];
    let written = format!("👩‍👩‍👧‍👦 é @{} and @nobody-here.test: #陶芸。 https://127.0.0.1.invalid/窯, ok", cy.handle);
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text(&written), &[], &key).await;
    channel.send(&key, &prepared).await.unwrap();
    let record = channel.posts().await.remove(0);
    let marks: Vec<(String, serde_json::Value)> = record["value"]["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| {
            let at = |end: &str| usize::try_from(facet["index"][end].as_u64().unwrap()).unwrap();
            (written[at("byteStart")..at("byteEnd")].to_owned(), facet["features"][0].clone())
        })
        .collect();
    let feature = |kind: &str, key: &str, value: &str| json!({ "$type": format!("app.bsky.richtext.facet#{kind}"), key: value });
    let expected = [
        (format!("@{}", cy.handle), feature("mention", "did", &cy.did)),
        ("#陶芸".to_owned(), feature("tag", "tag", "陶芸")),
        ("https://127.0.0.1.invalid/窯".to_owned(), feature("link", "uri", "https://127.0.0.1.invalid/%E7%AA%AF")),
    ];
    assert_eq!(marks, expected);
}

#[tokio::test]
async fn pictures_go_with_their_descriptions() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "images").await;
    let picture = |alt: &str| MediaFile { source: PNG.into(), mime: "image/png".into(), width: 1, height: 1, alt: alt.into() };
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("Two kilns https://clay.invalid/"), &[picture("A blue kiln"), picture("")], &key).await;
    channel.send(&key, &prepared).await.unwrap();
    let embed = channel.posts().await.remove(0)["value"]["embed"].take();
    assert_eq!(embed["$type"], "app.bsky.embed.images");
    let shown: Vec<_> = embed["images"].as_array().unwrap().iter().map(|i| (i["alt"].clone(), i["image"]["mimeType"].clone())).collect();
    assert_eq!(shown, [(json!("A blue kiln"), json!("image/png")), (json!(""), json!("image/png"))]);
    assert_eq!(embed["images"][0]["aspectRatio"], json!({ "width": 1, "height": 1 }));
    let heavy = MediaFile { source: vec![0; 2_000_001].into(), ..picture("") };
    let refused = channel.network.prepare(&channel.call(), &text("x"), &[heavy], &channel.key_of(2)).await;
    assert!(matches!(refused, Err(PublishError::Refused { .. })));
}

#[tokio::test]
async fn a_link_brings_its_card_and_a_page_that_fails_brings_none() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "card").await;
    let page = r#"<head><title>x</title><meta property="og:title" content="Kiln tips"><meta property="og:description" content="All">
        <meta property="og:image" content="/kiln.png"></head>"#;
    let app = Router::new()
        .route("/tips", get(move || async move { Html(page) }))
        .route("/kiln.png", get(|| async { ([("content-type", "text/plain")], PNG) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    let key = channel.key_of(1);
    let prepared = channel.prepared(&text(&format!("Read {site}/tips and {site}/none")), &[], &key).await;
    channel.send(&key, &prepared).await.unwrap();
    let external = channel.posts().await.remove(0)["value"]["embed"]["external"].take();
    assert_eq!((&external["title"], &external["description"]), (&json!("Kiln tips"), &json!("All")));
    assert_eq!((&external["uri"], &external["thumb"]["mimeType"]), (&json!(format!("{site}/tips")), &json!("image/png")));

    for (number, link) in [(2, format!("{site}/none")), (3, format!("{site}/kiln.png")), (4, "https://clay.invalid/".to_owned())] {
        let key = channel.key_of(number);
        let prepared = channel.prepared(&text(&link), &[], &key).await;
        assert!(!prepared.contains("embed"), "{prepared}");
        channel.send(&key, &prepared).await.unwrap();
    }
}

#[tokio::test]
async fn a_content_warning_is_the_first_line() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "warn").await;
    let key = channel.key_of(1);
    let content = Content { warning: Some("food".into()), ..text("Bread") };
    let prepared = channel.prepared(&content, &[], &key).await;
    channel.send(&key, &prepared).await.unwrap();
    assert_eq!(channel.posts().await[0]["value"]["text"], "CW: food\n\nBread");
}
