//! Statuses: write, read, change, take back, like, boost, vote.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::auth::{Me, Viewer};
use super::params::Params;
use super::problem::Problem;
use super::{Answer, Shared, page};
use crate::limits::{ACCOUNT_PAGE, ALT_CHARS_MAX};
use crate::render;
use crate::server::Server;
use crate::world::{Draft, Edit, Id, PollDraft, Refusal, Revision, Visibility, World};

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v1/statuses", post(create))
        .route("/api/v1/statuses/{id}", get(show).put(change).delete(delete))
        .route("/api/v1/statuses/{id}/context", get(context))
        .route("/api/v1/statuses/{id}/history", get(history))
        .route("/api/v1/statuses/{id}/source", get(source))
        .route("/api/v1/statuses/{id}/favourite", post(favourite))
        .route("/api/v1/statuses/{id}/unfavourite", post(unfavourite))
        .route("/api/v1/statuses/{id}/reblog", post(reblog))
        .route("/api/v1/statuses/{id}/unreblog", post(unreblog))
        .route("/api/v1/statuses/{id}/favourited_by", get(favourited_by))
        .route("/api/v1/statuses/{id}/reblogged_by", get(reblogged_by))
        .route("/api/v1/polls/{id}", get(poll))
        .route("/api/v1/polls/{id}/votes", post(vote))
}

/// An id from a path; one that is none finds nothing.
pub(super) fn path_id(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::Refused(Refusal::NotFound))
}

fn rendered(world: &World, id: Id, viewer: Option<Id>) -> Result<Json<Value>, Problem> {
    let status = world.visible_status(viewer, id).ok_or(Refusal::NotFound)?;
    Ok(Json(render::status(world, status, viewer)))
}

async fn create(State(server): Shared, me: Me, headers: HeaderMap, params: Params) -> Answer {
    let key = headers.get(&IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok()).map(str::to_owned);
    let draft = read_draft(&me, &params)?;
    server
        .change(|world| {
            let id = world.publish_once(me.account, key, draft)?;
            rendered(world, id, Some(me.account))
        })
        .await?
}

fn read_draft(me: &Me, params: &Params) -> Result<Draft, Problem> {
    let invalid = |text: &str| Problem::Refused(Refusal::Invalid(text.to_owned()));
    if params.filled("scheduled_at").is_some() {
        return Err(invalid("Scheduled at is not supported by this server"));
    }
    let visibility = match params.filled("visibility") {
        None => Visibility::Public,
        Some(name) => Visibility::parse(name).ok_or_else(|| invalid("Visibility is not included in the list"))?,
    };
    let poll = params.has("poll").then(|| PollDraft {
        options: params.all("poll[options]").into_iter().map(str::to_owned).collect(),
        multiple: params.flag("poll[multiple]").unwrap_or(false),
        seconds: params.number("poll[expires_in]").unwrap_or(0),
    });
    Ok(Draft {
        text: params.get("status").unwrap_or_default().to_owned(),
        spoiler: params.get("spoiler_text").unwrap_or_default().to_owned(),
        sensitive: params.flag("sensitive").unwrap_or(false),
        visibility,
        language: params.filled("language").map(str::to_owned).or_else(|| Some("en".to_owned())),
        in_reply_to: params.id("in_reply_to_id"),
        media: ids(params.all("media_ids")),
        poll,
        application: me.grant.app.clone(),
    })
}

/// Ids of a list; something that is none counts as an id that does not exist.
pub(super) fn ids(texts: Vec<&str>) -> Vec<Id> {
    texts.into_iter().filter(|text| !text.is_empty()).map(|text| text.parse().unwrap_or(Id(0))).collect()
}

async fn show(State(server): Shared, Viewer(viewer): Viewer, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| rendered(world, id, viewer))
}

async fn change(State(server): Shared, me: Me, Path(id): Path<String>, params: Params) -> Answer {
    let id = path_id(&id)?;
    let described = params.all("media_attributes[][id]").into_iter().zip(params.all("media_attributes[][description]"));
    let descriptions: Vec<(Id, String)> =
        described.map(|(id, text)| (id.parse().unwrap_or(Id(0)), text.chars().take(ALT_CHARS_MAX).collect())).collect();
    let edit = Edit {
        text: params.get("status").map(str::to_owned),
        spoiler: params.get("spoiler_text").map(str::to_owned),
        sensitive: params.flag("sensitive"),
        language: params.filled("language").map(str::to_owned),
        media: params.has("media_ids").then(|| ids(params.all("media_ids"))),
        descriptions,
    };
    server
        .change(|world| {
            world.edit(me.account, id, edit)?;
            rendered(world, id, Some(me.account))
        })
        .await?
}

