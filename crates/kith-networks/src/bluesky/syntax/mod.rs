//! The protocol's names: who (DID, handle), what (AT-URI), which record (TID), when (datetime), in which language.
//!
//! Each is checked when it comes in, by the rules of <https://atproto.com/specs> (read 2026-11), so that nothing
//! malformed becomes a key, a link or a path. The tests run over the protocol's own interoperability files in
//! `fixtures/atproto`. To add a kind, add its check and its pair of files.

mod datetime;
mod tid;
mod words;

#[cfg(test)]
mod tests;

pub(super) use datetime::{datetime, instant};
pub(super) use tid::Tid;
pub(super) use words::is_language;

use words::{is_nsid, is_record_key};

/// Longest DID, handle and AT-URI in bytes (atproto.com/specs, 2026-11).
const DID_BYTES_MAX: usize = 2_048;
const HANDLE_BYTES_MAX: usize = 253;
const AT_URI_BYTES_MAX: usize = 8_192;

/// A lasting id of a person, such as `did:plc:7iza6de2dwap2sbkpav7c6c6`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Did(String);

/// A person's address, such as `mara.bsky.social`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Handle(String);

/// Where a record is: `at://WHO/COLLECTION/KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordUri {
    /// Whose repository, mostly a DID.
    pub(super) repo: String,
    /// Such as `app.bsky.feed.post`.
    pub(super) collection: String,
    /// The record's key.
    pub(super) key: String,
}

impl Did {
    /// `None` for anything that is no DID.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (method, value) = text.strip_prefix("did:")?.split_once(':')?;
        let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_lowercase());
        let is_value = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:%-".contains(&b));
        let ends_well = value.bytes().last().is_some_and(|b| b != b':' && b != b'%');
        (is_method && is_value && ends_well && text.len() <= DID_BYTES_MAX).then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Handle {
    /// `None` for anything that is no handle.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let labels: Vec<&str> = text.split('.').collect();
        let begins_with_letter = labels.last()?.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        let is_handle =
            text.len() <= HANDLE_BYTES_MAX && labels.len() > 1 && begins_with_letter && labels.iter().all(|l| words::is_label(l));
        is_handle.then(|| Self(text.to_ascii_lowercase()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl RecordUri {
    /// `None` for anything that is no AT-URI of a record.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (repo, collection, key) = at_uri(text)?;
        Some(Self { repo: repo.to_owned(), collection: collection?.to_owned(), key: key?.to_owned() })
    }
}

/// Authority, collection and record key of an AT-URI as lexicons allow it: no query, no fragment.
fn at_uri(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    if text.len() > AT_URI_BYTES_MAX {
        return None;
    }
    let mut parts = text.strip_prefix("at://")?.split('/');
    let authority = parts.next().filter(|a| Did::parse(a).is_some() || Handle::parse(a).is_some())?;
    let (collection, key) = (parts.next(), parts.next());
    let is_whole = parts.next().is_none() && collection.is_none_or(is_nsid) && key.is_none_or(is_record_key);
    is_whole.then_some((authority, collection, key))
}
