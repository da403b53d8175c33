//! The thread around a post, in one request: what it answers and the answers to it, both bounded.

use kith_domain::listen::RemotePost;

use super::syntax::RecordUri;
use super::trouble::Trouble;
use super::wire::{ThreadAnswer, ThreadView};
use super::{post, token};
use crate::http::at;
use crate::network::{Call, ReadError, Thread};

/// Levels of answers, and posts above, that are asked for. JSON may be nested 128 deep, and each post above is a level.
const DEPTH: &str = "6";
const PARENT_HEIGHT: &str = "50";
/// A widely answered post comes with hundreds of others, some kilobytes each.
const THREAD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most answers that are kept.
const ANSWERS_MAX: usize = 500;

pub(super) async fn read(call: &Call<'_>, remote_id: &str) -> Result<Thread, ReadError> {
    if RecordUri::parse(remote_id).is_none() {
        return Err(ReadError::NotThere);
    }
    let url = at(call.server, &["xrpc", "app.bsky.feed.getPostThread"]);
    let query = [("uri", remote_id), ("depth", DEPTH), ("parentHeight", PARENT_HEIGHT)];
    let answer =
        token::send(call, || call.http.get(url.clone()).query(&query).limit(THREAD_BYTES_MAX)).await.map_err(Trouble::after_read)?;
    let answer: ThreadAnswer = answer.json().map_err(|error| Trouble::unreadable(&error).after_read())?;
    unfold(answer.thread, call.remote_id).ok_or(ReadError::NotThere)
}

/// Places without a post (deleted, blocked) are passed over: what is above or below them is still told.
fn unfold(view: ThreadView, our_did: &str) -> Option<Thread> {
    let post = post::of_view(view.post.as_ref()?, our_did)?;
    let mut above = Vec::new();
    let mut parent = view.parent;
    while let Some(place) = parent {
        above.extend(place.post.as_ref().and_then(|p| post::of_view(p, our_did)));
        parent = place.parent;
    }
    above.reverse();
    Some(Thread { above, post, below: below(view.replies, our_did) })
}

fn below(replies: Vec<ThreadView>, our_did: &str) -> Vec<RemotePost> {
    let (mut open, mut posts) = (replies, Vec::new());
    while let Some(place) = open.pop() {
        posts.extend(place.post.as_ref().and_then(|p| post::of_view(p, our_did)));
        open.extend(place.replies);
        if posts.len() == ANSWERS_MAX {
            break;
        }
    }
    posts.sort_by_key(|post| post.at);
    posts
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn place(number: usize) -> Value {
        let at = format!("2026-11-22T10:00:{:02}.000Z", number % 60);
        json!({
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": {
                "uri": format!("at://did:plc:cy/app.bsky.feed.post/{number}"),
                "cid": "b",
                "author": { "did": "did:plc:cy", "handle": "cy.test" },
                "record": { "$type": "app.bsky.feed.post", "text": number.to_string(), "createdAt": at },
                "indexedAt": at,
            },
        })
    }

    fn texts(posts: &[RemotePost]) -> Vec<&str> {
        posts.iter().map(|post| post.text.as_str()).collect()
    }

    #[test]
    fn fifty_posts_above_are_read_the_first_first() {
        let top = (1..=50).fold(Value::Null, |parent, number| {
            let mut place = place(number);
            place["parent"] = parent;
            place
        });
        let mut view = place(51);
        view["parent"] = top;
        let answer: ThreadAnswer = serde_json::from_str(&json!({ "thread": view }).to_string()).unwrap();
        let thread = unfold(answer.thread, "did:plc:ana").unwrap();
        assert_eq!((thread.above.len(), thread.above[0].text.as_str(), thread.above[49].text.as_str()), (50, "1", "50"));
    }

    #[test]
    fn what_is_gone_or_blocked_leaves_a_gap_and_the_rest_is_told() {
        let mut blocked = json!({ "$type": "app.bsky.feed.defs#blockedPost", "uri": "at://x", "blocked": true });
        blocked["parent"] = place(1);
        let mut view = place(3);
        view["parent"] = blocked;
        let mut answer = place(5);
        answer["replies"] = json!([place(7), { "$type": "app.bsky.feed.defs#notFoundPost", "notFound": true }]);
        view["replies"] = json!([place(6), answer]);
        let thread = unfold(serde_json::from_value(view).unwrap(), "did:plc:cy").unwrap();
        assert_eq!((texts(&thread.above), texts(&thread.below)), (vec!["1"], vec!["5", "6", "7"]));
        assert!(thread.post.is_ours);
        let gone: ThreadView = serde_json::from_value(json!({ "$type": "app.bsky.feed.defs#notFoundPost", "notFound": true })).unwrap();
        assert!(unfold(gone, "did:plc:cy").is_none());
    }
}
