//! Posts that are being written: begun, saved under a version, and ended when they are planned or thrown away.

use jiff::Timestamp;
use kith_domain::ids::{DraftId, MemberId};
use serde_json::Value;

use crate::db::{Row, args, json, statements};
use crate::store::{InWorkspace, hit};
use crate::{PostDraftRow, SaveError, StarterRow, StoreError};

statements! {
    BEGIN_POST_DRAFT = concat!(
        "INSERT INTO post_draft (id, workspace_id, body, version, begun_by, begun_at, saved_by, saved_at) ",
        "VALUES ($1, $2, $3, 1, $4, $5, $4, $5)"
    );
    SAVE_POST_DRAFT = concat!(
        "UPDATE post_draft SET body = $3, version = version + 1, saved_by = $4, saved_at = $5 ",
        "WHERE workspace_id = $1 AND id = $2 AND version = $6 AND ended_at IS NULL"
    );
    POST_DRAFT = concat!(
        "SELECT id, workspace_id, body, version, begun_by, begun_at, saved_by, saved_at FROM post_draft ",
        "WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL"
    );
    POST_DRAFTS = concat!(
        "SELECT id, workspace_id, body, version, begun_by, begun_at, saved_by, saved_at FROM post_draft ",
        "WHERE workspace_id = $1 AND ended_at IS NULL ORDER BY saved_at DESC LIMIT $2"
    );
    /// A conversation hangs on the post whose remote id is its root.
    STARTERS = concat!(
        "SELECT d.id AS id, v.content AS content, c.network AS network, c.name AS channel_name, threads.n AS n FROM ",
        "(SELECT channel_id, root_remote_id, COUNT(*) AS n FROM conversation WHERE workspace_id = $1 AND last_at >= $2 ",
        "GROUP BY channel_id, root_remote_id) AS threads ",
        "JOIN dispatch d ON d.workspace_id = $1 AND d.channel_id = threads.channel_id AND d.remote_id = threads.root_remote_id ",
        "JOIN variant v ON v.workspace_id = $1 AND v.id = d.variant_id JOIN channel c ON c.workspace_id = $1 AND c.id = d.channel_id ",
        "ORDER BY threads.n DESC, d.id DESC LIMIT $3"
    );
    END_POST_DRAFT = "UPDATE post_draft SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL";
}

impl InWorkspace<'_> {
    /// Begins a draft, in version 1.
    pub async fn begin_post_draft(&self, id: DraftId, body: &Value, by: MemberId, now: Timestamp) -> Result<(), StoreError> {
        self.store.write(&BEGIN_POST_DRAFT, args![id, self.id, json(body)?, by, now]).await.map(drop)
    }

    /// Saves it over the `version` that was read. `Fenced` if somebody has saved it since, or it is no more.
    pub async fn save_post_draft(&self, id: DraftId, version: i64, body: &Value, by: MemberId, now: Timestamp) -> Result<(), SaveError> {
        let saved = self.store.write(&SAVE_POST_DRAFT, args![self.id, id, json(body)?, by, now, version]).await?;
        if saved == 0 { Err(SaveError::Fenced) } else { Ok(()) }
    }

    /// A draft that is still being written.
    pub async fn post_draft(&self, id: DraftId) -> Result<Option<PostDraftRow>, StoreError> {
        self.store.row(&POST_DRAFT, args![self.id, id]).await?.as_ref().map(post_draft_row).transpose()
    }

    /// The drafts that are still being written, the last saved first.
    pub async fn post_drafts(&self, limit: u32) -> Result<Vec<PostDraftRow>, StoreError> {
        self.store.rows(&POST_DRAFTS, args![self.id, limit]).await?.iter().map(post_draft_row).collect()
    }

    /// Posts of ours on which people wrote since then, those with most conversations first.
    pub async fn started_conversations(&self, since: Timestamp, limit: u32) -> Result<Vec<StarterRow>, StoreError> {
        let rows = self.store.rows(&STARTERS, args![self.id, since, limit]).await?;
        rows.iter()
            .map(|row| {
                Ok(StarterRow {
                    dispatch: row.id("id")?,
                    content: row.json("content")?,
                    network: row.network("network")?,
                    channel_name: row.text("channel_name")?,
                    conversations: row.count("n")?,
                })
            })
            .collect()
    }

    /// It is planned, or thrown away. `NotThere` if it is no more.
    pub async fn end_post_draft(&self, id: DraftId, now: Timestamp) -> Result<(), StoreError> {
        hit(self.store.write(&END_POST_DRAFT, args![self.id, id, now]).await?)
    }
}

fn post_draft_row(row: &Row) -> Result<PostDraftRow, StoreError> {
    Ok(PostDraftRow {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        body: row.json("body")?,
        version: row.int("version")?,
        begun_by: row.id("begun_by")?,
        begun_at: row.at("begun_at")?,
        saved_by: row.id("saved_by")?,
        saved_at: row.at("saved_at")?,
    })
}
