//! The server's doors: one file per group of endpoints, each with its routes and handlers.
//!
//! Handlers read the parameters, make one call to the world and render the answer. Around all of them stand the
//! gate (faults on request) and the rate-limit headers.

mod accounts;
mod auth;
mod control;
mod gate;
mod instance;
mod media;
mod notifications;
mod oauth;
mod page;
mod params;
mod pictures;
mod problem;
mod rate;
mod statuses;
mod streaming;
mod timelines;
mod trends;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::Value;

use crate::limits::BODY_BYTES_MAX;
use crate::server::Server;

pub(crate) use gate::settle;

pub(super) type Shared = axum::extract::State<Arc<Server>>;
pub(super) type Answer = Result<Json<Value>, problem::Problem>;

/// All routes over one server.
pub(crate) fn router(server: Arc<Server>) -> Router {
    let api = Router::new()
        .merge(oauth::routes())
        .merge(instance::routes())
        .merge(accounts::routes())
        .merge(statuses::routes())
        .merge(media::routes())
        .merge(notifications::routes())
        .merge(timelines::routes())
        .merge(trends::routes())
        .merge(streaming::routes())
        .merge(pictures::routes())
        .route("/health", get(|| async { "OK" }))
        .layer(middleware::from_fn_with_state(Arc::clone(&server), rate::count))
        .layer(middleware::from_fn_with_state(Arc::clone(&server), gate::gate));
    let all = api.merge(control::routes()).fallback(not_found).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(server);
    // Around the router, since a path must be put right before it is looked up.
    Router::new().fallback_service(all).layer(middleware::map_request(without_last_slash))
}

/// Mastodon takes every path with a slash at its end as well, and some clients rely on it.
async fn without_last_slash(mut request: Request) -> Request {
    let path = request.uri().path().trim_end_matches('/');
    if path.len() < request.uri().path().len() && !path.is_empty() {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse() {
            *request.uri_mut() = uri;
        }
    }
    request
}

async fn not_found() -> Response {
    let body = HeaderValue::from_static("application/json; charset=utf-8");
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, body)], r#"{"error":"Not Found"}"#).into_response()
}
