//! W2: many posts due in the same instant, through the product's courier, store and connector, against the stub.
//!
//! Three processes: this one plans and watches, the worker delivers, the stub receives. CPU is that of the worker and of
//! its database from shortly before the posts are due until both rest again; memory is sampled meanwhile. Another engine
//! takes the worker's place by a command, and is measured with the same stub and the same watch.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use kith_engine::{Clock as _, SystemClock};
use kith_networks::http::{NetClient, Policy};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::percentile::round;
use crate::process::Tree;
use crate::report::{Report, Row, load, time};
use crate::stub::Seen;
use crate::world::World;
use crate::{Trouble, work};

/// From the beginning of the planning to the instant at which all is due: this, and so much for each post.
const LEAD_MS: u64 = 4_000;
const LEAD_US_PER_POST: u64 = 400;
/// The same on PostgreSQL, where each row of a plan is an exchange with a server.
const LEAD_US_PER_POST_PG: u64 = 1_500;
/// The worker must be ready so long before, or what is measured is its start.
const READY_MS: i64 = 700;
/// The idle memory is taken and the CPU count begins so long before.
const BEFORE_MS: i64 = 200;
/// Pause between two looks at the stub, in milliseconds.
const LOOK_MS: u64 = 50;
/// A burst is over when nothing more arrives for so long, in seconds.
const STALL_S: u64 = 45;
/// The worker rests when it uses less than this share of a core for `REST_MS`; after `REST_S_MAX` it never will.
const REST_SHARE: f64 = 0.06;
const REST_MS: u64 = 500;
const REST_S_MAX: u64 = 20;
/// Time for a worker to end once its input has, in seconds.
const END_S: u64 = 10;
/// How a process of a bench is told of a PostgreSQL database: a password does not belong in a list of processes.
pub const DATABASE: &str = "KITH_BENCH_DATABASE";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Burst {
    /// This program, which is run again as stub and as worker.
    pub program: PathBuf,
    /// Folder in which the bench makes its own, on the disk that is meant.
    pub folder: PathBuf,
    /// Posts due in the same instant.
    pub posts: u64,
    /// Channels they are spread over.
    pub channels: u32,
    /// How long the network takes for a post, in milliseconds.
    pub api_ms: u64,
    /// An empty PostgreSQL database instead of a file.
    pub database: Option<String>,
    /// The process of the database's server, whose CPU and memory count too.
    pub store_pid: Vec<u32>,
    /// Another engine: called as `COMMAND load`, then `COMMAND work`.
    pub command: Option<String>,
    /// The engine's name in the report.
    pub name: Option<String>,
}

/// Takes the measure.
pub async fn run(burst: &Burst) -> Result<Report, Trouble> {
    let load_before = load();
    let folder = tempfile::tempdir_in(&burst.folder)?;
    let stub = Stub::start(&burst.program, burst.api_ms).await?;
    let span = Duration::from_millis(LEAD_MS)
        + Duration::from_micros(if burst.database.is_some() { LEAD_US_PER_POST_PG } else { LEAD_US_PER_POST } * burst.posts);
    let now = SystemClock.now();
    let (due, mut worker, world) = match &burst.command {
        Some(command) => {
            let due = whole_ms(now + SignedDuration::try_from(span).unwrap_or_default());
            other(burst, command, "load", &stub.url, due)
                .status()
                .await
                .map_err(Trouble::from)
                .and_then(|status| if status.success() { Ok(()) } else { Err(Trouble::new(format!("`{command} load` failed"))) })?;
            (due, other(burst, command, "work", &stub.url, due), None)
        }
        None => {
            let world = World::make(folder.path(), burst.database.as_deref(), stub.url.as_str(), burst.channels).await?;
            let due = whole_ms(SystemClock.now() + SignedDuration::try_from(span).unwrap_or_default());
            world.plan(0, burst.posts, due).await?;
            (due, kith_worker(burst, folder.path()), Some(world))
        }
    };
    stub.ask(&format!("/bench/expect?due_us={}", due.as_microsecond())).await?;
    let mut worker = Worker::start(&mut worker).await?;
    let slack = due.duration_since(SystemClock.now()).as_millis();
    if slack < i128::from(READY_MS) {
        worker.end().await;
        return Err(Trouble::new(format!("planning took too long: the worker was ready {slack} ms before the posts were due")));
    }
    let tree = Tree::of(std::iter::once(worker.pid).chain(burst.store_pid.iter().copied()).collect());
    let watched = watch(burst, &stub, &tree, due).await?;
    let stored = match &world {
        Some(world) => Some(world.store.in_workspace(world.workspace).counts().await?),
        None => None,
    };
    worker.end().await;
    if let Some(world) = world {
        world.store.close().await;
    }
    Ok(report(burst, &watched, stored.as_ref().map(|counts| counts.by_state.get("published").copied().unwrap_or(0)), load_before))
}