async fn delete(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server
        .change(|world| {
            let status = world.own_status(me.account, id)?;
            let mut value = render::status(world, status, Some(me.account));
            value["text"] = json!(status.text);
            world.delete(me.account, id)?;
            Ok(Json(value))
        })
        .await?
}

async fn context(State(server): Shared, Viewer(viewer): Viewer, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| {
        let status = world.visible_status(viewer, id).ok_or(Refusal::NotFound)?;
        let (above, below) = world.thread(viewer, status);
        let list = |statuses: Vec<_>| -> Vec<Value> { statuses.into_iter().map(|status| render::status(world, status, viewer)).collect() };
        Ok(Json(json!({ "ancestors": list(above), "descendants": list(below) })))
    })
}

async fn history(State(server): Shared, Viewer(viewer): Viewer, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| {
        let status = world.visible_status(viewer, id).ok_or(Refusal::NotFound)?;
        let present = Revision {
            at: status.edited_at.unwrap_or(status.created_at),
            text: status.text.clone(),
            spoiler: status.spoiler.clone(),
            sensitive: status.sensitive,
            media: status.media.clone(),
        };
        let revisions: Vec<Value> = status
            .history
            .iter()
            .chain([&present])
            .map(|revision| {
                json!({
                    "content": render::content(world, &revision.text),
                    "spoiler_text": revision.spoiler,
                    "sensitive": revision.sensitive,
                    "created_at": render::instant(revision.at),
                    "account": render::account_of(world, status.account),
                    "media_attachments": render::attachments(world, &revision.media),
                    "emojis": [],
                })
            })
            .collect();
        Ok(Json(Value::from(revisions)))
    })
}

async fn source(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| {
        let status = world.own_status(me.account, id)?;
        Ok(Json(json!({ "id": id.to_string(), "text": status.text, "spoiler_text": status.spoiler })))
    })
}

async fn favourite(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    like(&server, me.account, &id, true).await
}

async fn unfavourite(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    like(&server, me.account, &id, false).await
}

async fn like(server: &Server, me: Id, id: &str, on: bool) -> Answer {
    let id = path_id(id)?;
    server
        .change(|world| {
            world.favourite(me, id, on)?;
            rendered(world, id, Some(me))
        })
        .await?
}

async fn reblog(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server
        .change(|world| {
            let boost = world.reblog(me.account, id)?;
            rendered(world, boost, Some(me.account))
        })
        .await?
}

async fn unreblog(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server
        .change(|world| {
            world.unreblog(me.account, id)?;
            rendered(world, id, Some(me.account))
        })
        .await?
}

async fn favourited_by(
    State(server): Shared,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let id = path_id(&id)?;
    let rows = server.see(|world| {
        let status = world.visible_status(viewer, id).ok_or(Refusal::NotFound)?;
        let asked = page::asked(&params, ACCOUNT_PAGE);
        let page = asked.cut(status.favourited_by.iter().copied(), |id| *id);
        Ok::<_, Problem>(page.into_iter().map(|id| (id, render::account_of(world, id))).collect())
    })?;
    Ok(page::answer(&uri, &headers, &params, rows))
}

async fn reblogged_by(
    State(server): Shared,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let id = path_id(&id)?;
    let rows = server.see(|world| {
        let status = world.visible_status(viewer, id).ok_or(Refusal::NotFound)?;
        let asked = page::asked(&params, ACCOUNT_PAGE);
        let page = asked.cut(status.reblogged_by.keys().copied(), |id| *id);
        Ok::<_, Problem>(page.into_iter().map(|id| (id, render::account_of(world, id))).collect())
    })?;
    Ok(page::answer(&uri, &headers, &params, rows))
}

fn rendered_poll(world: &World, poll: Id, viewer: Option<Id>) -> Result<Json<Value>, Problem> {
    let found = world.statuses.values().filter(|s| world.is_visible(viewer, s)).find_map(|s| s.poll.as_ref().filter(|p| p.id == poll));
    Ok(Json(render::poll(world, found.ok_or(Refusal::NotFound)?, viewer)))
}

async fn poll(State(server): Shared, Viewer(viewer): Viewer, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| rendered_poll(world, id, viewer))
}

async fn vote(State(server): Shared, me: Me, Path(id): Path<String>, params: Params) -> Answer {
    let id = path_id(&id)?;
    let choices = params.all("choices").iter().filter_map(|choice| choice.parse().ok()).collect();
    server
        .change(|world| {
            world.vote(me.account, id, choices)?;
            rendered_poll(world, id, Some(me.account))
        })
        .await?
}
