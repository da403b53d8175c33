//! The worker's side of dispatches: storing intents and results under the fence of a claim (`turns`).
//!
//! A claim moves the fence on and takes a lease; whoever holds an older fence writes nothing more (I4). The intent is
//! `begin_attempt`: once it returns, it is on disk, and only then may bytes leave (I2). Every save names the dispatch's own
//! workspace.

use jiff::Timestamp;
use kith_domain::publish::{Dispatch, State};

use crate::db::{Arg, Tx, args, json, statements};
use crate::dispatches::{Proof, wake_at};
use crate::pace::charge_in;
use crate::store::Store;
use crate::{AttemptEnd, AttemptKind, AttemptStart, Charge, NewEvent, SaveError, StoreError, events};

/// Longest stored answer of a network, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024;
/// Longest stored request and conclusion, in bytes.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// Where a dispatch stands. With `$8` the claim goes on, so nobody else wakes it before its lease ends; otherwise it is
/// over.
macro_rules! save {
    () => {
        concat!(
            "UPDATE dispatch SET state = $4, state_json = $5, prepared = COALESCE($6, prepared), ",
            "wake_at = CASE WHEN $8 THEN COALESCE(lease_until, $7) ELSE $7 END, ",
            "lease_until = CASE WHEN $8 THEN lease_until ELSE NULL END, attempts = attempts + $9, ",
            "first_send = COALESCE(first_send, $10), last_send = COALESCE($10, last_send), ",
            "remote_id = COALESCE($11, remote_id), remote_url = COALESCE($12, remote_url), sent_at = COALESCE($13, sent_at)"
        )
    };
}

