//! Dispatches as people see and move them: lists, sums, and the changes that a person makes.

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, DispatchId, PostId};
use kith_domain::measure::Conservation;
use kith_domain::publish::{Dispatch, Hold, PayloadHash, State, released};

use crate::db::{Arg, Row, Sql, Tx, args, json, statements};
use crate::store::InWorkspace;
use crate::{AttemptKind, AttemptRow, DispatchCursor, DispatchFilter, DispatchView, NewEvent, SaveError, StoreError, events};

/// Rows of a list unless the caller says otherwise, and at most.
pub(crate) const PAGE_DEFAULT: u32 = 50;
pub(crate) const PAGE_MAX: u32 = 500;
/// Most instants, places in a calendar or remote ids of one answer.
pub const TAKEN_MAX: u32 = 5_000;
/// Most attempts of one answer, the latest.
const ATTEMPTS_MAX: u32 = 200;

/// A dispatch's columns.
macro_rules! dispatch_columns {
    () => {
        concat!(
            "d.id, d.workspace_id, d.post_id, d.variant_id, d.channel_id, d.occurrence_key, d.civil, d.zone, d.due_at, ",
            "d.grace_s, d.payload_hash, d.remote_key, d.prepared, d.state_json, d.fence, d.lease_until, d.attempts, ",
            "d.first_send, d.last_send"
        )
    };
}
pub(crate) use dispatch_columns;

macro_rules! view {
    ($($rest:tt)*) => {
        concat!(
            "SELECT ", dispatch_columns!(),
            ", d.provenance, d.created_at, v.content, v.approved_hash, p.category, c.name AS channel_name, c.network ",
            "FROM dispatch d JOIN variant v ON v.id = d.variant_id JOIN post p ON p.id = d.post_id ",
            "JOIN channel c ON c.id = d.channel_id WHERE d.workspace_id = $1 ",
            $($rest)*
        )
    };
}

