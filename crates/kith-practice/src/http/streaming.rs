//! Streams: what happens, as it happens, by server-sent events or WebSocket.
//!
//! A client that falls too far behind is cut off rather than given a stream with holes; it comes back and reads the
//! notifications it has missed. A token that is taken back ends its streams.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};

use super::Shared;
use super::auth::token_of;
use super::params::Params;
use super::problem::Problem;
use crate::server::Server;
use crate::world::{Emitted, Id};

/// How often a silent stream shows that it lives, in real time.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Messages on their way to one client.
const QUEUE_MAX: usize = 64;

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v1/streaming", get(websocket))
        .route("/api/v1/streaming/health", get(|| async { "OK" }))
        .route("/api/v1/streaming/{*stream}", get(events))
}

/// What a client listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    User,
    Notifications,
    Public,
}

impl Stream {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "user" => Self::User,
            "user:notification" | "user/notification" => Self::Notifications,
            "public" | "public:local" | "public/local" => Self::Public,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Notifications => "user:notification",
            Self::Public => "public",
        }
    }

    fn carries(self, me: Id, emitted: &Emitted) -> bool {
        match self {
            Self::User => emitted.to == Some(me),
            Self::Notifications => emitted.to == Some(me) && emitted.event == "notification",
            Self::Public => emitted.to.is_none(),
        }
    }
}

/// An open ear for one token.
struct Ear {
    me: Id,
    token: String,
    server: Arc<Server>,
    events: broadcast::Receiver<Arc<Emitted>>,
    revoked: broadcast::Receiver<String>,
}

impl Ear {
    fn open(server: &Arc<Server>, token: Option<String>) -> Result<Self, Problem> {
        let token = token.ok_or(Problem::Token)?;
        // Listening begins before the token is looked up, so nothing falls between.
        let (events, revoked) = (server.events.subscribe(), server.revoked.subscribe());
        let grant = server.see(|world| world.tokens.get(&token).cloned()).ok_or(Problem::Token)?;
        let me = grant.account.ok_or(Problem::NoUser)?;
        Ok(Self { me, token, server: Arc::clone(server), events, revoked })
    }

    /// The next event, or `None` when the stream has to end.
    async fn next(&mut self) -> Option<Arc<Emitted>> {
        let mut stopping = self.server.stopping.subscribe();
        loop {
            tokio::select! {
                event = self.events.recv() => return event.ok(),
                revoked = self.revoked.recv() => match revoked {
                    Ok(token) if token != self.token => {}
                    _ => return None,
                },
                _ = stopping.wait_for(|stop| *stop) => return None,
            }
        }
    }
}

async fn events(State(server): Shared, Path(stream): Path<String>, headers: HeaderMap, request: Request) -> Result<Response, Problem> {
    let stream = Stream::parse(&stream).ok_or_else(unknown_stream)?;
    let mut ear = Ear::open(&server, token_of(&headers, request.uri().query()))?;
    let (out, lines) = mpsc::channel::<Result<Bytes, Infallible>>(QUEUE_MAX);
    tokio::spawn(async move {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut text = ":)\n".to_owned();
        loop {
            if out.send(Ok(Bytes::from(text))).await.is_err() {
                return;
            }
            text = loop {
                tokio::select! {
                    event = ear.next() => match event {
                        Some(event) if stream.carries(ear.me, &event) => {
                            break format!("event: {}\ndata: {}\n\n", event.event, event.payload);
                        }
                        Some(_) => {}
                        None => return,
                    },
                    _ = heartbeat.tick() => break ":thump\n".to_owned(),
                    () = out.closed() => return,
                }
            };
        }
    });
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(lines));
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, body).into_response())
}

fn unknown_stream() -> Problem {
    Problem::Bad("Unknown stream type".to_owned())
}

async fn websocket(
    State(server): Shared,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let params = Params::of_query(request.uri().query());
    let protocol = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|p| p.to_str().ok()).map(str::to_owned);
    let token = token_of(&headers, request.uri().query()).or_else(|| protocol.clone());
    let first = match params.filled("stream") {
        Some(name) => Some(Stream::parse(name).ok_or_else(unknown_stream)?),
        None => None,
    };
    // Without an upgrade the same address serves events, as older clients ask for it.
    let Ok(upgrade) = upgrade else {
        let stream = first.ok_or_else(unknown_stream)?.name().to_owned();
        return events(State(server), Path(stream), headers, request).await;
    };
    let ear = Ear::open(&server, token)?;
    let upgrade = match protocol {
        Some(protocol) => upgrade.protocols([protocol]),
        None => upgrade,
    };
    Ok(upgrade.on_upgrade(move |socket| converse(socket, ear, first)))
}

async fn converse(mut socket: WebSocket, mut ear: Ear, first: Option<Stream>) {
    let mut streams: Vec<Stream> = first.into_iter().collect();
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    loop {
        let out = tokio::select! {
            event = ear.next() => match event {
                Some(event) => {
                    let carried: Vec<Stream> = streams.iter().copied().filter(|s| s.carries(ear.me, &event)).collect();
                    carried.into_iter().map(|stream| framed(stream, &event)).collect()
                }
                None => break,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => subscribe(&mut streams, text.as_str()).into_iter().collect(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => Vec::new(),
            },
            _ = heartbeat.tick() => vec![Message::Ping(Bytes::new())],
        };
        for message in out {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    }
    // The client may already be gone; then there is nobody to say goodbye to.
    let _ = socket.send(Message::Close(None)).await;
}

fn framed(stream: Stream, event: &Emitted) -> Message {
    let value = json!({ "stream": [stream.name()], "event": event.event, "payload": event.payload });
    Message::Text(value.to_string().into())
}

/// Takes a subscribe or unsubscribe message; an answer only when it cannot be understood.
fn subscribe(streams: &mut Vec<Stream>, text: &str) -> Option<Message> {
    let wrong = |text: &str| Some(Message::Text(json!({ "error": text }).to_string().into()));
    let Ok(value) = serde_json::from_str::<Value>(text) else { return wrong("Error parsing the message") };
    let Some(stream) = value["stream"].as_str().and_then(Stream::parse) else { return wrong("Unknown stream type") };
    match value["type"].as_str() {
        Some("subscribe") if !streams.contains(&stream) => streams.push(stream),
        Some("subscribe") => {}
        Some("unsubscribe") => streams.retain(|s| *s != stream),
        _ => return wrong("Unknown message type"),
    }
    None
}
