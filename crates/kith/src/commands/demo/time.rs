//! The demonstration's time, shared by Kith and the practice server: first moved by hand, then running by itself.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use kith_engine::{Clock, FastClock, HandClock};

/// A clock that begins by hand and is set running once.
#[derive(Debug)]
pub(crate) struct DemoTime(RwLock<Phase>);

#[derive(Debug, Clone)]
enum Phase {
    Hand(Arc<HandClock>),
    Running(Arc<FastClock>),
}

impl DemoTime {
    /// Stands at `start`.
    pub(crate) fn by_hand(start: Timestamp) -> Self {
        Self(RwLock::new(Phase::Hand(Arc::new(HandClock::new(start)))))
    }

    /// Moves on, while it is moved by hand.
    pub(crate) fn advance(&self, span: SignedDuration) {
        if let Phase::Hand(clock) = self.phase() {
            clock.advance(span);
        }
    }

    /// Runs by itself from now on.
    pub(crate) fn run(&self, speed: u32) {
        let now = self.now();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Phase::Running(Arc::new(FastClock::new(now, speed)));
    }

    fn phase(&self) -> Phase {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Clock for DemoTime {
    fn now(&self) -> Timestamp {
        match self.phase() {
            Phase::Hand(clock) => clock.now(),
            Phase::Running(clock) => clock.now(),
        }
    }

    fn sleep(&self, span: SignedDuration) -> futures_util::future::BoxFuture<'_, ()> {
        Box::pin(async move {
            match self.phase() {
                Phase::Hand(clock) => clock.sleep(span).await,
                Phase::Running(clock) => clock.sleep(span).await,
            }
        })
    }

    fn stretch(&self, real: SignedDuration) -> SignedDuration {
        match self.phase() {
            Phase::Hand(clock) => clock.stretch(real),
            Phase::Running(clock) => clock.stretch(real),
        }
    }
}

impl kith_practice::Clock for DemoTime {
    fn now(&self) -> Timestamp {
        Clock::now(self)
    }
}
