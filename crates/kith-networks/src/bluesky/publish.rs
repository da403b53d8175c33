//! Preparing a post, the one step that publishes it, and looking whether it is there.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use kith_domain::ids::DispatchId;
use kith_domain::publish::{Content, Looked, Outcome, PublishError, Receipt};
use serde::Deserialize;
use serde_json::Value;

use super::facets::{self, Facet, Kind};
use super::limits::{IMAGE_BYTES_MAX, IMAGES_MAX, THUMB_BYTES_MAX, VIDEO_BYTES_MAX, VIDEO_MIME, wire_text};
use super::record::{self, POST, Parts, Reply};
use super::syntax::{Did, Handle, RecordUri, Tid, instant};
use super::trouble::{Trouble, sort};
use super::wire::{PostRecord, RecordView, StrongRef};
use super::{link_card, token, upload};
use crate::http::at;
use crate::network::{Call, CardLink, MediaFile, Search};

/// Deadline of the one step; with a renewed token in its middle it still ends within a dispatch's lease.
const PUT_DEADLINE: Duration = Duration::from_secs(20);
/// Most people asked for in one text, and the deadline of each question.
const MENTIONS_MAX: usize = 10;
const RESOLVE_DEADLINE: Duration = Duration::from_secs(5);

/// The name of the record that a dispatch becomes.
pub(super) fn remote_key(dispatch: DispatchId, due_at: Timestamp) -> String {
    Tid::of(due_at, dispatch.uuid().as_bytes()).to_string()
}

pub(super) async fn prepare(
    call: &Call<'_>,
    content: &Content,
    media: &[MediaFile],
    key: &str,
    after: Option<&Receipt>,
) -> Result<String, PublishError> {
    if content.extras.poll.is_some() || !content.extras.parts.is_empty() {
        let why = "Bluesky has no polls, and a thread goes out part by part; plan it again without";
        return Err(PublishError::Refused { why: why.to_owned() });
    }
    // The picture of the card stands behind the others.
    let of_card = usize::from(content.extras.card.as_ref().is_some_and(|card| card.picture.is_some()));
    let (media, card_picture) = media.split_at(media.len().saturating_sub(of_card));
    fits(media)?;
    if Tid::parse(key).is_none() {
        return Err(PublishError::Refused { why: format!("{key:?} can't name a post on Bluesky; plan it again") });
    }
    let text = wire_text(&content.text, content.warning.as_deref());
    let found = facets::find(&text);
    let people = people(call, &found).await.map_err(Trouble::after_prepare)?;
    let embed = if media.is_empty() {
        match (&content.extras.card, first_link(&found)) {
            (Some(card), _) => Some(link_card::approved(call, card, card_picture.first()).await.map_err(Trouble::after_prepare)?),
            (None, Some(uri)) if !content.extras.no_card => link_card::at_the_last_moment(call, uri).await,
            (None, _) => None,
        }
    } else {
        let embed = match media {
            [film] if film.is_film() => upload::film(call, film).await,
            pictures => upload::pictures(call, pictures).await,
        };
        Some(embed.map_err(Trouble::after_prepare)?)
    };
    let facets = facets::to_json(&found, |handle| people.get(handle).cloned());
    let reply = match after {
        Some(before) => Some(thread_place(call, &before.remote_id).await?),
        None => None,
    };
    let parts = Parts { text: &text, language: content.language.as_deref(), facets, embed, reply };
    Ok(Sent::new(call.remote_id, POST, key, record::post(parts, call.now)).body())
}

/// Where a part stands: behind our own post at this address, in the thread of the first part.
async fn thread_place(call: &Call<'_>, uri: &str) -> Result<Reply, PublishError> {
    let gone = || PublishError::Refused { why: "the part of the thread before this one is no longer there".to_owned() };
    let place = RecordUri::parse(uri).filter(|place| place.collection == POST && place.repo == call.remote_id).ok_or_else(gone)?;
    let view = match record_at(call, &place.repo, &place.collection, &place.key).await {
        Ok(view) => view,
        Err(trouble) if trouble.is_not_there() => return Err(gone()),
        Err(trouble) => return Err(trouble.after_prepare()),
    };
    let parent = StrongRef { uri: view.uri, cid: view.cid };
    let above = serde_json::from_value::<PostRecord>(view.value).ok().and_then(|post| post.reply);
    Ok(Reply { root: above.map_or_else(|| parent.clone(), |reply| reply.root), parent })
}

