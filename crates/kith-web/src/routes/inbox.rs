//! `/inbox`: who wrote, one conversation, the answer and its draft; `/begin`: one after another.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use kith_domain::ids::ConversationId;
use kith_engine::views::{ConversationPage, InboxList};
use kith_engine::{DraftKept, Kith, Pressed, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, shell};
use crate::render::{self, Here, ReplyForm, Said};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/inbox", get(list))
        .route("/inbox/{id}", get(one))
        .route("/inbox/{id}/reply", post(reply))
        .route("/inbox/{id}/draft", post(draft))
        .route("/inbox/{id}/beside", post(beside))
        .route("/begin", get(begin))
}

/// What an address of the inbox says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    fragment: Option<String>,
    show: Option<String>,
    after: Option<String>,
    open: Option<String>,
    q: Option<String>,
    before: Option<String>,
    people: Option<String>,
    last: Option<u32>,
    pane: Option<String>,
    /// What was done on the page before, with whom, and what takes it back.
    told: Option<Said>,
    who: Option<String>,
    change: Option<i64>,
    /// In `/begin`: how many waited at first, and whose turn it is.
    of: Option<u64>,
    turn: Option<String>,
}

/// The address of a page that says what was done.
pub(super) fn telling(to: &str, said: Said, who: ConversationId, change: Option<i64>) -> String {
    let mark = if to.contains('?') { '&' } else { '?' };
    let change = change.map(|change| format!("&change={change}")).unwrap_or_default();
    format!("{to}{mark}told={}&who={who}{change}", said.as_str())
}

async fn toast(kith: &Kith, visitor: &Visitor, wanted: &Wanted, begun: bool) -> Result<Option<Markup>, Failure> {
    let (Some(said), Some(who)) = (wanted.told, wanted.who.as_deref().and_then(|who| who.parse().ok())) else { return Ok(None) };
    let row = kith.conversation_line(visitor, who).await?;
    Ok(row.map(|row| render::toast(said, &row, wanted.change, begun)))
}

async fn list(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(wanted): Query<Wanted>) -> Result<Markup, Failure> {
    if let Some(words) = wanted.q.as_deref().filter(|words| !words.trim().is_empty()) {
        let before = wanted.before.as_deref().and_then(|id| id.parse().ok());
        let people = wanted.people.as_deref().and_then(|id| id.parse().ok());
        let found = kith.search(&visitor, words, before, people).await?;
        return Ok(render::found(&shell(&kith, "Found", Here::Inbox, &visitor).await?, &found));
    }
    let list = wanted.show.as_deref().and_then(InboxList::named).unwrap_or_default();
    let view = kith.inbox_list(&visitor, list, wanted.after.as_deref()).await?;
    if wanted.fragment.is_some() {
        return Ok(render::inbox_live(&view, wanted.open.as_deref().and_then(|id| id.parse().ok())));
    }
    let toast = toast(&kith, &visitor, &wanted, false).await?;
    Ok(render::inbox(&shell(&kith, "Inbox", Here::Inbox, &visitor).await?, &view, toast.as_ref()))
}

