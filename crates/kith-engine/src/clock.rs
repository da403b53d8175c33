//! Where `now` comes from: the one place that reads the wall clock.
//!
//! A clock tells the time and sleeps in its own time. `SystemClock` is the world's; `FastClock` runs a demonstration
//! many times faster and goes on where it stopped; `HandClock` moves only when a test says so. What must be measured
//! in the world's seconds whatever the clock (a lease, a time-out) goes through `Clock::stretch`.

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Fastest time a demonstration may run.
pub const SPEED_MAX: u32 = 3_600;

/// Time, as an argument.
pub trait Clock: Send + Sync + Debug {
    /// The instant that this clock takes for now.
    fn now(&self) -> Timestamp;

    /// Sleeps for a span of this clock's time.
    fn sleep(&self, span: SignedDuration) -> BoxFuture<'_, ()>;

    /// The monotonic clock beside this one: it goes on, in the world's seconds, when somebody sets the time.
    fn steady(&self) -> Instant {
        Instant::now()
    }

    /// How long a span of the world's time is on this clock.
    fn stretch(&self, real: SignedDuration) -> SignedDuration {
        real
    }
}

/// The world's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// A clock that began at `start` and runs `speed` times as fast as the world's.
#[derive(Debug)]
pub struct FastClock {
    start: Timestamp,
    began: Instant,
    speed: u32,
}

/// A clock for tests.
#[derive(Debug)]
pub struct HandClock {
    now: watch::Sender<Hands>,
    /// Where the monotonic clock began.
    began: Instant,
    // `watch` alone would let two advances in one test race; the lock makes them one after the other.
    turn: Mutex<()>,
}

/// What a hand clock shows.
#[derive(Debug, Clone, Copy)]
struct Hands {
    wall: Timestamp,
    /// What has passed, whatever the wall clock was set to.
    passed: Duration,
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, span: SignedDuration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(unsigned(span)))
    }
}

impl FastClock {
    /// Begins at `start`, `speed` times as fast; the speed is kept between 1 and `SPEED_MAX`.
    pub fn new(start: Timestamp, speed: u32) -> Self {
        Self { start, began: Instant::now(), speed: speed.clamp(1, SPEED_MAX) }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::MAX);
        self.start.saturating_add(self.stretch(passed)).unwrap_or(self.start)
    }

    fn sleep(&self, span: SignedDuration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(unsigned(span) / self.speed))
    }

    fn stretch(&self, real: SignedDuration) -> SignedDuration {
        real.checked_mul(i32::try_from(self.speed).unwrap_or(i32::MAX)).unwrap_or(SignedDuration::MAX)
    }
}

impl HandClock {
    /// Stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        let hands = Hands { wall: start, passed: Duration::ZERO };
        Self { now: watch::Sender::new(hands), began: Instant::now(), turn: Mutex::new(()) }
    }

    /// Lets `span` pass and wakes whoever sleeps until then.
    pub fn advance(&self, span: SignedDuration) {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.now.send_modify(|hands| {
            hands.wall = hands.wall.saturating_add(span).unwrap_or(hands.wall);
            hands.passed = hands.passed.saturating_add(unsigned(span));
        });
    }

    /// Somebody sets the clock to `instant`, forwards or backwards; no time passes.
    pub fn set(&self, instant: Timestamp) {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.now.send_modify(|hands| hands.wall = instant);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        self.now.borrow().wall
    }

    fn sleep(&self, span: SignedDuration) -> BoxFuture<'_, ()> {
        let until = self.now.borrow().passed.saturating_add(unsigned(span));
        let mut seen = self.now.subscribe();
        Box::pin(async move {
            // The sender lives as long as `self`, so waiting ends only when the span has passed.
            let _ = seen.wait_for(|hands| hands.passed >= until).await;
        })
    }

    fn steady(&self) -> Instant {
        self.began + self.now.borrow().passed
    }
}

fn unsigned(span: SignedDuration) -> Duration {
    Duration::try_from(span).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hand_clock_wakes_a_sleeper_when_it_is_moved_there() {
        let clock = HandClock::new(Timestamp::UNIX_EPOCH);
        let nap = clock.sleep(SignedDuration::from_hours(3));
        clock.advance(SignedDuration::from_hours(3));
        nap.await;
        assert_eq!(clock.now(), Timestamp::from_second(3 * 3_600).unwrap());
    }

    #[test]
    fn no_time_passes_when_a_hand_clock_is_set() {
        let clock = HandClock::new(Timestamp::UNIX_EPOCH);
        let before = clock.steady();
        clock.set(Timestamp::from_second(3_600).unwrap());
        assert_eq!(clock.steady(), before);
        clock.advance(SignedDuration::from_secs(5));
        assert_eq!(clock.steady().duration_since(before), Duration::from_secs(5));
    }

    #[test]
    fn a_fast_clock_stretches_the_worlds_seconds() {
        let clock = FastClock::new(Timestamp::UNIX_EPOCH, 60);
        assert_eq!(clock.stretch(SignedDuration::from_secs(2)), SignedDuration::from_secs(120));
        assert!(FastClock::new(Timestamp::UNIX_EPOCH, 1_000_000).stretch(SignedDuration::from_secs(1)) <= SignedDuration::from_hours(1));
    }
}
