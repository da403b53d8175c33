//! Other people's posts, and our own, as the rest of Kith sees them.

use jiff::Timestamp;
use kith_domain::listen::{Audience, INCOMING_TEXT_BYTES_MAX, RemotePost};

use super::html;
use super::publish::{key_of, post_url};
use super::syntax::instant;
use super::wire::{Embed, PostRecord, PostView, ProfileView};

/// Most pictures whose descriptions are shown.
const PICTURES_SHOWN_MAX: usize = 10;

/// A post from the AppView; `None` where its record can't be read.
pub(super) fn of_view(view: &PostView, our_did: &str) -> Option<RemotePost> {
    of_record(&view.uri, &view.author, view.record.as_ref()?, &view.indexed_at, our_did)
}

/// A post from its record. `indexed_at`: when the AppView met it.
pub(super) fn of_record(uri: &str, author: &ProfileView, record: &PostRecord, indexed_at: &str, our_did: &str) -> Option<RemotePost> {
    let (mut text, mut html) = (bounded(&record.text), html::render(&bounded(&record.text), &record.facets));
    for line in pictures(record.embed.as_ref()) {
        html::note(&line, &mut html);
        text = if text.is_empty() { line } else { format!("{text}\n{line}") };
    }
    Some(RemotePost {
        remote_id: uri.to_owned(),
        url: Some(post_url(author.name(), &key_of(uri)?)),
        author: author.to_profile(),
        html,
        text,
        warning: warning(record),
        at: written_at(&record.created_at, indexed_at),
        in_reply_to: record.reply.as_ref().map(|reply| reply.parent.uri.clone()),
        root: record.reply.as_ref().map(|reply| reply.root.uri.clone()),
        audience: Audience::Public,
        is_ours: author.did == our_did,
    })
}

/// The author's word, unless it lies in the future: then the moment at which the network met it.
fn written_at(created_at: &str, indexed_at: &str) -> Timestamp {
    match (instant(created_at), instant(indexed_at)) {
        (Some(created), Some(indexed)) => created.min(indexed),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Timestamp::UNIX_EPOCH,
    }
}

/// Labels that authors give to their own posts are Bluesky's content warnings.
fn warning(record: &PostRecord) -> Option<String> {
    let values: Vec<&str> = record.labels.as_ref()?.values.iter().map(|label| label.val.as_str()).collect();
    (!values.is_empty()).then(|| super::wire::plain(&values.join(", ")))
}

fn pictures(embed: Option<&Embed>) -> Vec<String> {
    let Some(embed) = embed else { return Vec::new() };
    let media = embed.media.as_deref().unwrap_or(embed);
    let describe = |what: &str, alt: &str| match alt.trim() {
        "" => format!("[{what}]"),
        alt => format!("[{what}: {}]", alt.split_whitespace().collect::<Vec<_>>().join(" ")),
    };
    let mut lines: Vec<String> = media.images.iter().take(PICTURES_SHOWN_MAX).map(|image| describe("Picture", &image.alt)).collect();
    if media.video.is_object() {
        lines.push(describe("Film", media.alt.as_deref().unwrap_or_default()));
    }
    lines.iter().map(|line| bounded(line)).collect()
}

fn bounded(text: &str) -> String {
    if text.len() <= INCOMING_TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(INCOMING_TEXT_BYTES_MAX);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn post(record: Value) -> RemotePost {
        let author = serde_json::from_value(json!({ "did": "did:plc:cy", "handle": "cy.test", "displayName": "Cy" })).unwrap();
        let record = serde_json::from_value(record).unwrap();
        of_record("at://did:plc:cy/app.bsky.feed.post/3jzfcijpj2z2a", &author, &record, "2026-11-22T10:00:00.000Z", "did:plc:ana").unwrap()
    }

    #[test]
    fn pictures_are_told_by_their_descriptions() {
        let images = json!([{ "alt": "A  blue\nkiln" }, { "alt": "" }]);
        let post = post(json!({ "text": "Look", "embed": { "$type": "app.bsky.embed.images", "images": images } }));
        assert_eq!(post.text, "Look\n[Picture: A blue kiln]\n[Picture]");
        assert_eq!(post.html, "<p>Look</p><p>[Picture: A blue kiln]</p><p>[Picture]</p>");
    }

    #[test]
    fn a_post_from_the_future_was_written_when_it_was_met() {
        let at = |text: &str| post(json!({ "text": "", "createdAt": text })).at.to_string();
        assert_eq!(at("2031-01-01T00:00:00Z"), "2026-11-22T10:00:00Z");
        assert_eq!(at("2026-11-22T09:00:00Z"), "2026-11-22T09:00:00Z");
        assert_eq!(at("yesterday"), "2026-11-22T10:00:00Z");
    }

    #[test]
    fn the_authors_labels_are_the_warning() {
        let labels = json!({ "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": "graphic-media" }] });
        assert_eq!(post(json!({ "text": "x", "labels": labels })).warning.as_deref(), Some("graphic-media"));
        assert_eq!(post(json!({ "text": "x", "labels": "odd", "embed": 7, "facets": {}, "reply": [] })).warning, None);
    }

    #[test]
    fn a_text_without_end_is_cut() {
        let post = post(json!({ "text": "é".repeat(40_000) }));
        assert!(post.text.len() <= INCOMING_TEXT_BYTES_MAX + 3 && post.text.ends_with('…'));
    }
}