statements! {
    /// Crosses tenants: the worker sleeps until the first of all.
    NEXT_WAKE = "SELECT wake_at FROM dispatch WHERE wake_at IS NOT NULL ORDER BY wake_at, id LIMIT 1";
    /// Crosses tenants: the same, past what is being done now.
    NEXT_WAKE_AFTER = "SELECT wake_at FROM dispatch WHERE wake_at IS NOT NULL AND wake_at > $1 ORDER BY wake_at, id LIMIT 1";
    /// Crosses tenants: at the start of the only worker, nobody else can hold a lease.
    RELEASE_LEASES = "UPDATE dispatch SET wake_at = $1, lease_until = NULL, fence = fence + 1 WHERE lease_until IS NOT NULL";
    /// Crosses tenants: the same for the channels that were read or renewed.
    END_LEASES = "UPDATE lease SET until_at = $1, fence = fence + 1 WHERE until_at > $1";
    SAVE = concat!(save!(), " WHERE workspace_id = $1 AND id = $2 AND fence = $3");
    EXTEND = concat!(
        "UPDATE dispatch SET lease_until = $4, wake_at = $4 ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND lease_until IS NOT NULL"
    );
    BEGIN_ATTEMPT = concat!(
        "INSERT INTO attempt (dispatch_id, n, workspace_id, fence, kind, started_at, request_hash, request, outcome, ",
        "answer, conclusion) SELECT $2, COALESCE(MAX(n), 0) + 1, $1, $3, $4, $5, $6, $7, '', '', '' FROM attempt ",
        "WHERE workspace_id = $1 AND dispatch_id = $2 RETURNING n"
    );
    /// The intent whole: where the dispatch stands, the attempt, and what it takes from a budget (as `pace::CHARGE`). Each
    /// statement goes on only if the one before it hit its row.
    BEGIN_AT_ONCE = concat!(
        "SAVEPOINT turn; ", save!(), " WHERE workspace_id = $1 AND id = $2 AND fence = $3; ",
        "INSERT INTO attempt (dispatch_id, n, workspace_id, fence, kind, started_at, request_hash, request, outcome, ",
        "answer, conclusion) SELECT $2, COALESCE(MAX(n), 0) + 1, $1, $3, $14, $15, $16, $17, '', '', '' FROM attempt ",
        "WHERE workspace_id = $1 AND dispatch_id = $2 HAVING changes() = 1 RETURNING n, NULL AS full_at; ",
        "INSERT INTO pace (key, name, full_at) SELECT $18, $19, $15 + $21 WHERE changes() = 1 AND $18 IS NOT NULL ",
        "ON CONFLICT (key, name) DO UPDATE SET full_at = MIN(MAX(pace.full_at, $15), $20) + $21 RETURNING 0 AS n, full_at; ",
        "RELEASE turn"
    ), postgres concat!(
        "WITH saved AS (", save!(), " WHERE workspace_id = $1 AND id = $2 AND fence = $3 RETURNING id), ",
        "begun AS (INSERT INTO attempt (dispatch_id, n, workspace_id, fence, kind, started_at, request_hash, request, outcome, ",
        "answer, conclusion) SELECT saved.id, (SELECT COALESCE(MAX(n), 0) + 1 FROM attempt WHERE workspace_id = $1 ",
        "AND dispatch_id = $2), $1, $3, CAST($14 AS TEXT), CAST($15 AS BIGINT), CAST($16 AS TEXT), CAST($17 AS TEXT), '', '', '' ",
        "FROM saved RETURNING n), ",
        "charged AS (INSERT INTO pace (key, name, full_at) SELECT CAST($18 AS TEXT), CAST($19 AS TEXT), ",
        "CAST($15 AS BIGINT) + CAST($21 AS BIGINT) FROM begun WHERE CAST($18 AS TEXT) IS NOT NULL ON CONFLICT (key, name) DO UPDATE SET ",
        "full_at = LEAST(GREATEST(pace.full_at, CAST($15 AS BIGINT)), CAST($20 AS BIGINT)) + CAST($21 AS BIGINT) RETURNING full_at) ",
        "SELECT begun.n, charged.full_at FROM begun LEFT JOIN charged ON TRUE"
    );
    /// The result whole: the attempt's end, where the dispatch stands, and the event if there is one (`$19`).
    FINISH_AT_ONCE = concat!(
        "SAVEPOINT turn; ",
        "UPDATE attempt SET ended_at = $15, outcome = $16, answer = $17, conclusion = $18 ",
        "WHERE workspace_id = $1 AND dispatch_id = $2 AND n = $14 AND fence = $3 ",
        "AND EXISTS (SELECT 1 FROM dispatch WHERE workspace_id = $1 AND id = $2 AND fence = $3) RETURNING n; ",
        save!(), " WHERE workspace_id = $1 AND id = $2 AND fence = $3 AND changes() = 1; ",
        "INSERT INTO event (workspace_id, at, kind, subject, actor, detail) SELECT $1, $15, $19, $20, $21, $22 ",
        "WHERE changes() = 1 AND $19 IS NOT NULL; RELEASE turn"
    ), postgres concat!(
        "WITH mine AS MATERIALIZED (SELECT id FROM dispatch WHERE workspace_id = $1 AND id = $2 AND fence = $3 FOR UPDATE), ",
        "ended AS (UPDATE attempt SET ended_at = $15, outcome = $16, answer = $17, conclusion = $18 FROM mine ",
        "WHERE attempt.workspace_id = $1 AND attempt.dispatch_id = mine.id AND attempt.n = $14 AND attempt.fence = $3 ",
        "RETURNING attempt.n), ",
        "saved AS (", save!(), " FROM ended WHERE workspace_id = $1 AND id = $2 AND fence = $3 RETURNING ended.n), ",
        "told AS (INSERT INTO event (workspace_id, at, kind, subject, actor, detail) SELECT $1, CAST($15 AS BIGINT), ",
        "CAST($19 AS TEXT), CAST($20 AS TEXT), CAST($21 AS TEXT), CAST($22 AS TEXT) FROM saved WHERE CAST($19 AS TEXT) IS NOT NULL) ",
        "SELECT n FROM saved"
    );
}

