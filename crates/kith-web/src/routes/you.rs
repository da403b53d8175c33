//! `/settings/you`: ways in, sessions, workspaces; and the passkeys' way through the door.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use axum_extra::extract::CookieJar;
use kith_domain::ids::{PasskeyId, SessionId};
use kith_engine::{Kith, PasskeyAsk, PasskeyMade, PasskeyShown, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;
use serde_json::json;

use super::settings::Done;
use super::sign_in::browser;
use super::{Failure, beside, shell};
use crate::client::Client;
use crate::live::Streams;
use crate::render::{self, Here, YouView};
use crate::session::{SignedIn, keep, safe_next};

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/settings/you", get(page))
        .route("/settings/you/password", post(password))
        .route("/settings/you/space", post(space))
        .route("/settings/you/sessions/end-others", post(end_others))
        .route("/settings/you/sessions/{id}/end", post(end_session))
        .route("/settings/you/passkeys", post(add_passkey))
        .route("/settings/you/passkeys/ask", post(ask_passkey))
        .route("/settings/you/passkeys/{id}/name", post(name_passkey))
        .route("/settings/you/passkeys/{id}/end", post(end_passkey))
        .route("/sign-in/passkey", post(sign_in))
        .route("/sign-in/passkey/ask", post(ask_sign_in))
        .route("/welcome/{secret}/passkey", post(enter))
        .route("/welcome/{secret}/passkey/ask", post(ask_by_link))
}

async fn draw(kith: &Kith, visitor: &Visitor, wrong: Option<(&str, &str)>, told: Option<&str>) -> Result<Markup, Failure> {
    let (passkeys, sessions, spaces) = (kith.passkeys(visitor).await?, kith.sessions(visitor).await?, kith.spaces(visitor).await?);
    let origin = kith.passkey_origin();
    let view = YouView {
        email: &visitor.email,
        has_password: kith.has_password(visitor).await?,
        passkeys: &passkeys,
        origin: origin.as_deref(),
        sessions: &sessions,
        spaces: &spaces,
        wrong,
    };
    Ok(render::you(&shell(kith, "You", Here::Settings, visitor).await?, &view, told))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(done): Query<Done>) -> Result<Markup, Failure> {
    draw(&kith, &visitor, None, done.words()).await
}

/// Back to the page with a word, or the page with what is wrong beside its card.
async fn after<T>(kith: &Kith, visitor: &Visitor, card: &str, done: Result<T, Problem>, told: &str) -> Result<Response, Failure> {
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/settings/you?done={told}")).into_response()),
        Err(Problem::SignIn(why)) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(kith, visitor, Some((card, &why)), None).await?).into_response())
        }
        Err(problem) => {
            let (_, why) = beside(problem)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(kith, visitor, Some((card, &why)), None).await?).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
struct Password {
    #[serde(default)]
    old: String,
    new: String,
}

async fn password(
    State(kith): State<Kith>,
    Extension(streams): Extension<Streams>,
    SignedIn(visitor): SignedIn,
    Form(typed): Form<Password>,
) -> Result<Response, Failure> {
    let changed = kith.change_password(&visitor, &typed.old, &typed.new).await.map(|ended| end_all(&streams, ended));
    after(&kith, &visitor, "password", changed, "password").await
}

async fn end_session(
    State(kith): State<Kith>,
    Extension(streams): Extension<Streams>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id: SessionId = id.parse().map_err(|_| Problem::NotThere("There is no such session.".into()))?;
    let ended = kith.end_session(&visitor, id).await.map(|()| streams.end(id));
    after(&kith, &visitor, "sessions", ended, "session").await
}

async fn end_others(
    State(kith): State<Kith>,
    Extension(streams): Extension<Streams>,
    SignedIn(visitor): SignedIn,
) -> Result<Response, Failure> {
    let ended = kith.end_other_sessions(&visitor).await.map(|ended| end_all(&streams, ended));
    after(&kith, &visitor, "sessions", ended, "sessions").await
}

