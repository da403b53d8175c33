//! Processes that share one database: each says now and then that it lives, and takes over from those that are gone.
//!
//! A process is gone when it was silent for a while *and* the connection that held its lock has ended. Neither proves
//! that it stands still: a machine may be cut off while it works. So what it had claimed is not sent again by this, but
//! moved to the next fence and looked at, by the same rules as when its lease ends (docs/decisions/0007). On SQLite there
//! is one process, and the folder's lock proves it; `release_leases` does the same there.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::db::{Db, Tx, args, statements};
use crate::store::Store;

statements! {
    /// This process's name, from the database's chance.
    NAME = "SELECT lower(hex(randomblob(16))) AS name", postgres "SELECT replace(CAST(gen_random_uuid() AS TEXT), '-', '') AS name";
    BEAT = concat!(
        "INSERT INTO process (name, lock_key, seen_at) VALUES ($1, $2, $3) ",
        "ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at"
    );
    OTHERS = "SELECT name, lock_key, seen_at FROM process WHERE name <> $1";
    /// Whether nobody holds its lock; if so, nobody else takes over from it until this transaction ends.
    IS_GONE = "SELECT $1 IS NOT NULL AS gone", postgres "SELECT pg_try_advisory_xact_lock($1) AS gone";
    FORGET = "DELETE FROM process WHERE name = $1";
    /// Crosses tenants: one process claims for all workspaces, and all that it had claimed is free.
    RELEASE_OF = concat!(
        "UPDATE dispatch SET wake_at = $2, lease_until = NULL, fence = fence + 1 ",
        "WHERE lease_until IS NOT NULL AND lease_by = $1"
    );
    /// Crosses tenants: the same for what it read and renewed.
    END_LEASES_OF = "UPDATE lease SET until_at = $2, fence = fence + 1 WHERE holder = $1 AND until_at > $2";
}

/// What was taken over from processes that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TakenOver {
    /// Processes.
    pub processes: u64,
    /// Dispatches that they had claimed; they wake now.
    pub dispatches: u64,
    /// Channels that they read or renewed.
    pub leases: u64,
}

/// A fresh name for a process.
pub(crate) async fn name(db: &Db) -> Result<String, StoreError> {
    db.row(&NAME, args![]).await?.ok_or_else(|| StoreError::Broken("the process got no name".into()))?.text("name")
}

/// The number of the lock that a process of this name holds while it is connected.
pub(crate) fn lock_key(name: &str) -> i64 {
    let digest = Sha256::digest(name);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes)
}

impl Store {
    /// Says that this process lives, and takes over from those that were not seen since `silent_before` and whose
    /// connection has ended. On SQLite nothing is to be done.
    pub async fn beat(&self, now: Timestamp, silent_before: Timestamp) -> Result<TakenOver, StoreError> {
        if self.is_sqlite() {
            return Ok(TakenOver::default());
        }
        let me = self.process();
        self.write(&BEAT, args![me, lock_key(me), now]).await?;
        let mut taken = TakenOver::default();
        let others = self.rows(&OTHERS, args![me]).await?;
        self.has_company(!others.is_empty());
        for row in others {
            let (name, key) = (row.text("name")?, row.int("lock_key")?);
            if row.at("seen_at")? >= silent_before {
                continue;
            }
            let mut tx = self.begin().await?;
            let done = take_over(&mut tx, &name, key, now).await;
            match done {
                Ok(None) => tx.undo().await,
                Ok(Some((dispatches, leases))) => {
                    taken.processes += 1;
                    taken.dispatches += dispatches;
                    taken.leases += leases;
                    self.end(tx, Ok::<_, StoreError>(())).await?;
                }
                Err(error) => return self.end(tx, Err(error)).await,
            }
        }
        Ok(taken)
    }

    /// This process ends in good order: its leases are free at once, and nobody waits for its silence.
    pub async fn leave(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let done = leave_in(&mut tx, self.process(), now).await;
        self.end_quietly(tx, done).await
    }
}

/// `None` if it lives, or another process takes over from it now.
async fn take_over(tx: &mut Tx, name: &str, key: i64, now: Timestamp) -> Result<Option<(u64, u64)>, StoreError> {
    if !tx.row(&IS_GONE, args![key]).await?.map_or(Ok(false), |row| row.bool("gone"))? {
        return Ok(None);
    }
    if tx.run(&FORGET, args![name]).await? == 0 {
        return Ok(None);
    }
    let dispatches = tx.run(&RELEASE_OF, args![name, now]).await?;
    Ok(Some((dispatches, tx.run(&END_LEASES_OF, args![name, now]).await?)))
}

async fn leave_in(tx: &mut Tx, name: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.run(&END_LEASES_OF, args![name, now]).await?;
    tx.run(&FORGET, args![name]).await.map(drop)
}
