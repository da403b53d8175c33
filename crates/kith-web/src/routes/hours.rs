//! `/plan/hours`: presence, readers' hours, absences and pauses, each looked at before it is stored.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_engine::{AbsenceWish, Kith, PauseWish, Problem, ProgramEdit, Visitor};
use maud::Markup;

use super::typed::Typed;
use super::{Failure, Part, shell};
use crate::render::{self, Asked, Here};
use crate::session::SignedIn;

/// Lines that a look shows.
const LINES_SHOWN: usize = 12;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/plan/hours", get(page)).route("/plan/hours/{kind}", post(set)).route("/plan/hours/{kind}/drop", post(take_back))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let asked = Asked { done: part.done.as_deref(), ..Asked::default() };
    whole(&kith, &visitor, &asked).await
}

async fn whole(kith: &Kith, visitor: &Visitor, asked: &Asked<'_>) -> Result<Markup, Failure> {
    let view = kith.home_page(visitor).await?;
    Ok(render::hours(&shell(kith, "Hours", Here::Plan, visitor).await?, &view, asked))
}

/// A form: looked at first, stored when its button says so.
async fn set(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(kind): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?.with("form", &kind);
    let edit = match wished(&kith, &visitor, &kind, &typed).await {
        Ok(edit) => edit,
        Err(problem) => return wrong(&kith, &visitor, &typed, problem).await,
    };
    if typed.get("do") == "store" {
        return match kith.make_change(&visitor, &edit).await {
            Ok(_) => Ok(Redirect::to("/plan/hours?done=stored").into_response()),
            Err(problem) => wrong(&kith, &visitor, &typed, problem).await,
        };
    }
    let mut shown = match kith.show_change(&visitor, &edit, |_| true).await {
        Ok(shown) => shown,
        Err(problem) => return wrong(&kith, &visitor, &typed, problem).await,
    };
    shown.lines.truncate(LINES_SHOWN);
    let asked = Asked { typed: Some(&typed), shown: Some(&shown), ..Asked::default() };
    Ok(whole(&kith, &visitor, &asked).await?.into_response())
}

async fn wished(kith: &Kith, visitor: &Visitor, kind: &str, typed: &Typed) -> Result<ProgramEdit, Problem> {
    let operator = kith.planner(visitor)?;
    match kind {
        "hours" => kith.presence_hours_edit(&operator, typed.get("hours")).await,
        "promise" => kith.presence_promise_edit(&operator, typed.get("promise")).await,
        "market" => {
            let text = format!("{}: {} {}", typed.get("name").trim(), typed.get("zone").trim(), typed.get("hours").trim());
            kith.market_edit(visitor.workspace, &text).await
        }
        "absence" => kith.absence_edit(&operator, &absence(typed)).await,
        "pause" => kith.pause_edit(&operator, &pause(typed.some("category"), typed.some("channel"), typed)).await,
        _ => Err(Problem::NotThere("there is no such form".into())),
    }
}

fn absence(typed: &Typed) -> AbsenceWish {
    AbsenceWish {
        name: typed.get("name").trim().to_owned(),
        from: typed.get("from").to_owned(),
        to: typed.get("to").to_owned(),
        goes_on: typed.get("goes_on").split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        before: typed.some("before"),
        after: typed.some("after"),
        channels: typed.all("on"),
        sorter: typed.some("sorter"),
        ..AbsenceWish::default()
    }
}

fn pause(category: Option<String>, channel: Option<String>, typed: &Typed) -> PauseWish {
    PauseWish { category, channel, until: typed.some("until"), why: typed.some("why") }
}

/// What holds is taken back: a place, an absence, a pause.
async fn take_back(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(kind): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?;
    let operator = kith.planner(&visitor)?;
    let edit = match kind.as_str() {
        "market" => kith.market_drop(visitor.workspace, typed.get("key")).await?,
        "absence" => kith.absence_drop(typed.get("key")),
        "pause" => kith.resume_edit(&operator, &pause(typed.some("key"), typed.some("beside"), &typed)).await?,
        _ => return Err(Problem::NotThere("there is no such button".into()).into()),
    };
    match kith.make_change(&visitor, &edit).await {
        Ok(_) => Ok(Redirect::to("/plan/hours?done=stored").into_response()),
        Err(problem) => wrong(&kith, &visitor, &typed, problem).await,
    }
}

/// The page again with what was typed, and why nothing was stored.
async fn wrong(kith: &Kith, visitor: &Visitor, typed: &Typed, problem: Problem) -> Result<Response, Failure> {
    let (field, why) = super::beside(problem)?;
    let asked = Asked { typed: Some(typed), wrong: Some((&field, &why)), ..Asked::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, whole(kith, visitor, &asked).await?).into_response())
}
