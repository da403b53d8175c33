//! Seeded chance, drawn afresh for every decision.
//!
//! A decision is named by a label and a few numbers (which post, which person), and its dice are seeded from those
//! and the world's seed. So the outcome of one decision does not hang on how many others were made before it, and
//! a world that goes on from an older snapshot takes the same turns again.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The dice of one decision.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice for the decision `label` about `parts` in the world with this seed.
    pub(crate) fn new(seed: u64, label: &str, parts: &[u64]) -> Self {
        Self(ChaCha8Rng::from_seed(digest(seed, label, parts)))
    }

    /// A number from 0 up to, not including, `end`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.0.random_range(0..end) }
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// True with the given probability (0 to 1; values outside are cut).
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    /// A number from 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// One of a list of texts, which must not be empty.
    pub(crate) fn text<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// One of a list, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// A secret-looking string (43 characters, URL-safe) fixed by the seed, the label and the parts.
pub(crate) fn word(seed: u64, label: &str, parts: &[u64]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest(seed, label, parts))
}

fn digest(seed: u64, label: &str, parts: &[u64]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(label.as_bytes());
    hash.update([0]);
    for part in parts {
        hash.update(part.to_le_bytes());
    }
    hash.finalize().into()
}
