//! What the API says and takes: stable names, described for its openapi.json.

use kith_engine::{AttemptLine, DispatchLine, DispatchWhole, Imported, JsonChannel, PreviewItem, Previewed};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Problem details (RFC 9457): what is wrong and the way out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Details {
    /// In a few words.
    pub(super) title: String,
    /// The HTTP status.
    pub(super) status: u16,
    /// In a sentence, with the way out.
    pub(super) detail: String,
    /// The field that is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    /// Everything that is wrong with a plan, row by row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) problems: Vec<PlanProblem>,
}

/// One thing that is wrong with a plan, or worth a look.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanProblem {
    /// A name for programs; never renamed.
    pub(super) code: String,
    /// The line in the plan, from 1.
    pub(super) line: Option<u32>,
    /// The column or field.
    pub(super) column: Option<String>,
    /// What is wrong and the way out.
    pub(super) message: String,
    /// Whether nothing is stored until it is put right.
    pub(super) refuses: bool,
    /// Whether the post is stored and waits for the owner's yes.
    pub(super) holds: bool,
    /// The first byte and the one after the last in that column's text, where a place is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) span: Option<[u32; 2]>,
}

/// A connected profile.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Channel {
    id: String,
    name: String,
    network: String,
    address: String,
    server: String,
    /// `ok`, `sign_in_again` or `paused`.
    state: String,
    detail: String,
}

/// One delivery of a post on one channel.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Dispatch {
    id: String,
    /// planned, claimed, sending, uncertain, published, failed, missed, held, needs_person or cancelled.
    state: String,
    /// The state in words.
    words: String,
    /// When it is due, in UTC.
    due_at: String,
    /// The same in its zone, with offset.
    local: String,
    zone: String,
    channel: String,
    network: String,
    text: String,
    category: Option<String>,
    /// Id on the network, once published.
    remote_id: Option<String>,
    /// Link on the network, once published.
    url: Option<String>,
    sent_at: Option<String>,
    attempts: u32,
    /// Who wrote, approved, sends, in a sentence.
    provenance: String,
}

/// A delivery with every attempt at it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WholeDispatch {
    #[serde(flatten)]
    dispatch: Dispatch,
    /// Hash of what was approved.
    hash: String,
    warning: Option<String>,
    tries: Vec<Attempt>,
}

/// One attempt: what was sent, what came back, what Kith concluded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Attempt {
    n: u32,
    /// `send` or `look`.
    kind: String,
    started_at: String,
    ended_at: Option<String>,
    request_hash: String,
    outcome: String,
    answer: String,
    conclusion: String,
}

/// What would go out and when; nothing is stored.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Preview {
    items: Vec<PlannedPost>,
    /// Worth a look; the plan goes on.
    warnings: Vec<PlanProblem>,
}

/// One line of a preview.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlannedPost {
    due_at: String,
    local: String,
    zone: String,
    channel: String,
    network: String,
    text: String,
    /// Length as the network counts.
    length: u32,
    length_max: u32,
    line: u32,
    warnings: Vec<String>,
    /// Why it would be stored held until the owner's yes, if so.
    held: Option<String>,
    /// What holds it or is worth a look, with the rule's name.
    findings: Vec<PlanProblem>,
}

/// What was stored.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Stored {
    posts: usize,
    dispatches: usize,
    first_due_at: Option<String>,
    last_due_at: Option<String>,
    /// Deliveries that are stored held until the owner's yes.
    held: usize,
}

/// One post at a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPost {
    /// The channel's name.
    pub(super) channel: String,
    /// Local time, such as `2026-12-01 09:30`.
    pub(super) at: String,
    /// IANA zone of that time; the workspace's if left out.
    #[serde(default)]
    pub(super) zone: Option<String>,
    /// The words.
    pub(super) text: String,
    /// Content warning.
    #[serde(default)]
    pub(super) cw: Option<String>,
    /// Language, such as `en` or `pt-BR`.
    #[serde(default)]
    pub(super) lang: Option<String>,
    /// The answers of a poll, in order.
    #[serde(default)]
    pub(super) poll: Vec<String>,
    /// How long the poll is open, in minutes; a day if left out.
    #[serde(default)]
    pub(super) poll_minutes: Option<u32>,
    /// The card of its link: title and description; `["none"]` for no card; left out for what the page says.
    #[serde(default)]
    pub(super) card: Vec<String>,
    /// Leave the links as they are, without looking whether they lead somewhere.
    #[serde(default)]
    pub(super) no_link_check: bool,
}

