//! The program by API: queue, windows, series, events, repeats, markets, presence, absences, pauses. Every change takes
//! `?preview=true` and answers then what it would do, by the function that stores it.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use kith_domain::mandate::{Deed, Door};
use kith_domain::plan::{QueueSpot, SeriesEntry};
use kith_domain::schedule::Wanted;
use kith_engine::{
    AbsenceWish, EventWish, Kith, MarketsWish, Meaning, PauseWish, Problem, Program, ProgramEdit, QueueWish, RecurringWish, SeriesWish,
    SourceKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::dispatches::query;
use super::program::{Caller, Refusal};
use super::wire::Details;
use super::wire_program::{Changed, QueuedPost, Source, Waits};

type Answer = Result<Json<Value>, Refusal>;
type Asked = Result<Query<How>, QueryRejection>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// How a change is made.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct How {
    /// Only say what it would do; nothing is stored.
    preview: bool,
}

macro_rules! wire {
    ($(#[$doc:meta])* $name:ident into $wish:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name { $($(#[$field_doc])* $field: $type),* }

        impl From<$name> for $wish {
            fn from(body: $name) -> Self {
                Self { $($field: body.$field),* }
            }
        }
    };
}

wire!(
    /// Posts for the queue.
    NewQueued into QueueWish { texts: Vec<String>, category: String, channels: Vec<String>, first: bool }
);
wire!(
    /// A series.
    NewSeries into SeriesWish {
        name: String, heading: String, hashtag: Option<String>, rhythm: Option<String>, zone: Option<String>,
        channels: Vec<String>, category: Option<String>, texts: Vec<String>,
    }
);
wire!(
    /// An event with its reminders.
    NewEvent into EventWish {
        name: String, begins: String, ends: Option<String>, zone: Option<String>, place: Option<String>, link: Option<String>,
        reminders: String, channels: Vec<String>, category: Option<String>, texts: Vec<String>,
    }
);
wire!(
    /// A post again and again.
    NewRepeat into RecurringWish {
        name: String, every: String, zone: Option<String>, from: Option<String>, until: Option<String>,
        channels: Vec<String>, category: Option<String>, text: String,
    }
);
wire!(
    /// Posts for readers elsewhere.
    NewMarketPlan into MarketsWish {
        name: String, to: Vec<String>, overlap: bool, rhythm: Option<String>, zone: Option<String>, channels: Vec<String>,
        category: Option<String>, texts: Vec<String>, wordings: Vec<String>,
    }
);
wire!(
    /// A time away.
    NewAbsence into AbsenceWish {
        name: String, from: String, to: String, zone: Option<String>, goes_on: Vec<String>, before: Option<String>,
        before_at: Option<String>, after: Option<String>, after_at: Option<String>, channels: Vec<String>, sorter: Option<String>,
    }
);
wire!(
    /// What stands still: a category, a channel, both, or with neither everything.
    NewPause into PauseWish { category: Option<String>, channel: Option<String>, until: Option<String>, why: Option<String> }
);

/// A text as people write it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Such as `tips: Mon-Fri 7:30-9:00`, `New York: America/New_York 6-7`, `Mon-Fri 9-17`, `here today until 17:30`.
    text: String,
}

/// Another time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTime {
    /// Local time in the event's zone, such as `2026-12-05 18:30`.
    begins: String,
    /// As long as before if left out.
    #[serde(default)]
    ends: Option<String>,
}

/// Where a post of the queue goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSpot {
    /// `first`, `last`, `before` or `after`.
    to: String,
    /// The key of the other post, for `before` and `after`.
    #[serde(default)]
    post: Option<String>,
}

/// Entries for a series.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEntries {
    texts: Vec<String>,
    /// Before the entry at this place, from 1; at the end if left out.
    #[serde(default)]
    at: Option<usize>,
}

/// A whole series, or one entry of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Entry {
    /// The entry's place, from 1; the whole series if left out.
    place: Option<usize>,
}

/// What a category is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKind {
    /// `promotion`, `help` or `personal`.
    kind: String,
}

/// Which absence.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Away {
    /// Its name; the one that is on, or the next, if left out.
    name: Option<String>,
}