fn end_all(streams: &Streams, sessions: Vec<SessionId>) {
    for session in sessions {
        streams.end(session);
    }
}

#[derive(Debug, Deserialize)]
struct Space {
    space: String,
}

async fn space(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(space): Form<Space>) -> Result<Redirect, Failure> {
    let id = space.space.parse().map_err(|_| Problem::NotThere("There is no such workspace.".into()))?;
    kith.show_space(&visitor, id).await?;
    Ok(Redirect::to("/"))
}

/// A question for the page's script: the words of a refusal go to it as JSON too.
fn asked(ask: Result<PasskeyAsk, Problem>) -> Response {
    match ask {
        Ok(ask) => Json(ask).into_response(),
        Err(Problem::Internal { number }) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "why": format!("Something went wrong in Kith (number {number}).") })))
                .into_response()
        }
        Err(problem) => (StatusCode::CONFLICT, Json(json!({ "why": problem.to_string() }))).into_response(),
    }
}

async fn ask_passkey(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Response {
    asked(kith.begin_passkey(&visitor).await)
}

async fn add_passkey(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(made): Form<PasskeyMade>) -> Result<Response, Failure> {
    after(&kith, &visitor, "passkeys", kith.add_passkey(&visitor, &made).await, "passkey").await
}

#[derive(Debug, Deserialize)]
struct Name {
    name: String,
}

async fn name_passkey(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(name): Form<Name>,
) -> Result<Response, Failure> {
    after(&kith, &visitor, "passkeys", kith.name_passkey(&visitor, passkey(&id)?, &name.name).await, "passkey-name").await
}

async fn end_passkey(
    State(kith): State<Kith>,
    Extension(streams): Extension<Streams>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let ended = kith.drop_passkey(&visitor, passkey(&id)?).await.map(|ended| end_all(&streams, ended));
    after(&kith, &visitor, "passkeys", ended, "passkey-gone").await
}

fn passkey(text: &str) -> Result<PasskeyId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is no such passkey.".into()).into())
}

async fn ask_sign_in(State(kith): State<Kith>, Client(client): Client) -> Response {
    asked(kith.begin_passkey_sign_in(&client).await)
}

#[derive(Debug, Deserialize)]
struct Shown {
    #[serde(flatten)]
    shown: PasskeyShown,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(kith): State<Kith>,
    Client(client): Client,
    jar: CookieJar,
    headers: HeaderMap,
    Form(form): Form<Shown>,
) -> Result<Response, Failure> {
    let next = safe_next(&form.next);
    match kith.sign_in_by_passkey(&form.shown, browser(&headers), &client).await {
        Ok(session) => Ok((keep(jar, session, &kith), Redirect::to(next)).into_response()),
        Err(problem @ (Problem::SignIn(_) | Problem::NotNow(_) | Problem::Refused(_))) => {
            let page = render::sign_in("", next, Some(&problem.to_string()), kith.passkey_origin().as_deref());
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn ask_by_link(State(kith): State<Kith>, Path(secret): Path<String>) -> Response {
    asked(kith.begin_passkey_by_link(&secret).await)
}

async fn enter(
    State(kith): State<Kith>,
    Path(secret): Path<String>,
    jar: CookieJar,
    headers: HeaderMap,
    Form(made): Form<PasskeyMade>,
) -> Result<Response, Failure> {
    match kith.enter_by_passkey_link(&secret, &made, browser(&headers)).await {
        Ok(session) => Ok((keep(jar, session, &kith), Redirect::to("/")).into_response()),
        Err(Problem::SignIn(why) | Problem::Conflict(why) | Problem::Invalid { why, .. }) => {
            let link = kith.link(&secret).await?;
            let page = render::welcome(&link, &secret, Some(&why), kith.passkey_origin().as_deref());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}
