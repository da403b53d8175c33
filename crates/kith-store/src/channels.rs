//! Channels: connected profiles. A removed one keeps its row, for the sake of what went out on it, but not its secrets.

use jiff::Timestamp;
use kith_domain::ids::ChannelId;
use kith_domain::mandate::Actor;
use kith_domain::publish::State;

use crate::db::{Row, Tx, args, json, statements};
use crate::store::{InWorkspace, Store, hit};
use crate::{ChannelRow, ChannelState, NewChannel, NewEvent, Profiled, Removal, Sealed, StoreError, events};

/// A channel's columns, under names that can stand beside a dispatch's.
macro_rules! channel_columns {
    () => {
        concat!(
            "c.id AS c_id, c.workspace_id AS c_workspace_id, c.network AS c_network, c.name AS c_name, c.server AS c_server, ",
            "c.remote_id AS c_remote_id, c.address AS c_address, c.display_name AS c_display_name, c.sealed AS c_sealed, ",
            "c.capabilities AS c_capabilities, c.state AS c_state, c.state_detail AS c_state_detail, ",
            "c.state_since AS c_state_since, c.created_at AS c_created_at, c.last_checked_at AS c_last_checked_at, ",
            "c.token_ends_at AS c_token_ends_at"
        )
    };
}
pub(crate) use channel_columns;

statements! {
    ADD_CHANNEL = concat!(
        "INSERT INTO channel (id, workspace_id, network, name, server, remote_id, address, display_name, sealed, ",
        "capabilities, state, state_detail, state_since, created_at) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'ok', '', $11, $11)"
    );
    CHANNELS = concat!("SELECT ", channel_columns!(), " FROM channel c WHERE c.workspace_id = $1 AND c.state <> 'removed' ORDER BY c.id");
    CHANNEL = concat!("SELECT ", channel_columns!(), " FROM channel c WHERE c.workspace_id = $1 AND c.id = $2");
    CHANNEL_BY_NAME = concat!(
        "SELECT ", channel_columns!(), " FROM channel c WHERE c.workspace_id = $1 AND c.name = $2 AND c.state <> 'removed'"
    );
    /// Crosses tenants: one listener serves all workspaces.
    LISTENING = concat!("SELECT ", channel_columns!(), " FROM channel c WHERE c.state IN ('ok', 'paused') ORDER BY c.id");
    SET_SEALED = "UPDATE channel SET sealed = $3 WHERE workspace_id = $1 AND id = $2 AND state <> 'removed'";
    SET_STATE = concat!(
        "UPDATE channel SET state = $3, state_detail = $4, state_since = CASE WHEN state = $3 THEN state_since ELSE $5 END ",
        "WHERE workspace_id = $1 AND id = $2 AND state <> 'removed'"
    );
    SET_CAPABILITIES = concat!(
        "UPDATE channel SET capabilities = $3, last_checked_at = $4 ",
        "WHERE workspace_id = $1 AND id = $2 AND state <> 'removed'"
    );
    SET_PROFILE = concat!(
        "UPDATE channel SET remote_id = $3, address = $4, display_name = $5 ",
        "WHERE workspace_id = $1 AND id = $2 AND state <> 'removed'"
    );
    /// Another end: its warnings begin anew, and what was said of the old one is gone.
    SET_TOKEN_END = concat!(
        "UPDATE channel SET token_ends_at = $3, token_told = NULL, ",
        "state_detail = CASE WHEN state = 'ok' THEN '' ELSE state_detail END ",
        "WHERE workspace_id = $1 AND id = $2 AND state <> 'removed' AND COALESCE(token_ends_at, 0) <> COALESCE($3, 0)"
    );
    /// Crosses tenants: one worker warns all workspaces; every row names its own.
    ENDING = concat!(
        "SELECT ", channel_columns!(), " FROM channel c WHERE c.token_ends_at IS NOT NULL AND c.token_ends_at <= $1 ",
        "AND c.state = 'ok' ORDER BY c.token_ends_at"
    );
    WARN = concat!(
        "UPDATE channel SET token_told = $3, state_detail = $4 ",
        "WHERE workspace_id = $1 AND id = $2 AND state = 'ok' AND (token_told IS NULL OR token_told <> $3)"
    );
    IN_FLIGHT = concat!(
        "SELECT COUNT(*) AS n FROM dispatch WHERE workspace_id = $1 AND channel_id = $2 ",
        "AND state IN ('claimed', 'sending', 'uncertain')"
    );
    /// A claim that has not begun is ended by the fence.
    CANCEL_ALL = concat!(
        "UPDATE dispatch SET state = $3, state_json = $4, fence = fence + 1, wake_at = NULL, lease_until = NULL ",
        "WHERE workspace_id = $1 AND channel_id = $2 AND state IN ('planned', 'held', 'missed')"
    );
    REMOVE = concat!(
        "UPDATE channel SET state = 'removed', state_detail = '', state_since = $3, sealed = NULL ",
        "WHERE workspace_id = $1 AND id = $2 AND state <> 'removed'"
    );
    /// Writers of one channel queue here on PostgreSQL; SQLite has one writer anyway.
    LOCK_CHANNEL = "SELECT state FROM channel WHERE workspace_id = $1 AND id = $2",
        postgres "SELECT state FROM channel WHERE workspace_id = $1 AND id = $2 FOR UPDATE";
}

