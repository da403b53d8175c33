//! The run's time: as many times as fast as the world's, and the same for Kith, for the fake networks and the judge.
//!
//! Settle times of ten minutes pass in ten seconds. `kith serve --speed N --speed-since T` computes the same from the
//! same two values, so its time goes on over kills and restarts as the world's does.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Time that ran like the world's until `since` and `speed` times as fast from then on.
#[derive(Debug, Clone, Copy)]
pub struct RunTime {
    /// Where both agree.
    pub since: Timestamp,
    /// World's seconds to the run's.
    pub speed: u32,
}

impl RunTime {
    /// Begins now.
    pub fn from_now(speed: u32) -> Self {
        Self { since: world_now(), speed }
    }

    /// The run's now.
    pub fn now(self) -> Timestamp {
        self.since + world_now().duration_since(self.since) * i32::try_from(self.speed).unwrap_or(1)
    }

    /// How long a span of the run's seconds takes in the world.
    pub fn in_world(self, seconds: u64) -> Duration {
        Duration::from_millis(seconds * 1_000 / u64::from(self.speed))
    }

    /// How long until an instant of the run, in the world's time; zero if it is past.
    pub fn until(self, instant: Timestamp) -> Duration {
        let left = instant.duration_since(self.now()) / i32::try_from(self.speed).unwrap_or(1);
        Duration::try_from(left.max(SignedDuration::ZERO)).unwrap_or_default()
    }
}

/// The wall clock.
#[expect(clippy::disallowed_methods, reason = "the harness stands beside the real program and shares its clock")]
pub fn world_now() -> Timestamp {
    Timestamp::now()
}
