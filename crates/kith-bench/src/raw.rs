//! The raw limits of this machine: what a burst could reach if scheduling, provenance and attempts cost nothing.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kith_engine::{Clock as _, SystemClock};
use kith_store::Store;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::burst::Stub;
use crate::percentile::{percentile, round};
use crate::process::Tree;
use crate::report::{Report, Row, load, time};
use crate::{Trouble, network, world};

/// Writes that are synced one by one.
const FSYNCS: usize = 300;
/// Bytes of each: a page.
const PAGE_BYTES: usize = 4_096;
/// Writers at once where commits are grouped.
const WRITERS: usize = 256;
/// Requests at once, as the courier may have.
const IN_FLIGHT: usize = 256;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Raw {
    /// This program, which is run again as the stub.
    pub program: PathBuf,
    /// Folder in which the bench makes its own, on the disk that is meant.
    pub folder: PathBuf,
    /// Commits and requests.
    pub count: usize,
}

/// Takes the measure.
pub async fn run(raw: &Raw) -> Result<Report, Trouble> {
    let folder = tempfile::tempdir_in(&raw.folder)?;
    let mut syncs = fsyncs(folder.path())?;
    let (lone_ms, grouped) = commits(folder.path(), raw.count).await?;
    let posts = posts(&raw.program, raw.count).await?;
    let (p50, p99) = (percentile(&mut syncs, 0.5), percentile(&mut syncs, 0.99));
    // A post needs two durable steps: the intent before, the result after.
    let limit_s = 10_000.0 * (posts.wall_s.max(2.0 * grouped.wall_s)) / raw.count as f64;
    let cpu_limit = posts.cpu_us + 2.0 * grouped.cpu_us;
    let json = json!({
        "bench": "raw", "fsync_p50_ms": round(p50, 3), "fsync_p99_ms": round(p99, 3), "lone_commit_ms": round(lone_ms, 3),
        "grouped_commits_per_s": grouped.per_s.round(), "grouped_commit_cpu_us": round(grouped.cpu_us, 1),
        "posts_per_s": posts.per_s.round(), "post_cpu_us": round(posts.cpu_us, 1), "limit_10000_posts_s": round(limit_s, 2),
        "limit_cpu_us_per_post": round(cpu_limit, 1), "load": load(),
    });
    let rows = vec![
        Row::new("raw: fsync of a page, p50 and p99", format!("{}, {}", time(p50), time(p99)), ""),
        Row::new("  a lone commit of the store", time(lone_ms), ""),
        Row::new("  commits of 256 writers", format!("{:.0} a second", grouped.per_s), format!("{:.0} µs CPU each", grouped.cpu_us)),
        Row::new("  requests of the bare client", format!("{:.0} a second", posts.per_s), format!("{:.0} µs CPU each", posts.cpu_us)),
        Row::new("  10,000 posts can't be out before", format!("{limit_s:.2} s"), "the slower of one request and two grouped commits each"),
        Row::new("  CPU per post can't be below", format!("{cpu_limit:.0} µs"), "one request and two grouped commits"),
    ];
    Ok(Report { json, rows, holds: true })
}

fn fsyncs(folder: &Path) -> Result<Vec<f64>, Trouble> {
    let mut file = std::fs::File::create(folder.join("fsync"))?;
    let page = [7; PAGE_BYTES];
    let mut took = Vec::with_capacity(FSYNCS);
    for _ in 0..FSYNCS {
        file.write_all(&page)?;
        let began = Instant::now();
        file.sync_data()?;
        took.push(ms(began.elapsed()));
    }
    Ok(took)
}

/// Many of a kind.
struct Many {
    wall_s: f64,
    per_s: f64,
    cpu_us: f64,
}

impl Many {
    fn of(count: usize, wall: Duration, cpu_s: f64) -> Self {
        let count = count.max(1) as f64;
        Self { wall_s: wall.as_secs_f64(), per_s: count / wall.as_secs_f64(), cpu_us: cpu_s * 1e6 / count }
    }
}

async fn commits(folder: &Path, count: usize) -> Result<(f64, Many), Trouble> {
    const LONE: usize = 100;
    let store = Store::open(&format!("sqlite://{}", folder.join("raw.db").display()), SystemClock.now()).await?;
    let began = Instant::now();
    for n in 0..LONE {
        store.set_meta(&format!("lone {n}"), "1").await?;
    }
    let lone_ms = ms(began.elapsed()) / LONE as f64;
    let me = Tree::of(vec![std::process::id()]);
    let (began, cpu) = (Instant::now(), me.cpu_s());
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            for n in (writer..count).step_by(WRITERS) {
                store.set_meta(&format!("grouped {n}"), "1").await?;
            }
            Ok::<(), kith_store::StoreError>(())
        });
    }
    for written in writers.join_all().await {
        written?;
    }
    let many = Many::of(count, began.elapsed(), me.cpu_s() - cpu);
    store.close().await;
    Ok((lone_ms, many))
}

/// The product's client, and nothing around it.
async fn posts(program: &Path, count: usize) -> Result<Many, Trouble> {
    let stub = Stub::start(program, 0).await?;
    let url = stub.url.join(network::POST_PATH).map_err(|error| Trouble::new(error.to_string()))?;
    let body = json!({ "status": world::words(1), "visibility": "public" }).to_string();
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    // The stub is a process below this one, and not what is measured.
    let me = std::process::id();
    let (began, cpu) = (Instant::now(), Tree::alone(me));
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..count {
        let place = Arc::clone(&places).acquire_owned().await.map_err(|error| Trouble::new(error.to_string()))?;
        let (http, url, body) = (stub.http.clone(), url.clone(), body.clone());
        requests.spawn(async move {
            let request = http.post(url).header("idempotency-key", &n.to_string()).bearer("bench-0");
            let answered = request.bytes("application/json", body.into()).send().await;
            drop(place);
            answered.map(drop)
        });
    }
    for answered in requests.join_all().await {
        answered?;
    }
    Ok(Many::of(count, began.elapsed(), Tree::alone(me) - cpu))
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}
