//! `/settings`: the channels' health.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use kith_engine::Kith;
use maud::Markup;

use super::{Failure, shell};
use crate::render::{self, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/settings", get(settings))
}

async fn settings(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Markup, Failure> {
    let channels = kith.channels(&visitor).await?;
    Ok(render::settings(&shell("Settings", Here::Settings, &visitor, kith.owed(&visitor).await?), &channels))
}