/// One write of a dispatch's row by the worker that holds it.
struct Save<'a> {
    dispatch: &'a Dispatch,
    state: &'a State,
    prepared: Option<&'a str>,
    /// Whether the claim goes on.
    keep: bool,
    /// The instant of a send that begins.
    send_at: Option<Timestamp>,
}

impl Store {
    /// When the first dispatch of all wakes; in the past if something is due.
    pub async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        self.row(&NEXT_WAKE, args![]).await?.map(|row| row.at("wake_at")).transpose()
    }

    /// When the first dispatch wakes that does not wake at or before `after`.
    pub async fn next_wake_after(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.row(&NEXT_WAKE_AFTER, args![after]).await?.map(|row| row.at("wake_at")).transpose()
    }

    /// At the start of the only worker: what an earlier one had claimed wakes now, and what it read is free. Returns how
    /// many dispatches wake.
    pub async fn release_leases(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let done = release_in(&mut tx, now).await;
        if matches!(done, Ok(0)) {
            return self.end_quietly(tx, done).await;
        }
        self.end(tx, done).await
    }

    /// Stores that an attempt begins, with the state that says so; the claim goes on. For a send this is the intent:
    /// the bytes in `prepared` may leave only after it has returned. Returns the attempt's number.
    pub async fn begin_attempt(
        &self,
        d: &Dispatch,
        state: &State,
        prepared: Option<&str>,
        start: &AttemptStart,
        now: Timestamp,
    ) -> Result<u32, SaveError> {
        self.begin_charged(d, state, prepared, start, &[], now).await
    }

    /// As `begin_attempt`, and takes what the attempt costs from its network's budgets.
    pub async fn begin_charged(
        &self,
        d: &Dispatch,
        state: &State,
        prepared: Option<&str>,
        start: &AttemptStart,
        charges: &[Charge],
        now: Timestamp,
    ) -> Result<u32, SaveError> {
        let send_at = (start.kind == AttemptKind::Send).then_some(now);
        let save = Save { dispatch: d, state, prepared, keep: true, send_at };
        if let [] | [_] = charges {
            return self.begin_at_once(&save, start, charges.first(), now).await;
        }
        let mut tx = self.begin().await?;
        let done = begin_in(&mut tx, &save, start, charges, now).await;
        self.end_quietly(tx, done).await
    }

    /// Stores how an attempt ended and where the dispatch stands now. `Fenced` if the claim was lost meanwhile: then
    /// nothing is written. `Conflict(RemoteId)` if another dispatch has this remote id (I1).
    pub async fn finish_attempt(
        &self,
        d: &Dispatch,
        state: &State,
        end: &AttemptEnd,
        event: Option<&NewEvent>,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        let mut args = Save::step(d, state, None).args()?;
        let (answer, conclusion) = (cut(&end.answer, ANSWER_BYTES_MAX), cut(&end.conclusion, REQUEST_BYTES_MAX));
        args.extend(args![end.n, now, end.outcome, answer, conclusion]);
        args.extend(match event {
            Some(event) => args![event.kind, event.subject, json(&event.actor)?, json(&event.detail)?],
            None => vec![Arg::Text(None); 4],
        });
        let rows = self.db().at_once(&FINISH_AT_ONCE, args).await.map_err(|error| Proof::of(state).name(error))?;
        if rows.is_empty() { Err(SaveError::Fenced) } else { Ok(()) }
    }

    /// An intent that takes from one budget at most.
    async fn begin_at_once(
        &self,
        save: &Save<'_>,
        start: &AttemptStart,
        charge: Option<&Charge>,
        now: Timestamp,
    ) -> Result<u32, SaveError> {
        let mut args = save.args()?;
        args.extend(args![start.kind.as_str(), now, start.request_hash, cut(&start.request, REQUEST_BYTES_MAX)]);
        let charge = charge.filter(|charge| charge.budget.cost.of(charge.what) > 0);
        args.extend(match charge {
            Some(charge) => args![charge.key, charge.budget.name, now + charge.budget.window(), charge.takes_ms()],
            None => vec![Arg::Text(None), Arg::Text(None), Arg::Int(None), Arg::Int(None)],
        });
        let rows = self.db().at_once(&BEGIN_AT_ONCE, args).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Err(SaveError::Fenced) };
        if let (Some(charge), Some(full_at)) = (charge, last.at_opt("full_at")?)
            && let Some(free_at) = charge.rests_until(full_at, now)
        {
            // Lost by a crash right here, the pause begins with the next use.
            self.rest(&charge.key, free_at).await?;
        }
        Ok(first.count("n")?)
    }

    /// Stores where a claimed dispatch stands, without an attempt. `Claimed` and `Sending` keep the claim; any other
    /// state ends it.
    pub async fn save_step(
        &self,
        d: &Dispatch,
        state: &State,
        prepared: Option<&str>,
        event: Option<&NewEvent>,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        let mut tx = self.begin().await?;
        let done = step_in(&mut tx, &Save::step(d, state, prepared), event, now).await;
        self.end_quietly(tx, done).await
    }

    /// Makes a claim last longer (a long upload). `Fenced` if it was lost.
    pub async fn extend_lease(&self, d: &Dispatch, lease_until: Timestamp) -> Result<(), SaveError> {
        match self.write(&EXTEND, args![d.workspace, d.id, d.fence, lease_until]).await? {
            0 => Err(SaveError::Fenced),
            _ => Ok(()),
        }
    }
}

