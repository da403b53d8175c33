//! `/settings/data`: the workspace's name and zone, its export, its end.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use futures_util::stream::try_unfold;
use kith_engine::{Kith, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

use super::settings::Done;
use super::{Failure, beside, shell};
use crate::render::{self, Here};
use crate::session::SignedIn;

/// Bytes of one piece of a download.
const PIECE_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/settings/data", get(page))
        .route("/settings/data/space", post(space))
        .route("/settings/data/export", get(export))
        .route("/settings/data/end", post(end))
        .route("/settings/data/keep", post(keep))
        .route("/first-day", get(first_day))
        .route("/first-day/end", post(end_first_day))
}

async fn draw(kith: &Kith, visitor: &Visitor, wrong: Option<(&str, &str)>, told: Option<&str>) -> Result<Markup, Failure> {
    let view = kith.space(visitor).await?;
    Ok(render::data(&shell(kith, "Workspace and data", Here::Settings, visitor).await?, &view, wrong, told))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(done): Query<Done>) -> Result<Markup, Failure> {
    draw(&kith, &visitor, None, done.words()).await
}

async fn after(kith: &Kith, visitor: &Visitor, card: &str, done: Result<(), Problem>, told: &str) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/settings/data?done={told}")).into_response()),
        Err(problem @ Problem::Refused(_)) => Err(problem.into()),
        Err(problem) => {
            let (_, why) = beside(problem)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(kith, visitor, Some((card, &why)), None).await?).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
struct Space {
    name: String,
    zone: String,
}

async fn space(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(space): Form<Space>) -> Result<Response, Failure> {
    after(&kith, &visitor, "space", kith.set_space(&visitor, &space.name, &space.zone).await, "stored").await
}

/// One thing a line, as it is read; memory stays small whatever is there.
async fn export(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Response, Failure> {
    let file = tokio::fs::File::from_std(kith.export_here(&visitor).await?);
    let pieces = try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((piece, file)))
    });
    let headers =
        [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CONTENT_DISPOSITION, "attachment; filename=\"kith-export.jsonl\"")];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

#[derive(Debug, Deserialize)]
struct End {
    typed: String,
}

async fn end(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(end): Form<End>) -> Result<Response, Failure> {
    after(&kith, &visitor, "end", kith.end_space(&visitor, &end.typed).await, "ended").await
}

async fn keep(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Response, Failure> {
    after(&kith, &visitor, "end", kith.keep_space(&visitor).await, "kept").await
}

/// The steps alone, for a page that is open.
async fn first_day(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Markup, Failure> {
    let day = kith.first_day(&visitor).await?;
    Ok(day.map(|day| render::first_day(day, kith.practice().is_some())).unwrap_or_default())
}

async fn end_first_day(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Redirect, Failure> {
    kith.end_first_day(visitor.workspace).await?;
    Ok(Redirect::to("/"))
}
