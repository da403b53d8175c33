//! The courier: claims what is due and delivers it, some at once, one at a time on each channel.
//!
//! It sleeps until the next dispatch wakes or a write says that something changed; cost follows what is due, not what
//! is stored. A slow or dead channel occupies only its own place, a slow or dead server a part of all places (`pace_turns`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use kith_domain::publish::{LEASE_S, PAUSE_MAX_S};
use kith_store::{Claim, Claimed, StoreError};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::deliver::{Delivery, Ended};
use super::jump::{Clocks, HOLD_S, Jump};
use super::pace_turns::{Seat, Turns};
use super::points::Point;
use super::preflight::Preflight;
use crate::kith::Kith;

/// Longest time until another process's writes are seen, in the world's seconds.
const SWEEP_S: i64 = 1;
/// In a burst, channels that become free soon after each other are claimed for in one go, since a claim asks all channels
/// once, however many it then serves: after each, so many times as long as it took passes before the next.
const GATHER_SHARE: u32 = 3;
/// The least and the most of that, in the world's milliseconds.
const GATHER_MS: std::ops::RangeInclusive<u64> = 4..=40;
/// Time for what is in flight when Kith stops, in seconds (reliability.md A4, "upgrade mid-send").
const STOP_WITHIN_S: u64 = 30;

/// Delivers what is due. One per process.
#[derive(Debug, Clone)]
pub struct Courier {
    kith: Kith,
    turns: Arc<Mutex<Turns>>,
    freed: Arc<Notify>,
    stop_within: Duration,
}

