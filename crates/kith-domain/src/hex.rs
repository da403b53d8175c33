//! Bytes as text, for hashes.

use std::fmt::Write as _;

/// Lower-case hexadecimal digits, two for each byte.
pub fn lower(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
