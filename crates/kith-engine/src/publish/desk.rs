//! The desk: lists of dispatches, one whole, and what a person decides about it.

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::mandate::{Actor, Deed};
use kith_domain::publish::{Answer, Dispatch, Receipt, State, by_person};
use kith_store::{AttemptRow as StoredAttempt, DispatchCursor, DispatchFilter, DispatchView, NewEvent, SaveError};
use serde::Serialize;

use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{AttemptRow, Choice, DispatchPage, DispatchRow, PlanView};
use crate::words::{self, Calendar};

/// Rows of a page of the plan.
const PAGE_ROWS: u32 = 100;
/// Most rows that the command line lists at once.
const LIST_ROWS_MAX: u32 = 100_000;
/// Rows fetched from the store at a time.
const FETCH_ROWS: u32 = 500;
/// Fewest digits of an id that name it.
const ID_DIGITS_MIN: usize = 6;

/// A dispatch as the command line prints it: stable names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DispatchLine {
    /// The dispatch.
    pub id: String,
    /// Its state's name.
    pub state: String,
    /// The state in words.
    pub words: String,
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
    /// First digits of the approved hash.
    pub hash: String,
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
        let states = match state {
            None => Vec::new(),
            Some(name) => vec![*State::NAMES.iter().find(|known| **known == name).ok_or_else(|| Problem::Invalid {
                field: "state".into(),
                why: format!("{name:?} is not a state; states are {}", State::NAMES.join(", ")),
            })?],
        };
        let channel = match channel {
            Some(name) => Some(self.named_channel(workspace, name).await?.id),
            None => None,
        };
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let mut lines = Vec::new();
        let mut filter = DispatchFilter { states, channel, limit: FETCH_ROWS, ..DispatchFilter::default() };
        let limit = limit.min(LIST_ROWS_MAX) as usize;
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

    /// One dispatch with its attempts, by its id or the id's first digits.
    pub async fn dispatch_page(&self, workspace: WorkspaceId, id: &str) -> Result<Page, Problem> {
        let id = self.dispatch_named(workspace, id).await?;
        let store = self.store().in_workspace(workspace);
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        let tries = store.attempts(id).await.map_err(from_store)?.into_iter().map(attempt_line).collect();
        Ok(Page { line: line(&view, self.now()), hash: view.dispatch.payload_hash.short().to_owned(), tries })
    }

    async fn dispatch_named(&self, workspace: WorkspaceId, text: &str) -> Result<DispatchId, Problem> {
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
        self.decide(operator.workspace, id, Answer::Cancel, &operator.actor).await?;
        let view = self.store().in_workspace(operator.workspace).dispatch(id).await.map_err(from_store)?;
        view.map(|view| line(&view, self.now())).ok_or_else(not_there)
    }

    /// The plan as a list, for the page. `from` is where an earlier page ended.
    pub async fn plan(&self, visitor: &Visitor, filter: &str, from: Option<&str>) -> Result<PlanView, Problem> {
        let (calendar, store) = (self.calendar(&visitor.zone), self.store().in_workspace(visitor.workspace));
        let (start, _) = calendar.today();
        let mut wanted = DispatchFilter { limit: PAGE_ROWS, after: from.and_then(read_place), ..DispatchFilter::default() };
        let shown = match filter {
            "published" => {
                wanted.states = vec!["published"];
                wanted.latest_first = true;
                "published"
            }
            "needs-you" => {
                wanted.states = vec!["missed", "held", "needs_person", "failed", "uncertain"];
                "needs-you"
            }
            "all" => "all",
            _ => {
                wanted.from = Some(start);
                "coming"
            }
        };
        let views = store.dispatches(&wanted).await.map_err(from_store)?;
        let next = (views.len() == PAGE_ROWS as usize).then(|| views.last().map(|view| write_place(view.cursor()))).flatten();
        Ok(PlanView {
            now: calendar.moment(calendar.now()),
            rows: views.iter().map(|view| self.row(view, &calendar)).collect(),
            counts: store.counts().await.map_err(from_store)?,
            filter: shown.to_owned(),
            next,
        })
    }

    /// One dispatch with everything that happened, for the page.
    pub async fn dispatch(&self, visitor: &Visitor, id: DispatchId) -> Result<DispatchPage, Problem> {
        let (calendar, store) = (self.calendar(&visitor.zone), self.store().in_workspace(visitor.workspace));
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        let attempts = store.attempts(id).await.map_err(from_store)?;
        let may = visitor.role().may(Deed::Plan).is_ok();
        Ok(DispatchPage {
            row: self.row(&view, &calendar),
            text: view.content.text.clone(),
            warning: view.content.warning.clone(),
            pictures: view.content.media.iter().map(|item| item.alt.clone()).collect(),
            hash: view.dispatch.payload_hash.short().to_owned(),
            civil: view.dispatch.civil.clone(),
            zone: view.dispatch.zone.clone(),
            provenance_words: words::provenance(&view.provenance, &calendar),
            provenance: view.provenance.clone(),
            attempts: attempts.iter().map(|attempt| attempt_row(attempt, &calendar)).collect(),
            choices: if may { words::choices(&view.dispatch.state) } else { Vec::new() },
        })
    }

    /// A person decides on the page. `link` is where they found it, for `ItIsThere`.
    pub async fn choose(&self, visitor: &Visitor, id: DispatchId, choice: Choice, link: Option<&str>) -> Result<(), Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let answer = match choice {
            Choice::SendNow => Answer::SendNow,
            Choice::Cancel => Answer::Cancel,
            Choice::ItIsThere => Answer::ItIsThere(self.by_link(link)?),
        };
        self.decide(visitor.workspace, id, answer, &visitor.actor()).await
    }

    /// A link that a person found is the only proof there is; its text serves as the remote id.
    fn by_link(&self, link: Option<&str>) -> Result<Receipt, Problem> {
        let link = link.map(str::trim).filter(|link| link.starts_with("https://") || link.starts_with("http://"));
        let link = link.ok_or_else(|| Problem::Invalid {
            field: "link".into(),
            why: "paste the address of the post, beginning with https://".into(),
        })?;
        Ok(Receipt { remote_id: link.to_owned(), url: Some(link.to_owned()), at: self.now() })
    }

    async fn decide(&self, workspace: WorkspaceId, id: DispatchId, answer: Answer, actor: &Actor) -> Result<(), Problem> {
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        let decision = by_person(&view.dispatch, answer, now).map_err(|why| Problem::Refused(why.into()))?;
        let event = NewEvent {
            kind: format!("dispatch.by_person.{}", decision.state.name()),
            subject: id.to_string(),
            actor: actor.clone(),
            detail: serde_json::json!({ "before": view.dispatch.state.name() }),
        };
        match store.apply(&view.dispatch, &decision.state, &event, now).await {
            Ok(()) => {}
            Err(SaveError::Fenced) => return Err(Problem::Conflict("it has just changed; look again".into())),
            Err(SaveError::Store(error)) => return Err(from_store(error)),
        }
        self.tell(workspace, "plan", Some(id.to_string())).await;
        Ok(())
    }

    pub(crate) fn calendar(&self, zone: &str) -> Calendar {
        Calendar::new(zone, self.now())
    }

    /// A row of the plan for the page.
    pub(crate) fn row(&self, view: &DispatchView, calendar: &Calendar) -> DispatchRow {
        let (state_words, state_sentence) = words::state(&view.dispatch.state, calendar);
        DispatchRow {
            id: view.dispatch.id,
            due: calendar.moment(view.dispatch.due_at),
            stamp: self.stamp(&view.network, &view.channel_name),
            text: words::cut(&view.content.text),
            state_words,
            state_sentence,
            url: receipt(&view.dispatch).and_then(|receipt| receipt.url.clone()),
            state: view.dispatch.state.clone(),
            category: view.category.clone(),
        }
    }
}