async fn release_in(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.run(&END_LEASES, args![now]).await?;
    tx.run(&RELEASE_LEASES, args![now]).await
}

async fn begin_in(tx: &mut Tx, save: &Save<'_>, start: &AttemptStart, charges: &[Charge], now: Timestamp) -> Result<u32, SaveError> {
    save.store(tx).await?;
    let d = save.dispatch;
    let request = cut(&start.request, REQUEST_BYTES_MAX);
    let args = args![d.workspace, d.id, d.fence, start.kind.as_str(), now, start.request_hash, request];
    let row = tx.row(&BEGIN_ATTEMPT, args).await?.ok_or_else(|| StoreError::Broken("an attempt got no number".into()))?;
    // Last: a server's bucket is one row that others wait for.
    charge_in(tx, charges, now).await?;
    Ok(row.count("n")?)
}

async fn step_in(tx: &mut Tx, save: &Save<'_>, event: Option<&NewEvent>, now: Timestamp) -> Result<(), SaveError> {
    save.store(tx).await?;
    if let Some(event) = event {
        events::add(tx, save.dispatch.workspace, event, now).await?;
    }
    Ok(())
}

impl<'a> Save<'a> {
    fn step(dispatch: &'a Dispatch, state: &'a State, prepared: Option<&'a str>) -> Self {
        Self { dispatch, state, prepared, keep: matches!(state, State::Claimed { .. } | State::Sending { .. }), send_at: None }
    }

    /// `$1` to `$13` of `save!`.
    fn args(&self) -> Result<Vec<Arg>, StoreError> {
        let (d, proof) = (self.dispatch, Proof::of(self.state));
        Ok(args![
            d.workspace,
            d.id,
            d.fence,
            self.state.name(),
            json(self.state)?,
            self.prepared,
            wake_at(d, self.state),
            self.keep,
            i64::from(self.send_at.is_some()),
            self.send_at,
            proof.remote_id,
            proof.url,
            proof.at,
        ])
    }

    async fn store(&self, tx: &mut Tx) -> Result<(), SaveError> {
        match tx.run(&SAVE, self.args()?).await.map_err(|error| Proof::of(self.state).name(error))? {
            0 => Err(SaveError::Fenced),
            _ => Ok(()),
        }
    }
}

/// Cuts at a character's border.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
