//! Dispatches as the command line prints them: lists, and one whole with every attempt.

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::publish::State;
use kith_store::{AttemptRow as StoredAttempt, DispatchFilter, DispatchView};
use serde::Serialize;

use super::desk::{not_there, receipt};
use super::needs_you::STATES;
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};
use crate::views::{Choice, DecisionRow};
use crate::words::{self, Calendar};

/// Most rows that the command line lists at once.
const LIST_ROWS_MAX: u32 = 100_000;
/// Rows fetched from the store at a time.
const FETCH_ROWS: u32 = 500;
/// Fewest digits of an id that name it.
const ID_DIGITS_MIN: usize = 6;

/// Which dispatches are listed.
#[derive(Debug, Clone, Default)]
pub struct DispatchQuery<'a> {
    /// Only those in this state, by its name.
    pub state: Option<&'a str>,
    /// Only those that need a person; not together with `state`.
    pub needs_you: bool,
    /// Only this channel, by its name.
    pub channel: Option<&'a str>,
    /// At most so many.
    pub limit: u32,
}

/// A dispatch as the command line prints it: stable names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DispatchLine {
    /// The dispatch.
    pub id: String,
    /// Its state's name.
    pub state: String,
    /// The state in words.
    pub words: String,
    /// What is wrong, by a stable name, where it needs a person.
    pub needs: Option<String>,
    /// What a person can do now, by stable names.
    pub choices: Vec<Choice>,
    /// When it is due, in UTC.
    pub due_at: Timestamp,
    /// Local time with offset.
    pub local: String,
    /// IANA zone.
    pub zone: String,
    /// The channel's name.
    pub channel: String,
    /// Its network.
    pub network: String,
    /// The words.
    pub text: String,
    /// Id on the network, once published.
    pub remote_id: Option<String>,
    /// Link on the network, once published.
    pub url: Option<String>,
    /// When it was published.
    pub sent_at: Option<Timestamp>,
    /// Sends so far.
    pub attempts: u32,
    /// Category.
    pub category: Option<String>,
    /// Who wrote it.
    pub written_by: String,
    /// Who wrote, approved, sends, in a sentence.
    pub provenance: String,
}

/// An attempt as the command line prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttemptLine {
    /// Counted from 1.
    pub n: u32,
    /// `prepare`, `send` or `look`.
    pub kind: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The same in the dispatch's zone, with offset.
    pub started_local: String,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Hash of what was sent.
    pub request_hash: String,
    /// What was sent.
    pub request: String,
    /// In a word.
    pub outcome: String,
    /// What came back.
    pub answer: String,
    /// What Kith concluded and why.
    pub conclusion: String,
}

/// A dispatch whole, for the command line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The dispatch.
    #[serde(flatten)]
    pub line: DispatchLine,
    /// The hash that was approved: of the text and the pictures together.
    pub hash: String,
    /// Content warning.
    pub warning: Option<String>,
    /// Alternative texts of its pictures; empty for a decorative one.
    pub pictures: Vec<String>,
    /// What people decided about it, oldest first.
    pub decisions: Vec<DecisionRow>,
    /// Every attempt, oldest first.
    pub tries: Vec<AttemptLine>,
}

impl Kith {
    /// Dispatches in order of time, for the command line.
    pub async fn dispatch_lines(
        &self,
        workspace: WorkspaceId,
        state: Option<&str>,
        channel: Option<&str>,
        limit: u32,
    ) -> Result<Vec<DispatchLine>, Problem> {
        self.dispatch_list(workspace, &DispatchQuery { state, channel, limit, needs_you: false }).await
    }

    /// The same with all wishes.
    pub async fn dispatch_list(&self, workspace: WorkspaceId, query: &DispatchQuery<'_>) -> Result<Vec<DispatchLine>, Problem> {
        let channel = match query.channel {
            Some(name) => Some(self.named_channel(workspace, name).await?.id),
            None => None,
        };
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let mut lines = Vec::new();
        let mut filter = DispatchFilter { states: states(query)?, channel, limit: FETCH_ROWS, ..DispatchFilter::default() };
        let limit = query.limit.min(LIST_ROWS_MAX) as usize;
        loop {
            let rows = store.dispatches(&filter).await.map_err(from_store)?;
            let full = rows.len() == FETCH_ROWS as usize;
            filter.after = rows.last().map(DispatchView::cursor);
            lines.extend(rows.iter().map(|view| line(view, now)));
            if !full || lines.len() >= limit {
                lines.truncate(limit);
                return Ok(lines);
            }
        }
    }

    /// What waits for a person, at most so many.
    pub(crate) async fn waiting_for_person(&self, workspace: WorkspaceId, limit: u32) -> Result<Vec<DispatchLine>, Problem> {
        self.dispatch_list(workspace, &DispatchQuery { state: None, needs_you: true, channel: None, limit }).await
    }