pub(super) async fn publish(call: &Call<'_>, key: &str, prepared: &str) -> Outcome {
    let sent = Sent::read(prepared).filter(|sent| sent.rkey == key && sent.repo == call.remote_id && sent.collection == POST);
    let Some(sent) = sent else {
        return Err(PublishError::Refused {
            why: "these bytes were prepared for another profile or another post; plan it again".to_owned(),
        });
    };
    match put(call, prepared, &sent).await {
        Ok(()) => Ok(sent.receipt(&our_name(call).await)),
        Err(Trouble::Refused { name, .. }) if name == "InvalidSwap" => taken(call, &sent).await,
        Err(trouble) => Err(trouble.after_publish()),
    }
}

pub(super) async fn find(call: &Call<'_>, search: &Search<'_>) -> Looked {
    let Some(sent) = Sent::read(search.prepared) else {
        return Looked::Failed { after: None, why: "the stored bytes of this post can't be read".to_owned() };
    };
    if search.taken.contains(&sent.uri()) {
        return Looked::Absent; // that name went to another dispatch
    }
    look(call, &sent).await
}

/// Looks for the record of these bytes, whatever it holds: the name is ours alone.
pub(super) async fn look(call: &Call<'_>, sent: &Sent) -> Looked {
    match record_at(call, &sent.repo, &sent.collection, &sent.rkey).await {
        Ok(view) => {
            let there = Sent { record: view.value, ..sent.clone() };
            Looked::Found(there.receipt(&our_name(call).await))
        }
        Err(trouble) if trouble.is_not_there() => Looked::Absent,
        Err(trouble) => trouble.after_look(),
    }
}

/// Sends a `putRecord` body, exactly these bytes, and takes only the record's own address for a success.
pub(super) async fn put(call: &Call<'_>, body: &str, sent: &Sent) -> Result<(), Trouble> {
    #[derive(Deserialize)]
    struct Put {
        uri: String,
    }
    let url = at(call.server, &["xrpc", "com.atproto.repo.putRecord"]);
    let bytes = bytes::Bytes::copy_from_slice(body.as_bytes());
    let build = || call.http.post(url.clone()).bytes("application/json", bytes.clone()).deadline(PUT_DEADLINE);
    let answer = token::send(call, build).await?;
    let put: Put = answer.json().map_err(|error| Trouble::unreadable(&error))?;
    if put.uri == sent.uri() { Ok(()) } else { Err(Trouble::Lost(format!("the server wrote {} instead of {}", put.uri, sent.uri()))) }
}

/// Any record of anybody: the own server asks further where it does not hold it. Needs no token.
pub(super) async fn record_at(call: &Call<'_>, repo: &str, collection: &str, key: &str) -> Result<RecordView<Value>, Trouble> {
    let url = at(call.server, &["xrpc", "com.atproto.repo.getRecord"]);
    let query = [("repo", repo), ("collection", collection), ("rkey", key)];
    let answer = sort(call.http.get(url).query(&query).send().await, call.now)?;
    answer.json().map_err(|error| Trouble::unreadable(&error))
}

/// Something stands under our name. If it says what we say, it is ours: the bytes may have been made anew after a
/// backup was restored. If not, nothing is touched.
pub(super) async fn taken(call: &Call<'_>, sent: &Sent) -> Outcome {
    match record_at(call, &sent.repo, &sent.collection, &sent.rkey).await {
        Ok(view) if record::say_the_same(&view.value, &sent.record) => {
            let there = Sent { record: view.value, ..sent.clone() };
            Ok(there.receipt(&our_name(call).await))
        }
        Ok(_) => Err(PublishError::Refused {
            why: format!("another post is already there under this one's name ({}); nothing was changed. Plan it again.", sent.uri()),
        }),
        // Deleted between the two requests, or out of sight: look again later.
        Err(trouble) => {
            Err(PublishError::Unknown { why: format!("something stands under this post's name and can't be read: {trouble:?}") })
        }
    }
}

/// A `putRecord` body that was stored or is about to be sent.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sent {
    repo: String,
    collection: String,
    rkey: String,
    record: Value,
}