async fn one(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Failure> {
    let page = kith.conversation_last(&visitor, conversation_id(&id)?, wanted.last.unwrap_or(0)).await?;
    if wanted.fragment.is_some() {
        return Ok(render::thread_live(&page));
    }
    let toast = toast(&kith, &visitor, &wanted, false).await?;
    let form = ReplyForm {
        gesture: kith.new_gesture().to_string(),
        text: &page.draft,
        toast,
        about: wanted.pane.is_some(),
        ..ReplyForm::default()
    };
    whole(&kith, &visitor, &page, form).await
}

/// The page of a conversation with its box as it is to be shown.
pub(super) async fn whole(kith: &Kith, visitor: &Visitor, page: &ConversationPage, form: ReplyForm<'_>) -> Result<Markup, Failure> {
    let list = if page.row.later_until.is_some() { InboxList::Later } else { page.row.standing.into() };
    let list = kith.inbox_list(visitor, list, None).await?;
    let mut reach = Vec::new();
    if page.may_reply.is_ok() {
        for one in kith.reach(visitor, page.person.handle).await? {
            reach.push((one, kith.new_gesture().to_string(), kith.new_gesture().to_string()));
        }
    }
    let shell = shell(kith, &page.row.face.name, Here::Inbox, visitor).await?;
    let memory = kith.memory_beside(visitor, page.person.handle).await?;
    Ok(render::conversation(&shell, &list, page, &ReplyForm { reach, memory, ..form }))
}

/// The longest wait in the whole window; the end, when nobody waits.
async fn begin(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(wanted): Query<Wanted>) -> Result<Markup, Failure> {
    let line = kith.who_waits(&visitor, wanted.turn.as_deref().and_then(|id| id.parse().ok())).await?;
    let of = wanted.of.unwrap_or(line.owed).max(line.owed);
    if wanted.fragment.is_some() {
        return Ok(render::faces(&line, of));
    }
    let toast = toast(&kith, &visitor, &wanted, true).await?;
    let Some(turn) = line.turn else {
        return Ok(render::nobody(&shell(&kith, "Nobody is waiting", Here::Today, &visitor).await?, of, toast.as_ref()));
    };
    let page = kith.conversation(&visitor, turn).await?;
    let form = ReplyForm { gesture: kith.new_gesture().to_string(), text: &page.draft, toast, begin_of: of, ..ReplyForm::default() };
    Ok(render::begin(&shell(&kith, &page.row.face.name, Here::Today, &visitor).await?, &line, of, &page, &form))
}

#[derive(Debug, Deserialize)]
struct Answer {
    gesture: String,
    text: String,
    /// The draft's version that the box had.
    version: Option<i64>,
    /// In `/begin`: how many waited at first.
    begin: Option<u64>,
}

/// The person waits for the network. What could not be sent stays in the box, with the reason beside it.
async fn reply(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Result<Response, Failure> {
    let id = conversation_id(&id)?;
    let was_owed = kith.conversation_line(&visitor, id).await?.is_some_and(|row| row.waiting_since.is_some());
    let (visitor, pressed) = kith.press_send_from(visitor, &answer.gesture, id, &answer.text, answer.version).await?;
    let (gesture, why) = match pressed {
        Pressed::Sent => {
            let to = after(&kith, &visitor, id, answer.begin, was_owed).await?;
            return Ok(Redirect::to(&telling(&to, Said::Sent, id, None)).into_response());
        }
        Pressed::Kept { gesture, why } => (gesture.to_string(), why),
    };
    let page = kith.conversation(&visitor, id).await?;
    let form = ReplyForm { gesture, text: &answer.text, problem: Some(&why), begin_of: answer.begin.unwrap_or(0), ..ReplyForm::default() };
    let shown = match answer.begin {
        Some(of) => {
            let line = kith.who_waits(&visitor, Some(id)).await?;
            render::begin(&shell(&kith, &page.row.face.name, Here::Today, &visitor).await?, &line, of, &page, &form)
        }
        None => whole(&kith, &visitor, &page, form).await?,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// Where to go when a conversation is dealt with: whoever waits longest now, or the list.
pub(super) async fn after(
    kith: &Kith,
    visitor: &Visitor,
    id: ConversationId,
    begin: Option<u64>,
    goes_on: bool,
) -> Result<String, Failure> {
    if let Some(of) = begin {
        return Ok(format!("/begin?of={of}"));
    }
    if !goes_on {
        return Ok(format!("/inbox/{id}"));
    }
    Ok(kith.next_waiting(visitor, id).await?.map_or_else(|| "/inbox".to_owned(), |next| format!("/inbox/{next}")))
}

#[derive(Debug, Deserialize)]
struct Draft {
    text: String,
    #[serde(default)]
    version: i64,
    /// Which tab.
    #[serde(default, rename = "box")]
    from_box: String,
}

/// Keeps what is being typed; 409 with the other text when another tab was faster.
async fn draft(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<Response, Failure> {
    let text = draft.text.replace("\r\n", "\n");
    Ok(match kith.keep_draft(&visitor, conversation_id(&id)?, &text, draft.version, &draft.from_box).await? {
        DraftKept::Kept { version } => Json(serde_json::json!({ "version": version })).into_response(),
        DraftKept::Conflict { version, theirs } => {
            (StatusCode::CONFLICT, Json(serde_json::json!({ "version": version, "theirs": theirs }))).into_response()
        }
    })
}

#[derive(Debug, Deserialize)]
struct Beside {
    #[serde(rename = "box")]
    from_box: String,
    what: String,
}

/// Takes another tab's text for the draft, or forgets it. What was the draft stands beside it then.
async fn beside(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(beside): Form<Beside>,
) -> Result<Redirect, Failure> {
    let id = conversation_id(&id)?;
    let draft = kith.answer_draft(&visitor, id).await?;
    let text = draft.beside.iter().find(|(name, _)| *name == beside.from_box).map(|(_, text)| text.clone());
    if let (Some(text), "use") = (text, beside.what.as_str()) {
        kith.keep_draft(&visitor, id, &text, draft.version, &beside.from_box).await?;
        if !draft.text.is_empty() {
            // A version that is over: it is kept beside the draft.
            kith.keep_draft(&visitor, id, &draft.text, draft.version, &format!("was-{}", draft.version)).await?;
        }
    }
    kith.drop_beside(&visitor, id, &beside.from_box).await?;
    Ok(Redirect::to(&format!("/inbox/{id}")))
}

pub(super) fn conversation_id(text: &str) -> Result<ConversationId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is no such conversation.".into()).into())
}
