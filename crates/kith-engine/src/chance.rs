//! Where chance comes from: ids, secrets, jitter. `SystemChance` is the world's, `SeededChance` repeats itself.

use std::fmt::Debug;
use std::sync::Mutex;

use jiff::Timestamp;
use kith_domain::mandate::{PassSecret, SessionSecret};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng as _, TryRng as _};

/// Chance, as an argument.
pub trait Chance: Send + Sync + Debug {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's chance: for everything that must not be guessed.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

/// Chance that repeats itself, for tests.
#[derive(Debug)]
pub struct SeededChance(Mutex<StdRng>);

impl Chance for SystemChance {
    #[expect(clippy::expect_used, reason = "without the system's chance no secret is safe; stopping is the only answer")]
    fn fill(&self, bytes: &mut [u8]) {
        SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}

impl SeededChance {
    /// The same seed gives the same bytes in the same order.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
    }
}

impl dyn Chance + '_ {
    /// An id of any kind: `chance.id(now, DispatchId::new)`.
    pub fn id<T>(&self, now: Timestamp, make: impl FnOnce(Timestamp, [u8; 10]) -> T) -> T {
        make(now, self.bytes())
    }

    /// A fresh secret for a session or a link.
    pub fn secret(&self) -> SessionSecret {
        SessionSecret::from_chance(self.bytes())
    }

    /// A fresh secret that takes one thing up again and makes nobody present.
    pub fn pass(&self) -> PassSecret {
        PassSecret::from_chance(self.bytes())
    }

    /// A number from 0 to 1, for back-off.
    pub fn jitter(&self) -> f64 {
        f64::from(u32::from_le_bytes(self.bytes())) / f64::from(u32::MAX)
    }

    /// As many bytes as the caller's array has.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
