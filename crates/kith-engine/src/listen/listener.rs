//! One listener per channel: read since the cursor, store items and cursor together, wait to be woken.
//!
//! Of several processes on one database one reads a channel, under a lease; when it dies another goes on from the cursor.
//! A stream, where the server offers one, only wakes the listener; what happened is read with a cursor of our own
//! (docs/decisions/0003). So a lost connection or a restart misses nothing and doubles nothing.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::ChannelId;
use kith_networks::ReadError;
use kith_store::{ChannelRow, Ingest, LeaseTask, SaveError, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::own::own_answers;
use crate::kith::Kith;
use crate::problem::{Problem, from_store};
use crate::publish::Line;

/// Poll without a stream, in the world's seconds.
const POLL_S: i64 = 20;
/// Poll beside a stream that works, in the world's seconds.
const POLL_BESIDE_STREAM_S: i64 = 120;
/// Least pause between two reads of a channel, in the world's milliseconds.
const PAUSE_MIN_MS: i64 = 400;
/// Longest pause after failures, in the world's seconds.
const BACKOFF_MAX_S: i64 = 300;
/// How often answers sent from another app are looked for, in the world's seconds.
const OWN_EVERY_S: i64 = 120;
/// How often new and removed channels are looked for, in the world's seconds.
const CHANNELS_S: i64 = 2;
/// Life of the lease on reading a channel, and how often it is renewed, in the world's seconds.
const LEASE_S: i64 = 30;
const KEEP_S: i64 = 10;
/// Pages read in one go before others get a turn.
const PAGES_MAX: usize = 20;
/// The cursor's name in the store.
const CURSOR: &str = "notifications";

/// Listens on every channel that works.
#[derive(Debug, Clone)]
pub struct Listeners {
    kith: Kith,
}

impl Listeners {
    /// Listeners for this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith }
    }

    /// Listens until stopped; begins and ends with the channels. Each channel is read by one process at a time.
    pub async fn run(self, stop: CancellationToken) {
        let mut round = Round { kith: self.kith.clone(), running: HashMap::new(), tasks: JoinSet::new(), kept_at: None };
        let clock = self.kith.clock();
        loop {
            if let Err(error) = round.go(&stop).await {
                tracing::warn!(%error, "the list of channels could not be read");
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = clock.sleep(clock.stretch(SignedDuration::from_secs(CHANNELS_S))) => {}
                Some(_) = round.tasks.join_next() => {}
            }
        }
        while round.tasks.join_next().await.is_some() {}
    }

    /// Reads every channel once, to the end of what is there. For tests and tools. Returns new messages.
    pub async fn run_once(&self) -> Result<usize, Problem> {
        let mut new = 0;
        for channel in self.kith.store().listening_channels().await.map_err(from_store)? {
            let listener = Listener { kith: self.kith.clone(), channel, fence: None };
            let line = Line::open(&self.kith, &listener.channel)?;
            match listener.read_all(&line).await {
                Ok(count) => new += count,
                Err(Trouble::Network(error)) => return Err(Problem::NotNow(error.to_string())),
                Err(Trouble::Ours(problem)) => return Err(problem),
                Err(Trouble::Fenced) => {}
            }
        }
        Ok(new)
    }
}

/// The channels that this process reads, and since when their leases last.
struct Round {
    kith: Kith,
    /// Each with the fence under which it is read.
    running: HashMap<ChannelId, (i64, CancellationToken)>,
    tasks: JoinSet<()>,
    kept_at: Option<Timestamp>,
}

