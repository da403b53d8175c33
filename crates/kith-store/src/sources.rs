//! Sources of posts and changes of the plan: all that changes together is one transaction.
//!
//! A delivery that has begun is never moved, reworded or called off here: each such write names the fence that was
//! read, and a row that a worker or a person has moved since makes the whole change `Fenced`; the caller reads again
//! and decides anew.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kith_domain::ids::SourceId;
use kith_domain::publish::{Dispatch, State};

use crate::db::{Row, Tx, args, json, statements};
use crate::dispatches::{dispatch_columns, view_row};
use crate::store::InWorkspace;
use crate::{
    ItemChange, ItemRow, Move, PlanChange, Reword, SaveError, SourceChange, SourceRow, SourcedDispatch, SourcedPost, StoreError, events,
};

/// Most sources of one kind, items of one source, and deliveries of one source in an answer.
const SOURCES_MAX: u32 = 1_000;
const ITEMS_MAX: u32 = 10_000;
const SOURCED_MAX: u32 = 20_000;
/// Most keys of one feed that are looked at: twenty times the largest reading.
const KEYS_MAX: u32 = 100_000;
/// `own_time` of what a person gave another time; of what they only worded anew it is 2.
const OWN_TIME: i64 = 1;

statements! {
    ADD_SOURCE = concat!(
        "INSERT INTO source (id, workspace_id, kind, name, definition, version, provenance, created_at) ",
        "VALUES ($1, $2, $3, $4, $5, 1, $6, $7)"
    );
    SET_SOURCE = concat!(
        "UPDATE source SET name = $4, definition = $5, paused_at = $6, ended_at = $7, version = version + 1 ",
        "WHERE workspace_id = $1 AND id = $2 AND version = $3"
    );
    SOURCES = concat!(
        "SELECT id, workspace_id, kind, name, definition, version, paused_at, ended_at, provenance, created_at FROM source ",
        "WHERE workspace_id = $1 AND kind = $2 AND ended_at IS NULL ORDER BY name LIMIT $3"
    );
    SOURCE = concat!(
        "SELECT id, workspace_id, kind, name, definition, version, paused_at, ended_at, provenance, created_at FROM source ",
        "WHERE workspace_id = $1 AND id = $2"
    );
    SET_ITEM = concat!(
        "INSERT INTO source_item (id, workspace_id, source_id, rank, body, ended_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ",
        "ON CONFLICT (id) DO UPDATE SET rank = excluded.rank, body = excluded.body, ended_at = excluded.ended_at ",
        "WHERE source_item.workspace_id = excluded.workspace_id AND source_item.source_id = excluded.source_id"
    );
    ITEMS = concat!(
        "SELECT id, rank, body, ended_at FROM source_item WHERE workspace_id = $1 AND source_id = $2 AND ended_at IS NULL ",
        "ORDER BY rank, id LIMIT $3"
    );
    ADD_KEY = "INSERT INTO source_key (workspace_id, source_id, key, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    KEYS = "SELECT key FROM source_key WHERE workspace_id = $1 AND source_id = $2 ORDER BY at DESC LIMIT $3";
    LINK_POST = "UPDATE post SET source_id = $3, item_id = $4 WHERE workspace_id = $1 AND id = $2";
    OF_SOURCE = concat!(
        "SELECT ", dispatch_columns!(),
        ", d.provenance, d.created_at, v.content, v.approved_hash, p.category, c.name AS channel_name, c.network, p.item_id, d.own_time ",
        "FROM post p JOIN dispatch d ON d.post_id = p.id JOIN variant v ON v.id = d.variant_id JOIN channel c ON c.id = d.channel_id ",
        "WHERE p.workspace_id = $1 AND p.source_id = $2 ORDER BY d.due_at, d.id LIMIT $3"
    );
    OF_LIVING = concat!(
        "SELECT ", dispatch_columns!(),
        ", d.provenance, d.created_at, v.content, v.approved_hash, p.category, c.name AS channel_name, c.network, p.item_id, d.own_time, ",
        "p.source_id FROM source s JOIN post p ON p.workspace_id = s.workspace_id AND p.source_id = s.id ",
        "JOIN dispatch d ON d.post_id = p.id JOIN variant v ON v.id = d.variant_id JOIN channel c ON c.id = d.channel_id ",
        "WHERE s.workspace_id = $1 AND s.ended_at IS NULL ORDER BY d.due_at DESC, d.id LIMIT $2"
    );
    MOVE = concat!(
        "UPDATE dispatch SET civil = $4, zone = $5, due_at = $6, wake_at = $7, fence = fence + 1 ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $8 AND first_send IS NULL"
    );
    REWORD = concat!(
        "UPDATE dispatch SET payload_hash = $4, prepared = NULL, fence = fence + 1 ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $5 AND first_send IS NULL"
    );
    SET_WORDING = concat!(
        "UPDATE variant SET content = $3, payload_hash = $4, approved_hash = $5, approved_by = $6, approved_at = $7 ",
        "WHERE workspace_id = $1 AND id = $2"
    );
    SET_STATE = concat!(
        "UPDATE dispatch SET state = $4, state_json = $5, wake_at = $6, fence = fence + 1 ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $7 AND first_send IS NULL"
    );
    CANCEL = concat!(
        "UPDATE dispatch SET state = $4, state_json = $5, wake_at = NULL, lease_until = NULL, fence = fence + 1, ",
        "occurrence_key = occurrence_key || '~' || id ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $6 AND first_send IS NULL"
    );
}