/// The program's part of the API.
pub(super) fn routes() -> OpenApiRouter<Kith> {
    OpenApiRouter::new()
        .routes(routes!(program))
        .routes(routes!(queue, add_queue))
        .routes(routes!(drop_queue))
        .routes(routes!(move_queue))
        .routes(routes!(pause_queue))
        .routes(routes!(resume_queue))
        .routes(routes!(categories))
        .routes(routes!(set_kind))
        .routes(routes!(insert_entries))
        .routes(routes!(remove_entry))
        .routes(routes!(pause_series))
        .routes(routes!(resume_series))
        .routes(routes!(waits))
        .routes(routes!(windows))
        .routes(routes!(set_windows))
        .routes(routes!(series, add_series))
        .routes(routes!(drop_series))
        .routes(routes!(events, add_event))
        .routes(routes!(drop_event))
        .routes(routes!(move_event))
        .routes(routes!(cancel_event))
        .routes(routes!(repeats, add_repeat))
        .routes(routes!(drop_repeat))
        .routes(routes!(markets, set_market))
        .routes(routes!(drop_market))
        .routes(routes!(market_plans, plan_markets))
        .routes(routes!(end_markets))
        .routes(routes!(presence, set_presence))
        .routes(routes!(promise))
        .routes(routes!(absences, add_absence))
        .routes(routes!(drop_absence))
        .routes(routes!(pauses, pause))
        .routes(routes!(resume))
}

fn json(value: &impl Serialize) -> Answer {
    serde_json::to_value(value).map(Json).map_err(|error| Problem::Invalid { field: "answer".into(), why: error.to_string() }.into())
}

fn body<T>(given: Body<T>) -> Result<T, Refusal> {
    given.map(|Json(value)| value).map_err(|error| Problem::Invalid { field: "body".into(), why: error.body_text() }.into())
}

async fn apply(kith: &Kith, program: &Program, edit: ProgramEdit, how: Asked) -> Result<Json<Changed>, Refusal> {
    if query(how)?.preview {
        return Ok(Json(kith.preview_program(&program.operator, &edit).await?.into()));
    }
    program.may(Deed::Plan)?;
    Ok(Json(kith.change_program(&program.operator, &edit, Door::Api { key: program.key.clone() }).await?.into()))
}

fn spot(new: &NewSpot) -> Result<QueueSpot, Problem> {
    let other = || new.post.clone().ok_or_else(|| invalid("post", "name the other post by its key"));
    match new.to.as_str() {
        "first" => Ok(QueueSpot::First),
        "last" => Ok(QueueSpot::Last),
        "before" => other().map(QueueSpot::Before),
        "after" => other().map(QueueSpot::After),
        to => Err(invalid("to", &format!("{to:?} is no place; choose first, last, before or after"))),
    }
}

/// The series with further entries.
async fn with_entries(kith: &Kith, program: &Program, name: &str, new: NewEntries) -> Result<ProgramEdit, Problem> {
    let texts: Vec<_> = new.texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return Err(invalid("texts", "write at least one entry"));
    }
    let insert = |series: &mut kith_domain::plan::Series, _: String| {
        let begin = new.at.map_or(series.entries.len(), |place| place.saturating_sub(1));
        texts.iter().enumerate().try_for_each(|(index, text)| series.insert(SeriesEntry::new(kith.new_item_key(), *text), begin + index))
    };
    kith.series_change(program.operator.workspace, name, insert).await
}

/// The key of the entry at a place.
async fn entry(kith: &Kith, program: &Program, name: &str, place: usize) -> Result<String, Problem> {
    let one = kith.program_source(program.operator.workspace, SourceKind::Series, name).await?;
    let found = match one.meaning {
        Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } => {
            place.checked_sub(1).and_then(|index| series.entries.get(index)).map(|entry| entry.key.clone())
        }
        _ => None,
    };
    found.ok_or_else(|| Problem::NotThere(format!("the series {name:?} has no place {place}; look at GET /api/v1/series")))
}

/// A series without one entry.
async fn without(kith: &Kith, program: &Program, name: &str, new: &Entry) -> Result<ProgramEdit, Problem> {
    let place = new.place.ok_or_else(|| invalid("place", "name the entry by its place, from 1"))?;
    let key = entry(kith, program, name, place).await?;
    kith.series_change(program.operator.workspace, name, |series, _| series.remove(&key).map(drop)).await
}

/// A series, or one entry of it, rests or goes on.
async fn rest(kith: &Kith, program: &Program, name: String, new: &Entry, rests: bool) -> Result<ProgramEdit, Problem> {
    match new.place {
        None => Ok(ProgramEdit::Rest { kind: SourceKind::Series, name, rests }),
        Some(place) => {
            let key = entry(kith, program, &name, place).await?;
            kith.series_change(program.operator.workspace, &name, |series, _| series.pause(&key, rests)).await
        }
    }
}

