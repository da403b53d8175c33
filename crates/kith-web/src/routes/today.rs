//! `/`: today.

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use kith_engine::{Kith, Visitor};
use maud::Markup;

use super::{Failure, Part, shell};
use crate::render::{self, Here, TodayPeople};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/", get(today)).route("/today/people", get(people))
}

async fn today(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let view = kith.today(&visitor).await?;
    Ok(match part.fragment {
        Some(_) => render::today_live(&view),
        None => {
            let first = kith.first_day(&visitor).await?;
            let above = render::first_day_part(first.as_ref(), kith.practice().is_some());
            let below = render::today_people(&known(&kith, &visitor).await?);
            render::today(&shell(&kith, "Today", Here::Today, &visitor).await?, &view, &above, &below)
        }
    })
}

/// People who drift that Today shows; the rest is on People.
const DRIFTING_SHOWN: usize = 3;
/// New followers that it names.
const FOLLOWERS_SHOWN: u32 = 3;

async fn people(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Markup, Failure> {
    Ok(render::today_people_live(&known(&kith, &visitor).await?))
}

async fn known(kith: &Kith, visitor: &Visitor) -> Result<TodayPeople, Failure> {
    Ok(TodayPeople {
        promises: kith.promises_due(visitor).await?,
        drifting: kith.drifting(visitor, DRIFTING_SHOWN).await?,
        followers: kith.followers_waiting(visitor, FOLLOWERS_SHOWN).await?,
    })
}
