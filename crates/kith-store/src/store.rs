//! `Store`, and `InWorkspace`: the same store with its tenant named once.
//!
//! Reads see what is committed; a write returns once it is on disk. Each write that may change what is due moves the
//! number that `subscribe` watches, in this process and, on PostgreSQL, in every other (`ears`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use kith_domain::ids::WorkspaceId;
use tokio::sync::{broadcast, watch};

use crate::db::{Arg, Db, Row, Sql, Tx, args, fault, statements};
use crate::ears::{Ears, MARK, Told};
use crate::{StoreError, processes};

/// Words of other processes kept for a slow listener before it is told that it missed some.
const HEARD_BACKLOG: usize = 256;

statements! {
    /// Delivered with the commit; SQLite has nobody to tell.
    TELL_OTHERS = "SELECT $1 AS told", postgres "SELECT pg_notify('kith_changes', $1)";
}

/// Everything that Kith remembers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Db,
    changes: watch::Sender<u64>,
    heard: broadcast::Sender<String>,
    ears: Option<Ears>,
    /// This process among all on the same database.
    process: String,
    /// Whether others may be there; nobody is told of anything otherwise.
    company: AtomicBool,
}

/// The store with one tenant: every query made through it names that workspace.
#[derive(Debug, Clone, Copy)]
pub struct InWorkspace<'a> {
    pub(crate) store: &'a Store,
    pub(crate) id: WorkspaceId,
}

impl Store {
    /// Opens `sqlite:///path/kith.db` (the file is made if it is not there) or `postgres://…`, and brings its tables
    /// up to date. `Newer` if a newer Kith has written it.
    pub async fn open(url: &str, now: Timestamp) -> Result<Self, StoreError> {
        let db = Db::open(url, now).await?;
        let process = processes::name(&db).await?;
        let (changes, heard) = (watch::Sender::new(0), broadcast::Sender::new(HEARD_BACKLOG));
        let ears = match &db {
            Db::Sqlite { .. } => None,
            Db::Pg { .. } => {
                let told = Told { changes: changes.clone(), words: heard.clone() };
                let ears = Ears::open(url, process.clone(), processes::lock_key(&process), told).await;
                Some(ears.map_err(|error| fault(&error))?)
            }
        };
        Ok(Self { inner: Arc::new(Inner { db, changes, heard, ears, process, company: AtomicBool::new(true) }) })
    }

    /// The same store with its tenant named.
    pub fn in_workspace(&self, id: WorkspaceId) -> InWorkspace<'_> {
        InWorkspace { store: self, id }
    }

    /// A number that grows with each write that may change what is due: of this process, and on PostgreSQL of every
    /// other on the same database. A notice can be lost with its connection, so a sweep goes on beneath it.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// What other processes told by `tell_others`, from now on.
    pub fn hear(&self) -> broadcast::Receiver<String> {
        self.inner.heard.subscribe()
    }

    /// Tells other processes on the same PostgreSQL of a change, in words of ids alone; on SQLite nobody is there.
    pub async fn tell_others(&self, words: &str) -> Result<(), StoreError> {
        if self.is_sqlite() || !self.inner.company.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.row(&TELL_OTHERS, args![format!("{}{MARK}{words}", self.process())]).await.map(drop)
    }

    /// This process's name among all on the same database, fresh at each opening.
    pub fn process(&self) -> &str {
        &self.inner.process
    }

    /// Ends all connections; what was written stays.
    pub async fn close(&self) {
        if let Some(ears) = &self.inner.ears {
            ears.close();
        }
        self.inner.db.close().await;
    }

    pub(crate) fn has_company(&self, company: bool) {
        self.inner.company.store(company, Ordering::Relaxed);
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.inner.db, Db::Sqlite { .. })
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) async fn rows(&self, sql: &'static Sql, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        self.inner.db.rows(sql, args).await
    }

    pub(crate) async fn row(&self, sql: &'static Sql, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        self.inner.db.row(sql, args).await
    }

    /// One statement as a transaction of its own; returns the number of rows it changed. Nobody is told.
    pub(crate) async fn write(&self, sql: &'static Sql, args: Vec<Arg>) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let done = tx.run(sql, args).await;
        if done == Ok(0) {
            tx.undo().await;
            return Ok(0);
        }
        self.end_quietly(tx, done).await
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        self.inner.db.begin().await
    }

    /// As `end_quietly`, and tells every worker here and elsewhere that what is due may have changed.
    pub(crate) async fn end<T, E: From<StoreError>>(&self, mut tx: Tx, result: Result<T, E>) -> Result<T, E> {
        if result.is_ok()
            && self.inner.ears.is_some()
            && let Err(error) = tx.run(&TELL_OTHERS, args![self.process()]).await
        {
            tx.undo().await;
            return Err(error.into());
        }
        let value = self.end_quietly(tx, result).await?;
        self.inner.changes.send_modify(|count| *count += 1);
        Ok(value)
    }

    /// Commits what succeeded and undoes what did not; the result is given back once that is on disk. For writes that
    /// wake nobody: a notice is a lock on all commits of a PostgreSQL and a claim of every worker.
    pub(crate) async fn end_quietly<T, E: From<StoreError>>(&self, tx: Tx, result: Result<T, E>) -> Result<T, E> {
        match result {
            Ok(value) => {
                tx.commit().await?;
                Ok(value)
            }
            Err(error) => {
                tx.undo().await;
                Err(error)
            }
        }
    }
}

impl InWorkspace<'_> {
    /// Which workspace.
    pub fn id(&self) -> WorkspaceId {
        self.id
    }
}

/// A change that must hit its row.
pub(crate) fn hit(changed: u64) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::NotThere) } else { Ok(()) }
}
