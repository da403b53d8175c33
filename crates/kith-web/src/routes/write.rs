//! `/write`: a post is typed, looked at, kept as a draft, and planned. Looking stores nothing; whatever is wrong, the
//! words stay. With `live` in the address the answer is the form alone, for a script that puts its parts in place.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use kith_engine::views::{DraftView, LookView, Moment, SavedDraft};
use kith_engine::{ComposeWhen, Composed, ComposedPicture, Kith, Planned, Problem, Visitor};
use serde::Deserialize;

use super::typed::Typed;
use super::write_edit as edit;
use super::{Failure, shell};
use crate::render::{self, EditSheet, Here, Sheet};
use crate::session::{SignedIn, safe_next};

/// The list of drafts.
const DRAFTS: &str = "/write/drafts";

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/write", get(open).post(press))
        .route("/write/draft", post(keep))
        .route(DRAFTS, get(drafts))
        .route("/write/drafts/{id}/drop", post(drop_draft))
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// A draft to go on with.
    draft: Option<String>,
    /// A past post to begin with.
    like: Option<String>,
    /// A local time, as a calendar gives it.
    at: Option<String>,
    /// The form alone.
    pub(super) live: Option<String>,
    /// What was done on the page before.
    done: Option<String>,
    /// A planned post to be changed, by its delivery.
    edit: Option<String>,
}

/// A sheet with everything that it owns.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) post: Composed,
    pub(super) draft: Option<(String, i64)>,
    pub(super) saved: Option<Moment>,
    pub(super) pressed: bool,
    pub(super) wrong: Option<String>,
    pub(super) refused: Vec<String>,
    pub(super) theirs: Option<DraftView>,
    /// The planned post that is changed, and what was read of it.
    pub(super) edit: Option<(String, String)>,
}

async fn open(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let mut desk = Desk::default();
    if let Some(id) = &asked.edit {
        let view = kith.edit_page(&visitor, id.parse().map_err(|_| edit::not_there())?).await?;
        desk = Desk { post: view.post, edit: Some((id.clone(), view.version)), ..Desk::default() };
        return answer(&kith, &visitor, StatusCode::OK, &desk, &LookView::default(), asked.live.is_some()).await;
    }
    if let Some(id) = &asked.draft {
        let Some(draft) = kith.post_draft(&visitor, id).await? else { return Ok(Redirect::to("/write/drafts?done=gone").into_response()) };
        desk = Desk { post: draft.post, draft: Some((draft.id, draft.version)), saved: Some(draft.saved), ..Desk::default() };
    } else if let Some(first) = kith.channels(&visitor).await?.into_iter().find(|channel| channel.state != "removed") {
        // Somewhere it must go; the others are one press away.
        desk.post.channels = vec![first.name];
    }
    if let Some(words) = match &asked.like {
        Some(id) => kith.words_of(&visitor, id).await?,
        None => None,
    } {
        desk.post.text = words;
    }
    if let Some(at) = &asked.at {
        desk.post.when = ComposeWhen::At;
        desk.post.at.clone_from(at);
    }
    let look = kith.look(&visitor, &desk.post).await?;
    answer(&kith, &visitor, StatusCode::OK, &desk, &look, asked.live.is_some()).await
}

async fn press(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Query(asked): Query<Asked>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?;
    let live = asked.live.is_some();
    let mut desk = desk(&typed);
    if typed.get("do") == "plan" {
        desk.post.when = chosen(&typed);
    }
    let (verb, what) = typed.get("do").split_once(':').unwrap_or((typed.get("do"), ""));
    let mut status = StatusCode::OK;
    match verb {
        "plan" if desk.edit.is_some() => {
            return match edit::save(&kith, &visitor, &mut desk).await? {
                Some(address) => Ok(Redirect::to(&address).into_response()),
                None => answer(&kith, &visitor, StatusCode::UNPROCESSABLE_ENTITY, &desk, &LookView::default(), live).await,
            };
        }
        // What is planned is what stood there, proposed or chosen.
        "plan" => match plan(&kith, &visitor, &mut desk).await? {
            Done::Leave(address) => return Ok(Redirect::to(&address).into_response()),
            Done::Stay(look) => return answer(&kith, &visitor, StatusCode::UNPROCESSABLE_ENTITY, &desk, &look, live).await,
        },
        "save" | "mine" if desk.edit.is_none() => {
            if let (Ok(version), Some(draft)) = (what.parse::<i64>(), &mut desk.draft) {
                draft.1 = version;
            }
            match save(&kith, &visitor, &mut desk).await? {
                Some(id) => return Ok(Redirect::to(&format!("/write?draft={id}")).into_response()),
                None => status = StatusCode::CONFLICT,
            }
        }
        "later" => {
            desk.post.later.insert(what.to_owned());
        }
        "together" => {
            desk.post.later.remove(what);
        }
        "skip" => desk.post.channels.retain(|name| name != what),
        "up" | "down" | "drop" => arrange(&mut desk.post.pictures, verb, what),
        _ => desk.pressed = !live,
    }
    desk.post = desk.post.settled();
    let look = if desk.edit.is_some() { LookView::default() } else { kith.look(&visitor, &desk.post).await? };
    answer(&kith, &visitor, status, &desk, &look, live).await
}