impl Store {
    /// Channels of all workspaces that can be listened on: working and paused ones (a pause holds what goes out).
    pub async fn listening_channels(&self) -> Result<Vec<ChannelRow>, StoreError> {
        self.rows(&LISTENING, args![]).await?.iter().map(channel_row).collect()
    }
}

impl Store {
    /// Working channels of all workspaces whose sign-in ends until then, the soonest first.
    pub async fn ending_channels(&self, until: Timestamp) -> Result<Vec<ChannelRow>, StoreError> {
        self.rows(&ENDING, args![until]).await?.iter().map(channel_row).collect()
    }
}

impl InWorkspace<'_> {
    /// Keeps when a channel's sign-in ends, as the network told it.
    pub async fn set_token_end(&self, id: ChannelId, ends_at: Option<Timestamp>) -> Result<(), StoreError> {
        self.store.write(&SET_TOKEN_END, args![self.id, id, ends_at]).await.map(drop)
    }

    /// Notes that a warning (`step`) was given, says it on the channel, and adds the event; `false` if it was given
    /// before, by whichever process.
    pub async fn warn_of_end(&self, id: ChannelId, step: &str, detail: &str, event: &NewEvent, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = match tx.run(&WARN, args![self.id, id, step, detail]).await {
            Ok(0) => Ok(false),
            Ok(_) => events::add(&mut tx, self.id, event, now).await.map(|()| true),
            Err(error) => Err(error),
        };
        self.store.end_quietly(tx, done).await
    }

    /// Connects a channel. `Conflict(ChannelName)` or `Conflict(ChannelProfile)`.
    pub async fn add_channel(&self, new: &NewChannel, now: Timestamp) -> Result<(), StoreError> {
        let args = args![
            new.id,
            self.id,
            new.network,
            new.name,
            new.server,
            new.remote_id,
            new.address,
            new.display_name,
            new.sealed.0.as_slice(),
            json(&new.capabilities)?,
            now,
        ];
        self.store.write(&ADD_CHANNEL, args).await.map_err(|error| error.naming(&new.name)).map(drop)
    }

    /// All channels that are not removed, the oldest first.
    pub async fn channels(&self) -> Result<Vec<ChannelRow>, StoreError> {
        self.store.rows(&CHANNELS, args![self.id]).await?.iter().map(channel_row).collect()
    }

    /// One channel, removed or not.
    pub async fn channel(&self, id: ChannelId) -> Result<Option<ChannelRow>, StoreError> {
        self.store.row(&CHANNEL, args![self.id, id]).await?.as_ref().map(channel_row).transpose()
    }

    /// The channel with this name that is not removed.
    pub async fn channel_by_name(&self, name: &str) -> Result<Option<ChannelRow>, StoreError> {
        self.store.row(&CHANNEL_BY_NAME, args![self.id, name]).await?.as_ref().map(channel_row).transpose()
    }

    /// Replaces the secrets; committed before it returns, so that a refreshed token is never used unsaved.
    pub async fn set_sealed(&self, id: ChannelId, sealed: &Sealed) -> Result<(), StoreError> {
        hit(self.store.write(&SET_SEALED, args![self.id, id, sealed.0.as_slice()]).await?)
    }

    pub(crate) async fn set_sealed_in(&self, tx: &mut Tx, id: ChannelId, sealed: &Sealed) -> Result<(), StoreError> {
        hit(tx.run(&SET_SEALED, args![self.id, id, sealed.0.as_slice()]).await?)
    }

    /// Sets whether a channel can be used, and why not. Removing has its own call: `Removed` is `Broken` here.
    pub async fn set_channel_state(&self, id: ChannelId, state: ChannelState, detail: &str, now: Timestamp) -> Result<(), StoreError> {
        if state == ChannelState::Removed {
            return Err(StoreError::Broken("a channel is removed by remove_channel".into()));
        }
        hit(self.store.write(&SET_STATE, args![self.id, id, state.as_str(), detail, now]).await?)
    }

    /// Keeps what the server said that it can do; notes the check.
    pub async fn set_capabilities(&self, id: ChannelId, capabilities: &serde_json::Value, now: Timestamp) -> Result<(), StoreError> {
        hit(self.store.write(&SET_CAPABILITIES, args![self.id, id, json(capabilities)?, now]).await?)
    }

    /// Keeps the profile as the network tells it.
    pub async fn set_profile(&self, id: ChannelId, profile: &Profiled) -> Result<(), StoreError> {
        let args = args![self.id, id, profile.remote_id, profile.address, profile.display_name];
        hit(self.store.write(&SET_PROFILE, args).await?)
    }

    /// Removes a channel: its secrets are wiped, its name is free, and what was planned, held or missed on it is
    /// cancelled in the same transaction. Refused while something on it may be going out.
    pub async fn remove_channel(&self, id: ChannelId, by: &Actor, now: Timestamp) -> Result<Removal, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.remove_in(&mut tx, id, by, now).await;
        self.store.end(tx, done).await
    }

    async fn remove_in(&self, tx: &mut Tx, id: ChannelId, by: &Actor, now: Timestamp) -> Result<Removal, StoreError> {
        self.lock_channel(tx, id).await?;
        let count = tx.row(&IN_FLIGHT, args![self.id, id]).await?.map_or(Ok(0), |row| row.count("n"))?;
        if count > 0 {
            return Ok(Removal::InFlight { count });
        }
        hit(tx.run(&REMOVE, args![self.id, id, now]).await?)?;
        let cancelled = State::Cancelled;
        let cancelled = tx.run(&CANCEL_ALL, args![self.id, id, cancelled.name(), json(&cancelled)?]).await?;
        let event = NewEvent {
            kind: "channel.removed".into(),
            subject: id.to_string(),
            actor: by.clone(),
            detail: serde_json::json!({ "cancelled": cancelled }),
        };
        events::add(tx, self.id, &event, now).await?;
        Ok(Removal::Removed { cancelled })
    }

    /// Makes writers of one channel follow each other and tells its state. `NotThere` if it is not in this workspace.
    pub(crate) async fn lock_channel(&self, tx: &mut Tx, id: ChannelId) -> Result<ChannelState, StoreError> {
        let row = tx.row(&LOCK_CHANNEL, args![self.id, id]).await?.ok_or(StoreError::NotThere)?;
        row.named("state", ChannelState::from_stored)
    }
}

pub(crate) fn channel_row(row: &Row) -> Result<ChannelRow, StoreError> {
    Ok(ChannelRow {
        id: row.id("c_id")?,
        workspace: row.id("c_workspace_id")?,
        network: row.network("c_network")?,
        name: row.text("c_name")?,
        server: row.text("c_server")?,
        remote_id: row.text("c_remote_id")?,
        address: row.text("c_address")?,
        display_name: row.text("c_display_name")?,
        sealed: row.bytes_opt("c_sealed")?.map(Sealed),
        capabilities: row.json("c_capabilities")?,
        state: row.named("c_state", ChannelState::from_stored)?,
        state_detail: row.text("c_state_detail")?,
        state_since: row.at("c_state_since")?,
        created_at: row.at("c_created_at")?,
        last_checked_at: row.at_opt("c_last_checked_at")?,
        sign_in_ends_at: row.at_opt("c_token_ends_at")?,
    })
}
