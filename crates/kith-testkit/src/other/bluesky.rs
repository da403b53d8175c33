//! A person on an AT Protocol server.
//!
//! On the whole back end, wait with [`Bluesky::sees`] before answering: the AppView indexes each account's records on
//! their own, and an answer that it meets before the post it answers is never notified to anybody (seen in a
//! quarter of tries with dev-env 0.6.7 on 2026-11-22). People have seen what they answer, so this is no loss.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::http::Http;
use crate::servers::eventually;

const PAGE: &str = "100"; // the most that listRecords and listNotifications give at once
const POST: &str = "app.bsky.feed.post";

/// Somebody signed in by app password.
#[derive(Debug, Clone)]
pub struct Bluesky {
    http: Http,
    /// The account's DID.
    pub did: String,
    /// The account's handle.
    pub handle: String,
}

/// A record's address and the hash of what it held: what likes and replies point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `at://DID/COLLECTION/RKEY`
    pub uri: String,
    pub cid: String,
}

impl Record {
    /// The `uri` and `cid` of a value, as `listRecords` and the AppView give them.
    pub fn of(value: &Value) -> Result<Self> {
        Ok(Self { uri: text(value, "uri")?, cid: text(value, "cid")? })
    }

    fn json(&self) -> Value {
        json!({ "uri": self.uri, "cid": self.cid })
    }
}

/// Signs in. `pds`: the server's base URL; `password`: an app password or the account's own.
pub async fn bluesky(pds: &str, handle: &str, password: &str) -> Result<Bluesky> {
    let body = json!({ "identifier": handle, "password": password });
    let session = Http::new(pds, None)?.post("/xrpc/com.atproto.server.createSession", &body).await?;
    let http = Http::new(pds, Some(&text(&session, "accessJwt")?))?;
    Ok(Bluesky { http, did: text(&session, "did")?, handle: text(&session, "handle")? })
}

impl Bluesky {
    /// Posts plain text.
    pub async fn post(&self, text: &str) -> Result<Record> {
        self.create(POST, json!({ "$type": POST, "text": text, "createdAt": now() })).await
    }

    /// Answers `parent` in the thread that `root` began (the same record when it answers the first post).
    pub async fn reply(&self, root: &Record, parent: &Record, text: &str) -> Result<Record> {
        let reply = json!({ "root": root.json(), "parent": parent.json() });
        self.create(POST, json!({ "$type": POST, "text": text, "createdAt": now(), "reply": reply })).await
    }

    /// Likes a post.
    pub async fn like(&self, subject: &Record) -> Result<Record> {
        self.point("app.bsky.feed.like", subject.json()).await
    }

    /// Reposts a post.
    pub async fn repost(&self, subject: &Record) -> Result<Record> {
        self.point("app.bsky.feed.repost", subject.json()).await
    }

    /// Follows somebody by DID.
    pub async fn follow(&self, did: &str) -> Result<Record> {
        self.point("app.bsky.graph.follow", json!(did)).await
    }

    /// Posts with a quote of another post below.
    pub async fn quote(&self, subject: &Record, text: &str) -> Result<Record> {
        let embed = json!({ "$type": "app.bsky.embed.record", "record": subject.json() });
        self.create(POST, json!({ "$type": POST, "text": text, "createdAt": now(), "embed": embed })).await
    }

    /// All records of anybody's collection on this server, newest first, at most 100: `uri`, `cid`, `value` each.
    pub async fn list_records(&self, did: &str, collection: &str) -> Result<Vec<Value>> {
        let query = [("repo", did), ("collection", collection), ("limit", PAGE)];
        self.list("com.atproto.repo.listRecords", &query, "records").await
    }

    /// The posts of an account on this server, newest first, at most 100.
    pub async fn posts(&self, did: &str) -> Result<Vec<Value>> {
        self.list_records(did, POST).await
    }

    /// The newest notifications, at most 100. Needs the whole back end: a PDS alone has none.
    pub async fn notifications(&self) -> Result<Vec<Value>> {
        self.list("app.bsky.notification.listNotifications", &[("limit", PAGE)], "notifications").await
    }

    /// The thread around a post. Needs the whole back end.
    pub async fn thread(&self, uri: &str) -> Result<Value> {
        Ok(self.http.get("/xrpc/app.bsky.feed.getPostThread", &[("uri", uri)]).await?["thread"].take())
    }

    /// Waits until the AppView shows a post, as somebody who answers it has seen it. Needs the whole back end.
    pub async fn sees(&self, post: &Record) -> Result<()> {
        let query = [("uris", post.uri.as_str())];
        eventually(|| async {
            let posts = self.list("app.bsky.feed.getPosts", &query, "posts").await?;
            Ok(posts.into_iter().next())
        })
        .await
        .map(drop)
    }

    async fn point(&self, collection: &str, subject: Value) -> Result<Record> {
        self.create(collection, json!({ "$type": collection, "subject": subject, "createdAt": now() })).await
    }

    async fn create(&self, collection: &str, record: Value) -> Result<Record> {
        let body = json!({ "repo": self.did, "collection": collection, "record": record });
        Record::of(&self.http.post("/xrpc/com.atproto.repo.createRecord", &body).await?)
    }

    async fn list(&self, method: &str, query: &[(&str, &str)], key: &str) -> Result<Vec<Value>> {
        match self.http.get(&format!("/xrpc/{method}"), query).await?[key].take() {
            Value::Array(list) => Ok(list),
            other => anyhow::bail!("{method}: {key} is {other}"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the other person's client has a clock of its own")]
fn now() -> String {
    jiff::Timestamp::now().to_string()
}

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(value[key].as_str().with_context(|| format!("no {key} in {value}"))?.to_owned())
}