impl Sent {
    pub(super) fn read(prepared: &str) -> Option<Self> {
        serde_json::from_str(prepared).ok()
    }

    pub(super) fn new(repo: &str, collection: &str, key: &str, record: Value) -> Self {
        Self { repo: repo.to_owned(), collection: collection.to_owned(), rkey: key.to_owned(), record }
    }

    /// The body of its `putRecord`.
    pub(super) fn body(&self) -> String {
        record::put(&self.repo, &self.collection, &self.rkey, &self.record)
    }

    fn uri(&self) -> String {
        format!("at://{}/{}/{}", self.repo, self.collection, self.rkey)
    }

    pub(super) fn receipt(&self, name: &str) -> Receipt {
        let at = self.record["createdAt"].as_str().and_then(instant).unwrap_or_default();
        Receipt { remote_id: self.uri(), url: Some(post_url(name, &self.rkey)), at }
    }
}

/// Where people read a post. `name`: a handle or a DID.
pub(super) fn post_url(name: &str, key: &str) -> String {
    format!("https://bsky.app/profile/{name}/post/{key}")
}

/// Whose these handles are; nobody is left out of the map. Asked from our own server.
pub(super) async fn people(call: &Call<'_>, found: &[Facet]) -> Result<BTreeMap<Handle, Did>, Trouble> {
    #[derive(Deserialize)]
    struct Resolved {
        did: String,
    }
    let mut people = BTreeMap::new();
    let handles = found.iter().filter_map(|facet| if let Kind::Mention(handle) = &facet.kind { Some(handle) } else { None });
    for handle in handles.take(MENTIONS_MAX) {
        let url = at(call.server, &["xrpc", "com.atproto.identity.resolveHandle"]);
        let request = call.http.get(url).query(&[("handle", handle.as_str())]).deadline(RESOLVE_DEADLINE);
        match sort(request.send().await, call.now) {
            Ok(answer) => {
                let resolved: Resolved = answer.json().map_err(|error| Trouble::unreadable(&error))?;
                people.extend(Did::parse(&resolved.did).map(|did| (handle.clone(), did)));
            }
            Err(Trouble::Refused { .. }) => {} // nobody has that handle: it stays text
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(people)
}

/// The key of an AT-URI, as links need it.
pub(super) fn key_of(uri: &str) -> Option<String> {
    RecordUri::parse(uri).map(|uri| uri.key)
}

pub(super) async fn our_name(call: &Call<'_>) -> String {
    // The receipt is true without the handle; a DID works in links as well.
    token::settings(call).await.map_or_else(|_| call.remote_id.to_owned(), |settings| settings.handle)
}

/// The link below which a card stands: the first of the words, where no picture takes the place.
pub(super) fn card_link(content: &Content) -> Option<CardLink> {
    if !content.media.is_empty() {
        return None;
    }
    let found = facets::find(&wire_text(&content.text, content.warning.as_deref()));
    first_link(&found).map(|url| CardLink { url: url.to_owned(), picture_bytes_max: THUMB_BYTES_MAX as u64 })
}

fn first_link(found: &[Facet]) -> Option<&str> {
    found.iter().find_map(|facet| if let Kind::Link(uri) = &facet.kind { Some(uri.as_str()) } else { None })
}

fn fits(media: &[MediaFile]) -> Result<(), PublishError> {
    let refused = |why: String| Err(PublishError::Refused { why });
    if media.len() > IMAGES_MAX as usize {
        return refused(format!("{} pictures; Bluesky takes {IMAGES_MAX}. Leave some out.", media.len()));
    }
    if media.len() > 1 && media.iter().any(MediaFile::is_film) {
        return refused("a video stands alone on Bluesky; plan the other files apart".to_owned());
    }
    let too_much = |file: &MediaFile| match file.mime.as_str() {
        VIDEO_MIME => file.source.size() > VIDEO_BYTES_MAX,
        mime => file.source.size() > IMAGE_BYTES_MAX || !mime.starts_with("image/"),
    };
    match media.iter().zip(1..).find(|(file, _)| too_much(file)) {
        Some((file, number)) => refused(format!(
            "file {number} is {} with {} bytes; Bluesky takes pictures up to {IMAGE_BYTES_MAX} bytes and MP4 up to {VIDEO_BYTES_MAX}",
            file.mime,
            file.source.size()
        )),
        None => Ok(()),
    }
}
