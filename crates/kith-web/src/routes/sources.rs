//! `/plan/series` and `/plan/events`: the lists, one of them whole, new ones after a look at every time, and changes.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::plan::SeriesEntry;
use kith_domain::schedule::{LineSource, Wanted};
use kith_engine::{EventWish, Kith, Meaning, Problem, ProgramEdit, SeriesWish, SourceKind, Visitor};
use maud::Markup;

use super::typed::{Typed, posts};
use super::{Failure, Part, shell};
use crate::render::{self, Asked, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/plan/{kind}/all", get(list).post(new))
        .route("/plan/{kind}/one/{id}", get(one))
        .route("/plan/{kind}/one/{id}/change", post(change))
}

fn kind_of(text: &str) -> Result<SourceKind, Failure> {
    match text {
        "series" => Ok(SourceKind::Series),
        "events" => Ok(SourceKind::Event),
        _ => Err(Problem::NotThere("This page does not exist. Perhaps the link is old.".into()).into()),
    }
}

async fn list(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(kind): Path<String>,
    Query(part): Query<Part>,
) -> Result<Markup, Failure> {
    let asked = Asked { done: part.done.as_deref(), ..Asked::default() };
    whole(&kith, &visitor, kind_of(&kind)?, &asked).await
}

async fn whole(kith: &Kith, visitor: &Visitor, kind: SourceKind, asked: &Asked<'_>) -> Result<Markup, Failure> {
    let view = kith.sources_page(visitor, kind).await?;
    Ok(render::sources(&shell(kith, title(kind), Here::Plan, visitor).await?, kind, &view, asked))
}

fn title(kind: SourceKind) -> &'static str {
    if kind == SourceKind::Event { "Events" } else { "Series" }
}

fn slug(kind: SourceKind) -> &'static str {
    if kind == SourceKind::Event { "events" } else { "series" }
}

/// A new one: first with every time, stored only when the button says so.
async fn new(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(kind): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let (kind, typed) = (kind_of(&kind)?, Typed::of(fields)?);
    let edit = match wished(&kith, &visitor, kind, &typed).await {
        Ok(edit) => edit,
        Err(problem) => return wrong(&kith, &visitor, kind, &typed, problem).await,
    };
    if typed.get("do") == "store" {
        return match kith.make_change(&visitor, &edit).await {
            Ok(_) => Ok(Redirect::to(&format!("/plan/{}/all?done=stored", slug(kind))).into_response()),
            Err(problem) => wrong(&kith, &visitor, kind, &typed, problem).await,
        };
    }
    let key = key_of(&edit);
    let shown = kith.show_change(&visitor, &edit, |line| named(&line.source) == Some(&key)).await?;
    let asked = Asked { typed: Some(&typed), shown: Some(&shown), ..Asked::default() };
    Ok(whole(&kith, &visitor, kind, &asked).await?.into_response())
}

async fn wished(kith: &Kith, visitor: &Visitor, kind: SourceKind, typed: &Typed) -> Result<ProgramEdit, Problem> {
    let operator = kith.planner(visitor)?;
    let name = typed.get("name").trim().to_owned();
    if name.is_empty() {
        return Err(Problem::Invalid { field: "name".into(), why: "call it something".into() });
    }
    if kith.sources_of(visitor.workspace, kind).await?.iter().any(|line| line.name == name) {
        return Err(Problem::Invalid { field: "name".into(), why: format!("{name:?} exists already; choose another name") });
    }
    let (channels, category, texts) = (typed.all("on"), typed.some("category"), posts(typed.get("texts")));
    if kind == SourceKind::Event {
        let wish = EventWish {
            name,
            begins: typed.get("begins").to_owned(),
            ends: typed.some("ends"),
            place: typed.some("place"),
            link: typed.some("link"),
            reminders: typed.get("reminders").to_owned(),
            channels,
            category,
            texts,
            ..EventWish::default()
        };
        return kith.event_edit(&operator, &wish).await;
    }
    let (heading, hashtag, rhythm) = (typed.get("heading").trim().to_owned(), typed.some("hashtag"), typed.some("rhythm"));
    kith.series_edit(&operator, &SeriesWish { name, heading, hashtag, rhythm, zone: None, channels, category, texts }).await
}

