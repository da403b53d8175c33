//! `/plan/queue`: the order of what waits for a place, posts into it and out of it, and the windows that give the places.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::plan::QueueSpot;
use kith_domain::schedule::LineSource;
use kith_engine::{Kith, Problem, ProgramEdit, QueueWish, SourceKind, Visitor};
use maud::Markup;

use super::typed::{Typed, posts};
use super::{Failure, Part, shell};
use crate::render::{self, Asked, Here};
use crate::session::SignedIn;

/// The queue's own name among the sources.
const QUEUE: &str = "queue";
/// Places that a preview of windows shows.
const PLACES_SHOWN: usize = 10;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/plan/queue", get(page).post(add))
        .route("/plan/queue/order", post(order))
        .route("/plan/queue/rest", post(rest))
        .route("/plan/queue/windows", post(windows))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    if part.fragment.is_some() {
        return Ok(render::queue_live(&kith.queue_page(&visitor).await?));
    }
    let asked = Asked { done: part.done.as_deref(), ..Asked::default() };
    whole(&kith, &visitor, &asked).await
}

async fn whole(kith: &Kith, visitor: &Visitor, asked: &Asked<'_>) -> Result<Markup, Failure> {
    let view = kith.queue_page(visitor).await?;
    Ok(render::queue(&shell(kith, "Queue", Here::Plan, visitor).await?, &view, asked))
}

/// The page again with what was typed, and why nothing was stored.
async fn wrong(kith: &Kith, visitor: &Visitor, typed: &Typed, problem: Problem) -> Result<Response, Failure> {
    let (field, why) = super::beside(problem)?;
    let asked = Asked { typed: Some(typed), wrong: Some((&field, &why)), ..Asked::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, whole(kith, visitor, &asked).await?).into_response())
}

async fn add(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?;
    let wish = QueueWish {
        texts: posts(typed.get("texts")),
        category: typed.get("category").to_owned(),
        channels: typed.all("on"),
        first: typed.get("where") == "first",
    };
    let stored = match kith.queue_add(visitor.workspace, &wish).await {
        Ok(edit) => kith.make_change(&visitor, &edit).await,
        Err(problem) => Err(problem),
    };
    match stored {
        Ok(_) => Ok(Redirect::to("/plan/queue?done=added").into_response()),
        Err(problem) => wrong(&kith, &visitor, &typed.with("form", "add"), problem).await,
    }
}

/// One post up, down, to an end, or out.
async fn order(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?;
    let key = typed.get("post").to_owned();
    let keys: Vec<String> = kith.queue_drafts(visitor.workspace).await?.into_iter().map(|draft| draft.key).collect();
    let at = keys.iter().position(|known| *known == key);
    let beside = |step: isize| at.and_then(|at| at.checked_add_signed(step)).and_then(|to| keys.get(to)).cloned();
    let edit = match typed.get("to") {
        "out" => kith.queue_remove(visitor.workspace, &key).await,
        "first" => kith.queue_move(visitor.workspace, &key, &QueueSpot::First).await,
        "last" => kith.queue_move(visitor.workspace, &key, &QueueSpot::Last).await,
        "up" => kith.queue_move(visitor.workspace, &key, &beside(-1).map_or(QueueSpot::First, QueueSpot::Before)).await,
        _ => kith.queue_move(visitor.workspace, &key, &beside(1).map_or(QueueSpot::Last, QueueSpot::After)).await,
    };
    let stored = match edit {
        Ok(edit) => kith.make_change(&visitor, &edit).await,
        Err(problem) => Err(problem),
    };
    match stored {
        Ok(_) => Ok(Redirect::to("/plan/queue").into_response()),
        Err(problem) => wrong(&kith, &visitor, &typed, problem).await,
    }
}

async fn rest(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, Failure> {
    let rests = Typed::of(fields)?.get("rests") == "yes";
    kith.make_change(&visitor, &ProgramEdit::Rest { kind: SourceKind::Queue, name: QUEUE.into(), rests }).await?;
    Ok(Redirect::to("/plan/queue"))
}

/// The windows of a channel: looked at first, then stored.
async fn windows(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?.with("form", "windows");
    let channel = typed.get("channel").to_owned();
    let edit = match kith.planner(&visitor) {
        Ok(operator) => kith.windows_edit_since(&operator, &channel, typed.get("windows"), Some(typed.get("was"))).await,
        Err(problem) => Err(problem),
    };
    let edit = match edit {
        Ok(edit) => edit,
        Err(problem) => return wrong(&kith, &visitor, &typed, problem).await,
    };
    if typed.get("do") == "store" {
        return match kith.make_change(&visitor, &edit).await {
            Ok(_) => Ok(Redirect::to("/plan/queue?done=windows#windows").into_response()),
            Err(problem) => wrong(&kith, &visitor, &typed, problem).await,
        };
    }
    let mut shown = kith.show_change(&visitor, &edit, |line| line.channel == channel && matches!(line.source, LineSource::Queue)).await?;
    shown.lines.truncate(PLACES_SHOWN);
    let asked = Asked { typed: Some(&typed), shown: Some(&shown), ..Asked::default() };
    Ok(whole(&kith, &visitor, &asked).await?.into_response())
}
