//! `/settings/calls`: what one hears about and where; the browser's own half of it (worker and manifest) is in `app.rs`.

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use jiff::civil::Time;
use kith_domain::converse::{CallKind, CallWish};
use kith_domain::ids::BrowserId;
use kith_engine::{Kith, Problem, Subscription, Visitor};
use maud::Markup;
use serde::Deserialize;

use super::{Failure, Typed, beside, shell};
use crate::render::{self, Asked, Here};
use crate::session::SignedIn;

pub(super) fn routes() -> Router<Kith> {
    Router::new()
        .route("/settings/calls", get(calls).post(store))
        .route("/settings/calls/browsers", post(subscribe))
        .route("/settings/calls/{id}/end", post(end))
}

#[derive(Debug, Default, Deserialize)]
struct Done {
    done: Option<String>,
}

async fn calls(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Query(done): Query<Done>) -> Result<Markup, Failure> {
    page(&kith, &visitor, &Asked { done: done.done.as_deref(), ..Asked::default() }).await
}

async fn page(kith: &Kith, visitor: &Visitor, asked: &Asked<'_>) -> Result<Markup, Failure> {
    let view = kith.calls(visitor).await?;
    Ok(render::calls(&shell(kith, "Calls", Here::Settings, visitor).await?, &view, asked))
}

async fn store(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let typed = Typed::of(fields)?;
    let stored = match read(&typed) {
        Ok((wish, version)) => kith.set_calls(&visitor, &wish, version).await,
        Err(problem) => Err(problem),
    };
    let Err(problem) = stored else { return Ok(Redirect::to("/settings/calls?done=stored").into_response()) };
    let (field, why) = beside(problem)?;
    let asked = Asked { typed: Some(&typed), wrong: Some((&field, &why)), ..Asked::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&kith, &visitor, &asked).await?).into_response())
}

fn read(typed: &Typed) -> Result<(CallWish, i64), Problem> {
    let time = |field: &str, what: &str| -> Result<Option<Time>, Problem> {
        match typed.get(field).trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Problem::Invalid {
                field: field.to_owned(),
                why: format!("“{text}” is no time of day for {what}; write such as 21:00"),
            }),
        }
    };
    let quiet = match (time("from", "the start of quiet")?, time("until", "the end of quiet")?) {
        (None, None) => None,
        (Some(from), Some(until)) if from != until => Some((from, until)),
        (Some(_), Some(_)) => {
            return Err(Problem::Invalid {
                field: "until".into(),
                why: "quiet can’t end when it begins; leave both empty for never".into(),
            });
        }
        (None, _) => return Err(Problem::Invalid { field: "from".into(), why: "say when quiet begins, or leave both empty".into() }),
        (_, None) => return Err(Problem::Invalid { field: "until".into(), why: "say when quiet ends, or leave both empty".into() }),
    };
    let morning = time("morning", "the morning call")?
        .ok_or_else(|| Problem::Invalid { field: "morning".into(), why: "say when the morning call comes, such as 08:00".into() })?;
    let kinds: BTreeSet<_> = CallKind::ALL.into_iter().filter(|kind| typed.has("kind", kind.name())).collect();
    Ok((CallWish { kinds, quiet, morning }, typed.get("version").parse().unwrap_or(0)))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    endpoint: String,
    keys: Keys,
}

#[derive(Debug, Deserialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

async fn subscribe(
    State(kith): State<Kith>,
    SignedIn(visitor): SignedIn,
    headers: HeaderMap,
    Json(wanted): Json<Wanted>,
) -> Result<StatusCode, Failure> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let subscription = Subscription { endpoint: wanted.endpoint, p256dh: wanted.keys.p256dh, auth: wanted.keys.auth };
    kith.add_browser(&visitor, &subscription, &device(agent)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end(State(kith): State<Kith>, SignedIn(visitor): SignedIn, Path(id): Path<BrowserId>) -> Result<Redirect, Failure> {
    kith.end_browser(&visitor, id).await?;
    Ok(Redirect::to("/settings/calls?done=ended"))
}

/// A browser in words, from what it says of itself: enough to tell one's own devices apart.
fn device(agent: &str) -> String {
    let first = |names: &[(&'static str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = first(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]).unwrap_or("A browser");
    let on = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "a Mac"),
        ("Linux", "Linux"),
    ]);
    on.map_or_else(|| browser.to_owned(), |on| format!("{browser} on {on}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_by_browser_and_system() {
        assert_eq!(
            device("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36"),
            "Chrome on Android"
        );
        assert_eq!(device("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"), "Firefox on Linux");
        assert_eq!(device(""), "A browser");
    }
}
