//! `Store`, and `InWorkspace`: the same store with its tenant named once.
//!
//! Reads see what is committed; a write returns once it is on disk. Each write of this process moves the number that
//! `subscribe` watches; what another process wrote is noticed by `changed_elsewhere`.

use std::sync::Arc;

use jiff::Timestamp;
use kith_domain::ids::WorkspaceId;
use sqlx::postgres::PgListener;
use tokio::sync::{Mutex, watch};

use crate::StoreError;
use crate::db::{Arg, Db, Row, Sql, Tx, args, fault, statements};

/// The channel on which PostgreSQL tells other processes of a write.
const PG_CHANNEL: &str = "kith_changes";

statements! {
    /// Delivered with the commit; the payload tells the writer's own process that it need not listen.
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
    ears: Option<Ears>,
}

/// How another process's writes are heard on PostgreSQL.
struct Ears {
    listener: Mutex<PgListener>,
    /// Names this process among all that are connected: its listener's backend number.
    me: String,
}

impl std::fmt::Debug for Ears {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ears").field("me", &self.me).finish_non_exhaustive()
    }
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
        let ears = match &db {
            Db::Sqlite { .. } => None,
            Db::Pg { .. } => Some(Ears::open(url).await.map_err(|error| fault(&error))?),
        };
        Ok(Self { inner: Arc::new(Inner { db, changes: watch::Sender::new(0), ears }) })
    }

    /// The same store with its tenant named.
    pub fn in_workspace(&self, id: WorkspaceId) -> InWorkspace<'_> {
        InWorkspace { store: self, id }
    }

    /// A number that grows with each write of this process.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Whether another process has written since this was last asked; cheap enough to ask once a second.
    pub async fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        match (&self.inner.db, &self.inner.ears) {
            (Db::Sqlite { lane, .. }, _) => lane.changed_elsewhere().await,
            (Db::Pg { .. }, Some(ears)) => ears.heard().await.map_err(|error| fault(&error)),
            (Db::Pg { .. }, None) => Ok(false),
        }
    }

    /// Ends all connections; what was written stays.
    pub async fn close(&self) {
        self.inner.db.close().await;
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

    /// One statement as a transaction of its own; returns the number of rows it changed. Nobody is told of none.
    pub(crate) async fn write(&self, sql: &'static Sql, args: Vec<Arg>) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let done = tx.run(sql, args).await;
        if done == Ok(0) {
            tx.undo().await;
            return Ok(0);
        }
        self.end(tx, done).await
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        self.inner.db.begin().await
    }

    /// Commits what succeeded and undoes what did not; the result is given back once that is on disk.
    pub(crate) async fn end<T, E: From<StoreError>>(&self, mut tx: Tx, result: Result<T, E>) -> Result<T, E> {
        match result {
            Ok(value) => {
                if let Some(ears) = &self.inner.ears {
                    tx.run(&TELL_OTHERS, args![ears.me]).await?;
                }
                tx.commit().await?;
                self.inner.changes.send_modify(|count| *count += 1);
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

impl Ears {
    /// Listens on a connection of its own, so that it takes none from the pool and never keeps it from closing.
    async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(PG_CHANNEL).await?;
        let me: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut listener).await?;
        Ok(Self { listener: Mutex::new(listener), me: me.to_string() })
    }

    async fn heard(&self) -> Result<bool, sqlx::Error> {
        let mut listener = self.listener.lock().await;
        // A round trip lets the driver take in what has arrived.
        sqlx::query("SELECT 1").execute(&mut *listener).await?;
        let mut heard = false;
        while let Some(notice) = listener.next_buffered() {
            heard |= notice.payload() != self.me;
        }
        Ok(heard)
    }
}

/// A change that must hit its row.
pub(crate) fn hit(changed: u64) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::NotThere) } else { Ok(()) }
}
