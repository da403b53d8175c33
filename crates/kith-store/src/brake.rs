//! What the brake asks: the workspace's rule and its longest wait in one read, everyone who waits, and what is on hold.

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, ConversationId, WorkspaceId};

use crate::db::{args, statements};
use crate::store::{InWorkspace, Store};
use crate::{BrakeFacts, StoreError, WaiterRow};

/// The setting's name.
const SETTING: &str = "brake";

statements! {
    BRAKE_FACTS = concat!(
        "SELECT (SELECT s.value FROM setting s WHERE s.workspace_id = $1 AND s.name = $2) AS rule, ",
        "(SELECT MIN(v.waiting_since) FROM conversation v WHERE v.workspace_id = $1 AND v.standing = 'owed') AS longest"
    );
    WAITERS = concat!(
        "SELECT v.id, v.waiting_since FROM conversation v WHERE v.workspace_id = $1 AND v.standing = 'owed' ",
        "ORDER BY v.waiting_since, v.id LIMIT $2"
    );
    HELD_CHANNELS = "SELECT DISTINCT channel_id FROM dispatch WHERE workspace_id = $1 AND state = 'held'";
    /// Crosses tenants: one worker looks after all workspaces.
    HOLDING = "SELECT DISTINCT workspace_id FROM dispatch WHERE state = 'held'";
}

impl Store {
    /// The workspaces that have posts on hold, for whatever reason.
    pub async fn holding(&self) -> Result<Vec<WorkspaceId>, StoreError> {
        self.rows(&HOLDING, args![]).await?.iter().map(|row| row.id("workspace_id")).collect()
    }
}

impl InWorkspace<'_> {
    /// The rule as it is stored and the instant since which the longest wait lasts: one read of two indexes.
    pub async fn brake_facts(&self) -> Result<BrakeFacts, StoreError> {
        let row = self.store.row(&BRAKE_FACTS, args![self.id, SETTING]).await?.ok_or(StoreError::NotThere)?;
        Ok(BrakeFacts { rule: row.json_opt("rule")?, longest: row.at_opt("longest")? })
    }

    /// Those who wait, the longest wait first, at most `limit`.
    pub async fn waiters(&self, limit: u32) -> Result<Vec<WaiterRow>, StoreError> {
        let rows = self.store.rows(&WAITERS, args![self.id, limit]).await?;
        let waiter = |id: Result<ConversationId, StoreError>, since: Result<Timestamp, StoreError>| {
            Ok(WaiterRow { conversation: id?, since: since? })
        };
        rows.iter().map(|row| waiter(row.id("id"), row.at("waiting_since"))).collect()
    }

    /// The channels that have posts on hold, for whatever reason.
    pub async fn held_channels(&self) -> Result<Vec<ChannelId>, StoreError> {
        self.store.rows(&HELD_CHANNELS, args![self.id]).await?.iter().map(|row| row.id("channel_id")).collect()
    }
}
