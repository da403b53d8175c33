//! What people do: notifications, walked from the newest back to where we were, handed on oldest first.
//!
//! The server's `isRead` is not used (it lies for accounts that never call `updateSeen`), nor is its cursor kept:
//! see `cursor`. What somebody did is decided from the record, because an answer that also names us arrives as
//! "mention" (measured 2026-11). Likes and reposts of what we only reposted, and news that are no person's words or
//! deeds towards us, are left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kith_domain::listen::{Incoming, IncomingKind, RemotePost};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::cursor::Cursor;
use super::syntax::{RecordUri, instant};
use super::trouble::Trouble;
use super::wire::{Notification, Notifications, PostRecord, PostView, Posts};
use super::{Bluesky, post, thread, token};
use crate::http::at;
use crate::network::{Call, LookedAt, Page, ReadError, Reader, Thread};

/// Notifications asked for at once; the most that the lexicon allows.
const PAGE_LIMIT: usize = 100;
/// Pages walked back on the first reading of a channel, and at most on any later one.
const FIRST_WALK_PAGES_MAX: usize = 20;
const WALK_PAGES_MAX: usize = 200;
/// Most items handed on at once.
const ITEMS_MAX: usize = 500;
/// Posts asked for at once; the most that the lexicon allows.
const POSTS_LIMIT: usize = 25;

#[async_trait]
impl Reader for Bluesky {
    async fn page(&self, call: &Call<'_>, cursor: Option<&str>) -> Result<Page, ReadError> {
        // A cursor that can't be read begins anew: what is stored already is known by its id.
        let from = cursor.and_then(Cursor::parse).unwrap_or_else(|| Cursor::first(call.now));
        let walk = walk(call, &from).await.map_err(Trouble::after_read)?;
        let subjects = subjects(call, &walk.found).await.map_err(Trouble::after_read)?;
        let items = walk.found.iter().filter_map(|(_, found)| incoming(found, &subjects, call.remote_id)).collect();
        let handed_on = walk.found.iter().map(|(at, found)| (found.uri.as_str(), *at));
        let to = from.after(handed_on, call.now, walk.is_whole);
        let cursor = if to.is_first() { None } else { Some(to.to_text()) };
        Ok(Page { items, cursor, more: walk.more })
    }

    async fn thread(&self, call: &Call<'_>, remote_id: &str) -> Result<Thread, ReadError> {
        thread::read(call, remote_id).await
    }

    async fn own_answers(&self, call: &Call<'_>) -> Result<Vec<RemotePost>, ReadError> {
        own_answers(call).await.map_err(Trouble::after_read)
    }

    async fn look_at(&self, call: &Call<'_>, remote_id: &str, posts: usize) -> Result<LookedAt, ReadError> {
        look_at(call, remote_id, posts).await.map_err(Trouble::after_read)
    }

    async fn watch(&self, _: &Call<'_>, _: &mpsc::Sender<()>) -> Result<(), ReadError> {
        Err(ReadError::NotOffered) // there is no stream of one's own notifications, only one of the whole network
    }
}

/// What `app.bsky.actor.defs#profileViewDetailed` says of a person beyond their name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfilePage {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    follows_count: Option<u64>,
    #[serde(default)]
    followers_count: Option<u64>,
    #[serde(default)]
    created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
struct AuthorFeed {
    feed: Vec<FeedItem>,
}

/// What was reposted has a reason; their own words have none.
#[derive(Debug, Deserialize)]
struct FeedItem {
    post: PostView,
    #[serde(default)]
    reason: Option<serde_json::Value>,
}

async fn look_at(call: &Call<'_>, did: &str, posts: usize) -> Result<LookedAt, Trouble> {
    let url = at(call.server, &["xrpc", "app.bsky.actor.getProfile"]);
    let answer = token::send(call, || call.http.get(url.clone()).query(&[("actor", did)])).await?;
    let page: ProfilePage = answer.json().map_err(|error| Trouble::unreadable(&error))?;
    let feed = author_feed(call, did, posts.saturating_mul(2), "posts_no_replies").await?;
    let own = feed.feed.iter().filter(|item| item.reason.is_none()).filter_map(|item| post::of_view(&item.post, call.remote_id));
    Ok(LookedAt {
        bio: super::wire::plain(page.description.as_deref().unwrap_or_default()),
        posts: own.filter(|post| !post.text.trim().is_empty()).take(posts).collect(),
        follows: page.follows_count,
        followers: page.followers_count,
        since: page.created_at.as_deref().and_then(instant),
    })
}

