//! The rate-limit headers: 300 requests in five minutes of the server's clock, counted for each token.
//!
//! By default requests are only counted, since a test's clock may stand still for a long time; then at least one
//! always remains.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::auth::token_of;
use crate::limits::{RATE_REQUESTS_MAX, RATE_WINDOW_SECONDS, TOKENS_KEPT_MAX};
use crate::render;
use crate::server::Server;

pub(super) async fn count(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let token = token_of(request.headers(), request.uri().query()).unwrap_or_default();
    let now = server.see(|world| world.now);
    let (begun, used) = {
        let mut rates = server.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let window = SignedDuration::from_secs(RATE_WINDOW_SECONDS);
        rates.retain(|_, (begun, _)| now.duration_since(*begun) < window);
        if rates.len() >= TOKENS_KEPT_MAX {
            rates.clear();
        }
        let entry = rates.entry(token).or_insert((now, 0));
        entry.1 = entry.1.saturating_add(1);
        *entry
    };
    let ends = begun.saturating_add(SignedDuration::from_secs(RATE_WINDOW_SECONDS)).unwrap_or(now);
    if server.rate_limit_enforced && used > RATE_REQUESTS_MAX {
        return too_many(now.until(ends).map_or(1, |span| span.get_seconds().max(1)), ends);
    }
    let least = u32::from(!server.rate_limit_enforced);
    let mut response = next.run(request).await;
    put_headers(response.headers_mut(), RATE_REQUESTS_MAX.saturating_sub(used).max(least), ends);
    response
}

/// The answer to one request too many.
pub(super) fn too_many(retry_after_s: i64, reset: Timestamp) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "error": "Too many requests" }))).into_response();
    put_headers(response.headers_mut(), 0, reset);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
    response
}

fn put_headers(headers: &mut HeaderMap, remaining: u32, reset: Timestamp) {
    headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(RATE_REQUESTS_MAX));
    headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(remaining));
    if let Ok(reset) = HeaderValue::from_str(&render::instant(reset)) {
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), reset);
    }
}
