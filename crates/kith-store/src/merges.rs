//! Two contacts made one by a person, and parted again exactly as they were.
//!
//! What moves (handles, memories) is listed in the merge's row; parting moves those back and nothing else, so what came
//! in between stays where it was put.

use jiff::Timestamp;
use kith_domain::ids::{ContactId, MergeId};
use kith_domain::mandate::Actor;
use kith_domain::people::may_part;
use serde::{Deserialize, Serialize};

use crate::contacts::contact_row;
use crate::db::{Row, Tx, args, json, statements};
use crate::store::{InWorkspace, hit};
use crate::{ContactRow, MergeRow, NewEvent, StoreError, events};

/// Most merges that are shown for a person.
const MERGES_MAX: u32 = 20;

statements! {
    LOCKED = "SELECT id, name, tags, created_at, merged_into FROM contact WHERE workspace_id = $1 AND id = $2",
        postgres "SELECT id, name, tags, created_at, merged_into FROM contact WHERE workspace_id = $1 AND id = $2 FOR UPDATE";
    MOVE_HANDLES = "UPDATE handle SET contact_id = $3 WHERE workspace_id = $1 AND contact_id = $2 RETURNING id";
    MOVE_MEMORIES = "UPDATE memory SET contact_id = $3 WHERE workspace_id = $1 AND contact_id = $2 RETURNING id";
    HANDLE_BACK = "UPDATE handle SET contact_id = $3 WHERE workspace_id = $1 AND id = $2 AND contact_id = $4";
    MEMORY_BACK = "UPDATE memory SET contact_id = $3 WHERE workspace_id = $1 AND id = $2 AND contact_id = $4";
    SET_MERGED = "UPDATE contact SET merged_into = $3 WHERE workspace_id = $1 AND id = $2";
    SET_WORDS = "UPDATE contact SET name = $3, tags = $4 WHERE workspace_id = $1 AND id = $2";
    ADD_MERGING = "INSERT INTO merging (id, workspace_id, kept_id, gone_id, before, merged_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    MERGING = concat!(
        "SELECT g.id, g.kept_id, g.gone_id, g.before, g.at, c.name AS gone_name FROM merging g JOIN contact c ON c.id = g.gone_id ",
        "WHERE g.workspace_id = $1 AND g.id = $2 AND g.parted_at IS NULL"
    );
    MERGINGS = concat!(
        "SELECT g.id, g.kept_id, g.gone_id, g.before, g.at, c.name AS gone_name FROM merging g JOIN contact c ON c.id = g.gone_id ",
        "WHERE g.workspace_id = $1 AND g.kept_id = $2 AND g.parted_at IS NULL ORDER BY g.at DESC, g.id LIMIT $3"
    );
    PART = "UPDATE merging SET parted_at = $3 WHERE workspace_id = $1 AND id = $2 AND parted_at IS NULL";
}

/// What a merge changed.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    name: String,
    tags: Vec<String>,
    merged_tags: Vec<String>,
    handles: Vec<String>,
    memories: Vec<String>,
}

