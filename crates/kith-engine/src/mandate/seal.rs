//! Sealing tokens for the store (S1): XChaCha20-Poly1305 under a key that lives outside the data folder.
//!
//! The additional data names workspace and channel, so that a sealed text moved to another row does not open.
//! The nonce is 192 random bits, which is safe to draw at random for any number of texts.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use kith_networks::Secret;

use crate::chance::Chance;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The form of a sealed text: this, then base64 of nonce and ciphertext.
const FORM: &str = "k1.";

/// The key that seals, read from its file.
pub(crate) struct KeyRing {
    cipher: XChaCha20Poly1305,
    path: PathBuf,
}

/// Why sealing or opening did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    /// The key file can't be read or made.
    #[error("the key file {path} can't be used: {why}; restore it from your backup, or connect the channels anew")]
    KeyFile {
        /// Where it should be.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A sealed text does not open with this key.
    #[error("this channel's token was sealed with another key; restore the key file, or connect the channel anew")]
    WrongKey,
}

impl KeyRing {
    /// Reads the key file; makes one, readable by its owner only, if there is none.
    pub(crate) fn open(path: &Path, chance: &dyn Chance) -> Result<Self, SealError> {
        let fault = |why: String| SealError::KeyFile { path: path.display().to_string(), why };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = STANDARD_NO_PAD.encode(chance.bytes::<KEY_BYTES>());
                write_private(path, &text).map_err(|error| fault(error.to_string()))?;
                text
            }
            Err(error) => return Err(fault(error.to_string())),
        };
        let bytes = STANDARD_NO_PAD.decode(text.trim()).map_err(|_| fault("it is not a Kith key".into()))?;
        let key = Key::try_from(bytes.as_slice()).map_err(|_| fault("it has the wrong length".into()))?;
        Ok(Self { cipher: XChaCha20Poly1305::new(&key), path: path.to_owned() })
    }

    /// Where the key lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Seals `clear` for the row named by `row`.
    pub(crate) fn seal(&self, row: &str, clear: &Secret, chance: &dyn Chance) -> Result<String, SealError> {
        let nonce = chance.bytes::<NONCE_BYTES>();
        let payload = Payload { msg: clear.expose().as_bytes(), aad: row.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::WrongKey)?;
        Ok(format!("{FORM}{}", STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens what `seal` made for the same row.
    pub(crate) fn open_sealed(&self, row: &str, sealed: &str) -> Result<Secret, SealError> {
        let bytes = sealed.strip_prefix(FORM).and_then(|text| STANDARD_NO_PAD.decode(text).ok()).ok_or(SealError::WrongKey)?;
        let (nonce, body) = bytes.split_at_checked(NONCE_BYTES).ok_or(SealError::WrongKey)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::WrongKey)?;
        let clear = self.cipher.decrypt(&nonce, Payload { msg: body, aad: row.as_bytes() }).map_err(|_| SealError::WrongKey)?;
        String::from_utf8(clear).map(Secret::new).map_err(|_| SealError::WrongKey)
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("path", &self.path).finish_non_exhaustive()
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    #[test]
    fn what_is_sealed_opens_for_its_own_row_only() {
        let folder = tempfile::tempdir().unwrap();
        let chance = SeededChance::new(1);
        let keys = KeyRing::open(&folder.path().join("a.key"), &chance).unwrap();
        let sealed = keys.seal("w/c", &Secret::new("KITHCANARY1"), &chance).unwrap();
        assert!(!sealed.contains("KITHCANARY1"));
        assert_eq!(keys.open_sealed("w/c", &sealed).unwrap().expose(), "KITHCANARY1");
        assert_eq!(keys.open_sealed("w/d", &sealed), Err(SealError::WrongKey));
    }

    #[test]
    fn the_key_file_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/a.key");
        let chance = SeededChance::new(2);
        let sealed = KeyRing::open(&path, &chance).unwrap().seal("r", &Secret::new("x"), &chance).unwrap();
        assert_eq!(KeyRing::open(&path, &chance).unwrap().open_sealed("r", &sealed).unwrap().expose(), "x");
        let other = KeyRing::open(&folder.path().join("b.key"), &chance).unwrap();
        assert_eq!(other.open_sealed("r", &sealed), Err(SealError::WrongKey));
    }

    #[test]
    fn a_spoiled_key_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        std::fs::write(&path, "short").unwrap();
        let error = KeyRing::open(&path, &SeededChance::new(3)).unwrap_err().to_string();
        assert!(error.contains("a.key") && error.contains("backup"), "{error}");
    }
}
