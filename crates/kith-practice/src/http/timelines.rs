//! Timelines: home, public, by hashtag.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;

use super::auth::{Me, Viewer};
use super::params::Params;
use super::problem::Problem;
use super::{Shared, page};
use crate::limits::TIMELINE_PAGE;
use crate::render;
use crate::server::Server;
use crate::world::{Id, Status, Visibility, World};

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v1/timelines/home", get(home))
        .route("/api/v1/timelines/public", get(public))
        .route("/api/v1/timelines/tag/{tag}", get(tag))
}

fn timeline(
    server: &Server,
    request: (&Uri, &HeaderMap, &Params),
    viewer: Option<Id>,
    wanted: impl Fn(&World, &Status) -> bool,
) -> Response {
    let (uri, headers, params) = request;
    let rows = server.see(|world| {
        let statuses = world.statuses.values().filter(|s| wanted(world, s));
        let page = page::asked(params, TIMELINE_PAGE).cut(statuses, |s| s.id);
        page.into_iter().map(|s| (s.id, render::status(world, s, viewer))).collect()
    });
    page::answer(uri, headers, params, rows)
}

async fn home(State(server): Shared, me: Me, uri: Uri, headers: HeaderMap, params: Params) -> Result<Response, Problem> {
    let request = (&uri, &headers, &params);
    Ok(timeline(&server, request, Some(me.account), |world, status| world.is_in_home(me.account, status)))
}

async fn public(State(server): Shared, Viewer(viewer): Viewer, uri: Uri, headers: HeaderMap, params: Params) -> Result<Response, Problem> {
    let flag = |name| params.flag(name).unwrap_or(false);
    let (local, remote, only_media) = (flag("local"), flag("remote"), flag("only_media"));
    Ok(timeline(&server, (&uri, &headers, &params), viewer, |world, status| {
        let is_local = world.accounts.get(&status.account).is_some_and(|a| a.domain.is_none());
        status.visibility == Visibility::Public
            && status.reblog_of.is_none()
            && status.in_reply_to.is_none()
            && (is_local || !local)
            && !(remote && is_local)
            && !(only_media && status.media.is_empty())
    }))
}

async fn tag(
    State(server): Shared,
    Viewer(viewer): Viewer,
    Path(tag): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let tag = tag.to_lowercase();
    Ok(timeline(&server, (&uri, &headers, &params), viewer, |_, status| {
        status.visibility == Visibility::Public && status.tags.contains(&tag)
    }))
}
