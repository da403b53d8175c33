//! `/people`: who we know, what we remember of them, and who has begun to follow.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::ids::{ActId, ChannelId, ContactId, HandleId, MemoryId, MergeId};
use kith_domain::people::{Handling, SortedAs};
use kith_engine::{Acted, Kith, PeopleShown, Problem, PromiseWish, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, beside, shell};
use crate::render::{self, FirstWordsForm, FollowersAsked, Here, PersonAsked};
use crate::session::{SignedIn, safe_next};

/// Most handles of one undo.
const HANDLES_MAX: usize = 100;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/people", get(list))
        .route("/people/followers", get(followers))
        .route("/people/followers/undo", post(undo))
        .route("/people/followers/let-be", post(let_several_be))
        .route("/people/followers/{id}/sorting", post(sorting))
        .route("/people/followers/{id}/let-be", post(let_be))
        .route("/people/followers/{id}/follow", post(follow))
        .route("/people/followers/{id}/write", get(write).post(send))
        .route("/people/promises/{id}", post(promise))
        .route("/people/memories/{id}", post(forget))
        .route("/people/merges/{id}/part", post(part))
        .route("/people/{id}", get(one))
        .route("/people/{id}/memory", post(memory))
        .route("/people/{id}/name", post(name))
        .route("/people/{id}/drift", post(drift))
        .route("/people/{id}/merge", get(side_by_side).post(merge))
}

/// What the address of these pages may say.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: u32,
    #[serde(default)]
    show: String,
    open: Option<String>,
    did: Option<String>,
    who: Option<String>,
    with: Option<String>,
}

/// A form's fields; each form sends some of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    kind: String,
    text: String,
    due: String,
    day: String,
    what: String,
    back: String,
    heard_in: String,
    name: String,
    tags: String,
    with: String,
    show: String,
    sorted: String,
    note: String,
    gesture: String,
    channel: String,
    handles: String,
}

type Answer = Result<Response, Failure>;

fn read<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is nobody here by that address. Perhaps the link is old.".into()).into())
}

fn to(place: &str) -> Response {
    Redirect::to(safe_next(place)).into_response()
}

async fn list(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let view = kith.people_shown(&visitor, PeopleShown::from_address(&asked.show), &asked.q, asked.page).await?;
    Ok(render::people(&shell(&kith, "People", Here::People, &visitor).await?, &view))
}

async fn one(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Failure> {
    let told = match asked.did.as_deref() {
        Some("one") => Some("They are one person now."),
        Some("two") => Some("They are two people again, as they were."),
        _ => None,
    };
    contact_page(&kith, &visitor, read(&id)?, &PersonAsked { told, wrong: None, parts: asked.with.as_deref() }).await
}

async fn contact_page(kith: &Kith, visitor: &Visitor, id: ContactId, asked: &PersonAsked<'_>) -> Result<Markup, Failure> {
    let view = kith.contact_page(visitor, id).await?;
    Ok(render::contact(&shell(kith, &view.memory.face.name, Here::People, visitor).await?, &view, asked))
}

async fn wrong(kith: &Kith, visitor: &Visitor, id: ContactId, problem: Problem) -> Answer {
    let (field, why) = beside(problem)?;
    let asked = PersonAsked { told: None, wrong: Some((&field, &why)), parts: None };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, contact_page(kith, visitor, id, &asked).await?).into_response())
}

async fn memory(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let (id, heard_in) = (read::<ContactId>(&id)?, typed.heard_in.parse().ok());
    let due = if typed.day.trim().is_empty() { &typed.due } else { &typed.day };
    let done = match typed.kind.as_str() {
        "promise" => kith.promise(&visitor, id, &typed.text, due, heard_in).await,
        "note" => kith.note(&visitor, id, &typed.text, heard_in).await,
        _ => kith.remember(&visitor, id, &typed.text, heard_in).await,
    };
    match done {
        Ok(_) => Ok(to(&typed.back)),
        Err(problem) => wrong(&kith, &visitor, id, problem).await,
    }
}

async fn promise(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let due = if typed.due.is_empty() { "week" } else { &typed.due };
    let wish = PromiseWish::from_form(&typed.what, due);
    let wish = wish.ok_or_else(|| Problem::Invalid { field: "what".into(), why: "choose kept, moved or let go".into() })?;
    kith.settle_promise(&visitor, read::<MemoryId>(&id)?, &wish).await?;
    Ok(to(&typed.back))
}

