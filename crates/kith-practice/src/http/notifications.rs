//! Notifications and conversations (threads of direct messages).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::json;

use super::auth::Me;
use super::params::Params;
use super::problem::Problem;
use super::statuses::path_id;
use super::{Answer, Shared, page};
use crate::limits::{NOTIFICATION_PAGE, TIMELINE_PAGE};
use crate::render;
use crate::server::Server;
use crate::world::{Notification, Refusal};

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v1/notifications", get(list))
        .route("/api/v1/notifications/unread_count", get(count))
        .route("/api/v1/notifications/clear", post(clear))
        .route("/api/v1/notifications/{id}", get(show))
        .route("/api/v1/notifications/{id}/dismiss", post(dismiss))
        .route("/api/v1/conversations", get(conversations))
        .route("/api/v1/conversations/{id}", delete(forget))
        .route("/api/v1/conversations/{id}/read", post(read))
}

async fn list(State(server): Shared, me: Me, uri: Uri, headers: HeaderMap, params: Params) -> Result<Response, Problem> {
    let (types, excluded) = (params.all("types"), params.all("exclude_types"));
    let from = params.id("account_id");
    let wanted = |n: &&Notification| {
        n.to == me.account
            && (types.is_empty() || types.contains(&n.kind.name()))
            && !excluded.contains(&n.kind.name())
            && from.is_none_or(|from| n.from == from)
    };
    let rows = server.see(|world| {
        let page = page::asked(&params, NOTIFICATION_PAGE).cut(world.notifications.values().filter(wanted), |n| n.id);
        page.into_iter().map(|n| (n.id, render::notification(world, n))).collect()
    });
    Ok(page::answer(&uri, &headers, &params, rows))
}

async fn count(State(server): Shared, me: Me) -> Answer {
    let count = server.see(|world| world.notifications.values().filter(|n| n.to == me.account).take(100).count());
    Ok(Json(json!({ "count": count })))
}

async fn show(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| {
        let found = world.notifications.get(&id).filter(|n| n.to == me.account).ok_or(Refusal::NotFound)?;
        Ok(Json(render::notification(world, found)))
    })
}

async fn clear(State(server): Shared, me: Me) -> Answer {
    server.change(|world| world.notifications.retain(|_, n| n.to != me.account)).await?;
    Ok(Json(json!({})))
}

async fn dismiss(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.change(|world| world.notifications.retain(|_, n| n.to != me.account || n.id != id)).await?;
    Ok(Json(json!({})))
}

async fn conversations(State(server): Shared, me: Me, uri: Uri, headers: HeaderMap, params: Params) -> Result<Response, Problem> {
    let rows = server.see(|world| {
        let threads = world.direct_threads(me.account);
        let page = page::asked(&params, TIMELINE_PAGE).cut(threads.into_iter(), |(_, last)| last.id);
        page.into_iter().map(|(root, last)| (last.id, render::conversation(world, me.account, root, last))).collect()
    });
    Ok(page::answer(&uri, &headers, &params, rows))
}

async fn read(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let root = path_id(&id)?;
    server
        .change(|world| {
            let threads = world.direct_threads(me.account);
            let newest = threads.iter().find(|(r, _)| *r == root).map(|(_, last)| last.id).ok_or(Refusal::NotFound)?;
            world.read_up_to.insert(root, newest);
            let last = world.statuses.get(&newest).ok_or(Refusal::NotFound)?;
            Ok(Json(render::conversation(world, me.account, root, last)))
        })
        .await?
}

async fn forget(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    // As on Mastodon the messages stay; here the conversation is only marked as read.
    let Json(_) = read(State(server), me, Path(id)).await?;
    Ok(Json(json!({})))
}
