//! What people do comes in once and in order; from the whole back end, and not at all from a PDS alone.

use std::sync::Mutex;

use jiff::SignedDuration;
use kith_domain::listen::{Incoming, IncomingKind};
use kith_domain::mandate::ActKind;
use kith_networks::ReadError;
use kith_testkit::servers::{self, eventually};
use serde_json::json;

use super::world::{Channel, channel, words};
use crate::case::wall_clock;

/// Reads on until this many have come; moves the cursor.
async fn hear(ours: &Channel, cursor: &mut Option<String>, wanted: usize) -> Vec<Incoming> {
    let heard = Mutex::new((cursor.take(), Vec::new()));
    eventually(async || {
        let from = heard.lock().unwrap().0.clone();
        let page = ours.reader().page(&ours.call(), from.as_deref()).await?;
        let mut heard = heard.lock().unwrap();
        heard.0 = page.cursor;
        heard.1.extend(page.items);
        Ok((heard.1.len() >= wanted).then_some(()))
    })
    .await
    .unwrap();
    let (to, items) = heard.into_inner().unwrap();
    *cursor = to;
    items
}

#[tokio::test]
async fn everything_that_people_do_comes_once() {
    let bluesky = servers::bluesky_full().await.unwrap();
    let ours = channel(&bluesky, "inbox").await;
    let (cy, handle, did) = (&ours.cy.bluesky, &ours.profile.address, &ours.profile.remote_id);
    assert_eq!(ours.reader().page(&ours.call(), None).await.unwrap().cursor, None, "nothing was ever there");
    let post = ours.me.post("Which glaze?").await.unwrap();
    cy.sees(&post).await.unwrap();
    let answer = cy.reply(&post, &post, "The blue one?").await.unwrap();
    let mention = ours.cy.names_us_at("And you?", wall_clock()).await;
    let feature = json!({ "$type": "app.bsky.richtext.facet#mention", "did": did });
    let facet = json!({ "index": { "byteStart": 0, "byteEnd": handle.len() + 1 }, "features": [feature] });
    let place = json!({ "uri": post.uri, "cid": post.cid });
    let both = json!({ "text": format!("@{handle} <b>or</b> red?"), "createdAt": format!("{:.3}", wall_clock()), "facets": [facet],
        "$type": "app.bsky.feed.post", "reply": { "root": place, "parent": place } });
    let both = ours.cy.writes(both).await;
    let quote = cy.quote(&post, "Good question").await.unwrap();
    let like = cy.like(&post).await.unwrap();
    let repost = cy.repost(&post).await.unwrap();
    let follow = cy.follow(did).await.unwrap();

    let mut cursor = None;
    let items = hear(&ours, &mut cursor, 7).await;
    let mut told: Vec<(&str, IncomingKind)> = items.iter().map(|item| (item.remote_id.as_str(), item.kind)).collect();
    told.sort_unstable_by_key(|(uri, _)| *uri);
    let mut expected = vec![
        (answer.uri.as_str(), IncomingKind::Reply),
        (&mention.uri, IncomingKind::Mention),
        (&both.uri, IncomingKind::Reply),
        (&quote.uri, IncomingKind::Quote),
        (&like.uri, IncomingKind::Like),
        (&repost.uri, IncomingKind::Repost),
        (&follow.uri, IncomingKind::Follow),
    ];
    expected.sort_unstable_by_key(|(uri, _)| *uri);
    assert_eq!(told, expected);

    let of = |uri: &str| items.iter().find(|item| item.remote_id == uri).unwrap();
    let words = of(&answer.uri).post.as_ref().unwrap();
    assert_eq!((words.text.as_str(), words.html.as_str()), ("The blue one?", "<p>The blue one?</p>"));
    assert_eq!((words.in_reply_to.as_deref(), words.root.as_deref()), (Some(post.uri.as_str()), Some(post.uri.as_str())));
    assert_eq!((&words.author.remote_id, words.is_ours), (&cy.did, false));
    assert!(words.url.as_ref().unwrap().starts_with(&format!("https://bsky.app/profile/{}/post/", cy.handle)));
    let html = &of(&both.uri).post.as_ref().unwrap().html;
    assert!(
        html.contains(&format!("<a href=\"https://bsky.app/profile/{did}\"")) && html.ends_with(" &lt;b&gt;or&lt;/b&gt; red?</p>"),
        "{html}"
    );
    for reaction in [&like.uri, &repost.uri] {
        let subject = of(reaction).post.as_ref().unwrap();
        assert_eq!((subject.text.as_str(), subject.is_ours), ("Which glaze?", true));
    }
    assert_eq!((of(&follow.uri).by.remote_id.as_str(), of(&follow.uri).post.as_ref()), (cy.did.as_str(), None));

    let again = ours.reader().page(&ours.call(), cursor.as_deref()).await.unwrap();
    assert_eq!((again.items.len(), again.more, again.cursor), (0, false, cursor));
}

