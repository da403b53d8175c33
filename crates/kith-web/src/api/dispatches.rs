//! Channels and deliveries: read, and call off.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use kith_domain::mandate::{Deed, Door};
use kith_engine::{DispatchQuery, EditedWords, Kith, Problem};

use super::program::{Caller, Refusal};
use super::wire::{Channel, Details, Dispatch, NewWords, Which, WholeDispatch};

/// Deliveries of one answer, unless the caller says otherwise, and at most.
const LIMIT_DEFAULT: u32 = 100;
/// The most that one answer has.
const LIMIT_MAX: u32 = 1_000;

/// The connected profiles
#[utoipa::path(get, path = "/channels", responses((status = 200, body = Vec<Channel>), (status = 401, body = Details)))]
pub(super) async fn channels(State(kith): State<Kith>, Caller(program): Caller) -> Result<Json<Vec<Channel>>, Refusal> {
    program.may(Deed::Read)?;
    Ok(Json(kith.channel_lines(program.operator.workspace).await?.into_iter().map(Channel::from).collect()))
}

/// Deliveries in the order of their time
#[utoipa::path(get, path = "/dispatches", params(Which), responses((status = 200, body = Vec<Dispatch>), (status = 401, body = Details), (status = 422, body = Details)))]
pub(super) async fn list(
    State(kith): State<Kith>,
    Caller(program): Caller,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<Dispatch>>, Refusal> {
    program.may(Deed::Read)?;
    let which = query(which)?;
    let asked = DispatchQuery {
        state: which.state.as_deref(),
        needs_you: which.needs_you,
        channel: which.channel.as_deref(),
        limit: which.limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX),
    };
    Ok(Json(kith.dispatch_list(program.operator.workspace, &asked).await?.into_iter().map(Dispatch::from).collect()))
}

/// One delivery with every attempt
#[utoipa::path(get, path = "/dispatches/{id}", params(("id" = String, Path)), responses((status = 200, body = WholeDispatch), (status = 401, body = Details), (status = 404, body = Details)))]
pub(super) async fn show(
    State(kith): State<Kith>,
    Caller(program): Caller,
    Path(id): Path<String>,
) -> Result<Json<WholeDispatch>, Refusal> {
    program.may(Deed::Read)?;
    Ok(Json(kith.dispatch_page(program.operator.workspace, &id).await?.into()))
}

/// Call one off before it goes out
#[utoipa::path(post, path = "/dispatches/{id}/cancel", params(("id" = String, Path)), responses((status = 200, body = Dispatch), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details), (status = 409, body = Details)))]
pub(super) async fn cancel(State(kith): State<Kith>, Caller(program): Caller, Path(id): Path<String>) -> Result<Json<Dispatch>, Refusal> {
    program.may(Deed::Plan)?;
    Ok(Json(kith.cancel(&program.operator, &id).await?.into()))
}

/// Hold one back, with its other channels, until a person lets it go
#[utoipa::path(post, path = "/dispatches/{id}/hold", params(("id" = String, Path)), responses((status = 200, body = Dispatch), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details), (status = 409, body = Details)))]
pub(super) async fn hold(State(kith): State<Kith>, Caller(program): Caller, Path(id): Path<String>) -> Result<Json<Dispatch>, Refusal> {
    program.may(Deed::Plan)?;
    Ok(Json(kith.hold(&program.operator, &id).await?.into()))
}

/// Change the words of one that has not gone out; it waits for the owner's yes then
#[utoipa::path(put, path = "/dispatches/{id}/words", params(("id" = String, Path)), request_body = NewWords, responses((status = 200, body = Dispatch), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details), (status = 409, body = Details), (status = 422, body = Details)))]
pub(super) async fn words(
    State(kith): State<Kith>,
    Caller(program): Caller,
    Path(id): Path<String>,
    words: Result<Json<NewWords>, JsonRejection>,
) -> Result<Json<Dispatch>, Refusal> {
    program.may(Deed::Plan)?;
    let Json(words) = words.map_err(|error| Problem::Invalid { field: "body".into(), why: error.body_text() })?;
    let words = EditedWords { text: words.text, warning: words.cw, no_link_check: words.no_link_check };
    Ok(Json(kith.edit_words(&program.operator, &id, &words, Door::Api { key: program.key.clone() }).await??.into()))
}

/// A query, or what is wrong with it.
pub(super) fn query<T>(given: Result<Query<T>, QueryRejection>) -> Result<T, Refusal> {
    given.map(|Query(value)| value).map_err(|error| Problem::Invalid { field: "query".into(), why: error.body_text() }.into())
}