statements! {
    // Keyset pages: forwards and backwards, over all states or in one.
    FORWARDS = view!(
        "AND d.due_at >= $2 AND d.due_at < $3 AND (d.due_at, d.id) > ($4, $5) ",
        "AND (CAST($6 AS TEXT) IS NULL OR d.channel_id = $6) ORDER BY d.due_at, d.id LIMIT $7"
    );
    BACKWARDS = view!(
        "AND d.due_at >= $2 AND d.due_at < $3 AND (d.due_at, d.id) < ($4, $5) ",
        "AND (CAST($6 AS TEXT) IS NULL OR d.channel_id = $6) ORDER BY d.due_at DESC, d.id DESC LIMIT $7"
    );
    FORWARDS_IN = view!(
        "AND d.state = $8 AND d.due_at >= $2 AND d.due_at < $3 AND (d.due_at, d.id) > ($4, $5) ",
        "AND (CAST($6 AS TEXT) IS NULL OR d.channel_id = $6) ORDER BY d.due_at, d.id LIMIT $7"
    );
    BACKWARDS_IN = view!(
        "AND d.state = $8 AND d.due_at >= $2 AND d.due_at < $3 AND (d.due_at, d.id) < ($4, $5) ",
        "AND (CAST($6 AS TEXT) IS NULL OR d.channel_id = $6) ORDER BY d.due_at DESC, d.id DESC LIMIT $7"
    );
    ONE = view!("AND d.id = $2");
    /// What stands in a calendar, without its words: later parts of a thread stand with the first.
    STANDS = concat!(
        "SELECT d.id, d.post_id, d.due_at FROM dispatch d JOIN variant v ON v.id = d.variant_id WHERE d.workspace_id = $1 ",
        "AND d.due_at >= $2 AND d.due_at < $3 AND d.state <> 'cancelled' AND json_extract(v.content, '$.extras.after') IS NULL ",
        "ORDER BY d.due_at, d.id LIMIT $4"
    ), postgres concat!(
        "SELECT d.id, d.post_id, d.due_at FROM dispatch d JOIN variant v ON v.id = d.variant_id WHERE d.workspace_id = $1 ",
        "AND d.due_at >= $2 AND d.due_at < $3 AND d.state <> 'cancelled' AND CAST(v.content AS json) #>> '{extras,after}' IS NULL ",
        "ORDER BY d.due_at, d.id LIMIT $4"
    );
    /// `$2` is a JSON list.
    THESE = view!("AND d.id IN (SELECT value FROM json_each($2)) ORDER BY d.due_at, d.id"),
        postgres view!("AND d.id IN (SELECT json_array_elements_text($2::json)) ORDER BY d.due_at, d.id");
    ATTEMPTS = concat!(
        "SELECT n, fence, kind, started_at, ended_at, request_hash, request, outcome, answer, conclusion FROM attempt ",
        "WHERE workspace_id = $1 AND dispatch_id = $2 ORDER BY n DESC LIMIT $3"
    );
    COUNTS = "SELECT state, COUNT(*) AS n FROM dispatch WHERE workspace_id = $1 GROUP BY state";
    TAKEN = concat!(
        "SELECT due_at FROM dispatch WHERE workspace_id = $1 AND channel_id = $2 AND due_at >= $3 AND due_at < $4 ",
        "AND state <> 'cancelled' ORDER BY due_at LIMIT $5"
    );
    /// By the index of what may be out on a channel, which holds few rows.
    HAS_TWIN = concat!(
        "SELECT id FROM dispatch WHERE workspace_id = $1 AND channel_id = $2 AND payload_hash = $3 AND id <> $4 ",
        "AND wake_at IS NOT NULL AND state NOT IN ('planned', 'claimed') AND state IN ('sending', 'uncertain') LIMIT 1"
    );
    TAKEN_REMOTE_IDS = concat!(
        "SELECT remote_id FROM dispatch WHERE workspace_id = $1 AND channel_id = $2 AND sent_at >= $3 ",
        "AND remote_id IS NOT NULL AND id <> $4 ORDER BY sent_at DESC LIMIT $5"
    );
    /// By a person: the fence moves on, so that a worker's claim ends and a second press finds it moved.
    APPLY = concat!(
        "UPDATE dispatch SET state = $5, state_json = $6, fence = fence + 1, wake_at = $7, lease_until = NULL, ",
        "remote_id = COALESCE($8, remote_id), remote_url = COALESCE($9, remote_url), sent_at = COALESCE($10, sent_at) ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $4"
    );
    /// By a person, to another time; the occurrence keeps its key, so that the same import is still known.
    RESCHEDULE = concat!(
        "UPDATE dispatch SET state = $5, state_json = $6, fence = fence + 1, wake_at = $10, lease_until = NULL, ",
        "due_at = $7, civil = $8, zone = $9, own_time = 1 WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND state = $4"
    );
    HELD = concat!(
        "SELECT ", dispatch_columns!(), " FROM dispatch d ",
        "WHERE d.workspace_id = $1 AND d.state = 'held' AND d.channel_id = $2 ORDER BY d.due_at, d.id"
    );
}

