//! The secret that only a signed-in browser holds, and the hash of it that the store keeps.
//!
//! The store never sees the secret. Whoever has the store alone (a worker, a backup, an export) therefore can't
//! show it, which is what makes a session, and with it a `HumanAct`, impossible to make up from inside.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::hex::lower;

/// Bytes of chance in a secret: 256 bits.
const SECRET_BYTES: usize = 32;

/// A secret as the browser's cookie or a one-time link carries it. Neither shown nor serialised.
pub struct SessionSecret([u8; SECRET_BYTES]);

/// A secret that takes one thing up again: an invitation, what waits between two presses. It makes nobody present: no
/// `HumanAct` can be made with it. Neither shown nor serialised.
pub struct PassSecret([u8; SECRET_BYTES]);

/// SHA-256 of a secret, as stored, in lower-case hex (64 characters).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(String);

impl SessionSecret {
    /// Takes fresh random bytes.
    pub fn from_chance(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the text form (64 hex characters); `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        read(text).map(Self)
    }

    /// The text form for a cookie or a link: the one place where the secret is written out.
    pub fn reveal(&self) -> String {
        lower(&self.0)
    }

    /// What the store keeps.
    pub fn hash(&self) -> SecretHash {
        SecretHash(lower(&Sha256::digest(self.0)))
    }
}

impl PassSecret {
    /// Takes fresh random bytes.
    pub fn from_chance(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the text form (64 hex characters); `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        read(text).map(Self)
    }

    /// The text form for a link or a form.
    pub fn reveal(&self) -> String {
        lower(&self.0)
    }

    /// What the store keeps.
    pub fn hash(&self) -> SecretHash {
        SecretHash(lower(&Sha256::digest(self.0)))
    }
}

fn read(text: &str) -> Option<[u8; SECRET_BYTES]> {
    let mut bytes = [0u8; SECRET_BYTES];
    if text.len() != SECRET_BYTES * 2 || !text.is_ascii() {
        return None;
    }
    for (slot, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

impl SecretHash {
    /// Takes a stored hash as it is.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The stored text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `secret` is the one that was hashed; compared in constant time.
    pub fn is_of(&self, secret: &SessionSecret) -> bool {
        secret.hash().0.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for PassSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassSecret(…)")
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash_and_by_no_other() {
        let secret = SessionSecret::from_chance([1; 32]);
        assert!(secret.hash().is_of(&secret));
        assert!(!secret.hash().is_of(&SessionSecret::from_chance([2; 32])));
    }

    #[test]
    fn the_hash_is_not_a_secret_that_opens_anything() {
        let hash = SessionSecret::from_chance([1; 32]).hash();
        let posed = SessionSecret::from_text(hash.as_str()).unwrap();
        assert!(!hash.is_of(&posed));
    }

    #[test]
    fn a_secret_reads_back_from_its_text_and_from_nothing_else() {
        let secret = SessionSecret::from_chance([200; 32]);
        assert!(secret.hash().is_of(&SessionSecret::from_text(&secret.reveal()).unwrap()));
        for bad in ["", "zz", &"é".repeat(32), &"g".repeat(64)] {
            assert!(SessionSecret::from_text(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn debug_output_hides_the_secret() {
        assert_eq!(format!("{:?}", SessionSecret::from_chance([9; 32])), "SessionSecret(…)");
        assert_eq!(format!("{:?}", PassSecret::from_chance([9; 32])), "PassSecret(…)");
    }
}