async fn forget(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    kith.forget(&visitor, read::<MemoryId>(&id)?).await?;
    Ok(to(&typed.back))
}

async fn name(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let id = read::<ContactId>(&id)?;
    match kith.name_contact(&visitor, id, &typed.name, &typed.tags).await {
        Ok(()) => Ok(to(&format!("/people/{id}"))),
        Err(problem) => wrong(&kith, &visitor, id, problem).await,
    }
}

async fn drift(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let id = read::<ContactId>(&id)?;
    match typed.what.as_str() {
        "later" => kith.drift_later(&visitor, id).await?,
        "let_go" => kith.drift_let_go(&visitor, id).await?,
        "undo" => kith.drift_undo(&visitor, id).await?,
        _ => return Err(Problem::Invalid { field: "what".into(), why: "choose later or let go".into() }.into()),
    }
    Ok(to(&typed.back))
}

async fn side_by_side(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let (id, with) = (read::<ContactId>(&id)?, asked.with.unwrap_or_default());
    let other = match with.parse::<ContactId>() {
        Ok(other) => other,
        Err(_) => {
            // An address that was typed: the one person who has it.
            let wanted = with.trim().trim_start_matches('@').to_lowercase();
            let found = kith.people_list(&visitor, &wanted, 0).await?;
            let one = found.rows.iter().find(|row| row.contact != id && row.face.address.to_lowercase() == wanted);
            match one {
                Some(row) => row.contact,
                None => {
                    let why = format!("nobody here has the address {wanted:?}; look it up in the list of people");
                    return wrong(&kith, &visitor, id, Problem::Invalid { field: "with".into(), why }).await;
                }
            }
        }
    };
    let view = kith.merge_view(&visitor, id, other).await?;
    Ok(render::merge(&shell(&kith, "One person or two?", Here::People, &visitor).await?, &view).into_response())
}

async fn merge(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let id = read::<ContactId>(&id)?;
    let merge = kith.merge_contacts(&visitor, id, read(&typed.with)?).await?;
    Ok(to(&format!("/people/{id}?did=one&with={merge}")))
}

