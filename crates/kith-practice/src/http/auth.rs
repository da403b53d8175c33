//! Who is asking: the access token of a request.
//!
//! The token comes from the `Authorization` header or the `access_token` parameter. Reading needs a scope that begins
//! with `read`, changing one that begins with `write` or `follow`; finer scopes are not told apart.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::params::Params;
use super::problem::Problem;
use crate::server::Server;
use crate::world::{Grant, Id};

/// The account behind the request's token.
#[derive(Debug, Clone)]
pub(crate) struct Me {
    pub account: Id,
    pub grant: Grant,
}

/// The account behind the request's token, if it carries one at all.
#[derive(Debug, Clone)]
pub(crate) struct Viewer(pub Option<Id>);

/// A good token of a person or of an application alone.
#[derive(Debug, Clone)]
pub(crate) struct Bearer(pub Grant);

impl FromRequestParts<Arc<Server>> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let token = token_of(&parts.headers, parts.uri.query()).ok_or(Problem::Token)?;
        let grant = server.see(|world| world.tokens.get(&token).cloned()).ok_or(Problem::Token)?;
        Ok(Self(grant))
    }
}

impl FromRequestParts<Arc<Server>> for Me {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let Bearer(grant) = Bearer::from_request_parts(parts, server).await?;
        let account = grant.account.ok_or(Problem::NoUser)?;
        let reading = parts.method == Method::GET || parts.method == Method::HEAD;
        let allowed = grant.scopes.split([' ', '+', ',']).any(|scope| {
            if reading {
                scope.starts_with("read") || scope.starts_with("profile") || scope == "follow"
            } else {
                scope.starts_with("write") || scope == "follow"
            }
        });
        if allowed { Ok(Self { account, grant }) } else { Err(Problem::Scope) }
    }
}

impl FromRequestParts<Arc<Server>> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        if token_of(&parts.headers, parts.uri.query()).is_none() {
            return Ok(Self(None));
        }
        let Bearer(grant) = Bearer::from_request_parts(parts, server).await?;
        Ok(Self(grant.account))
    }
}

/// The token a request carries.
pub(crate) fn token_of(headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    bearer.or_else(|| Params::of_query(query).filled("access_token").map(str::to_owned))
}
