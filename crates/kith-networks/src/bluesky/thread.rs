//! The thread around a post, in one request: what it answers and the answers to it, both bounded.

use kith_domain::listen::RemotePost;

use super::syntax::RecordUri;
use super::trouble::Trouble;
use super::wire::{ThreadAnswer, ThreadView};
use super::{post, token};
use crate::http::at;
use crate::network::{Call, ReadError, Thread};

/// Levels of answers, and posts above, that are asked for.
const DEPTH: &str = "10";
const PARENT_HEIGHT: &str = "80";
/// Most answers that are kept.
const ANSWERS_MAX: usize = 500;

pub(super) async fn read(call: &Call<'_>, remote_id: &str) -> Result<Thread, ReadError> {
    if RecordUri::parse(remote_id).is_none() {
        return Err(ReadError::NotThere);
    }
    let url = at(call.server, &["xrpc", "app.bsky.feed.getPostThread"]);
    let query = [("uri", remote_id), ("depth", DEPTH), ("parentHeight", PARENT_HEIGHT)];
    let answer = token::send(call, || call.http.get(url.clone()).query(&query)).await.map_err(Trouble::after_read)?;
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
