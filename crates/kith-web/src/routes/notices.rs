//! `/notices`: what everybody should know of this Kith, on every page; and putting one away.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Redirect;
use axum::routing::{get, post};
use kith_engine::Kith;
use maud::Markup;

use super::Failure;
use crate::render;
use crate::session::{SignedIn, own_page};

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/notices", get(all)).route("/notices/{kind}/away", post(away)).route("/notices/second_copy/goes-on", post(goes_on))
}

async fn all(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Markup {
    render::notices_live(&kith.notices_for(&visitor).await)
}

/// A person has read it; they stay on the page where they are.
async fn away(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(kind): Path<String>,
    headers: HeaderMap,
) -> Result<Redirect, Failure> {
    kith.put_away(&visitor, &kind).await?;
    Ok(back(&headers))
}

/// The owner says that the other copy is off; within seconds this one goes on and its notice is gone.
async fn goes_on(State(kith): State<Kith>, SignedIn(visitor): SignedIn, headers: HeaderMap) -> Result<Redirect, Failure> {
    kith.this_copy_goes_on_here(&visitor).await?;
    Ok(back(&headers))
}

fn back(headers: &HeaderMap) -> Redirect {
    Redirect::to(&own_page(headers.get(header::REFERER).and_then(|page| page.to_str().ok()).unwrap_or_default()))
}
