//! Ids for rows that are born from what came in: made from the network's own ids, so that they need no chance.
//!
//! The same thing heard twice in one millisecond gets the same id; the unique keys on the network's ids decide
//! whether it is new. To derive another kind, give it its own first word.

use sha2::{Digest, Sha256};

/// Ten bytes that stand for `parts`, for the `new` of an id.
pub(crate) fn chance(parts: &[&str]) -> [u8; 10] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&hasher.finalize()[..10]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_eq!(chance(&["a", "b"]), chance(&["a", "b"]));
        assert_ne!(chance(&["ab", ""]), chance(&["a", "b"]));
    }
}