async fn part(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Answer {
    let kept = kith.part_contacts(&visitor, read::<MergeId>(&id)?).await?;
    Ok(to(&format!("/people/{kept}?did=two")))
}

async fn followers(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let told = match asked.did.as_deref() {
        Some("sorted") => Some("Sorted."),
        Some("let-be") => Some("Let be."),
        Some("followed") => Some("Followed, by your hand."),
        Some("asked") => Some("They confirm each follower themselves; they have been asked."),
        Some("back") => Some("Waiting again."),
        _ => None,
    };
    let undo = asked.who.as_deref().filter(|_| matches!(asked.did.as_deref(), Some("let-be" | "sorted" | "followed")));
    triage(&kith, &visitor, &asked.show, asked.open.as_deref(), told, undo, None).await
}

async fn triage(
    kith: &Kith,
    visitor: &Visitor,
    show: &str,
    open: Option<&str>,
    told: Option<&str>,
    undo: Option<&str>,
    wrong: Option<&str>,
) -> Result<Markup, Failure> {
    let view = kith.followers(visitor, show, open.and_then(|open| open.parse().ok())).await?;
    let asked = FollowersAsked { told, undo, wrong, gesture: kith.new_gesture().to_string() };
    Ok(render::followers(&shell(kith, "New followers", Here::People, visitor).await?, &view, &asked))
}

fn on(show: &str, did: &str, who: &str) -> Response {
    let show = SortedAs::from_stored(show).map_or("", SortedAs::as_str);
    to(&format!("/people/followers?show={show}&did={did}&who={who}"))
}

async fn sorting(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let handle = read::<HandleId>(&id)?;
    let sorted = SortedAs::from_stored(&typed.sorted);
    let sorted = sorted.ok_or_else(|| Problem::Invalid { field: "sorted".into(), why: "choose meet, shop, bot or unsure".into() })?;
    kith.sort_follower(&visitor, handle, Some(sorted), &typed.note).await?;
    // The card that was sorted stays at hand: sorting decides nothing.
    let show = SortedAs::from_stored(&typed.show).map_or("", SortedAs::as_str);
    Ok(to(&format!("/people/followers?show={show}&open={handle}&did=sorted")))
}

async fn let_be(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let handle = read::<HandleId>(&id)?;
    kith.handled_follower(&visitor, handle, Handling::LetBe).await?;
    Ok(on(&typed.show, "let-be", &handle.to_string()))
}

/// Several, each marked by hand. The fields of a list of boxes share a name.
async fn let_several_be(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(fields): Form<Vec<(String, String)>>) -> Answer {
    let marked = fields.iter().filter(|(name, _)| name == "handle").map(|(_, id)| read(id)).collect::<Result<Vec<HandleId>, _>>()?;
    let show = fields.iter().find(|(name, _)| name == "show").map_or("", |(_, show)| show.as_str());
    match kith.let_followers_be(&visitor, &marked).await {
        Ok(()) => {
            // A redirect's address stays short; of very many, the first can be taken back at once, all from the ledger.
            let who: Vec<String> = marked.iter().take(8).map(ToString::to_string).collect();
            Ok(on(show, "let-be", &who.join(".")))
        }
        Err(problem) => {
            let (_, why) = beside(problem)?;
            let page = triage(&kith, &visitor, show, None, None, None, Some(&why)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn undo(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(typed): Form<Typed>) -> Answer {
    let handles = typed.handles.split('.').take(HANDLES_MAX).map(read).collect::<Result<Vec<HandleId>, _>>()?;
    kith.undo_followers(&visitor, &handles).await?;
    let show = SortedAs::from_stored(&typed.show).map_or("", SortedAs::as_str);
    let first = handles.first().map(ToString::to_string).unwrap_or_default();
    Ok(to(&format!("/people/followers?show={show}&did=back&open={first}")))
}

/// The owner's own act; every other role is refused by the engine before anything is stored.
async fn follow(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let handle = read::<HandleId>(&id)?;
    let (gesture, channel) = (read::<ActId>(&typed.gesture)?, read::<ChannelId>(&typed.channel)?);
    let (visitor, acted) = kith.press_follow(visitor, gesture, channel, handle).await?;
    match acted {
        Acted::Done { note, .. } => {
            kith.handled_follower(&visitor, handle, Handling::Followed).await?;
            Ok(on(&typed.show, if note.is_some() { "asked" } else { "followed" }, &handle.to_string()))
        }
        Acted::NotDone { why, .. } | Acted::Unconfirmed { why } => {
            let page = triage(&kith, &visitor, &typed.show, Some(&handle.to_string()), None, None, Some(&why)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Where first words to them are written.
async fn write(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>) -> Answer {
    let handle = read::<HandleId>(&id)?;
    let kept = kith.first_words_kept(&visitor, handle).await?;
    let form = FirstWordsForm { gesture: kith.new_gesture().to_string(), text: &kept, wrong: None };
    Ok(first_words(&kith, &visitor, handle, &form).await?.into_response())
}

async fn first_words(kith: &Kith, visitor: &Visitor, handle: HandleId, form: &FirstWordsForm<'_>) -> Result<Markup, Failure> {
    let (view, reach) = (kith.followers(visitor, "", Some(handle)).await?, kith.reach(visitor, handle).await?);
    let line = view.card.map(|card| card.line).filter(|line| line.handle == handle);
    let line = line.ok_or_else(|| Problem::NotThere("They wait for no decision any more.".into()))?;
    Ok(render::first_words(&shell(kith, "Write", Here::People, visitor).await?, &line, &reach, form))
}

/// The owner's own words; every other role is refused by the engine before anything is stored.
async fn send(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<String>, Form(typed): Form<Typed>) -> Answer {
    let handle = read::<HandleId>(&id)?;
    let (gesture, channel) = (read::<ActId>(&typed.gesture)?, read::<ChannelId>(&typed.channel)?);
    let (visitor, acted) = kith.press_message(visitor, gesture, channel, handle, &typed.text).await?;
    let (gesture, why) = match acted {
        Acted::Done { conversation, .. } => {
            kith.handled_follower(&visitor, handle, Handling::Wrote).await?;
            return Ok(to(&conversation.map_or_else(|| "/people/followers".to_owned(), |id| format!("/inbox/{id}"))));
        }
        Acted::NotDone { why, .. } => (kith.new_gesture(), why),
        // The same press again looks first.
        Acted::Unconfirmed { why } => (gesture, why),
    };
    let form = FirstWordsForm { gesture: gesture.to_string(), text: &typed.text, wrong: Some(&why) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, first_words(&kith, &visitor, handle, &form).await?).into_response())
}
