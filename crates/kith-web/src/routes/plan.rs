//! `/plan`: the plan as a list, what needs a person, one dispatch with its attempts, and what is decided about it.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kith_domain::ids::DispatchId;
use kith_engine::views::{Choice, Told};
use kith_engine::{Kith, Problem, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, Part, shell};
use crate::render::{self, Chosen, Here, Wrong};
use crate::session::SignedIn;

/// The list of what needs a person.
const NEEDS_YOU: &str = "needs-you";
/// The plan by the day.
const MONTH: &str = "month";
/// The plan as a list.
const LIST: &str = "list";
/// The first page, where a held post can be let out.
const TODAY: &str = "today";
/// The week with the post beside it.
const WEEK: &str = "week";

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/plan", get(list))
        .route("/plan/missed", post(missed))
        .route("/plan/{id}", get(one))
        .route("/plan/{id}/decision", post(decide))
        .route("/plan/{id}/move", post(change_time))
}

async fn list(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(part): Query<Part>) -> Result<Markup, Failure> {
    let show = part.show.as_deref().unwrap_or("coming");
    if show == NEEDS_YOU {
        let view = kith.needs_you(&visitor).await?;
        return Ok(match part.fragment {
            Some(_) => render::needs_you_live(&view),
            None => render::needs_you(&shell(&kith, "Needs you", Here::Plan, &visitor).await?, &view, part.told),
        });
    }
    match part.view.as_deref() {
        Some(MONTH) => {
            let view = kith.month(&visitor, part.from.as_deref()).await?;
            return Ok(match part.fragment {
                Some(_) => render::month_live(&view),
                None => render::month(&shell(&kith, "Plan", Here::Plan, &visitor).await?, &view),
            });
        }
        Some(LIST) => {}
        None if part.show.is_some() => {}
        _ => return a_week(&kith, &visitor, &part, None).await,
    }
    let view = kith.plan(&visitor, show, part.from.as_deref()).await?;
    Ok(match part.fragment {
        Some(_) => render::plan_live(&view),
        None => render::plan(&shell(&kith, "Plan", Here::Plan, &visitor).await?, &view, part.done.is_some()),
    })
}

/// The week, beside it the post that stands open. `wrong`: the time that was typed for it, and why it can't be then.
async fn a_week(kith: &Kith, visitor: &Visitor, part: &Part, wrong: Option<(&str, &str)>) -> Result<Markup, Failure> {
    let view = kith.week(visitor, part.from.as_deref()).await?;
    if part.fragment.is_some() {
        return Ok(render::week_live(&view, part.post.as_deref()));
    }
    let shell = shell(kith, "Plan", Here::Plan, visitor).await?;
    let Some(id) = part.post.as_deref() else { return Ok(render::week(&shell, &view, None, part.done.as_deref())) };
    let id = dispatch_id(id)?;
    let (page, versions) = (kith.dispatch(visitor, id).await?, kith.versions_of(visitor, id).await?);
    let may_move = page.choices.contains(&Choice::AnotherTime);
    let [_, monday, _] = &view.mondays;
    let chosen = Chosen { page: &page, versions: &versions, monday, may_move, wrong };
    Ok(render::week(&shell, &view, Some(&chosen), part.done.as_deref()))
}

#[derive(Debug, Deserialize)]
struct NewTime {
    at: String,
}

/// Another time for a post on all its channels. A script is answered in words alone, a form by the week in which the
/// post stands then.
async fn change_time(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(NewTime { at }): Form<NewTime>,
) -> Result<Response, Failure> {
    let (id, is_script) = (dispatch_id(&id)?, headers.contains_key("hx-request"));
    match kith.move_post(&visitor, id, &at).await {
        Ok(to) if is_script => Ok(format!("Moved to {}, {}.", to.day, to.time).into_response()),
        Ok(_) => {
            let day = at.get(..10).unwrap_or_default();
            Ok(Redirect::to(&format!("/plan?view=week&from={day}&post={id}&done=moved")).into_response())
        }
        Err(problem) => {
            let (_, why) = super::beside(problem)?;
            if is_script {
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, format!("Not moved: {why}.")).into_response());
            }
            let page = kith.dispatch(&visitor, id).await?;
            let part = Part { from: page.civil.get(..10).map(str::to_owned), post: Some(id.to_string()), ..Part::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, a_week(&kith, &visitor, &part, Some((&at, &why))).await?).into_response())
        }
    }
}

async fn one(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Markup, Failure> {
    let page = kith.dispatch(&visitor, dispatch_id(&id)?).await?;
    Ok(match part.fragment {
        Some(_) => render::dispatch_live(&page, None),
        None => render::dispatch(&shell(&kith, "Post", Here::Plan, &visitor).await?, &page, None),
    })
}

#[derive(Debug, Deserialize)]
struct Decision {
    choice: Choice,
    /// What the choice asks for: a link or a time.
    #[serde(default)]
    detail: String,
    /// Where the button stood.
    #[serde(default)]
    from: String,
}

/// A decision that can't be carried out is said beside the choices, and what was typed stays.
async fn decide(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Path(id): Path<String>,
    Form(Decision { choice, detail, from }): Form<Decision>,
) -> Result<Response, Failure> {
    let id = dispatch_id(&id)?;
    let why = match kith.choose(&visitor, id, choice, Some(&detail)).await {
        Ok(told) if from == NEEDS_YOU => return Ok(needs_you(told).into_response()),
        Ok(_) if from == TODAY => return Ok(Redirect::to("/").into_response()),
        Ok(told) if from == WEEK => {
            let page = kith.dispatch(&visitor, id).await?;
            let day = page.civil.get(..10).unwrap_or_default();
            let done = render::told_name(told);
            return Ok(Redirect::to(&format!("/plan?view=week&from={day}&post={id}&done={done}")).into_response());
        }
        Ok(_) => return Ok(Redirect::to(&format!("/plan/{id}")).into_response()),
        Err(Problem::Invalid { why, .. }) => why,
        Err(problem @ (Problem::Conflict(_) | Problem::Refused(_))) => problem.to_string(),
        Err(problem) => return Err(problem.into()),
    };
    let (page, shell) = (kith.dispatch(&visitor, id).await?, shell(&kith, "Post", Here::Plan, &visitor).await?);
    let wrong = Wrong { choice, detail: &detail, why: &why };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render::dispatch(&shell, &page, Some(&wrong))).into_response())
}

#[derive(Debug, Deserialize)]
struct Missed {
    #[serde(rename = "do")]
    what: All,
    /// Those that were shown, parted by commas: what is missed since then was not decided about.
    ids: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum All {
    Send,
    Drop,
}

async fn missed(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Form(form): Form<Missed>) -> Result<Redirect, Failure> {
    let ids = form.ids.split(',').map(dispatch_id).collect::<Result<Vec<_>, _>>()?;
    let told = kith.choose_missed(&visitor, &ids, form.what == All::Send).await?;
    Ok(needs_you(told))
}

fn needs_you(told: Told) -> Redirect {
    Redirect::to(&format!("/plan?show={NEEDS_YOU}&told={}", render::told_name(told)))
}

fn dispatch_id(text: &str) -> Result<DispatchId, Failure> {
    text.parse().map_err(|_| Problem::NotThere("There is no such post.".into()).into())
}
