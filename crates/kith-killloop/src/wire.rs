//! The least HTTP/1.1 that a misbehaving server needs: one request a connection, and the freedom to close without a
//! word, to answer late, or to refuse connections for a while.
//!
//! What a server has begun it ends, whether or not the client still listens, as real servers do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

/// Largest request or answer, in bytes.
const BYTES_MAX: usize = 1024 * 1024;
/// Longest time for one exchange of the naive client, in milliseconds.
const CLIENT_MS_MAX: u64 = 1_500;
/// Connections that may wait.
const BACKLOG: u32 = 1_024;

/// A request as far as the fakes need it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// Without query.
    pub path: String,
    /// Everything after `?`, as it came.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When the connection was accepted.
    pub came: Instant,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The token of `authorization: Bearer …`.
    pub fn bearer(&self) -> &str {
        self.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default()
    }

    /// A value of the query, unescaped as far as ids and DIDs need it.
    pub fn asked(&self, name: &str) -> Option<String> {
        let pair = self.query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
        pair.map(|(_, value)| value.replace("%3A", ":").replace("%3a", ":").replace("%2F", "/"))
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// What the server does at the end.
#[expect(missing_debug_implementations, reason = "work that is still to be done has nothing to show")]
pub enum Reply {
    /// Answers JSON.
    Json(u16, serde_json::Value),
    /// Answers 429 and how long to wait, in seconds.
    Slow(u64),
    /// Closes the connection without a word.
    Nothing,
    /// Closes the connection without a word, and then does this.
    NothingThen(BoxFuture<'static, ()>),
}

/// What answers.
pub type Handler = Arc<dyn Fn(Request) -> BoxFuture<'static, Reply> + Send + Sync>;

/// A server that can be shut for a while.
#[derive(Debug, Clone)]
pub struct Door {
    /// Where it is.
    pub address: SocketAddr,
    shut: mpsc::Sender<Duration>,
}

impl Door {
    /// Opens a server on a free port of this machine; it runs until the process or the runtime ends.
    pub async fn open(handler: Handler) -> Result<Self> {
        let mut listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (shut, mut shuts) = mpsc::channel(4);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        if let Ok((stream, _)) = accepted {
                            tokio::spawn(exchange(stream, handler.clone()));
                        }
                    }
                    Some(span) = shuts.recv() => {
                        drop(listener);
                        listener = closed_for(address, span).await;
                    }
                }
            }
        });
        Ok(Self { address, shut })
    }

    /// The address for people.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Refuses connections for a while, as a server that restarts does.
    pub fn shut(&self, span: Duration) {
        // A full queue means that it is shut already.
        let _ = self.shut.try_send(span);
    }
}

/// Holds the port without listening on it: connections are refused, and nobody else gets it.
async fn closed_for(address: SocketAddr, span: Duration) -> TcpListener {
    let until = Instant::now() + span;
    loop {
        let bound = TcpSocket::new_v4().and_then(|socket| {
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(socket)
        });
        if let Ok(socket) = bound {
            tokio::time::sleep(until.saturating_duration_since(Instant::now())).await;
            if let Ok(listener) = socket.listen(BACKLOG) {
                return listener;
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn exchange(mut stream: TcpStream, handler: Handler) {
    let came = Instant::now();
    // A client that was killed while it spoke has asked for nothing.
    let Ok(request) = read_request(&mut stream, came).await else { return };
    let (status, body, more) = match handler(request).await {
        Reply::Json(status, body) => (status, body.to_string(), String::new()),
        Reply::Slow(seconds) => (429, r#"{"error":"Too many requests"}"#.to_owned(), format!("retry-after: {seconds}\r\n")),
        Reply::Nothing => return,
        Reply::NothingThen(work) => {
            drop(stream);
            return work.await;
        }
    };
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n",
        body.len()
    );
    // Whoever asked may be gone.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Reads until the end of the head; returns the head and what of the body came with it.
async fn read_head(stream: &mut TcpStream) -> Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok((String::from_utf8(bytes)?, body));
        }
        if bytes.len() > BYTES_MAX || stream.read_buf(&mut bytes).await? == 0 {
            bail!("no whole head came");
        }
    }
}

fn headers(head: &str) -> Vec<(String, String)> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect()
}

fn length(headers: &[(String, String)]) -> usize {
    let value = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse().unwrap_or(0));
    value.unwrap_or(0).min(BYTES_MAX)
}

async fn read_body(stream: &mut TcpStream, mut body: Vec<u8>, length: usize) -> Result<Vec<u8>> {
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            bail!("the body broke off");
        }
    }
    Ok(body)
}

async fn read_request(stream: &mut TcpStream, came: Instant) -> Result<Request> {
    let (head, rest) = read_head(stream).await?;
    let mut first = head.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers(&head);
    let body = read_body(stream, rest, length(&headers)).await?;
    Ok(Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers, body, came })
}

/// One POST, as the naive worker sends it. Returns status and body.
pub async fn post(to: SocketAddr, path: &str, headers: &[(&str, &str)], body: &str) -> Result<(u16, serde_json::Value)> {
    let talk = async {
        let mut stream = TcpStream::connect(to).await?;
        let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("POST {path} HTTP/1.1\r\nhost: {to}\r\ncontent-length: {}\r\n{more}\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        let (head, rest) = read_head(&mut stream).await?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("an answer without a status")?;
        let body = read_body(&mut stream, rest, length(&self::headers(&head))).await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    };
    tokio::time::timeout(Duration::from_millis(CLIENT_MS_MAX), talk).await.context("no answer in time")?
}
