//! What is said: text, content warning, language and pictures, and the hash that binds an approval to it (I6).

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::MediaId;

/// Longest text of any variant, in bytes of UTF-8; every network's own limit is below it (Facebook: 63,206 characters).
pub const CONTENT_TEXT_BYTES_MAX: usize = 100_000;

/// The wording for one channel, whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// The words.
    pub text: String,
    /// Content warning, shown instead of the text until it is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// BCP 47 language tag, such as `en` or `pt-BR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Pictures in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<MediaItem>,
}

/// A picture in a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaItem {
    /// The stored file.
    pub id: MediaId,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Its type as decided from its bytes, such as `image/png`.
    pub mime: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What it shows, in words; empty means that a person chose "decorative".
    pub alt: String,
}

/// SHA-256 of a content, lower-case hex. What is sent hashes to what was approved (I6).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PayloadHash(String);

impl PayloadHash {
    /// Takes a stored hash as it is.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The hex text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, for a person's eyes.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for PayloadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Content {
    /// The hash that an approval binds to. Every field counts, with its length, so that no two contents share bytes.
    pub fn hash(&self) -> PayloadHash {
        let mut hasher = Sha256::new();
        let mut field = |name: &str, value: &str| {
            hasher.update(format!("{name}:{}:", value.len()));
            hasher.update(value);
        };
        field("kith-content", "1");
        field("text", &self.text);
        field("warning", self.warning.as_deref().unwrap_or(""));
        field("language", self.language.as_deref().unwrap_or(""));
        for item in &self.media {
            field("sha256", &item.sha256);
            field("alt", &item.alt);
        }
        PayloadHash(crate::hex::lower(&hasher.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_changes_the_hash() {
        let base = Content { text: "Kiln tip".into(), ..Content::default() };
        let changes = [
            Content { text: "Kiln tip ".into(), ..base.clone() },
            Content { warning: Some("food".into()), ..base.clone() },
            Content { language: Some("en".into()), ..base.clone() },
        ];
        for changed in changes {
            assert_ne!(changed.hash(), base.hash(), "{changed:?}");
        }
    }

    #[test]
    fn text_cannot_pose_as_another_field() {
        let a = Content { text: "a".into(), warning: Some("b".into()), ..Content::default() };
        let b = Content { text: "awarning:1:b".into(), ..Content::default() };
        assert_ne!(a.hash(), b.hash());
    }
}
