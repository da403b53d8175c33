//! Where hubs of feeds tell of news (WebSub). Nobody is signed in here: the address itself is the secret, and all that can
//! be brought about is that a feed is asked a little sooner. Bodies are bounded like every other.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kith_engine::{HUB_PATH, HubAsks, Kith, Problem};

pub(super) fn routes() -> Router<Kith> {
    Router::new().route(&format!("{HUB_PATH}{{name}}"), get(asks).post(tells))
}

async fn asks(State(kith): State<Kith>, Path(name): Path<String>, Query(asks): Query<HubAsks>) -> Response {
    match kith.hub_asks(&name, &asks).await {
        Ok(challenge) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], challenge).into_response(),
        Err(problem) => status(&problem).into_response(),
    }
}

/// A wrong signature is answered like a right one, as WebSub asks: who guesses learns nothing.
async fn tells(State(kith): State<Kith>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-hub-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match kith.hub_tells(&name, signature, &body).await {
        Ok(_) => StatusCode::ACCEPTED,
        Err(problem) => status(&problem),
    }
}

fn status(problem: &Problem) -> StatusCode {
    match problem {
        Problem::NotThere(_) => StatusCode::NOT_FOUND,
        Problem::NotNow(_) => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
