//! Other words for a post that is planned, and the owner's yes to exactly the words that she read.
//!
//! Every write names the fence and the state that were read and holds only while nothing has left, so that a worker who
//! claims in between wins and nothing half-changed goes out. Words, approval, provenance and the event are one
//! transaction.

use jiff::Timestamp;
use kith_domain::mandate::Provenance;
use kith_domain::publish::{Dispatch, State};

use crate::db::{Tx, args, json, statements};
use crate::dispatches::wake_at;
use crate::store::InWorkspace;
use crate::{EditedDispatch, NewEvent, PostEdit, SaveError, events};

statements! {
    /// `own_time` 2: its words are a person's now, so the source that it came from leaves it where it is, in its place.
    EDIT = concat!(
        "UPDATE dispatch SET payload_hash = $5, prepared = NULL, state = $6, state_json = $7, wake_at = $8, lease_until = NULL, ",
        "own_time = CASE WHEN own_time = 1 OR due_at <> $9 THEN 1 ELSE 2 END, due_at = $9, civil = $10, zone = $11, ",
        "provenance = $12, fence = fence + 1 ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $4 AND first_send IS NULL"
    );
    EDIT_VARIANT = concat!(
        "UPDATE variant SET content = $3, payload_hash = $4, approved_hash = $5, approved_by = $6, approved_at = $7 ",
        "WHERE workspace_id = $1 AND id = $2"
    );
    EDIT_POST = "UPDATE post SET text = $3 WHERE workspace_id = $1 AND id = $2";
    KEEP_PLACE = "UPDATE dispatch SET own_time = 2 WHERE workspace_id = $1 AND id = $2";
    APPROVE_VARIANT = concat!(
        "UPDATE variant SET approved_hash = payload_hash, approved_by = $4, approved_at = $5 ",
        "WHERE workspace_id = $1 AND id = $2 AND payload_hash = $3"
    );
    SET_PROVENANCE = "UPDATE dispatch SET provenance = $3 WHERE workspace_id = $1 AND id = $2";
}

impl InWorkspace<'_> {
    /// Stores other words for a post, whole or not at all. `Fenced` if one of its deliveries has moved since it was read:
    /// it was claimed, sent, or changed by somebody else.
    pub async fn edit_post(&self, edit: &PostEdit, now: Timestamp) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let done = self.edit_in(&mut tx, edit, now).await;
        self.store.end(tx, done).await
    }

    async fn edit_in(&self, tx: &mut Tx, edit: &PostEdit, now: Timestamp) -> Result<(), SaveError> {
        for one in &edit.changed {
            self.reword_one(tx, one, edit, now).await?;
        }
        // The place of a part that is no more may be taken in the same change.
        for was in &edit.cancelled {
            self.cancel_in(tx, was).await?;
        }
        for variant in &edit.added {
            self.add_variant_in(tx, edit.post, variant, &edit.provenance, now).await?;
            for dispatch in &variant.dispatches {
                tx.run(&KEEP_PLACE, args![self.id, dispatch.id]).await?;
            }
        }
        tx.run(&EDIT_POST, args![self.id, edit.post, edit.text]).await?;
        for event in &edit.events {
            events::add(tx, self.id, event, now).await?;
        }
        Ok(())
    }

    async fn reword_one(&self, tx: &mut Tx, one: &EditedDispatch, edit: &PostEdit, now: Timestamp) -> Result<(), SaveError> {
        let EditedDispatch { was, now: next, content } = one;
        let hash = content.hash();
        let args = args![
            self.id,
            was.id,
            was.fence,
            was.state.name(),
            hash.as_str(),
            next.state.name(),
            json(&next.state)?,
            wake_at(next, &next.state),
            next.due_at,
            next.civil,
            next.zone,
            json(&edit.provenance)?,
        ];
        if tx.run(&EDIT, args).await? == 0 {
            return Err(SaveError::Fenced);
        }
        let by = edit.provenance.approved_by.as_ref();
        let args = args![
            self.id,
            was.variant,
            json(content)?,
            hash.as_str(),
            by.map(|_| hash.as_str().to_owned()),
            by.map(json).transpose()?,
            by.map(|_| now),
        ];
        if tx.run(&EDIT_VARIANT, args).await? == 0 { Err(SaveError::Fenced) } else { Ok(()) }
    }

    /// Stores the owner's yes to a delivery as she read it: its words are approved, its trail says by whom. `Fenced` if it
    /// has changed since.
    pub async fn approve(
        &self,
        was: &Dispatch,
        state: &State,
        provenance: &Provenance,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let done = self.approve_in(&mut tx, was, (state, provenance, event), now).await;
        self.store.end(tx, done).await
    }

    async fn approve_in(
        &self,
        tx: &mut Tx,
        was: &Dispatch,
        (state, provenance, event): (&State, &Provenance, &NewEvent),
        now: Timestamp,
    ) -> Result<(), SaveError> {
        self.apply_in(tx, was, state, Some(event), now).await?;
        let by = provenance.approved_by.as_ref().map(json).transpose()?;
        let args = args![self.id, was.variant, was.payload_hash.as_str(), by, provenance.approved_at];
        if tx.run(&APPROVE_VARIANT, args).await? == 0 {
            return Err(SaveError::Fenced);
        }
        tx.run(&SET_PROVENANCE, args![self.id, was.id, json(provenance)?]).await?;
        Ok(())
    }
}