/// Other words for a delivery that has not gone out; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWords {
    /// The words, on this delivery's channel; a line of `---` alone begins the next part of a thread.
    #[serde(default)]
    pub(super) text: Option<String>,
    /// Content warning, on all channels of the post; empty takes it away.
    #[serde(default)]
    pub(super) cw: Option<String>,
    /// Leave the links as they are, without looking whether they lead somewhere.
    #[serde(default)]
    pub(super) no_link_check: bool,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those in this state.
    pub(super) state: Option<String>,
    /// Only this channel, by its name.
    pub(super) channel: Option<String>,
    /// Only those that need a person.
    #[serde(default)]
    pub(super) needs_you: bool,
    /// At most so many; 100 if left out, at most 1,000.
    pub(super) limit: Option<u32>,
}

/// What holds for a whole plan.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// Channels for rows that name none, divided by commas.
    pub(super) channels: Option<String>,
    /// IANA zone of times that name none.
    pub(super) zone: Option<String>,
    /// When posts without a time may go out, such as `Mon-Fri 08:00-10:00`.
    pub(super) windows: Option<String>,
    /// Posts without a time per day.
    pub(super) per_day: Option<u32>,
    /// First day of posts without a time, such as `2026-12-01`.
    pub(super) from: Option<String>,
    /// Least minutes between two posts on a channel; 45 if left out.
    pub(super) gap: Option<u32>,
    /// The same seed gives the same times.
    pub(super) seed: Option<u64>,
    /// Store it although the same plan was stored before.
    #[serde(default)]
    pub(super) again: bool,
    /// Leave the links as they are, without looking whether they lead somewhere.
    #[serde(default)]
    pub(super) no_link_check: bool,
}

impl PlanProblem {
    pub(super) fn of(problem: &kith_domain::plan::Problem) -> Self {
        Self {
            code: problem.code(),
            line: problem.line,
            column: problem.column.clone(),
            message: problem.to_string(),
            refuses: problem.refuses(),
            holds: problem.holds(),
            span: match &problem.reason {
                kith_domain::plan::Reason::Safety { span, .. } => *span,
                _ => None,
            },
        }
    }
}

impl From<JsonChannel> for Channel {
    fn from(row: JsonChannel) -> Self {
        let JsonChannel { id, name, network, address, server, state, detail, .. } = row;
        Self { id, name, network, address, server, state, detail }
    }
}

impl From<DispatchLine> for Dispatch {
    fn from(row: DispatchLine) -> Self {
        Self {
            id: row.id,
            state: row.state,
            words: row.words,
            due_at: row.due_at.to_string(),
            local: row.local,
            zone: row.zone,
            channel: row.channel,
            network: row.network,
            text: row.text,
            category: row.category,
            remote_id: row.remote_id,
            url: row.url,
            sent_at: row.sent_at.map(|at| at.to_string()),
            attempts: row.attempts,
            provenance: row.provenance,
        }
    }
}

impl From<DispatchWhole> for WholeDispatch {
    fn from(whole: DispatchWhole) -> Self {
        Self {
            dispatch: whole.line.into(),
            hash: whole.hash,
            warning: whole.warning,
            tries: whole.tries.into_iter().map(Attempt::from).collect(),
        }
    }
}

impl From<AttemptLine> for Attempt {
    fn from(row: AttemptLine) -> Self {
        Self {
            n: row.n,
            kind: row.kind,
            started_at: row.started_at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
            request_hash: row.request_hash,
            outcome: row.outcome,
            answer: row.answer,
            conclusion: row.conclusion,
        }
    }
}

impl From<Previewed> for Preview {
    fn from(preview: Previewed) -> Self {
        Self {
            items: preview.items.into_iter().map(PlannedPost::from).collect(),
            warnings: preview.problems.iter().map(PlanProblem::of).collect(),
        }
    }
}

impl From<PreviewItem> for PlannedPost {
    fn from(item: PreviewItem) -> Self {
        Self {
            due_at: item.due_at.to_string(),
            local: item.local,
            zone: item.zone,
            channel: item.channel,
            network: item.network,
            text: item.text,
            length: item.length,
            length_max: item.length_max,
            line: item.line,
            warnings: item.warnings,
            held: item.held,
            findings: item.findings.iter().map(PlanProblem::of).collect(),
        }
    }
}

impl From<Imported> for Stored {
    fn from(stored: Imported) -> Self {
        Self {
            posts: stored.posts,
            dispatches: stored.dispatches,
            first_due_at: stored.first_due_at.map(|at| at.to_string()),
            last_due_at: stored.last_due_at.map(|at| at.to_string()),
            held: stored.held,
        }
    }
}
