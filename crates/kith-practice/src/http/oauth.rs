//! Signing in: applications, the authorisation page, tokens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use serde_json::{Value, json};

use super::auth::{Bearer, Me};
use super::params::Params;
use super::problem::Problem;
use super::{Answer, Shared};
use crate::markup::escaped;
use crate::render;
use crate::server::Server;
use crate::world::{App, AppDraft, ChallengeMethod, Code, CodeProof, Grant, Refusal, World};

const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v1/apps", post(register))
        .route("/api/v1/apps/verify_credentials", get(verify_app))
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/oauth/authorize", get(ask).post(approve))
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/userinfo", get(user_info))
}

async fn register(State(server): Shared, params: Params) -> Answer {
    let invalid = |text: &str| Problem::Refused(Refusal::Invalid(text.to_owned()));
    let name = params.filled("client_name").ok_or_else(|| invalid("Application name can't be blank"))?;
    let redirect_uris: Vec<String> =
        params.all("redirect_uris").iter().flat_map(|uris| uris.lines()).map(|uri| uri.trim().to_owned()).collect();
    let good = |uri: &String| uri == OUT_OF_BAND || url::Url::parse(uri).is_ok();
    if redirect_uris.is_empty() || !redirect_uris.iter().all(good) {
        return Err(invalid("Redirect URI must be an absolute URI."));
    }
    let draft = AppDraft {
        name: name.to_owned(),
        website: params.filled("website").map(str::to_owned),
        redirect_uris,
        scopes: params.filled("scopes").unwrap_or("read").to_owned(),
    };
    let app = server.change(|world| world.register_app(draft)).await?;
    let mut value = app_json(&app);
    value["client_id"] = json!(app.client_id);
    value["client_secret"] = json!(app.client_secret);
    value["client_secret_expires_at"] = json!(0);
    Ok(Json(value))
}

fn app_json(app: &App) -> Value {
    json!({
        "id": app.id.to_string(),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes.split_whitespace().collect::<Vec<_>>(),
        "redirect_uris": app.redirect_uris,
        "redirect_uri": app.redirect_uris.join("\n"),
        "vapid_key": "",
    })
}

async fn verify_app(State(server): Shared, Bearer(grant): Bearer) -> Answer {
    let app = grant.client_id.and_then(|id| server.see(|world| world.app(&id).cloned()));
    match (app, grant.app) {
        (Some(app), _) => Ok(Json(app_json(&app))),
        (None, Some((name, website))) => Ok(Json(json!({
            "id": "0", "name": name, "website": website, "scopes": grant.scopes.split_whitespace().collect::<Vec<_>>(),
            "redirect_uris": [OUT_OF_BAND], "redirect_uri": OUT_OF_BAND, "vapid_key": "",
        }))),
        (None, None) => Err(Problem::Token),
    }
}

