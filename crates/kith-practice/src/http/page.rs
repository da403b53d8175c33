//! Pages of lists: the parameters that choose one and the `Link` header to its neighbours.
//!
//! Links are made from the request's own host, so that a client behind a proxy stays behind it.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::params::Params;
use crate::world::{Id, Paging};

/// Which page the parameters ask for; `limits` are the default and the largest size.
pub(super) fn asked(params: &Params, limits: (usize, usize)) -> Paging {
    Paging {
        max_id: params.id("max_id"),
        since_id: params.id("since_id"),
        min_id: params.id("min_id"),
        limit: params.number("limit").unwrap_or(limits.0).clamp(1, limits.1),
    }
}

/// The answer with a page of rows, each with its id, newest first.
pub(super) fn answer(uri: &Uri, headers: &HeaderMap, params: &Params, rows: Vec<(Id, Value)>) -> Response {
    let ends = rows.first().map(|(id, _)| *id).zip(rows.last().map(|(id, _)| *id));
    let values: Vec<Value> = rows.into_iter().map(|(_, value)| value).collect();
    let mut response = Json(values).into_response();
    let Some((newest, oldest)) = ends else { return response };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let rest = params.query_without(&["max_id", "since_id", "min_id", "access_token"]);
    let rest = if rest.is_empty() { rest } else { format!("{rest}&") };
    let here = format!("http://{host}{}?{rest}", uri.path());
    let link = format!("<{here}max_id={oldest}>; rel=\"next\", <{here}min_id={newest}>; rel=\"prev\"");
    if let Ok(link) = HeaderValue::from_str(&link) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}
