//! Facts, notes and promises: each a line that a person wrote; each change an event in its transaction.

use jiff::Timestamp;
use kith_domain::ids::{ContactId, MemoryId};
use kith_domain::mandate::Actor;
use kith_domain::people::{Memory, PromiseEnd};

use crate::db::{Row, args, json, statements};
use crate::store::{InWorkspace, hit};
use crate::{Due, MemoryRow, NewEvent, NewMemory, StoreError, events};

/// Most lines about one person, and promises, that are read at once.
const MEMORIES_MAX: u32 = 500;

macro_rules! memory {
    ($($rest:tt)*) => {
        concat!(
            "SELECT y.id, y.contact_id, y.kind, y.topic, y.text, y.heard_in, y.written_by, y.created_at, y.due_day, y.due_zone, ",
            "y.due_at, y.ending, y.ended_at FROM memory y WHERE y.workspace_id = $1 ",
            $($rest)*
        )
    };
}

statements! {
    ADD_MEMORY = concat!(
        "INSERT INTO memory (id, workspace_id, contact_id, kind, topic, text, heard_in, written_by, created_at, due_day, due_zone, due_at) ",
        "SELECT $1, $2, c.id, $4, $5, $6, v.id, $8, $9, $10, $11, $12 FROM contact c LEFT JOIN conversation v ON v.workspace_id = $2 ",
        "AND v.id = $7 WHERE c.workspace_id = $2 AND c.id = $3 AND c.merged_into IS NULL"
    );
    MEMORIES_OF = memory!(
        "AND y.contact_id = $2 AND (y.ending IS NULL OR y.ending <> 'taken_back') ORDER BY y.created_at DESC, y.id DESC LIMIT $3"
    );
    MEMORY = memory!("AND y.id = $2 AND (y.ending IS NULL OR y.ending <> 'taken_back')");
    DUE = memory!("AND y.due_at IS NOT NULL AND y.ending IS NULL AND y.due_at <= $2 ORDER BY y.due_at, y.id LIMIT $3");
    END_MEMORY = "UPDATE memory SET ending = $3, ended_at = $4 WHERE workspace_id = $1 AND id = $2 AND (ending IS NULL OR ending <> 'taken_back')";
    MOVE_PROMISE = concat!(
        "UPDATE memory SET due_day = $3, due_zone = $4, due_at = $5, ending = NULL, ended_at = NULL ",
        "WHERE workspace_id = $1 AND id = $2 AND kind = 'promise' AND (ending IS NULL OR ending <> 'taken_back')"
    );
}

impl InWorkspace<'_> {
    /// Writes a line down. `NotThere` if there is no such person any more.
    pub async fn add_memory(&self, new: &NewMemory, by: &Actor, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
        let due = new.due.as_ref();
        let args = args![
            new.id,
            self.id,
            new.contact,
            new.kind.as_str(),
            new.topic,
            new.text,
            new.heard_in,
            json(by)?,
            now,
            due.map(|due| due.day.clone()),
            due.map(|due| due.zone.clone()),
            due.map(|due| due.at),
        ];
        let mut tx = self.store.begin().await?;
        let done = async {
            hit(tx.run(&ADD_MEMORY, args).await?)?;
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }

    /// All that is remembered of a person, the latest first, at most 500; promises that have ended are among them.
    pub async fn memories_of(&self, contact: ContactId) -> Result<Vec<MemoryRow>, StoreError> {
        self.store.rows(&MEMORIES_OF, args![self.id, contact, MEMORIES_MAX]).await?.iter().map(memory_row).collect()
    }

    /// One line.
    pub async fn memory(&self, id: MemoryId) -> Result<Option<MemoryRow>, StoreError> {
        self.store.row(&MEMORY, args![self.id, id]).await?.as_ref().map(memory_row).transpose()
    }

    /// Open promises that are due by an instant, the earliest first, at most 500.
    pub async fn promises_due(&self, by: Timestamp) -> Result<Vec<MemoryRow>, StoreError> {
        self.store.rows(&DUE, args![self.id, by, MEMORIES_MAX]).await?.iter().map(memory_row).collect()
    }

    /// Ends a promise as kept or let go, or opens it again (`None`).
    pub async fn end_promise(&self, id: MemoryId, end: Option<PromiseEnd>, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
        self.end_as(id, end.map(PromiseEnd::as_str), event, now).await
    }

    /// Takes a line back: it is kept for the record and shown nowhere.
    pub async fn take_back(&self, id: MemoryId, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
        self.end_as(id, Some("taken_back"), event, now).await
    }

    /// Another day for a promise; one that had ended is open again.
    pub async fn move_promise(&self, id: MemoryId, due: &Due, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = async {
            hit(tx.run(&MOVE_PROMISE, args![self.id, id, due.day, due.zone, due.at]).await?)?;
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }

    async fn end_as(&self, id: MemoryId, ending: Option<&str>, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = async {
            hit(tx.run(&END_MEMORY, args![self.id, id, ending, ending.map(|_| now)]).await?)?;
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }
}

fn memory_row(row: &Row) -> Result<MemoryRow, StoreError> {
    let due = match (row.text_opt("due_day")?, row.text_opt("due_zone")?, row.at_opt("due_at")?) {
        (Some(day), Some(zone), Some(at)) => Some(Due { day, zone, at }),
        _ => None,
    };
    Ok(MemoryRow {
        id: row.id("id")?,
        contact: row.id("contact_id")?,
        kind: row.named("kind", Memory::from_stored)?,
        topic: row.text("topic")?,
        text: row.text("text")?,
        heard_in: row.id_opt("heard_in")?,
        written_by: row.json("written_by")?,
        created_at: row.at("created_at")?,
        due,
        ended: row.text_opt("ending")?.as_deref().and_then(PromiseEnd::from_stored),
        ended_at: row.at_opt("ended_at")?,
    })
}
