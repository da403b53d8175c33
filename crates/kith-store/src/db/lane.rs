//! The one writing connection to SQLite, whose turns are committed in groups.
//!
//! A turn is a savepoint in an open `BEGIN IMMEDIATE` transaction. Whoever ends a turn queues again for the lane, to
//! commit; turns that queued before them join the same transaction first, so that many writers share one fsync and a
//! lone writer pays one. A turn's end is reported only after the commit (I2). Steps that must not be left half-done run
//! as tasks of their own, because the future of a caller may be dropped at any point.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Sqlite};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot, watch};

use super::fault::fault;
use crate::StoreError;

/// Most turns in one transaction: bounds the wait of the first one.
const GROUP_TURNS_MAX: usize = 512;

type Verdict = Result<(), StoreError>;

/// Turns are taken in the order in which they were asked for (a fair lock).
#[derive(Debug, Clone)]
pub(crate) struct Lane(Arc<Mutex<State>>, watch::Receiver<bool>);

#[derive(Debug)]
struct State {
    conn: SqliteConnection,
    /// Whether a transaction is open.
    open: bool,
    /// A turn ended without a runtime to undo it; its savepoint must be undone first.
    torn: bool,
    /// Ended turns that wait for the commit.
    pending: Vec<oneshot::Sender<Verdict>>,
    /// Becomes true when the disk could not keep what was written.
    disk_failed: watch::Sender<bool>,
}

/// The right to write, until it is ended or dropped (which undoes it).
#[derive(Debug)]
pub(crate) struct Turn {
    lane: Lane,
    guard: Option<OwnedMutexGuard<State>>,
}

impl Lane {
    pub(crate) fn new(conn: SqliteConnection) -> Self {
        let (disk_failed, hears) = watch::channel(false);
        Self(Arc::new(Mutex::new(State { conn, open: false, torn: false, pending: Vec::new(), disk_failed })), hears)
    }

    /// Waits for the lane and opens a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, StoreError> {
        let state = Arc::clone(&self.0).lock_owned().await;
        let lane = self.clone();
        // A turn that is opened for nobody is dropped, and so undone.
        whole(async move {
            let mut turn = Turn { lane, guard: None };
            let mut state = state;
            state.open_turn().await?;
            turn.guard = Some(state);
            Ok(turn)
        })
        .await
    }

    /// A whole turn in one text, which itself opens and releases `SAVEPOINT turn`: one message to the connection's thread
    /// where a turn of statements takes one each. Returns its rows once they are on disk.
    pub(crate) async fn whole_turn(&self, query: Query<'static, Sqlite, SqliteArguments>) -> Result<Vec<SqliteRow>, StoreError> {
        let state = Arc::clone(&self.0).lock_owned().await;
        let lane = self.clone();
        whole(async move {
            let mut state = state;
            state.begin().await?;
            match query.fetch_all(&mut state.conn).await {
                Ok(rows) => lane.committed(state).await.map(|()| rows),
                Err(error) => {
                    state.torn = true;
                    state.mend().await;
                    Err(fault(&error))
                }
            }
        })
        .await
    }

    /// Waits until what a turn wrote is committed; others that wait for the lane write first and share the commit.
    async fn committed(&self, mut state: OwnedMutexGuard<State>) -> Verdict {
        let (tell, mut told) = oneshot::channel();
        state.pending.push(tell);
        if state.pending.len() >= GROUP_TURNS_MAX {
            state.commit().await;
        }
        drop(state);
        let verdict = tokio::select! {
            biased;
            verdict = &mut told => verdict,
            mut state = self.0.lock() => {
                state.commit().await;
                drop(state);
                told.await
            }
        };
        verdict.unwrap_or_else(|_| Err(StoreError::Broken("the commit was lost".into())))
    }

    /// Waits until the disk could not keep what was written.
    pub(crate) async fn disk_failed(&self) {
        // The sender lives as long as the lane, so this ends only so.
        let _ = self.1.clone().wait_for(|failed| *failed).await;
    }

    /// Commits what waits and truncates the log, so that the file alone is whole.
    pub(crate) async fn rest(&self) {
        let mut state = Arc::clone(&self.0).lock_owned().await;
        let rested = whole(async move {
            state.commit().await;
            state.run("PRAGMA wal_checkpoint(TRUNCATE)").await
        });
        if let Err(error) = rested.await {
            tracing::debug!(%error, "the write-ahead log is left for the next start");
        }
    }
}

