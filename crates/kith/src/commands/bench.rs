//! `kith bench`: what this computer can do with Kith. It makes a folder of its own and removes it at the end.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::extract::Path as At;
use axum::routing::get;
use kith_bench::backlog::{self, Backlog};
use kith_bench::burst::{self, Burst, DATABASE};
use kith_bench::pages::{self, Pages};
use kith_bench::raw::{self, Raw};
use kith_bench::town::Size;
use kith_bench::{Report, Trouble, stub, work};

use crate::cli::{self, BenchAt};
use crate::commands::{Refused, line, say};

/// What `--quick` measures: enough to lose or double something, short enough for every run of the tests.
const QUICK_POSTS: u64 = 200;
const QUICK_CHANNELS: u32 = 10;
/// The same for pages: answers of each, and a workspace in which every list has a second page.
const QUICK_ASKS: usize = 8;
const QUICK_SIZE: Size = Size { messages: 1_200, posts: 120, conversations: 60, thread: 200 };

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        Self::one(trouble.to_string())
    }
}

pub(crate) async fn run(bench: cli::Bench) -> Result<(), Refused> {
    let program = std::env::current_exe()?;
    match bench {
        cli::Bench::Raw { count, at } => {
            let report = raw::run(&Raw { program, folder: at.folder.clone(), count }).await?;
            tell(&[report], &at)
        }
        cli::Bench::Burst { posts, channels, api_ms, store_pid, command, name, quick, at } => {
            let (posts, channels) = if quick { (QUICK_POSTS, QUICK_CHANNELS) } else { (posts, channels) };
            let (folder, database) = (at.folder.clone(), at.database.clone());
            let burst = Burst { program, folder, posts, channels, api_ms, database, store_pid, command, name };
            tell(&[burst::run(&burst).await?], &at)
        }
        cli::Bench::Backlog { posts, at } => {
            let backlog = Backlog { program, folder: at.folder.clone(), posts, database: at.database.clone() };
            tell(&backlog::run(&backlog).await?, &at)
        }
        cli::Bench::Pages { messages, posts, conversations, thread, asks, connections, seed, quick, at } => {
            let whole = Size { messages, posts, conversations, thread };
            let (size, asks) = if quick { (QUICK_SIZE, QUICK_ASKS) } else { (whole, asks) };
            let (folder, database) = (at.folder.clone(), at.database.clone());
            tell(&pages::run(&Pages { program, folder, size, asks, connections, seed, database }).await?, &at)
        }
        cli::Bench::Show { folder } => show(&folder).await,
        cli::Bench::Stub { api_ms } => {
            // A thread and a runtime of its own, which ends with the process.
            let serving = tokio::task::spawn_blocking(move || stub::serve(Duration::from_millis(api_ms), |address| print(&address)));
            serving.await.map_err(|error| Refused::one(error.to_string()))?.map_err(Refused::from)
        }
        cli::Bench::Work { folder } => {
            let database = std::env::var(DATABASE).ok();
            work::run(&folder, database.as_deref(), || print(work::READY)).await.map_err(Refused::from)
        }
    }
}

/// The pages as `kith serve` shows them, without the workers, and beside them as many bytes as asked for.
async fn show(folder: &Path) -> Result<(), Refused> {
    let database = std::env::var(DATABASE).ok();
    let kith = work::open(folder, database.as_deref()).await?;
    let listener = crate::commands::serve::listen("127.0.0.1:0").await?;
    let still = get(async |At(bytes): At<usize>| "k".repeat(bytes.min(pages::ANSWER_BYTES_MAX)));
    let app = axum::Router::new().route(&format!("{}{{bytes}}", pages::STILL), still).merge(kith_web::app(kith));
    print(&listener.local_addr()?.to_string())?;
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.map_err(Refused::from)
}

fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

fn tell(reports: &[Report], at: &BenchAt) -> Result<(), Refused> {
    for report in reports {
        line(&report.json)?;
    }
    if !at.json {
        say(&format!("\n{}", kith_bench::table(reports)))?;
    }
    if reports.iter().all(|report| report.holds) {
        return Ok(());
    }
    Err(Refused::one("something was lost, doubled, early or not stored; see the line above"))
}
