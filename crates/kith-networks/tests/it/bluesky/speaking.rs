//! What a present person does, once however often the press arrives.

use kith_domain::listen::Audience;
use kith_domain::mandate::ActKind;
use kith_domain::publish::{Looked, PublishError};
use kith_networks::Words;
use kith_testkit::other::Record;
use kith_testkit::{Fault, Rule, servers};
use serde_json::json;

use super::world::{channel, remote_post, words};

#[tokio::test]
async fn an_answer_points_at_its_post_and_at_the_first_of_the_thread() {
    let pds = servers::pds().await.unwrap();
    let ours = channel(&pds, "reply").await;
    let cy = &ours.cy;
    let root = ours.me.post("Which glaze?").await.unwrap();
    let asked = cy.bluesky.reply(&root, &root, "The blue one?").await.unwrap();
    let act = ours.act(1, ActKind::Reply, &asked.uri);
    let words = words(&format!("Yes, @{}, see #glaze", cy.profile.address), &remote_post(&asked.uri, &cy.profile));
    assert_eq!(ours.speaker().find_reply(&ours.call(), &act, &words).await, Looked::Absent);
    let receipt = ours.speaker().reply(&ours.call(), &act, &words).await.unwrap();
    assert_eq!(ours.speaker().find_reply(&ours.call(), &act, &words).await, Looked::Found(receipt.clone()));

    let there = ours.posts().await;
    let answer = there.iter().find(|record| record["uri"] == receipt.remote_id.as_str()).unwrap();
    assert_eq!(answer["value"]["reply"]["root"], json!({ "uri": root.uri, "cid": root.cid }));
    assert_eq!(answer["value"]["reply"]["parent"], json!({ "uri": asked.uri, "cid": asked.cid }));
    assert_eq!(answer["value"]["facets"][0]["features"][0]["did"], cy.profile.remote_id.as_str());

    assert_eq!(ours.speaker().reply(&ours.call(), &act, &words).await.unwrap(), receipt, "the same press again");
    assert_eq!(ours.posts().await, there);
}

#[tokio::test]
async fn an_answer_whose_receipt_was_lost_is_unknown_then_found_then_the_same() {
    let pds = servers::pds().await.unwrap();
    let ours = channel(&pds, "lostrep").await;
    let asked = ours.me.post("To myself").await.unwrap();
    let act = ours.act(1, ActKind::Reply, &asked.uri);
    let words = words("Is it there?", &remote_post(&asked.uri, &ours.profile));
    ours.proxy.plan(Rule::on("putRecord", Fault::DropAfterUpstream).times(1));
    assert!(matches!(ours.speaker().reply(&ours.call(), &act, &words).await, Err(PublishError::Unknown { .. })));
    let Looked::Found(receipt) = ours.speaker().find_reply(&ours.call(), &act, &words).await else { panic!("it is there") };
    assert_eq!(ours.speaker().reply(&ours.call(), &act, &words).await.unwrap(), receipt);
    assert_eq!(ours.posts().await.len(), 2);
}

#[tokio::test]
async fn what_can_not_be_answered_is_refused_and_nothing_is_sent() {
    let pds = servers::pds().await.unwrap();
    let ours = channel(&pds, "refuse").await;
    let asked = ours.me.post("Hello").await.unwrap();
    let to = remote_post(&asked.uri, &ours.profile);
    let gone = remote_post(&asked.uri.replace(asked.uri.rsplit('/').next().unwrap(), "3jzfcijpj2z2a"), &ours.profile);
    let table = [
        Words { audience: Audience::Direct, ..words("Only for you", &to) },
        Words { audience: Audience::Followers, ..words("For friends", &to) },
        words(&"x".repeat(301), &to),
        words("  ", &to),
        words("Hello?", &gone),
        words("Hello?", &remote_post("109", &ours.profile)),
    ];
    for words in table {
        let act = ours.act(1, ActKind::Reply, &words.to.remote_id);
        let refused = ours.speaker().reply(&ours.call(), &act, &words).await;
        assert!(matches!(refused, Err(PublishError::Refused { .. })), "{refused:?}");
    }
    assert_eq!(ours.posts().await.len(), 1);
}

#[tokio::test]
async fn likes_reposts_and_follows_are_one_record_each_and_a_follow_can_end() {
    let pds = servers::pds().await.unwrap();
    let ours = channel(&pds, "likes").await;
    let cy = &ours.cy;
    let post = cy.bluesky.post("A pot").await.unwrap();
    let (call, did) = (ours.call(), ours.profile.remote_id.as_str());
    for _ in 0..2 {
        ours.speaker().like(&call, &ours.act(1, ActKind::Like, &post.uri)).await.unwrap();
        ours.speaker().repost(&call, &ours.act(2, ActKind::Repost, &post.uri)).await.unwrap();
        ours.speaker().follow(&call, &ours.act(3, ActKind::Follow, &cy.profile.remote_id)).await.unwrap();
    }
    for collection in ["app.bsky.feed.like", "app.bsky.feed.repost"] {
        let records = ours.me.list_records(did, collection).await.unwrap();
        assert_eq!(records.len(), 1, "{collection}");
        assert_eq!(Record::of(&records[0]["value"]["subject"]).unwrap(), post);
    }
    let follows = ours.me.list_records(did, "app.bsky.graph.follow").await.unwrap();
    assert_eq!(follows.iter().map(|r| &r["value"]["subject"]).collect::<Vec<_>>(), [&json!(cy.profile.remote_id)]);
    for _ in 0..2 {
        ours.speaker().unfollow(&call, &ours.act(4, ActKind::Unfollow, &cy.profile.remote_id)).await.unwrap();
    }
    assert!(ours.me.list_records(did, "app.bsky.graph.follow").await.unwrap().is_empty());
    let refused = ours.speaker().follow(&call, &ours.act(5, ActKind::Follow, "cy")).await;
    assert!(matches!(refused, Err(PublishError::Refused { .. })));
}
