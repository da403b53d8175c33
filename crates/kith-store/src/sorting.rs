//! What persons say of conversations besides answering, stored with who said it, and taken back by the inverse.
//!
//! Every change is one transaction: the row, its standing, and an event that holds what was before. The event's number
//! names the change, so taking it back is idempotent and refuses when something was sorted since.

use jiff::Timestamp;
use kith_domain::converse::{Closed, ClosedAs, SortError, SortVerb, Sorting, Standing, may_undo, sort};
use kith_domain::ids::ConversationId;
use kith_domain::mandate::{Actor, Role};

use crate::db::{Row, Tx, args, json, statements};
use crate::store::{InWorkspace, hit};
use crate::{NewEvent, Sorted, StoreError, events};

statements! {
    SORTING = "SELECT standing, closed_at, closed_by, sorting FROM conversation WHERE workspace_id = $1 AND id = $2",
        postgres "SELECT standing, closed_at, closed_by, sorting FROM conversation WHERE workspace_id = $1 AND id = $2 FOR UPDATE";
    SET_SORTING = concat!(
        "UPDATE conversation SET sorting = $3, closed_at = $4, closed_by = $5, ",
        "unread = CASE WHEN $6 THEN 0 ELSE unread END WHERE workspace_id = $1 AND id = $2"
    );
    LATEST_CHANGE = concat!(
        "SELECT seq, at, kind, detail FROM event WHERE workspace_id = $1 AND subject = $2 ",
        "AND kind IN ('conversation.done', 'conversation.closed', 'conversation.later', 'conversation.machine', ",
        "'conversation.person', 'conversation.reopened', 'conversation.undone') ORDER BY seq DESC LIMIT 1"
    );
}

impl InWorkspace<'_> {
    /// A person sorts a conversation. The inner error is the domain's no; then nothing is stored.
    pub async fn sort_conversation(
        &self,
        id: ConversationId,
        verb: SortVerb,
        role: Role,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Result<Sorted, SortError>, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.sort_in(&mut tx, id, verb, role, by, now).await;
        self.store.end(tx, done).await
    }

    async fn sort_in(
        &self,
        tx: &mut Tx,
        id: ConversationId,
        verb: SortVerb,
        role: Role,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Result<Sorted, SortError>, StoreError> {
        let (before, standing) = self.sorting(tx, id).await?;
        let after = match sort(&before, standing, verb, role, by, now) {
            Ok(after) => after,
            Err(no) => return Ok(Err(no)),
        };
        if after == before {
            let change = tx.row(&LATEST_CHANGE, args![self.id, id.to_string()]).await?.map(|row| row.int("seq")).transpose()?;
            return Ok(Ok(Sorted { change, standing }));
        }
        let closes = matches!(verb, SortVerb::Done | SortVerb::NoAnswer);
        self.set_sorting(tx, id, &after, closes).await?;
        let detail = serde_json::json!({ "verb": verb, "role": role, "before": before });
        let change = self.add_change(tx, id, event_kind(verb), by, detail, now).await?;
        Ok(Ok(Sorted { change, standing: self.standing(tx, id).await? }))
    }

    /// Takes a change back: the conversation is sorted as it was before. The same again changes nothing.
    pub async fn undo_sorting(
        &self,
        id: ConversationId,
        change: i64,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Result<Sorted, SortError>, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.undo_in(&mut tx, id, change, by, now).await;
        self.store.end(tx, done).await
    }

    async fn undo_in(
        &self,
        tx: &mut Tx,
        id: ConversationId,
        change: i64,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Result<Sorted, SortError>, StoreError> {
        // Locks the row first, so that no other change comes in between.
        let (_, standing) = self.sorting(tx, id).await?;
        let Some(latest) = tx.row(&LATEST_CHANGE, args![self.id, id.to_string()]).await? else { return Ok(Err(SortError::TooLate)) };
        let detail: serde_json::Value = latest.json("detail")?;
        let (seq, at) = (latest.int("seq")?, latest.at("at")?);
        if latest.text("kind")? == "conversation.undone" && detail["undoes"] == change {
            return Ok(Ok(Sorted { change: Some(seq), standing }));
        }
        if let Err(no) = may_undo(seq == change, at, now) {
            return Ok(Err(no));
        }
        let before: Sorting = serde_json::from_value(detail["before"].clone())
            .map_err(|error| StoreError::Broken(format!("what a conversation was sorted as before: {error}")))?;
        self.set_sorting(tx, id, &before, false).await?;
        let detail = serde_json::json!({ "undoes": change });
        let undone = self.add_change(tx, id, "conversation.undone", by, detail, now).await?;
        Ok(Ok(Sorted { change: undone, standing: self.standing(tx, id).await? }))
    }

    async fn sorting(&self, tx: &mut Tx, id: ConversationId) -> Result<(Sorting, Standing), StoreError> {
        let row = tx.row(&SORTING, args![self.id, id]).await?.ok_or(StoreError::NotThere)?;
        Ok((sorting_of(&row)?, row.named("standing", Standing::from_stored)?))
    }

    /// Stores it and judges the conversation anew.
    async fn set_sorting(&self, tx: &mut Tx, id: ConversationId, sorting: &Sorting, closes: bool) -> Result<(), StoreError> {
        let closed = sorting.closed.as_ref();
        let by = closed.map(|closed| json(&closed.by)).transpose()?;
        hit(tx.run(&SET_SORTING, args![self.id, id, json(sorting)?, closed.map(|closed| closed.at), by, closes]).await?)?;
        self.refresh(tx, id, 0, 0).await
    }

    async fn standing(&self, tx: &mut Tx, id: ConversationId) -> Result<Standing, StoreError> {
        Ok(self.sorting(tx, id).await?.1)
    }

    async fn add_change(
        &self,
        tx: &mut Tx,
        id: ConversationId,
        kind: &str,
        by: &Actor,
        detail: serde_json::Value,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let event = NewEvent { kind: kind.to_owned(), subject: id.to_string(), actor: by.clone(), detail };
        events::add(tx, self.id, &event, now).await?;
        tx.row(&LATEST_CHANGE, args![self.id, id.to_string()]).await?.map(|row| row.int("seq")).transpose()
    }
}

/// What is stored of it; rows from before `sorting` was kept know of closings only.
pub(crate) fn sorting_of(row: &Row) -> Result<Sorting, StoreError> {
    if let Some(sorting) = row.json_opt("sorting")? {
        return Ok(sorting);
    }
    let closed = match (row.at_opt("closed_at")?, row.json_opt::<Actor>("closed_by")?) {
        (Some(at), Some(by)) => Some(Closed { how: ClosedAs::NoAnswer, at, by }),
        _ => None,
    };
    Ok(Sorting { closed, ..Sorting::default() })
}

fn event_kind(verb: SortVerb) -> &'static str {
    match verb {
        SortVerb::Done => "conversation.done",
        SortVerb::NoAnswer => "conversation.closed",
        SortVerb::Later { .. } => "conversation.later",
        SortVerb::Machine => "conversation.machine",
        SortVerb::Person => "conversation.person",
        SortVerb::Reopen => "conversation.reopened",
    }
}