impl InWorkspace<'_> {
    /// The living sources of a kind, by name.
    pub async fn sources(&self, kind: &str) -> Result<Vec<SourceRow>, StoreError> {
        self.store.rows(&SOURCES, args![self.id, kind, SOURCES_MAX]).await?.iter().map(source_row).collect()
    }

    /// One source, also one that has ended.
    pub async fn source(&self, id: SourceId) -> Result<Option<SourceRow>, StoreError> {
        self.store.row(&SOURCE, args![self.id, id]).await?.as_ref().map(source_row).transpose()
    }

    /// The items of a source that were not taken out, in their order.
    pub async fn items(&self, source: SourceId) -> Result<Vec<ItemRow>, StoreError> {
        self.store.rows(&ITEMS, args![self.id, source, ITEMS_MAX]).await?.iter().map(item_row).collect()
    }

    /// By what entries of a feed are known, the latest 100,000.
    pub async fn keys_of(&self, source: SourceId) -> Result<BTreeSet<String>, StoreError> {
        self.store.rows(&KEYS, args![self.id, source, KEYS_MAX]).await?.iter().map(|row| row.text("key")).collect()
    }

    /// The deliveries that came from a source, by their time.
    pub async fn dispatches_of(&self, source: SourceId) -> Result<Vec<SourcedDispatch>, StoreError> {
        let rows = self.store.rows(&OF_SOURCE, args![self.id, source, SOURCED_MAX]).await?;
        rows.iter().map(sourced).collect()
    }

    /// The deliveries of all living sources, the latest first, at most 20,000, with the source of each.
    pub async fn dispatches_of_living(&self) -> Result<Vec<(SourceId, SourcedDispatch)>, StoreError> {
        let rows = self.store.rows(&OF_LIVING, args![self.id, SOURCED_MAX]).await?;
        let read = |row: &Row| Ok((row.id("source_id")?, sourced(row)?));
        rows.iter().map(read).collect()
    }

    /// Stores a change of the plan, whole or not at all. `Fenced` if a source or a delivery has moved since it was read.
    pub async fn change_plan(&self, change: &PlanChange, now: Timestamp) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let done = self.change_in(&mut tx, change, now).await;
        self.store.end(tx, done).await
    }

    async fn change_in(&self, tx: &mut Tx, change: &PlanChange, now: Timestamp) -> Result<(), SaveError> {
        for (name, row) in &change.settings {
            self.set_setting_in(tx, name, &row.value, row.version).await?;
        }
        // A place that is free again may be taken in the same change.
        for was in &change.cancels {
            self.cancel_in(tx, was).await?;
        }
        for source in &change.sources {
            self.set_source_in(tx, source, now).await?;
        }
        for item in &change.items {
            self.set_item_in(tx, item, now).await?;
        }
        for (source, key) in &change.keys {
            tx.run(&ADD_KEY, args![self.id, source, key, now]).await?;
        }
        for SourcedPost { post, source, item } in &change.posts {
            self.add_plan_in(tx, std::slice::from_ref(post), now).await?;
            tx.run(&LINK_POST, args![self.id, post.id, source, item]).await?;
        }
        for step in &change.moves {
            self.move_in(tx, step).await?;
        }
        for reword in &change.rewords {
            self.reword_in(tx, reword, now).await?;
        }
        for (was, state) in &change.states {
            let args = args![
                self.id,
                was.id,
                was.fence,
                state.name(),
                json(state)?,
                Dispatch { state: state.clone(), ..was.clone() }.wake_at(None),
                not_begun(was)?
            ];
            still_so(tx.run(&SET_STATE, args).await?)?;
        }
        for event in &change.events {
            events::add(tx, self.id, event, now).await?;
        }
        Ok(())
    }

    async fn set_source_in(&self, tx: &mut Tx, change: &SourceChange, now: Timestamp) -> Result<(), SaveError> {
        match change {
            SourceChange::Add(new) => {
                let args = args![new.id, self.id, new.kind, new.name, json(&new.definition)?, json(&new.provenance)?, now];
                tx.run(&ADD_SOURCE, args).await.map_err(|error| error.naming(&new.name))?;
                Ok(())
            }
            SourceChange::Set(row) => {
                let args = args![self.id, row.id, row.version, row.name, json(&row.definition)?, row.paused_at, row.ended_at];
                still_so(tx.run(&SET_SOURCE, args).await.map_err(|error| error.naming(&row.name))?)
            }
        }
    }

    async fn set_item_in(&self, tx: &mut Tx, ItemChange { source, item }: &ItemChange, now: Timestamp) -> Result<(), SaveError> {
        let args = args![item.id, self.id, source, item.rank, json(&item.body)?, item.ended_at, now];
        still_so(tx.run(&SET_ITEM, args).await?)
    }

    async fn move_in(&self, tx: &mut Tx, step: &Move) -> Result<(), SaveError> {
        let moved = Dispatch { due_at: step.due_at, ..step.was.clone() };
        let args =
            args![self.id, step.was.id, step.was.fence, step.civil, step.zone, step.due_at, moved.wake_at(None), not_begun(&step.was)?,];
        still_so(tx.run(&MOVE, args).await?)
    }

    async fn reword_in(&self, tx: &mut Tx, reword: &Reword, now: Timestamp) -> Result<(), SaveError> {
        let (was, hash) = (&reword.was, reword.content.hash());
        still_so(tx.run(&REWORD, args![self.id, was.id, was.fence, hash.as_str(), not_begun(was)?]).await?)?;
        let approved = reword.approved_by.as_ref();
        let args = args![
            self.id,
            was.variant,
            json(&reword.content)?,
            hash.as_str(),
            approved.map(|_| hash.as_str().to_owned()),
            approved.map(json).transpose()?,
            approved.map(|_| now),
        ];
        still_so(tx.run(&SET_WORDING, args).await?)
    }

    pub(crate) async fn cancel_in(&self, tx: &mut Tx, was: &Dispatch) -> Result<(), SaveError> {
        let state = State::Cancelled;
        let args = args![self.id, was.id, was.fence, state.name(), json(&state)?, not_begun(was)?];
        still_so(tx.run(&CANCEL, args).await?)
    }
}

