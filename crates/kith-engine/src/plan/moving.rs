//! A planned post gets another time: on all its channels at once, judged again like a new one.
//!
//! Its words and whose they are stay, so does a yes that was said; what was held for a yes is held still. A refusal stores
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::DateTime;
use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::mandate::Deed;
use kith_domain::plan::policy::Entry;
use kith_domain::plan::safety::links::LinkReport;
use kith_domain::plan::{Parsed, PlanRow, Problem as PlanProblem};
use kith_domain::publish::{Answer, Dispatch, State, at_another_time, by_person};
use kith_domain::schedule::{CivilTime, PlannedItem, Resolved, ZoneName};
use kith_store::{DispatchFilter, DispatchView, NewEvent, SaveError};

use super::arrange::PreviewItem;
use super::judge::Item;
use super::program::{Meaning, SourceKind};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Moment, Stamp};

/// Most deliveries at one instant that are looked through for those of one post.
const TOGETHER_MAX: u32 = 500;

impl Kith {
    /// Moves the post that this delivery belongs to, on every channel on which it goes out at the same time, to a local
    /// time of the visitor's zone such as `2026-12-01T09:30`. `Invalid` on the field `at` says why it can't be then.
    pub async fn move_post(&self, visitor: &Visitor, id: DispatchId, at: &str) -> Result<Moment, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let view = self.store().in_workspace(visitor.workspace).dispatch(id).await.map_err(from_store)?;
        let view = view.ok_or_else(|| Problem::NotThere("there is no such post in this workspace".into()))?;
        let at: DateTime = at.trim().parse().map_err(|_| wrong(format!("{at:?} is no day and time; write it like 2026-12-01 09:30")))?;
        let together = self.together(visitor, &view).await?;
        self.move_all(visitor, &together, at).await
    }

    /// Moves one delivery with the later parts of its thread, and leaves the other channels where they are.
    pub(crate) async fn move_one(&self, visitor: &Visitor, view: &DispatchView, at: DateTime) -> Result<Moment, Problem> {
        let mut together = self.at_its_time(visitor.workspace, view).await?;
        let waits = |one: &DispatchView| {
            one.content.extras.after.is_some() && !matches!(one.dispatch.state, State::Published { .. } | State::Cancelled)
        };
        together.retain(|one| one.dispatch.id == view.dispatch.id || one.dispatch.channel == view.dispatch.channel && waits(one));
        self.move_all(visitor, &together, at).await
    }

    /// The one way in which a person gives another time: judged like a new post, and kept when the program is placed again.
    async fn move_all(&self, visitor: &Visitor, together: &[DispatchView], at: DateTime) -> Result<Moment, Problem> {
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let zone = ZoneName::parse(&visitor.zone).map_err(|error| wrong(error.to_string()))?;
        let civil = CivilTime { at, zone };
        let resolved = civil.resolve().map_err(|error| wrong(error.to_string()))?;
        let calendar = self.calendar(&visitor.zone);
        let mut moves = Vec::with_capacity(together.len());
        for view in together {
            let was = &view.dispatch;
            by_person(was, Answer::At(resolved.due_at), now).map_err(|why| wrong(why.into()))?;
            // A time is no yes.
            let state = at_another_time(was, now);
            let wall = civil.zone.rules().to_datetime(resolved.due_at).to_string();
            let moved = Dispatch { state, due_at: resolved.due_at, civil: wall, zone: civil.zone.to_string(), ..was.clone() };
            let event = NewEvent {
                kind: "dispatch.by_person.moved".into(),
                subject: was.id.to_string(),
                actor: visitor.actor(),
                detail: serde_json::json!({ "before": was.state.name(), "from": was.due_at, "to": resolved.due_at }),
            };
            moves.push((was.clone(), moved, event));
        }
        self.not_around_an_event(visitor, together).await?;
        for view in together {
            self.not_away(visitor, view, resolved.due_at).await?;
        }
        self.fits(visitor, together, (&civil, resolved)).await?;
        match store.reschedule_all(&moves, now).await {
            Ok(()) => {}
            Err(SaveError::Fenced) => return Err(Problem::Conflict("it has just changed; look again".into())),
            Err(SaveError::Store(error)) => return Err(from_store(error)),
        }
        self.tell(visitor.workspace, "plan", together.first().map(|view| view.dispatch.id.to_string())).await;
        Ok(calendar.moment(resolved.due_at))
    }

    /// The versions of the post that this delivery belongs to at its time, each with its network, in their order.
    pub async fn versions_of(&self, visitor: &Visitor, id: DispatchId) -> Result<Vec<(DispatchId, Stamp)>, Problem> {
        let view = self.store().in_workspace(visitor.workspace).dispatch(id).await.map_err(from_store)?;
        let view = view.ok_or_else(|| Problem::NotThere("there is no such post in this workspace".into()))?;
        let found = self.at_its_time(visitor.workspace, &view).await?.into_iter();
        let found = found.filter(|one| one.dispatch.id == id || one.content.extras.after.is_none());
        Ok(found.map(|one| (one.dispatch.id, self.stamp(&one.network, &one.channel_name))).collect())
    }

    /// The deliveries of its post at its time that have not gone out.
    async fn together(&self, visitor: &Visitor, view: &DispatchView) -> Result<Vec<DispatchView>, Problem> {
        let mut found = self.at_its_time(visitor.workspace, view).await?;
        found
            .retain(|one| one.dispatch.id == view.dispatch.id || !matches!(one.dispatch.state, State::Published { .. } | State::Cancelled));
        Ok(found)
    }

    /// All deliveries of its post at its time.
    pub(crate) async fn at_its_time(&self, workspace: WorkspaceId, view: &DispatchView) -> Result<Vec<DispatchView>, Problem> {
        let due = view.dispatch.due_at;
        let filter = DispatchFilter {
            from: Some(due),
            to: Some(due + SignedDuration::from_millis(1)),
            limit: TOGETHER_MAX,
            ..DispatchFilter::default()
        };
        let mut found = self.store().in_workspace(workspace).dispatches(&filter).await.map_err(from_store)?;
        found.retain(|one| one.dispatch.post == view.dispatch.post);
        Ok(found)
    }

    /// What is said around an event or an absence has its time from there: another one would say something untrue.
    async fn not_around_an_event(&self, visitor: &Visitor, together: &[DispatchView]) -> Result<(), Problem> {
        match self.event_behind(visitor.workspace, together).await? {
            Some(what) => Err(wrong(format!("{what} gives this post its time; change it there, and its posts follow"))),
            None => Ok(()),
        }
    }

    /// The event or absence around which these deliveries are, in words such as `the event "Kiln opening"`.
    pub(super) async fn event_behind(&self, workspace: WorkspaceId, together: &[DispatchView]) -> Result<Option<String>, Problem> {
        let keys: BTreeSet<&str> = together.iter().map(|view| view.dispatch.occurrence_key.as_str()).collect();
        let living = self.store().in_workspace(workspace).dispatches_of_living().await.map_err(from_store)?;
        let sources: BTreeSet<String> = living
            .iter()
            .filter(|(_, sourced)| keys.contains(sourced.view.dispatch.occurrence_key.as_str()))
            .map(|(source, _)| source.to_string())
            .collect();
        for kind in [SourceKind::Event, SourceKind::Absence] {
            if let Some(line) = self.sources_of(workspace, kind).await?.into_iter().find(|line| sources.contains(&line.id)) {
                let what = if kind == SourceKind::Event { "the event" } else { "the absence" };
                return Ok(Some(format!("{what} {:?}", line.name)));
            }
        }
        Ok(None)
    }

    /// Nothing is put into a time in which the owner is away, but what goes on then.
    async fn not_away(&self, visitor: &Visitor, view: &DispatchView, due_at: Timestamp) -> Result<(), Problem> {
        for line in self.sources_of(visitor.workspace, SourceKind::Absence).await? {
            let Meaning::Away { absence } = &line.meaning else { continue };
            let Ok((from, to)) = absence.check() else { continue };
            let goes_on = view.category.as_ref().is_some_and(|category| absence.goes_on.contains(&category.to_lowercase()));
            if line.paused_at.is_none() && !goes_on && (from..to).contains(&due_at) {
                return Err(wrong(format!("you are away then ({}); choose a time before or after it", line.name)));
            }
        }
        Ok(())
    }

    /// What its channels' own caps and the networks' rules say to that time.
    async fn fits(&self, visitor: &Visitor, together: &[DispatchView], (civil, resolved): (&CivilTime, Resolved)) -> Result<(), Problem> {
        let first = together.first().map(|view| view.content.text.clone()).unwrap_or_default();
        let wordings: BTreeMap<String, String> =
            together.iter().map(|view| (view.network.to_string(), view.content.text.clone())).filter(|(_, text)| *text != first).collect();
        let row = PlanRow { text: first, wordings, ..PlanRow::default() };
        let items: Vec<Item> =
            together.iter().filter(|view| view.content.extras.after.is_none()).map(|view| item(view, civil, resolved)).collect();
        let parsed = Parsed { rows: vec![row], problems: Vec::new() };
        let but: BTreeSet<DispatchId> = together.iter().map(|view| view.dispatch.id).collect();
        let channels = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        let (entry, links) = (Entry::Page, LinkReport::new());
        let found = self.judge_items(visitor.workspace, (&parsed, &items), &channels, &civil.zone, (entry, &links, &but)).await?;
        // The words are those that were judged before; only what depends on the time can stand against it.
        let of_time = |problem: &&PlanProblem| {
            let code = problem.code();
            (code.starts_with("cadence.") && (problem.holds() || problem.refuses())) || (code.starts_with("policy.") && problem.refuses())
        };
        match found.iter().flatten().find(of_time) {
            Some(problem) => Err(wrong(format!("{}; {}", problem.reason, problem.way_out))),
            None => Ok(()),
        }
    }
}

fn item(view: &DispatchView, civil: &CivilTime, resolved: Resolved) -> Item {
    let text = view.content.text.clone();
    let planned = PlannedItem {
        source: kith_domain::plan::SourceLine::default(),
        row: 0,
        channel: view.channel_name.clone(),
        network: view.network.to_string(),
        text: text.clone(),
        civil: civil.clone(),
        due_at: resolved.due_at,
        shift: resolved.shift,
        fixed: false,
        category: view.category.clone(),
        cw: view.content.warning.clone(),
        lang: None,
        media: Vec::new(),
        alt: Vec::new(),
        occurrence_key: view.dispatch.occurrence_key.clone(),
        warnings: Vec::new(),
    };
    let shown = PreviewItem {
        due_at: resolved.due_at,
        local: civil.at.to_string(),
        zone: civil.zone.to_string(),
        channel: view.channel_name.clone(),
        network: view.network.to_string(),
        text,
        length: 0,
        length_max: 0,
        line: 1,
        warnings: Vec::new(),
        held: None,
        cards: Vec::new(),
        findings: Vec::new(),
    };
    (planned, view.content.clone(), shown)
}

fn wrong(why: String) -> Problem {
    Problem::Invalid { field: "at".into(), why }
}