impl Courier {
    /// A courier for this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith, turns: Arc::default(), freed: Arc::default(), stop_within: Duration::from_secs(STOP_WITHIN_S) }
    }

    /// Gives what is in flight so long to end when Kith stops, instead of 30 seconds.
    pub fn stopping_within(self, stop_within: Duration) -> Self {
        Self { stop_within, ..self }
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
        // Nobody who was away knows how the clock went meanwhile.
        self.put_right(SignedDuration::from_secs(PAUSE_MAX_S)).await;
        let mut changes = self.kith.store().subscribe();
        let (mut flights, mut ahead) = (JoinSet::new(), JoinSet::new());
        ahead.spawn(Preflight::new(self.kith.clone()).run(stop.clone()));
        let (mut clocks, mut hold_until) = (Clocks::seen(self.kith.clock()), None::<Instant>);
        loop {
            while flights.try_join_next().is_some() {}
            match clocks.look(self.kith.clock()) {
                Jump::None => {}
                Jump::Forward(by) => {
                    hold_until = Some(self.kith.clock().steady() + Duration::from_secs(HOLD_S));
                    self.say_what_would_fire(by).await;
                }
                Jump::Back(by) => {
                    tracing::warn!(by_s = by.as_secs(), "the clock went back; what was put off under the wrong one comes now");
                    self.put_right(SignedDuration::ZERO).await;
                }
            }
            let held = hold_until.is_some_and(|until| self.kith.clock().steady() < until);
            let claimed_at = Instant::now();
            match if held { Ok(Vec::new()) } else { self.claim().await } {
                Ok(claimed) => {
                    for claimed in claimed {
                        let courier = self.clone();
                        flights.spawn(async move { courier.deliver(claimed).await });
                    }
                }
                Err(error) => tracing::warn!(%error, "nothing could be claimed"),
            }
            let pause = self.until_next().await;
            let gather = (claimed_at.elapsed() * GATHER_SHARE)
                .clamp(Duration::from_millis(*GATHER_MS.start()), Duration::from_millis(*GATHER_MS.end()));
            let gathered_at = tokio::time::Instant::now() + gather;
            let nap = self.kith.clock().sleep(pause);
            self.kith.0.points.reached(Point::Resting, None).await;
            tokio::select! {
                () = stop.cancelled() => break,
                () = nap => {}
                () = self.freed.notified() => tokio::time::sleep_until(gathered_at).await,
                changed = changes.changed() => if changed.is_err() { break },
            }
        }
        let finish = async { while flights.join_next().await.is_some() {} };
        if tokio::time::timeout(self.stop_within, finish).await.is_err() {
            flights.shutdown().await;
            let handed_over = self.kith.hand_over().await;
            tracing::warn!(handed_over, "what did not end in time is handed over; it is looked for before it is sent again");
        }
    }

    /// Delivers everything that is due now, to its end, and returns how many were handled. For tests and tools.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let mut handled = 0;
        loop {
            let claimed = self.claim().await?;
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

    /// "Clock moved, 37 posts would fire": said once, while claiming waits.
    async fn say_what_would_fire(&self, by: SignedDuration) {
        let now = self.kith.now();
        match self.kith.store().would_fire(now - by, now).await {
            Ok(would_fire) => {
                tracing::warn!(by_s = by.as_secs(), would_fire, hold_s = HOLD_S, "the clock jumped forward; nothing is sent for a minute");
            }
            Err(error) => {
                tracing::warn!(by_s = by.as_secs(), %error, hold_s = HOLD_S, "the clock jumped forward; nothing is sent for a minute");
            }
        }
    }

    /// The clock went back, or nobody knows how it went: what was put off, claimed or paused under a wrong one comes
    /// now. `believed` is how far ahead a pause that a network asked for may lie.
    async fn put_right(&self, believed: SignedDuration) {
        let (store, now) = (self.kith.store(), self.kith.now());
        match store.clock_went_back(now, self.lease()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "dispatches that a wrong clock had put off come now"),
            Err(error) => tracing::warn!(%error, "what a wrong clock put off could not be read; it waits until its time comes"),
        }
        if let Err(error) = store.forget_rests(now + believed).await {
            tracing::warn!(%error, "pauses that a wrong clock had set could not be ended");
        }
    }

    /// Claims what is due, if the host lets it; the host hears how the database answered.
    async fn claim(&self) -> Result<Vec<Claimed>, StoreError> {
        if !self.kith.host().may_claim() {
            return Ok(Vec::new());
        }
        let claimed = self.claim_due().await;
        self.kith.host().claim_ended(&claimed);
        claimed
    }

    async fn claim_due(&self) -> Result<Vec<Claimed>, StoreError> {
        if self.lock().room() == 0 {
            return Ok(Vec::new());
        }
        let now = self.kith.now();
        let due = self.kith.store().due_channels(now).await?;
        let channels = self.lock().choose(&due);
        if channels.is_empty() {
            return Ok(Vec::new());
        }
        let claim = Claim { now, lease_until: now + self.lease(), channels: &channels };
        self.kith.0.points.reached(Point::AfterSelect, None).await;
        let claimed = self.kith.store().claim(&claim).await?;
        let mut turns = self.lock();
        for Claimed { channel, .. } in &claimed {
            turns.seat(channel.id, Seat { workspace: channel.workspace, server: channel.server.clone() });
        }
        drop(turns);
        Ok(claimed)
    }

    /// How long a claim lasts on this Kith's clock.
    fn lease(&self) -> SignedDuration {
        self.kith.clock().stretch(SignedDuration::from_secs(LEASE_S))
    }

    async fn deliver(&self, claimed: Claimed) {
        let (id, channel) = (claimed.dispatch.id, claimed.channel.id);
        self.kith.host().takes_in_hand(&claimed);
        match Delivery::new(&self.kith, claimed).run().await {
            Ok(Ended::Saved) => {}
            Ok(Ended::Fenced) => tracing::info!(dispatch = %id, "somebody else has it"),
            Err(error) => tracing::error!(dispatch = %id, %error, "the result could not be stored; it is looked for when its lease ends"),
        }
        self.kith.host().lets_go(id);
        self.lock().free(channel);
        self.freed.notify_one();
    }

    /// How long nothing is due, on this Kith's clock; at most a second of the world's, to see what other processes wrote.
    async fn until_next(&self) -> SignedDuration {
        let sweep = self.kith.clock().stretch(SignedDuration::from_secs(SWEEP_S));
        let now = self.kith.now();
        let store = self.kith.store();
        let next = match (store.next_wake_after(now).await, store.next_rest_end(now).await) {
            (Ok(wake), Ok(rest)) => wake.into_iter().chain(rest).min(),
            _ => None,
        };
        next.map_or(sweep, |at| at.duration_since(now).min(sweep).max(SignedDuration::from_millis(1)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