fn queue_rests(rests: bool) -> ProgramEdit {
    ProgramEdit::Rest { kind: SourceKind::Queue, name: "queue".into(), rests }
}

fn invalid(field: &str, why: &str) -> Problem {
    Problem::Invalid { field: field.into(), why: why.into() }
}

/// What waits on the return from an absence: how many people, and which posts
#[utoipa::path(get, path = "/absences/waits", params(Away), responses((status = 200, body = Waits), (status = 401, body = Details), (status = 404, body = Details), (status = 422, body = Details)))]
pub(super) async fn waits(
    State(kith): State<Kith>,
    Caller(program): Caller,
    away: Result<Query<Away>, QueryRejection>,
) -> Result<Json<Waits>, Refusal> {
    program.may(Deed::Read)?;
    Ok(Json(kith.waits_of_absence(program.operator.workspace, query(away)?.name.as_deref()).await?.into()))
}

macro_rules! doors {
    ($($method:ident $path:literal $name:ident ($kith:ident, $program:ident $(, $arg:ident: $body:ty)? $(; $key:ident $key_name:literal)?) $doc:literal => $edit:expr;)*) => {$(
        #[doc = $doc]
        #[utoipa::path($method, path = $path, summary = $doc, params(How $(, ($key_name = String, Path))?), $(request_body = $body,)? responses((status = 200, body = Changed), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details), (status = 409, body = Details), (status = 422, body = Details)))]
        pub(super) async fn $name(State($kith): State<Kith>, Caller($program): Caller, how: Asked $(, Path($key): Path<String>)? $(, $arg: Body<$body>)?) -> Result<Json<Changed>, Refusal> {
            $program.may(Deed::Read)?;
            $(let $arg = body($arg)?;)?
            let edit = $edit;
            apply(&$kith, &$program, edit, how).await
        }
    )*};
}

doors! {
    post "/queue" add_queue(kith, program, new: NewQueued) "Posts into the queue" => kith.queue_add(program.operator.workspace, &new.into()).await?;
    delete "/queue/{post}" drop_queue(kith, program; post "post") "A post out of the queue, by its key" => kith.queue_remove(program.operator.workspace, &post).await?;
    post "/queue/{post}/move" move_queue(kith, program, new: NewSpot; post "post") "A post of the queue at another place of its order" => kith.queue_move(program.operator.workspace, &post, &spot(&new)?).await?;
    post "/queue/pause" pause_queue(kith, program) "The queue rests" => queue_rests(true);
    post "/queue/resume" resume_queue(kith, program) "The queue goes on" => queue_rests(false);
    put "/categories/{category}" set_kind(kith, program, new: NewKind; category "category") "What a category is for" => kith.kind_edit(program.operator.workspace, &category, &new.kind).await?;
    put "/windows/{channel}" set_windows(kith, program, new: Words; channel "channel") "The windows of a channel's categories" => kith.windows_edit(&program.operator, &channel, &new.text).await?;
    post "/series" add_series(kith, program, new: NewSeries) "A new series" => kith.series_edit(&program.operator, &new.into()).await?;
    delete "/series/{name}" drop_series(kith, program; name "name") "End a series" => ProgramEdit::Drop { kind: SourceKind::Series, name };
    post "/series/{name}/entries" insert_entries(kith, program, new: NewEntries; name "name") "Entries into a series; what is out keeps its number" => with_entries(&kith, &program, &name, new).await?;
    post "/series/{name}/remove" remove_entry(kith, program, new: Entry; name "name") "An entry out of a series, by its place" => without(&kith, &program, &name, &new).await?;
    post "/series/{name}/pause" pause_series(kith, program, new: Entry; name "name") "A series rests, or one entry is left out" => rest(&kith, &program, name, &new, true).await?;
    post "/series/{name}/resume" resume_series(kith, program, new: Entry; name "name") "A series goes on, or one entry is taken in again" => rest(&kith, &program, name, &new, false).await?;
    post "/events" add_event(kith, program, new: NewEvent) "An event, new or in place of the one with its name" => kith.event_edit(&program.operator, &new.into()).await?;
    post "/events/{name}/move" move_event(kith, program, new: NewTime; name "name") "An event at another time" => kith.event_move(program.operator.workspace, &name, &new.begins, new.ends.as_deref()).await?;
    post "/events/{name}/cancel" cancel_event(kith, program; name "name") "An event is called off" => kith.event_cancel(program.operator.workspace, &name).await?;
    delete "/events/{name}" drop_event(kith, program; name "name") "An event out of the list" => ProgramEdit::Drop { kind: SourceKind::Event, name };
    post "/repeats" add_repeat(kith, program, new: NewRepeat) "A post again and again" => kith.recurring_edit(&program.operator, &new.into()).await?;
    delete "/repeats/{name}" drop_repeat(kith, program; name "name") "It repeats no more" => ProgramEdit::Drop { kind: SourceKind::Recurring, name };
    post "/markets" set_market(kith, program, new: Words) "A market: NAME: ZONE HOURS" => kith.market_edit(program.operator.workspace, &new.text).await?;
    delete "/markets/{name}" drop_market(kith, program; name "name") "A market is no more" => kith.market_drop(program.operator.workspace, &name).await?;
    post "/markets/plans" plan_markets(kith, program, new: NewMarketPlan) "Posts for one or several markets" => kith.markets_edit(&program.operator, &new.into()).await?;
    delete "/markets/plans/{name}" end_markets(kith, program; name "name") "End a plan for markets" => ProgramEdit::Drop { kind: SourceKind::Markets, name };
    put "/presence" set_presence(kith, program, new: Words) "The owner's weekly hours" => kith.presence_hours_edit(&program.operator, &new.text).await?;
    post "/presence/promises" promise(kith, program, new: Words) "A single promise to be here or away" => kith.presence_promise_edit(&program.operator, &new.text).await?;
    post "/absences" add_absence(kith, program, new: NewAbsence) "A time away" => kith.absence_edit(&program.operator, &new.into()).await?;
    delete "/absences/{name}" drop_absence(kith, program; name "name") "A time away that is not" => kith.absence_drop(&name);
    post "/pauses" pause(kith, program, new: NewPause) "It stands still" => kith.pause_edit(&program.operator, &new.into()).await?;
    post "/pauses/resume" resume(kith, program, new: NewPause) "It goes on" => kith.resume_edit(&program.operator, &new.into()).await?;
}

