//! `kith serve`: pages and workers in one process, on a folder that is locked meanwhile.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use kith_engine::{Caller, Clock, Courier, FastClock, FeedReader, Keeper, Kith, Listeners, Presence, SystemClock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli;
use crate::commands::{ExitCode, Refused, say};
use crate::{lock, setup};

/// Pause between two looks for workspaces whose time is over, in seconds.
const ERASE_EVERY_S: u64 = 3_600;
/// Time for open pages to end when Kith stops, in seconds.
const PAGES_STOP_S: u64 = 3;

pub(crate) async fn run(data: &Path, args: cli::Serve) -> Result<(), Refused> {
    std::fs::create_dir_all(data).map_err(|error| Refused::one(format!("{} can't be made: {error}", data.display())))?;
    let lock = lock::take(data)?;
    let listener = listen(&args.listen).await?;
    let mut settings = setup::settings(data)?;
    settings.database = args.database.or(settings.database);
    settings.public_url =
        args.public_url.or(settings.public_url).or_else(|| listener.local_addr().ok().map(|addr| format!("http://{addr}")));
    let kith =
        setup::open_with(data, settings, clock(args.speed.zip(args.speed_since)), std::sync::Arc::new(kith_engine::SystemChance), None)
            .await?;
    setup::note_served_at(data, kith.public_url())?;
    let stop = stop_on_signal();
    say(&format!("Kith is at {}", kith.public_url()))?;
    serve(kith, listener, stop).await?;
    drop(lock);
    Ok(())
}

/// The world's clock, or a fast one that goes on over restarts (the kill loop lets settle times pass with it).
fn clock(fast: Option<(u32, jiff::Timestamp)>) -> Arc<dyn Clock> {
    let Some((speed, since)) = fast else { return Arc::new(SystemClock) };
    let passed = SystemClock.now().duration_since(since) * i32::try_from(speed).unwrap_or(1);
    Arc::new(FastClock::new(since + passed, speed))
}

/// Runs pages and workers until `stop`, then ends them in order: no new claims, what is in flight finishes or is handed
/// over. A disk that can't keep what was written ends everything at once (reliability.md A4, "fsync error").
pub(crate) async fn serve(kith: Kith, listener: TcpListener, stop: CancellationToken) -> Result<(), Refused> {
    let disk = kith.clone();
    tokio::select! {
        ended = serve_well(kith, listener, stop) => ended,
        () = disk.disk_failed() => Err(Refused::one(
            "the disk could not keep what was written, so nothing more is sent or stored; look at the disk, then start Kith again: \
             it goes on from what is certain",
        )
        .with(ExitCode::DiskFailed)),
    }
}

async fn serve_well(kith: Kith, listener: TcpListener, stop: CancellationToken) -> Result<(), Refused> {
    let (courier, mut keeper) = (Courier::new(kith.clone()), Keeper::new(kith.clone()));
    if let Err(problem) = keeper.look().await {
        // Nothing is claimed until a look succeeds; the pages serve meanwhile.
        tracing::warn!(%problem, "the host could not be looked at");
    }
    let taken_over = courier.take_over().await.map_err(|error| Refused::one(error.to_string()))?;
    if taken_over > 0 {
        tracing::info!(taken_over, "deliveries of an earlier run are taken over");
    }
    let (workers, kept) = (TaskTracker::new(), tokio::spawn(keeper.run(stop.clone())));
    let presence = Presence::new(kith.clone());
    presence.beat().await;
    if let Err(problem) = kith.follow_zone_rules().await {
        tracing::warn!(%problem, "whether a time zone changed its rules could not be seen; the next start looks again");
    }
    workers.spawn(presence.run(stop.clone()));
    workers.spawn(courier.run(stop.clone()));
    workers.spawn(listen_once_alone(kith.clone(), stop.clone()));
    workers.spawn(read_feeds_once_alone(kith.clone(), stop.clone()));
    workers.spawn(call_once_alone(kith.clone(), stop.clone()));
    workers.spawn(erase_what_is_over(kith.clone(), stop.clone()));
    workers.close();
    let closing = kith.closing().clone();
    let app = kith_web::app(kith).into_make_service_with_connect_info::<SocketAddr>();
    let pages = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned()).into_future();
    tokio::pin!(pages);
    let ended = tokio::select! {
        ended = &mut pages => ended,
        () = stop.cancelled() => {
            closing.cancel();
            tokio::time::timeout(std::time::Duration::from_secs(PAGES_STOP_S), &mut pages).await.unwrap_or(Ok(()))
        }
    };
    stop.cancel();
    workers.wait().await;
    // Only now is nothing claimed any more, so that the last beat counts everything.
    if let Ok(keeper) = kept.await {
        keeper.end().await;
    }
    ended.map_err(|error| Refused::one(format!("the page's server ended: {error}")))
}

/// A copy of a Kith that runs must not even listen: reading renews tokens, and the other one's would end.
async fn listen_once_alone(kith: Kith, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = kith.is_the_one() => Listeners::new(kith.clone()).run(stop.clone()).await,
    }
}

/// A copy announces nothing either: the original would announce the same.
async fn read_feeds_once_alone(kith: Kith, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = kith.is_the_one() => FeedReader::new(kith.clone()).run(stop.clone()).await,
    }
}

/// A copy calls nobody: the original calls for the same.
async fn call_once_alone(kith: Kith, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = kith.is_the_one() => Caller::new(kith.clone()).run(stop.clone()).await,
    }
}

/// Workspaces that their owners ended are erased when their grace is over; the hour does not matter.
async fn erase_what_is_over(kith: Kith, stop: CancellationToken) {
    loop {
        if let Err(problem) = kith.erase_what_is_over().await {
            tracing::warn!(%problem, "what is over could not be erased; it is tried again in an hour");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(std::time::Duration::from_secs(ERASE_EVERY_S)) => {}
        }
    }
}

pub(crate) async fn listen(address: &str) -> Result<TcpListener, Refused> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Refused::one(format!("{address} can't be listened on: {error}; name another with --listen")))
}

/// Ends on Ctrl-C and on SIGTERM, from the moment it is called: a signal right after the start hands over too.
pub(crate) fn stop_on_signal() -> CancellationToken {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let token = stop.clone();
        match signal(kind) {
            Ok(mut signal) => {
                tokio::spawn(async move {
                    signal.recv().await;
                    token.cancel();
                });
            }
            Err(error) => tracing::warn!(%error, "a signal can't be heard; it ends Kith without handing over"),
        }
    }
    stop
}
