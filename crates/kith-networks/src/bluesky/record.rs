//! A post as the bytes that are sent: one `putRecord` with our own key, fixed before the first try.
//!
//! `swapRecord: null` means "only if there is none". Measured on PDS 0.5.35 (2026-11): the same bytes again are
//! 200 and change nothing, eight at once make one record, other bytes under the same key are 400 `InvalidSwap`.
//! Therefore all that may differ between two tries (`createdAt`, the card, pictures) is fixed in these bytes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::syntax::{datetime, is_language};
use super::wire::StrongRef;

pub(super) const POST: &str = "app.bsky.feed.post";

/// What a post is made of.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) text: &'a str,
    pub(super) language: Option<&'a str>,
    pub(super) facets: Vec<Value>,
    pub(super) embed: Option<Value>,
    pub(super) reply: Option<Reply>,
}

/// What a post answers.
#[derive(Debug)]
pub(super) struct Reply {
    /// The first post of the thread.
    pub(super) root: StrongRef,
    /// The post that is answered.
    pub(super) parent: StrongRef,
}

/// The record of a post.
pub(super) fn post(parts: Parts<'_>, created_at: Timestamp) -> Value {
    let mut record = json!({ "$type": POST, "text": parts.text, "createdAt": datetime(created_at) });
    if let Some(language) = parts.language.filter(|l| is_language(l)) {
        record["langs"] = json!([language]);
    }
    if !parts.facets.is_empty() {
        record["facets"] = Value::Array(parts.facets);
    }
    if let Some(embed) = parts.embed {
        record["embed"] = embed;
    }
    if let Some(reply) = parts.reply {
        record["reply"] = json!({ "root": strong(&reply.root), "parent": strong(&reply.parent) });
    }
    record
}

/// A record that points at another: a like, a repost.
pub(super) fn pointer(collection: &str, subject: &StrongRef, created_at: Timestamp) -> Value {
    json!({ "$type": collection, "subject": strong(subject), "createdAt": datetime(created_at) })
}

/// The record that follows somebody.
pub(super) fn follow(did: &str, created_at: Timestamp) -> Value {
    json!({ "$type": "app.bsky.graph.follow", "subject": did, "createdAt": datetime(created_at) })
}

/// The body of the one `putRecord` that creates it.
pub(super) fn put(repo: &str, collection: &str, key: &str, record: &Value) -> String {
    json!({ "repo": repo, "collection": collection, "rkey": key, "validate": true, "swapRecord": null, "record": record }).to_string()
}

/// Whether two post records say the same: words, what they answer, pictures. What may differ when the same dispatch
/// was prepared twice (time, card, whose a handle was) does not count.
pub(super) fn say_the_same(one: &Value, other: &Value) -> bool {
    let essence = |record: &Value| (record["text"].clone(), record["reply"]["parent"]["uri"].clone(), pictures(record));
    essence(one) == essence(other)
}

fn pictures(record: &Value) -> Vec<Value> {
    let embed = &record["embed"];
    let images = embed["images"].as_array().into_iter().flatten().map(|image| &image["image"]["ref"]);
    images.chain([&embed["video"]["ref"]]).filter(|reference| !reference.is_null()).cloned().collect()
}

fn strong(reference: &StrongRef) -> Value {
    json!({ "uri": reference.uri, "cid": reference.cid })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(1_764_576_000 + s).unwrap()
    }

    #[test]
    fn the_same_parts_are_the_same_bytes() {
        let body =
            |s| put("did:plc:a", POST, "3jzfcijpj2z2a", &post(Parts { text: "Bread", language: Some("en"), ..Parts::default() }, at(s)));
        assert_eq!(body(0), body(0));
        assert_eq!(
            body(0),
            concat!(
                r#"{"collection":"app.bsky.feed.post","record":{"$type":"app.bsky.feed.post","createdAt":"2025-12-01T08:00:00.000Z","#,
                r#""langs":["en"],"text":"Bread"},"repo":"did:plc:a","rkey":"3jzfcijpj2z2a","swapRecord":null,"validate":true}"#
            )
        );
    }

    #[test]
    fn a_post_prepared_twice_says_the_same_and_another_text_or_picture_does_not() {
        let picture =
            |link: &str| json!({ "$type": "app.bsky.embed.images", "images": [{ "alt": "", "image": { "ref": { "$link": link } } }] });
        let make = |text, embed, s| post(Parts { text, embed, ..Parts::default() }, at(s));
        assert!(say_the_same(&make("Bread", None, 0), &make("Bread", None, 60)));
        assert!(!say_the_same(&make("Bread", None, 0), &make("Pots", None, 0)));
        assert!(say_the_same(&make("Bread", Some(picture("a")), 0), &make("Bread", Some(picture("a")), 9)));
        assert!(!say_the_same(&make("Bread", Some(picture("a")), 0), &make("Bread", Some(picture("b")), 0)));
        assert!(!say_the_same(&make("Bread", Some(picture("a")), 0), &make("Bread", None, 0)));
    }
}
