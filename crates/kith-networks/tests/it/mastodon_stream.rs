//! Streams as servers really offer them: events, WebSocket only (GoToSocial), or nothing (Takahē).

use std::time::Duration;

use axum::Router;
use axum::extract::RawQuery;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};
use kith_networks::ReadError;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::mastodon::network;
use crate::mastodon_answers::Stub;

const LONG: Duration = Duration::from_secs(30);

/// Watches until the stream ends; how often it woke, and how it ended.
async fn watch(stub: &Stub) -> (usize, Result<(), ReadError>) {
    let (wake, mut woken) = mpsc::channel(100);
    let network = network();
    let ended = timeout(LONG, network.reader().unwrap().watch(&stub.call(), &wake)).await.unwrap();
    drop(wake);
    let mut wakes = 0;
    while woken.recv().await.is_some() {
        wakes += 1;
    }
    (wakes, ended)
}

#[tokio::test]
async fn only_notifications_wake() {
    let body = ":thump\n\nevent: update\ndata: {}\n\nevent: notification\ndata: {}\n\nevent:notification\ndata: {}\n\n";
    let app = Router::new()
        .route("/api/v1/streaming/user/notification", get(move || async move { ([("content-type", "text/event-stream")], body) }));
    let (wakes, ended) = watch(&Stub::of(app).await).await;
    assert_eq!(wakes, 3, "once for the connection, twice for news");
    assert!(matches!(ended, Err(ReadError::Later { .. })), "{ended:?}");
}

#[tokio::test]
async fn where_there_are_no_events_the_websocket_is_taken() {
    let app = Router::new().route(
        "/api/v1/streaming",
        any(|upgrade: WebSocketUpgrade, RawQuery(query): RawQuery, headers: HeaderMap| async move {
            // As GoToSocial takes it: the token in a header, the stream in the address.
            assert_eq!(query.as_deref(), Some("stream=user%3Anotification"));
            assert_eq!(headers.get("authorization").unwrap(), "Bearer tok");
            upgrade.on_upgrade(|mut socket| async move {
                for text in ["", r#"{"event":"update","payload":"{}"}"#, r#"{"stream":["user"],"event":"notification","payload":"{}"}"#] {
                    socket.send(Message::text(text)).await.unwrap();
                }
                socket.send(Message::Close(None)).await.unwrap();
            })
        }),
    );
    let (wakes, ended) = watch(&Stub::of(app).await).await;
    assert_eq!(wakes, 2);
    assert!(matches!(ended, Err(ReadError::Later { .. })), "{ended:?}");
}

#[tokio::test]
async fn a_server_that_wants_the_token_in_the_address_gets_it_there() {
    let app = Router::new().route(
        "/api/v1/streaming",
        any(|upgrade: WebSocketUpgrade, RawQuery(query): RawQuery| async move {
            if query.unwrap_or_default().contains("access_token=tok") {
                Ok(upgrade.on_upgrade(|mut socket| async move { socket.send(Message::Close(None)).await.unwrap() }))
            } else {
                Err(StatusCode::UNAUTHORIZED)
            }
        }),
    );
    let (wakes, ended) = watch(&Stub::of(app).await).await;
    assert_eq!(wakes, 1);
    assert!(matches!(ended, Err(ReadError::Later { .. })), "{ended:?}");
}

#[tokio::test]
async fn where_there_is_no_stream_it_says_so() {
    assert_eq!(watch(&Stub::of(Router::new()).await).await, (0, Err(ReadError::NotOffered)));
    let shop = Router::new().fallback(|| async { "<h1>A page</h1>" });
    assert_eq!(watch(&Stub::of(shop).await).await, (0, Err(ReadError::NotOffered)));
}

#[tokio::test]
async fn a_dead_token_ends_the_stream_for_good() {
    let app = Router::new().fallback(|| async { (StatusCode::UNAUTHORIZED, r#"{"error":"The access token is invalid"}"#) });
    let (wakes, ended) = watch(&Stub::of(app).await).await;
    assert_eq!(wakes, 0);
    assert!(matches!(ended, Err(ReadError::SignInAgain { .. })), "{ended:?}");
}

#[tokio::test]
async fn the_address_that_the_server_names_is_asked_first() {
    let body = "event: notification\n\n";
    let elsewhere = crate::mastodon_answers::serve(
        Router::new().route("/api/v1/streaming/user", get(move || async move { ([("content-type", "text/event-stream")], body) })),
    )
    .await;
    let mut stub = Stub::of(Router::new()).await;
    stub.capabilities.streaming = Some(elsewhere.as_str().replacen("http", "ws", 1));
    assert_eq!(watch(&stub).await.0, 2);
    stub.capabilities.streaming = Some("ws://127.0.0.1:9/".into());
    assert_eq!(watch(&stub).await.1, Err(ReadError::NotOffered), "an address where nobody is counts as none");
}
