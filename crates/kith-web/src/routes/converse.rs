//! What is done to a conversation besides answering: sorting and taking it back; and the acts on a message or a person.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use kith_domain::ids::{ActId, ConversationId, MessageId};
use kith_engine::{Acted, Kith, Problem, SortWish, Visitor};
use serde::Deserialize;

use super::Failure;
use super::inbox::{after, conversation_id, telling, whole};
use crate::render::{ReplyForm, Said};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/inbox/{id}/sort", post(sort))
        .route("/inbox/{id}/undo", post(undo))
        .route("/inbox/{id}/closure", post(closure))
        .route("/inbox/{id}/like", post(like))
        .route("/inbox/{id}/repost", post(repost))
        .route("/inbox/{id}/unlike", post(unlike))
        .route("/inbox/{id}/unrepost", post(unrepost))
        .route("/inbox/{id}/follow", post(follow))
        .route("/inbox/{id}/unfollow", post(unfollow))
        .route("/inbox/{id}/message", post(message))
}

#[derive(Debug, Deserialize)]
struct Sort {
    verb: String,
    #[serde(default)]
    when: String,
    begin: Option<u64>,
    /// A swipe in the list: it stays the list.
    list: Option<String>,
}

async fn sort(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Sort>,
) -> Result<Response, Failure> {
    let id = conversation_id(&id)?;
    let invalid = || Problem::Invalid { field: "verb".into(), why: "this page is broken; load it again".into() };
    let wish = SortWish::from_form(&form.verb, &form.when).ok_or_else(invalid)?;
    let said = match &wish {
        SortWish::Done => Said::Done,
        SortWish::NoAnswer => Said::NoAnswer,
        SortWish::Later(_) => Said::Later,
        SortWish::Machine => Said::Machine,
        SortWish::Person => Said::Person,
        SortWish::Reopen => Said::Reopen,
    };
    match kith.sort(&visitor, id, &wish).await {
        Ok(done) => {
            let goes_on = !matches!(wish, SortWish::Reopen | SortWish::Person);
            let to = match form.list {
                Some(_) => "/inbox".to_owned(),
                None => after(&kith, &visitor, id, form.begin, goes_on).await?,
            };
            Ok(Redirect::to(&telling(&to, said, id, done.change)).into_response())
        }
        Err(problem) => again(&kith, &visitor, id, problem).await,
    }
}

#[derive(Debug, Deserialize)]
struct Undo {
    change: i64,
    begin: Option<u64>,
}

async fn undo(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Undo>,
) -> Result<Redirect, Failure> {
    let id = conversation_id(&id)?;
    let said = match kith.undo_sort(&visitor, id, form.change).await {
        Ok(_) => Said::Undone,
        Err(Problem::Conflict(_)) => Said::Kept,
        Err(problem) => return Err(problem.into()),
    };
    let to = if form.begin.is_some() { format!("/begin?turn={id}") } else { format!("/inbox/{id}") };
    Ok(Redirect::to(&telling(&to, said, id, None)))
}

#[derive(Debug, Deserialize)]
struct Closure {
    #[serde(default)]
    undo: Option<String>,
}

/// "No answer needed" and taking that back, under their first address.
async fn closure(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(closure): Form<Closure>,
) -> Result<Redirect, Failure> {
    let id = conversation_id(&id)?;
    let (wish, to, said) = if closure.undo.is_some() {
        (SortWish::Reopen, format!("/inbox/{id}"), Said::Reopen)
    } else {
        (SortWish::NoAnswer, "/inbox".to_owned(), Said::NoAnswer)
    };
    let done = kith.sort(&visitor, id, &wish).await?;
    Ok(Redirect::to(&telling(&to, said, id, done.change)))
}

#[derive(Debug, Deserialize)]
struct Touch {
    gesture: String,
    message: Option<String>,
    #[serde(default)]
    text: String,
}