    /// One dispatch with its attempts, by its id or the id's first digits.
    pub async fn dispatch_page(&self, workspace: WorkspaceId, id: &str) -> Result<Page, Problem> {
        let id = self.dispatch_named(workspace, id).await?;
        let store = self.store().in_workspace(workspace);
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        let calendar = Calendar::new(&view.dispatch.zone, self.now());
        let tries = store.attempts(id).await.map_err(from_store)?;
        Ok(Page {
            line: line(&view, self.now()),
            hash: view.dispatch.payload_hash.as_str().to_owned(),
            warning: view.content.warning.clone(),
            pictures: view.content.media.iter().map(|item| item.alt.clone()).collect(),
            decisions: self.decisions(workspace, id, &calendar).await?,
            tries: tries.into_iter().map(|row| attempt_line(row, &calendar)).collect(),
        })
    }

    pub(super) async fn dispatch_named(&self, workspace: WorkspaceId, text: &str) -> Result<DispatchId, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let digits = text.trim().to_lowercase();
        if digits.len() < ID_DIGITS_MIN || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(Problem::Invalid { field: "id".into(), why: format!("{text:?} is no id; copy one from: kith dispatch list") });
        }
        let lines = self.dispatch_lines(workspace, None, None, LIST_ROWS_MAX).await?;
        let mut found = lines.iter().filter(|line| line.id.starts_with(&digits));
        match (found.next(), found.next()) {
            (Some(line), None) => line.id.parse().map_err(|_| not_there()),
            (Some(_), Some(_)) => {
                Err(Problem::Invalid { field: "id".into(), why: format!("several ids begin with {digits}; give more digits") })
            }
            _ => Err(not_there()),
        }
    }

    /// Calls one off at the command line.
    pub async fn cancel(&self, operator: &Operator, id: &str) -> Result<DispatchLine, Problem> {
        let id = self.dispatch_named(operator.workspace, id).await?;
        self.decide(operator.workspace, id, kith_domain::publish::Answer::Cancel, &operator.actor).await?;
        self.dispatch_line(operator.workspace, id).await
    }

    pub(super) async fn dispatch_line(&self, workspace: WorkspaceId, id: DispatchId) -> Result<DispatchLine, Problem> {
        let view = self.store().in_workspace(workspace).dispatch(id).await.map_err(from_store)?;
        view.map(|view| line(&view, self.now())).ok_or_else(not_there)
    }
}

fn states(query: &DispatchQuery<'_>) -> Result<Vec<&'static str>, Problem> {
    match query.state {
        Some(_) if query.needs_you => {
            Err(Problem::Invalid { field: "state".into(), why: "--needs-you names the states itself; leave --state out".into() })
        }
        None if query.needs_you => Ok(STATES.to_vec()),
        None => Ok(Vec::new()),
        Some(name) => {
            let known = State::NAMES.iter().find(|known| **known == name).ok_or_else(|| Problem::Invalid {
                field: "state".into(),
                why: format!("{name:?} is not a state; states are {}", State::NAMES.join(", ")),
            })?;
            Ok(vec![*known])
        }
    }
}

fn line(view: &DispatchView, now: Timestamp) -> DispatchLine {
    let d = &view.dispatch;
    let calendar = Calendar::new(&d.zone, now);
    let (word, sentence) = words::state(&d.state, &calendar);
    let receipt = receipt(d);
    DispatchLine {
        id: d.id.to_string(),
        state: d.state.name().to_owned(),
        words: sentence.unwrap_or(word),
        needs: words::need(&d.state).map(|need| need.kind.to_owned()),
        choices: words::choices(d, now),
        due_at: d.due_at,
        local: calendar.moment(d.due_at).iso,
        zone: d.zone.clone(),
        channel: view.channel_name.clone(),
        network: view.network.to_string(),
        text: view.content.text.clone(),
        remote_id: receipt.map(|receipt| receipt.remote_id.clone()),
        url: receipt.and_then(|receipt| receipt.url.clone()),
        sent_at: receipt.map(|receipt| receipt.at),
        attempts: d.attempts,
        category: view.category.clone(),
        written_by: view.provenance.written_by.to_string(),
        provenance: words::provenance(&view.provenance, &calendar),
    }
}

fn attempt_line(row: StoredAttempt, calendar: &Calendar) -> AttemptLine {
    AttemptLine {
        n: row.n,
        kind: row.kind.as_str().to_owned(),
        started_at: row.started_at,
        started_local: calendar.moment(row.started_at).iso,
        ended_at: row.ended_at,
        conclusion: words::conclusion(&row),
        request_hash: row.request_hash,
        request: row.request,
        outcome: row.outcome,
        answer: row.answer,
    }
}
