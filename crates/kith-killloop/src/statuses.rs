//! A fake server of the Mastodon API, of class K (it honours idempotency keys) or N (it ignores them).
//!
//! Keys are checked and kept in one step with the status, as Mastodon has done since 2026-02-16 (#37879).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use crate::fault::{Fate, Faults};
use crate::shown::{Board, Shown, no_of};
use crate::time::RunTime;
use crate::wire::{Door, Reply, Request};

/// Most statuses of a page; the API's own limit.
const PAGE_MAX: usize = 40;
/// What tells Kith that keys are honoured, and that they are not.
const VERSION_KEYED: &str = "4.5.2";
const VERSION_KEYLESS: &str = "0.17.0 (compatible; GoToSocial 0.17.0)";

/// The server: several accounts, each with a token.
#[derive(Debug)]
struct Server {
    keyed: bool,
    channels: Vec<String>,
    world: Mutex<World>,
    faults: Arc<Faults>,
    board: Arc<Board>,
    time: RunTime,
}

#[derive(Debug, Default)]
struct World {
    /// Account, words, id, instant; oldest first.
    statuses: Vec<(usize, String, u64, jiff::Timestamp)>,
    keys: HashMap<(usize, String), u64>,
}

/// Starts one with an account for each of these channels.
pub async fn start(keyed: bool, channels: Vec<String>, faults: Arc<Faults>, board: Arc<Board>, time: RunTime) -> Result<Door> {
    let server = Arc::new(Server { keyed, channels, world: Mutex::default(), faults, board, time });
    Door::open(Arc::new(move |request| server.clone().answer(request).boxed())).await
}

/// The token of an account.
pub fn token(account: usize) -> String {
    format!("token-{account}")
}

impl Server {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let Some(me) = request.bearer().strip_prefix("token-").and_then(|no| no.parse::<usize>().ok()) else {
            return match request.path.as_str() {
                "/api/v1/instance" | "/api/v2/instance" => self.instance(),
                _ => Reply::Json(401, json!({ "error": "The access token is invalid" })),
            };
        };
        match (request.method.as_str(), request.path.as_str()) {
            (_, "/api/v1/instance" | "/api/v2/instance") => self.instance(),
            (_, "/api/v1/accounts/verify_credentials") => Reply::Json(200, self.account(me)),
            (_, "/api/v1/notifications") => Reply::Json(200, json!([])),
            ("POST", "/api/v1/statuses") => {
                self.faults.seen(request.came);
                self.publish(me, &request).await
            }
            ("GET", path) if path.ends_with("/statuses") => {
                self.faults.seen(request.came);
                self.read(me, &request).await
            }
            _ => Reply::Json(404, json!({ "error": "Record not found" })),
        }
    }

    fn instance(&self) -> Reply {
        let version = if self.keyed { VERSION_KEYED } else { VERSION_KEYLESS };
        Reply::Json(200, json!({ "domain": "kiln.test", "uri": "kiln.test", "version": version }))
    }

    fn account(&self, me: usize) -> Value {
        let name = self.channels.get(me).cloned().unwrap_or_default();
        json!({ "id": format!("{}", 1_000 + me), "username": name, "acct": name, "display_name": name })
    }

    async fn publish(self: Arc<Self>, me: usize, request: &Request) -> Reply {
        let fate = self.faults.for_publish();
        match fate {
            Fate::Unavailable => return Reply::Json(503, json!({ "error": "Service unavailable" })),
            Fate::SlowDown(seconds) => return Reply::Slow(seconds),
            Fate::CutBefore => return Reply::Nothing,
            Fate::Late(_) | Fate::Well | Fate::LostAnswer | Fate::ErrorAfter => {}
        }
        self.faults.work().await;
        let text = request.json()["status"].as_str().unwrap_or_default().to_owned();
        let key = request.header("idempotency-key").unwrap_or_default().to_owned();
        if let Fate::Late(after) = fate {
            return Reply::NothingThen(Box::pin(async move {
                tokio::time::sleep(after).await;
                self.make(me, &key, text);
            }));
        }
        let status = self.make(me, &key, text);
        self.faults.work().await;
        match fate {
            Fate::Well => Reply::Json(200, status),
            Fate::ErrorAfter => Reply::Json(500, json!({ "error": "Internal server error" })),
            _ => Reply::Nothing,
        }
    }

    /// Makes the status, or finds the one that was made under the key.
    fn make(&self, me: usize, key: &str, text: String) -> Value {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let known = world.keys.get(&(me, key.to_owned())).copied().filter(|_| self.keyed && !key.is_empty());
        let id = known.unwrap_or_else(|| {
            let (id, at) = (100_000 + world.statuses.len() as u64, self.time.now());
            let channel = self.channels.get(me).cloned().unwrap_or_default();
            self.board.add(Shown { channel, no: no_of(&text), remote_id: id.to_string(), at });
            world.statuses.push((me, text, id, at));
            world.keys.insert((me, key.to_owned()), id);
            id
        });
        let row = world.statuses.iter().find(|row| row.2 == id).cloned();
        row.map(|row| self.status(&row)).unwrap_or_default()
    }

    fn status(&self, (me, text, id, at): &(usize, String, u64, jiff::Timestamp)) -> Value {
        json!({
            "id": id.to_string(), "created_at": at.to_string(), "content": format!("<p>{text}</p>"), "visibility": "public",
            "url": format!("http://kiln.test/{id}"), "account": self.account(*me), "media_attachments": [], "spoiler_text": ""
        })
    }

    async fn read(&self, me: usize, request: &Request) -> Reply {
        match self.faults.for_reading() {
            Fate::Well => {}
            Fate::Unavailable => return Reply::Json(503, json!({ "error": "Service unavailable" })),
            Fate::SlowDown(seconds) => return Reply::Slow(seconds),
            _ => return Reply::Nothing,
        }
        self.faults.work().await;
        let before = request.asked("max_id").and_then(|id| id.parse().ok()).unwrap_or(u64::MAX);
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = world.statuses.iter().rev().filter(|row| row.0 == me && row.2 < before).take(PAGE_MAX);
        Reply::Json(200, mine.map(|row| self.status(row)).collect())
    }
}
