//! Keeping below the networks' limits while delivering: what a use of a channel is charged, what must wait for it, and
//! resting when a network asks for patience.
//!
//! All decisions are `kith_domain::publish`'s; the state is the store's, so several processes keep the same budgets.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{self as machine, Decision, Outcome, PublishError, Scope, Use};
use kith_store::{Charge, Claimed, StoreError};

use crate::kith::Kith;

/// What this use of the claimed dispatch's channel takes from its network's budgets.
pub(super) fn charges(kith: &Kith, claimed: &Claimed, what: Use) -> Vec<Charge> {
    let channel = &claimed.channel;
    let Ok(network) = kith.network(&channel.network) else { return Vec::new() };
    Charge::all(network.budgets(), channel.id, &channel.server, what)
}

/// The uploads of this dispatch, if it has any.
pub(super) fn uploads(claimed: &Claimed) -> Option<Use> {
    let count = u32::try_from(claimed.content.files().len()).unwrap_or(u32::MAX);
    (count > 0).then_some(Use::Pictures(count))
}

/// Why a dispatch that is about to be prepared waits, if it does: it keeps its distance from what went out last, or
/// its pictures wait for their budget. Its channel's other posts go on.
pub(super) async fn wait(kith: &Kith, claimed: &Claimed, now: Timestamp) -> Result<Option<Decision>, StoreError> {
    let d = &claimed.dispatch;
    // On time, as nearly all are: nothing to read.
    if now.duration_since(d.due_at) > SignedDuration::from_secs(machine::CATCH_UP_AFTER_S) {
        let last = kith.store().in_workspace(d.workspace).last_out(d.channel).await?;
        if let Some(spaced) = machine::catch_up(d, last, now) {
            return Ok(Some(spaced));
        }
    }
    let Some(what) = uploads(claimed) else { return Ok(None) };
    for charge in charges(kith, claimed, what) {
        // A bucket that a send counts in rests the whole channel by itself.
        if charge.budget.cost.send > 0 || charge.budget.scope == Scope::Server {
            continue;
        }
        if let Some(full_at) = kith.store().full_at(&charge.key, charge.budget).await? {
            let free_at = charge.budget.free_at(full_at, charge.budget.cost.of(what));
            if let Some(later) = machine::wait_for(d, free_at, now) {
                return Ok(Some(later));
            }
        }
    }
    Ok(None)
}

/// The network was asked to publish and certainly did not: the whole channel rests for as long as the network said, or
/// for a moment.
pub(super) async fn rest_after(kith: &Kith, claimed: &Claimed, outcome: &Outcome) {
    if let Err(PublishError::Later { after, why }) = outcome {
        rest(kith, claimed, *after, why).await;
    }
}

/// The channel rests.
pub(super) async fn rest(kith: &Kith, claimed: &Claimed, after: Option<SignedDuration>, why: &str) {
    let until = machine::pause_until(after, kith.now());
    let channel = &claimed.channel;
    tracing::info!(channel = %channel.name, %until, why, "the channel rests");
    if let Err(error) = kith.store().rest(&channel.id.to_string(), until).await {
        // The dispatch itself keeps its pause; only its neighbours may ask too early, and hear the same.
        tracing::warn!(channel = %channel.name, %error, "the channel's pause could not be stored");
    }
}
