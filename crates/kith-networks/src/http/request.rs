//! One request, built in a chain and sent once.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::address::{check_url, host};
use super::answer::{Answer, read_body, read_some};
use super::dpop::{DpopKey, Lesson};
use super::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, USER_AGENT};
use super::lines::Lines;
use super::{ANSWER_BYTES_MAX, DEADLINE_S, HeaderMap, HeaderName, HeaderValue, Method, NetClient, NetError, REDIRECTS_MAX, Source};

/// A request in the making. A mistake in building it (a header with a line break) shows as `Blocked` when it is sent.
#[derive(Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct Request<'a> {
    client: &'a NetClient,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Body,
    deadline: Duration,
    limit: usize,
    lesson: Option<Lesson>,
    mistake: Option<String>,
}

#[derive(Debug)]
enum Body {
    Empty,
    Bytes(Bytes),
    Whole(Source),
    Parts(Vec<Part>),
}

/// One part of a multipart form.
#[derive(Debug, Clone)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name, for a file.
    pub file_name: Option<String>,
    /// Its type, such as `image/png`; `None` for plain text.
    pub mime: Option<String>,
    /// Its content.
    pub source: Source,
}

impl Part {
    /// A field of text.
    pub fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), file_name: None, mime: None, source: Bytes::copy_from_slice(text.as_bytes()).into() }
    }

    /// A file.
    pub fn file(name: &str, file_name: &str, mime: &str, source: impl Into<Source>) -> Self {
        Self { name: name.to_owned(), file_name: Some(file_name.to_owned()), mime: Some(mime.to_owned()), source: source.into() }
    }
}

impl<'a> Request<'a> {
    pub(super) fn new(client: &'a NetClient, method: Method, url: Url) -> Self {
        Self {
            client,
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::Empty,
            deadline: Duration::from_secs(DEADLINE_S),
            limit: ANSWER_BYTES_MAX,
            lesson: None,
            mistake: None,
        }
    }

