//! What all handlers share: the world behind its lock, the clock, the faults, the open streams.
//!
//! Every look at the world first brings it up to the clock's present, and afterwards hands what happened to the
//! streams. The lock is held only for work in memory, never across an await.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{broadcast, watch};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::keep::{KeepError, Keeper, put_in_place};
use crate::limits::ACTS_PER_TURN_MAX;
use crate::world::{Emitted, Media, World};

/// The state behind every handler.
pub(crate) struct Server {
    pub world: Arc<Mutex<World>>,
    pub clock: Arc<dyn Clock>,
    pub faults: Mutex<Faults>,
    pub keeper: Keeper,
    pub events: broadcast::Sender<Arc<Emitted>>,
    /// Tokens that were taken back while streams may hold them.
    pub revoked: broadcast::Sender<String>,
    /// True from the moment the server stops.
    pub stopping: watch::Sender<bool>,
    /// Counts the looks at the clock; requests accepted late wait on it.
    pub ticks: watch::Sender<u64>,
    /// Requests accepted late: their number and when they are due.
    pub late: Mutex<BTreeMap<u64, Timestamp>>,
    /// Token → (begin of its window, requests in it).
    pub rates: Mutex<BTreeMap<String, (Timestamp, u32)>>,
    pub rate_limit_enforced: bool,
    pub base: String,
    /// The pictures, when there is no folder for them.
    pub pictures: Mutex<BTreeMap<String, Bytes>>,
}

impl Server {
    /// Looks at the world as it is now.
    pub(crate) fn see<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        self.in_world(|world| look(world))
    }

    /// Changes the world and returns once the change is safe on disk.
    pub(crate) async fn change<R>(&self, change: impl FnOnce(&mut World) -> R) -> Result<R, KeepError> {
        let (result, version) = self.in_world(|world| {
            let result = change(world);
            world.version += 1;
            (result, world.version)
        });
        self.keeper.save(&self.world, version).await?;
        Ok(result)
    }

    /// Brings the world up to the clock; the version it then has.
    pub(crate) fn tick(&self) -> u64 {
        let version = self.in_world(|world| world.version);
        self.ticks.send_modify(|count| *count += 1);
        version
    }

    /// Brings the world up to an instant, if it lies ahead of both the world and the clock.
    pub(crate) fn advance_to(&self, to: Timestamp) {
        while !self.turn(to) {}
        self.ticks.send_modify(|count| *count += 1);
    }

    /// When the requests that wait to be accepted late are due.
    pub(crate) fn late_dues(&self) -> Vec<Timestamp> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
    }

    /// Notes a request that is to be accepted late; its number, unless `max` wait already.
    pub(crate) fn late_begin(&self, due: Timestamp, max: usize) -> Option<u64> {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let number = late.last_key_value().map_or(0, |(number, _)| number + 1);
        (late.len() < max).then(|| {
            late.insert(number, due);
            number
        })
    }

    /// Forgets a request that was accepted late.
    pub(crate) fn late_end(&self, number: u64) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    fn in_world<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        let now = self.clock.now();
        while !self.turn(now) {}
        let mut world = self.lock();
        world.heard = self.events.receiver_count() > 0;
        let result = act(&mut world);
        self.hand_out(&mut world);
        result
    }

    /// A bounded piece of catching up, so that a long jump in time does not lock others out; true when done.
    fn turn(&self, to: Timestamp) -> bool {
        let mut world = self.lock();
        world.heard = self.events.receiver_count() > 0;
        let done = world.advance(to, ACTS_PER_TURN_MAX);
        self.hand_out(&mut world);
        done
    }

    fn hand_out(&self, world: &mut World) {
        for emitted in world.emitted.drain(..) {
            // Nobody listening is no fault.
            let _ = self.events.send(Arc::new(emitted));
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a picture's bytes.
    pub(crate) async fn store_picture(&self, media: &Media, bytes: Bytes) -> Result<(), KeepError> {
        let name = media.file_name();
        let Some(folder) = self.keeper.media_folder() else {
            self.pictures.lock().unwrap_or_else(PoisonError::into_inner).insert(name, bytes);
            return Ok(());
        };
        let path = folder.join(name);
        let written = tokio::task::spawn_blocking(move || put_in_place(&folder, &path, &bytes)).await;
        written.unwrap_or_else(|join| Err(KeepError::Io { path: PathBuf::from("media"), source: std::io::Error::other(join.to_string()) }))
    }

    /// A picture's bytes, if the world knows a picture of this name.
    pub(crate) async fn picture(&self, name: &str) -> Option<(String, Bytes)> {
        let mime = self.see(|world| world.media.values().find(|m| m.file_name() == name).map(|m| m.mime.clone()))?;
        let bytes = match self.keeper.media_folder() {
            Some(folder) => tokio::fs::read(folder.join(name)).await.ok().map(Bytes::from),
            None => self.pictures.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned(),
        };
        Some((mime, bytes?))
    }
}
