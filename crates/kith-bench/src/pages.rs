//! What a page costs in a workspace that is lived in: the real application over loopback, asked as browsers ask.
//!
//! The server is a process of its own (`kith bench show`). Each page is asked by some connections that stay open, with
//! the cookie of a signed-in person and gzip, until the answers are enough; the time runs from the request's first byte
//! to the answer's last. Beside each stands a page of as many bytes that is only sent: what this machine allows.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Trouble;
use crate::burst::{DATABASE, Stub, first_line};
use crate::percentile::{percentile, round};
use crate::report::{Report, Row, load, time};
use crate::town::{self, Size};
use crate::world::World;

/// Answers of a page that are thrown away first: statements are prepared, pages of the database read.
const WARM: usize = 4;
/// Channels.
const CHANNELS: u32 = 4;
/// Where the show sends so many bytes and nothing else.
pub const STILL: &str = "/bench/still/";
const SIGN_IN: &str = "/sign-in";
/// Longest answer that is taken, in bytes.
pub const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Longest wait for an answer, in seconds.
const ANSWER_S_MAX: u64 = 120;
/// What a page may take, in ms: the middle answer and the hundredth (design of the page, "Targets", 2026-11).
const P50_MS: f64 = 10.0;
const P99_MS: f64 = 50.0;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Pages {
    /// This program, which is run again as the server and as the stub.
    pub program: PathBuf,
    /// Folder in which the bench makes its own, on the disk that is meant.
    pub folder: PathBuf,
    /// How much is in the workspace.
    pub size: Size,
    /// Answers of each page.
    pub asks: usize,
    /// Connections that ask at once, each again as soon as it has its answer.
    pub connections: usize,
    /// What the workspace is made from.
    pub seed: u64,
    /// An empty PostgreSQL database instead of a file.
    pub database: Option<String>,
}

/// Takes the measure: one report for each page.
pub async fn run(pages: &Pages) -> Result<Vec<Report>, Trouble> {
    let folder = tempfile::tempdir_in(&pages.folder)?;
    let began = Instant::now();
    let (cookie, thread, person) = build(pages, folder.path()).await?;
    let fill_s = began.elapsed().as_secs_f64();
    let (_child, address) = show(pages, folder.path()).await?;
    let engine = if pages.database.is_some() { "PostgreSQL" } else { "SQLite" };
    let size = pages.size;
    let title = format!(
        "pages, {engine}: {} messages, {} posts, {} conversations, a thread of {}",
        size.messages, size.posts, size.conversations, size.thread
    );
    let json = json!({ "bench": "pages", "engine": engine, "messages": size.messages, "posts": size.posts,
        "conversations": size.conversations, "thread": size.thread, "fill_s": round(fill_s, 1), "connections": pages.connections, "load": load() });
    let head = Row::new(title, "p50, p99", format!("filled in {fill_s:.0} s; connections: {}; beside: only sent", pages.connections));
    let mut reports = vec![Report { json, rows: vec![head], holds: true }];
    let list: [(&str, String); 13] = [
        ("Today", "/".into()),
        ("Inbox, owed", "/inbox".into()),
        ("Inbox, answered", "/inbox?show=answered".into()),
        ("Inbox, found", "/inbox?q=kiln".into()),
        ("a conversation", format!("/inbox/{thread}")),
        ("Begin", "/begin".into()),
        ("Plan, week", "/plan".into()),
        ("Plan, month", "/plan?view=month".into()),
        ("Plan, list", "/plan?view=list".into()),
        ("People", "/people".into()),
        ("a person", format!("/people/{person}")),
        ("Write", "/write".into()),
        ("sign-in", SIGN_IN.into()),
    ];
    let how = (pages.asks, pages.connections.max(1));
    for (name, path) in list {
        // Who is signed in is led on from there.
        let cookie = if path == SIGN_IN { "" } else { cookie.as_str() };
        let mut page = ask(&address, &path, cookie, how).await?;
        let mut still = ask(&address, &format!("{STILL}{}", page.bytes), cookie, how).await?;
        reports.push(report(name, engine, &mut page, &mut still));
    }
    Ok(reports)
}

/// Fills the workspace; a cookie, the longest conversation and a person.
async fn build(pages: &Pages, folder: &Path) -> Result<(String, String, String), Trouble> {
    let stub = Stub::start(&pages.program, 0).await?;
    let world = World::make(folder, pages.database.as_deref(), stub.url.as_str(), CHANNELS).await?;
    town::fill(&world, pages.size, pages.seed).await?;
    world.store.settle_statistics().await?;
    let (cookie, thread, person) = world.insider().await?;
    world.store.close().await;
    Ok((cookie, thread, person))
}

