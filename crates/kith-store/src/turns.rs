//! Whose turn it is: which channels have something due, and claiming the next dispatch of some of them.
//!
//! Both cost what is due and how many channels there are, never how many rows wait: each channel's next row is found by
//! one step in an index, however long the channel's backlog is. A channel that somebody has in hand, in any process, is
//! left out, so that one channel never has two at once; one that rests is left out until its pause ends.

use std::collections::HashMap;

use jiff::Timestamp;
use kith_domain::ids::ChannelId;
use kith_domain::publish::PayloadHash;

use crate::StoreError;
use crate::channels::{channel_columns, channel_row};
use crate::db::{Row, Tx, args, json, statements};
use crate::dispatches::{dispatch_columns, dispatch_row};
use crate::rows::{Claim, Claimed, DueChannel};
use crate::store::Store;

/// Due rows that are looked through before all channels are asked one by one.
const FEW: u32 = 256;
/// Most channels of one answer, those that wait longest; the others follow when these have had their turn.
const CHANNELS_MAX: u32 = 10_000;
/// Most channels of one claim.
const CLAIM_MAX: usize = 1_024;

/// May be out, and must be looked for: comes before what certainly is not, or it would wait until every overdue post of
/// its channel was sent.
macro_rules! may_be_out {
    () => {
        "state NOT IN ('planned', 'claimed')"
    };
}

/// Channels that nobody may claim on now: in hand somewhere, or resting by themselves or with their server.
macro_rules! is_free {
    ($channel:literal, $server:literal) => {
        concat!(
            $channel,
            " NOT IN (SELECT channel_id FROM dispatch WHERE lease_until IS NOT NULL AND lease_until > $1) AND ",
            $channel,
            " NOT IN (SELECT key FROM pace WHERE name = '' AND full_at > $1) AND ",
            $server,
            " NOT IN (SELECT key FROM pace WHERE name = '' AND full_at > $1)"
        )
    };
}

/// The next due row of the channel `$channel`: its `$column`.
macro_rules! next_of {
    ($column:literal, $channel:literal, $more:expr) => {
        concat!(
            "(SELECT ",
            $column,
            " FROM dispatch WHERE channel_id = ",
            $channel,
            " AND wake_at IS NOT NULL AND wake_at <= $1",
            $more,
            " ORDER BY wake_at, id LIMIT 1)"
        )
    };
}

statements! {
    /// Crosses tenants: one worker serves all workspaces.
    DUE_FEW = concat!(
        "SELECT due.channel_id, due.wake_at, due.is_out, c.workspace_id, c.server FROM (",
        "SELECT channel_id, wake_at, CASE WHEN ", may_be_out!(), " THEN CAST(1 AS BIGINT) ELSE 0 END AS is_out FROM dispatch ",
        "WHERE wake_at IS NOT NULL AND wake_at <= $1 ORDER BY wake_at, id LIMIT $2) AS due ",
        "JOIN channel c ON c.id = due.channel_id WHERE ", is_free!("c.id", "c.server")
    );
    DUE_COUNT = concat!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM dispatch WHERE wake_at IS NOT NULL AND wake_at <= $1 ",
        "ORDER BY wake_at, id LIMIT $2) AS due"
    );
    /// Crosses tenants, as `DUE_FEW`: from one channel to the next in the index, one step each.
    DUE_ALL = concat!(
        "WITH RECURSIVE open_channel(id) AS (SELECT MIN(channel_id) FROM dispatch WHERE wake_at IS NOT NULL UNION ALL ",
        "SELECT (SELECT MIN(channel_id) FROM dispatch WHERE wake_at IS NOT NULL AND channel_id > open_channel.id) ",
        "FROM open_channel WHERE open_channel.id IS NOT NULL) ",
        "SELECT channel_id, workspace_id, server, COALESCE(out_at, any_at) AS wake_at, ",
        "CASE WHEN out_at IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END AS is_out FROM (",
        "SELECT c.id AS channel_id, c.workspace_id, c.server, ",
        next_of!("wake_at", "c.id", concat!(" AND ", may_be_out!())), " AS out_at, ",
        next_of!("wake_at", "c.id", ""), " AS any_at ",
        "FROM open_channel JOIN channel c ON c.id = open_channel.id WHERE ", is_free!("c.id", "c.server"),
        ") AS due_channel WHERE any_at IS NOT NULL ORDER BY is_out DESC, wake_at LIMIT $2"
    );
    /// Crosses tenants, as `CLAIM`. On PostgreSQL the channels' rows are locked until the claim is committed, so that of
    /// two processes one finds the other's lease; SQLite has one writer at a time.
    LOCK_CHANNELS = "SELECT id FROM channel WHERE id IN (SELECT value FROM json_each($1))", postgres concat!(
        "SELECT id FROM channel WHERE id IN (SELECT json_array_elements_text(CAST($1 AS JSON))) ORDER BY id ",
        "FOR NO KEY UPDATE SKIP LOCKED"
    );
    /// Crosses tenants: one worker serves all workspaces.
    CLAIM = concat!(
        "UPDATE dispatch SET fence = fence + 1, lease_until = $2, wake_at = $2, lease_by = $4 ",
        "WHERE wake_at IS NOT NULL AND wake_at <= $1 AND id IN (SELECT COALESCE(",
        next_of!("id", "mine.value", concat!(" AND ", may_be_out!())), ", ", next_of!("id", "mine.value", ""),
        ") FROM json_each($3) AS mine WHERE mine.value NOT IN (",
        "SELECT channel_id FROM dispatch WHERE lease_until IS NOT NULL AND lease_until > $1)) RETURNING id"
    ), postgres concat!(
        "UPDATE dispatch SET fence = fence + 1, lease_until = $2, wake_at = $2, lease_by = $4 ",
        "WHERE wake_at IS NOT NULL AND wake_at <= $1 AND id IN (SELECT COALESCE(",
        next_of!("id", "mine.value", concat!(" AND ", may_be_out!())), ", ", next_of!("id", "mine.value", ""),
        ") FROM json_array_elements_text(CAST($3 AS JSON)) AS mine(value) WHERE mine.value NOT IN (",
        "SELECT channel_id FROM dispatch WHERE lease_until IS NOT NULL AND lease_until > $1)) RETURNING id"
    );
    /// Crosses tenants: reads what `CLAIM` has just taken.
    CLAIMED = concat!(
        "SELECT ", dispatch_columns!(), ", v.content, v.approved_hash, ", channel_columns!(),
        " FROM dispatch d JOIN variant v ON v.id = d.variant_id JOIN channel c ON c.id = d.channel_id ",
        "WHERE d.id IN (SELECT value FROM json_each($1)) ORDER BY d.due_at, d.id"
    ), postgres concat!(
        "SELECT ", dispatch_columns!(), ", v.content, v.approved_hash, ", channel_columns!(),
        " FROM dispatch d JOIN variant v ON v.id = d.variant_id JOIN channel c ON c.id = d.channel_id ",
        "WHERE d.id IN (SELECT json_array_elements_text(CAST($1 AS JSON))) ORDER BY d.due_at, d.id"
    );
}

