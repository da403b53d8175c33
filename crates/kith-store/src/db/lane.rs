//! The one writing connection to SQLite, whose turns are committed in groups.
//!
//! A turn is a savepoint in an open `BEGIN IMMEDIATE` transaction. Whoever ends a turn queues again for the lane, to
//! commit; turns that queued before them join the same transaction first, so that many writers share one fsync and a
//! lone writer pays one. A turn's end is reported only after the commit (I2). To change how turns are grouped, change
//! `Turn::end`; nothing else commits.

use std::sync::Arc;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::fault::fault;
use crate::StoreError;

/// Most turns in one transaction: bounds the wait of the first one.
const GROUP_TURNS_MAX: usize = 512;

type Verdict = Result<(), StoreError>;

/// Turns are taken in the order in which they were asked for (a fair lock).
#[derive(Debug, Clone)]
pub(crate) struct Lane(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    conn: SqliteConnection,
    /// Whether a transaction is open.
    open: bool,
    /// A turn was dropped half-way; its savepoint must be undone first.
    torn: bool,
    /// Ended turns that wait for the commit.
    pending: Vec<oneshot::Sender<Verdict>>,
    /// `PRAGMA data_version` as last seen.
    version: Option<i64>,
}

/// The right to write, until it is ended or dropped (which undoes it).
#[derive(Debug)]
pub(crate) struct Turn {
    lane: Lane,
    guard: Option<OwnedMutexGuard<State>>,
}

impl Lane {
    pub(crate) fn new(conn: SqliteConnection) -> Self {
        Self(Arc::new(Mutex::new(State { conn, open: false, torn: false, pending: Vec::new(), version: None })))
    }

    /// Waits for the lane and opens a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, StoreError> {
        let mut state = Arc::clone(&self.0).lock_owned().await;
        state.mend().await;
        if !state.open {
            state.run("BEGIN IMMEDIATE").await?;
            state.open = true;
        }
        if let Err(error) = state.run("SAVEPOINT turn").await {
            state.abandon(&error).await;
            return Err(error);
        }
        Ok(Turn { lane: self.clone(), guard: Some(state) })
    }

    /// Whether another process has committed since this was last asked.
    pub(crate) async fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        let mut state = self.0.lock().await;
        state.mend().await;
        if state.open {
            // Nobody else can commit now; what was committed before is seen when this is asked again.
            return Ok(false);
        }
        let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut state.conn).await.map_err(|error| fault(&error))?;
        let before = state.version.replace(version);
        Ok(before.is_some_and(|before| before != version))
    }

    /// Commits what waits and truncates the log, so that the file alone is whole.
    pub(crate) async fn rest(&self) {
        let mut state = self.0.lock().await;
        state.commit().await;
        if let Err(error) = state.run("PRAGMA wal_checkpoint(TRUNCATE)").await {
            tracing::debug!(%error, "the write-ahead log is left for the next start");
        }
    }

    /// Commits what waits; for turns that were dropped while nobody else queues.
    async fn flush(&self) {
        let mut state = self.0.lock().await;
        state.commit().await;
    }
}

impl Turn {
    pub(crate) fn conn(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.guard.as_mut().map(|state| &mut state.conn).ok_or_else(|| StoreError::Broken("a turn was used after its end".into()))
    }

    /// Keeps what the turn wrote; returns once it is on disk.
    pub(crate) async fn end(mut self) -> Verdict {
        let Some(mut state) = self.guard.take() else { return Ok(()) };
        if let Err(error) = state.run("RELEASE turn").await {
            state.abandon(&error).await;
            return Err(error);
        }
        let (tell, mut told) = oneshot::channel();
        state.pending.push(tell);
        if state.pending.len() >= GROUP_TURNS_MAX {
            state.commit().await;
        }
        drop(state);
        // If this future is dropped here, somebody must still commit what it wrote.
        let watch = FlushOnDrop(Some(self.lane.clone()));
        let verdict = tokio::select! {
            biased;
            verdict = &mut told => verdict,
            mut state = self.lane.0.lock() => {
                state.commit().await;
                drop(state);
                told.await
            }
        };
        watch.disarm();
        verdict.unwrap_or_else(|_| Err(StoreError::Broken("the commit was lost".into())))
    }

    /// Undoes what the turn wrote, and nothing else.
    pub(crate) async fn undo(mut self) {
        if let Some(mut state) = self.guard.take() {
            state.torn = true;
            state.mend().await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(mut state) = self.guard.take() {
            state.torn = true;
            drop(state);
            drop(FlushOnDrop(Some(self.lane.clone())));
        }
    }
}

/// Sees to it that the lane is left clean although nobody waits any more.
struct FlushOnDrop(Option<Lane>);

impl FlushOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for FlushOnDrop {
    fn drop(&mut self) {
        let Some(lane) = self.0.take() else { return };
        // Without a runtime the process is ending; the next turn, or SQLite's own recovery, undoes the rest.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { lane.flush().await });
        }
    }
}

impl State {
    async fn run(&mut self, sql: &'static str) -> Verdict {
        sqlx::raw_sql(sql).execute(&mut self.conn).await.map(drop).map_err(|error| fault(&error))
    }

    /// Undoes a turn that was dropped or failed. Some errors (a full disk) undo the whole transaction by themselves:
    /// then those who wait for the commit are told.
    async fn mend(&mut self) {
        if !std::mem::take(&mut self.torn) || !self.open {
            return;
        }
        if self.run("ROLLBACK TO turn").await.is_err() || self.run("RELEASE turn").await.is_err() {
            self.abandon(&StoreError::Busy).await;
        } else if self.pending.is_empty() {
            self.abandon(&StoreError::Busy).await;
        }
    }

    async fn commit(&mut self) {
        self.mend().await;
        if !self.open {
            return;
        }
        match self.run("COMMIT").await {
            Ok(()) => {
                self.open = false;
                for tell in self.pending.drain(..) {
                    // Nobody listens where the caller has gone; the write stands all the same.
                    let _ = tell.send(Ok(()));
                }
            }
            Err(error) => self.abandon(&error).await,
        }
    }

    /// Gives the whole transaction up and tells everybody who waits for it.
    async fn abandon(&mut self, error: &StoreError) {
        if let Err(rollback) = self.run("ROLLBACK").await {
            // It fails when SQLite has rolled back already; a ping tells whether the connection still lives.
            tracing::debug!(%rollback, "nothing was left to roll back");
            if let Err(dead) = self.conn.ping().await {
                tracing::error!(%dead, "the writing connection is gone");
            }
        }
        self.open = false;
        self.torn = false;
        for tell in self.pending.drain(..) {
            let _ = tell.send(Err(error.clone()));
        }
    }
}
