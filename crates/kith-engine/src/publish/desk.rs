//! The desk: the plan as a list and one dispatch whole, for the pages.

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::mandate::Deed;
use kith_domain::publish::{Dispatch, Receipt, State, may_change};
use kith_store::{AttemptRow as StoredAttempt, DispatchCursor, DispatchFilter, DispatchView, EventRow};

use super::decide::BY_PERSON;
use super::needs_you::STATES;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{AttemptRow, DecisionRow, DispatchPage, DispatchRow, PlanView};
use crate::words::{self, Calendar};

/// Rows of a page of the plan.
const PAGE_ROWS: u32 = 100;
/// Most events of one dispatch that are read for its page, the latest.
const DECISIONS_MAX: u32 = 200;

impl Kith {
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
                wanted.states = STATES.to_vec();
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
        let channel = store.channel(view.dispatch.channel).await.map_err(from_store)?;
        let attempts = store.attempts(id).await.map_err(from_store)?;
        let may = visitor.role().may(Deed::Plan).is_ok();
        Ok(DispatchPage {
            row: self.row(&view, &calendar),
            text: view.content.text.clone(),
            warning: view.content.warning.clone(),
            pictures: view.content.media.iter().map(|item| item.alt.clone()).collect(),
            hash: view.dispatch.payload_hash.short().to_owned(),
            mend: words::mend(&view.dispatch, &view.channel_name),
            look: channel.as_ref().filter(|_| words::is_unsure(&view.dispatch.state)).and_then(|row| self.profile_url(row)),
            suggested: calendar.suggested(),
            civil: view.dispatch.civil.clone(),
            zone: view.dispatch.zone.clone(),
            provenance_words: words::provenance(&view.provenance, &calendar),
            provenance: view.provenance.clone(),
            attempts: attempts.iter().map(|attempt| attempt_row(attempt, &calendar)).collect(),
            decisions: self.decisions(visitor.workspace, id, &calendar).await?,
            choices: words::choices_of(visitor.role(), &view.dispatch, self.now()),
            may_edit: may && may_change(&view.dispatch).is_ok(),
        })
    }

    /// What people decided about a dispatch, oldest first.
    pub(super) async fn decisions(&self, workspace: WorkspaceId, id: DispatchId, calendar: &Calendar) -> Result<Vec<DecisionRow>, Problem> {
        let events = self.store().in_workspace(workspace).events(Some(&id.to_string()), None, DECISIONS_MAX).await.map_err(from_store)?;
        Ok(events.iter().rev().filter_map(|event| decision_row(event, calendar)).collect())
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
            version: view.dispatch.fence,
        }
    }
}

pub(super) fn receipt(dispatch: &Dispatch) -> Option<&Receipt> {
    match &dispatch.state {
        State::Published { receipt } => Some(receipt),
        _ => None,
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
        conclusion: words::conclusion(row),
    }
}

/// What a person decided, of the events that tell of it.
fn decision_row(event: &EventRow, calendar: &Calendar) -> Option<DecisionRow> {
    let what = match event.kind.strip_prefix(BY_PERSON)? {
        "planned" => "let it go out now".to_owned(),
        "uncertain" => "said that it is not there and may go out again".to_owned(),
        "published" => "found it on the network".to_owned(),
        "yes" => "said yes to it as it is".to_owned(),
        "cancelled" => "decided that it does not go out".to_owned(),
        "held" => "held it back".to_owned(),
        "let_go" => "let it go out at its time".to_owned(),
        "edited" if event.detail.get("asks") == Some(&true.into()) => "changed it; it waits for the owner’s yes".to_owned(),
        "edited" => "changed it".to_owned(),
        "let_out" => {
            let said = |name: &str| event.detail.get(name).and_then(|text| text.as_str()).filter(|text| !text.is_empty());
            let although = said("rested").map_or_else(|| "somebody waited".to_owned(), |why| format!("it stood still ({why})"));
            match said("reason") {
                Some(reason) => format!("let it out although {although}: “{reason}”"),
                None => format!("let it out although {although}"),
            }
        }
        "moved" => match event.detail.get("to").and_then(|to| to.as_str()).and_then(|to| to.parse().ok()) {
            Some(to) => {
                let to = calendar.moment(to);
                format!("gave it another time: {} {}", to.day_short, to.time)
            }
            None => "gave it another time".to_owned(),
        },
        _ => return None,
    };
    Some(DecisionRow { who: event.actor.to_string(), what, at: calendar.moment(event.at) })
}

/// A place in the list as it stands in an address: milliseconds and id.
fn write_place(cursor: DispatchCursor) -> String {
    format!("{}-{}", cursor.due_at.as_millisecond(), cursor.id)
}

fn read_place(text: &str) -> Option<DispatchCursor> {
    let (at, id) = text.split_once('-')?;
    Some(DispatchCursor { due_at: Timestamp::from_millisecond(at.parse().ok()?).ok()?, id: id.parse().ok()? })
}

pub(super) fn not_there() -> Problem {
    Problem::NotThere("there is no such post in this workspace".into())
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