    /// Adds to the query.
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        if !pairs.is_empty() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => _ = self.headers.insert(name, value),
            _ => self.mistake = Some(format!("the header {name} can't hold this value")),
        }
        self
    }

    /// `Authorization: Bearer …`, kept out of `Debug` and of redirects to another server.
    pub fn bearer(mut self, token: &str) -> Self {
        if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {token}")) {
            value.set_sensitive(true);
            self.headers.insert(AUTHORIZATION, value);
        } else {
            self.mistake = Some("the token holds characters that no token has; copy it again".to_owned());
        }
        self
    }

    /// `DPoP: …` for this method and address, and with a token `Authorization: DPoP …`. The last step before `send`, which
    /// keeps the nonce of the answer for the next request.
    pub fn dpop(mut self, key: &DpopKey, token: Option<&str>, now: Timestamp) -> Self {
        match self.client.0.nonces.prove(key, &self.method, &self.url, token, now) {
            Ok((proof, lesson)) => {
                self.lesson = Some(lesson);
                self = self.header("dpop", &proof);
            }
            Err(error) => self.mistake = Some(error.to_string()),
        }
        let Some(token) = token else { return self };
        if let Ok(mut value) = HeaderValue::try_from(format!("DPoP {token}")) {
            value.set_sensitive(true);
            self.headers.insert(AUTHORIZATION, value);
        } else {
            self.mistake = Some("the token holds characters that no token has; sign in again".to_owned());
        }
        self
    }

    /// A body of JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.bytes("application/json", bytes.into()),
            Err(error) => {
                self.mistake = Some(format!("this can't be written as JSON: {error}"));
                self
            }
        }
    }

    /// A body of form fields.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.bytes("application/x-www-form-urlencoded", text.into())
    }

    /// A body of these bytes, exactly.
    pub fn bytes(mut self, mime: &str, bytes: Bytes) -> Self {
        self.body = Body::Bytes(bytes);
        self.header(CONTENT_TYPE.as_str(), mime)
    }

    /// A body of a file, read while it is sent.
    pub fn source(mut self, mime: &str, source: Source) -> Self {
        let size = source.size().to_string();
        self.body = Body::Whole(source);
        self.header(CONTENT_TYPE.as_str(), mime).header(CONTENT_LENGTH.as_str(), &size)
    }

    /// A multipart form.
    pub fn multipart(mut self, parts: Vec<Part>) -> Self {
        self.body = Body::Parts(parts);
        self
    }

    /// Another deadline than `DEADLINE_S`, for everything from the name to the last byte.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Another limit than `ANSWER_BYTES_MAX`, in bytes after decompression.
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sends it and reads the whole answer, whatever its status.
    pub async fn send(mut self) -> Result<Answer, NetError> {
        let (deadline, host_name) = (self.deadline, host(&self.url).to_owned());
        let (nonces, lesson) = (&self.client.0.nonces, self.lesson.take());
        let exchange = async {
            let limit = self.limit;
            let (response, url) = self.start().await?;
            read_body(response, url, limit).await
        };
        let answer = tokio::time::timeout(deadline, exchange).await.unwrap_or_else(|_| Err(late(&host_name, deadline)))?;
        if let Some(lesson) = lesson {
            nonces.learn(lesson, &answer);
        }
        Ok(answer)
    }

    /// Sends it and reads no more than `limit` bytes of the answer; what is longer is cut, not refused.
    pub async fn glance(self) -> Result<Answer, NetError> {
        let (deadline, host_name) = (self.deadline, host(&self.url).to_owned());
        let exchange = async {
            let limit = self.limit;
            let (response, url) = self.start().await?;
            read_some(response, url, limit).await
        };
        tokio::time::timeout(deadline, exchange).await.unwrap_or_else(|_| Err(late(&host_name, deadline)))
    }

    /// Sends it and gives the answer line by line as it comes. `idle`: longest silence between two pieces. The
    /// deadline counts until the headers are there.
    pub async fn stream(self, idle: Duration) -> Result<Lines, NetError> {
        let (deadline, host_name) = (self.deadline, host(&self.url).to_owned());
        let (response, url) = tokio::time::timeout(deadline, self.start()).await.unwrap_or_else(|_| Err(late(&host_name, deadline)))?;
        Ok(Lines::new(response, url, idle))
    }

    /// Sends until there are headers that are no redirect.
    async fn start(self) -> Result<(reqwest::Response, Url), NetError> {
        if let Some(why) = self.mistake {
            return Err(NetError::blocked(why));
        }
        let parts = &self.client.0;
        let is_get = matches!(self.method, Method::GET | Method::HEAD);
        let (mut url, mut headers) = (self.url, self.headers);
        if let Ok(agent) = HeaderValue::try_from(&parts.user_agent) {
            headers.insert(USER_AGENT, agent);
        }
        let mut body = Some(self.body);
        for _ in 0..=REDIRECTS_MAX {
            check_url(&url, parts.policy)?;
            let client = if is_get { &parts.keeping } else { &parts.fresh };
            let mut request = client.request(self.method.clone(), url.clone()).headers(headers.clone());
            request = match body.take() {
                None | Some(Body::Empty) => request,
                Some(Body::Bytes(bytes)) => request.body(bytes),
                Some(Body::Whole(source)) => request.body(source.body().await?),
                Some(Body::Parts(list)) => request.multipart(form(list).await?),
            };
            let response = request.send().await.map_err(|error| NetError::from_reqwest(error, host(&url)))?;
            let Some(next) = is_get.then(|| redirect(&response, &url)).flatten() else {
                return Ok((response, url));
            };
            if next.origin() != url.origin() {
                headers.retain_only(&[ACCEPT, USER_AGENT]);
            }
            url = next;
        }
        Err(NetError::TooManyRedirects)
    }
}

/// Where a redirect leads, if it is one that can be followed.
fn redirect(response: &reqwest::Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()
}

trait RetainOnly {
    fn retain_only(&mut self, names: &[HeaderName]);
}

impl RetainOnly for HeaderMap {
    /// What is meant for one server (tokens, keys) is not told to another.
    fn retain_only(&mut self, names: &[HeaderName]) {
        let kept: Vec<_> = names.iter().filter_map(|name| self.get(name).map(|value| (name.clone(), value.clone()))).collect();
        self.clear();
        self.extend(kept);
    }
}

async fn form(parts: Vec<Part>) -> Result<reqwest::multipart::Form, NetError> {
    let mut form = reqwest::multipart::Form::new();
    for part in parts {
        let size = part.source.size();
        let mut piece = reqwest::multipart::Part::stream_with_length(part.source.body().await?, size);
        if let Some(mime) = part.mime {
            piece = piece.mime_str(&mime).map_err(|_| NetError::blocked(format!("{mime} is no media type")))?;
        }
        if let Some(name) = part.file_name {
            piece = piece.file_name(name);
        }
        form = form.part(part.name, piece);
    }
    Ok(form)
}

fn late(host_name: &str, deadline: Duration) -> NetError {
    NetError::NoAnswer { why: format!("{host_name} gave no whole answer in {} seconds", deadline.as_secs()) }
}
