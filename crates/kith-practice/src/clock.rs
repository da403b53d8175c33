//! Where the practice network gets its time from.
//!
//! The world never looks at the wall clock: every instant comes from a [`Clock`] given at the start.
//! [`ManualClock`] stands still until it is told to move (tests); [`RunningClock`] runs from a given instant at a
//! given speed (the demo). A clock that goes backwards does no harm: the world only ever moves forward.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// A source of the present instant.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Moves the clock forward by hand and answers true; a clock that runs by itself does nothing and answers false.
    fn advance(&self, by: SignedDuration) -> bool {
        let _ = by;
        false
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock standing at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }

    /// Moves the clock to `to`; an earlier instant leaves it where it is.
    pub fn set(&self, to: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = to.max(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn advance(&self, by: SignedDuration) -> bool {
        let target = self.now().saturating_add(by).unwrap_or(Timestamp::MAX);
        self.set(target);
        true
    }
}

/// A clock that starts at a given instant and runs `speed` times as fast as real time.
#[derive(Debug)]
pub struct RunningClock {
    start: Timestamp,
    since: Instant,
    speed: u32,
}

impl RunningClock {
    /// A clock that shows `start` now and runs `speed` times real time (at least once).
    pub fn new(start: Timestamp, speed: u32) -> Self {
        Self { start, since: Instant::now(), speed: speed.max(1) }
    }
}

impl Clock for RunningClock {
    fn now(&self) -> Timestamp {
        let real_ms = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        let passed = SignedDuration::from_millis(real_ms.saturating_mul(i64::from(self.speed)));
        self.start.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }
}