impl Round {
    /// Keeps the leases, ends what is not ours any more, and begins what is free.
    async fn go(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        let (store, now) = (self.kith.store(), self.kith.now());
        let span = |s| self.kith.clock().stretch(SignedDuration::from_secs(s));
        let until = now + span(LEASE_S);
        // A clock that went back is no reason to let them end.
        if self.kept_at.is_none_or(|at| now < at || now.duration_since(at) >= span(KEEP_S)) {
            match store.keep_leases(LeaseTask::Listen, now, until).await {
                Ok(kept) => {
                    self.kept_at = Some(now);
                    self.running.retain(|id, (fence, token)| stays(kept.contains(&(*id, *fence)), token));
                }
                Err(error) => {
                    // Somebody who reaches the store has them by now.
                    if self.kept_at.is_none_or(|at| now.duration_since(at) >= span(LEASE_S)) {
                        self.running.retain(|_, (_, token)| stays(false, token));
                    }
                    return Err(error);
                }
            }
        }
        let rows = store.listenable_channels(now).await?;
        self.running.retain(|id, (_, token)| stays(rows.iter().any(|row| row.id == *id) && !token.is_cancelled(), token));
        let free: Vec<ChannelRow> = rows.into_iter().filter(|row| !self.running.contains_key(&row.id)).collect();
        let wanted: Vec<_> = free.iter().map(|row| (row.workspace, row.id)).collect();
        let taken: HashMap<ChannelId, i64> = store.take_leases(&wanted, LeaseTask::Listen, now, until).await?.into_iter().collect();
        for channel in free {
            let Some(fence) = taken.get(&channel.id).copied() else { continue };
            let token = stop.child_token();
            self.running.insert(channel.id, (fence, token.clone()));
            self.tasks.spawn(Listener { kith: self.kith.clone(), channel, fence: Some(fence) }.run(token));
        }
        Ok(())
    }
}

/// Whether a reader stays; if not, it is told to end.
fn stays(stays: bool, token: &CancellationToken) -> bool {
    if !stays {
        token.cancel();
    }
    stays
}

struct Listener {
    kith: Kith,
    channel: ChannelRow,
    /// The fence of the lease under which it reads; `None` for a single reading by hand.
    fence: Option<i64>,
}

enum Trouble {
    Network(ReadError),
    Ours(Problem),
    /// Another process reads the channel by now.
    Fenced,
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Ours(problem)
    }
}