/// What was seen.
struct Watched {
    seen: Seen,
    cpu_s: f64,
    idle_mib: f64,
    peak_mib: f64,
}

async fn watch(burst: &Burst, stub: &Stub, tree: &Tree, due: Timestamp) -> Result<Watched, Trouble> {
    let until_due = due.duration_since(SystemClock.now()) - SignedDuration::from_millis(BEFORE_MS);
    tokio::time::sleep(Duration::try_from(until_due).unwrap_or_default()).await;
    let (idle_mib, cpu_before) = (tree.pss_mib(), tree.cpu_s());
    let (mut peak_mib, mut seen) = (idle_mib, Seen::default());
    let (mut moved, mut looks) = (Instant::now(), 0_u64);
    while seen.posts < burst.posts && moved.elapsed() < Duration::from_secs(STALL_S) {
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        let now = stub.seen().await?;
        if now.requests > seen.requests {
            moved = Instant::now();
        }
        seen = now;
        looks += 1;
        // Adding up a process's memory takes some of its time: not at each look.
        if looks.is_multiple_of(10) {
            peak_mib = peak_mib.max(tree.pss_mib());
        }
    }
    peak_mib = peak_mib.max(tree.pss_mib());
    let cpu_s = rest(tree).await - cpu_before;
    // What was sent twice may come after the last first.
    Ok(Watched { seen: stub.seen().await?, cpu_s, idle_mib, peak_mib })
}

/// Waits until nothing works any more; the CPU used until it began to rest.
async fn rest(tree: &Tree) -> f64 {
    let began = Instant::now();
    let mut before = tree.cpu_s();
    loop {
        tokio::time::sleep(Duration::from_millis(REST_MS)).await;
        let now = tree.cpu_s();
        if now - before < REST_SHARE * REST_MS as f64 / 1_000.0 || began.elapsed() > Duration::from_secs(REST_S_MAX) {
            return before;
        }
        before = now;
    }
}

fn report(burst: &Burst, watched: &Watched, stored: Option<u64>, load_before: f64) -> Report {
    let Watched { seen, cpu_s, idle_mib, peak_mib } = watched;
    let engine = burst.name.clone().unwrap_or_else(|| if burst.database.is_some() { "kith, PostgreSQL" } else { "kith, SQLite" }.into());
    let lost = burst.posts.saturating_sub(seen.posts);
    let cpu_us = cpu_s * 1e6 / burst.posts.max(1) as f64;
    // Each channel sends one at a time, in order.
    let ideal_ms = burst.posts.div_ceil(u64::from(burst.channels.max(1))) as f64 * burst.api_ms as f64;
    let holds = lost == 0 && seen.doubled == 0 && seen.early == 0 && stored.is_none_or(|stored| stored == burst.posts);
    let json = json!({
        "bench": "burst", "engine": engine, "posts": burst.posts, "channels": burst.channels, "api_ms": burst.api_ms,
        "lost": lost, "doubled": seen.doubled, "early": seen.early, "stored_as_published": stored,
        "last_ms": seen.max_ms, "late_p50_ms": seen.p50_ms, "late_p99_ms": seen.p99_ms, "in_order_ideal_ms": ideal_ms,
        "cpu_us_per_post": round(cpu_us, 1), "pss_idle_mib": round(*idle_mib, 1), "pss_peak_mib": round(*peak_mib, 1),
        "connections": seen.connections, "load_before": load_before, "load_after": load(),
    });
    let ideal = if ideal_ms > 0.0 { format!("one at a time on each channel: at least {}", time(ideal_ms)) } else { String::new() };
    let rows = vec![
        Row::new(
            format!("{engine}: {} posts, {} channels, API takes {} ms", burst.posts, burst.channels, burst.api_ms),
            format!("{} lost, {} doubled, {} early", lost, seen.doubled, seen.early),
            "",
        ),
        Row::new("  last post out after", time(seen.max_ms), ideal),
        Row::new("  lateness p50, p99", format!("{}, {}", time(seen.p50_ms), time(seen.p99_ms)), "arrival − due, at the stub"),
        Row::new("  CPU per post", format!("{cpu_us:.0} µs"), "worker and its database"),
        Row::new("  memory idle, peak", format!("{idle_mib:.0}, {peak_mib:.0} MiB"), "PSS, worker and its database"),
    ];
    Report { json, rows, holds }
}

