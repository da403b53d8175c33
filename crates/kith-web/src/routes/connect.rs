//! `/settings/connect`: to a server's own page and back, or by a token; nothing is kept before a press on our page.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::ids::ChannelId;
use kith_domain::mandate::Deed;
use kith_engine::{BroughtBack, Kith, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, beside, shell};
use crate::render::{self, ConnectTyped, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/settings/connect", get(page))
        .route("/settings/connect/answer", get(answer))
        .route("/oauth/client-metadata.json", get(document))
        .route("/settings/connect/keep", post(keep))
        .route("/settings/connect/practice", post(practice))
        .route("/settings/connect/{network}", post(begin))
        .route("/settings/connect/{network}/fields", post(by_fields))
        .route("/settings/channels/{id}/again", post(again))
}

/// Who may not connect channels has no such page: a forged press is refused, not answered with the form.
fn administers(visitor: &Visitor) -> Result<(), Problem> {
    visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))
}

async fn draw(kith: &Kith, visitor: &Visitor, form: &ConnectTyped<'_>) -> Result<Markup, Failure> {
    let shell = shell(kith, "Connect a channel", Here::Settings, visitor).await?;
    let practice = kith.practice().map(|(_, address)| address);
    Ok(render::connect(&shell, &kith.consent_cards(), &kith.fields_cards(), practice, form))
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Markup, Failure> {
    administers(&visitor)?;
    draw(&kith, &visitor, &ConnectTyped::default()).await
}

/// What the form asked for: the field that names the server, whatever the network calls it.
async fn begin(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(network): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Failure> {
    administers(&visitor)?;
    let server = typed.values().next().map_or("", String::as_str);
    match kith.begin_connect(&visitor, &network, server, None).await {
        Ok(away) => Ok(render::sent_away(&away).into_response()),
        Err(problem) => {
            let (field, why) = beside(problem)?;
            let form = ConnectTyped { form: &network, typed: typed.clone(), wrong: Some((&field, &why)) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&kith, &visitor, &form).await?).into_response())
        }
    }
}

async fn practice(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Response, Failure> {
    let (network, address) =
        kith.practice().ok_or_else(|| Problem::NotThere("No practice network runs beside this Kith. Try: kith demo --fresh".into()))?;
    let (network, address) = (network.to_owned(), address.to_owned());
    Ok(render::sent_away(&kith.begin_connect(&visitor, &network, &address, None).await?).into_response())
}

/// The same for a channel that must be signed in again.
async fn again(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    let id: ChannelId = id.parse().map_err(|_| Problem::NotThere("There is no such channel.".into()))?;
    Ok(render::sent_away(&kith.connect_again(&visitor, id).await?).into_response())
}

/// What servers read of this Kith before they let it in; open to everybody.
async fn document(State(kith): State<Kith>) -> Result<Response, Failure> {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, kith.consent_document().await?).into_response())
}

/// Some servers send people back to this machine by its number, where a browser that knows it as `localhost` is not signed
/// in: they are sent on to the name.
struct ByName;

impl FromRequestParts<Kith> for ByName {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, kith: &Kith) -> Result<Self, Response> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let by_number = host.strip_prefix("127.0.0.1").is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
        let here = kith.public_url();
        if by_number && (here == "http://localhost" || here.starts_with("http://localhost:")) {
            let path = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
            return Err(Redirect::to(&format!("{here}{path}")).into_response());
        }
        Ok(Self)
    }
}

/// Where a server sends people back to. It uses up what they brought, and keeps no channel.
async fn answer(
    State(kith): State<Kith>,
    _: ByName,
    SignedIn(visitor): SignedIn,
    Query(back): Query<BroughtBack>,
) -> Result<Response, Failure> {
    administers(&visitor)?;
    match kith.brought_back(&visitor, &back).await {
        Ok(offered) => {
            let shell = shell(&kith, "Is this the one?", Here::Settings, &visitor).await?;
            Ok(render::offered(&shell, &offered, None, None).into_response())
        }
        Err(problem) => {
            let (_, why) = beside(problem)?;
            let form = ConnectTyped { wrong: Some(("", &why)), ..ConnectTyped::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&kith, &visitor, &form).await?).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
struct Keep {
    key: String,
    #[serde(default)]
    name: String,
}

async fn keep(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(keep): Form<Keep>) -> Result<Response, Failure> {
    administers(&visitor)?;
    match kith.connect_offered(&visitor, &keep.key, &keep.name).await {
        Ok(_) => Ok(Redirect::to("/settings?done=connected").into_response()),
        Err(problem @ Problem::Refused(_)) => {
            let form = ConnectTyped { wrong: Some(("", &problem.to_string())), ..ConnectTyped::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&kith, &visitor, &form).await?).into_response())
        }
        Err(problem) => {
            let (_, why) = beside(problem)?;
            let offered = kith.offered(&visitor, &keep.key).await?;
            let shell = shell(&kith, "Is this the one?", Here::Settings, &visitor).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render::offered(&shell, &offered, Some(&keep.name), Some(&why))).into_response())
        }
    }
}

async fn by_fields(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(network): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Failure> {
    administers(&visitor)?;
    match kith.connect_by_fields(&visitor, &network, &typed).await {
        Ok(()) => Ok(Redirect::to("/settings?done=connected").into_response()),
        Err(problem) => {
            let (field, why) = beside(problem)?;
            let name = format!("{network}-fields");
            let form = ConnectTyped { form: &name, typed, wrong: Some((&field, &why)) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&kith, &visitor, &form).await?).into_response())
        }
    }
}
