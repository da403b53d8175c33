//! `/plan`: the plan as a list, and one dispatch with its attempts and choices.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::ids::DispatchId;
use kith_engine::views::Choice;
use kith_engine::{Kith, Problem};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, Part, shell};
use crate::render::{self, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/plan", get(list)).route("/plan/{id}", get(one)).route("/plan/{id}/decision", post(decide))
}

async fn list(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let view = kith.plan(&visitor, part.show.as_deref().unwrap_or("coming"), part.from.as_deref()).await?;
    Ok(match part.fragment {
        Some(_) => render::plan_live(&view),
        None => render::plan(&shell("Plan", Here::Plan, &visitor, kith.owed(&visitor).await?), &view),
    })
}

async fn one(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Markup, Failure> {
    let page = kith.dispatch(&visitor, dispatch_id(&id)?).await?;
    Ok(render::dispatch(&shell("Post", Here::Plan, &visitor, kith.owed(&visitor).await?), &page, None))
}

#[derive(Debug, Deserialize)]
struct Decision {
    choice: Choice,
    #[serde(default)]
    link: String,
}

/// A decision that can't be carried out is said beside the choices.
async fn decide(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(decision): Form<Decision>,
) -> Result<Response, Failure> {
    let id = dispatch_id(&id)?;
    let link = Some(decision.link.as_str()).filter(|link| !link.trim().is_empty());
    match kith.choose(&visitor, id, decision.choice, link).await {
        Ok(()) => Ok(Redirect::to(&format!("/plan/{id}")).into_response()),
        Err(problem @ (Problem::Invalid { .. } | Problem::Conflict(_) | Problem::Refused(_))) => {
            let page = kith.dispatch(&visitor, id).await?;
            let shell = shell("Post", Here::Plan, &visitor, kith.owed(&visitor).await?);
            let page = render::dispatch(&shell, &page, Some(&problem.to_string()));
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

fn dispatch_id(text: &str) -> Result<DispatchId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is no such post.".into()).into())
}
