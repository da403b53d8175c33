//! Chance that can be had again: a stream of numbers for each seed and each thing that is drawn.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// The stream of one drawing; `parts` name what is drawn, and no other parts give the same stream.
pub(super) fn chance_of(seed: u64, parts: &[&str]) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(digest(seed, parts))
}

/// One number for a seed and a name.
pub(super) fn number_of(seed: u64, parts: &[&str]) -> u64 {
    let digest = digest(seed, parts);
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn digest(seed: u64, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Stirs a number so that near ones give far ones (the finaliser of SplitMix64, public domain, Steele and others 2014).
pub(super) fn stirred(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
