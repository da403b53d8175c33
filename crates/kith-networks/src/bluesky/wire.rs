//! The API's own JSON, as far as we read it. Everything that may be missing or odd is optional: records are written
//! by other people's programs, and a single strange one must not stop a page.

use kith_domain::people::{DISPLAY_NAME_CHARS_MAX, Profile};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::ID;

/// `com.atproto.repo.getRecord` and each of `listRecords`.
#[derive(Debug, Deserialize)]
pub(super) struct RecordView<T> {
    pub(super) uri: String,
    #[serde(default)]
    pub(super) cid: String,
    pub(super) value: T,
}

/// A reference that names a record and what it held.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct StrongRef {
    pub(super) uri: String,
    #[serde(default)]
    pub(super) cid: String,
}

/// `app.bsky.feed.post`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostRecord {
    pub(super) text: String,
    #[serde(default)]
    pub(super) created_at: String,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) reply: Option<ReplyRef>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) embed: Option<Embed>,
    #[serde(default, deserialize_with = "each_that_fits")]
    pub(super) facets: Vec<FacetView>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) labels: Option<Labels>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReplyRef {
    pub(super) root: StrongRef,
    pub(super) parent: StrongRef,
}

/// What hangs below a post, as its record has it; kinds that we know nothing of leave all fields empty.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Embed {
    /// `app.bsky.embed.record`: the strong reference; `recordWithMedia`: one more layer around it.
    #[serde(default)]
    pub(super) record: Value,
    #[serde(default, deserialize_with = "each_that_fits")]
    pub(super) images: Vec<ImageEmbed>,
    #[serde(default)]
    pub(super) video: Value,
    #[serde(default)]
    pub(super) alt: Option<String>,
    /// `recordWithMedia`.
    #[serde(default, deserialize_with = "or_none")]
    pub(super) media: Option<Box<Embed>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ImageEmbed {
    #[serde(default)]
    pub(super) alt: String,
}

impl Embed {
    /// The AT-URI of the quoted record.
    pub(super) fn quoted(&self) -> Option<&str> {
        let direct = self.record.get("uri");
        let deeper = || self.record.get("record").and_then(|inner| inner.get("uri"));
        direct.or_else(deeper).and_then(Value::as_str)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FacetView {
    pub(super) index: ByteSlice,
    #[serde(default, deserialize_with = "each_that_fits")]
    pub(super) features: Vec<Feature>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByteSlice {
    pub(super) byte_start: usize,
    pub(super) byte_end: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "$type")]
pub(super) enum Feature {
    #[serde(rename = "app.bsky.richtext.facet#link")]
    Link { uri: String },
    #[serde(rename = "app.bsky.richtext.facet#mention")]
    Mention { did: String },
    #[serde(rename = "app.bsky.richtext.facet#tag")]
    Tag { tag: String },
}

/// Labels that the author gave to their own record.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Labels {
    #[serde(default, deserialize_with = "each_that_fits")]
    pub(super) values: Vec<SelfLabel>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct SelfLabel {
    pub(super) val: String,
}

/// A label as the AppView gives it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Label {
    pub(super) src: String,
    pub(super) val: String,
}

/// `app.bsky.actor.defs#profileView…`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileView {
    pub(super) did: String,
    pub(super) handle: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default, deserialize_with = "each_that_fits")]
    pub(super) labels: Vec<Label>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) viewer: Option<ProfileViewer>,
}

/// What is between us and a person.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ProfileViewer {
    /// Our record that follows them.
    pub(super) following: Option<String>,
}

impl ProfileView {
    pub(super) fn to_profile(&self) -> Profile {
        Profile {
            network: ID,
            remote_id: self.did.clone(),
            address: self.handle.clone(),
            display_name: plain(self.display_name.as_deref().unwrap_or_default()),
            url: Some(format!("https://bsky.app/profile/{}", self.name())),
            is_bot: is_bot(self.labels.iter().filter(|label| label.src == self.did).map(|label| label.val.as_str())),
        }
    }

    /// What links to the profile work with, even while the handle does not.
    pub(super) fn name(&self) -> &str {
        if self.handle == "handle.invalid" { &self.did } else { &self.handle }
    }
}

/// `app.bsky.feed.defs#postView`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostView {
    pub(super) uri: String,
    #[serde(default)]
    pub(super) cid: String,
    pub(super) author: ProfileView,
    #[serde(deserialize_with = "or_none")]
    pub(super) record: Option<PostRecord>,
    #[serde(default)]
    pub(super) indexed_at: String,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) viewer: Option<PostViewer>,
}

/// What we did with a post.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct PostViewer {
    pub(super) like: Option<String>,
    pub(super) repost: Option<String>,
}

/// `app.bsky.feed.getPosts`
#[derive(Debug, Deserialize)]
pub(super) struct Posts {
    #[serde(deserialize_with = "each_that_fits")]
    pub(super) posts: Vec<PostView>,
}

/// `app.bsky.feed.getPostThread`
#[derive(Debug, Deserialize)]
pub(super) struct ThreadAnswer {
    pub(super) thread: ThreadView,
}

/// A place in a thread: a post, or none where it is gone or its author and we block each other.
#[derive(Debug, Deserialize)]
pub(super) struct ThreadView {
    #[serde(default, deserialize_with = "or_none")]
    pub(super) post: Option<PostView>,
    #[serde(default)]
    pub(super) parent: Option<Box<ThreadView>>,
    #[serde(default)]
    pub(super) replies: Vec<ThreadView>,
}

/// `app.bsky.notification.listNotifications`
#[derive(Debug, Deserialize)]
pub(super) struct Notifications {
    pub(super) cursor: Option<String>,
    #[serde(deserialize_with = "each_that_fits")]
    pub(super) notifications: Vec<Notification>,
}

/// One notification. `isRead` is left out on purpose: it lies for accounts that never call `updateSeen`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    pub(super) uri: String,
    pub(super) author: ProfileView,
    pub(super) reason: String,
    pub(super) reason_subject: Option<String>,
    #[serde(default)]
    pub(super) record: Value,
    pub(super) indexed_at: String,
}

/// A name or a short text from outside: one line, no control characters, not longer than is kept.
pub(super) fn plain(text: &str) -> String {
    let is_hidden = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.trim().chars().filter(|c| !is_hidden(*c)).take(DISPLAY_NAME_CHARS_MAX).collect()
}

/// Whether somebody labels themselves as automated (Bluesky's developer guidelines, 2025-04).
pub(super) fn is_bot<'a>(mut labels: impl Iterator<Item = &'a str>) -> bool {
    labels.any(|label| label == "bot")
}

fn or_none<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

fn each_that_fits<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let list = match Value::deserialize(from)? {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    Ok(list.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}
