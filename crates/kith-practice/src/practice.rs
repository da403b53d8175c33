//! Starting and stopping a practice network.

use std::future::IntoFuture as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::clock::{Clock, ManualClock};
use crate::cut::{CuttableListener, Scissors};
use crate::faults::Faults;
use crate::http;
use crate::keep::{self, KeepError, Keeper};
use crate::limits::STREAM_EVENTS_HELD_MAX;
use crate::people::{self, Cue};
use crate::server::Server;
use crate::world::{Stats, World};

/// How often the world is brought up to the clock when nobody asks, in real time.
const TICK: Duration = Duration::from_millis(200);
/// After how many ticks what simulated people did is saved.
const SAVE_EVERY_TICKS: u64 = 5;
/// How long open connections get to end when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// How many people live in the network unless said otherwise, and at most.
const PEOPLE_DEFAULT: usize = 100;
const PEOPLE_MAX: usize = 1000;

/// Why the practice network does not start or stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// The world could not be read or saved.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The listener has no address.
    #[error("the listening socket cannot be used: {0}")]
    Listen(#[from] std::io::Error),
}

/// The practice network, about to be started.
pub struct Practice {
    seed: u64,
    clock: Arc<dyn Clock>,
    data_dir: Option<PathBuf>,
    owner: (String, String),
    people: usize,
    public_url: Option<String>,
    rate_limit_enforced: bool,
}

impl std::fmt::Debug for Practice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Practice").field("seed", &self.seed).field("people", &self.people).finish_non_exhaustive()
    }
}

impl Practice {
    /// A network with seed 1, a hundred people, the owner `mara`, nothing kept on disk, and a clock that stands at
    /// 1 December 2026, 08:00 UTC, until it is moved.
    pub fn builder() -> Self {
        const START_SECOND: i64 = 1_796_112_000;
        let start = Timestamp::from_second(START_SECOND).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            seed: 1,
            clock: Arc::new(ManualClock::new(start)),
            data_dir: None,
            owner: ("mara".to_owned(), "Mara Okonjo".to_owned()),
            people: PEOPLE_DEFAULT,
            public_url: None,
            rate_limit_enforced: false,
        }
    }

    /// What people, their habits and their luck are drawn from.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// A folder in which the world is kept, so that it goes on after a stop; without one it lives in memory.
    pub fn data_dir(mut self, folder: Option<PathBuf>) -> Self {
        self.data_dir = folder;
        self
    }

    /// Handle and name of the account that tokens are given for.
    pub fn owner(mut self, username: &str, display_name: &str) -> Self {
        self.owner = (username.to_owned(), display_name.to_owned());
        self
    }

    /// How many simulated people there are (at most 1000). A world that is already kept stays as it is.
    pub fn people(mut self, count: usize) -> Self {
        self.people = count.min(PEOPLE_MAX);
        self
    }

    /// The address the server gives for itself, when it is reached through a proxy; else its own.
    pub fn public_url(mut self, url: &str) -> Self {
        self.public_url = Some(url.trim_end_matches('/').to_owned());
        self
    }

    /// Refuses requests beyond 300 in five minutes of the server's clock, instead of only counting them.
    pub fn enforce_rate_limit(mut self, enforced: bool) -> Self {
        self.rate_limit_enforced = enforced;
        self
    }

    /// Starts serving on a listener.
    ///
    /// # Errors
    /// When the folder cannot be used, its snapshot cannot be understood, or the listener is not bound.
    pub async fn start(self, listener: TcpListener) -> Result<Running, PracticeError> {
        let url = format!("http://{}", listener.local_addr()?);
        let base = self.public_url.unwrap_or_else(|| url.clone());
        let kept = match &self.data_dir {
            Some(folder) => keep::load(folder)?,
            None => None,
        };
        let saved = kept.as_ref().map_or(0, |world| world.version);
        let mut world = kept.unwrap_or_else(|| {
            let owner = (self.owner.0.as_str(), self.owner.1.as_str());
            World::new(self.seed, self.clock.now(), base.clone(), owner, self.people)
        });
        world.base.clone_from(&base);
        world.emitted.clear();
        let server = Arc::new(Server {
            keeper: Keeper::new(self.data_dir, saved),
            world: Arc::new(Mutex::new(world)),
            clock: self.clock,
            faults: Mutex::new(Faults::default()),
            events: broadcast::channel(STREAM_EVENTS_HELD_MAX).0,
            revoked: broadcast::channel(STREAM_EVENTS_HELD_MAX).0,
            stopping: watch::channel(false).0,
            ticks: watch::channel(0).0,
            late: Mutex::default(),
            rates: Mutex::default(),
            rate_limit_enforced: self.rate_limit_enforced,
            base,
            pictures: Mutex::default(),
        });
        // The first snapshot is there before the first request, so the owner's token never changes.
        server.change(|_| ()).await?;

        let app = http::router(Arc::clone(&server)).into_make_service_with_connect_info::<Scissors>();
        let mut stopping = server.stopping.subscribe();
        let serving = axum::serve(CuttableListener(listener), app).with_graceful_shutdown(async move {
            // A closed channel means the server is gone, which is a stop as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        });
        let serving = tokio::spawn(serving.into_future());
        let ticking = tokio::spawn(tick(Arc::clone(&server)));
        Ok(Running { url, server, serving: Some(serving), ticking })
    }
}

/// Brings the world up to the clock again and again, and saves what happened meanwhile.
async fn tick(server: Arc<Server>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut stopping = server.stopping.subscribe();
    let mut count = 0_u64;
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        let version = server.tick();
        count += 1;
        if count.is_multiple_of(SAVE_EVERY_TICKS)
            && let Err(error) = server.keeper.save(&server.world, version).await
        {
            tracing::error!(%error, "the practice world could not be saved");
        }
    }
}

