//! `/inbox`: who wrote, one conversation, and the answer.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::converse::Standing;
use kith_domain::ids::{ActId, ConversationId};
use kith_engine::{Kith, Pressed, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, Part, shell};
use crate::render::{self, Here, ReplyForm};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/inbox", get(list))
        .route("/inbox/{id}", get(one))
        .route("/inbox/{id}/reply", post(reply))
        .route("/inbox/{id}/draft", post(draft))
        .route("/inbox/{id}/closure", post(closure))
}

async fn list(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let standing = part.show.as_deref().and_then(Standing::from_stored).unwrap_or(Standing::Owed);
    let view = kith.inbox(&visitor, standing).await?;
    Ok(match part.fragment {
        Some(_) => render::inbox_live(&view, part.open.as_deref().and_then(|id| id.parse().ok())),
        None => render::inbox(&shell(&kith, "Inbox", Here::Inbox, &visitor).await?, &view),
    })
}

async fn one(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Markup, Failure> {
    let id = conversation_id(&id)?;
    let page = kith.conversation(&visitor, id).await?;
    if part.fragment.is_some() {
        return Ok(render::thread_live(&page));
    }
    let gesture = kith.new_gesture().to_string();
    let form = ReplyForm { gesture, text: &page.draft, problem: None, notice: None };
    let list = kith.inbox(&visitor, page.row.standing).await?;
    let shell = shell(&kith, &page.row.face.name, Here::Inbox, &visitor).await?;
    Ok(render::conversation(&shell, &list, &page, &form))
}

#[derive(Debug, Deserialize)]
struct Answer {
    gesture: String,
    text: String,
}

/// The person waits for the network. What could not be sent stays in the box, with the reason beside it.
async fn reply(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Result<Response, Failure> {
    let id = conversation_id(&id)?;
    match kith.press_send(visitor, &answer.gesture, id, &answer.text).await? {
        (_, Pressed::Sent) => Ok(Redirect::to(&format!("/inbox/{id}")).into_response()),
        (visitor, Pressed::Kept { gesture, why }) => again(&kith, &visitor, id, gesture, &answer.text, &why).await,
    }
}

async fn again(kith: &Kith, visitor: &Visitor, id: ConversationId, gesture: ActId, text: &str, why: &str) -> Result<Response, Failure> {
    let page = kith.conversation(visitor, id).await?;
    let list = kith.inbox(visitor, page.row.standing).await?;
    let form = ReplyForm { gesture: gesture.to_string(), text, problem: Some(why), notice: None };
    let shell = shell(kith, &page.row.face.name, Here::Inbox, visitor).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render::conversation(&shell, &list, &page, &form)).into_response())
}

#[derive(Debug, Deserialize)]
struct Draft {
    text: String,
}

async fn draft(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<StatusCode, Failure> {
    kith.save_draft(&visitor, conversation_id(&id)?, &draft.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
struct Closure {
    #[serde(default)]
    undo: Option<String>,
}

/// "No answer needed", and taking that back.
async fn closure(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(closure): Form<Closure>,
) -> Result<Redirect, Failure> {
    let id = conversation_id(&id)?;
    if closure.undo.is_some() {
        kith.reopen(&visitor, id).await?;
        return Ok(Redirect::to(&format!("/inbox/{id}")));
    }
    kith.close(&visitor, id).await?;
    Ok(Redirect::to("/inbox"))
}

fn conversation_id(text: &str) -> Result<ConversationId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is no such conversation.".into()).into())
}