impl Store {
    /// Channels with something due that can be claimed now: what may be out first, then the longest waiting; at most
    /// 10,000.
    pub async fn due_channels(&self, now: Timestamp) -> Result<Vec<DueChannel>, StoreError> {
        let due: u32 = self.row(&DUE_COUNT, args![now, FEW]).await?.ok_or(StoreError::NotThere)?.count("n")?;
        if due == 0 {
            return Ok(Vec::new());
        }
        if due >= FEW {
            return self.rows(&DUE_ALL, args![now, CHANNELS_MAX]).await?.iter().map(due_row).collect();
        }
        let mut channels: HashMap<ChannelId, DueChannel> = HashMap::new();
        for row in self.rows(&DUE_FEW, args![now, FEW]).await? {
            let row = due_row(&row)?;
            let known = channels.entry(row.channel).or_insert_with(|| row.clone());
            if row.order() < known.order() {
                *known = row;
            }
        }
        let mut channels: Vec<_> = channels.into_values().collect();
        channels.sort_unstable_by_key(DueChannel::order);
        Ok(channels)
    }

    /// Claims the next due dispatch of each of these channels: it gets the next fence and a lease, and is given to
    /// nobody else until the lease ends. What may be out first, then the earliest due. A channel on which somebody,
    /// in any process, has a dispatch in hand is left out.
    pub async fn claim(&self, claim: &Claim<'_>) -> Result<Vec<Claimed>, StoreError> {
        if claim.channels.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let taken = claim_in(&mut tx, claim, self.process()).await;
        // A claim that takes nothing has changed nothing: nobody is told.
        if matches!(&taken, Ok(claimed) if claimed.is_empty()) {
            tx.undo().await;
            return Ok(Vec::new());
        }
        self.end_quietly(tx, taken).await
    }
}

async fn claim_in(tx: &mut Tx, claim: &Claim<'_>, me: &str) -> Result<Vec<Claimed>, StoreError> {
    let wanted: Vec<String> = claim.channels.iter().take(CLAIM_MAX).map(ToString::to_string).collect();
    let locked = ids(&tx.rows(&LOCK_CHANNELS, args![json(&wanted)?]).await?)?;
    let taken = tx.rows(&CLAIM, args![claim.now, claim.lease_until, json(&locked)?, me]).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.rows(&CLAIMED, args![json(&ids(&taken)?)?]).await?;
    rows.iter()
        .map(|row| {
            Ok(Claimed {
                dispatch: dispatch_row(row)?,
                content: row.json("content")?,
                approved_hash: row.text_opt("approved_hash")?.map(PayloadHash::from_stored),
                channel: channel_row(row)?,
                lease_until: claim.lease_until,
            })
        })
        .collect()
}

fn ids(rows: &[Row]) -> Result<Vec<String>, StoreError> {
    rows.iter().map(|row| row.text("id")).collect()
}

fn due_row(row: &Row) -> Result<DueChannel, StoreError> {
    Ok(DueChannel {
        channel: row.id("channel_id")?,
        workspace: row.id("workspace_id")?,
        server: row.text("server")?,
        wake_at: row.at("wake_at")?,
        may_be_out: row.int("is_out")? == 1,
    })
}