fn receipt(dispatch: &Dispatch) -> Option<&Receipt> {
    match &dispatch.state {
        State::Published { receipt } => Some(receipt),
        _ => None,
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

fn attempt_line(row: StoredAttempt) -> AttemptLine {
    AttemptLine {
        n: row.n,
        kind: row.kind.as_str().to_owned(),
        started_at: row.started_at,
        ended_at: row.ended_at,
        request_hash: row.request_hash,
        request: row.request,
        outcome: row.outcome,
        answer: row.answer,
        conclusion: row.conclusion,
    }
}

fn attempt_row(row: &StoredAttempt, calendar: &Calendar) -> AttemptRow {
    AttemptRow {
        n: row.n,
        kind: row.kind.as_str().to_owned(),
        started: calendar.moment(row.started_at),
        took_ms: row.ended_at.map(|end| end.duration_since(row.started_at).as_millis() as i64),
        request_hash: row.request_hash.clone(),
        request: row.request.clone(),
        answer: row.answer.clone(),
        conclusion: if row.ended_at.is_none() && row.conclusion.is_empty() {
            "Nobody came back to say how this ended; it is looked for before anything else.".into()
        } else {
            row.conclusion.clone()
        },
    }
}

/// A place in the list as it stands in an address: milliseconds and id.
fn write_place(cursor: DispatchCursor) -> String {
    format!("{}-{}", cursor.due_at.as_millisecond(), cursor.id)
}

fn read_place(text: &str) -> Option<DispatchCursor> {
    let (at, id) = text.split_once('-')?;
    Some(DispatchCursor { due_at: Timestamp::from_millisecond(at.parse().ok()?).ok()?, id: id.parse().ok()? })
}

fn not_there() -> Problem {
    Problem::NotThere("there is no such dispatch in this workspace".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_nonsense_begins_at_the_start() {
        let cursor = DispatchCursor {
            due_at: Timestamp::from_millisecond(1_764_576_000_123).unwrap(),
            id: "018f0000000070008000000000000001".parse().unwrap(),
        };
        assert_eq!(read_place(&write_place(cursor)), Some(cursor));
        assert_eq!(read_place("x-y"), None);
        assert_eq!(read_place(""), None);
    }
}