/// Our own latest answers, whatever program they were sent with.
async fn own_answers(call: &Call<'_>) -> Result<Vec<RemotePost>, Trouble> {
    let feed = author_feed(call, call.remote_id, PAGE_LIMIT / 2, "posts_with_replies").await?;
    let own = feed.feed.iter().filter(|item| item.reason.is_none()).filter_map(|item| post::of_view(&item.post, call.remote_id));
    Ok(own.filter(|post| post.is_ours && post.in_reply_to.is_some()).collect())
}

/// A person's latest posts, the latest first: `app.bsky.feed.getAuthorFeed` with one of its filters.
async fn author_feed(call: &Call<'_>, did: &str, limit: usize, filter: &str) -> Result<AuthorFeed, Trouble> {
    let url = at(call.server, &["xrpc", "app.bsky.feed.getAuthorFeed"]);
    let limit = limit.clamp(1, PAGE_LIMIT).to_string();
    let query = [("actor", did), ("limit", limit.as_str()), ("filter", filter)];
    let answer = token::send(call, || call.http.get(url.clone()).query(&query)).await?;
    answer.json().map_err(|error| Trouble::unreadable(&error))
}

struct Walk {
    /// What is new, oldest first, each once.
    found: Vec<(Timestamp, Notification)>,
    /// Whether newer ones were left for the next page.
    more: bool,
    /// Whether everything down to where the cursor wants to look was seen.
    is_whole: bool,
}

/// Walks from the newest back. Where there is too much, the oldest are kept: the rest follows with the next page.
async fn walk(call: &Call<'_>, from: &Cursor) -> Result<Walk, Trouble> {
    let stop_at = from.stop_at(call.now);
    let pages_max = if from.is_first() { FIRST_WALK_PAGES_MAX } else { WALK_PAGES_MAX };
    let mut found: VecDeque<(Timestamp, Notification)> = VecDeque::new();
    let mut known = BTreeSet::new();
    let (mut more, mut is_whole, mut cursor) = (false, false, None);
    for _ in 0..pages_max {
        let page = list(call, cursor.as_deref()).await?;
        let dated = page.notifications.into_iter().filter_map(|n| instant(&n.indexed_at).map(|at| (at, n)));
        let mut oldest = None;
        for (at, notification) in dated {
            oldest = Some(at);
            if at >= stop_at && from.is_new(&notification.uri, at) && known.insert(notification.uri.clone()) {
                found.push_back((at, notification));
            }
            if found.len() > ITEMS_MAX {
                found.pop_front();
                more = true;
            }
        }
        is_whole = oldest.is_some_and(|at| at < stop_at) || page.cursor.is_none();
        if is_whole {
            break;
        }
        cursor = next(page.cursor, oldest, cursor.as_deref());
    }
    if !is_whole && !from.is_first() {
        tracing::warn!(pages = WALK_PAGES_MAX, "more notifications than are walked back at once; the oldest are left out");
    }
    let mut found: Vec<_> = found.into();
    found.reverse();
    found.sort_by_key(|(at, _)| *at); // stable: within an instant, the order of the server
    Ok(Walk { found, more, is_whole })
}

/// The server's cursor is an instant, and "older than that" leaves out what has the same instant as the last of the
/// page; so it is asked from a millisecond later. Where it is something else, or that would stand still, it is used
/// as it is.
fn next(theirs: Option<String>, oldest: Option<Timestamp>, last: Option<&str>) -> Option<String> {
    let theirs = theirs?;
    let ours = instant(&theirs).filter(|at| Some(*at) == oldest).and_then(|at| at.checked_add(SignedDuration::from_millis(1)).ok());
    ours.map(super::syntax::datetime).filter(|text| Some(text.as_str()) != last).or(Some(theirs))
}

async fn list(call: &Call<'_>, cursor: Option<&str>) -> Result<Notifications, Trouble> {
    let url = at(call.server, &["xrpc", "app.bsky.notification.listNotifications"]);
    let limit = PAGE_LIMIT.to_string();
    // Without `priority`, an account set to "priority notifications" would hide everybody it does not follow.
    let mut query = vec![("limit", limit.as_str()), ("priority", "false")];
    query.extend(cursor.map(|cursor| ("cursor", cursor)));
    let answer = token::send(call, || call.http.get(url.clone()).query(&query)).await?;
    answer.json().map_err(|error| Trouble::unreadable(&error))
}

/// Our posts that were liked or reposted.
async fn subjects(call: &Call<'_>, found: &[(Timestamp, Notification)]) -> Result<BTreeMap<String, RemotePost>, Trouble> {
    let reactions = found.iter().filter(|(_, n)| matches!(n.reason.as_str(), "like" | "repost"));
    let uris: BTreeSet<&str> = reactions.filter_map(|(_, n)| n.reason_subject.as_deref()).collect();
    let uris: Vec<&str> = uris.into_iter().collect();
    let mut subjects = BTreeMap::new();
    for some in uris.chunks(POSTS_LIMIT) {
        let views = posts(call, some).await?;
        subjects.extend(views.iter().filter_map(|v| post::of_view(v, call.remote_id)).map(|p| (p.remote_id.clone(), p)));
    }
    Ok(subjects)
}

