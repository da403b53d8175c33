//! `/plan/feeds`: what is followed, following one more, and the news that waits for a person.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_engine::{FeedWish, Kith, NewFeed, Problem};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, Part, shell};
use crate::render::{self, FeedTrouble, Here, TypedFeed};
use crate::session::SignedIn;

/// The page.
const HERE: &str = "/plan/feeds";

pub(super) fn routes() -> Router<Kith> {
    Router::new().route(HERE, get(page).post(follow)).route("/plan/feeds/{id}", post(change)).route("/plan/feeds/drafts/{id}", post(decide))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let view = kith.feeds_page(&visitor).await?;
    Ok(match part.fragment {
        Some(_) => render::feeds_live(&view, None),
        None => render::feeds(&shell(&kith, "Feeds", Here::Plan, &visitor).await?, &view, &TypedFeed::default(), None),
    })
}

/// Channels are ticked, so that one name comes several times.
async fn follow(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let of = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty());
    let per_day = match of("per_day").map(str::parse) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(("per_day".to_owned(), "write a number, such as 3".to_owned())),
    };
    let typed = TypedFeed {
        url: of("url").unwrap_or_default().to_owned(),
        name: of("name").unwrap_or_default().to_owned(),
        template: of("template").unwrap_or_default().replace("\r\n", "\n"),
        per_day: of("per_day").unwrap_or_default().to_owned(),
        windows: of("windows").unwrap_or_default().to_owned(),
        channels: fields.iter().filter(|(name, _)| name == "channels").map(|(_, value)| value.clone()).collect(),
    };
    let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
    let why = match per_day {
        Err(why) => why,
        Ok(per_day) => {
            let new = NewFeed {
                url: typed.url.clone(),
                name: filled(&typed.name),
                channels: typed.channels.clone(),
                template: filled(&typed.template),
                per_day,
                windows: filled(&typed.windows),
            };
            match kith.follow_feed(&visitor, new).await {
                Ok(_) => return Ok(Redirect::to(HERE).into_response()),
                Err(Problem::Invalid { field, why }) => (field, why),
                Err(problem @ (Problem::Conflict(_) | Problem::NotNow(_))) => (String::new(), problem.to_string()),
                Err(problem) => return Err(problem.into()),
            }
        }
    };
    let (view, shell) = (kith.feeds_page(&visitor).await?, shell(&kith, "Feeds", Here::Plan, &visitor).await?);
    let trouble = FeedTrouble::Form { field: why.0, why: why.1 };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render::feeds(&shell, &view, &typed, Some(&trouble))).into_response())
}

#[derive(Debug, Deserialize)]
struct Change {
    #[serde(rename = "do")]
    wish: FeedWish,
}

async fn change(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(Change { wish }): Form<Change>,
) -> Result<Redirect, Failure> {
    kith.change_feed(&visitor, &id, wish).await?;
    Ok(Redirect::to(HERE))
}

#[derive(Debug, Deserialize)]
struct Decision {
    #[serde(rename = "do")]
    what: OnDraft,
    #[serde(default)]
    at: String,
    #[serde(default)]
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnDraft {
    Plan,
    LetGo,
}

/// What is wrong with a draft is said beside it, and what was typed stays.
async fn decide(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(Decision { what, at, text }): Form<Decision>,
) -> Result<Response, Failure> {
    let text = text.replace("\r\n", "\n");
    let (at_wish, text_wish) = match what {
        OnDraft::Plan => (Some(at.as_str()), Some(text.as_str()).filter(|text| !text.trim().is_empty())),
        OnDraft::LetGo => (None, None),
    };
    let Err(problems) = kith.decide_draft(&visitor, &id, at_wish, text_wish).await? else {
        return Ok(Redirect::to(HERE).into_response());
    };
    let why = problems.iter().map(ToString::to_string).collect();
    let trouble = FeedTrouble::Draft { id, at, text, why };
    let (view, shell) = (kith.feeds_page(&visitor).await?, shell(&kith, "Feeds", Here::Plan, &visitor).await?);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render::feeds(&shell, &view, &TypedFeed::default(), Some(&trouble))).into_response())
}
