//! What happened: rows are added in the transaction of what they tell of, and never changed.

use jiff::Timestamp;
use kith_domain::ids::WorkspaceId;

use crate::db::{Row, Tx, args, json, statements};
use crate::store::InWorkspace;
use crate::{EventRow, NewEvent, StoreError};

/// Most events of one answer.
const EVENTS_MAX: u32 = 500;

statements! {
    ADD_EVENT = "INSERT INTO event (workspace_id, at, kind, subject, actor, detail) VALUES ($1, $2, $3, $4, $5, $6)";
    EVENTS = concat!(
        "SELECT seq, at, kind, subject, actor, detail FROM event ",
        "WHERE workspace_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
    );
    EVENTS_OF = concat!(
        "SELECT seq, at, kind, subject, actor, detail FROM event ",
        "WHERE workspace_id = $1 AND subject = $4 AND seq < $2 ORDER BY seq DESC LIMIT $3"
    );
}

pub(crate) async fn add(tx: &mut Tx, workspace: WorkspaceId, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
    let args = args![workspace, now, event.kind, event.subject, json(&event.actor)?, json(&event.detail)?];
    tx.run(&ADD_EVENT, args).await.map(drop)
}

impl InWorkspace<'_> {
    /// Adds an event that belongs to no other write.
    pub async fn add_event(&self, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = add(&mut tx, self.id, event, now).await;
        self.store.end(tx, done).await
    }

    /// Events, the latest first: of one subject or of all, before a place, at most `limit` (500).
    pub async fn events(&self, subject: Option<&str>, before_seq: Option<i64>, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let before = before_seq.unwrap_or(i64::MAX);
        let limit = limit.min(EVENTS_MAX);
        let rows = match subject {
            Some(subject) => self.store.rows(&EVENTS_OF, args![self.id, before, limit, subject]).await?,
            None => self.store.rows(&EVENTS, args![self.id, before, limit]).await?,
        };
        rows.iter().map(event_row).collect()
    }
}

fn event_row(row: &Row) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        seq: row.int("seq")?,
        at: row.at("at")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        actor: row.json("actor")?,
        detail: row.json("detail")?,
    })
}