/// Posts by their AT-URIs, at most 25; those that are gone are missing.
pub(super) async fn posts(call: &Call<'_>, uris: &[&str]) -> Result<Vec<PostView>, Trouble> {
    let url = at(call.server, &["xrpc", "app.bsky.feed.getPosts"]);
    let query: Vec<(&str, &str)> = uris.iter().map(|uri| ("uris", *uri)).collect();
    let answer = token::send(call, || call.http.get(url.clone()).query(&query)).await?;
    answer.json::<Posts>().map(|posts| posts.posts).map_err(|error| Trouble::unreadable(&error))
}

fn incoming(found: &Notification, subjects: &BTreeMap<String, RemotePost>, our_did: &str) -> Option<Incoming> {
    let at = instant(&found.indexed_at)?;
    let record: Option<PostRecord> = serde_json::from_value(found.record.clone()).ok();
    let (kind, post) = match (found.reason.as_str(), record) {
        ("like", _) => (IncomingKind::Like, found.reason_subject.as_ref().and_then(|uri| subjects.get(uri)).cloned()),
        ("repost", _) => (IncomingKind::Repost, found.reason_subject.as_ref().and_then(|uri| subjects.get(uri)).cloned()),
        ("follow", _) => (IncomingKind::Follow, None),
        ("reply" | "mention" | "quote", Some(record)) => {
            let post = post::of_record(&found.uri, &found.author, &record, &found.indexed_at, our_did);
            (kind_of_words(&found.reason, &record, our_did), post)
        }
        _ => return None,
    };
    Some(Incoming { remote_id: found.uri.clone(), kind, by: found.author.to_profile(), at, post })
}

/// By the record: an answer in our thread is an answer, whatever else it does.
fn kind_of_words(reason: &str, record: &PostRecord, our_did: &str) -> IncomingKind {
    let is_ours = |uri: &str| RecordUri::parse(uri).is_some_and(|uri| uri.repo == our_did);
    let answers_us = record.reply.as_ref().is_some_and(|reply| is_ours(&reply.parent.uri) || is_ours(&reply.root.uri));
    let quotes_us = record.embed.as_ref().and_then(|embed| embed.quoted()).is_some_and(is_ours);
    if answers_us || (reason == "reply" && record.reply.is_some()) {
        IncomingKind::Reply
    } else if quotes_us || reason == "quote" {
        IncomingKind::Quote
    } else {
        IncomingKind::Mention
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(reason: &str, extra: &serde_json::Value) -> IncomingKind {
        let mut record = json!({ "text": "x" });
        record.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        kind_of_words(reason, &serde_json::from_value(record).unwrap(), "did:plc:ana")
    }

    #[test]
    fn what_somebody_did_is_decided_from_the_record() {
        let ours = json!({ "uri": "at://did:plc:ana/app.bsky.feed.post/3jzfcijpj2z2a", "cid": "b" });
        let other = json!({ "uri": "at://did:plc:cy/app.bsky.feed.post/3jzfcijpj2z2a", "cid": "b" });
        assert_eq!(kind("mention", &json!({ "reply": { "root": other, "parent": ours } })), IncomingKind::Reply);
        assert_eq!(kind("mention", &json!({ "reply": { "root": ours, "parent": other } })), IncomingKind::Reply);
        assert_eq!(kind("mention", &json!({ "reply": { "root": other, "parent": other } })), IncomingKind::Mention);
        assert_eq!(kind("mention", &json!({})), IncomingKind::Mention);
        assert_eq!(kind("mention", &json!({ "embed": { "record": ours } })), IncomingKind::Quote);
        assert_eq!(kind("quote", &json!({ "embed": { "record": { "record": ours }, "media": {} } })), IncomingKind::Quote);
        assert_eq!(kind("reply", &json!({ "reply": { "root": other, "parent": other } })), IncomingKind::Reply);
    }

    #[test]
    fn the_next_page_begins_a_little_before_the_end_of_the_last() {
        let at = instant("2026-11-22T10:00:00.000Z");
        let theirs = || Some("2026-11-22T10:00:00.000Z".to_owned());
        assert_eq!(next(theirs(), at, None).as_deref(), Some("2026-11-22T10:00:00.001Z"));
        assert_eq!(next(theirs(), at, Some("2026-11-22T10:00:00.001Z")), theirs(), "it does not stand still");
        assert_eq!(next(Some("opaque".to_owned()), at, None).as_deref(), Some("opaque"));
        assert_eq!(next(None, at, None), None);
    }
}