impl InWorkspace<'_> {
    /// One page of dispatches, ordered by `due_at` and id.
    pub async fn dispatches(&self, filter: &DispatchFilter) -> Result<Vec<DispatchView>, StoreError> {
        let limit = page_size(filter.limit);
        let mut views = Vec::new();
        if filter.states.is_empty() {
            let sql = if filter.latest_first { &BACKWARDS } else { &FORWARDS };
            self.page(sql, page_args(self, filter, limit), &mut views).await?;
        }
        // Each state is a range of its own index; a few of them are merged here.
        for state in &filter.states {
            let sql = if filter.latest_first { &BACKWARDS_IN } else { &FORWARDS_IN };
            let mut args = page_args(self, filter, limit);
            args.extend(args![state]);
            self.page(sql, args, &mut views).await?;
        }
        if filter.states.len() > 1 {
            views.sort_by_key(|view| (view.dispatch.due_at, view.dispatch.id));
            if filter.latest_first {
                views.reverse();
            }
            views.truncate(limit as usize);
        }
        Ok(views)
    }

    /// What stands in a calendar between two instants, by time: dispatch, post and instant, at most 5,000.
    pub async fn calendar(&self, from: Timestamp, to: Timestamp) -> Result<Vec<(DispatchId, PostId, Timestamp)>, StoreError> {
        let rows = self.store.rows(&STANDS, args![self.id, from, to, TAKEN_MAX]).await?;
        rows.iter().map(|row| Ok((row.id("id")?, row.id("post_id")?, row.at("due_at")?))).collect()
    }

    /// These dispatches, by time.
    pub async fn these_dispatches(&self, ids: &[DispatchId]) -> Result<Vec<DispatchView>, StoreError> {
        let listed: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut views = Vec::with_capacity(ids.len());
        self.page(&THESE, args![self.id, json(&listed)?], &mut views).await?;
        Ok(views)
    }

    async fn page(&self, sql: &'static Sql, args: Vec<Arg>, views: &mut Vec<DispatchView>) -> Result<(), StoreError> {
        for row in self.store.rows(sql, args).await? {
            views.push(view_row(&row)?);
        }
        Ok(())
    }

    /// One dispatch.
    pub async fn dispatch(&self, id: DispatchId) -> Result<Option<DispatchView>, StoreError> {
        self.store.row(&ONE, args![self.id, id]).await?.as_ref().map(view_row).transpose()
    }

    /// Its attempts, the oldest first: all, or the latest 200.
    pub async fn attempts(&self, id: DispatchId) -> Result<Vec<AttemptRow>, StoreError> {
        let rows = self.store.rows(&ATTEMPTS, args![self.id, id, ATTEMPTS_MAX]).await?;
        rows.iter().rev().map(attempt_row).collect()
    }

    /// How many dispatches are in each state.
    pub async fn counts(&self) -> Result<Conservation, StoreError> {
        let mut sum = Conservation::default();
        for row in self.store.rows(&COUNTS, args![self.id]).await? {
            sum.by_state.insert(row.text("state")?, row.count("n")?);
        }
        Ok(sum)
    }

    /// Due times on a channel that are not cancelled, from `from` to before `to`, the earliest first, at most 5,000.
    pub async fn taken(&self, channel: ChannelId, from: Timestamp, to: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        let rows = self.store.rows(&TAKEN, args![self.id, channel, from, to, TAKEN_MAX]).await?;
        rows.iter().map(|row| row.at("due_at")).collect()
    }

    /// Whether another dispatch of its channel with the same content is being sent or looked for.
    pub async fn has_twin(&self, d: &Dispatch) -> Result<bool, StoreError> {
        let args = args![self.id, d.channel, d.payload_hash.as_str(), d.id];
        Ok(self.store.row(&HAS_TWIN, args).await?.is_some())
    }

    /// Remote ids that belong to other dispatches of a channel sent since then, so that a look in the network's own
    /// list can't take one of them for `except`; at most 5,000, the latest first.
    pub async fn taken_remote_ids(&self, channel: ChannelId, since: Timestamp, except: DispatchId) -> Result<Vec<String>, StoreError> {
        let rows = self.store.rows(&TAKEN_REMOTE_IDS, args![self.id, channel, since, except, TAKEN_MAX]).await?;
        rows.iter().map(|row| row.text("remote_id")).collect()
    }

    /// Stores what a person decided about a dispatch as it was read. `Fenced` if it has moved since; a worker's claim
    /// on it ends.
    pub async fn apply(&self, was: &Dispatch, state: &State, event: &NewEvent, now: Timestamp) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let done = self.apply_in(&mut tx, was, state, Some(event), now).await;
        self.store.end(tx, done).await
    }

    /// The same for several, each as it was read: all or none.
    pub async fn apply_all(&self, steps: &[(Dispatch, State, NewEvent)], now: Timestamp) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let mut done = Ok(());
        for (was, state, event) in steps {
            done = self.apply_in(&mut tx, was, state, Some(event), now).await;
            if done.is_err() {
                break;
            }
        }
        self.store.end(tx, done).await
    }

    /// Stores that a person gave it another time: `moved` is the dispatch as it was read, with its new state, instant,
    /// civil time and zone. `Fenced` if it has moved since.
    pub async fn reschedule(&self, was: &Dispatch, moved: &Dispatch, event: &NewEvent, now: Timestamp) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let done = self.reschedule_in(&mut tx, was, moved, event, now).await;
        self.store.end(tx, done).await
    }

    /// Stores that a person gave a whole post another time: each dispatch as it was read, as it is now, and what is told
    /// of it. All or none; `Fenced` if one of them has moved since.
    pub async fn reschedule_all(&self, moves: &[(Dispatch, Dispatch, NewEvent)], now: Timestamp) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let mut done = Ok(());
        for (was, moved, event) in moves {
            done = self.reschedule_in(&mut tx, was, moved, event, now).await;
            if done.is_err() {
                break;
            }
        }
        self.store.end(tx, done).await
    }

    async fn reschedule_in(
        &self,
        tx: &mut Tx,
        was: &Dispatch,
        moved: &Dispatch,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        let (state, json) = (moved.state.name(), json(&moved.state)?);
        let wakes = wake_at(moved, &moved.state);
        let args = args![self.id, was.id, was.fence, was.state.name(), state, json, moved.due_at, moved.civil, moved.zone, wakes];
        if tx.run(&RESCHEDULE, args).await? == 0 {
            return Err(SaveError::Fenced);
        }
        events::add(tx, self.id, event, now).await?;
        Ok(())
    }

    /// Something that held dispatches of a channel is mended: those held for this reason are planned again. Returns how
    /// many.
    pub async fn release_held(&self, channel: ChannelId, why: Hold, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.release_in(&mut tx, channel, why, now).await;
        self.store.end(tx, done).await
    }

    /// What held these dispatches, as they were read, is over: they are planned again, whichever channel is theirs. One that
    /// has moved since stays as it is. Returns how many.
    pub async fn release_these(&self, held: &[Dispatch], now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.store.begin().await?;
        let mut done = Ok(0);
        for was in held {
            done = match (self.apply_in(&mut tx, was, &released(was).state, None, now).await, done) {
                (Ok(()), Ok(count)) => Ok(count + 1),
                (Err(SaveError::Store(error)), _) => Err(error),
                (_, done) => done,
            };
            if done.is_err() {
                break;
            }
        }
        self.store.end(tx, done).await
    }

    async fn release_in(&self, tx: &mut Tx, channel: ChannelId, why: Hold, now: Timestamp) -> Result<u64, StoreError> {
        let mut count = 0;
        for row in tx.rows(&HELD, args![self.id, channel]).await? {
            let held = dispatch_row(&row)?;
            if !matches!(held.state, State::Held { why: reason, .. } if reason == why) {
                continue;
            }
            match self.apply_in(tx, &held, &released(&held).state, None, now).await {
                Ok(()) => count += 1,
                // Somebody has just answered it; it is not held any more.
                Err(SaveError::Fenced) => {}
                Err(SaveError::Store(error)) => return Err(error),
            }
        }
        Ok(count)
    }

    pub(crate) async fn apply_in(
        &self,
        tx: &mut Tx,
        was: &Dispatch,
        state: &State,
        event: Option<&NewEvent>,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        let proof = Proof::of(state);
        let args = args![
            self.id,
            was.id,
            was.fence,
            was.state.name(),
            state.name(),
            json(state)?,
            wake_at(was, state),
            proof.remote_id,
            proof.url,
            proof.at,
        ];
        if tx.run(&APPLY, args).await.map_err(|error| proof.name(error))? == 0 {
            return Err(SaveError::Fenced);
        }
        if let Some(event) = event {
            events::add(tx, self.id, event, now).await?;
        }
        Ok(())
    }
}

