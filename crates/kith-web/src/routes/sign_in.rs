//! Coming in and going: the one-time link, the password, the way out.

use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use axum_extra::extract::CookieJar;
use kith_engine::{Entered, Kith, NextTry};
use maud::Markup;
use serde::Deserialize;

use super::Failure;
use crate::client::Client;
use crate::live::Streams;
use crate::render;
use crate::session::{SignedIn, forget, keep, safe_next};

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/welcome/{secret}", get(welcome).post(enter))
        .route("/sign-in", get(page).post(sign_in))
        .route("/sign-out", post(sign_out))
}

async fn welcome(State(kith): State<Kith>, Client(client): Client, Path(secret): Path<String>) -> Result<Markup, Failure> {
    let link = kith.judged_link(&client, kith.link(&secret).await)?;
    Ok(render::welcome(&link, &secret, None, kith.passkey_origin().as_deref()))
}

#[derive(Debug, Deserialize)]
struct Entry {
    password: Option<String>,
}

async fn enter(
    State(kith): State<Kith>,
    Path(secret): Path<String>,
    jar: CookieJar,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Result<Response, Failure> {
    Ok(match kith.try_link(&secret, entry.password.as_deref(), browser(&headers)).await? {
        Entered::In(session) => (keep(jar, session, &kith), Redirect::to("/")).into_response(),
        Entered::Again { page, why } => {
            (StatusCode::UNPROCESSABLE_ENTITY, render::welcome(&page, &secret, Some(&why), kith.passkey_origin().as_deref()))
                .into_response()
        }
    })
}

#[derive(Debug, Default, Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn page(State(kith): State<Kith>, visitor: Option<SignedIn>, Query(next): Query<Next>) -> Response {
    let next = safe_next(&next.next);
    if visitor.is_some() {
        return Redirect::to(next).into_response();
    }
    render::sign_in("", next, None, kith.passkey_origin().as_deref()).into_response()
}

#[derive(Debug, Deserialize)]
struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(kith): State<Kith>,
    Client(client): Client,
    jar: CookieJar,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response, Failure> {
    let next = safe_next(&form.next);
    Ok(match kith.try_password(&form.email, &form.password, browser(&headers), &client).await? {
        Entered::In(session) => (keep(jar, session, &kith), Redirect::to(next)).into_response(),
        Entered::Again { page: next_try, why } => {
            let page = render::sign_in(&form.email, next, Some(&why), kith.passkey_origin().as_deref());
            let status = match next_try {
                NextTry::Now => StatusCode::UNAUTHORIZED,
                NextTry::Later => StatusCode::TOO_MANY_REQUESTS,
            };
            (status, page).into_response()
        }
    })
}

async fn sign_out(
    State(kith): State<Kith>,
    Extension(streams): Extension<Streams>,
    SignedIn(visitor): SignedIn,
    jar: CookieJar,
    next: Result<Form<Next>, FormRejection>,
) -> Result<Response, Failure> {
    kith.sign_out(&visitor).await?;
    streams.end(visitor.session.id);
    let next = next.map(|Form(next)| next.next).unwrap_or_default();
    let to = if next.is_empty() { "/sign-in" } else { safe_next(&next) };
    Ok((forget(jar), Redirect::to(to)).into_response())
}

pub(super) fn browser(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}
