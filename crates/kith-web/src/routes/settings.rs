//! `/settings`: the channels' health, the brake's rule, and signing one in again.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::converse::BrakeRule;
use kith_domain::ids::ChannelId;
use kith_engine::{Kith, Problem};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, Part, shell};
use crate::render::{self, BrakeForm, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/settings", get(settings))
        .route("/settings/brake", post(brake))
        .route("/settings/channels/{id}", get(channel).post(sign_in_again))
        .route("/settings/channels/{id}/pause", post(pause))
        .route("/settings/channels/{id}/resume", post(resume))
}

/// What was done on the page before, as its address names it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

impl Done {
    /// In words; whatever is not ours is not said.
    pub(super) fn words(&self) -> Option<&'static str> {
        Some(match self.done.as_str() {
            "connected" => "Connected. Kith listens on it from now on.",
            "part" => "Changed. It counts from their next click.",
            "gone" => "Done. They are signed out everywhere, and their keys have ended.",
            "taken-back" => "Taken back. The link no longer works.",
            "password" => "Stored. Every other browser is signed out.",
            "session" => "That browser is signed out.",
            "sessions" => "Every other browser is signed out.",
            "passkey" => "Your passkey is there. Next time, sign in with it.",
            "passkey-name" => "Renamed.",
            "passkey-gone" => "Taken away. Every other browser is signed out.",
            "key-gone" => "The key has ended.",
            "stored" => "Stored.",
            "ended" => "Ended. Nothing goes out any more.",
            "kept" => "Kept. Let each channel go on when you are ready.",
            _ => return None,
        })
    }
}

async fn settings(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Query(part): Query<Part>,
    Query(done): Query<Done>,
) -> Result<Markup, Failure> {
    let channels = kith.channels(&visitor).await?;
    Ok(match part.fragment {
        Some(_) => render::settings_live(&channels),
        None => {
            let view = kith.brake(visitor.workspace, &visitor.zone).await?;
            let form = BrakeForm { view: &view, typed: None, wrong: None, stored: part.show.as_deref() == Some("brake") };
            render::settings(&shell(&kith, "Settings", Here::Settings, &visitor).await?, &channels, &form, done.words())
        }
    })
}

#[derive(Debug, Deserialize)]
struct Rule {
    hours: String,
    #[serde(default)]
    owed: String,
    only_presence: Option<String>,
    version: i64,
}

/// A rule that can't be kept is said beside the fields, and what was typed stays.
async fn brake(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(typed): Form<Rule>) -> Result<Response, Failure> {
    let stored = match rule(&typed) {
        Ok(rule) => kith.set_brake(&visitor, rule, typed.version).await,
        Err(problem) => Err(problem),
    };
    let (field, why) = match stored {
        Ok(()) => return Ok(Redirect::to("/settings?show=brake#brake").into_response()),
        Err(Problem::Invalid { field, why }) => (field, why),
        Err(problem @ Problem::Conflict(_)) => (String::new(), problem.to_string()),
        Err(problem) => return Err(problem.into()),
    };
    let (view, channels) = (kith.brake(visitor.workspace, &visitor.zone).await?, kith.channels(&visitor).await?);
    let form = BrakeForm { view: &view, typed: Some((&typed.hours, &typed.owed)), wrong: Some((&field, &why)), stored: false };
    let shell = shell(&kith, "Settings", Here::Settings, &visitor).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render::settings(&shell, &channels, &form, None)).into_response())
}

fn rule(typed: &Rule) -> Result<BrakeRule, Problem> {
    let number = |field: &str, text: &str| {
        text.trim().parse::<u32>().map_err(|_| Problem::Invalid { field: field.into(), why: format!("{text:?} is no whole number") })
    };
    let owed = Some(typed.owed.trim()).filter(|text| !text.is_empty()).map(|text| number("owed", text)).transpose()?;
    Ok(BrakeRule { hours: number("hours", &typed.hours)?, owed, only_presence: typed.only_presence.is_some() })
}

async fn channel(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Markup, Failure> {
    let view = kith.sign_in_form(&visitor, channel_id(&id)?).await?;
    let by_page = kith.consents_to(&visitor, view.channel.id).await?;
    Ok(render::sign_in_again(&shell(&kith, "Sign in again", Here::Settings, &visitor).await?, &view, by_page, &BTreeMap::new(), None))
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
    let by_page = kith.consents_to(&visitor, id).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render::sign_in_again(&shell, &view, by_page, &typed, Some(&why))).into_response())
}

async fn pause(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Redirect, Failure> {
    kith.pause_channel_here(&visitor, channel_id(&id)?).await?;
    Ok(Redirect::to("/settings"))
}

async fn resume(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Redirect, Failure> {
    kith.resume_channel_here(&visitor, channel_id(&id)?).await?;
    Ok(Redirect::to("/settings"))
}

fn channel_id(text: &str) -> Result<ChannelId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is no such channel.".into()).into())
}
