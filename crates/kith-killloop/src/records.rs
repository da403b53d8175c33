//! A fake AT Protocol server (class C): records that the client names, and tokens that end and rotate.
//!
//! `putRecord` with `swapRecord: null` behaves as measured on PDS 0.5.35 (2026-11): the same record again is 200 and
//! changes nothing, another under the same name is 400 `InvalidSwap`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::fault::{Fate, Faults};
use crate::shown::{Board, Shown, no_of};
use crate::time::RunTime;
use crate::wire::{Door, Reply, Request};

/// Life of an access token, in the run's seconds: some end in every run.
const ACCESS_S: i64 = 20 * 60;
/// How long a used refresh token still gives the same new pair, in the run's seconds (PDS: two hours).
const REFRESH_GRACE_S: i64 = 2 * 3_600;
/// The password of every account.
pub const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

#[derive(Debug)]
struct Server {
    channels: Vec<String>,
    world: Mutex<World>,
    faults: Arc<Faults>,
    board: Arc<Board>,
    time: RunTime,
}

#[derive(Debug, Default)]
struct World {
    /// Account and name to record.
    records: HashMap<(usize, String), Value>,
    /// Account to the number of its newest session and when it was made.
    sessions: HashMap<usize, (u64, Option<Timestamp>)>,
}

/// Starts one with an account for each of these channels.
pub async fn start(channels: Vec<String>, faults: Arc<Faults>, board: Arc<Board>, time: RunTime) -> Result<Door> {
    let server = Arc::new(Server { channels, world: Mutex::default(), faults, board, time });
    Door::open(Arc::new(move |request| server.clone().answer(request).boxed())).await
}

/// The DID of an account.
pub fn did(account: usize) -> String {
    let letter = char::from(b'a' + (account % 26) as u8);
    format!("did:plc:{}{letter}", "a".repeat(23))
}

fn refusal(status: u16, name: &str) -> Reply {
    Reply::Json(status, json!({ "error": name, "message": name }))
}

