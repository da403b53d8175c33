//! Who is there: the cookie, and the extractor that asks for a signed-in person.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use kith_engine::{Kith, NewSession, Visitor};

use crate::routes::Failure;

/// The cookie's name.
const COOKIE: &str = "kith";
/// Longest place to come back to, in bytes.
const NEXT_BYTES_MAX: usize = 300;

/// A signed-in person; others are sent to the sign-in page, and come back to where they wanted to go.
#[derive(Debug)]
pub(crate) struct SignedIn(pub(crate) Visitor);

/// A new session as a cookie, which the browser drops when the session ends.
pub(crate) fn keep(jar: CookieJar, session: NewSession, kith: &Kith) -> CookieJar {
    let mut cookie = Cookie::build((COOKIE, session.cookie))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(kith.public_url().starts_with("https://"))
        .build();
    // The life is read from text, because its type belongs to a crate that is not ours to name.
    let life = Cookie::parse(format!("life=; Max-Age={}", session.max_age_s)).ok().and_then(|life| life.max_age());
    cookie.set_max_age(life);
    jar.add(cookie)
}

/// Whether a browser sent our cookie, whatever it is worth.
pub(crate) fn has_cookie(headers: &HeaderMap) -> bool {
    CookieJar::from_headers(headers).get(COOKIE).is_some()
}

/// The cookie taken away.
pub(crate) fn forget(jar: CookieJar) -> CookieJar {
    jar.remove(Cookie::build(COOKIE).path("/"))
}

/// Where to go after signing in: a path of our own, or home (S16).
pub(crate) fn safe_next(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= NEXT_BYTES_MAX
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if own { next } else { "/" }
}

/// The page of our own that a `Referer` names, as a path; another's, or none, is home.
pub(crate) fn own_page(referer: &str) -> String {
    // Only our own pages pass the guard of unsafe methods, so the path alone says where she is.
    let path = referer.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or("/");
    safe_next(path).to_owned()
}

impl FromRequestParts<Kith> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, kith: &Kith) -> Result<Self, Response> {
        match <Self as OptionalFromRequestParts<Kith>>::from_request_parts(parts, kith).await? {
            Some(visitor) => Ok(visitor),
            None => Err(to_sign_in(parts)),
        }
    }
}

impl OptionalFromRequestParts<Kith> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, kith: &Kith) -> Result<Option<Self>, Response> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(cookie) = jar.get(COOKIE) else { return Ok(None) };
        // What a page asks by itself is no sign that somebody is there.
        let by_itself =
            matches!(parts.uri.path(), "/events" | "/notices") || parts.uri.query().is_some_and(|query| query.contains("fragment="));
        let asked = if by_itself { kith.watcher(cookie.value()).await } else { kith.visitor(cookie.value()).await };
        let visitor = asked.map_err(|problem| Failure::from(problem).into_response())?;
        Ok(visitor.map(Self))
    }
}

fn to_sign_in(parts: &Parts) -> Response {
    // A fragment or a stream can't sign in; the page that holds it can.
    let wants_page = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_none_or(|accept| accept.contains("html"));
    if !wants_page {
        return axum::http::StatusCode::UNAUTHORIZED.into_response();
    }
    let next = if parts.method == Method::GET { parts.uri.path_and_query().map_or("/", |path| path.as_str()) } else { "/" };
    let query = url_encode(safe_next(next));
    Redirect::to(&format!("/sign-in?next={query}")).into_response()
}

/// Escapes what would end or change a query.
fn url_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_come_back_to() {
        for (next, safe) in [
            ("/inbox?show=owed", "/inbox?show=owed"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https:evil.example", "/"),
            ("https://evil.example", "/"),
            ("", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
        ] {
            assert_eq!(safe_next(next), safe, "{next}");
        }
    }

    #[test]
    fn a_referer_is_followed_to_our_own_path_only() {
        for (referer, page) in [
            ("http://kith.test/plan?show=all", "/plan?show=all"),
            ("https://kith.test", "/"),
            ("http://kith.test//evil.example", "/"),
            ("about:blank", "/"),
            ("", "/"),
        ] {
            assert_eq!(own_page(referer), page, "{referer}");
        }
    }

    #[test]
    fn a_place_survives_its_way_through_the_query() {
        assert_eq!(url_encode("/plan?show=all&from=1-2"), "/plan%3Fshow%3Dall%26from%3D1-2");
    }
}
