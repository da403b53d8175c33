//! The host's troubles: a copied or restored folder, a full disk, a database that is gone, a stop in the middle.
//!
//! `Host` is the gate that the courier asks before it claims, and what the pages say while it is shut. `Keeper` is the
//! worker that looks once a second and opens or shuts it: `epoch` knows whether this is the database that ran last,
//! `room` whether the disk has room, `insist` keeps a result in memory while the database is away.

mod epoch;
mod insist;
mod room;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_store::{Claimed, StoreError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::kith::Kith;
use crate::notices::NoticeKind;
use crate::problem::Problem;

pub(super) use insist::insist;

use epoch::{Epoch, Stands};
use room::Room;

/// Pause between two looks of the keeper, in the world's seconds: room that is there again is used within ten.
const LOOK_S: u64 = 1;
/// A database that is busy for so long is a trouble that people are told of, in the world's seconds.
const UNWELL_S: u64 = 10;

/// The gate before claims, and what shuts it. One per `Kith`; open until a `Keeper` has something against it.
#[derive(Debug, Default)]
pub(crate) struct Host {
    troubles: watch::Sender<Troubles>,
    /// Something was claimed since the last beat.
    has_claimed: AtomicBool,
    /// Claims under way: what is left when this process stops is handed over.
    in_hand: Mutex<HashMap<DispatchId, (WorkspaceId, i64)>>,
}

/// What is wrong, in words for people.
#[derive(Debug, Default)]
struct Troubles {
    /// Nobody has looked yet whether this is the database that ran last.
    not_looked: bool,
    /// This may be a copy of one that runs.
    copy: Option<String>,
    /// The disk has no room.
    room: Option<String>,
    /// The database did not answer, since when. It does not shut the gate: each try is a look.
    store: Option<(String, Instant)>,
}

impl Host {
    /// Whether anything may be claimed now.
    pub(super) fn may_claim(&self) -> bool {
        self.troubles.borrow().is_open()
    }

    /// What people should know now; empty while all is well.
    pub(crate) fn says(&self) -> Vec<String> {
        let troubles = self.troubles.borrow();
        let store = troubles.store.as_ref().map(|(words, _)| words.clone());
        [troubles.copy.clone(), troubles.room.clone(), store].into_iter().flatten().collect()
    }

    /// Waits until this is known to be the only copy that runs: a copy must not even read, since reading renews tokens.
    pub(crate) async fn is_the_one(&self) {
        // The sender lives as long as `self`.
        let _ = self.troubles.subscribe().wait_for(|troubles| !troubles.not_looked && troubles.copy.is_none()).await;
    }

    /// How a claim ended: the database's health as it is seen where it matters.
    pub(super) fn claim_ended(&self, result: &Result<Vec<Claimed>, StoreError>) {
        match result {
            Ok(claimed) => {
                if !claimed.is_empty() {
                    self.has_claimed.store(true, Ordering::Relaxed);
                }
                if self.troubles.borrow().store.is_some() {
                    self.change(|troubles| troubles.store = None);
                }
            }
            Err(error) => self.change(|troubles| {
                let since = troubles.store.as_ref().map_or_else(Instant::now, |(_, since)| *since);
                troubles.store = Some((format!("Nothing goes out: {error}."), since));
            }),
        }
    }

    pub(super) fn takes_in_hand(&self, claimed: &Claimed) {
        let d = &claimed.dispatch;
        self.hands().insert(d.id, (d.workspace, d.fence));
    }

    pub(super) fn lets_go(&self, id: DispatchId) {
        self.hands().remove(&id);
    }

    fn hands(&self) -> std::sync::MutexGuard<'_, HashMap<DispatchId, (WorkspaceId, i64)>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Troubles)) {
        self.troubles.send_modify(change);
    }
}

impl Troubles {
    fn is_open(&self) -> bool {
        !self.not_looked && self.copy.is_none() && self.room.is_none()
    }
}

impl Kith {
    pub(super) fn host(&self) -> &Host {
        &self.0.host
    }

    /// Waits until this is known to be the only copy of this Kith that runs; at once where no keeper doubts it.
    pub async fn is_the_one(&self) {
        self.host().is_the_one().await;
    }

