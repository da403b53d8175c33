//! A bare HTTP client and a started network. Bare, so that a closed connection is seen as what it is.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kith_practice::{ManualClock, Practice, Running};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) fn start_instant() -> Timestamp {
    "2026-12-01T08:00:00Z".parse().expect("an instant")
}

/// A network with a clock in the test's hand.
pub(crate) struct Net {
    pub running: Running,
    pub clock: Arc<ManualClock>,
    pub token: String,
    address: String,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub head: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("no JSON ({e}): {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).expect("text")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The JSON of an answer that must be a success.
    pub(crate) fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }
}

impl Net {
    pub(crate) async fn start() -> Self {
        Self::with(Practice::builder()).await
    }

    /// A network without people, for tests that want to be alone.
    pub(crate) async fn empty() -> Self {
        Self::with(Practice::builder().people(0)).await
    }

    pub(crate) async fn with(practice: Practice) -> Self {
        Self::at(practice, start_instant()).await
    }

    pub(crate) async fn at(practice: Practice, instant: Timestamp) -> Self {
        let clock = Arc::new(ManualClock::new(instant));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let running = practice.clock(clock.clone()).start(listener).await.expect("a network");
        let token = running.owner_token();
        Self { running, clock, token, address }
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        let to = self.running.now() + time;
        self.clock.set(to);
        self.running.advance_to(to);
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends one request on a connection of its own; `None` when it closes without an answer.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Reply> {
        let mut stream = TcpStream::connect(&self.address).await.expect("a connection");
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.extend(["Content-Length: ", &body.len().to_string(), "\r\n\r\n"]);
        stream.write_all(head.as_bytes()).await.expect("writing");
        stream.write_all(body).await.expect("writing");
        let mut bytes = Vec::new();
        // A reset is one more way to close without an answer.
        let _ = stream.read_to_end(&mut bytes).await;
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head");
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        let mut reply = Reply { status, head, bytes: bytes[end + 4..].to_vec() };
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.bytes = joined(&reply.bytes);
        }
        Some(reply)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let auth = format!("Bearer {}", self.token);
        self.send("GET", path, &[("Authorization", &auth)], b"").await.expect("an answer")
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.try_call(method, path, body, None).await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", path, body).await
    }

    pub(crate) async fn try_call(&self, method: &str, path: &str, body: &Value, key: Option<&str>) -> Option<Reply> {
        let auth = format!("Bearer {}", self.token);
        let mut headers = vec![("Authorization", auth.as_str()), ("Content-Type", "application/json")];
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        self.send(method, path, &headers, body.to_string().as_bytes()).await
    }

    /// Posts a status as the owner and gives its id.
    pub(crate) async fn say(&self, text: &str) -> String {
        let reply = self.post("/api/v1/statuses", &serde_json::json!({ "status": text })).await;
        id_of(&reply.good())
    }

    pub(crate) async fn act(&self, order: Value) -> Value {
        self.post("/practice/act", &order).await.good()
    }

    /// The texts of the owner's statuses, in order.
    pub(crate) async fn owner_texts(&self) -> Vec<String> {
        let state = self.get("/practice/state").await.good();
        let list = state["owner_statuses"].as_array().expect("a list");
        list.iter().map(|s| s["text"].as_str().expect("a text").to_owned()).collect()
    }
}

pub(crate) fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

pub(crate) fn ids_of(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(id_of).collect()
}

fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(at) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&rest[..at]).ok().and_then(|s| usize::from_str_radix(s, 16).ok()).unwrap_or(0);
        if size == 0 {
            break;
        }
        out.extend(&rest[at + 2..at + 2 + size]);
        rest = &rest[at + 4 + size..];
    }
    out
}
