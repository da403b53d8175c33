//! Being woken: server-sent events where they are offered, else a WebSocket, else nothing.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use url::Url;

use super::api::Api;
use super::trouble::{Trouble, of_answer, of_net};
use crate::http::{Frame, Lines, NetError, Socket, at};
use crate::network::{Call, ReadError};

/// Mastodon sends a sign of life every 15 s; a longer silence means that the line is dead.
const IDLE_S: u64 = 90;
const IDLE: Duration = Duration::from_secs(IDLE_S);

/// Only notifications where the server has that stream (Mastodon since 1.4.2), else the whole home timeline.
const EVENT_STREAMS: [&[&str]; 2] = [&["api", "v1", "streaming", "user", "notification"], &["api", "v1", "streaming", "user"]];
const SOCKET_STREAM: &str = "user:notification";

enum Listening {
    Events(Lines),
    Socket(Socket),
}

/// Wakes until the connection ends.
pub(super) async fn watch(call: &Call<'_>, wake: &mpsc::Sender<()>) -> Result<(), ReadError> {
    let api = Api::open(call).await?;
    let listening = connect(&api).await?;
    // What happened between the last page and this moment.
    if !awake(wake) {
        return Ok(());
    }
    let ended = match listening {
        Listening::Events(lines) => by_events(lines, wake).await,
        Listening::Socket(socket) => by_socket(socket, wake).await,
    };
    match ended {
        Ok(true) => Err(ReadError::Later { after: None, why: "the server ended the stream".to_owned() }),
        Ok(false) => Ok(()),
        Err(error) => Err(of_net(&error).into()),
    }
}

async fn connect(api: &Api<'_>) -> Result<Listening, ReadError> {
    for base in bases(api.call) {
        for path in EVENT_STREAMS {
            if let Some(lines) = events(api, &base, path).await? {
                return Ok(Listening::Events(lines));
            }
        }
        if let Some(socket) = socket(api, &base).await? {
            return Ok(Listening::Socket(socket));
        }
    }
    Err(ReadError::NotOffered)
}

/// Where the server says that it streams, then the server itself.
fn bases(call: &Call<'_>) -> Vec<Url> {
    let told = call.capabilities.streaming.as_deref().and_then(|text| {
        let text = if text.starts_with("ws") { text.replacen("ws", "http", 1) } else { text.to_owned() };
        // A token that came over TLS does not leave without.
        Url::parse(&text).ok().filter(|url| url.scheme() == "https" || call.server.scheme() == "http")
    });
    let own = at(call.server, &[]);
    let mut bases: Vec<Url> = told.map(|url| at(&url, &[])).into_iter().collect();
    if !bases.contains(&own) {
        bases.push(own);
    }
    bases
}

/// Server-sent events, or `None` where there are none.
async fn events(api: &Api<'_>, base: &Url, path: &[&str]) -> Result<Option<Lines>, ReadError> {
    let request = api.call.http.get(at(base, path)).bearer(&api.settings.token).header("accept", "text/event-stream");
    let lines = match request.stream(IDLE).await {
        Ok(lines) => lines,
        // A streaming address that nobody answers at is as good as none.
        Err(NetError::Unsent { .. } | NetError::Blocked { .. } | NetError::TooManyRedirects) => return Ok(None),
        Err(error) => return Err(of_net(&error).into()),
    };
    let kind = lines.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match lines.status().as_u16() {
        200 if kind.starts_with("text/event-stream") => Ok(Some(lines)),
        401 | 429 | 500..=599 => {
            let answer = lines.into_answer().await.map_err(|error| of_net(&error))?;
            Err(of_answer(&answer, api.call.now).into())
        }
        _ => Ok(None),
    }
}

/// A WebSocket, or `None` where there is none. The token goes into a header; into the address only where a server
/// asks for it there.
async fn socket(api: &Api<'_>, base: &Url) -> Result<Option<Socket>, ReadError> {
    let mut url = at(base, &["api", "v1", "streaming"]);
    url.query_pairs_mut().append_pair("stream", SOCKET_STREAM);
    let token = api.settings.token.as_str();
    let mut opened = api.call.http.websocket(&url, Some(token), IDLE).await;
    if matches!(opened, Err(NetError::NotUpgraded { status: 400 | 401 | 403 })) {
        url.query_pairs_mut().append_pair("access_token", token);
        opened = api.call.http.websocket(&url, None, IDLE).await;
    }
    match opened {
        Ok(socket) => Ok(Some(socket)),
        Err(NetError::NotUpgraded { status: 401 | 403 }) => {
            Err(Trouble::SignInAgain { why: "the server's stream does not accept the token".to_owned() }.into())
        }
        Err(NetError::NotUpgraded { status: 429 | 500..=599 }) => {
            Err(ReadError::Later { after: None, why: "the server's stream is busy".to_owned() })
        }
        Err(NetError::NotUpgraded { .. } | NetError::Unsent { .. } | NetError::Blocked { .. }) => Ok(None),
        Err(error) => Err(of_net(&error).into()),
    }
}

/// `true`: the server ended it. `false`: nobody listens any more.
async fn by_events(mut lines: Lines, wake: &mpsc::Sender<()>) -> Result<bool, NetError> {
    while let Some(line) = next_or_closed(lines.next(), wake).await {
        let Some(line) = line? else { return Ok(true) };
        let is_news = line.strip_prefix("event:").is_some_and(|name| name.trim() == "notification");
        if is_news && !awake(wake) {
            return Ok(false);
        }
    }
    Ok(false)
}

async fn by_socket(mut socket: Socket, wake: &mpsc::Sender<()>) -> Result<bool, NetError> {
    #[derive(Deserialize)]
    struct Event {
        #[serde(default)]
        event: String,
    }
    while let Some(frame) = next_or_closed(socket.next(), wake).await {
        let Some(frame) = frame? else { return Ok(true) };
        let Frame::Text(text) = frame else { continue };
        // What is no event (an empty text as a sign of life) wakes nobody.
        let is_news = serde_json::from_str::<Event>(&text).is_ok_and(|event| event.event == "notification");
        if is_news && !awake(wake) {
            return Ok(false);
        }
    }
    Ok(false)
}

/// The next piece, or `None` as soon as nobody listens any more.
async fn next_or_closed<T>(next: impl Future<Output = T>, wake: &mpsc::Sender<()>) -> Option<T> {
    tokio::select! {
        next = next => Some(next),
        () = wake.closed() => None,
    }
}

/// Wakes; `false` when nobody listens. A full queue has a wake in it already.
fn awake(wake: &mpsc::Sender<()>) -> bool {
    !matches!(wake.try_send(()), Err(TrySendError::Closed(())))
}