/// The server in its process, which ends with this value.
async fn show(pages: &Pages, folder: &Path) -> Result<(Child, String), Trouble> {
    let mut command = Command::new(&pages.program);
    command.args(["bench", "show"]).arg(folder).stdin(Stdio::piped());
    if let Some(database) = &pages.database {
        command.env(DATABASE, database);
    }
    let (child, line) = first_line(&mut command).await?;
    Ok((child, line.trim().to_owned()))
}

/// What some connections measured of one page.
struct Asked {
    took_ms: Vec<f64>,
    bytes: usize,
}

async fn ask(address: &str, path: &str, cookie: &str, (asks, at_once): (usize, usize)) -> Result<Asked, Trouble> {
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\naccept-encoding: gzip\r\ncookie: kith={cookie}\r\n\r\n");
    let request: Arc<str> = request.into();
    let each = asks.div_ceil(at_once);
    let mut connections = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (address, request) = (address.to_owned(), Arc::clone(&request));
        connections.spawn(async move { visit(&address, &request, each).await });
    }
    let mut all = Asked { took_ms: Vec::new(), bytes: 0 };
    while let Some(done) = connections.join_next().await {
        let one = done.map_err(|error| Trouble::new(error.to_string()))?.map_err(|error| Trouble::new(format!("{path}: {error}")))?;
        all.took_ms.extend(one.took_ms);
        all.bytes = all.bytes.max(one.bytes);
    }
    Ok(all)
}

async fn visit(address: &str, request: &str, each: usize) -> Result<Asked, Trouble> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut asked = Asked { took_ms: Vec::with_capacity(each), bytes: 0 };
    let mut bytes = Vec::with_capacity(64 * 1024);
    for n in 0..each + WARM {
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        bytes.clear();
        let wait = Duration::from_secs(ANSWER_S_MAX);
        let length = tokio::time::timeout(wait, answer(&mut stream, &mut bytes)).await.map_err(|_| Trouble::new("no answer"))??;
        if n >= WARM {
            asked.took_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
        asked.bytes = length;
    }
    Ok(asked)
}

/// Reads one answer; the bytes of its body on the wire.
async fn answer(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<usize, Trouble> {
    loop {
        if let Some(length) = whole(bytes)? {
            return Ok(length);
        }
        if bytes.len() > ANSWER_BYTES_MAX || stream.read_buf(bytes).await? == 0 {
            return Err(Trouble::new("the answer broke off"));
        }
    }
}

/// The length of the body once it is there, by its length or by its last chunk. A refusal is an error.
fn whole(bytes: &[u8]) -> Result<Option<usize>, Trouble> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(Trouble::new(head.lines().next().unwrap_or_default()));
    }
    let body = bytes.get(end + 4..).unwrap_or_default();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    Ok(match length {
        Some(length) => (body.len() >= length).then_some(length),
        None => body.ends_with(b"0\r\n\r\n").then_some(body.len()),
    })
}

fn report(name: &str, engine: &str, page: &mut Asked, still: &mut Asked) -> Report {
    let (p50, p99) = (percentile(&mut page.took_ms, 0.5), percentile(&mut page.took_ms, 0.99));
    let (still_p50, still_p99) = (percentile(&mut still.took_ms, 0.5), percentile(&mut still.took_ms, 0.99));
    let within = p50 <= P50_MS && p99 <= P99_MS;
    let json = json!({
        "bench": "page", "engine": engine, "page": name, "p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "bytes": page.bytes,
        "still_p50_ms": round(still_p50, 2), "still_p99_ms": round(still_p99, 2), "ratio_p50": round(p50 / still_p50, 1),
        "within_aim": within, "load": load(),
    });
    let mark = if within { "" } else { "; above the aim" };
    let beside = format!("{:.1} KB; only sent {}, {}{mark}", page.bytes as f64 / 1_000.0, time(still_p50), time(still_p99));
    // A time is told, never asserted.
    Report { json, rows: vec![Row::new(format!("  {name}"), format!("{}, {}", time(p50), time(p99)), beside)], holds: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_by_its_length_or_its_last_chunk() {
        let ok = |text: &str| whole(text.as_bytes()).unwrap();
        assert_eq!(ok("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbod"), None);
        assert_eq!(ok("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"), Some(4));
        assert_eq!(ok("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n"), None);
        assert_eq!(ok("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"), Some(14));
        assert!(whole(b"HTTP/1.1 303 See Other\r\n\r\n").is_err());
    }
}
