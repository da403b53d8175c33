//! What every answer carries and every request must pass (reliability.md B2: S4, S10, S25).
//!
//! Nothing but our own script, style and fonts may run or load; remote media never does. Unsafe methods must come from
//! our own pages (Sec-Fetch-Site, then Origin against Host; a browser that
//! names neither is refused). Bodies and times are bounded. Whatever a layer refuses, a
//! browser is told in a page.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use kith_engine::Kith;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::render;
use crate::session::has_cookie;

/// Largest body of a request in bytes; forms are text.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;
/// Longest time until an answer begins, in seconds: more than a network is given for an answer, its look and a second try.
pub(crate) const ANSWER_S_MAX: u64 = 120;
/// Smallest answer that is compressed, in bytes.
const COMPRESS_BYTES_MIN: u64 = 1_024;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Wraps the routes. `public_url` is trusted as an origin, for a proxy that changes Host.
pub(crate) fn wrap(routes: Router<Kith>, public_url: &str, body_bytes_max: usize, answer_s_max: u64) -> Router<Kith> {
    let header = |name: HeaderName, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let csrf = CsrfLayer::new();
    let csrf = match csrf.clone().add_trusted_origin(public_url) {
        Ok(csrf) => csrf,
        Err(_) => csrf,
    };
    // An event stream is never held back to be compressed.
    let compress = SizeAbove::new(COMPRESS_BYTES_MIN).and(NotForContentType::const_new("text/event-stream"));
    routes
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| refusal(StatusCode::INTERNAL_SERVER_ERROR)))
        .layer(from_fn(says_where_from))
        .layer(csrf)
        .layer(RequestBodyLimitLayer::new(body_bytes_max))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(answer_s_max)))
        .layer(from_fn(as_page))
        .layer(CompressionLayer::new().compress_when(compress))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
}

/// The layer of the library lets pass what names neither place, for programs without a cookie. With our cookie it is a
/// browser, every one of which names one of the two with an unsafe method: what names none is not from a page of ours.
async fn says_where_from(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let names_none = !headers.contains_key("sec-fetch-site") && !headers.contains_key(header::ORIGIN);
    if names_none && !request.method().is_safe() && has_cookie(headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

/// Layers and extractors refuse with a bare line, which speaks of the program; a browser that wants a page gets one.
async fn as_page(request: Request, next: Next) -> Response {
    let wants_page = names_html(request.headers().get(header::ACCEPT));
    let response = next.run(request).await;
    let status = response.status();
    let is_bare = response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !wants_page || !is_bare || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut parts, page) = (response.into_parts().0, refusal(status));
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(page.headers().clone());
    Response::from_parts(parts, page.into_body())
}

fn names_html(accept: Option<&HeaderValue>) -> bool {
    accept.and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// A refusal in words, with a way out.
fn refusal(status: StatusCode) -> Response {
    let (title, text) = match status {
        StatusCode::FORBIDDEN => {
            ("Not from here", "This was not sent from a page of this Kith, so nothing was done. Open the page anew and press again.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("Too long", "That is more text than Kith takes at once. Go back and shorten it."),
        StatusCode::METHOD_NOT_ALLOWED => ("Not here", "This address is for a button, not for looking. Nothing was done."),
        StatusCode::GATEWAY_TIMEOUT => {
            ("It takes too long", "If you were sending an answer, look at the conversation before you send it again.")
        }
        status if status.is_server_error() => {
            ("Something went wrong", "Something went wrong in Kith. If you were sending an answer, look at the conversation first.")
        }
        _ => ("Not understood", "Kith could not read what was sent. Go back, open the page anew and try again."),
    };
    (status, render::error(status.as_u16(), title, text)).into_response()
}
