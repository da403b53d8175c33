//! A whole answer: status, headers and the body within its limit.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use url::Url;

use super::address::host;
use super::{HeaderMap, NetError, StatusCode, retry_after};

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// Where it came from in the end, after redirects.
    pub url: Url,
}

/// A body that is not the JSON we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} answered something we can't read: {why}")]
pub struct BadJson {
    host: String,
    why: String,
}

impl Answer {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, BadJson> {
        serde_json::from_slice(&self.body).map_err(|error| BadJson { host: host(&self.url).to_owned(), why: error.to_string() })
    }

    /// How long the server asks us to wait, by any of the headers in use.
    pub fn wait(&self, now: Timestamp) -> Option<SignedDuration> {
        retry_after(&self.headers, now)
    }
}

pub(super) async fn read_body(mut response: reqwest::Response, url: Url, limit: usize) -> Result<Answer, NetError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(error, &url))? {
        if body.len() + chunk.len() > limit {
            return Err(NetError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body: body.freeze(), url })
}

/// The first `limit` bytes of the body at most; the connection is given up after them.
pub(super) async fn read_some(mut response: reqwest::Response, url: Url, limit: usize) -> Result<Answer, NetError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    while body.len() < limit {
        let Some(chunk) = response.chunk().await.map_err(|error| broken(error, &url))? else { break };
        let room = (limit - body.len()).min(chunk.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or_default());
    }
    Ok(Answer { status, headers, body: body.freeze(), url })
}

/// A body that breaks off is never "unsent", whatever the cause.
pub(super) fn broken(error: reqwest::Error, url: &Url) -> NetError {
    NetError::NoAnswer { why: format!("the answer of {} broke off: {}", host(url), error.without_url()) }
}
