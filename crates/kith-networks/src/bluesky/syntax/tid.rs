//! TID: the name of a record, sorted by time: 53 bits of microseconds and 10 bits that tell writers apart.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

const DIGITS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const CHARS: usize = 13;
const CLOCK_BITS: u32 = 10;
const MICROS_MAX: u64 = (1 << 53) - 1;

/// A valid TID, such as `3jzfcijpj2z2a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tid(u64);

impl Tid {
    /// The TID of `seed` at an instant: the same for ever. It sorts by the instant's millisecond; the microseconds
    /// below it and the clock id, a million possibilities together, come from a hash of the seed.
    pub(crate) fn of(at: Timestamp, seed: &[u8]) -> Self {
        let hash = Sha256::digest(seed);
        let chance = hash.iter().take(8).fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        let micros = (millis * 1_000 + (chance >> CLOCK_BITS) % 1_000).min(MICROS_MAX);
        Self((micros << CLOCK_BITS) | (chance & ((1 << CLOCK_BITS) - 1)))
    }

    /// `None` for anything that is no TID.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != CHARS {
            return None;
        }
        let value = text.bytes().try_fold(0_u128, |all, byte| {
            let digit = DIGITS.iter().position(|d| *d == byte)?;
            Some((all << 5) | digit as u128)
        })?;
        u64::try_from(value).ok().filter(|v| v >> 63 == 0).map(Self)
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = (0..CHARS).rev().map(|place| char::from(DIGITS[((self.0 >> (place * 5)) & 31) as usize])).collect();
        f.write_str(&text)
    }
}
