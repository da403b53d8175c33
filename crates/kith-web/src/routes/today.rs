//! `/`: today.

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use kith_engine::Kith;
use maud::Markup;

use super::{Failure, Part, shell};
use crate::render::{self, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/", get(today))
}

async fn today(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let view = kith.today(&visitor).await?;
    Ok(match part.fragment {
        Some(_) => render::today_live(&view),
        None => {
            let first = kith.first_day(&visitor).await?;
            let above = render::first_day_part(first.as_ref(), kith.practice().is_some());
            render::today(&shell(&kith, "Today", Here::Today, &visitor).await?, &view, &above)
        }
    })
}
