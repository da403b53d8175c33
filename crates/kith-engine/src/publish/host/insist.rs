//! A result that the database can't take now is kept in memory and offered again while the claim's lease lasts.

use std::time::{Duration, Instant};

use kith_domain::publish::LEASE_S;
use kith_store::{SaveError, StoreError};

use crate::kith::Kith;

/// First and longest pause between two offers, in the world's milliseconds.
const PAUSE_FIRST_MS: u64 = 100;
const PAUSE_MAX_MS: u64 = 2_000;
/// Nothing is offered later than this after the claim, in the world's seconds: then somebody else looks for it.
const UNTIL_S: u64 = LEASE_S as u64 - 5;

/// Offers what `save` stores until the database takes it or the claim that began at `began` has grown too old. It writes
/// the same under the same fence each time, so an offer that was stored without word back does no harm.
pub(in crate::publish) async fn insist<T, F>(kith: &Kith, began: Instant, mut save: impl FnMut() -> F) -> Result<T, SaveError>
where
    F: Future<Output = Result<T, SaveError>>,
{
    let (mut pause, offered) = (Duration::from_millis(PAUSE_FIRST_MS), Instant::now());
    loop {
        match save().await {
            Err(SaveError::Store(error @ (StoreError::Busy | StoreError::Full)))
                if kith.clock().steady().duration_since(began).max(offered.elapsed()) + pause < Duration::from_secs(UNTIL_S) =>
            {
                tracing::warn!(%error, "a result waits in memory until the database takes it");
            }
            done => return done,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(PAUSE_MAX_MS));
    }
}
