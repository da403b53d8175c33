//! The courier: claims what is due and delivers it, some at once, one at a time on each channel.
//!
//! It sleeps until the next dispatch wakes or a write says that something changed; cost follows what is due, not what
//! is stored. A slow or dead channel occupies only its own place.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use kith_domain::ids::ChannelId;
use kith_domain::mandate::Actor;
use kith_domain::publish::{LEASE_S, clock_went_back};
use kith_store::{Claim, Claimed, DispatchFilter, NewEvent, StoreError, WorkspaceRow};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::deliver::{Delivery, Ended};
use super::jump::{Clocks, HOLD_S, Jump};
use super::points::Point;
use super::preflight::Preflight;
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
    stop_within: Duration,
}

impl Courier {
    /// A courier for this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith, busy: Arc::default(), freed: Arc::default(), stop_within: Duration::from_secs(STOP_WITHIN_S) }
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
        self.after_clock_went_back().await;
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
                    self.after_clock_went_back().await;
                }
            }
            let held = hold_until.is_some_and(|until| self.kith.clock().steady() < until);
            let room = if held { 0 } else { IN_FLIGHT_MAX.saturating_sub(flights.len()) };
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
            let nap = self.kith.clock().sleep(pause);
            self.kith.0.points.reached(Point::Resting, None).await;
            tokio::select! {
                () = stop.cancelled() => break,
                () = nap => {}
                () = self.freed.notified() => {}
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

    /// "Clock moved, 37 posts would fire": said once, while claiming waits.
    async fn say_what_would_fire(&self, by: SignedDuration) {
        let now = self.kith.now();
        let mut would_fire = 0;
        for space in self.workspaces().await {
            let due =
                DispatchFilter { states: vec!["planned"], from: Some(now - by), to: Some(now), limit: 500, ..DispatchFilter::default() };
            would_fire += self.kith.store().in_workspace(space.id).dispatches(&due).await.map_or(0, |rows| rows.len());
        }
        tracing::warn!(by_s = by.as_secs(), would_fire, hold_s = HOLD_S, "the clock jumped forward; nothing is sent for a minute");
    }

    /// All workspaces; none, said in the log, if they can't be read now.
    async fn workspaces(&self) -> Vec<WorkspaceRow> {
        self.kith.store().workspaces().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the workspaces could not be read");
            Vec::new()
        })
    }

    /// Looks that were put off by the wrong clock are due now.
    async fn after_clock_went_back(&self) {
        let now = self.kith.now();
        for space in self.workspaces().await {
            let store = self.kith.store().in_workspace(space.id);
            let open = DispatchFilter { states: vec!["uncertain"], limit: 500, ..DispatchFilter::default() };
            let open = match store.dispatches(&open).await {
                Ok(open) => open,
                Err(error) => {
                    tracing::warn!(%error, "what the wrong clock put off could not be read; it waits until its look comes");
                    continue;
                }
            };
            for view in open {
                let Some(decision) = clock_went_back(&view.dispatch, now) else { continue };
                let event = NewEvent {
                    kind: "dispatch.clock_went_back".into(),
                    subject: view.dispatch.id.to_string(),
                    actor: Actor::Worker,
                    detail: serde_json::Value::Null,
                };
                if let Err(error) = store.apply(&view.dispatch, &decision.state, &event, now).await {
                    tracing::info!(dispatch = %view.dispatch.id, %error, "somebody else has it");
                }
            }
        }
    }

    async fn claim(&self, room: usize) -> Result<Vec<Claimed>, StoreError> {
        if room == 0 || !self.kith.host().may_claim() {
            return Ok(Vec::new());
        }
        let busy: Vec<ChannelId> = self.lock().iter().copied().collect();
        let now = self.kith.now();
        let lease = self.kith.clock().stretch(SignedDuration::from_secs(LEASE_S));
        let claim = Claim { now, lease_until: now + lease, limit: room as u32, per_channel: 1, skip_channels: &busy };
        self.kith.0.points.reached(Point::AfterSelect, None).await;
        let claimed = self.kith.store().claim(&claim).await;
        self.kith.host().claim_ended(&claimed);
        let claimed = claimed?;
        self.lock().extend(claimed.iter().map(|claimed| claimed.channel.id));
        Ok(claimed)
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