fn key_of(edit: &ProgramEdit) -> String {
    let ProgramEdit::Put { meaning, .. } = edit else { return String::new() };
    match &**meaning {
        Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } => series.key.clone(),
        Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } => event.key.clone(),
        _ => String::new(),
    }
}

fn named(source: &LineSource) -> Option<&String> {
    match source {
        LineSource::Series { series, .. } => Some(series),
        LineSource::Event { event, .. } => Some(event),
        _ => None,
    }
}

async fn wrong(kith: &Kith, visitor: &Visitor, kind: SourceKind, typed: &Typed, problem: Problem) -> Result<Response, Failure> {
    let (field, why) = super::beside(problem)?;
    let asked = Asked { typed: Some(typed), wrong: Some((&field, &why)), ..Asked::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, whole(kith, visitor, kind, &asked).await?).into_response())
}

async fn one(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path((kind, id)): Path<(String, String)>,
    Query(part): Query<Part>,
) -> Result<Markup, Failure> {
    let kind = kind_of(&kind)?;
    let asked = Asked { done: part.done.as_deref(), ..Asked::default() };
    page(&kith, &visitor, kind, &id, &asked).await
}

async fn page(kith: &Kith, visitor: &Visitor, kind: SourceKind, id: &str, asked: &Asked<'_>) -> Result<Markup, Failure> {
    let view = kith.source_page(visitor, kind, id).await?;
    Ok(render::source(&shell(kith, &view.row.name, Here::Plan, visitor).await?, kind, &view, asked))
}

/// Pause, move, call off, and what becomes of single entries. A move and a calling-off are shown before they are done.
async fn change(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path((kind, id)): Path<(String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let (kind, typed) = (kind_of(&kind)?, Typed::of(fields)?);
    let outcome = match changed(&kith, &visitor, kind, &id, &typed).await {
        Ok(edit) if typed.get("do") == "look" => {
            let key = key_of(&edit);
            let shown = kith.show_change(&visitor, &edit, |line| named(&line.source) == Some(&key)).await?;
            let asked = Asked { typed: Some(&typed), shown: Some(&shown), ..Asked::default() };
            return Ok(page(&kith, &visitor, kind, &id, &asked).await?.into_response());
        }
        Ok(edit) => kith.make_change(&visitor, &edit).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("/plan/{}/one/{id}?done=stored", slug(kind))).into_response()),
        Err(problem) => {
            let (field, why) = super::beside(problem)?;
            let asked = Asked { typed: Some(&typed), wrong: Some((&field, &why)), ..Asked::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&kith, &visitor, kind, &id, &asked).await?).into_response())
        }
    }
}

async fn changed(kith: &Kith, visitor: &Visitor, kind: SourceKind, id: &str, typed: &Typed) -> Result<ProgramEdit, Problem> {
    let (space, entry) = (visitor.workspace, typed.get("entry").to_owned());
    match typed.get("what") {
        "rest" | "go_on" => Ok(ProgramEdit::Rest { kind, name: id.to_owned(), rests: typed.get("what") == "rest" }),
        "move" => kith.event_move(space, id, typed.get("begins"), None).await,
        "call_off" => kith.event_cancel(space, id).await,
        "leave_out" => kith.series_change(space, id, |series, _| series.pause(&entry, true)).await,
        "take_in" => kith.series_change(space, id, |series, _| series.pause(&entry, false)).await,
        "remove" => kith.series_change(space, id, |series, _| series.remove(&entry).map(drop)).await,
        "up" | "down" => {
            let up = typed.get("what") == "up";
            kith.series_change(space, id, |series, _| {
                let at = series.entries.iter().position(|one| one.key == entry).unwrap_or_default();
                series.reorder(&entry, if up { at.saturating_sub(1) } else { at + 1 })
            })
            .await
        }
        "add" => {
            let text = typed.get("text").trim().to_owned();
            if text.is_empty() {
                return Err(Problem::Invalid { field: "text".into(), why: "write something first".into() });
            }
            kith.series_change(space, id, |series, key| {
                let end = series.entries.len();
                series.insert(SeriesEntry::new(key, text), end)
            })
            .await
        }
        _ => Err(Problem::NotThere("there is no such button".into())),
    }
}
