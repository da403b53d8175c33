//! `/settings/keys`: keys for programs, made and ended by an owner.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::mandate::Deed;
use kith_engine::{Kith, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::settings::Done;
use super::{Failure, beside, shell};
use crate::render::{self, Here, KeyTyped};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/settings/keys", get(page).post(make)).route("/settings/keys/{id}/end", post(end))
}

fn administers(visitor: &Visitor) -> Result<(), Problem> {
    visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))
}

async fn draw(kith: &Kith, visitor: &Visitor, typed: &KeyTyped<'_>, told: Option<&str>) -> Result<Markup, Failure> {
    let keys = kith.keys(&visitor.operator()).await?;
    Ok(render::keys(&shell(kith, "Keys", Here::Settings, visitor).await?, &keys, typed, told))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(done): Query<Done>) -> Result<Markup, Failure> {
    administers(&visitor)?;
    draw(&kith, &visitor, &KeyTyped::default(), done.words()).await
}

#[derive(Debug, Deserialize)]
struct New {
    name: String,
    scope: String,
    days: String,
}

/// The key is on the answer to the press itself, and nowhere else.
async fn make(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(new): Form<New>) -> Result<Response, Failure> {
    administers(&visitor)?;
    let days =
        new.days.trim().parse::<u32>().map_err(|_| Problem::Invalid { field: "days".into(), why: "write the days as a number".into() });
    let made = match days {
        Ok(days) => kith.add_key(&visitor.operator(), &new.name, &new.scope, Some(days)).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(key) => Ok(draw(&kith, &visitor, &KeyTyped { made: Some(&key), ..KeyTyped::default() }, None).await?.into_response()),
        Err(problem) => {
            let (field, why) = beside(problem)?;
            let typed = KeyTyped { name: &new.name, wrong: Some((&field, &why)), made: None };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&kith, &visitor, &typed, None).await?).into_response())
        }
    }
}

async fn end(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Redirect, Failure> {
    administers(&visitor)?;
    kith.end_key(&visitor.operator(), &id).await?;
    Ok(Redirect::to("/settings/keys?done=key-gone"))
}
