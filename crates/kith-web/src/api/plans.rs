//! Plans and single posts: preview and store, by the functions that the command line and the pages use.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use kith_domain::mandate::{Deed, Door};
use kith_domain::plan::PlanFormat;
use kith_engine::{Kith, PlanFile, PlanWish, Problem, Program, SinglePost};

use super::dispatches::query;
use super::program::{Caller, Refusal};
use super::wire::{Details, NewPost, Preview, Stored, Wish};

/// What other services' programs write to answer somebody; here it is a broadcast or nothing.
const CONVERSING: [&str; 6] = ["in_reply_to_id", "in_reply_to", "reply", "reply_to", "to", "visibility"];

/// What would go out and when; nothing is stored
#[utoipa::path(post, path = "/plans/preview", params(Wish), request_body(content = String, description = "The plan as text/csv, text/markdown or application/jsonl; pictures are not taken here", content_type = "text/csv"), responses((status = 200, body = Preview), (status = 401, body = Details), (status = 422, body = Details)))]
pub(super) async fn preview(
    State(kith): State<Kith>,
    Caller(program): Caller,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Preview>, Refusal> {
    program.may(Deed::Read)?;
    let previewed = kith.preview_plan(program.operator.workspace, &plan(&program, &headers, &body)?, &wishes(query(wish)?)).await?;
    if previewed.is_fine() { Ok(Json(previewed.into())) } else { Err(previewed.problems.into()) }
}

/// Preview it, then store it: all or nothing
#[utoipa::path(post, path = "/plans", params(Wish), request_body(content = String, description = "The plan as text/csv, text/markdown or application/jsonl; pictures are not taken here", content_type = "text/csv"), responses((status = 201, body = Stored), (status = 401, body = Details), (status = 403, body = Details), (status = 409, body = Details), (status = 422, body = Details)))]
pub(super) async fn import(
    State(kith): State<Kith>,
    Caller(program): Caller,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Stored>), Refusal> {
    program.may(Deed::Plan)?;
    let stored = kith.import_plan(&program.operator, &plan(&program, &headers, &body)?, &wishes(query(wish)?)).await??;
    Ok((StatusCode::CREATED, Json(stored.into())))
}

/// Plan one post
#[utoipa::path(post, path = "/posts", request_body = NewPost, responses((status = 201, body = Stored), (status = 401, body = Details), (status = 403, body = Details), (status = 409, body = Details), (status = 422, body = Details)))]
pub(super) async fn add(
    State(kith): State<Kith>,
    Caller(program): Caller,
    post: Result<Json<serde_json::Value>, JsonRejection>,
) -> Result<(StatusCode, Json<Stored>), Refusal> {
    program.may(Deed::Plan)?;
    let unreadable = |why: String| Problem::Invalid { field: "body".into(), why };
    let Json(post) = post.map_err(|error| unreadable(error.body_text()))?;
    if let Some(field) = CONVERSING.into_iter().find(|field| post.get(field).is_some()) {
        let why = "replies and direct messages are written now, by a person, in the inbox; no key can plan one";
        return Err(Problem::Invalid { field: field.into(), why: why.into() }.into());
    }
    let post: NewPost = serde_json::from_value(post).map_err(|error| unreadable(error.to_string()))?;
    let NewPost { channel, at, zone, text, cw, lang, poll, poll_minutes, card, no_link_check } = post;
    let poll_minutes = poll_minutes.map(|minutes| minutes.to_string());
    let post = SinglePost { channel, at, zone, text, cw, lang, poll, poll_minutes, card, no_link_check, ..SinglePost::default() };
    let stored = kith.add_post(&program.operator, post, Door::Api { key: program.key.clone() }).await??;
    Ok((StatusCode::CREATED, Json(stored.into())))
}

fn plan(program: &Program, headers: &HeaderMap, body: &Bytes) -> Result<PlanFile, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let format = match kind.as_str() {
        "text/csv" => PlanFormat::Csv,
        "text/markdown" => PlanFormat::Markdown,
        "application/jsonl" | "application/x-ndjson" => PlanFormat::JsonLines,
        other => {
            let why = format!("{other:?} is no form of a plan; send text/csv, text/markdown or application/jsonl");
            return Err(Problem::Invalid { field: "content-type".into(), why });
        }
    };
    Ok(PlanFile { name: format!("the API ({})", program.key), bytes: body.to_vec(), format: Some(format), folder: None })
}

fn wishes(wish: Wish) -> PlanWish {
    let names = |text: String| text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    PlanWish {
        channels: wish.channels.map(names).unwrap_or_default(),
        zone: wish.zone,
        windows: wish.windows,
        per_day: wish.per_day,
        from: wish.from,
        gap_minutes: wish.gap,
        seed: wish.seed.unwrap_or(0),
        again: wish.again,
        no_link_check: wish.no_link_check,
        // No name that a program writes is a file of this machine.
        brought: Some(BTreeMap::new()),
    }
}
