//! Accounts: who they are, what they wrote, who follows whom.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::auth::{Me, Viewer};
use super::params::Params;
use super::problem::Problem;
use super::statuses::{ids, path_id};
use super::{Answer, Shared, page};
use crate::limits::{ACCOUNT_PAGE, TIMELINE_PAGE};
use crate::render;
use crate::server::Server;
use crate::world::{Account, Id, Refusal, Status, Visibility, World};

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v1/accounts/verify_credentials", get(verify))
        .route("/api/v1/accounts/lookup", get(lookup))
        .route("/api/v1/accounts/relationships", get(relationships))
        .route("/api/v1/accounts/search", get(search))
        .route("/api/v1/accounts/{id}", get(show))
        .route("/api/v1/accounts/{id}/statuses", get(statuses))
        .route("/api/v1/accounts/{id}/followers", get(followers))
        .route("/api/v1/accounts/{id}/following", get(following))
        .route("/api/v1/accounts/{id}/follow", post(follow))
        .route("/api/v1/accounts/{id}/unfollow", post(unfollow))
        .route("/api/v2/search", get(search_all))
}

async fn verify(State(server): Shared, me: Me) -> Answer {
    server.see(|world| {
        let account = world.accounts.get(&me.account).ok_or(Refusal::NotFound)?;
        Ok(Json(render::own_account(world, account)))
    })
}

async fn lookup(State(server): Shared, params: Params) -> Answer {
    server.see(|world| {
        let account = params.get("acct").and_then(|acct| world.account_by_acct(acct)).ok_or(Refusal::NotFound)?;
        Ok(Json(render::account(world, account)))
    })
}

async fn show(State(server): Shared, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| {
        let account = world.accounts.get(&id).ok_or(Refusal::NotFound)?;
        Ok(Json(render::account(world, account)))
    })
}

async fn relationships(State(server): Shared, me: Me, params: Params) -> Answer {
    let asked = ids(params.all("id"));
    Ok(Json(server.see(|world| {
        let known = asked.iter().take(ACCOUNT_PAGE.1).filter(|id| world.accounts.contains_key(id));
        known.map(|id| render::relationship(world, me.account, *id)).collect()
    })))
}

async fn statuses(
    State(server): Shared,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let id = path_id(&id)?;
    let flag = |name| params.flag(name).unwrap_or(false);
    let (no_replies, no_boosts) = (flag("exclude_replies"), flag("exclude_reblogs"));
    let (only_media, pinned) = (flag("only_media"), flag("pinned"));
    let tagged = params.filled("tagged").map(str::to_lowercase);
    let rows = server.see(|world| {
        if !world.accounts.contains_key(&id) {
            return Err(Refusal::NotFound);
        }
        let wanted = |s: &&Status| {
            s.account == id
                && !pinned
                && world.is_visible(viewer, s)
                && (s.visibility != Visibility::Direct || viewer == Some(id))
                && !(no_replies && s.in_reply_to.is_some() && s.in_reply_to_account != Some(id))
                && !(no_boosts && s.reblog_of.is_some())
                && !(only_media && s.media.is_empty())
                && tagged.as_ref().is_none_or(|tag| s.tags.contains(tag))
        };
        let page = page::asked(&params, TIMELINE_PAGE).cut(world.statuses.values().filter(wanted), |s| s.id);
        Ok(page.into_iter().map(|s| (s.id, render::status(world, s, viewer))).collect())
    })?;
    Ok(page::answer(&uri, &headers, &params, rows))
}

/// A page of the accounts at one end of the followings that `end` picks, by the followings' ids.
fn follow_page(server: &Server, request: (&Uri, &HeaderMap, &Params), end: impl Fn(&(Id, Id)) -> Option<Id>) -> Response {
    let (uri, headers, params) = request;
    let rows = server.see(|world| {
        let mut links: Vec<(Id, Id)> = world.follows.iter().filter_map(|(pair, id)| end(pair).map(|account| (*id, account))).collect();
        links.sort();
        let page = page::asked(params, ACCOUNT_PAGE).cut(links.into_iter(), |(id, _)| *id);
        page.into_iter().map(|(id, account)| (id, render::account_of(world, account))).collect()
    });
    page::answer(uri, headers, params, rows)
}

async fn followers(
    State(server): Shared,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let id = path_id(&id)?;
    Ok(follow_page(&server, (&uri, &headers, &params), |(who, whom)| (*whom == id).then_some(*who)))
}

async fn following(
    State(server): Shared,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let id = path_id(&id)?;
    Ok(follow_page(&server, (&uri, &headers, &params), |(who, whom)| (*who == id).then_some(*whom)))
}

async fn follow(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server
        .change(|world| {
            world.follow(me.account, id)?;
            Ok(Json(render::relationship(world, me.account, id)))
        })
        .await?
}

async fn unfollow(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server
        .change(|world| {
            world.unfollow(me.account, id)?;
            Ok(Json(render::relationship(world, me.account, id)))
        })
        .await?
}

fn find<'w>(world: &'w World, query: &str, limit: usize) -> Vec<&'w Account> {
    let wanted = query.trim().trim_start_matches('@').to_lowercase();
    let fits =
        |a: &&Account| !wanted.is_empty() && (a.acct().to_lowercase().contains(&wanted) || a.display_name.to_lowercase().contains(&wanted));
    world.accounts.values().filter(fits).take(limit).collect()
}

fn limit_of(params: &Params) -> usize {
    params.number("limit").unwrap_or(TIMELINE_PAGE.0).clamp(1, TIMELINE_PAGE.1)
}

async fn search(State(server): Shared, _me: Me, params: Params) -> Answer {
    Ok(Json(server.see(|world| {
        let found = find(world, params.get("q").unwrap_or_default(), limit_of(&params));
        found.into_iter().map(|a| render::account(world, a)).collect()
    })))
}

async fn search_all(State(server): Shared, Viewer(viewer): Viewer, params: Params) -> Answer {
    let query = params.get("q").unwrap_or_default().trim().to_owned();
    let limit = limit_of(&params);
    let wants = |kind: &str| params.filled("type").is_none_or(|asked| asked == kind);
    Ok(Json(server.see(|world| {
        let mut out = json!({ "accounts": [], "statuses": [], "hashtags": [] });
        if wants("accounts") {
            out["accounts"] = find(world, &query, limit).into_iter().map(|a| render::account(world, a)).collect();
        }
        if wants("statuses") && !query.is_empty() {
            let needle = query.to_lowercase();
            let by_address = |s: &&Status| query.ends_with(&format!("/{}", s.id));
            let by_text = |s: &&Status| s.text.to_lowercase().contains(&needle);
            let found = world.statuses.values().rev().filter(|s| s.reblog_of.is_none() && world.is_visible(viewer, s));
            let found = found.filter(|s| by_address(s) || by_text(s)).take(limit);
            out["statuses"] = found.map(|s| render::status(world, s, viewer)).collect();
        }
        if wants("hashtags") && !query.is_empty() {
            let needle = query.trim_start_matches('#').to_lowercase();
            let tags: std::collections::BTreeSet<&String> =
                world.statuses.values().flat_map(|s| &s.tags).filter(|t| t.contains(&needle)).collect();
            let tag = |name: &String| -> Value {
                json!({ "id": name, "name": name, "url": format!("{}/tags/{name}", world.base), "history": [], "following": false })
            };
            out["hashtags"] = tags.into_iter().take(limit).map(tag).collect();
        }
        out
    })))
}
