//! Feeds for programs: what is followed, following, and the news that waits.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kith_domain::mandate::{Deed, Door};
use kith_engine::{FeedDraft, FeedLine, Kith, NewFeed, Problem, Program};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::program::{Caller, Refusal};
use super::wire::{Details, Stored};

/// A feed that is followed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Feed {
    id: String,
    name: String,
    url: String,
    channels: Vec<String>,
    /// The words, with {title}, {link}, {summary}, {author} and {feed}.
    template: String,
    /// `announce` (by itself, in its windows) or `draft` (a person plans each).
    mode: String,
    windows: Option<String>,
    per_day: u32,
    /// When it was last read with success.
    read_at: Option<String>,
    /// When it is read next; null while it rests.
    next_at: Option<String>,
    /// Why it could not be read.
    trouble: Option<String>,
    /// Entries that wait for a yes or for their day.
    waiting: usize,
    paused_at: Option<String>,
}

/// A feed to follow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedToAdd {
    /// RSS, Atom or JSON Feed.
    url: String,
    /// Names of channels to announce on.
    channels: Vec<String>,
    /// Its own title if left out.
    name: Option<String>,
    /// The words, with {title}, {link}, {summary}, {author} and {feed}.
    template: Option<String>,
    /// Announcements a day at most: 1 to 24, 3 if left out.
    per_day: Option<u32>,
    /// When they go out by themselves, such as `Mon-Fri 08:00-18:00`; drafts if left out.
    windows: Option<String>,
}

/// News that waits for a person or for its day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Draft {
    id: String,
    /// The feed's name.
    feed: String,
    /// The announcement as it would go out.
    text: String,
    link: Option<String>,
    published: Option<String>,
    /// Why it could not be planned by itself.
    trouble: Option<String>,
}

/// When a draft goes out, and in which words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftTime {
    /// Local time in the workspace's zone, such as `2026-12-01 09:30`.
    at: String,
    /// Other words than the template's.
    text: Option<String>,
}

/// The feeds that are followed
#[utoipa::path(get, path = "/feeds", responses((status = 200, body = Vec<Feed>), (status = 401, body = Details)))]
pub(super) async fn list(State(kith): State<Kith>, Caller(program): Caller) -> Result<Json<Vec<Feed>>, Refusal> {
    program.may(Deed::Read)?;
    Ok(Json(kith.feeds(program.operator.workspace).await?.into_iter().map(Feed::from).collect()))
}

/// Read a feed and take it in: what it says now is known, what comes later is news
#[utoipa::path(post, path = "/feeds", request_body = FeedToAdd, responses((status = 201, body = Feed), (status = 401, body = Details), (status = 403, body = Details), (status = 409, body = Details), (status = 422, body = Details)))]
pub(super) async fn add(
    State(kith): State<Kith>,
    Caller(program): Caller,
    feed: Result<Json<FeedToAdd>, JsonRejection>,
) -> Result<(StatusCode, Json<Feed>), Refusal> {
    program.may(Deed::Plan)?;
    let FeedToAdd { url, channels, name, template, per_day, windows } = body(feed)?;
    let new = NewFeed { url, name, channels, template, per_day, windows };
    let feed = kith.add_feed(&program.operator, new, door(&program)).await?;
    Ok((StatusCode::CREATED, Json(feed.into())))
}

/// Read it no longer; what is planned stays planned
#[utoipa::path(delete, path = "/feeds/{name}", params(("name" = String, Path, description = "Its name or id")), responses((status = 200, body = Feed), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details)))]
pub(super) async fn drop_one(State(kith): State<Kith>, Caller(program): Caller, Path(name): Path<String>) -> Result<Json<Feed>, Refusal> {
    program.may(Deed::Plan)?;
    Ok(Json(kith.drop_feed(&program.operator, &name).await?.into()))
}

/// News of feeds that waits for a person
#[utoipa::path(get, path = "/feed-drafts", responses((status = 200, body = Vec<Draft>), (status = 401, body = Details)))]
pub(super) async fn drafts(State(kith): State<Kith>, Caller(program): Caller) -> Result<Json<Vec<Draft>>, Refusal> {
    program.may(Deed::Read)?;
    Ok(Json(kith.feed_drafts(program.operator.workspace).await?.into_iter().map(Draft::from).collect()))
}

/// Plan a draft
#[utoipa::path(post, path = "/feed-drafts/{id}/plan", params(("id" = String, Path)), request_body = DraftTime, responses((status = 201, body = Stored), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details), (status = 422, body = Details)))]
pub(super) async fn plan_draft(
    State(kith): State<Kith>,
    Caller(program): Caller,
    Path(id): Path<String>,
    time: Result<Json<DraftTime>, JsonRejection>,
) -> Result<(StatusCode, Json<Stored>), Refusal> {
    program.may(Deed::Plan)?;
    let DraftTime { at, text } = body(time)?;
    let planned = kith.settle_draft(&program.operator, &id, Some(&at), text.as_deref(), door(&program)).await??;
    let planned = planned.ok_or_else(|| Problem::Conflict("this draft was let go".into()))?;
    Ok((StatusCode::CREATED, Json(planned.into())))
}

/// Let a draft go: its entry is not announced
#[utoipa::path(post, path = "/feed-drafts/{id}/let-go", params(("id" = String, Path)), responses((status = 204), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details)))]
pub(super) async fn let_go(State(kith): State<Kith>, Caller(program): Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    program.may(Deed::Plan)?;
    kith.settle_draft(&program.operator, &id, None, None, door(&program)).await??;
    Ok(StatusCode::NO_CONTENT)
}

fn door(program: &Program) -> Door {
    Door::Api { key: program.key.clone() }
}

fn body<T>(given: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    given.map(|Json(value)| value).map_err(|error| Problem::Invalid { field: "body".into(), why: error.body_text() })
}

impl From<FeedLine> for Feed {
    fn from(line: FeedLine) -> Self {
        let FeedLine { id, name, url, channels, template, mode, windows, per_day, read_at, next_at, trouble, waiting, paused_at } = line;
        let text = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
        Self {
            id,
            name,
            url,
            channels,
            template,
            mode,
            windows,
            per_day,
            read_at: text(read_at),
            next_at: text(next_at),
            trouble,
            waiting,
            paused_at: text(paused_at),
        }
    }
}

impl From<FeedDraft> for Draft {
    fn from(draft: FeedDraft) -> Self {
        let FeedDraft { id, feed, text, link, published, trouble } = draft;
        Self { id, feed, text, link, published: published.map(|at| at.to_string()), trouble }
    }
}
