//! `/settings`: the channels' health, and signing one in again.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kith_domain::ids::ChannelId;
use kith_engine::{Kith, Problem};
use maud::Markup;

use super::{Failure, Part, shell};
use crate::render::{self, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/settings", get(settings)).route("/settings/channels/{id}", get(channel).post(sign_in_again))
}

async fn settings(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let channels = kith.channels(&visitor).await?;
    Ok(match part.fragment {
        Some(_) => render::settings_live(&channels),
        None => render::settings(&shell(&kith, "Settings", Here::Settings, &visitor).await?, &channels),
    })
}

async fn channel(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Markup, Failure> {
    let view = kith.sign_in_form(&visitor, channel_id(&id)?).await?;
    Ok(render::sign_in_again(&shell(&kith, "Sign in again", Here::Settings, &visitor).await?, &view, &BTreeMap::new(), None))
}

/// What was typed stays, but for secrets, with what is wrong beside it.
async fn sign_in_again(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Failure> {
    let id = channel_id(&id)?;
    let why = match kith.sign_in_again(&visitor, id, &typed).await {
        Ok(()) => return Ok(Redirect::to("/settings").into_response()),
        Err(Problem::Invalid { field, why }) => (field, why),
        Err(problem @ (Problem::Conflict(_) | Problem::NotNow(_))) => (String::new(), problem.to_string()),
        Err(problem) => return Err(problem.into()),
    };
    let (view, shell) = (kith.sign_in_form(&visitor, id).await?, shell(&kith, "Sign in again", Here::Settings, &visitor).await?);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render::sign_in_again(&shell, &view, &typed, Some(&why))).into_response())
}

fn channel_id(text: &str) -> Result<ChannelId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is no such channel.".into()).into())
}
