//! Keys for programs: what a script or an assistant's tool may do through the API (I2, S23).
//!
//! There is no scope for conversation, and none can be added without touching `Deed::Converse` here: a program reads
//! and plans. A key is shown once; the store has its hash; it ends by itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Deed, SecretHash};
use crate::hex::lower;

/// Bytes of chance in a key.
const TOKEN_BYTES: usize = 32;
/// What a key begins with, so that scanners for leaked secrets know it.
pub const TOKEN_PREFIX: &str = "kith_";
/// Days that a key lives unless said otherwise, and at most.
pub const TOKEN_DAYS_DEFAULT: u32 = 90;
/// The longest life of a key in days.
pub const TOKEN_DAYS_MAX: u32 = 365;

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read what is planned and what went out.
    Read,
    /// Read, and plan, move and call off broadcasts.
    Plan,
}

/// A key in the hand of a program.
pub struct TokenSecret([u8; TOKEN_BYTES]);

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Read, Self::Plan];

    /// Whether a key with this scope may do it. Conversation, approval and rules are a person's.
    pub fn may(self, deed: Deed) -> bool {
        match deed {
            Deed::Read => true,
            Deed::Plan => self == Self::Plan,
            Deed::Approve | Deed::Sort | Deed::Converse | Deed::Administer => false,
        }
    }

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Plan => "plan",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

impl TokenSecret {
    /// Makes one from chance.
    pub fn from_chance(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads `kith_` and 64 hex digits.
    pub fn from_text(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix(TOKEN_PREFIX)?;
        if digits.len() != TOKEN_BYTES * 2 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0u8; TOKEN_BYTES];
        for (slot, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The key as its owner keeps it; shown once.
    pub fn reveal(&self) -> String {
        format!("{TOKEN_PREFIX}{}", lower(&self.0))
    }

    /// What the store keeps. It is not the hash of a session with the same bytes.
    pub fn hash(&self) -> SecretHash {
        let digest = Sha256::new().chain_update(TOKEN_PREFIX).chain_update(self.0).finalize();
        SecretHash::from_stored(lower(&digest))
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::SessionSecret;
    use super::*;

    #[test]
    fn no_key_converses_approves_sorts_or_administers() {
        for scope in Scope::ALL {
            for deed in [Deed::Converse, Deed::Approve, Deed::Sort, Deed::Administer] {
                assert!(!scope.may(deed), "{scope:?} {deed}");
            }
            assert!(scope.may(Deed::Read));
            assert_eq!(Scope::from_stored(scope.as_str()), Some(scope));
        }
        assert!(Scope::Plan.may(Deed::Plan) && !Scope::Read.may(Deed::Plan));
    }

    #[test]
    fn a_key_reads_back_from_its_text_and_from_nothing_else() {
        let secret = TokenSecret::from_chance([7; 32]);
        let text = secret.reveal();
        assert!(text.starts_with("kith_0707") && text.len() == 69);
        assert_eq!(TokenSecret::from_text(&text).unwrap().hash(), secret.hash());
        for bad in ["", "kith_", "kith_zz", &text[5..], &format!("{text}0"), &text.replace('7', "é")] {
            assert!(TokenSecret::from_text(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_no_session() {
        assert_ne!(TokenSecret::from_chance([7; 32]).hash(), SessionSecret::from_chance([7; 32]).hash());
        assert_eq!(format!("{:?}", TokenSecret::from_chance([9; 32])), "TokenSecret(…)");
    }
}
