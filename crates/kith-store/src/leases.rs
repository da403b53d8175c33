//! Leases on a channel's tasks: at most one process does a task on a channel at a time, on either engine.
//!
//! Whoever takes a lease over gets the next fence; what was begun under an earlier one writes nothing more. A lease is
//! renewed by taking it again. To lease another task, add a `LeaseTask`.

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, WorkspaceId};

use crate::channels::{channel_columns, channel_row};
use crate::db::{Tx, args, statements};
use crate::store::{InWorkspace, Store};
use crate::{ChannelRow, Ingest, Ingested, SaveError, Sealed, StoreError};

statements! {
    TAKE = concat!(
        "INSERT INTO lease (channel_id, task, workspace_id, holder, fence, until_at) VALUES ($1, $2, $3, $4, 1, $5) ",
        "ON CONFLICT (channel_id, task) DO UPDATE SET until_at = excluded.until_at, holder = excluded.holder, ",
        "fence = lease.fence + CASE WHEN lease.holder = excluded.holder AND lease.until_at > $6 THEN 0 ELSE 1 END ",
        "WHERE lease.workspace_id = $3 AND (lease.holder = excluded.holder OR lease.until_at <= $6) RETURNING fence"
    );
    /// Crosses tenants: one listener serves all workspaces.
    KEEP = "UPDATE lease SET until_at = $3 WHERE holder = $1 AND task = $2 AND until_at > $4 RETURNING channel_id, fence";
    END = concat!(
        "UPDATE lease SET until_at = $5 WHERE workspace_id = $1 AND channel_id = $2 AND task = $3 AND holder = $4 ",
        "AND fence = $6 AND until_at > $5"
    );
    HELD = "SELECT fence FROM lease WHERE workspace_id = $1 AND channel_id = $2 AND task = $3 AND holder = $4 AND fence = $5",
        postgres concat!(
        "SELECT fence FROM lease WHERE workspace_id = $1 AND channel_id = $2 AND task = $3 AND holder = $4 AND fence = $5 ",
        "FOR UPDATE"
    );
    /// Crosses tenants: one listener serves all workspaces; every row names its own.
    LISTENABLE = concat!(
        "SELECT ", channel_columns!(), " FROM channel c WHERE c.state IN ('ok', 'paused') AND NOT EXISTS (",
        "SELECT 1 FROM lease l WHERE l.channel_id = c.id AND l.task = 'listen' AND l.holder <> $1 AND l.until_at > $2) ",
        "ORDER BY c.id"
    );
}

/// What is leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseTask {
    /// Reading what people write there.
    Listen,
    /// Renewing its tokens.
    Renew,
}

impl LeaseTask {
    fn as_str(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Renew => "renew",
        }
    }
}

impl Store {
    /// Makes all of this process's leases of a task that still run last until then; returns them with their fences.
    pub async fn keep_leases(&self, task: LeaseTask, now: Timestamp, until: Timestamp) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        let mut tx = self.begin().await?;
        let rows = tx.rows(&KEEP, args![self.process(), task.as_str(), until, now]).await;
        let kept = rows.and_then(|rows| rows.iter().map(|row| Ok((row.id("channel_id")?, row.int("fence")?))).collect());
        self.end_quietly(tx, kept).await
    }

    /// Takes a task of many channels at once, each in its workspace; returns those that were free, with their fences.
    pub async fn take_leases(
        &self,
        channels: &[(WorkspaceId, ChannelId)],
        task: LeaseTask,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        if channels.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let mut taken = Vec::new();
        for (workspace, channel) in channels {
            match self.in_workspace(*workspace).take_in(&mut tx, *channel, task, now, until).await {
                Ok(fence) => taken.extend(fence.map(|fence| (*channel, fence))),
                Err(error) => return self.end_quietly(tx, Err(error)).await,
            }
        }
        self.end_quietly(tx, Ok(taken)).await
    }

    /// Channels of all workspaces that this process reads or may begin to read: nobody else does.
    pub async fn listenable_channels(&self, now: Timestamp) -> Result<Vec<ChannelRow>, StoreError> {
        self.rows(&LISTENABLE, args![self.process(), now]).await?.iter().map(channel_row).collect()
    }
}

impl InWorkspace<'_> {
    /// Takes a task of a channel, or keeps it: its fence, or `None` while another process has it.
    pub async fn take_lease(
        &self,
        channel: ChannelId,
        task: LeaseTask,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let mut tx = self.store.begin().await?;
        let fence = self.take_in(&mut tx, channel, task, now, until).await;
        self.store.end_quietly(tx, fence).await
    }

    async fn take_in(
        &self,
        tx: &mut Tx,
        channel: ChannelId,
        task: LeaseTask,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let row = tx.row(&TAKE, args![channel, task.as_str(), self.id, self.store.process(), until, now]).await;
        row.and_then(|row| row.map(|row| row.int("fence")).transpose())
    }

    /// Gives a task back, if it is still ours.
    pub async fn end_lease(&self, channel: ChannelId, task: LeaseTask, fence: i64, now: Timestamp) -> Result<(), StoreError> {
        let args = args![self.id, channel, task.as_str(), self.store.process(), now, fence];
        self.store.write(&END, args).await.map(drop)
    }

    /// As `ingest`, under the fence of the lease on listening: `Fenced` if another process reads the channel by now.
    pub async fn ingest_under(
        &self,
        fence: i64,
        channel: ChannelId,
        cursor: Option<(&str, &str)>,
        batch: &[Ingest],
        now: Timestamp,
    ) -> Result<Ingested, SaveError> {
        let mut tx = self.store.begin().await?;
        let done = match self.held(&mut tx, channel, LeaseTask::Listen, fence).await {
            Ok(()) => self.ingest_in(&mut tx, channel, cursor, batch, now).await.map_err(SaveError::from),
            Err(error) => Err(error),
        };
        self.store.end_quietly(tx, done).await
    }

    /// Replaces the secrets under the fence of the lease on renewing: `Fenced` if another process renews them by now.
    pub async fn set_sealed_under(&self, fence: i64, channel: ChannelId, sealed: &Sealed) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let done = match self.held(&mut tx, channel, LeaseTask::Renew, fence).await {
            Ok(()) => self.set_sealed_in(&mut tx, channel, sealed).await.map_err(SaveError::from),
            Err(error) => Err(error),
        };
        self.store.end_quietly(tx, done).await
    }

    async fn held(&self, tx: &mut Tx, channel: ChannelId, task: LeaseTask, fence: i64) -> Result<(), SaveError> {
        let row = tx.row(&HELD, args![self.id, channel, task.as_str(), self.store.process(), fence]).await?;
        row.map(drop).ok_or(SaveError::Fenced)
    }
}
