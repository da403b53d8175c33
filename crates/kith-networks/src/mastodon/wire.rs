//! The API's own JSON: only what is used, and tolerant of what is missing, for servers leave out and add as they like.
//!
//! Shapes: <https://docs.joinmastodon.org/entities/> (4.4, read 2026-11).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A status as it is sent. The bytes are fixed by `prepare` and never written again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewStatus {
    pub status: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoiler_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    pub sensitive: bool,
    pub visibility: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<NewPoll>,
}

/// A poll as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewPoll {
    pub options: Vec<String>,
    /// Seconds.
    pub expires_in: u32,
    pub multiple: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Account {
    #[serde(deserialize_with = "id")]
    pub id: String,
    #[serde(default)]
    pub username: String,
    #[serde(default)]
    pub acct: String,
    #[serde(default, deserialize_with = "or_default")]
    pub display_name: String,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub bot: bool,
}

/// An account as its own page shows it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AccountPage {
    #[serde(default, deserialize_with = "or_default")]
    pub note: String,
    #[serde(default, deserialize_with = "instant")]
    pub created_at: Option<Timestamp>,
    #[serde(default)]
    pub following_count: Option<i64>,
    #[serde(default)]
    pub followers_count: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Status {
    #[serde(deserialize_with = "id")]
    pub id: String,
    #[serde(default, deserialize_with = "instant")]
    pub created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "maybe_id")]
    pub in_reply_to_id: Option<String>,
    #[serde(default, deserialize_with = "maybe_id")]
    pub in_reply_to_account_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub spoiler_text: String,
    #[serde(default, deserialize_with = "or_default")]
    pub visibility: String,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub uri: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub content: String,
    pub account: Account,
    #[serde(default, deserialize_with = "or_default")]
    pub media_attachments: Vec<Attachment>,
}

/// What is between us and a person.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Relationship {
    #[serde(deserialize_with = "id")]
    pub id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub following: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub requested: bool,
}

/// What we did to a status.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Touchable {
    #[serde(default, deserialize_with = "or_default")]
    pub favourited: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub reblogged: bool,
}

/// The answer to a publish, of which the id alone is needed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Published {
    #[serde(deserialize_with = "id")]
    pub id: String,
    #[serde(default, deserialize_with = "instant")]
    pub created_at: Option<Timestamp>,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub uri: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Attachment {
    #[serde(default, deserialize_with = "or_default", rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct UploadedMedia {
    #[serde(deserialize_with = "id")]
    pub id: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Notification {
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "instant")]
    pub created_at: Option<Timestamp>,
    pub account: Account,
    #[serde(default)]
    pub status: Option<Status>,
}

/// Read first of every notification, so that one that can't be read still moves the cursor.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NotificationId {
    #[serde(deserialize_with = "id")]
    pub id: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Context {
    #[serde(default)]
    pub ancestors: Vec<Status>,
    #[serde(default)]
    pub descendants: Vec<Status>,
}

/// Both versions of the instance document in one: version 2 where there is one, else version 1.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Instance {
    #[serde(deserialize_with = "or_default")]
    pub domain: String,
    /// Version 1's name of the domain.
    #[serde(deserialize_with = "or_default")]
    pub uri: String,
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    #[serde(deserialize_with = "or_default")]
    pub source_url: String,
    /// Pleroma and its kin.
    pub max_toot_chars: Option<u32>,
    #[serde(deserialize_with = "or_default")]
    pub configuration: Configuration,
    #[serde(deserialize_with = "or_default")]
    pub urls: Urls,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    #[serde(deserialize_with = "or_default")]
    pub statuses: StatusRules,
    #[serde(deserialize_with = "or_default")]
    pub media_attachments: MediaRules,
    #[serde(deserialize_with = "or_default")]
    pub urls: Urls,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusRules {
    pub max_characters: Option<u32>,
    pub max_media_attachments: Option<u32>,
    pub characters_reserved_per_url: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the API's own names")]
pub(super) struct MediaRules {
    pub image_size_limit: Option<u64>,
    pub image_matrix_limit: Option<u64>,
    pub video_size_limit: Option<u64>,
    pub description_limit: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Urls {
    pub streaming: Option<String>,
    /// Version 1's name of it.
    pub streaming_api: Option<String>,
}

/// What a refusal says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    #[serde(deserialize_with = "or_default")]
    pub error: String,
    #[serde(deserialize_with = "or_default")]
    pub error_description: String,
}

/// Ids are texts; some servers write numbers.
fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    maybe_id(from)?.filter(|id| !id.is_empty()).ok_or_else(|| serde::de::Error::custom("an id is missing"))
}

fn maybe_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(u64),
    }
    Ok(Option::<Id>::deserialize(from)?.map(|id| match id {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    }))
}

/// `null` where the documentation promises a value.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// An instant that can't be read is no reason to lose what it stands in.
fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_another_server_is_read_with_what_it_has() {
        let status: Status = serde_json::from_str(
            r#"{"id":17,"created_at":"yesterday","spoiler_text":null,"visibility":"unlisted","account":{"id":"a","display_name":null},
                "media_attachments":null,"pleroma":{"local":true}}"#,
        )
        .unwrap();
        assert_eq!((status.id.as_str(), status.created_at, status.media_attachments.len()), ("17", None, 0));
        assert!(serde_json::from_str::<Status>(r#"{"id":"","account":{"id":"a"}}"#).is_err());
    }
}
