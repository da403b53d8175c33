//! The practice network's own doors: faults, revoked tokens, people made to act, time moved by hand.
//!
//! They are no part of the Mastodon API and need no token: the server listens on loopback and holds nothing real.

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::oauth::{take_back, token_json};
use super::problem::Problem;
use super::{Answer, Shared, settle};
use crate::faults::Rule;
use crate::render;
use crate::server::Server;
use crate::world::{Account, Draft, Id, Refusal, Visibility, World};

/// Furthest a manual clock is moved in one request.
const ADVANCE_SECONDS_MAX: i64 = 366 * 24 * 3600;

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/practice/state", get(state))
        .route("/practice/people", get(people))
        .route("/practice/faults", get(faults).post(arm))
        .route("/practice/faults/reset", post(reset))
        .route("/practice/revoke", post(revoke))
        .route("/practice/token", post(token))
        .route("/practice/act", post(act))
        .route("/practice/clock/advance", post(advance))
}

async fn state(State(server): Shared) -> Json<Value> {
    let late = server.late_dues().len();
    Json(server.see(|world| {
        let owner = world.owner;
        let own: Vec<Value> = world
            .statuses
            .values()
            .filter(|s| s.account == owner && s.reblog_of.is_none())
            .map(|s| {
                json!({
                    "id": s.id.to_string(),
                    "created_at": render::instant(s.created_at),
                    "text": s.text,
                    "spoiler_text": s.spoiler,
                    "visibility": s.visibility.name(),
                    "in_reply_to_id": s.in_reply_to.map(|id| id.to_string()),
                    "media": s.media.len(),
                    "replies": world.replies_to(s),
                    "favourites": s.favourited_by.len(),
                    "reblogs": s.reblogged_by.len(),
                })
            })
            .collect();
        json!({
            "now": render::instant(world.now),
            "accounts": world.accounts.len(),
            "statuses": world.statuses.len(),
            "notifications": world.notifications.len(),
            "media": world.media.len(),
            "owner_followers": world.follows.keys().filter(|(_, whom)| *whom == owner).count(),
            "late_requests": late,
            "stats": world.stats,
            "owner_statuses": own,
        })
    }))
}

async fn people(State(server): Shared) -> Json<Value> {
    Json(server.see(|world| {
        world
            .people
            .values()
            .filter_map(|person| world.accounts.get(&person.id).map(|account| (person, account)))
            .map(|(person, account)| {
                json!({
                    "handle": account.acct(),
                    "id": account.id.to_string(),
                    "name": account.display_name,
                    "kind": person.kind,
                    "zone": person.zone,
                    "interests": person.interests,
                    "follows_owner": world.follows(person.id, world.owner),
                    "regard": person.regard,
                    "waiting": person.waiting.len(),
                    "drifted": person.drifted_at.is_some(),
                })
            })
            .collect()
    }))
}

async fn faults(State(server): Shared) -> Json<Value> {
    let faults = server.faults.lock().unwrap_or_else(PoisonError::into_inner);
    Json(json!(*faults))
}

async fn arm(State(server): Shared, body: axum::body::Bytes) -> Answer {
    let rule: Rule = read(&body)?;
    if !server.faults.lock().unwrap_or_else(PoisonError::into_inner).arm(rule) {
        return Err(Problem::Bad("Too many fault rules are in force. POST /practice/faults/reset ends them.".to_owned()));
    }
    Ok(Json(json!({})))
}

async fn reset(State(server): Shared) -> Json<Value> {
    server.faults.lock().unwrap_or_else(PoisonError::into_inner).reset();
    Json(json!({}))
}

#[derive(Deserialize)]
struct Revoke {
    token: String,
}

async fn revoke(State(server): Shared, body: axum::body::Bytes) -> Answer {
    let asked: Revoke = read(&body)?;
    let was_good = take_back(&server, &asked.token).await?;
    Ok(Json(json!({ "revoked": was_good })))
}

#[derive(Deserialize)]
struct ActAs {
    #[serde(rename = "as")]
    handle: String,
}