impl Turn {
    pub(crate) fn conn(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.guard.as_mut().map(|state| &mut state.conn).ok_or_else(|| StoreError::Broken("a turn was used after its end".into()))
    }

    /// Keeps what the turn wrote; returns once it is on disk.
    pub(crate) async fn end(mut self) -> Verdict {
        let Some(mut state) = self.guard.take() else { return Ok(()) };
        let lane = self.lane.clone();
        whole(async move {
            if let Err(error) = state.run("RELEASE turn").await {
                state.abandon(&error).await;
                return Err(error);
            }
            lane.committed(state).await
        })
        .await
    }

    /// Undoes what the turn wrote, and nothing else.
    pub(crate) async fn undo(mut self) {
        if let Some(state) = self.guard.take()
            && let Err(error) = whole(undone(state)).await
        {
            tracing::error!(%error, "a write could not be undone");
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut state) = self.guard.take() else { return };
        match tokio::runtime::Handle::try_current() {
            // The lane stays taken until it is clean.
            Ok(runtime) => drop(runtime.spawn(undone(state))),
            // The process is ending; the next turn, or SQLite's own recovery, undoes it.
            Err(_) => state.torn = true,
        }
    }
}

async fn undone(mut state: OwnedMutexGuard<State>) -> Verdict {
    state.torn = true;
    state.mend().await;
    Ok(())
}

/// Runs steps that belong together to their end, even if nobody waits for them any more.
async fn whole<T: Send + 'static>(steps: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Result<T, StoreError> {
    tokio::spawn(steps).await.unwrap_or_else(|error| Err(StoreError::Broken(format!("a write was stopped: {error}"))))
}

impl State {
    async fn run(&mut self, sql: &'static str) -> Verdict {
        let done = sqlx::query(sql).execute(&mut self.conn).await.map(drop).map_err(|error| fault(&error));
        if done == Err(StoreError::DiskFailed) {
            self.disk_failed.send_replace(true);
        }
        done
    }

    async fn begin(&mut self) -> Verdict {
        self.mend().await;
        if *self.disk_failed.borrow() {
            return Err(StoreError::DiskFailed);
        }
        if !self.open {
            self.run("BEGIN IMMEDIATE").await?;
            self.open = true;
        }
        Ok(())
    }

    async fn open_turn(&mut self) -> Verdict {
        self.begin().await?;
        if let Err(error) = self.run("SAVEPOINT turn").await {
            self.abandon(&error).await;
            return Err(error);
        }
        Ok(())
    }

    /// Undoes a turn that was dropped or refused. Some errors (a full disk) undo the whole transaction by themselves:
    /// then those who wait for the commit are told.
    async fn mend(&mut self) {
        if !std::mem::take(&mut self.torn) || !self.open {
            return;
        }
        let undone = self.run("ROLLBACK TO turn").await.is_ok() && self.run("RELEASE turn").await.is_ok();
        if !undone || self.pending.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::db::Db;
    use jiff::Timestamp;

    /// SQLite rolls the whole transaction back by itself when the disk is full: everybody in the group must hear it.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_disk_is_told_to_everybody_whose_write_it_took() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", dir.path().join("kith.db").display()), Timestamp::UNIX_EPOCH).await.unwrap();
        let Db::Sqlite { lane, .. } = store.db() else { unreachable!() };
        {
            let mut state = lane.0.lock().await;
            let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut state.conn).await.unwrap();
            let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 40));
            sqlx::query(limit).execute(&mut state.conn).await.unwrap();
        }
        store.set_meta("before", "1").await.unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..60 {
            let store = store.clone();
            // A fifth of them are too big for what is left.
            let value = "x".repeat(if n % 5 == 4 { 400_000 } else { 2_000 });
            writers.spawn(async move { (n, store.set_meta(&format!("k{n}"), &value).await) });
        }
        let results = writers.join_all().await;
        assert!(results.iter().any(|(_, result)| *result == Err(StoreError::Full)));
        for (n, result) in &results {
            let there = store.meta(&format!("k{n}")).await.unwrap().is_some();
            assert_eq!(there, result.is_ok(), "k{n}: {result:?}");
        }
        assert_eq!(store.meta("before").await.unwrap().as_deref(), Some("1"));
        assert_eq!(store.set_meta("after", "short").await, Ok(()), "the store goes on with what fits");
    }
}