/// The name of a state in which nothing has left; anything else has moved on.
fn not_begun(was: &Dispatch) -> Result<&'static str, SaveError> {
    match was.state {
        State::Planned { .. } | State::Held { .. } | State::Missed { .. } if was.first_send.is_none() => Ok(was.state.name()),
        _ => Err(SaveError::Fenced),
    }
}

fn still_so(changed: u64) -> Result<(), SaveError> {
    if changed == 0 { Err(SaveError::Fenced) } else { Ok(()) }
}

fn source_row(row: &Row) -> Result<SourceRow, StoreError> {
    Ok(SourceRow {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        kind: row.text("kind")?,
        name: row.text("name")?,
        definition: row.json("definition")?,
        version: row.int("version")?,
        paused_at: row.at_opt("paused_at")?,
        ended_at: row.at_opt("ended_at")?,
        provenance: row.json("provenance")?,
        created_at: row.at("created_at")?,
    })
}

fn sourced(row: &Row) -> Result<SourcedDispatch, StoreError> {
    let own = row.int("own_time")?;
    Ok(SourcedDispatch { view: view_row(row)?, item: row.id_opt("item_id")?, own_time: own != 0, in_place: own != OWN_TIME })
}

fn item_row(row: &Row) -> Result<ItemRow, StoreError> {
    Ok(ItemRow { id: row.id("id")?, rank: row.int("rank")?, body: row.json("body")?, ended_at: row.at_opt("ended_at")? })
}
