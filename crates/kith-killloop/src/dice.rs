//! Seeded chance. The harness draws the same plan of kills and faults from the same seed; which request meets which
//! fault also hangs on the machine's timing, so a seed repeats a run in kind, not in every step.

use std::sync::{Mutex, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Dice that several tasks share.
#[derive(Debug)]
pub struct Dice(Mutex<ChaCha8Rng>);

impl Dice {
    /// Dice of a seed; `stream` tells apart those of one run.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(stream);
        Self(Mutex::new(dice))
    }

    fn next(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next_u64()
    }

    /// A number from 0 up to, not including, 1.
    pub fn unit(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    pub fn happens(&self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.next() % (high.saturating_sub(low) + 1)
    }

    /// An index below `len`, which must not be 0.
    pub fn index(&self, len: usize) -> usize {
        (self.next() % len as u64) as usize
    }
}
