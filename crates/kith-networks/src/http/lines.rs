//! An answer that never ends, read line by line: server-sent events and the like.

use std::time::Duration;

use bytes::BytesMut;
use url::Url;

use super::address::host;
use super::answer::{Answer, broken, read_body};
use super::{ANSWER_BYTES_MAX, HeaderMap, NetError, StatusCode};

/// Longest line, in bytes; a Mastodon event with a long status is some tens of kilobytes.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// A running answer.
#[derive(Debug)]
pub struct Lines {
    response: reqwest::Response,
    url: Url,
    idle: Duration,
    buffer: BytesMut,
    ended: bool,
}

impl Lines {
    pub(super) fn new(response: reqwest::Response, url: Url, idle: Duration) -> Self {
        Self { response, url, idle, buffer: BytesMut::new(), ended: false }
    }

    /// The HTTP status; look at it before reading lines.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next line without its end, or `None` when the server ended the answer. Silence longer than `idle` is
    /// `NoAnswer`. A last line without an end counts as no line. May be dropped and called again: nothing is lost.
    pub async fn next(&mut self) -> Result<Option<String>, NetError> {
        let mut looked = 0;
        loop {
            if let Some(found) = self.buffer.get(looked..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
                let line = self.buffer.split_to(looked + found + 1);
                let line = line.strip_suffix(b"\n").unwrap_or(&line);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                return Ok(Some(String::from_utf8_lossy(line).into_owned()));
            }
            looked = self.buffer.len();
            if looked > LINE_BYTES_MAX {
                return Err(NetError::TooLarge { limit: LINE_BYTES_MAX });
            }
            if self.ended {
                return Ok(None);
            }
            match tokio::time::timeout(self.idle, self.response.chunk()).await {
                Err(_) => return Err(self.silent()),
                Ok(Err(error)) => return Err(broken(error, &self.url)),
                Ok(Ok(None)) => self.ended = true,
                Ok(Ok(Some(chunk))) => self.buffer.extend_from_slice(&chunk),
            }
        }
    }

    /// Reads the rest as one answer: for an error's text.
    pub async fn into_answer(self) -> Result<Answer, NetError> {
        let silent = self.silent();
        tokio::time::timeout(self.idle, read_body(self.response, self.url, ANSWER_BYTES_MAX)).await.unwrap_or(Err(silent))
    }

    fn silent(&self) -> NetError {
        NetError::NoAnswer { why: format!("{} was silent for {} seconds", host(&self.url), self.idle.as_secs()) }
    }
}