    /// Waits until the disk could not keep what was written (fsync). The process must then end at once and start anew:
    /// the write-ahead log brings back what is certain.
    pub async fn disk_failed(&self) {
        self.store().disk_failed().await;
    }

    /// Ends all connections to the database, so that its files are whole; for tools that copy them.
    pub async fn close_store(&self) {
        self.store().close().await;
    }

    /// Hands over what this process has claimed and could not finish: it wakes now, for the next start or another
    /// process. What was being sent is looked for first, as after any lost lease. Returns how many.
    pub(super) async fn hand_over(&self) -> usize {
        let left: Vec<_> = self.host().hands().drain().collect();
        let mut handed = 0;
        for (id, (workspace, fence)) in left {
            match self.store().hand_over(workspace, id, fence, self.now()).await {
                Ok(true) => handed += 1,
                Ok(false) => {}
                Err(error) => tracing::warn!(dispatch = %id, %error, "it could not be handed over; it is taken up when its lease ends"),
            }
        }
        handed
    }
}

/// Looks after the host once a second. One per process, beside the courier.
#[derive(Debug)]
pub struct Keeper {
    kith: Kith,
    epoch: Epoch,
    room: Room,
    told: HashMap<NoticeKind, bool>,
}

impl Keeper {
    /// A keeper for this Kith; nothing is claimed until `look` has found out whether it is the one that ran last.
    pub fn new(kith: Kith) -> Self {
        kith.host().change(|troubles| troubles.not_looked = true);
        let folder = kith.data_folder();
        let epoch = Epoch::new(&kith);
        Self { kith, epoch, room: Room::new(&folder), told: HashMap::new() }
    }

    /// Looks at everything once: room on the disk, the database's answers, whether this is the only copy.
    pub async fn look(&mut self) -> Result<(), Problem> {
        let room = self.room.look();
        self.kith.host().change(|troubles| troubles.room.clone_from(&room));
        self.tell(NoticeKind::DiskNearlyFull, room).await;
        let unwell = {
            let troubles = self.kith.host().troubles.borrow();
            let lasts = |since: &Instant| since.elapsed() > Duration::from_secs(UNWELL_S);
            troubles.store.as_ref().filter(|(_, since)| lasts(since)).map(|(words, _)| words.clone())
        };
        self.tell(NoticeKind::StoreUnwell, unwell).await;
        let has_claimed = self.kith.host().has_claimed.swap(false, Ordering::Relaxed);
        let copy = match self.epoch.look(&self.kith, has_claimed).await {
            Ok(Stands::Alone) => None,
            Ok(Stands::Copied(words)) => Some(words),
            Err(error) => {
                // What was claimed meanwhile still has to be counted.
                self.kith.host().has_claimed.fetch_or(has_claimed, Ordering::Relaxed);
                return Err(error);
            }
        };
        self.kith.host().change(|troubles| (troubles.not_looked, troubles.copy) = (false, copy.clone()));
        self.tell(NoticeKind::SecondCopy, copy).await;
        Ok(())
    }

    /// Looks until stopped.
    pub async fn run(mut self, stop: CancellationToken) -> Self {
        loop {
            tokio::select! {
                () = stop.cancelled() => return self,
                () = tokio::time::sleep(Duration::from_secs(LOOK_S)) => {}
            }
            if let Err(problem) = self.look().await {
                tracing::warn!(%problem, "the host could not be looked at");
            }
        }
    }

    /// The last beat, once nothing is claimed any more: a backup that was made before it is told from what follows.
    pub async fn end(mut self) {
        if let Err(problem) = self.epoch.end(&self.kith).await {
            tracing::debug!(%problem, "the last beat was not counted; the next start counts on");
        }
    }

    /// Raises and settles a notice where it changes, so that a quiet second costs nothing.
    async fn tell(&mut self, kind: NoticeKind, words: Option<String>) {
        let before = self.told.get(&kind).copied();
        match words {
            Some(words) if before != Some(true) => {
                self.kith.raise(kind, words).await;
                self.told.insert(kind, true);
            }
            None if before != Some(false) => {
                self.kith.settle(kind).await;
                self.told.insert(kind, false);
            }
            _ => {}
        }
    }
}
