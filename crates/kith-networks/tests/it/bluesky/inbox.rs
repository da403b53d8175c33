//! What people do comes in once and in order; the whole back end, and the PDS alone.

use kith_domain::listen::{Incoming, IncomingKind};
use kith_domain::mandate::ActKind;
use kith_networks::ReadError;
use kith_testkit::servers;

use super::world::{Channel, channel, words};

/// Pages until the kinds of `wanted` have all come, or fails after a while.
async fn pages(ours: &Channel, cursor: &mut Option<String>, wanted: usize) -> Vec<Incoming> {
    let mut items = Vec::new();
    let all = servers::eventually(|| {
        let from = cursor.clone();
        let page = async move { Ok(Some(ours.reader().page(&ours.call(), from.as_deref()).await?)) };
        page
    });
    let first = all.await.unwrap();
    items.extend(first.items);
    *cursor = first.cursor;
    let mut tries = 0;
    while items.len() < wanted && tries < 300 {
        let page = ours.reader().page(&ours.call(), cursor.as_deref()).await.unwrap();
        items.extend(page.items);
        *cursor = page.cursor;
        tries += 1;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    items
}

#[tokio::test]
async fn everything_that_people_do_comes_once_and_in_order() {
    let bluesky = servers::bluesky_full().await.unwrap();
    let (ours, cy) = (channel(&bluesky, &bluesky.url, "inbox").await, channel(&bluesky, &bluesky.url, "people").await);
    assert_eq!(ours.reader().page(&ours.call(), None).await.unwrap().cursor, None, "nothing was ever there");
    let post = ours.other.post("Which glaze?").await.unwrap();
    cy.other.sees(&post).await.unwrap();
    let (cy, handle) = (&cy.other, &ours.profile.address);
    let answer = cy.reply(&post, &post, "The blue one?").await.unwrap();
    let both = cy.reply(&post, &post, &format!("And you, @{handle}?")).await.unwrap();
    let quote = cy.quote(&post, "Good question").await.unwrap();
    let like = cy.like(&post).await.unwrap();
    let repost = cy.repost(&post).await.unwrap();
    let follow = cy.follow(&ours.profile.remote_id).await.unwrap();

    let mut cursor = None;
    let items = pages(&ours, &mut cursor, 6).await;
    let told: Vec<(&str, IncomingKind)> = items.iter().map(|item| (item.remote_id.as_str(), item.kind)).collect();
    let expected = [
        (answer.uri.as_str(), IncomingKind::Reply),
        (&both.uri, IncomingKind::Reply),
        (&quote.uri, IncomingKind::Quote),
        (&like.uri, IncomingKind::Like),
        (&repost.uri, IncomingKind::Repost),
        (&follow.uri, IncomingKind::Follow),
    ];
    for one in expected {
        assert_eq!(told.iter().filter(|item| **item == one).count(), 1, "{one:?} in {told:?}");
    }
    assert_eq!(told.len(), 6, "{told:?}");
    let reply = items.iter().find(|item| item.remote_id == answer.uri).unwrap();
    let words = reply.post.as_ref().unwrap();
    assert_eq!((words.text.as_str(), words.html.as_str()), ("The blue one?", "<p>The blue one?</p>"));
    assert_eq!((words.in_reply_to.as_deref(), words.root.as_deref()), (Some(post.uri.as_str()), Some(post.uri.as_str())));
    assert_eq!((&words.author.remote_id, words.is_ours), (&cy.did, false));
    let liked = items.iter().find(|item| item.kind == IncomingKind::Like).unwrap().post.as_ref().unwrap();
    assert_eq!((liked.text.as_str(), liked.is_ours), ("Which glaze?", true));

    let again = ours.reader().page(&ours.call(), cursor.as_deref()).await.unwrap();
    assert!(again.items.is_empty() && !again.more, "{:?}", again.items);
    assert_eq!(again.cursor, cursor);
}