impl InWorkspace<'_> {
    /// Makes `gone` a part of `kept`. `NotThere` if one of them is not a person of this workspace, or merged already.
    pub async fn merge(
        &self,
        id: MergeId,
        kept: ContactId,
        gone: ContactId,
        by: &Actor,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.merge_in(&mut tx, id, kept, gone, by, event, now).await;
        self.store.end(tx, done).await
    }

    #[expect(clippy::too_many_arguments, reason = "one call with all that a merge is")]
    async fn merge_in(
        &self,
        tx: &mut Tx,
        id: MergeId,
        kept: ContactId,
        gone: ContactId,
        by: &Actor,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if kept == gone {
            return Err(StoreError::NotThere);
        }
        // In one order, so that two merges at once can't wait for each other.
        let (first, second) = (self.locked(tx, kept.min(gone)).await?, self.locked(tx, kept.max(gone)).await?);
        let (into, from) = if first.id == kept { (first, second) } else { (second, first) };
        let mut tags = into.tags.clone();
        tags.extend(from.tags.iter().filter(|tag| !into.tags.contains(tag)).cloned());
        let handles = ids(&tx.rows(&MOVE_HANDLES, args![self.id, gone, kept]).await?)?;
        let memories = ids(&tx.rows(&MOVE_MEMORIES, args![self.id, gone, kept]).await?)?;
        hit(tx.run(&SET_MERGED, args![self.id, gone, Some(kept)]).await?)?;
        hit(tx.run(&SET_WORDS, args![self.id, kept, into.name, json(&tags)?]).await?)?;
        let before = Before { name: into.name, tags: into.tags, merged_tags: tags, handles, memories };
        tx.run(&ADD_MERGING, args![id, self.id, kept, gone, json(&before)?, json(by)?, now]).await?;
        events::add(tx, self.id, event, now).await
    }

    /// Parts them again. The inner `false`: more than thirty days are over, and nothing was changed.
    pub async fn part(&self, id: MergeId, event: &NewEvent, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.part_in(&mut tx, id, event, now).await;
        self.store.end(tx, done).await
    }

    async fn part_in(&self, tx: &mut Tx, id: MergeId, event: &NewEvent, now: Timestamp) -> Result<bool, StoreError> {
        let row = tx.row(&MERGING, args![self.id, id]).await?.ok_or(StoreError::NotThere)?;
        let (merge, before): (MergeRow, Before) = (merge_row(&row)?, row.json("before")?);
        if !may_part(merge.at, now) {
            return Ok(false);
        }
        let kept = tx.row(&LOCKED, args![self.id, merge.kept]).await?.ok_or(StoreError::NotThere)?;
        let kept = contact_row(&kept)?;
        hit(tx.run(&PART, args![self.id, id, now]).await?)?;
        for handle in &before.handles {
            tx.run(&HANDLE_BACK, args![self.id, handle, merge.gone, merge.kept]).await?;
        }
        for memory in &before.memories {
            tx.run(&MEMORY_BACK, args![self.id, memory, merge.gone, merge.kept]).await?;
        }
        // Tags that were changed since stay as a person left them.
        if kept.tags == before.merged_tags {
            tx.run(&SET_WORDS, args![self.id, merge.kept, kept.name, json(&before.tags)?]).await?;
        }
        hit(tx.run(&SET_MERGED, args![self.id, merge.gone, None::<ContactId>]).await?)?;
        events::add(tx, self.id, event, now).await?;
        Ok(true)
    }

    /// What was merged into a person and not parted, the latest first, at most 20.
    pub async fn merges_of(&self, kept: ContactId) -> Result<Vec<MergeRow>, StoreError> {
        self.store.rows(&MERGINGS, args![self.id, kept, MERGES_MAX]).await?.iter().map(merge_row).collect()
    }

    /// One merge that was not parted.
    pub async fn merging(&self, id: MergeId) -> Result<Option<MergeRow>, StoreError> {
        self.store.row(&MERGING, args![self.id, id]).await?.as_ref().map(merge_row).transpose()
    }

    async fn locked(&self, tx: &mut Tx, id: ContactId) -> Result<ContactRow, StoreError> {
        let row = tx.row(&LOCKED, args![self.id, id]).await?.ok_or(StoreError::NotThere)?;
        let contact = contact_row(&row)?;
        if contact.merged_into.is_some() { Err(StoreError::NotThere) } else { Ok(contact) }
    }
}

fn ids(rows: &[Row]) -> Result<Vec<String>, StoreError> {
    rows.iter().map(|row| row.text("id")).collect()
}

fn merge_row(row: &Row) -> Result<MergeRow, StoreError> {
    Ok(MergeRow {
        id: row.id("id")?,
        kept: row.id("kept_id")?,
        gone: row.id("gone_id")?,
        gone_name: row.text("gone_name")?,
        at: row.at("at")?,
    })
}
