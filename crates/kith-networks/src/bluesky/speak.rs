//! What only a present person does: answer, like, repost, follow, and take such a thing back.
//!
//! Every act becomes a record whose name and time come from the act's id and first instant, so the same press sent
//! twice is the same record once. An act whose record is there already is done. Direct messages need a service of
//! their own that app passwords mostly can't use; they are not offered.

use async_trait::async_trait;
use kith_domain::listen::Audience;
use kith_domain::mandate::{ActKind, HumanAct};
use kith_domain::publish::{Looked, Outcome, PublishError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::limits::{limits, text_warnings, wire_text};
use super::publish::{Sent, look, our_name, people, put, record_at, taken};
use super::record::{self, POST, Parts, Reply};
use super::syntax::{Did, RecordUri, Tid};
use super::trouble::Trouble;
use super::wire::{PostRecord, PostViewer, ProfileView, RecordView, StrongRef};
use super::{Bluesky, facets, read, token};
use crate::http::at;
use crate::network::{Call, FirstWords, ReadError, Speaker, Touched, Words};

const LIKE: &str = "app.bsky.feed.like";
const REPOST: &str = "app.bsky.feed.repost";
const FOLLOW: &str = "app.bsky.graph.follow";
/// Bluesky's chat is a service of its own (`chat.bsky`), which a repository's server does not offer.
pub(super) const NO_DIRECT: &str =
    "direct messages on Bluesky are a service of their own that Kith does not use; write to them in Bluesky, or answer them in public";
/// Pages of 100 records that are searched for one that the AppView does not know yet.
const PAGES_MAX: usize = 50;

#[async_trait]
impl Speaker for Bluesky {
    async fn reply(&self, call: &Call<'_>, act: &HumanAct, words: &Words) -> Outcome {
        pressed(act, ActKind::Reply)?;
        if act.target().remote_id != words.to.remote_id {
            return Err(refused("this answer belongs to another post; open the conversation again"));
        }
        let sent = answer(call, act, words).await?;
        match put(call, &sent.body(), &sent).await {
            Ok(()) => Ok(sent.receipt(&our_name(call).await)),
            Err(Trouble::Refused { name, .. }) if name == "InvalidSwap" => taken(call, &sent).await,
            Err(trouble) => Err(trouble.after_publish()),
        }
    }

    async fn find_reply(&self, call: &Call<'_>, act: &HumanAct, _: &Words) -> Looked {
        look(call, &Sent::new(call.remote_id, POST, &key(act), Value::Null)).await
    }

    async fn follow(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        pressed(act, ActKind::Follow)?;
        let did = person(act)?;
        let known = profile(call, &did).await.ok().and_then(|p| p.viewer);
        let known = known.and_then(|viewer| viewer.following);
        if still_there(call, FOLLOW, known.as_deref()).await.map_err(Trouble::after_prepare)?
            || !newest(call, FOLLOW, did.as_str(), 1).await.map_err(Trouble::after_prepare)?.is_empty()
        {
            return Ok(Touched::Done);
        }
        once(call, FOLLOW, act, record::follow(did.as_str(), act.at())).await
    }

    async fn unfollow(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        pressed(act, ActKind::Unfollow)?;
        let did = person(act)?;
        // The AppView knows the record unless it is very new or the AppView is away; the newest may be there twice.
        let known = profile(call, &did).await.ok().and_then(|p| p.viewer).and_then(|viewer| viewer.following);
        take_back(call, FOLLOW, did.as_str(), known.as_deref()).await
    }

    async fn like(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        pressed(act, ActKind::Like)?;
        point(call, LIKE, act).await
    }

    async fn repost(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        pressed(act, ActKind::Repost)?;
        point(call, REPOST, act).await
    }

    async fn unlike(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        pressed(act, ActKind::Unlike)?;
        let uri = act.target().remote_id.as_str();
        take_back(call, LIKE, uri, viewer(call, uri).await.like.as_deref()).await
    }

    async fn unrepost(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        pressed(act, ActKind::Unrepost)?;
        let uri = act.target().remote_id.as_str();
        take_back(call, REPOST, uri, viewer(call, uri).await.repost.as_deref()).await
    }

    async fn stands(&self, call: &Call<'_>, act: &HumanAct) -> Result<Option<Touched>, ReadError> {
        let (collection, pages_max) = match act.kind() {
            ActKind::Follow | ActKind::Unfollow => (FOLLOW, PAGES_MAX),
            ActKind::Like => (LIKE, 1),
            ActKind::Repost => (REPOST, 1),
            ActKind::Unlike => (LIKE, PAGES_MAX),
            ActKind::Unrepost => (REPOST, PAGES_MAX),
            ActKind::Reply | ActKind::DirectMessage => return Err(ReadError::NotOffered),
        };
        // What we did is a record in our own repository, and our own server knows it at once.
        let later = |error: PublishError| ReadError::Later { after: None, why: error.to_string() };
        let found = newest(call, collection, &act.target().remote_id, pages_max).await.map_err(|error| later(error.after_prepare()))?;
        let is_so = found.is_empty() == matches!(act.kind(), ActKind::Unfollow | ActKind::Unlike | ActKind::Unrepost);
        Ok(is_so.then_some(Touched::Done))
    }

    async fn first_words(&self, _: &Call<'_>, _: &HumanAct, _: &FirstWords) -> Outcome {
        Err(refused(NO_DIRECT))
    }
}

/// A press of one button does nothing else.
fn pressed(act: &HumanAct, kind: ActKind) -> Result<(), PublishError> {
    if act.kind() == kind { Ok(()) } else { Err(refused("another button was pressed; nothing was sent")) }
}

/// The name of the act's record.
fn key(act: &HumanAct) -> String {
    Tid::of(act.at(), act.id().uuid().as_bytes()).to_string()
}

async fn answer(call: &Call<'_>, act: &HumanAct, words: &Words) -> Result<Sent, PublishError> {
    if words.audience != Audience::Public {
        return Err(refused("everything on Bluesky is public; this answer was meant for fewer people and was not sent"));
    }
    let text = wire_text(&words.text, words.warning.as_deref());
    if text.is_empty() {
        return Err(refused("there are no words to send"));
    }
    if let Some(warning) = text_warnings(&text, &limits()).into_iter().next() {
        return Err(refused(&warning.text));
    }
    let reply = answered(call, &words.to.remote_id).await?;
    let found = facets::find(&text);
    let people = people(call, &found).await.map_err(Trouble::after_prepare)?;
    let facets = facets::to_json(&found, |handle| people.get(handle).cloned());
    let parts = Parts { text: &text, language: words.language.as_deref(), facets, embed: None, reply: Some(reply) };
    Ok(Sent::new(call.remote_id, POST, &key(act), record::post(parts, act.at())))
}

/// What an answer must point at: the post itself, and the first of its thread, each with the hash of what it held.
async fn answered(call: &Call<'_>, uri: &str) -> Result<Reply, PublishError> {
    let gone = || refused("the post that you answer is no longer there");
    let place = RecordUri::parse(uri).filter(|uri| uri.collection == POST).ok_or_else(gone)?;
    let view = match record_at(call, &place.repo, &place.collection, &place.key).await {
        Ok(view) => view,
        Err(trouble) if trouble.is_not_there() => return Err(gone()),
        Err(trouble) => return Err(trouble.after_prepare()),
    };
    let parent = StrongRef { uri: view.uri, cid: view.cid };
    let above = serde_json::from_value::<PostRecord>(view.value).ok().and_then(|post| post.reply);
    Ok(Reply { root: above.map_or_else(|| parent.clone(), |reply| reply.root), parent })
}

/// Likes or reposts the act's target, unless we did already.
async fn point(call: &Call<'_>, collection: &str, act: &HumanAct) -> Result<Touched, PublishError> {
    let gone = || refused("that post is no longer there");
    let uri = act.target().remote_id.as_str();
    let place = RecordUri::parse(uri).filter(|uri| uri.collection == POST).ok_or_else(gone)?;
    if !newest(call, collection, uri, 1).await.map_err(Trouble::after_prepare)?.is_empty() {
        return Ok(Touched::Done);
    }
    // The AppView tells what is older, too; it may be away, or not have met the post yet.
    let seen = read::posts(call, &[uri]).await.ok().and_then(|posts| posts.into_iter().next());
    let subject = if let Some(seen) = seen {
        let viewer = seen.viewer.unwrap_or_default();
        let known = if collection == LIKE { viewer.like } else { viewer.repost };
        if still_there(call, collection, known.as_deref()).await.map_err(Trouble::after_prepare)? {
            return Ok(Touched::Done);
        }
        StrongRef { uri: seen.uri, cid: seen.cid }
    } else {
        match record_at(call, &place.repo, &place.collection, &place.key).await {
            Ok(view) => StrongRef { uri: view.uri, cid: view.cid },
            Err(trouble) if trouble.is_not_there() => return Err(gone()),
            Err(trouble) => return Err(trouble.after_prepare()),
        }
    };
    once(call, collection, act, record::pointer(collection, &subject, act.at())).await
}

/// Deletes our records that point at a person or a post; where there is none, it is done.
///
/// The AppView knows the record (`known`) unless it is very new or the AppView is away; the newest may be there twice.
async fn take_back(call: &Call<'_>, collection: &str, subject: &str, known: Option<&str>) -> Result<Touched, PublishError> {
    let known = known.and_then(|uri| ours(call, collection, uri));
    let pages_max = if known.is_some() { 1 } else { PAGES_MAX };
    let mut keys = newest(call, collection, subject, pages_max).await.map_err(Trouble::after_prepare)?;
    keys.extend(known);
    for key in keys {
        delete(call, collection, &key).await.map_err(Trouble::after_publish)?;
    }
    Ok(Touched::Done)
}

/// The name of a record of ours, from what the AppView says.
fn ours(call: &Call<'_>, collection: &str, uri: &str) -> Option<String> {
    RecordUri::parse(uri).filter(|uri| uri.repo == call.remote_id && uri.collection == collection).map(|uri| uri.key)
}

/// Whether the record that the AppView knows is there: of one that was taken back it hears a moment later.
async fn still_there(call: &Call<'_>, collection: &str, known: Option<&str>) -> Result<bool, Trouble> {
    let Some(key) = known.and_then(|uri| ours(call, collection, uri)) else { return Ok(false) };
    match record_at(call, call.remote_id, collection, &key).await {
        Ok(_) => Ok(true),
        Err(trouble) if trouble.is_not_there() => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// What the AppView knows that we did with a post; nothing where it is away.
async fn viewer(call: &Call<'_>, uri: &str) -> PostViewer {
    let seen = read::posts(call, &[uri]).await.ok().and_then(|posts| posts.into_iter().next());
    seen.and_then(|post| post.viewer).unwrap_or_default()
}

/// Writes the act's record; one that is there already under its name is the same act.
async fn once(call: &Call<'_>, collection: &str, act: &HumanAct, record: Value) -> Result<Touched, PublishError> {
    let sent = Sent::new(call.remote_id, collection, &key(act), record);
    match put(call, &sent.body(), &sent).await {
        Err(Trouble::Refused { name, .. }) if name == "InvalidSwap" => Ok(Touched::Done),
        other => other.map(|()| Touched::Done).map_err(Trouble::after_publish),
    }
}

fn person(act: &HumanAct) -> Result<Did, PublishError> {
    Did::parse(&act.target().remote_id).ok_or_else(|| refused("this person's id is no Bluesky id"))
}

async fn profile(call: &Call<'_>, did: &Did) -> Result<ProfileView, Trouble> {
    let url = at(call.server, &["xrpc", "app.bsky.actor.getProfile"]);
    let answer = token::send(call, || call.http.get(url.clone()).query(&[("actor", did.as_str())])).await?;
    answer.json().map_err(|error| Trouble::unreadable(&error))
}

/// The names of our records that point at a person or a post, among the newest: our own server knows them at once.
async fn newest(call: &Call<'_>, collection: &str, subject: &str, pages_max: usize) -> Result<Vec<String>, Trouble> {
    #[derive(Deserialize)]
    struct List {
        cursor: Option<String>,
        records: Vec<RecordView<Value>>,
    }
    let url = at(call.server, &["xrpc", "com.atproto.repo.listRecords"]);
    let points = |record: &Value| record["subject"] == subject || record["subject"]["uri"] == subject;
    let mut cursor: Option<String> = None;
    for _ in 0..pages_max {
        let mut query = vec![("repo", call.remote_id), ("collection", collection), ("limit", "100")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let answer = token::send(call, || call.http.get(url.clone()).query(&query)).await?;
        let list: List = answer.json().map_err(|error| Trouble::unreadable(&error))?;
        let found = list.records.iter().filter(|record| points(&record.value));
        let keys: Vec<String> = found.filter_map(|record| RecordUri::parse(&record.uri)).map(|uri| uri.key).collect();
        if !keys.is_empty() {
            return Ok(keys);
        }
        cursor = match list.cursor {
            Some(next) if !list.records.is_empty() => Some(next),
            _ => break,
        };
    }
    Ok(Vec::new())
}

async fn delete(call: &Call<'_>, collection: &str, key: &str) -> Result<(), Trouble> {
    let url = at(call.server, &["xrpc", "com.atproto.repo.deleteRecord"]);
    let body = json!({ "repo": call.remote_id, "collection": collection, "rkey": key });
    token::send(call, || call.http.post(url.clone()).json(&body)).await.map(drop)
}

fn refused(why: &str) -> PublishError {
    PublishError::Refused { why: why.to_owned() }
}
