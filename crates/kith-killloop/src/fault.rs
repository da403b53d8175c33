//! What the fake networks do wrong, request by request, drawn with the run's dice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::dice::Dice;
use crate::time::RunTime;

// Shares of publishing requests, as in the design's measurement (docs/reliability.md).
const LOST_ANSWER: f64 = 0.10;
const ERROR_AFTER: f64 = 0.05;
const LATE: f64 = 0.05;
const UNAVAILABLE: f64 = 0.05;
const SLOW_DOWN: f64 = 0.05;
const CUT_BEFORE: f64 = 0.03;
/// Share of every kind of trouble for requests that only read or renew a token.
const READING: f64 = 0.04;
/// Late accepts, in the run's seconds: below Kith's pause before a key is used again.
const LATE_S: (u64, u64) = (10, 120);
/// What a 429 asks for, in the run's seconds.
const RETRY_AFTER_S: u64 = 30;
/// Work of a server on a request, before and after it is done, in the world's milliseconds; one in ten is slow.
const WORK_MS: (u64, u64) = (0, 15);
const SLOW_WORK_MS: (u64, u64) = (80, 400);
const SLOW_SHARE: f64 = 0.1;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Done and answered.
    Well,
    /// Done, and the connection is cut.
    LostAnswer,
    /// Done, and answered with 500.
    ErrorAfter,
    /// The connection is cut at once; done so much later.
    Late(Duration),
    /// Not done: 503.
    Unavailable,
    /// Not done: 429.
    SlowDown(u64),
    /// Not done: the connection is cut.
    CutBefore,
}

/// The faults of a run, shared by its networks.
#[derive(Debug)]
pub struct Faults {
    dice: Dice,
    time: RunTime,
    on: AtomicBool,
    work: watch::Sender<Option<Instant>>,
}

impl Faults {
    /// Faults of a seed; in force until `end`.
    pub fn new(seed: u64, time: RunTime) -> Self {
        Self { dice: Dice::new(seed, 1), time, on: AtomicBool::new(true), work: watch::Sender::new(None) }
    }

    /// From now on everything goes well.
    pub fn end(&self) {
        self.on.store(false, Ordering::SeqCst);
    }

    /// Draws for a request that publishes.
    pub fn for_publish(&self) -> Fate {
        if !self.on.load(Ordering::SeqCst) {
            return Fate::Well;
        }
        let late = Fate::Late(self.time.in_world(self.dice.between(LATE_S.0, LATE_S.1)));
        self.pick(&[
            (LOST_ANSWER, Fate::LostAnswer),
            (ERROR_AFTER, Fate::ErrorAfter),
            (LATE, late),
            (UNAVAILABLE, Fate::Unavailable),
            (SLOW_DOWN, Fate::SlowDown(RETRY_AFTER_S)),
            (CUT_BEFORE, Fate::CutBefore),
        ])
    }

    /// Draws for a request that reads or renews.
    pub fn for_reading(&self) -> Fate {
        if !self.on.load(Ordering::SeqCst) {
            return Fate::Well;
        }
        self.pick(&[(READING, Fate::LostAnswer), (READING, Fate::Unavailable), (READING, Fate::SlowDown(RETRY_AFTER_S))])
    }

    fn pick(&self, shares: &[(f64, Fate)]) -> Fate {
        let mut left = self.dice.unit();
        for (share, fate) in shares {
            if left < *share {
                return *fate;
            }
            left -= share;
        }
        Fate::Well
    }

    /// The server works on it.
    pub async fn work(&self) {
        let (low, high) = if self.on.load(Ordering::SeqCst) && self.dice.happens(SLOW_SHARE) { SLOW_WORK_MS } else { WORK_MS };
        tokio::time::sleep(Duration::from_millis(self.dice.between(low, high))).await;
    }

    /// A request of the worker has come: it publishes, or looks whether it has.
    pub fn seen(&self, came: Instant) {
        self.work.send_modify(|last| *last = (*last).max(Some(came)));
    }

    /// Waits for the first request of the worker after an instant; returns when it came.
    pub async fn first_after(&self, instant: Instant) -> Instant {
        let mut work = self.work.subscribe();
        let came = work.wait_for(|last| last.is_some_and(|last| last > instant)).await;
        came.ok().and_then(|last| *last).unwrap_or(instant)
    }
}