/// What a published state proves, in columns of its own (I1).
pub(crate) struct Proof<'a> {
    pub(crate) remote_id: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    pub(crate) at: Option<Timestamp>,
}

impl<'a> Proof<'a> {
    pub(crate) fn of(state: &'a State) -> Self {
        match state {
            State::Published { receipt } => Self { remote_id: Some(&receipt.remote_id), url: receipt.url.as_deref(), at: Some(receipt.at) },
            _ => Self { remote_id: None, url: None, at: None },
        }
    }

    /// Names the remote id, where another dispatch has it.
    pub(crate) fn name(&self, error: StoreError) -> StoreError {
        match self.remote_id {
            Some(id) => error.naming(id),
            None => error,
        }
    }
}

/// When a worker has something to do once `state` is stored and no claim is on it.
pub(crate) fn wake_at(d: &Dispatch, state: &State) -> Option<Timestamp> {
    Dispatch { state: state.clone(), ..d.clone() }.wake_at(None)
}

pub(crate) fn page_size(asked: u32) -> u32 {
    if asked == 0 { PAGE_DEFAULT } else { asked.min(PAGE_MAX) }
}

fn page_args(workspace: &InWorkspace<'_>, filter: &DispatchFilter, limit: u32) -> Vec<Arg> {
    let from = filter.from.map_or(i64::MIN, Timestamp::as_millisecond);
    let to = filter.to.map_or(i64::MAX, Timestamp::as_millisecond);
    let start = if filter.latest_first { i64::MAX } else { i64::MIN };
    let (at, id) = filter.after.map_or((start, String::new()), |DispatchCursor { due_at, id }| (due_at.as_millisecond(), id.to_string()));
    args![workspace.id, from, to, at, id, filter.channel, limit]
}

