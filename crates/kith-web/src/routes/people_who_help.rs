//! `/settings/people` and `/join`: who helps, who is asked, and the way in for them.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use axum_extra::extract::CookieJar;
use kith_domain::ids::{InvitationId, MemberId};
use kith_engine::{Kith, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::settings::Done;
use super::sign_in::browser;
use super::{Failure, beside, shell};
use crate::client::Client;
use crate::live::Streams;
use crate::render::{self, Here, InviteTyped};
use crate::session::{SignedIn, keep};

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/settings/people", get(page))
        .route("/settings/people/invite", post(invite))
        .route("/settings/people/{id}/part", post(part))
        .route("/settings/people/{id}/end", post(end))
        .route("/settings/invitations/{id}/end", post(take_back))
        .route("/join/{secret}", get(invitation).post(join))
}

async fn draw(kith: &Kith, visitor: &Visitor, typed: &InviteTyped<'_>, told: Option<&str>) -> Result<Markup, Failure> {
    let view = kith.people_here(visitor).await?;
    Ok(render::people_who_help(&shell(kith, "People who help", Here::Settings, visitor).await?, &view, typed, told))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(done): Query<Done>) -> Result<Markup, Failure> {
    draw(&kith, &visitor, &InviteTyped::default(), done.words()).await
}

#[derive(Debug, Deserialize)]
struct Invite {
    name: String,
    email: String,
    role: String,
}

/// The link is on the answer to the press itself, and nowhere else.
async fn invite(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(typed): Form<Invite>) -> Result<Response, Failure> {
    match kith.invite(&visitor, &typed.name, &typed.email, &typed.role).await {
        Ok(help) => Ok(draw(&kith, &visitor, &InviteTyped { made: Some(&help), ..InviteTyped::default() }, None).await?.into_response()),
        Err(problem @ Problem::Refused(_)) => Err(problem.into()),
        Err(problem) => {
            let (field, why) = beside(problem)?;
            let typed = InviteTyped { name: &typed.name, email: &typed.email, role: &typed.role, wrong: Some((&field, &why)), made: None };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&kith, &visitor, &typed, None).await?).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
struct Part {
    role: String,
}

async fn part(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(part): Form<Part>,
) -> Result<Response, Failure> {
    let changed = kith.change_part(&visitor, member(&id)?, &part.role).await;
    listed(&kith, &visitor, changed, "part").await
}

async fn end(
    State(kith): State<Kith>,
    Extension(streams): Extension<Streams>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let ended = kith.end_place(&visitor, member(&id)?).await.map(|sessions| sessions.into_iter().for_each(|session| streams.end(session)));
    listed(&kith, &visitor, ended, "gone").await
}

async fn take_back(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    let id: InvitationId = id.parse().map_err(|_| Problem::NotThere("There is no such invitation.".into()))?;
    let taken = kith.take_invitation_back(&visitor, id).await;
    listed(&kith, &visitor, taken, "taken-back").await
}

/// Back to the list, or the list with what is wrong.
async fn listed(kith: &Kith, visitor: &Visitor, done: Result<(), Problem>, told: &str) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/settings/people?done={told}")).into_response()),
        Err(problem @ Problem::Refused(_)) => Err(problem.into()),
        Err(problem) => {
            let (_, why) = beside(problem)?;
            let typed = InviteTyped { wrong: Some(("list", &why)), ..InviteTyped::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(kith, visitor, &typed, None).await?).into_response())
        }
    }
}

async fn invitation(
    State(kith): State<Kith>,
    Client(client): Client,
    visitor: Option<SignedIn>,
    Path(secret): Path<String>,
) -> Result<Markup, Failure> {
    let found = kith.invitation(&secret, visitor.as_ref().map(|SignedIn(visitor)| visitor)).await;
    let view = kith.judged_link(&client, found)?;
    Ok(render::join(&view, &secret, None, None))
}

#[derive(Debug, Default, Deserialize)]
struct Join {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

async fn join(
    State(kith): State<Kith>,
    visitor: Option<SignedIn>,
    Path(secret): Path<String>,
    jar: CookieJar,
    headers: HeaderMap,
    Form(typed): Form<Join>,
) -> Result<Response, Failure> {
    if let Some(SignedIn(visitor)) = visitor {
        kith.join_here(&visitor, &secret).await?;
        return Ok(Redirect::to("/").into_response());
    }
    match kith.join_new(&secret, &typed.name, &typed.password, browser(&headers)).await {
        Ok(session) => Ok((keep(jar, session, &kith), Redirect::to("/")).into_response()),
        Err(problem) => {
            let (_, why) = beside(problem)?;
            let view = kith.invitation(&secret, None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render::join(&view, &secret, Some(&typed.name), Some(&why))).into_response())
        }
    }
}

fn member(text: &str) -> Result<MemberId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("Nobody like that helps here.".into()).into())
}
