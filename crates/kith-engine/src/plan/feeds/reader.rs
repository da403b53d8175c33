//! The worker of feeds: looks every minute whose time has come.

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::kith::Kith;

/// How often the feeds whose time has come are looked for, in seconds.
const LOOK_S: i64 = 60;
/// The same at least in the world's seconds: a fast clock is no reason to press other people's servers.
const LOOK_WORLD_S: i64 = 5;
/// How often the program is carried on, in minutes.
const CARRY_ON_MIN: i64 = 60;

/// Reads the feeds of all workspaces when it is time, and carries their programs on once an hour.
#[derive(Debug, Clone)]
pub struct FeedReader {
    kith: Kith,
}

impl FeedReader {
    /// A reader for this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith }
    }

    /// Reads until stopped. Several processes may do so: of two readings of one version the store keeps one.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.kith.clock();
        let pause = SignedDuration::from_secs(LOOK_S).max(clock.stretch(SignedDuration::from_secs(LOOK_WORLD_S)));
        let mut carried_on_at = None;
        while !stop.is_cancelled() {
            let round = async {
                if let Err(problem) = self.kith.read_due_feeds().await {
                    tracing::warn!(%problem, "the feeds could not be read; the next round tries again");
                }
                let now = self.kith.now();
                // A clock that went back is no reason to wait for it.
                if carried_on_at.is_none_or(|at| now < at || now.duration_since(at) >= SignedDuration::from_mins(CARRY_ON_MIN)) {
                    carried_on_at = Some(now);
                    if let Err(problem) = self.kith.carry_programs_on().await {
                        tracing::warn!(%problem, "the programs could not be carried on; it is tried again in an hour");
                    }
                }
                clock.sleep(pause).await;
            };
            // What a reading does is one transaction at a time, so it may be left at any point.
            tokio::select! {
                () = stop.cancelled() => {}
                () = round => {}
            }
        }
    }
}