impl Touch {
    fn gesture(&self) -> Result<ActId, Failure> {
        self.gesture.parse().map_err(|_| broken())
    }

    fn message(&self) -> Result<MessageId, Failure> {
        self.message.as_deref().and_then(|id| id.parse().ok()).ok_or_else(broken)
    }
}

fn broken() -> Failure {
    Problem::Invalid { field: "gesture".into(), why: "this page is broken; load it again".into() }.into()
}

async fn like(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Touch>,
) -> Result<Response, Failure> {
    let (visitor, acted) = kith.press_like(visitor, form.gesture()?, form.message()?).await?;
    told(&kith, &visitor, conversation_id(&id)?, acted, Said::Liked).await
}

async fn repost(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Touch>,
) -> Result<Response, Failure> {
    let (visitor, acted) = kith.press_repost(visitor, form.gesture()?, form.message()?).await?;
    told(&kith, &visitor, conversation_id(&id)?, acted, Said::Reposted).await
}

async fn unlike(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Touch>,
) -> Result<Response, Failure> {
    let (visitor, acted) = kith.press_unlike(visitor, form.gesture()?, form.message()?).await?;
    told(&kith, &visitor, conversation_id(&id)?, acted, Said::Unliked).await
}

async fn unrepost(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Touch>,
) -> Result<Response, Failure> {
    let (visitor, acted) = kith.press_unrepost(visitor, form.gesture()?, form.message()?).await?;
    told(&kith, &visitor, conversation_id(&id)?, acted, Said::Unreposted).await
}

async fn follow(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Touch>,
) -> Result<Response, Failure> {
    let id = conversation_id(&id)?;
    let person = kith.conversation(&visitor, id).await?.person;
    let (visitor, acted) = kith.press_follow(visitor, form.gesture()?, person.channel, person.handle).await?;
    told(&kith, &visitor, id, acted, Said::Followed).await
}

async fn unfollow(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Touch>,
) -> Result<Response, Failure> {
    let id = conversation_id(&id)?;
    let person = kith.conversation(&visitor, id).await?.person;
    let (visitor, acted) = kith.press_unfollow(visitor, form.gesture()?, person.channel, person.handle).await?;
    told(&kith, &visitor, id, acted, Said::Unfollowed).await
}

/// A first message to them alone; it opens the conversation that begins with it.
async fn message(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Touch>,
) -> Result<Response, Failure> {
    let id = conversation_id(&id)?;
    let person = kith.conversation(&visitor, id).await?.person;
    let (visitor, acted) = kith.press_message(visitor, form.gesture()?, person.channel, person.handle, &form.text).await?;
    let to = match &acted {
        Acted::Done { conversation: Some(begun), .. } => *begun,
        _ => id,
    };
    told(&kith, &visitor, to, acted, Said::Written).await
}

async fn told(kith: &Kith, visitor: &Visitor, id: ConversationId, acted: Acted, said: Said) -> Result<Response, Failure> {
    let why = match acted {
        Acted::Done { note: None, .. } => return Ok(Redirect::to(&telling(&format!("/inbox/{id}"), said, id, None)).into_response()),
        Acted::Done { note: Some(note), .. } => note.to_owned(),
        Acted::NotDone { why, .. } | Acted::Unconfirmed { why } => why,
    };
    again(kith, visitor, id, Problem::Refused(why)).await
}

/// The conversation again, with what went wrong above its messages.
async fn again(kith: &Kith, visitor: &Visitor, id: ConversationId, problem: Problem) -> Result<Response, Failure> {
    let why = match problem {
        Problem::Invalid { why, .. } | Problem::Refused(why) | Problem::Conflict(why) | Problem::NotNow(why) => why,
        other => return Err(other.into()),
    };
    let page = kith.conversation(visitor, id).await?;
    let form = ReplyForm { gesture: kith.new_gesture().to_string(), text: &page.draft, trouble: Some(&why), ..ReplyForm::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, whole(kith, visitor, &page, form).await?).into_response())
}
