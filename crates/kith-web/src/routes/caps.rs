//! `/settings/limits`: what the owner allows each channel.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kith_domain::mandate::Deed;
use kith_engine::{CapsWish, Kith, Problem, Visitor};
use maud::Markup;

use super::settings::Done;
use super::typed::Typed;
use super::{Failure, shell};
use crate::render::{self, Asked, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/settings/limits", get(page).post(set))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(done): Query<Done>) -> Result<Markup, Failure> {
    let asked = Asked { done: done.words(), ..Asked::default() };
    whole(&kith, &visitor, &asked).await
}

async fn whole(kith: &Kith, visitor: &Visitor, asked: &Asked<'_>) -> Result<Markup, Failure> {
    let lines = kith.caps_lines(visitor.workspace).await?;
    Ok(render::caps(&shell(kith, "Limits", Here::Settings, visitor).await?, &lines, asked))
}

/// What can't be kept is said beside its field, and what was typed stays.
async fn set(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?;
    // Whoever may not set them is told on a page of its own, whatever was typed.
    visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
    let wish =
        if typed.get("do") == "usual" { Ok(CapsWish::whole(None, None, None, None)) } else { CapsWish::written(|field| typed.get(field)) };
    let stored = match wish {
        Ok(wish) => kith.set_caps(&visitor, typed.get("channel"), &wish).await,
        Err(problem) => Err(problem),
    };
    match stored {
        Ok(_) => Ok(Redirect::to("/settings/limits?done=stored").into_response()),
        Err(problem) => {
            let (field, why) = super::beside(problem)?;
            let asked = Asked { typed: Some(&typed), wrong: Some((&field, &why)), ..Asked::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, whole(&kith, &visitor, &asked).await?).into_response())
        }
    }
}