async fn metadata(State(server): Shared) -> Json<Value> {
    let base = &server.base;
    Json(json!({
        "issuer": format!("{base}/"),
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "userinfo_endpoint": format!("{base}/oauth/userinfo"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "app_registration_endpoint": format!("{base}/api/v1/apps"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "scopes_supported": ["read", "write", "follow", "push", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn user_info(State(server): Shared, me: Me) -> Answer {
    server.see(|world| {
        let account = world.accounts.get(&me.account).ok_or(Refusal::NotFound)?;
        let url = render::account_url(world, account);
        Ok(Json(json!({
            "iss": format!("{}/", server.base),
            "sub": url,
            "name": account.display_name,
            "preferred_username": account.username,
            "profile": url,
            "picture": format!("{}/avatars/{}.png", server.base, account.id),
        })))
    })
}

/// What an application asks for, once it is found to be in order.
struct Asked {
    app: App,
    redirect_uri: String,
    scopes: String,
    challenge: Option<(ChallengeMethod, String)>,
    state: Option<String>,
}

fn read_ask(world: &World, params: &Params) -> Result<Asked, Problem> {
    let refused = |error, text| Problem::SignIn(StatusCode::BAD_REQUEST, error, text);
    if params.get("response_type") != Some("code") {
        let text = "The authorization server does not support this response type.";
        return Err(refused("unsupported_response_type", text));
    }
    let app = params.get("client_id").and_then(|id| world.app(id)).ok_or(Problem::SignIn(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        "Client authentication failed due to unknown client.",
    ))?;
    let redirect_uri = params.get("redirect_uri").unwrap_or_default();
    if !app.redirect_uris.iter().any(|uri| uri == redirect_uri) {
        return Err(refused("invalid_redirect_uri", "The requested redirect uri is malformed or doesn't match client redirect URI."));
    }
    let scopes = params.filled("scope").unwrap_or("read");
    let allowed = |scope: &str| {
        let family = scope.split(':').next().unwrap_or_default();
        app.scopes.split_whitespace().any(|granted| granted == scope || granted == family)
    };
    if !scopes.split_whitespace().all(allowed) {
        return Err(refused("invalid_scope", "The requested scope is invalid, unknown, or malformed."));
    }
    let challenge = match (params.filled("code_challenge"), params.filled("code_challenge_method")) {
        (None, _) => None,
        (Some(challenge), Some("S256")) => Some((ChallengeMethod::S256, challenge.to_owned())),
        (Some(challenge), None | Some("plain")) => Some((ChallengeMethod::Plain, challenge.to_owned())),
        (Some(_), Some(_)) => {
            return Err(refused("invalid_code_challenge_method", "The code challenge method must be S256."));
        }
    };
    Ok(Asked {
        app: app.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes: scopes.to_owned(),
        challenge,
        state: params.filled("state").map(str::to_owned),
    })
}

async fn ask(State(server): Shared, params: Params) -> Result<Response, Problem> {
    let (asked, owner) = server.see(|world| {
        let owner = world.accounts.get(&world.owner).map(|a| a.display_name.clone()).unwrap_or_default();
        read_ask(world, &params).map(|asked| (asked, owner))
    })?;
    let names = ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];
    let mut hidden = String::new();
    for (name, value) in names.iter().filter_map(|name| params.get(name).map(|value| (name, value))) {
        hidden.extend(["<input type=\"hidden\" name=\"", name, "\" value=\"", &escaped(value), "\">"]);
    }
    let (app, owner, scopes) = (escaped(&asked.app.name), escaped(&owner), escaped(&asked.scopes));
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Authorization required</title>\
         <h1>Authorization required</h1><p>{app} would like to use the account of {owner} ({scopes}).</p>\
         <form method=\"post\" action=\"/oauth/authorize\">{hidden}\
         <button type=\"submit\" name=\"decision\" value=\"authorize\">Authorize</button>\
         <button type=\"submit\" name=\"decision\" value=\"deny\">Deny</button></form></html>"
    );
    Ok(Html(page).into_response())
}

async fn approve(State(server): Shared, params: Params) -> Result<Response, Problem> {
    let asked = server.see(|world| read_ask(world, &params))?;
    let mut answer: Vec<(&str, String)> = Vec::new();
    if params.get("decision") == Some("deny") {
        answer.push(("error", "access_denied".to_owned()));
        answer.push(("error_description", "The resource owner or authorization server denied the request.".to_owned()));
    } else {
        let code = server
            .change(|world| {
                let code = Code {
                    client_id: asked.app.client_id.clone(),
                    redirect_uri: asked.redirect_uri.clone(),
                    scopes: asked.scopes.clone(),
                    challenge: asked.challenge.clone(),
                    account: world.owner,
                    made_at: world.now,
                };
                world.give_code(code)
            })
            .await?;
        if asked.redirect_uri == OUT_OF_BAND {
            let code = escaped(&code);
            return Ok(Html(format!("<!doctype html><title>Code</title><p>Copy this code: <code>{code}</code></p>")).into_response());
        }
        answer.push(("code", code));
    }
    answer.extend(asked.state.map(|state| ("state", state)));
    let mut target = url::Url::parse(&asked.redirect_uri).map_err(|error| Problem::Bad(error.to_string()))?;
    target.query_pairs_mut().extend_pairs(answer);
    Ok(Redirect::to(target.as_str()).into_response())
}

async fn token(State(server): Shared, headers: HeaderMap, params: Params) -> Answer {
    let (client_id, secret) = client_of(&headers, &params);
    let (token, grant) = match params.get("grant_type") {
        Some("authorization_code") => {
            let proof = CodeProof {
                code: params.get("code").unwrap_or_default(),
                client_id: &client_id,
                redirect_uri: params.get("redirect_uri").unwrap_or_default(),
                verifier: params.filled("code_verifier"),
            };
            server
                .change(|world| {
                    world.proven_app(&client_id, &secret)?;
                    world.exchange(&proof)
                })
                .await??
        }
        Some("client_credentials") => {
            let scopes = params.filled("scope").unwrap_or("read").to_owned();
            server
                .change(|world| {
                    let app = world.proven_app(&client_id, &secret)?;
                    let app = (app.name.clone(), app.website.clone());
                    Ok::<_, Problem>(world.give_token(None, scopes, Some(app), Some(client_id.clone())))
                })
                .await??
        }
        _ => {
            let text = "The authorization grant type is not supported by the authorization server.";
            return Err(Problem::SignIn(StatusCode::BAD_REQUEST, "unsupported_grant_type", text));
        }
    };
    Ok(Json(token_json(&token, &grant)))
}

/// Token.
pub(super) fn token_json(token: &str, grant: &Grant) -> Value {
    json!({
        "access_token": token,
        "token_type": "Bearer",
        "scope": grant.scopes,
        "created_at": grant.made_at.as_second(),
    })
}

async fn revoke(State(server): Shared, headers: HeaderMap, params: Params) -> Answer {
    let (client_id, secret) = client_of(&headers, &params);
    let token = params.get("token").unwrap_or_default().to_owned();
    let mine = server.see(|world| {
        world.proven_app(&client_id, &secret).is_ok()
            && world.tokens.get(&token).is_none_or(|grant| grant.client_id.as_ref() == Some(&client_id))
    });
    if !mine {
        return Err(Problem::SignIn(StatusCode::FORBIDDEN, "unauthorized_client", "You are not authorized to revoke this token"));
    }
    take_back(&server, &token).await?;
    Ok(Json(json!({})))
}

/// Ends a token and the streams that hold it; true if it was good until now.
pub(super) async fn take_back(server: &Arc<Server>, token: &str) -> Result<bool, Problem> {
    let was_good = server.change(|world| world.tokens.remove(token).is_some()).await?;
    // Nobody streaming is no fault.
    let _ = server.revoked.send(token.to_owned());
    Ok(was_good)
}

/// Client id and secret, from the body or from basic authorisation.
fn client_of(headers: &HeaderMap, params: &Params) -> (String, String) {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| base64::engine::general_purpose::STANDARD.decode(encoded).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|pair| pair.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned())));
    basic.unwrap_or_else(|| {
        let of = |name| params.get(name).unwrap_or_default().to_owned();
        (of("client_id"), of("client_secret"))
    })
}