impl Listener {
    /// Reads and waits, by turns. Ends when stopped, or when the channel must be signed in again.
    async fn run(self, stop: CancellationToken) {
        let line = match Line::open(&self.kith, &self.channel) {
            Ok(line) => line,
            Err(problem) => {
                tracing::error!(channel = %self.channel.name, %problem, "cannot listen");
                return;
            }
        };
        let (wake, mut woken) = mpsc::channel(1);
        let stream = self.stream(&line, wake);
        tokio::pin!(stream);
        let (mut failures, mut streaming, mut own_at) = (0u32, true, None::<Timestamp>);
        loop {
            let own_is_due = own_at.is_none_or(|at| self.kith.now().duration_since(at) >= SignedDuration::from_secs(OWN_EVERY_S));
            let read = if own_is_due { self.read_all(&line).await } else { self.read(&line).await };
            let pause = match read {
                Ok(_) => {
                    failures = 0;
                    if own_is_due {
                        own_at = Some(self.kith.now());
                    }
                    SignedDuration::from_secs(if streaming { POLL_BESIDE_STREAM_S } else { POLL_S })
                }
                Err(Trouble::Network(ReadError::SignInAgain { why })) => {
                    if let Err(problem) = self.kith.needs_sign_in(&self.channel, &why).await {
                        tracing::warn!(%problem, "the channel's state could not be stored");
                    }
                    stop.cancel();
                    return;
                }
                Err(Trouble::Fenced) => {
                    tracing::info!(channel = %self.channel.name, "another process reads this channel now");
                    stop.cancel();
                    return;
                }
                Err(Trouble::Network(ReadError::NotOffered)) => {
                    tracing::info!(channel = %self.channel.name, "this server does not let Kith listen");
                    SignedDuration::from_secs(BACKOFF_MAX_S)
                }
                Err(Trouble::Network(error)) => {
                    failures += 1;
                    tracing::info!(channel = %self.channel.name, %error, failures, "could not listen now");
                    match error {
                        ReadError::Later { after: Some(after), .. } => after,
                        _ => SignedDuration::from_secs((2i64 << failures.min(8)).min(BACKOFF_MAX_S)),
                    }
                }
                Err(Trouble::Ours(problem)) => {
                    failures += 1;
                    tracing::warn!(channel = %self.channel.name, %problem, "what was heard could not be stored");
                    SignedDuration::from_secs((2i64 << failures.min(8)).min(BACKOFF_MAX_S))
                }
            };
            let clock = self.kith.clock();
            // Reads are never closer than this, however busy the stream.
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(clock.stretch(SignedDuration::from_millis(PAUSE_MIN_MS))) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(clock.stretch(pause)) => {}
                _ = woken.recv() => {}
                () = &mut stream, if streaming => streaming = false,
            }
        }
    }

    /// Keeps the stream open; ends only if this server has none.
    async fn stream(&self, line: &Line, wake: mpsc::Sender<()>) {
        let Some(reader) = line.network.reader() else { return };
        let mut failures = 0u32;
        loop {
            let began = std::time::Instant::now();
            match reader.watch(&line.at(self.kith.now()), &wake).await {
                Err(ReadError::NotOffered) => return,
                Ok(()) => tracing::debug!(channel = %self.channel.name, "the stream ended"),
                Err(error) => tracing::debug!(channel = %self.channel.name, %error, "the stream broke"),
            }
            failures = if began.elapsed().as_secs() > 60 { 0 } else { failures + 1 };
            // What happened while nobody listened is behind the cursor.
            let _ = wake.try_send(());
            let clock = self.kith.clock();
            clock.sleep(clock.stretch(SignedDuration::from_secs((1i64 << failures.min(8)).min(BACKOFF_MAX_S)))).await;
        }
    }

    /// Reads what people did, then our own answers from other apps; returns how many new messages of both were stored.
    async fn read_all(&self, line: &Line) -> Result<usize, Trouble> {
        let heard = self.read(line).await?;
        let Some(reader) = line.network.reader() else { return Ok(heard) };
        let own = match own_answers(reader, &line.at(self.kith.now())).await {
            Ok(own) => own,
            Err(error @ ReadError::SignInAgain { .. }) => return Err(Trouble::Network(error)),
            Err(error) => {
                // Only a convenience: what people did was read, and the next turn looks again.
                tracing::debug!(channel = %self.channel.name, %error, "our own answers could not be read");
                return Ok(heard);
            }
        };
        let batch = self.kith.file_own(&self.channel, own).await.map_err(|error| Trouble::Ours(from_store(error)))?;
        if batch.is_empty() { Ok(heard) } else { Ok(heard + self.keep(None, &batch).await?) }
    }

    /// Stores what was heard with the cursor, under the fence; returns how many messages were new.
    async fn keep(&self, next: Option<(&str, &str)>, batch: &[Ingest]) -> Result<usize, Trouble> {
        let store = self.kith.store().in_workspace(self.channel.workspace);
        let ingested = match self.fence {
            Some(fence) => store.ingest_under(fence, self.channel.id, next, batch, self.kith.now()).await,
            None => store.ingest(self.channel.id, next, batch, self.kith.now()).await.map_err(SaveError::from),
        };
        let ingested = ingested.map_err(|error| match error {
            SaveError::Fenced => Trouble::Fenced,
            SaveError::Store(error) => Trouble::Ours(from_store(error)),
        })?;
        for conversation in ingested.changed_conversations {
            self.kith.heard(self.channel.workspace, conversation).await;
        }
        Ok(ingested.new_messages.len())
    }

    /// Reads all that is there since the cursor; returns how many new messages were stored.
    async fn read(&self, line: &Line) -> Result<usize, Trouble> {
        let Some(reader) = line.network.reader() else { return Err(Trouble::Network(ReadError::NotOffered)) };
        let store = self.kith.store().in_workspace(self.channel.workspace);
        let mut new = 0;
        for _ in 0..PAGES_MAX {
            let cursor = store.cursor(self.channel.id, CURSOR).await.map_err(from_store)?;
            let call = line.at(self.kith.now());
            let page = reader.page(&call, cursor.as_deref()).await.map_err(Trouble::Network)?;
            let batch = self.kith.file(&self.channel, reader, &call, page.items).await.map_err(Trouble::Network)?;
            let next = page.cursor.as_deref().map(|value| (CURSOR, value));
            if batch.is_empty() && page.cursor == cursor {
                break;
            }
            new += self.keep(next, &batch).await?;
            if !page.more {
                break;
            }
        }
        Ok(new)
    }
}
