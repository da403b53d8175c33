//! What a clock that went back has left behind: pauses and leases that end in a time that only the wrong clock knew.
//!
//! All open rows that wake later than planned are gone through, a page and a transaction at a time, until none is left;
//! rows that wait for their time are not read. Cost follows what was put off, not what is stored.

use jiff::{SignedDuration, Timestamp};
use kith_domain::mandate::Actor;
use kith_domain::publish::{Dispatch, LEASE_S, State, clock_went_back};

use crate::db::{Row, Tx, args, json, statements};
use crate::dispatches::{dispatch_columns, dispatch_row};
use crate::store::Store;
use crate::{NewEvent, StoreError, events};

/// Rows of one page and one transaction.
const PAGE: u32 = 500;

statements! {
    /// Crosses tenants: the clock is everybody's.
    PUT_OFF = concat!(
        "SELECT ", dispatch_columns!(), ", d.wake_at FROM dispatch d WHERE d.wake_at > d.due_at ",
        "AND d.wake_at >= $1 AND (d.wake_at, d.id) > ($1, $2) ORDER BY d.wake_at, d.id LIMIT $3"
    );
    /// Under the fence, which moves on: a worker that still holds it writes nothing more.
    PUT_RIGHT = concat!(
        "UPDATE dispatch SET state = $4, state_json = $5, wake_at = $6, lease_until = NULL, fence = fence + 1 ",
        "WHERE workspace_id = $1 AND id = $2 AND fence = $3"
    );
    /// Crosses tenants: how many would go out at once.
    WOULD_FIRE = concat!(
        "SELECT COUNT(*) AS n FROM dispatch WHERE wake_at IS NOT NULL AND wake_at > $1 AND wake_at <= $2 ",
        "AND state = 'planned'"
    );
}

/// A place in the walk.
struct Place {
    wake_at: Timestamp,
    id: String,
}

impl Store {
    /// The clock went back, or nobody knows how it went meanwhile (a start): wakes what only the wrong clock had put
    /// off, and ends the claims that were taken under it. `lease` is how long a claim lasts on this clock. Returns how
    /// many rows were put right.
    pub async fn clock_went_back(&self, now: Timestamp, lease: SignedDuration) -> Result<u64, StoreError> {
        let lease = lease.max(SignedDuration::from_secs(LEASE_S));
        let mut place = Place { wake_at: now, id: String::new() };
        let mut count = 0;
        loop {
            let page = self.rows(&PUT_OFF, args![place.wake_at, place.id, PAGE]).await?;
            let Some(last) = page.last() else { return Ok(count) };
            place = Place { wake_at: last.at("wake_at")?, id: last.text("id")? };
            let mut wrong = Vec::new();
            for row in &page {
                wrong.extend(put_right(row, now, lease)?);
            }
            if !wrong.is_empty() {
                let mut tx = self.begin().await?;
                let done = store_all(&mut tx, &wrong, now).await;
                count += self.end(tx, done).await?;
            }
            if page.len() < PAGE as usize {
                return Ok(count);
            }
        }
    }

    /// How many planned posts came due between two instants: what a jump forward would send at once.
    pub async fn would_fire(&self, from: Timestamp, to: Timestamp) -> Result<u64, StoreError> {
        let row = self.row(&WOULD_FIRE, args![from, to]).await?.ok_or(StoreError::NotThere)?;
        row.count("n")
    }
}

/// A row as it should be.
struct Right {
    was: Dispatch,
    state: State,
    wake_at: Option<Timestamp>,
}

/// What must change in this row, if anything.
fn put_right(row: &Row, now: Timestamp, lease: SignedDuration) -> Result<Option<Right>, StoreError> {
    let was = dispatch_row(row)?;
    if let Some(until) = row.at_opt("lease_until")? {
        let right = Right { state: was.state.clone(), wake_at: Some(now), was };
        return Ok((until > now + lease).then_some(right));
    }
    let state = clock_went_back(&was, now).map_or_else(|| was.state.clone(), |decision| decision.state);
    // What a start under the wrong clock woke "now" is asked anew when it wakes.
    let wake_at = Dispatch { state: state.clone(), ..was.clone() }.wake_at(None);
    let is_right = state == was.state && wake_at == row.at_opt("wake_at")?;
    Ok((!is_right).then_some(Right { was, state, wake_at }))
}

async fn store_all(tx: &mut Tx, wrong: &[Right], now: Timestamp) -> Result<u64, StoreError> {
    let mut count = 0;
    for Right { was, state, wake_at } in wrong {
        let args = args![was.workspace, was.id, was.fence, state.name(), json(state)?, wake_at];
        // Zero rows: somebody has moved it meanwhile, under the right clock.
        if tx.run(&PUT_RIGHT, args).await? == 0 {
            continue;
        }
        count += 1;
        let event = NewEvent {
            kind: "dispatch.clock_went_back".into(),
            subject: was.id.to_string(),
            actor: Actor::Worker,
            detail: serde_json::Value::Null,
        };
        events::add(tx, was.workspace, &event, now).await?;
    }
    Ok(count)
}
