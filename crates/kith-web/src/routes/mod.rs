//! Routes: nouns, and for each one file. A handler extracts, makes one engine call, renders.

mod app;
mod arriving;
mod calls;
mod caps;
mod connect;
mod converse;
mod data;
mod feed_hub;
mod feeds;
mod hours;
mod inbox;
mod keys;
mod notices;
mod people;
mod people_who_help;
mod plan;
mod plan_file;
mod queue;
mod settings;
mod sign_in;
mod sources;
mod today;
mod typed;
mod write;
mod write_edit;
mod write_media;
mod you;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kith_engine::views::Told;
use kith_engine::{Kith, Problem, Visitor};
use serde::Deserialize;

pub(crate) use typed::Typed;

use crate::render::{self, Here, Shell};
use crate::{assets, live};

/// All routes.
pub(crate) fn all() -> Router<Kith> {
    Router::new()
        .merge(today::routes())
        .merge(app::routes())
        .merge(calls::routes())
        .merge(plan::routes())
        .merge(write::routes())
        .merge(write_media::routes())
        .merge(queue::routes())
        .merge(sources::routes())
        .merge(feeds::routes())
        .merge(hours::routes())
        .merge(feed_hub::routes())
        .merge(inbox::routes())
        .merge(converse::routes())
        .merge(notices::routes())
        .merge(settings::routes())
        .merge(caps::routes())
        .merge(connect::routes())
        .merge(people::routes())
        .merge(people_who_help::routes())
        .merge(you::routes())
        .merge(keys::routes())
        .merge(data::routes())
        .merge(sign_in::routes())
        .merge(crate::api::routes())
        .route("/events", get(live::events))
        .route("/health", get(health))
        .route("/styleguide", get(|| async { render::styleguide() }))
        .route("/assets/{hash}/{name}", get(assets::serve))
        .fallback(|| async { Failure::from(Problem::NotThere("This page does not exist. Perhaps the link is old.".into())) })
}

/// Routes that take large bodies, with the largest in bytes and the longest time in seconds.
pub(crate) fn large() -> (Router<Kith>, usize, u64) {
    (write_media::large().merge(plan_file::large()), write_media::UPLOADS_BYTES_MAX, write_media::UPLOADS_S_MAX)
}

/// A page or only its changing part: the same address, asked with `fragment`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Part {
    pub(crate) fragment: Option<String>,
    pub(crate) show: Option<String>,
    pub(crate) from: Option<String>,
    /// How a plan is shown: `week`, or as a list.
    pub(crate) view: Option<String>,
    /// The post that stands open beside the week.
    pub(crate) post: Option<String>,
    /// What was done on a planning page before.
    pub(crate) done: Option<String>,
    /// What was done on the page before.
    pub(crate) told: Option<Told>,
}

/// A problem as a page.
#[derive(Debug)]
pub(crate) struct Failure(Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, title) = match &self.0 {
            Problem::NotThere(_) => (StatusCode::NOT_FOUND, "Not here"),
            Problem::Refused(_) => (StatusCode::FORBIDDEN, "Not allowed"),
            Problem::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "Not quite"),
            Problem::SignIn(_) => (StatusCode::UNAUTHORIZED, "Please sign in"),
            Problem::Conflict(_) => (StatusCode::CONFLICT, "It has changed meanwhile"),
            Problem::NotNow(_) => (StatusCode::SERVICE_UNAVAILABLE, "Not now"),
            Problem::Internal { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong"),
        };
        (status, render::error(status.as_u16(), title, &self.0.to_string())).into_response()
    }
}

/// The field and the reason of what can be said beside a form; anything else is a page of its own.
pub(crate) fn beside(problem: Problem) -> Result<(String, String), Failure> {
    match problem {
        Problem::Invalid { field, why } => Ok((field, why)),
        Problem::Conflict(why) | Problem::Refused(why) | Problem::NotNow(why) => Ok((String::new(), why)),
        other => Err(other.into()),
    }
}

/// The frame of a page for this visitor.
pub(crate) async fn shell<'a>(kith: &Kith, title: &'a str, here: Here, visitor: &'a Visitor) -> Result<Shell<'a>, Failure> {
    let (owed, notices) = (kith.owed(visitor).await?, kith.notices_for(visitor).await);
    Ok(Shell {
        title,
        here,
        name: &visitor.name,
        workspace: &visitor.workspace_name,
        role: visitor.role(),
        owed,
        notices,
        lamp: kith.lamp(visitor).await?,
    })
}

async fn health(State(kith): State<Kith>) -> Response {
    let health = kith.health().await;
    let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(health)).into_response()
}
