//! What is said: text, content warning, language and pictures, and the hash that binds an approval to it (I6).

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::extras::Extras;
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
    /// Further parts, poll, link card; most posts have none.
    #[serde(default, skip_serializing_if = "Extras::is_empty")]
    pub extras: Extras,
}

/// A picture or film in a variant.
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

impl MediaItem {
    /// Whether it is a film.
    pub fn is_film(&self) -> bool {
        self.mime.starts_with("video/")
    }
}

impl fmt::Display for PayloadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Content {
    /// Every stored file that goes out with it: its pictures, then the picture of its card.
    pub fn files(&self) -> Vec<MediaItem> {
        self.media.iter().chain(self.extras.card.iter().filter_map(|card| card.picture.as_ref())).cloned().collect()
    }

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
        // None of them, no field: what was approved before they existed keeps its hash.
        for (name, value) in self.extras.fields() {
            field(name, &value);
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

    /// As computed by hand from the fields of the first edition; it must never change.
    const STORED_HASH: &str = "77f5e0bed209cf0a1aea0d112e613470262daf2ef11a1c381f59d1f62afbb138";
    const STORED: &str = r#"{"text":"Kiln tip","warning":"fire","language":"en","media":[{"id":"01936f6e-0000-7000-8000-000000000001",
        "sha256":"ab","mime":"image/png","bytes":1,"width":1,"height":1,"alt":"A kiln"}]}"#;

    #[test]
    fn what_was_stored_before_extras_existed_keeps_hash_and_form() {
        let content: Content = serde_json::from_str(STORED).unwrap();
        assert_eq!(content.hash().as_str(), STORED_HASH);
        let written: serde_json::Value = serde_json::to_value(&content).unwrap();
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(STORED).unwrap());
    }

    #[test]
    fn any_change_of_the_extras_changes_the_hash() {
        use super::super::extras::{LinkCard, Part, Poll};
        let with = |extras: Extras| Content { text: "Kiln tip".into(), extras, ..Content::default() }.hash();
        let part = |text: &str| Part { text: text.into(), ..Part::default() };
        let poll = |minutes, multiple| Poll { options: vec!["Yes".into(), "No".into()], minutes, multiple };
        let card = LinkCard { url: "https://a.example".into(), title: "A".into(), description: String::new(), picture: None };
        let hashes = [
            with(Extras::default()),
            with(Extras { parts: vec![part("Two")], ..Extras::default() }),
            with(Extras { parts: vec![part("Two"), part("")], ..Extras::default() }),
            with(Extras { parts: vec![part("")], ..Extras::default() }),
            with(Extras { poll: Some(poll(60, false)), ..Extras::default() }),
            with(Extras { poll: Some(poll(60, true)), ..Extras::default() }),
            with(Extras { poll: Some(poll(61, false)), ..Extras::default() }),
            with(Extras { card: Some(card.clone()), ..Extras::default() }),
            with(Extras { no_card: true, ..Extras::default() }),
            with(Extras { parts: vec![Part { no_card: true, ..part("Two") }], ..Extras::default() }),
            with(Extras { parts: vec![Part { card: Some(card.clone()), ..part("Two") }], ..Extras::default() }),
            with(Extras { card: Some(LinkCard { title: "B".into(), ..card }), ..Extras::default() }),
        ];
        let different: std::collections::BTreeSet<&str> = hashes.iter().map(PayloadHash::as_str).collect();
        assert_eq!(different.len(), hashes.len());
    }

    #[test]
    fn text_cannot_pose_as_another_field() {
        let a = Content { text: "a".into(), warning: Some("b".into()), ..Content::default() };
        let b = Content { text: "awarning:1:b".into(), ..Content::default() };
        assert_ne!(a.hash(), b.hash());
    }
}
