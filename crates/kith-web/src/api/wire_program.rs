//! What the program's part of the API answers: stable names, described for its openapi.json.

use kith_domain::schedule::{Draft, MarketHour, PresenceAnswer, PreviewLine, WaitingKind, WithoutTime};
use kith_engine::{OnReturn, ProgramDiff, SourceLine};
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::PlanProblem;

/// What a change does (or, with `preview=true`, would do) to all that goes out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changed {
    /// Everything that goes out from the program, by time.
    lines: Vec<PlacedPost>,
    /// What the rules keep back, each with its reasons.
    kept_back: Vec<PlacedPost>,
    /// What has no time, and why.
    without_time: Vec<NotPlaced>,
    /// New deliveries.
    added: usize,
    /// Of these, deliveries that are stored held until the owner's yes.
    held: usize,
    /// Deliveries at another time.
    moved: usize,
    /// Deliveries with other words.
    reworded: usize,
    /// Deliveries called off.
    cancelled: usize,
    /// A post that the change suggests, such as one that says that an event is called off.
    offer: Option<String>,
    /// Worth a look in all of it.
    notes: Vec<PlanProblem>,
}

/// A post on one channel at one time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlacedPost {
    /// The key of its draft or entry.
    post: String,
    channel: String,
    network: String,
    /// The words as they go out.
    text: String,
    category: Option<String>,
    /// When it is due, in UTC.
    due_at: String,
    /// The owner's wall clock then, such as `2026-12-01T09:30:00[Europe/Lisbon]`.
    home: String,
    /// Whether somebody will be there to answer.
    presence: AtHome,
    /// Whether it asks its readers something.
    asks: bool,
    /// What hour it is for whom, in the markets it is planned for.
    markets: Vec<HourThere>,
    /// Whether anything holds or refuses it.
    goes_out: bool,
    /// What stands still then, if it holds this.
    held: Option<String>,
    /// What the channel's cadence says about it, in sentences.
    cadence: Vec<String>,
    /// What the checks of its words found.
    problems: Vec<PlanProblem>,
}

/// Whether the owner is there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AtHome {
    /// She said that she is.
    Here,
    /// She said that she is not.
    NobodyHome,
    /// She said nothing about her hours.
    NotSaid,
}

/// What hour it is in a market.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HourThere {
    market: String,
    /// The wall clock there.
    there: String,
    /// Whether its people look then.
    inside: bool,
}

/// Something that found no time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NotPlaced {
    post: String,
    channel: Option<String>,
    /// Why, and the way out.
    why: String,
}

/// A post that waits in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QueuedPost {
    /// By which it is moved and taken out.
    key: String,
    text: String,
    channels: Vec<String>,
    category: Option<String>,
}

/// A series, an event, a repeat, a plan for markets, or an absence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Source {
    id: String,
    /// `series`, `event`, `recurring`, `markets` or `absence`.
    kind: String,
    name: String,
    /// Since when it rests.
    paused_at: Option<String>,
    /// Grows by one with each change.
    version: i64,
    /// Everything about it; differs by kind.
    #[schema(value_type = Object)]
    meaning: serde_json::Value,
}

/// What waits on the return from an absence. Who wrote and what is read on the page, not by key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Waits {
    absence: String,
    from: String,
    until: String,
    over: bool,
    /// How many people wait, and promises that came due.
    people: usize,
    /// Posts that were to go out meanwhile and did not.
    posts: Vec<WaitingPost>,
}

/// A post that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WaitingPost {
    /// The delivery's id.
    dispatch: String,
    /// Its first words.
    text: String,
    since: String,
}

impl From<ProgramDiff> for Changed {
    fn from(diff: ProgramDiff) -> Self {
        Self {
            lines: diff.lines.into_iter().map(PlacedPost::from).collect(),
            kept_back: diff.kept_back.into_iter().map(PlacedPost::from).collect(),
            without_time: diff.without_time.into_iter().map(NotPlaced::from).collect(),
            added: diff.added,
            held: diff.held,
            moved: diff.moved,
            reworded: diff.reworded,
            cancelled: diff.cancelled,
            offer: diff.offer,
            notes: diff.notes.iter().map(PlanProblem::of).collect(),
        }
    }
}

impl From<PreviewLine> for PlacedPost {
    fn from(line: PreviewLine) -> Self {
        Self {
            goes_out: line.goes_out(),
            cadence: line.verdicts.iter().map(ToString::to_string).collect(),
            problems: line.problems.iter().map(PlanProblem::of).collect(),
            due_at: line.due_at.to_string(),
            home: line.home.to_string(),
            presence: AtHome::of(&line.presence),
            asks: line.asks,
            markets: line.markets.into_iter().map(HourThere::from).collect(),
            post: line.post,
            channel: line.channel,
            network: line.network,
            text: line.text,
            category: line.category,
            held: line.held,
        }
    }
}

impl AtHome {
    fn of(answer: &PresenceAnswer) -> Self {
        match answer {
            PresenceAnswer::Here { .. } => Self::Here,
            PresenceAnswer::NobodyHome { .. } => Self::NobodyHome,
            PresenceAnswer::NotSaid => Self::NotSaid,
        }
    }
}

impl From<MarketHour> for HourThere {
    fn from(hour: MarketHour) -> Self {
        Self { market: hour.market, there: hour.there.to_string(), inside: hour.inside }
    }
}

impl From<WithoutTime> for NotPlaced {
    fn from(one: WithoutTime) -> Self {
        let WithoutTime { post, channel, why } = one;
        Self { post, channel, why }
    }
}

impl From<Draft> for QueuedPost {
    fn from(draft: Draft) -> Self {
        let Draft { key, text, channels, category, .. } = draft;
        Self { key, text, channels, category }
    }
}

impl From<SourceLine> for Source {
    fn from(line: SourceLine) -> Self {
        Self {
            id: line.id,
            kind: line.kind.as_str().to_owned(),
            name: line.name,
            paused_at: line.paused_at.map(|at| at.to_string()),
            version: line.version,
            meaning: serde_json::to_value(&line.meaning).unwrap_or_default(),
        }
    }
}

impl From<OnReturn> for Waits {
    fn from(waits: OnReturn) -> Self {
        let (posts, people): (Vec<_>, Vec<_>) =
            waits.waiting.into_iter().partition(|one| matches!(one.kind, WaitingKind::HeldPost | WaitingKind::Approval));
        Self {
            absence: waits.absence,
            from: waits.from.to_string(),
            until: waits.until.to_string(),
            over: waits.over,
            people: people.len(),
            posts: posts.into_iter().map(|one| WaitingPost { dispatch: one.key, text: one.shown, since: one.since.to_string() }).collect(),
        }
    }
}
