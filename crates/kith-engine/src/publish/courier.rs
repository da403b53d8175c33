//! The courier: claims what is due and delivers it, some at once, one at a time on each channel.
//!
//! It sleeps until the next dispatch wakes or a write says that something changed; cost follows what is due, not what
//! is stored. A slow or dead channel occupies only its own place.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use kith_domain::ids::ChannelId;
use kith_domain::publish::LEASE_S;
use kith_store::{Claim, Claimed, StoreError};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::deliver::{Delivery, Ended};
use crate::kith::Kith;

/// Dispatches in flight at once.
const IN_FLIGHT_MAX: usize = 32;
/// Longest time until another process's writes are seen, in the world's seconds.
const SWEEP_S: i64 = 1;
/// Time for what is in flight when Kith stops, in seconds (reliability.md A4, "upgrade mid-send").
const STOP_WITHIN_S: u64 = 30;

/// Delivers what is due. One per process.
#[derive(Debug, Clone)]
pub struct Courier {
    kith: Kith,
    busy: Arc<Mutex<HashSet<ChannelId>>>,
    freed: Arc<Notify>,
}

impl Courier {
    /// A courier for this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith, busy: Arc::default(), freed: Arc::default() }
    }

    /// Wakes what an earlier run of this folder left claimed: its worker is gone, as the folder's lock proves. On a
    /// shared database another process may be at it, so its leases must end by themselves.
    pub async fn take_over(&self) -> Result<u64, StoreError> {
        if self.kith.0.shared {
            return Ok(0);
        }
        self.kith.store().release_leases(self.kith.now()).await
    }

    /// Delivers until stopped; then finishes what is in flight.
    pub async fn run(self, stop: CancellationToken) {
        let mut changes = self.kith.store().subscribe();
        let mut flights = JoinSet::new();
        loop {
            while flights.try_join_next().is_some() {}
            let room = IN_FLIGHT_MAX.saturating_sub(flights.len());
            match self.claim(room).await {
                Ok(claimed) => {
                    for claimed in claimed {
                        let courier = self.clone();
                        flights.spawn(async move { courier.deliver(claimed).await });
                    }
                }
                Err(error) => tracing::warn!(%error, "nothing could be claimed"),
            }
            let pause = self.until_next().await;
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.kith.clock().sleep(pause) => {}
                () = self.freed.notified() => {}
                changed = changes.changed() => if changed.is_err() { break },
            }
        }
        let finish = async { while flights.join_next().await.is_some() {} };
        if tokio::time::timeout(std::time::Duration::from_secs(STOP_WITHIN_S), finish).await.is_err() {
            tracing::warn!("some deliveries did not end in time; they are looked for at the next start");
        }
    }

    /// Delivers everything that is due now, to its end, and returns how many were handled. For tests and tools.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let mut handled = 0;
        loop {
            let claimed = self.claim(IN_FLIGHT_MAX).await?;
            if claimed.is_empty() {
                return Ok(handled);
            }
            handled += claimed.len();
            let mut flights = JoinSet::new();
            for claimed in claimed {
                let courier = self.clone();
                flights.spawn(async move { courier.deliver(claimed).await });
            }
            while flights.join_next().await.is_some() {}
        }
    }

    async fn claim(&self, room: usize) -> Result<Vec<Claimed>, StoreError> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let busy: Vec<ChannelId> = self.lock().iter().copied().collect();
        let now = self.kith.now();
        let lease = self.kith.clock().stretch(SignedDuration::from_secs(LEASE_S));
        let claim = Claim { now, lease_until: now + lease, limit: room as u32, per_channel: 1, skip_channels: &busy };
        let claimed = self.kith.store().claim(&claim).await?;
        self.lock().extend(claimed.iter().map(|claimed| claimed.channel.id));
        Ok(claimed)
    }

    async fn deliver(&self, claimed: Claimed) {
        let (id, channel) = (claimed.dispatch.id, claimed.channel.id);
        match Delivery::new(&self.kith, claimed).run().await {
            Ok(Ended::Saved) => {}
            Ok(Ended::Fenced) => tracing::info!(dispatch = %id, "somebody else has it"),
            Err(error) => tracing::error!(dispatch = %id, %error, "the result could not be stored; it is looked for when its lease ends"),
        }
        self.lock().remove(&channel);
        self.freed.notify_one();
    }

    /// How long nothing is due, on this Kith's clock; at most a second of the world's, to see what other processes wrote.
    async fn until_next(&self) -> SignedDuration {
        let sweep = self.kith.clock().stretch(SignedDuration::from_secs(SWEEP_S));
        let now = self.kith.now();
        match self.kith.store().next_wake_after(now).await {
            Ok(Some(at)) => at.duration_since(now).min(sweep).max(SignedDuration::from_millis(1)),
            _ => sweep,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<ChannelId>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
