//! `/write`: a post is typed, looked at, and planned. Looking stores nothing; whatever is wrong, the words stay.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use kith_engine::{ComposeWhen, Composed, Kith, Problem};
use maud::Markup;

use super::typed::Typed;
use super::{Failure, shell};
use crate::render::{self, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/write", get(empty).post(press))
}

async fn empty(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Markup, Failure> {
    let view = kith.write_page(&visitor).await?;
    let mut typed = Typed::default();
    // With one channel there is nothing to choose.
    if let [only] = view.channels.as_slice() {
        typed = typed.with("on", &only.name);
    }
    Ok(render::write(&shell(&kith, "Write a post", Here::Plan, &visitor).await?, &view, &typed, None))
}

async fn press(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?;
    let post = composed(&typed);
    let (status, look) = if typed.get("do") == "plan" {
        match kith.plan_composed(&visitor, &post).await {
            Ok(Ok(())) => return Ok(Redirect::to(address(&post)).into_response()),
            Ok(Err(look)) => (StatusCode::UNPROCESSABLE_ENTITY, look),
            Err(problem @ (Problem::Conflict(_) | Problem::Refused(_) | Problem::NotNow(_))) => {
                (StatusCode::UNPROCESSABLE_ENTITY, with(kith.look(&visitor, &post).await?, &problem))
            }
            Err(problem) => return Err(problem.into()),
        }
    } else {
        (StatusCode::OK, kith.look(&visitor, &post).await?)
    };
    let view = kith.write_page(&visitor).await?;
    let shell = shell(&kith, "Write a post", Here::Plan, &visitor).await?;
    Ok((status, render::write(&shell, &view, &typed, Some(&look))).into_response())
}

/// Where the new post is seen.
fn address(post: &Composed) -> &'static str {
    match post.when {
        ComposeWhen::At(_) => "/plan?done=planned",
        ComposeWhen::Place(_) => "/plan/queue?done=added",
    }
}

fn with(mut look: kith_engine::views::LookView, problem: &Problem) -> kith_engine::views::LookView {
    let words = problem.to_string();
    look.findings.insert(0, kith_engine::views::FindingView { field: "plan".into(), words, refuses: true, reply: false });
    look
}

fn composed(typed: &Typed) -> Composed {
    let own = typed.beginning("text:").filter(|(_, text)| !text.trim().is_empty());
    let channels = typed.all("on");
    Composed {
        wordings: own
            .filter(|(name, _)| channels.iter().any(|on| on == name))
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect(),
        channels,
        text: typed.get("text").to_owned(),
        warning: typed.some("cw"),
        language: typed.some("lang"),
        when: match typed.get("when").strip_prefix("place:") {
            Some(category) => ComposeWhen::Place(category.to_owned()),
            None => ComposeWhen::At(typed.get("at").to_owned()),
        },
    }
}