/// A practice network that is serving.
pub struct Running {
    url: String,
    server: Arc<Server>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
    ticking: JoinHandle<()>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Running {
    /// Where it listens, without a slash at the end: `http://127.0.0.1:4080`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// An access token for the owner's account; the same after every start with the same folder.
    pub fn owner_token(&self) -> String {
        self.server.see(World::owner_token)
    }

    /// The instant at which the world stands.
    pub fn now(&self) -> Timestamp {
        self.server.see(|world| world.now)
    }

    /// Lets everything happen that is planned up to an instant; an instant that has passed changes nothing.
    pub fn advance_to(&self, to: Timestamp) {
        self.server.advance_to(to);
    }

    /// Returns when no request waits to be accepted late whose time has come.
    pub async fn settle(&self) {
        http::settle(&self.server).await;
    }

    /// Somebody acts at once; whether anybody was there to do it. `nth` tells cues of one kind apart.
    ///
    /// # Errors
    /// When the world cannot be saved.
    pub async fn cue(&self, cue: Cue, nth: u64) -> Result<bool, PracticeError> {
        Ok(self.server.change(|world| people::give(world, cue, nth)).await?)
    }

    /// Lets time go by in which nobody does anything: what they had planned comes that much later. The clock is to be
    /// moved to the same instant next.
    ///
    /// # Errors
    /// When the world cannot be saved.
    pub async fn pass_over(&self, to: Timestamp) -> Result<(), PracticeError> {
        Ok(self.server.change(|world| people::pass_over(world, to)).await?)
    }

    /// The owner answers everybody who waits, from another client; how many.
    ///
    /// # Errors
    /// When the world cannot be saved.
    pub async fn catch_up(&self, answers: &[&str]) -> Result<usize, PracticeError> {
        Ok(self.server.change(|world| people::catch_up(world, answers)).await?)
    }

    /// What has happened so far.
    pub fn stats(&self) -> Stats {
        self.server.see(|world| world.stats.clone())
    }

    /// How many people follow the owner now.
    pub fn owner_followers(&self) -> usize {
        self.server.see(|world| world.follows.keys().filter(|(_, whom)| *whom == world.owner).count())
    }

    /// Stops serving, ends the streams and saves the world.
    ///
    /// # Errors
    /// When the world cannot be saved.
    pub async fn stop(mut self) -> Result<(), PracticeError> {
        self.server.stopping.send_replace(true);
        if let Some(serving) = self.serving.take() {
            let abort = serving.abort_handle();
            match tokio::time::timeout(STOP_PATIENCE, serving).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(error))) => return Err(error.into()),
                Ok(Err(join)) => tracing::error!(error = %join, "the practice server did not end well"),
                Err(_) => abort.abort(),
            }
        }
        let version = self.server.see(|world| world.version);
        self.server.keeper.save(&self.server.world, version).await?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.stopping.send_replace(true);
        self.ticking.abort();
    }
}
