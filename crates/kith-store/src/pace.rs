//! How fast channels and servers are used: buckets and pauses, each one row that all processes share.
//!
//! A bucket is the instant at which it is full again; charging it is one upsert in the transaction of the intent, so a
//! crash loses no charge and two processes can't both take the last unit unseen. When a bucket is empty its key rests:
//! `due_channels` leaves it out until enough is there.

use jiff::Timestamp;
use kith_domain::ids::ChannelId;
use kith_domain::publish::{Budget, LastOut, Scope, Use};

use crate::StoreError;
use crate::db::{Tx, args, statements};
use crate::rows::Charge;
use crate::store::{InWorkspace, Store};

statements! {
    /// As `Budget::charge`: no earlier than now, no further ahead than an empty bucket, then what is taken.
    CHARGE = concat!(
        "INSERT INTO pace (key, name, full_at) VALUES ($1, $2, CAST($3 AS BIGINT) + CAST($5 AS BIGINT)) ON CONFLICT (key, name) DO UPDATE SET ",
        "full_at = MIN(MAX(pace.full_at, $3), $4) + CAST($5 AS BIGINT) RETURNING full_at"
    ), postgres concat!(
        "INSERT INTO pace (key, name, full_at) VALUES ($1, $2, CAST($3 AS BIGINT) + CAST($5 AS BIGINT)) ON CONFLICT (key, name) DO UPDATE SET ",
        "full_at = LEAST(GREATEST(pace.full_at, $3), $4) + CAST($5 AS BIGINT) RETURNING full_at"
    );
    FULL_AT = "SELECT full_at FROM pace WHERE key = $1 AND name = $2";
    /// The longer pause holds.
    REST = concat!(
        "INSERT INTO pace (key, name, full_at) VALUES ($1, '', $2) ",
        "ON CONFLICT (key, name) DO UPDATE SET full_at = MAX(pace.full_at, $2)"
    ), postgres concat!(
        "INSERT INTO pace (key, name, full_at) VALUES ($1, '', $2) ",
        "ON CONFLICT (key, name) DO UPDATE SET full_at = GREATEST(pace.full_at, $2)"
    );
    NEXT_REST_END = "SELECT MIN(full_at) AS full_at FROM pace WHERE name = '' AND full_at > $1";
    FORGET_RESTS = "DELETE FROM pace WHERE name = '' AND full_at > $1";
    LAST_OUT = concat!(
        "SELECT last_send, due_at FROM dispatch WHERE workspace_id = $1 AND channel_id = $2 AND last_send IS NOT NULL ",
        "ORDER BY last_send DESC LIMIT 1"
    );
}

impl Store {
    /// Charges budgets outside of an attempt (pictures that are uploaded before it).
    pub async fn charge(&self, charges: &[Charge], now: Timestamp) -> Result<(), StoreError> {
        if charges.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let done = charge_in(&mut tx, charges, now).await;
        self.end(tx, done).await
    }

    /// Nothing of this key (a channel's id, a server's address) is claimed before `until`.
    pub async fn rest(&self, key: &str, until: Timestamp) -> Result<(), StoreError> {
        self.write(&REST, args![key, until]).await.map(drop)
    }

    /// When a bucket is full again; `None` if it was never used.
    pub async fn full_at(&self, key: &str, budget: &Budget) -> Result<Option<Timestamp>, StoreError> {
        self.row(&FULL_AT, args![key, budget.name]).await?.map(|row| row.at("full_at")).transpose()
    }

    /// The first end of a pause after this instant.
    pub async fn next_rest_end(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        match self.row(&NEXT_REST_END, args![after]).await? {
            Some(row) => row.at_opt("full_at"),
            None => Ok(None),
        }
    }

    /// Ends the pauses that last beyond this instant: only a wrong clock can have set them.
    pub async fn forget_rests(&self, beyond: Timestamp) -> Result<u64, StoreError> {
        self.write(&FORGET_RESTS, args![beyond]).await
    }
}

impl InWorkspace<'_> {
    /// What went out last on a channel, whatever came back.
    pub async fn last_out(&self, channel: ChannelId) -> Result<Option<LastOut>, StoreError> {
        let row = self.store.row(&LAST_OUT, args![self.id, channel]).await?;
        row.map(|row| Ok(LastOut { sent_at: row.at("last_send")?, due_at: row.at("due_at")? })).transpose()
    }
}

/// Takes what each charge says; a key whose bucket can't pay the next send rests until it can.
pub(crate) async fn charge_in(tx: &mut Tx, charges: &[Charge], now: Timestamp) -> Result<(), StoreError> {
    for charge in charges {
        let (budget, units) = (charge.budget, charge.budget.cost.of(charge.what));
        if units == 0 {
            continue;
        }
        let args = args![charge.key, budget.name, now, now + budget.window(), charge.takes_ms()];
        let row = tx.row(&CHARGE, args).await?.ok_or_else(|| StoreError::Broken("a budget was not charged".into()))?;
        if let Some(free_at) = charge.rests_until(row.at("full_at")?, now) {
            tx.run(&REST, args![charge.key, free_at]).await?;
        }
    }
    Ok(())
}

impl Charge {
    /// What it takes from its bucket, as milliseconds of filling.
    pub(crate) fn takes_ms(&self) -> i64 {
        let (budget, units) = (self.budget, self.budget.cost.of(self.what));
        i64::try_from(budget.time_of(units).as_millis()).unwrap_or(i64::MAX)
    }

    /// Until when its key rests, now that its bucket is full again at `full_at`: until it can pay the next send.
    pub(crate) fn rests_until(&self, full_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let send = self.budget.cost.send;
        let free_at = self.budget.free_at(full_at, send);
        (send > 0 && free_at > now).then_some(free_at)
    }

    /// One charge for each budget that this use costs anything, the server's last: its row is the one that others
    /// wait for, so it is held for the shortest time.
    pub fn all(budgets: &'static [Budget], channel: ChannelId, server: &str, what: Use) -> Vec<Self> {
        let mut charges: Vec<Self> = budgets
            .iter()
            .filter(|budget| budget.cost.of(what) > 0)
            .map(|budget| {
                let key = match budget.scope {
                    Scope::Channel => channel.to_string(),
                    Scope::Server => server.to_owned(),
                };
                Self { key, budget, what }
            })
            .collect();
        charges.sort_by_key(|charge| charge.budget.scope == Scope::Server);
        charges
    }
}