macro_rules! lists {
    ($($path:literal $name:ident ($kith:ident, $program:ident) $answer:ty, $doc:literal => $value:expr;)*) => {$(
        #[doc = $doc]
        #[utoipa::path(get, path = $path, summary = $doc, responses((status = 200, body = $answer), (status = 401, body = Details)))]
        pub(super) async fn $name(State($kith): State<Kith>, Caller($program): Caller) -> Answer {
            $program.may(Deed::Read)?;
            let answer = $value;
            json(&answer)
        }
    )*};
}

async fn all(kith: &Kith, program: &Program, kind: SourceKind) -> Result<Vec<Source>, Problem> {
    Ok(kith.sources_of(program.operator.workspace, kind).await?.into_iter().map(Source::from).collect())
}

lists! {
    "/program" program(kith, program) Changed, "Everything ahead, with where it comes from" => Changed::from(kith.preview_program(&program.operator, &ProgramEdit::TimePassed).await?);
    "/queue" queue(kith, program) Vec<QueuedPost>, "What waits in the queue, the first to go out first" => kith.queue_drafts(program.operator.workspace).await?.into_iter().map(QueuedPost::from).collect::<Vec<_>>();
    "/categories" categories(kith, program) Object, "What the owner said that categories are for" => kith.plan_rules(program.operator.workspace).await?.kinds;
    "/windows" windows(kith, program) Object, "The windows of all channels" => kith.plan_rules(program.operator.workspace).await?.windows;
    "/series" series(kith, program) Vec<Source>, "All series" => all(&kith, &program, SourceKind::Series).await?;
    "/events" events(kith, program) Vec<Source>, "All events" => all(&kith, &program, SourceKind::Event).await?;
    "/repeats" repeats(kith, program) Vec<Source>, "All posts that repeat" => all(&kith, &program, SourceKind::Recurring).await?;
    "/markets" markets(kith, program) Vec<Object>, "All markets" => kith.plan_rules(program.operator.workspace).await?.markets;
    "/markets/plans" market_plans(kith, program) Vec<Source>, "All plans for markets" => all(&kith, &program, SourceKind::Markets).await?;
    "/presence" presence(kith, program) Object, "The owner's hours and promises" => kith.plan_rules(program.operator.workspace).await?.presence;
    "/absences" absences(kith, program) Vec<Source>, "All times away" => all(&kith, &program, SourceKind::Absence).await?;
    "/pauses" pauses(kith, program) Vec<Object>, "What stands still" => kith.plan_rules(program.operator.workspace).await?.pauses;
}