pub(crate) fn dispatch_row(row: &Row) -> Result<Dispatch, StoreError> {
    Ok(Dispatch {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        post: row.id("post_id")?,
        variant: row.id("variant_id")?,
        channel: row.id("channel_id")?,
        occurrence_key: row.text("occurrence_key")?,
        civil: row.text("civil")?,
        zone: row.text("zone")?,
        due_at: row.at("due_at")?,
        grace_s: row.int("grace_s")?,
        payload_hash: PayloadHash::from_stored(row.text("payload_hash")?),
        remote_key: row.text("remote_key")?,
        prepared: row.text_opt("prepared")?,
        state: row.json("state_json")?,
        fence: row.int("fence")?,
        attempts: row.count("attempts")?,
        first_send: row.at_opt("first_send")?,
        last_send: row.at_opt("last_send")?,
    })
}

pub(crate) fn view_row(row: &Row) -> Result<DispatchView, StoreError> {
    Ok(DispatchView {
        dispatch: dispatch_row(row)?,
        content: row.json("content")?,
        approved_hash: row.text_opt("approved_hash")?.map(PayloadHash::from_stored),
        provenance: row.json("provenance")?,
        category: row.text_opt("category")?,
        channel_name: row.text("channel_name")?,
        network: row.network("network")?,
        lease_until: row.at_opt("lease_until")?,
        created_at: row.at("created_at")?,
    })
}

fn attempt_row(row: &Row) -> Result<AttemptRow, StoreError> {
    Ok(AttemptRow {
        n: row.count("n")?,
        fence: row.int("fence")?,
        kind: row.named("kind", AttemptKind::from_stored)?,
        started_at: row.at("started_at")?,
        ended_at: row.at_opt("ended_at")?,
        request_hash: row.text("request_hash")?,
        request: row.text("request")?,
        outcome: row.text("outcome")?,
        answer: row.text("answer")?,
        conclusion: row.text("conclusion")?,
    })
}
