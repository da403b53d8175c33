//! The gate before every endpoint: carries out the faults that were asked for.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::rate;
use crate::cut::Scissors;
use crate::faults::Effect;
use crate::limits::{BODY_BYTES_MAX, LATE_REQUESTS_MAX};
use crate::server::Server;

pub(super) async fn gate(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let struck = server.faults.lock().unwrap_or_else(PoisonError::into_inner).strike(request.method().as_str(), request.uri().path());
    let Some(effect) = struck else { return next.run(request).await };
    let scissors = request.extensions().get::<ConnectInfo<Scissors>>().map(|info| info.0.clone()).unwrap_or_default();
    let now = server.see(|world| world.now);
    match effect {
        Effect::DropAfterCommit => {
            next.run(request).await;
            hang_up(&scissors)
        }
        Effect::Status500AfterCommit => {
            next.run(request).await;
            wrong(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Effect::LateAcceptMs(late_ms) => {
            let due = now.saturating_add(SignedDuration::from_millis(i64::from(late_ms))).unwrap_or(now);
            accept_late(&server, due, request, next).await;
            hang_up(&scissors)
        }
        Effect::RateLimited { retry_after_s } => {
            let wait = i64::from(retry_after_s);
            rate::too_many(wait, now.saturating_add(SignedDuration::from_secs(wait)).unwrap_or(now))
        }
        Effect::Hang => {
            let mut stopping = server.stopping.subscribe();
            // Ends when the server stops, or with the client, which drops this future.
            let _ = stopping.wait_for(|stop| *stop).await;
            hang_up(&scissors)
        }
        Effect::MalformedJson => broken(next.run(request).await).await,
        Effect::Status(code) => wrong(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// Returns when no request waits to be accepted late whose time has come.
pub(crate) async fn settle(server: &Arc<Server>) {
    let mut ticks = server.ticks.subscribe();
    loop {
        let due = server.see(|world| world.now);
        let waiting = server.late_dues().iter().filter(|at| **at <= due).count();
        if waiting == 0 || ticks.changed().await.is_err() {
            return;
        }
    }
}

/// Takes the request in now and carries it out when its time has come, whether or not the client is still there.
async fn accept_late(server: &Arc<Server>, due: Timestamp, request: Request, next: Next) {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return };
    let Some(number) = server.late_begin(due, LATE_REQUESTS_MAX) else { return };
    let server = Arc::clone(server);
    let mut ticks = server.ticks.subscribe();
    let mut stopping = server.stopping.subscribe();
    tokio::spawn(async move {
        while server.see(|world| world.now) < due {
            tokio::select! {
                changed = ticks.changed() => if changed.is_err() { break },
                _ = stopping.wait_for(|stop| *stop) => break,
            }
        }
        if server.see(|world| world.now) >= due {
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            tracing::debug!(status = %response.status(), "a request was accepted late");
        }
        server.late_end(number);
        server.ticks.send_modify(|count| *count += 1);
    });
}

fn hang_up(scissors: &Scissors) -> Response {
    scissors.cut();
    // Never reaches the client: its connection cannot be written to any more.
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn wrong(status: StatusCode) -> Response {
    let text = status.canonical_reason().unwrap_or("Error");
    (status, Json(json!({ "error": text }))).into_response()
}

/// An answer whose JSON breaks off in the middle.
async fn broken(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    Response::from_parts(parts, Body::from(half))
}