fn whole_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn kith_worker(burst: &Burst, folder: &Path) -> Command {
    let mut command = Command::new(&burst.program);
    command.args(["bench", "work"]).arg(folder).env("KITH_LOG", "warn");
    if let Some(database) = &burst.database {
        command.env(DATABASE, database);
    }
    command
}

fn other(burst: &Burst, command: &str, step: &str, stub: &Url, due: Timestamp) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec {command} {step}")])
        .env("KITH_BENCH_POST_URL", stub.join(crate::network::POST_PATH).map_or_else(|_| stub.to_string(), |url| url.to_string()))
        .env("KITH_BENCH_POSTS", burst.posts.to_string())
        .env("KITH_BENCH_CHANNELS", burst.channels.to_string())
        .env("KITH_BENCH_WORDS", crate::world::words(0).trim_start_matches("#0 "))
        .env("KITH_BENCH_DUE_MS", due.as_millisecond().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::inherit());
    shell
}

/// The stub in its process.
pub(crate) struct Stub {
    pub(crate) url: Url,
    pub(crate) http: NetClient,
    /// Ends with this value.
    _child: Child,
}

impl Stub {
    pub(crate) async fn start(program: &Path, api_ms: u64) -> Result<Self, Trouble> {
        let mut command = Command::new(program);
        command.args(["bench", "stub", "--api-ms", &api_ms.to_string()]);
        let (child, line) = first_line(&mut command).await?;
        let url = Url::parse(line.trim()).map_err(|_| Trouble::new(format!("the stub said {line:?} instead of its address")))?;
        Ok(Self { url, http: NetClient::new(Policy { allow_private: true })?, _child: child })
    }

    async fn ask(&self, path: &str) -> Result<String, Trouble> {
        let url = self.url.join(path).map_err(|error| Trouble::new(error.to_string()))?;
        Ok(self.http.get(url).send().await?.text().into_owned())
    }

    async fn seen(&self) -> Result<Seen, Trouble> {
        serde_json::from_str(&self.ask("/bench/seen").await?).map_err(|error| Trouble::new(format!("the stub's answer: {error}")))
    }
}

/// A worker in its process.
struct Worker {
    child: Child,
    pid: u32,
}

impl Worker {
    async fn start(command: &mut Command) -> Result<Self, Trouble> {
        let (child, line) = first_line(command.stdin(Stdio::piped())).await?;
        if line.trim() != work::READY {
            return Err(Trouble::new(format!("the worker said {line:?} instead of {:?}", work::READY)));
        }
        let pid = child.id().ok_or_else(|| Trouble::new("the worker ended at once"))?;
        Ok(Self { child, pid })
    }

    /// Closes its input; what does not end then is ended.
    async fn end(&mut self) {
        drop(self.child.stdin.take());
        if tokio::time::timeout(Duration::from_secs(END_S), self.child.wait()).await.is_err() {
            // It may have ended between the two; either way it is gone.
            drop(self.child.kill().await);
        }
    }
}

pub(crate) async fn first_line(command: &mut Command) -> Result<(Child, String), Trouble> {
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or_else(|| Trouble::new("the process has no output"))?);
    let mut line = String::new();
    lines.read_line(&mut line).await?;
    // The rest is read and dropped, so that the process never waits for a full pipe.
    tokio::spawn(async move { tokio::io::copy(&mut lines, &mut tokio::io::sink()).await });
    Ok((child, line))
}
