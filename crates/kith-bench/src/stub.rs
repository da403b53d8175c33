//! The network's stand-in on loopback: takes posts at once or after a while, and remembers when each came.
//!
//! It runs in a process and a thread of its own, so that its work counts as nobody's. Lateness is taken here, where the
//! post arrives: arrival minus due. A post is known by the `#7 ` with which its words begin; the same idempotency key
//! again is the same status, as on the real network.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kith_engine::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::network;
use crate::percentile::{percentile, round};

/// Longest request that is read, in bytes.
const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// Connections that may wait to be taken.
const WAITING_MAX: u32 = 4_096;

/// What came in, as the stub tells it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Requests to post.
    pub requests: u64,
    /// Different posts.
    pub posts: u64,
    /// Statuses beyond one for a post.
    pub doubled: u64,
    /// Posts that came before they were due.
    pub early: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Lateness of the first arrival of each post, in ms.
    pub p50_ms: f64,
    /// The same, 99th percentile.
    pub p99_ms: f64,
    /// The last one.
    pub max_ms: f64,
}

#[derive(Debug, Default)]
struct State {
    due_us: i64,
    requests: u64,
    connections: u64,
    /// Statuses of each post.
    statuses: HashMap<u64, u64>,
    keys: HashSet<String>,
    late_ms: Vec<f64>,
    /// Of the status that a key made.
    next_id: u64,
}

/// Serves until the process ends. Tells the address once it is bound.
pub fn serve(api: Duration, tell: impl FnOnce(String) -> std::io::Result<()>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        let listener: TcpListener = socket.listen(WAITING_MAX)?;
        tell(format!("http://{}", listener.local_addr()?))?;
        let state: Arc<Mutex<State>> = Arc::default();
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            state.lock().unwrap_or_else(PoisonError::into_inner).connections += 1;
            let state = Arc::clone(&state);
            // A connection that breaks is its client's loss, and is counted by what did not arrive.
            tokio::spawn(async move { drop(talk(stream, &state, api).await) });
        }
    })
}

async fn talk(mut stream: TcpStream, state: &Mutex<State>, api: Duration) -> std::io::Result<()> {
    let mut bytes = Vec::with_capacity(4_096);
    loop {
        let Some((request, length)) = read(&mut stream, &mut bytes).await? else { return Ok(()) };
        let is_post = request.line.starts_with("POST ") && request.path() == network::POST_PATH;
        let answer = state.lock().unwrap_or_else(PoisonError::into_inner).answer(&request, is_post);
        bytes.drain(..length);
        if is_post && !api.is_zero() {
            tokio::time::sleep(api).await;
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.write_all((head + &answer).as_bytes()).await?;
    }
}

/// One request.
struct Request {
    line: String,
    key: Option<String>,
    token: Option<String>,
    body: String,
}

impl Request {
    fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    fn number(&self, name: &str) -> i64 {
        let query = self.target().split_once('?').map_or("", |(_, query)| query);
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok()).unwrap_or(0)
    }
}

/// Reads until one request is whole; its length in `bytes`. `None`: the client is done.
async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> std::io::Result<Option<(Request, usize)>> {
    loop {
        if let Some(found) = whole(bytes) {
            return Ok(Some(found));
        }
        if bytes.len() > REQUEST_BYTES_MAX || stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn whole(bytes: &[u8]) -> Option<(Request, usize)> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(bytes.get(..head_end)?);
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let (mut length, mut key, mut token) = (0, None, None);
    for header in lines {
        let Some((name, value)) = header.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "idempotency-key" => key = Some(value.trim().to_owned()),
            "authorization" => token = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let end = head_end + 4 + length;
    let body = String::from_utf8_lossy(bytes.get(head_end + 4..end)?).into_owned();
    Some((Request { line, key, token, body }, end))
}

/// The number with which a status's words begin.
fn post_of(body: &str) -> Option<u64> {
    let words = body.split_once("\"status\":\"#").or_else(|| body.split_once("\"status\": \"#"))?.1;
    words.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl State {
    fn answer(&mut self, request: &Request, is_post: bool) -> String {
        if is_post {
            return self.take(request);
        }
        match request.path() {
            network::ME_PATH => {
                let id = request.token.as_deref().and_then(|token| token.rsplit('-').next()).unwrap_or("0");
                format!(r#"{{"id":"{id}","username":"c{id}","acct":"c{id}","display_name":"Channel {id}"}}"#)
            }
            network::ABOUT_PATH => network::ABOUT.to_owned(),
            "/bench/expect" => {
                *self = Self { due_us: request.number("due_us"), ..Self::default() };
                "{}".to_owned()
            }
            "/bench/seen" => serde_json::to_string(&self.seen()).unwrap_or_default(),
            _ => "[]".to_owned(),
        }
    }

    fn take(&mut self, request: &Request) -> String {
        let late_us = SystemClock.now().as_microsecond() - self.due_us;
        self.requests += 1;
        let is_new = request.key.clone().is_none_or(|key| self.keys.insert(key));
        if let (true, Some(post)) = (is_new, post_of(&request.body)) {
            let count = self.statuses.entry(post).or_default();
            *count += 1;
            if *count == 1 {
                self.late_ms.push(late_us as f64 / 1_000.0);
            }
        }
        self.next_id += 1;
        // A key's second answer would name the first status; nobody here reads it.
        let id = request.key.as_ref().map_or_else(|| format!("n{}", self.next_id), |key| format!("s-{key}"));
        format!(r#"{{"id":"{id}","url":"http://127.0.0.1/@bench/{id}","created_at":"{}"}}"#, SystemClock.now())
    }

    fn seen(&mut self) -> Seen {
        let doubled = self.statuses.values().map(|count| count - 1).sum();
        Seen {
            requests: self.requests,
            posts: self.statuses.len() as u64,
            doubled,
            early: self.late_ms.iter().filter(|late| **late < 0.0).count() as u64,
            connections: self.connections,
            p50_ms: round(percentile(&mut self.late_ms, 0.5), 2),
            p99_ms: round(percentile(&mut self.late_ms, 0.99), 2),
            max_ms: round(percentile(&mut self.late_ms, 1.0), 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(key: &str, words: &str) -> Request {
        Request { line: String::new(), key: Some(key.to_owned()), token: None, body: format!(r#"{{"status":"{words}"}}"#) }
    }

    #[test]
    fn a_key_again_is_the_same_status_and_another_key_is_a_double() {
        let mut state = State { due_us: i64::MAX / 2, ..State::default() };
        for (key, words) in [("a", "#1 one"), ("a", "#1 one"), ("b", "#2 two"), ("c", "#2 two"), ("d", "nothing")] {
            state.take(&post(key, words));
        }
        let seen = state.seen();
        assert_eq!((seen.requests, seen.posts, seen.doubled, seen.early), (5, 2, 1, 2));
    }

    #[test]
    fn a_request_is_whole_when_its_body_is() {
        let bytes = b"POST /api?due_us=7 HTTP/1.1\r\nContent-Length: 4\r\nidempotency-key: k\r\n\r\nbodyGET";
        assert!(whole(&bytes[..bytes.len() - 4]).is_none());
        let (request, length) = whole(bytes).unwrap();
        assert_eq!((request.body.as_str(), request.key.as_deref(), request.number("due_us")), ("body", Some("k"), 7));
        assert_eq!(length, bytes.len() - 3);
    }
}