/// A token for any account, so that a test can act as a simulated person through the API itself.
async fn token(State(server): Shared, body: axum::body::Bytes) -> Answer {
    let asked: ActAs = read(&body)?;
    server
        .change(|world| {
            let id = somebody(world, &asked.handle)?.id;
            let app = Some(("Practice".to_owned(), None));
            let (token, grant) = world.give_token(Some(id), "read write follow push".to_owned(), app, None);
            Ok(Json(token_json(&token, &grant)))
        })
        .await?
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Deed {
    Reply,
    Like,
    Unlike,
    Boost,
    Unboost,
    Follow,
    Unfollow,
    Dm,
    Mention,
    Quote,
    Edit,
    Delete,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(rename = "as")]
    handle: String,
    #[serde(rename = "do")]
    deed: Deed,
    #[serde(default)]
    status_id: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

/// Makes somebody do something to the owner now. Answers with what came of it: a status, or `{}`.
async fn act(State(server): Shared, body: axum::body::Bytes) -> Answer {
    let order: Order = read(&body)?;
    server.change(|world| carry_out(world, &order)).await?
}

fn carry_out(world: &mut World, order: &Order) -> Answer {
    let who = somebody(world, &order.handle)?.id;
    let owner = world.owner;
    let target = order.status_id.as_deref().map(|id| id.parse().unwrap_or(Id(0)));
    let needed = || target.ok_or_else(|| Problem::Bad("This needs a status_id.".to_owned()));
    let said = order.text.clone().unwrap_or_else(|| "hello".to_owned());
    let name = world.accounts.get(&owner).map(|a| a.username.clone()).unwrap_or_default();
    let named = if said.contains(&format!("@{name}")) { said.clone() } else { format!("@{name} {said}") };
    let made = match order.deed {
        Deed::Reply => {
            let parent = world.visible_status(Some(who), needed()?).ok_or(Refusal::NotFound)?;
            let (visibility, in_reply_to) = (parent.visibility, Some(parent.id));
            Some(world.publish(who, Draft { visibility, in_reply_to, ..Draft::text(named) })?)
        }
        Deed::Mention => Some(world.publish(who, Draft::text(named))?),
        Deed::Quote => {
            let address = quoted_address(world, needed()?)?;
            Some(world.publish(who, Draft::text(format!("{named}\n\nRE: {address}")))?)
        }
        Deed::Dm => {
            let draft = Draft { visibility: Visibility::Direct, in_reply_to: target, ..Draft::text(named) };
            Some(world.publish(who, draft)?)
        }
        Deed::Like | Deed::Unlike => {
            world.favourite(who, needed()?, order.deed == Deed::Like)?;
            None
        }
        Deed::Boost => Some(world.reblog(who, needed()?)?),
        Deed::Unboost => {
            world.unreblog(who, needed()?)?;
            None
        }
        Deed::Follow => {
            world.follow(who, owner)?;
            None
        }
        Deed::Unfollow => {
            world.unfollow(who, owner)?;
            None
        }
        Deed::Edit => {
            let edit = crate::world::Edit { text: Some(named), ..crate::world::Edit::default() };
            world.edit(who, needed()?, edit)?;
            target
        }
        Deed::Delete => {
            world.delete(who, needed()?)?;
            None
        }
    };
    let status = made.and_then(|id| world.statuses.get(&id));
    Ok(Json(status.map_or_else(|| json!({}), |status| render::status(world, status, Some(who)))))
}

fn quoted_address(world: &World, id: Id) -> Result<String, Problem> {
    let status = world.statuses.get(&id).ok_or(Refusal::NotFound)?;
    let author = world.accounts.get(&status.account).ok_or(Refusal::NotFound)?;
    Ok(format!("{}/{id}", render::account_url(world, author)))
}

/// The account with this handle; `any` is the first neighbour who follows the owner, or the first there is.
fn somebody<'w>(world: &'w World, handle: &str) -> Result<&'w Account, Problem> {
    if handle == "any" {
        let neighbours = || world.people.values().filter(|p| !p.kind.is_machine());
        let first = neighbours().find(|p| world.follows(p.id, world.owner)).or_else(|| neighbours().next());
        return first.and_then(|p| world.accounts.get(&p.id)).ok_or(Problem::Refused(Refusal::NotFound));
    }
    world
        .account_by_acct(handle)
        .ok_or_else(|| Problem::Bad(format!("Nobody here is called {handle}. GET /practice/people lists everybody.")))
}

#[derive(Deserialize)]
struct Advance {
    seconds: i64,
}

async fn advance(State(server): Shared, body: axum::body::Bytes) -> Answer {
    let asked: Advance = read(&body)?;
    if !(0..=ADVANCE_SECONDS_MAX).contains(&asked.seconds) {
        return Err(Problem::Bad(format!("seconds must lie between 0 and {ADVANCE_SECONDS_MAX}.")));
    }
    if !server.clock.advance(SignedDuration::from_secs(asked.seconds)) {
        return Err(Problem::Bad("This server's clock runs by itself and cannot be moved by hand.".to_owned()));
    }
    let version = server.tick();
    settle(&server).await;
    server.keeper.save(&server.world, version).await?;
    Ok(Json(json!({ "now": render::instant(server.see(|world| world.now)) })))
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::Bad(format!("This request cannot be understood: {error}.")))
}