impl Server {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        match request.path.trim_start_matches("/xrpc/") {
            "_health" => Reply::Json(200, json!({ "version": "0.5.35" })),
            "com.atproto.server.createSession" => self.create_session(&request.json()),
            "com.atproto.server.refreshSession" => self.refresh(request.bearer()),
            "com.atproto.server.getSession" => match self.who(request.bearer()) {
                Some(me) => Reply::Json(200, json!({ "did": did(me), "handle": self.handle(me), "active": true })),
                None => refusal(400, "ExpiredToken"),
            },
            "com.atproto.repo.getRecord" => {
                if request.asked("collection").as_deref() == Some("app.bsky.feed.post") {
                    self.faults.seen(request.came);
                }
                self.read(&request).await
            }
            "com.atproto.repo.putRecord" => {
                self.faults.seen(request.came);
                self.put(&request).await
            }
            "app.bsky.notification.listNotifications" => Reply::Json(200, json!({ "notifications": [] })),
            "app.bsky.feed.getPosts" => Reply::Json(200, json!({ "posts": [] })),
            _ => refusal(501, "MethodNotImplemented"),
        }
    }

    fn handle(&self, me: usize) -> String {
        format!("{}.kiln.test", self.channels.get(me).map_or("nobody", String::as_str))
    }

    fn account(&self, identifier: &str) -> Option<usize> {
        (0..self.channels.len()).find(|me| did(*me) == identifier || self.handle(*me) == identifier)
    }

    fn create_session(&self, body: &Value) -> Reply {
        match self.account(body["identifier"].as_str().unwrap_or_default()) {
            Some(me) if body["password"] == PASSWORD => self.new_session(me),
            _ => refusal(401, "AuthenticationRequired"),
        }
    }

    fn new_session(&self, me: usize) -> Reply {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let session = world.sessions.entry(me).or_default();
        *session = (session.0 + 1, Some(self.time.now()));
        let no = session.0;
        Reply::Json(200, self.session(me, no))
    }

    fn session(&self, me: usize, no: u64) -> Value {
        let ends = self.time.now() + SignedDuration::from_secs(ACCESS_S);
        let claims = URL_SAFE_NO_PAD.encode(json!({ "sub": did(me), "exp": ends.as_second() }).to_string());
        json!({
            "did": did(me), "handle": self.handle(me), "active": true,
            "accessJwt": format!("e30.{claims}.a{no}"), "refreshJwt": format!("refresh.{me}.{no}")
        })
    }

    /// A refresh token is used once; its last use is answered again for a while, for answers get lost.
    fn refresh(&self, token: &str) -> Reply {
        let mut parts = token.split('.').skip(1).filter_map(|part| part.parse::<u64>().ok());
        let (Some(me), Some(no)) = (parts.next(), parts.next()) else { return refusal(400, "InvalidToken") };
        let me = me as usize;
        let newest = self.world.lock().unwrap_or_else(PoisonError::into_inner).sessions.get(&me).copied().unwrap_or_default();
        let age = newest.1.map_or(SignedDuration::ZERO, |made| self.time.now().duration_since(made));
        let reply = match no {
            no if no == newest.0 => self.new_session(me),
            no if no + 1 == newest.0 && age < SignedDuration::from_secs(REFRESH_GRACE_S) => Reply::Json(200, self.session(me, newest.0)),
            _ => return refusal(400, "ExpiredToken"),
        };
        match self.faults.for_reading() {
            Fate::Well => reply,
            Fate::Unavailable => refusal(500, "InternalServerError"),
            Fate::SlowDown(seconds) => Reply::Slow(seconds),
            _ => Reply::Nothing,
        }
    }

    /// Whose a token is, while it lasts.
    fn who(&self, token: &str) -> Option<usize> {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        let lasts = claims["exp"].as_i64()? > self.time.now().as_second();
        self.account(claims["sub"].as_str()?).filter(|_| lasts)
    }

    async fn put(self: Arc<Self>, request: &Request) -> Reply {
        let Some(me) = self.who(request.bearer()) else { return refusal(400, "ExpiredToken") };
        let fate = self.faults.for_publish();
        match fate {
            Fate::Unavailable => return refusal(503, "NotAvailable"),
            Fate::SlowDown(seconds) => return Reply::Slow(seconds),
            Fate::CutBefore => return Reply::Nothing,
            Fate::Late(_) | Fate::Well | Fate::LostAnswer | Fate::ErrorAfter => {}
        }
        self.faults.work().await;
        let body = request.json();
        if let Fate::Late(after) = fate {
            return Reply::NothingThen(Box::pin(async move {
                tokio::time::sleep(after).await;
                self.make(me, &body);
            }));
        }
        let reply = self.make(me, &body);
        self.faults.work().await;
        match fate {
            Fate::Well => reply,
            Fate::ErrorAfter => refusal(500, "InternalServerError"),
            _ => Reply::Nothing,
        }
    }

    fn make(&self, me: usize, body: &Value) -> Reply {
        let (key, record) = (body["rkey"].as_str().unwrap_or_default().to_owned(), body["record"].clone());
        let must_be_new = body.get("swapRecord").is_some_and(Value::is_null);
        let uri = uri(me, &key);
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        match world.records.get(&(me, key.clone())) {
            Some(there) if *there == record => return Reply::Json(200, json!({ "uri": uri, "cid": cid(&uri) })),
            Some(_) if must_be_new => return refusal(400, "InvalidSwap"),
            _ => {}
        }
        let channel = self.channels.get(me).cloned().unwrap_or_default();
        let no = no_of(record["text"].as_str().unwrap_or_default());
        self.board.add(Shown { channel, no, remote_id: uri.clone(), at: self.time.now() });
        world.records.insert((me, key), record);
        Reply::Json(200, json!({ "uri": uri, "cid": cid(&uri), "commit": { "cid": cid(&uri), "rev": "3" } }))
    }

    async fn read(&self, request: &Request) -> Reply {
        match self.faults.for_reading() {
            Fate::Well => {}
            Fate::Unavailable => return refusal(503, "NotAvailable"),
            Fate::SlowDown(seconds) => return Reply::Slow(seconds),
            _ => return Reply::Nothing,
        }
        self.faults.work().await;
        let me = self.account(&request.asked("repo").unwrap_or_default());
        let (Some(me), Some(key)) = (me, request.asked("rkey")) else { return refusal(400, "RecordNotFound") };
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        match world.records.get(&(me, key.clone())) {
            Some(record) => Reply::Json(200, json!({ "uri": uri(me, &key), "cid": cid(&uri(me, &key)), "value": record })),
            None => refusal(400, "RecordNotFound"),
        }
    }
}

fn uri(me: usize, key: &str) -> String {
    format!("at://{}/app.bsky.feed.post/{key}", did(me))
}

fn cid(uri: &str) -> String {
    format!("bafyrei{}", uri.bytes().filter(u8::is_ascii_alphanumeric).map(char::from).collect::<String>())
}
