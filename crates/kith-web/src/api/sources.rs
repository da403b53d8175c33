//! The program by API: queue, windows, series, events, repeats, markets, presence, absences, pauses. Every change takes
//! `?preview=true` and answers then what it would do, by the function that stores it.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use kith_domain::mandate::{Deed, Door};
use kith_engine::{
    AbsenceWish, EventWish, Kith, MarketsWish, PauseWish, Problem, Program, ProgramEdit, QueueWish, RecurringWish, SeriesWish, SourceKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::dispatches::query;
use super::program::{Caller, Refusal};
use super::wire::Details;

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

/// The program's part of the API.
pub(super) fn routes() -> OpenApiRouter<Kith> {
    OpenApiRouter::new()
        .routes(routes!(program))
        .routes(routes!(queue, add_queue))
        .routes(routes!(drop_queue))
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

async fn apply(kith: &Kith, program: &Program, edit: ProgramEdit, how: Asked) -> Answer {
    if query(how)?.preview {
        return json(&kith.preview_program(&program.operator, &edit).await?);
    }
    program.may(Deed::Plan)?;
    json(&kith.change_program(&program.operator, &edit, Door::Api { key: program.key.clone() }).await?)
}

macro_rules! doors {
    ($($method:ident $path:literal $name:ident ($kith:ident, $program:ident $(, $arg:ident: $body:ty)? $(; $key:ident $key_name:literal)?) $doc:literal => $edit:expr;)*) => {$(
        #[doc = $doc]
        #[utoipa::path($method, path = $path, summary = $doc, params(How $(, ($key_name = String, Path))?), $(request_body = $body,)? responses((status = 200, body = Object), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details), (status = 409, body = Details), (status = 422, body = Details)))]
        pub(super) async fn $name(State($kith): State<Kith>, Caller($program): Caller, how: Asked $(, Path($key): Path<String>)? $(, $arg: Body<$body>)?) -> Answer {
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
    put "/windows/{channel}" set_windows(kith, program, new: Words; channel "channel") "The windows of a channel's categories" => kith.windows_edit(&program.operator, &channel, &new.text).await?;
    post "/series" add_series(kith, program, new: NewSeries) "A new series" => kith.series_edit(&program.operator, &new.into()).await?;
    delete "/series/{name}" drop_series(kith, program; name "name") "End a series" => ProgramEdit::Drop { kind: SourceKind::Series, name };
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
    ($($path:literal $name:ident ($kith:ident, $program:ident) $doc:literal => $value:expr;)*) => {$(
        #[doc = $doc]
        #[utoipa::path(get, path = $path, summary = $doc, responses((status = 200, body = Object), (status = 401, body = Details)))]
        pub(super) async fn $name(State($kith): State<Kith>, Caller($program): Caller) -> Answer {
            $program.may(Deed::Read)?;
            json(&$value)
        }
    )*};
}

lists! {
    "/program" program(kith, program) "Everything ahead, with where it comes from" => kith.preview_program(&program.operator, &ProgramEdit::TimePassed).await?;
    "/queue" queue(kith, program) "What waits in the queue" => kith.queue_drafts(program.operator.workspace).await?;
    "/windows" windows(kith, program) "The windows of all channels" => kith.plan_rules(program.operator.workspace).await?.windows;
    "/series" series(kith, program) "All series" => kith.sources_of(program.operator.workspace, SourceKind::Series).await?;
    "/events" events(kith, program) "All events" => kith.sources_of(program.operator.workspace, SourceKind::Event).await?;
    "/repeats" repeats(kith, program) "All posts that repeat" => kith.sources_of(program.operator.workspace, SourceKind::Recurring).await?;
    "/markets" markets(kith, program) "All markets" => kith.plan_rules(program.operator.workspace).await?.markets;
    "/markets/plans" market_plans(kith, program) "All plans for markets" => kith.sources_of(program.operator.workspace, SourceKind::Markets).await?;
    "/presence" presence(kith, program) "The owner's hours and promises" => kith.plan_rules(program.operator.workspace).await?.presence;
    "/absences" absences(kith, program) "All times away" => kith.sources_of(program.operator.workspace, SourceKind::Absence).await?;
    "/pauses" pauses(kith, program) "What stands still" => kith.plan_rules(program.operator.workspace).await?.pauses;
}
