//! What every answer carries and every request must pass (reliability.md B2: S4, S10, S25).
//!
//! Nothing but our own script, style and fonts may run or load; remote media never does. Unsafe methods must come from
//! our own pages (Sec-Fetch-Site, then Origin against Host). Bodies and times are bounded.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use kith_engine::Kith;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Largest body of a request in bytes; forms are text.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Smallest answer that is compressed, in bytes.
const COMPRESS_BYTES_MIN: u64 = 1_024;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Wraps the routes. `public_url` is trusted as an origin, for a proxy that changes Host.
pub(crate) fn wrap(routes: Router<Kith>, public_url: &str) -> Router<Kith> {
    let header = |name: HeaderName, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let csrf = CsrfLayer::new();
    let csrf = match csrf.clone().add_trusted_origin(public_url) {
        Ok(csrf) => csrf,
        Err(_) => csrf,
    };
    // An event stream is never held back to be compressed.
    let compress = SizeAbove::new(COMPRESS_BYTES_MIN).and(NotForContentType::const_new("text/event-stream"));
    routes
        .layer(csrf)
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(CompressionLayer::new().compress_when(compress))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            let mut answer = axum::response::IntoResponse::into_response("Something went wrong in Kith. Nothing was sent.");
            *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            answer
        }))
}
