//! Asking for a feed: with what was seen last, so that an unchanged one costs a header.

use jiff::Timestamp;
use url::Url;

use super::read::{Document, read};
use super::{FeedError, guard};
use crate::http::NetClient;

/// Largest document in bytes, decompressed. 5,000 entries with their whole texts are about this much.
pub const FEED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest tag of a version that is sent back, in bytes.
const TAG_BYTES_MAX: usize = 1_024;

/// What the server said of the version that was read last.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub modified: Option<String>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one for each reading, and it is taken apart at once")]
pub enum Fetched {
    /// Nothing has changed since.
    Same,
    /// A new version.
    New {
        /// The feed.
        document: Document,
        /// To be given at the next asking.
        seen: Seen,
        /// Where it is to be asked for from now on, after lasting redirects.
        url: Url,
    },
}

/// Asks for a feed. The document is parsed on a thread of its own.
pub async fn fetch(http: &NetClient, url: &Url, seen: &Seen, now: Timestamp) -> Result<Fetched, FeedError> {
    let mut request = http.get(url.clone()).limit(FEED_BYTES_MAX).header(
        "accept",
        "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, application/json;q=0.8, */*;q=0.5",
    );
    if let Some(etag) = &seen.etag {
        request = request.header("if-none-match", etag);
    }
    if let Some(modified) = &seen.modified {
        request = request.header("if-modified-since", modified);
    }
    let answer = request.send().await.map_err(|error| FeedError::Later { why: error.to_string(), after_s: None })?;
    match answer.status.as_u16() {
        200..=299 => {}
        304 => return Ok(Fetched::Same),
        404 | 410 => return Err(FeedError::NotThere(format!("there is no feed at {url} (any more)"))),
        401 | 403 => return Err(FeedError::NotThere(format!("{url} does not let Kith read this feed"))),
        status => {
            let after_s = answer.wait(now).map(|wait| wait.as_secs().max(0).unsigned_abs());
            return Err(FeedError::Later { why: format!("{url} answered {status}"), after_s });
        }
    }
    let header = |name: &str| answer.header(name).filter(|value| value.len() <= TAG_BYTES_MAX).map(str::to_owned);
    let seen = Seen { etag: header("etag"), modified: header("last-modified") };
    let (body, at) = (answer.body.clone(), answer.url.clone());
    let parsed = tokio::task::spawn_blocking(move || {
        guard::check(&body).map_err(|refused| FeedError::Unreadable(refused.to_string()))?;
        read(&body, &at)
    });
    let document = parsed.await.map_err(|_| FeedError::Unreadable("the feed could not be read".into()))??;
    Ok(Fetched::New { document, seen, url: answer.url })
}