/// What became of a press on the one button that plans.
enum Done {
    Leave(String),
    Stay(Box<LookView>),
}

async fn plan(kith: &Kith, visitor: &Visitor, desk: &mut Desk) -> Result<Done, Failure> {
    desk.pressed = true;
    match kith.plan_composed(visitor, &desk.post).await {
        Ok(Ok(planned)) => {
            let rest = planned.left_out;
            if let Some((id, version)) = &desk.draft {
                if rest.is_empty() {
                    kith.end_planned_draft(visitor, id).await?;
                } else {
                    // What does not fit yet stays as a draft of its own.
                    let post = left(&desk.post, &rest);
                    kith.save_post_draft(visitor, Some((id, *version)), &post).await?;
                }
            } else if !rest.is_empty() {
                kith.save_post_draft(visitor, None, &left(&desk.post, &rest)).await?;
            }
            Ok(Done::Leave(match planned.how {
                Planned::Queued => "/plan/queue?done=added".into(),
                Planned::Asked => "/plan?done=asked".into(),
                Planned::Timed => "/plan?done=planned".into(),
            }))
        }
        Ok(Err(look)) => Ok(Done::Stay(Box::new(look))),
        Err(problem @ (Problem::Conflict(_) | Problem::Refused(_) | Problem::NotNow(_) | Problem::Invalid { .. })) => {
            desk.wrong = Some(problem.to_string());
            Ok(Done::Stay(Box::new(kith.look(visitor, &desk.post).await?)))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The same post for the channels that were left out.
fn left(post: &Composed, rest: &[String]) -> Composed {
    let mut post = post.clone();
    post.wordings.extend(rest.iter().map(|name| (name.clone(), post.words(name).to_owned())).collect::<Vec<_>>());
    post.channels = rest.to_vec();
    post.settled()
}

/// Keeps the draft; its id, or `None` when somebody else's stands beside it now.
async fn save(kith: &Kith, visitor: &Visitor, desk: &mut Desk) -> Result<Option<String>, Failure> {
    let draft = desk.draft.as_ref().map(|(id, version)| (id.as_str(), *version));
    match kith.save_post_draft(visitor, draft, &desk.post).await? {
        SavedDraft::Kept { id, .. } => Ok(Some(id)),
        SavedDraft::Theirs(theirs) => {
            desk.theirs = Some(*theirs);
            Ok(None)
        }
        SavedDraft::Gone => match kith.save_post_draft(visitor, None, &desk.post).await? {
            SavedDraft::Kept { id, .. } => Ok(Some(id)),
            SavedDraft::Theirs(_) | SavedDraft::Gone => Ok(None),
        },
    }
}

/// What a script keeps every two seconds: the new version, or what stands against it as a part of the page.
async fn keep(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let mut desk = desk(&Typed::of(fields)?);
    let draft = desk.draft.as_ref().map(|(id, version)| (id.as_str(), *version));
    Ok(match kith.save_post_draft(&visitor, draft, &desk.post).await? {
        SavedDraft::Kept { id, version, at } => Json(serde_json::json!({ "id": id, "version": version, "saved": at.time })).into_response(),
        SavedDraft::Theirs(theirs) => {
            desk.theirs = Some(*theirs);
            let look = kith.look(&visitor, &desk.post).await?;
            answer(&kith, &visitor, StatusCode::CONFLICT, &desk, &look, true).await?
        }
        SavedDraft::Gone => StatusCode::GONE.into_response(),
    })
}

pub(super) async fn answer(
    kith: &Kith,
    visitor: &Visitor,
    status: StatusCode,
    desk: &Desk,
    look: &LookView,
    live: bool,
) -> Result<Response, Failure> {
    let mut view = kith.write_page(visitor).await?;
    let mut edited = None;
    if let Some((id, _)) = &desk.edit {
        edited = Some(edit::look(kith, visitor, id, &desk.post).await?);
        if !view.zones.contains(&desk.post.zone) && !desk.post.zone.is_empty() {
            view.zones.push(desk.post.zone.clone());
        }
    }
    let look = edited.as_ref().map_or(look, |edited| &edited.look);
    let held_by = edited.as_ref().and_then(|edited| edited.held_by.as_deref());
    let sheet = Sheet {
        view: &view,
        post: &desk.post,
        look,
        draft: desk.draft.as_ref().map(|(id, version)| (id.as_str(), *version)),
        saved: desk.saved.as_ref(),
        pressed: desk.pressed,
        wrong: desk.wrong.as_deref(),
        refused: &desk.refused,
        theirs: desk.theirs.as_ref(),
        edit: desk.edit.as_ref().map(|(id, seen)| EditSheet { id, seen, held_by }),
    };
    if live {
        return Ok((status, render::write_form(&sheet)).into_response());
    }
    let title = if desk.edit.is_some() { "Change the words" } else { "Write a post" };
    Ok((status, render::write(&shell(kith, title, Here::Plan, visitor).await?, &sheet)).into_response())
}

async fn drafts(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let lines = kith.post_drafts(&visitor).await?;
    let may = kith.planner(&visitor).is_ok();
    let shell = shell(&kith, "Drafts", Here::Plan, &visitor).await?;
    Ok(render::drafts(&shell, &lines, may, asked.done.as_deref()).into_response())
}

/// Where to go on after a draft was thrown away.
#[derive(Debug, Default, Deserialize)]
struct Back {
    back: Option<String>,
}

async fn drop_draft(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(back): Form<Back>,
) -> Result<Redirect, Failure> {
    let done = match kith.drop_post_draft(&visitor, &id).await {
        Ok(()) => "dropped",
        Err(Problem::NotThere(_)) => "gone",
        Err(problem) => return Err(problem.into()),
    };
    Ok(match back.back {
        Some(back) => Redirect::to(safe_next(&back)),
        None => Redirect::to(&format!("{DRAFTS}?done={done}")),
    })
}

/// Moves a picture to the front or the end, or takes it out.
fn arrange(pictures: &mut Vec<ComposedPicture>, verb: &str, id: &str) {
    let Some(at) = pictures.iter().position(|picture| picture.id == id) else { return };
    match verb {
        "up" if at > 0 => pictures.swap(at, at - 1),
        "down" if at + 1 < pictures.len() => pictures.swap(at, at + 1),
        "drop" => drop(pictures.remove(at)),
        _ => {}
    }
}

/// The form as it was typed.
pub(super) fn desk(typed: &Typed) -> Desk {
    let draft = typed.some("draft").map(|id| (id, typed.get("version").parse().unwrap_or(0)));
    let edit = typed.some("edit").map(|id| (id, typed.get("seen").to_owned()));
    Desk { post: composed(typed), draft, edit, ..Desk::default() }
}

fn composed(typed: &Typed) -> Composed {
    let channels = typed.all("on");
    let (text, mirror) = (typed.get("text"), typed.get("mirror").trim());
    // A box that was shown with the first version's words and was not touched goes on saying what that says.
    let own = typed.beginning("text:").filter(|(_, words)| words.trim() != mirror);
    let picture = |id: String| ComposedPicture {
        name: typed.get(&format!("name:{id}")).to_owned(),
        alt: typed.get(&format!("alt:{id}")).to_owned(),
        decorative: !typed.get(&format!("deco:{id}")).is_empty(),
        id,
    };
    let poll = typed.all("poll").into_iter().map(|answer| answer.trim().to_owned()).filter(|answer| !answer.is_empty());
    Composed {
        wordings: own.map(|(name, words)| (name.to_owned(), words.to_owned())).collect(),
        channels,
        text: text.to_owned(),
        later: typed.all("later").into_iter().collect(),
        warning: typed.some("cw"),
        language: typed.some("lang"),
        pictures: typed.all("pic").into_iter().map(picture).collect(),
        poll: poll.collect(),
        poll_minutes: typed.get("poll_minutes").to_owned(),
        when: when(typed),
        at: typed.get("at").to_owned(),
        zone: typed.get("zone").to_owned(),
    }
    .settled()
}

/// What was chosen; what Kith had proposed is no choice, so that it may propose another when the words change.
fn when(typed: &Typed) -> ComposeWhen {
    if typed.get("when") == typed.get("offered") { ComposeWhen::Open } else { chosen(typed) }
}

fn chosen(typed: &Typed) -> ComposeWhen {
    let chosen = typed.get("when");
    match chosen.split_once(':') {
        Some(("place", category)) => ComposeWhen::Place(category.to_owned()),
        Some(("market", rest)) => match rest.rsplit_once('|') {
            Some((name, at)) => ComposeWhen::Market { name: name.to_owned(), at: at.to_owned() },
            None => ComposeWhen::Open,
        },
        Some(("here", at)) => ComposeWhen::Here { at: at.to_owned() },
        _ if chosen == "at" => ComposeWhen::At,
        _ => ComposeWhen::Open,
    }
}