#[tokio::test]
async fn what_is_written_to_have_happened_earlier_is_not_lost() {
    let bluesky = servers::bluesky_full().await.unwrap();
    let ours = channel(&bluesky, "late").await;
    let mut cursor = None;
    let now = wall_clock();
    let first = ours.cy.names_us_at("now", now).await;
    assert_eq!(hear(&ours, &mut cursor, 1).await[0].remote_id, first.uri);
    let late = ours.cy.names_us_at("five minutes ago, without a signal", now - SignedDuration::from_mins(5)).await;
    let heard = hear(&ours, &mut cursor, 1).await;
    assert_eq!(heard.iter().map(|item| &item.remote_id).collect::<Vec<_>>(), [&late.uri]);
    let next = ours.cy.names_us_at("and now", wall_clock()).await;
    let heard = hear(&ours, &mut cursor, 1).await;
    assert_eq!(heard.iter().map(|item| &item.remote_id).collect::<Vec<_>>(), [&next.uri]);
}

#[tokio::test]
async fn many_at_one_instant_across_the_servers_pages_all_come() {
    let bluesky = servers::bluesky_full().await.unwrap();
    let ours = channel(&bluesky, "crowd").await;
    let at = wall_clock();
    let mut all = Vec::new();
    for number in 0..103 {
        // Two, then four at a time: the hundredth and the hundred-and-first share their instant.
        all.push(ours.cy.names_us_at(&format!("number {number}"), at - SignedDuration::from_millis((number + 2) / 4)).await);
    }
    // One repository is indexed in its order, so with the last all are there.
    ours.cy.bluesky.sees(all.last().unwrap()).await.unwrap();
    let page = ours.reader().page(&ours.call(), None).await.unwrap();
    let mut heard: Vec<&str> = page.items.iter().map(|item| item.remote_id.as_str()).collect();
    let mut told: Vec<&str> = all.iter().map(|record| record.uri.as_str()).collect();
    heard.sort_unstable();
    told.sort_unstable();
    assert_eq!(heard, told);
    assert!(page.items.is_sorted_by_key(|item| item.at) && !page.more);
}

#[tokio::test]
async fn an_answer_given_here_is_seen_there_and_the_thread_has_both_sides() {
    let bluesky = servers::bluesky_full().await.unwrap();
    let ours = channel(&bluesky, "thread").await;
    let asked = ours.cy.names_us_at("Which clay?", wall_clock()).await;
    let mut cursor = None;
    let to = hear(&ours, &mut cursor, 1).await.remove(0).post.unwrap();
    let receipt = ours.speaker().reply(&ours.call(), &ours.act(1, ActKind::Reply, &asked.uri), &words("Stoneware.", &to)).await.unwrap();
    let told = eventually(async || {
        let told = ours.cy.bluesky.notifications().await?;
        Ok(told.into_iter().find(|n| n["uri"] == receipt.remote_id.as_str()))
    })
    .await
    .unwrap();
    assert_eq!((&told["reason"], &told["record"]["text"]), (&json!("reply"), &json!("Stoneware.")));
    let thread = ours.reader().thread(&ours.call(), &receipt.remote_id).await.unwrap();
    assert_eq!(thread.above.iter().map(|p| &p.remote_id).collect::<Vec<_>>(), [&asked.uri]);
    assert!(thread.post.is_ours && thread.below.is_empty());
    let nowhere = format!("at://{}/app.bsky.feed.post/3jzfcijpj2z2a", ours.profile.remote_id);
    assert_eq!(ours.reader().thread(&ours.call(), &nowhere).await, Err(ReadError::NotThere));
}

#[tokio::test]
async fn without_an_appview_reading_waits_and_publishing_goes_on() {
    let pds = servers::pds().await.unwrap();
    let ours = channel(&pds, "alone").await;
    let page = ours.reader().page(&ours.call(), None).await;
    assert!(matches!(page, Err(ReadError::Later { .. })), "{page:?}");
    let post = ours.me.post("Anybody?").await.unwrap();
    let thread = ours.reader().thread(&ours.call(), &post.uri).await;
    assert!(matches!(thread, Err(ReadError::Later { .. })), "{thread:?}");
    assert!(ours.publish(&ours.key_of(1), "Still here").await.is_ok());
}
