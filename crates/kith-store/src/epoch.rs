//! What the host's troubles need of the store: notes that two processes can't both change, the database's place, doubt
//! after a restored backup, and handing over what a stopping process holds.

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::publish::{Dispatch, State};

use crate::db::{Db, args, json, statements};
use crate::dispatches::wake_at;
use crate::store::{InWorkspace, Store};
use crate::{NewEvent, SaveError, StoreError, events};

statements! {
    SWAP_META = "UPDATE meta SET value = $2 WHERE key = $1 AND value = $3";
    FIRST_META = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    /// The server's own number survives a restart and differs after a dump was restored elsewhere.
    PLACE = "SELECT CAST(NULL AS TEXT) AS place", postgres concat!(
        "SELECT CAST(s.system_identifier AS TEXT) || '/' || CAST(d.oid AS TEXT) AS place ",
        "FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()"
    );
    /// Where the server's number may not be read.
    PLACE_BY_NAME = "SELECT CAST(NULL AS TEXT) AS place", postgres
        "SELECT datname || '/' || CAST(oid AS TEXT) AS place FROM pg_database WHERE datname = current_database()";
    DOUBT = concat!(
        "UPDATE dispatch SET state = $5, state_json = $6, fence = fence + 1, wake_at = $7, lease_until = NULL, ",
        "first_send = $8, last_send = $9 WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $4"
    );
    HAND_OVER = concat!(
        "UPDATE dispatch SET wake_at = $4, lease_until = NULL, fence = fence + 1 ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND lease_until IS NOT NULL"
    );
}

impl Store {
    /// Changes a note if it still reads `was` (`None`: if there is none yet); whether it did.
    pub async fn swap_meta(&self, key: &str, was: Option<&str>, value: &str) -> Result<bool, StoreError> {
        let done = match was {
            Some(was) => self.write(&SWAP_META, args![key, value, was]).await?,
            None => self.write(&FIRST_META, args![key, value]).await?,
        };
        Ok(done > 0)
    }

    /// Names the place of a database that is no file; `None` for SQLite.
    pub async fn place(&self) -> Result<Option<String>, StoreError> {
        if matches!(self.db(), Db::Sqlite { .. }) {
            return Ok(None);
        }
        let row = match self.row(&PLACE, args![]).await {
            Err(StoreError::Broken(_)) => self.row(&PLACE_BY_NAME, args![]).await?,
            other => other?,
        };
        row.map_or(Ok(None), |row| row.text_opt("place"))
    }

    /// A claim that this process gives up: it wakes now, for whoever comes first. `false` if it was not its own any more.
    pub async fn hand_over(&self, workspace: WorkspaceId, id: DispatchId, fence: i64, now: Timestamp) -> Result<bool, StoreError> {
        self.write(&HAND_OVER, args![workspace, id, fence, now]).await.map(|changed| changed > 0)
    }

    /// Waits until the disk could not keep what was written. From then on nothing is written by
    /// this process, because what a later write says can't be believed: it must end and start anew.
    pub async fn disk_failed(&self) {
        match self.db() {
            Db::Sqlite { lane, .. } => lane.disk_failed().await,
            // PostgreSQL ends itself and recovers (since 2019-02: 11.2, 10.7, 9.6.12).
            Db::Pg { .. } => std::future::pending().await,
        }
    }
}

impl InWorkspace<'_> {
    /// Stores that a dispatch may have been sent by a part of the history that this store does not have: at the
    /// earliest at `first`, at the latest now. `Fenced` if it has moved since it was read.
    pub async fn doubt(&self, was: &Dispatch, state: &State, first: Timestamp, event: &NewEvent, now: Timestamp) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let args = args![self.id, was.id, was.fence, was.state.name(), state.name(), json(state)?, wake_at(was, state), first, now];
        let done = match tx.run(&DOUBT, args).await {
            Ok(0) => Err(SaveError::Fenced),
            Ok(_) => events::add(&mut tx, self.id, event, now).await.map_err(SaveError::from),
            Err(error) => Err(error.into()),
        };
        self.store.end(tx, done).await
    }
}
