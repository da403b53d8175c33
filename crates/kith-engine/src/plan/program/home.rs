//! When the owner is there and when she is away (C3, B7): her hours, single promises, absences, and what waits on return.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, time};
use jiff::{Timestamp, ToSpan as _};
use kith_domain::ids::WorkspaceId;
use kith_domain::schedule::{
    Absence, AbsenceError, AbsencePost, Presence, PresenceAnswer, Waiting, WaitingKind, Windows, on_return, parse_promise,
};
use serde::Serialize;

use super::markets::category;
use super::verbs::{invalid, moment, zone_of};
use super::{Meaning, ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

/// Most posts that are looked at for the list of what waits.
const WAITING_MAX: u32 = 1_000;
/// Characters of a post that stand for it in a list.
const SHOWN_CHARS: usize = 80;

/// A time away.
#[derive(Debug, Clone, Default)]
pub struct AbsenceWish {
    /// What it is called.
    pub name: String,
    /// Its begin, a date or a local time.
    pub from: String,
    /// Its end; a date alone is still away.
    pub to: String,
    /// Its zone; the workspace's if `None`.
    pub zone: Option<String>,
    /// Categories that go on.
    pub goes_on: Vec<String>,
    /// What people are told before it.
    pub before: Option<String>,
    /// When; at 17:00 on the day before if `None`.
    pub before_at: Option<String>,
    /// What people are told after it.
    pub after: Option<String>,
    /// When; an hour after its end, not before 9:00, if `None`.
    pub after_at: Option<String>,
    /// Channels for those two posts, by name.
    pub channels: Vec<String>,
    /// The member who sorts messages meanwhile, and answers none.
    pub sorter: Option<String>,
}

impl Kith {
    /// The owner's weekly hours, such as `Mon-Fri 9-12, 14-17`; `none` takes them away.
    pub async fn presence_hours_edit(&self, operator: &Operator, text: &str) -> Result<ProgramEdit, Problem> {
        let zone = zone_of(None, operator)?;
        let hours = match text.trim() {
            "none" => None,
            text => Some(Windows::parse(text).map_err(|error| invalid("hours", &error.to_string()))?),
        };
        self.rules_edit(operator.workspace, |rules| {
            let presence = rules.presence.get_or_insert_with(|| Presence::unsaid(zone.clone()));
            presence.hours = hours;
            presence.zone = zone;
            Ok(())
        })
        .await
    }

    /// A single promise, such as `here today until 17:30` or `away Friday 14-18`.
    pub async fn presence_promise_edit(&self, operator: &Operator, text: &str) -> Result<ProgramEdit, Problem> {
        let (zone, now) = (zone_of(None, operator)?, self.now());
        let promise = parse_promise(text, now, &zone).map_err(|error| invalid("promise", &error.to_string()))?;
        self.rules_edit(operator.workspace, |rules| {
            rules.presence.get_or_insert_with(|| Presence::unsaid(zone)).promise(promise, now);
            Ok(())
        })
        .await
    }

    /// Whether the owner is there now, absences counted.
    pub async fn presence_now(&self, operator: &Operator) -> Result<PresenceAnswer, Problem> {
        let zone = zone_of(None, operator)?;
        let home = self.at_home(operator.workspace).await.map_err(from_store)?;
        let mut presence = home.presence.clone().unwrap_or_else(|| Presence::unsaid(zone));
        presence.away.extend(home.away_times());
        Ok(presence.at(self.now()))
    }

    /// An absence (B7), new or in place of the one with its name.
    pub async fn absence_edit(&self, operator: &Operator, wish: &AbsenceWish) -> Result<ProgramEdit, Problem> {
        let zone = zone_of(wish.zone.as_deref(), operator)?;
        let from = moment_or("from", &wish.from, midnight)?;
        let to = moment_or("to", &wish.to, |date| midnight(date.tomorrow().unwrap_or(date)))?;
        let tells = wish.before.is_some() || wish.after.is_some();
        let channels = if tells { self.checked_channels(operator.workspace, &wish.channels).await? } else { Vec::new() };
        let post = |field: &str, text: Option<&String>, at: Option<&String>, usual: DateTime| {
            let Some(text) = text.map(|text| text.trim()).filter(|text| !text.is_empty()) else { return Ok(None) };
            let at = at.map_or(Ok(usual), |at| moment(field, at))?;
            Ok(Some(AbsencePost { at, text: text.to_owned(), channels: channels.clone() }))
        };
        let eve = from.date().yesterday().unwrap_or(from.date()).to_datetime(time(17, 0, 0, 0));
        let back = to.saturating_add(1.hour()).max(to.date().to_datetime(time(9, 0, 0, 0)));
        let (sorter, sorter_id) = self.checked_sorter(operator.workspace, wish.sorter.as_deref()).await?.unzip();
        let absence = Absence {
            key: self.key_of(operator.workspace, SourceKind::Absence, &wish.name).await?,
            from,
            to,
            zone,
            goes_on: wish.goes_on.iter().filter_map(|name| category(Some(name))).collect::<BTreeSet<_>>(),
            before: post("before_at", wish.before.as_ref(), wish.before_at.as_ref(), eve)?,
            after: post("after_at", wish.after.as_ref(), wish.after_at.as_ref(), back)?,
            sorter,
            sorter_id,
        };
        absence.check().map_err(|error| {
            let field = match &error {
                AbsenceError::BeforeTooLate { .. } => "before_at",
                AbsenceError::AfterTooEarly { .. } => "after_at",
                _ => "to",
            };
            invalid(field, &error.to_string())
        })?;
        let meaning = Box::new(Meaning::Away { absence });
        Ok(ProgramEdit::Put { kind: SourceKind::Absence, name: wish.name.trim().to_owned(), meaning, read: None })
    }

    /// An absence that is not, or is over before its time.
    pub fn absence_drop(&self, name: &str) -> ProgramEdit {
        ProgramEdit::Drop { kind: SourceKind::Absence, name: name.to_owned() }
    }

    /// What came in and what stood still during one absence and still waits (B7). Without a name: the one that lasts, else
    /// the last that is over, else the next. `NotThere` if there is none.
    pub async fn waits_of_absence(&self, workspace: WorkspaceId, name: Option<&str>) -> Result<OnReturn, Problem> {
        let (home, now) = (self.at_home(workspace).await.map_err(from_store)?, self.now());
        let away = match name {
            Some(name) => home.away.iter().find(|away| away.name == name.trim()),
            None => home
                .away_at(now)
                .or_else(|| home.away.iter().filter(|away| away.until <= now).max_by_key(|away| away.until))
                .or_else(|| home.away.iter().min_by_key(|away| away.from)),
        };
        let Some(away) = away else {
            let names = home.away.iter().map(|away| format!("{:?}", away.name)).collect::<Vec<_>>().join(", ");
            let known = if names.is_empty() { "no absence is stored".to_owned() } else { format!("there are {names}") };
            return Err(Problem::NotThere(name.map_or_else(|| known.clone(), |name| format!("no absence is called {name:?}; {known}"))));
        };
        let mut waiting = self.waits_on_return(workspace).await?;
        let meanwhile = |at: Timestamp| away.from <= at && at < away.until;
        waiting.retain(|one| matches!(one.kind, WaitingKind::Person | WaitingKind::HeldPost) && meanwhile(one.since));
        Ok(OnReturn { absence: away.name.clone(), from: away.from, until: away.until, over: away.until <= now, waiting })
    }

    /// What waits on return: people first, then posts that need somebody, then drafts.
    pub async fn waits_on_return(&self, workspace: WorkspaceId) -> Result<Vec<Waiting>, Problem> {
        let mut waiting = Vec::new();
        for line in self.inbox_lines(workspace, "owed").await? {
            let shown = format!("{}: {}", line.from, shortened(&line.text));
            waiting.push(Waiting { kind: WaitingKind::Person, key: line.id, shown, since: line.waiting_since.unwrap_or(line.last_at) });
        }
        for line in self.waiting_for_person(workspace, WAITING_MAX).await? {
            let shown = format!("{}: {}", line.channel, shortened(&line.text));
            waiting.push(Waiting { kind: WaitingKind::HeldPost, key: line.id, shown, since: line.due_at });
        }
        for draft in self.feed_drafts(workspace).await? {
            let shown = format!("{}: {}", draft.feed, shortened(&draft.text));
            let since = draft.published.unwrap_or_else(|| self.now());
            waiting.push(Waiting { kind: WaitingKind::Approval, key: draft.id, shown, since });
        }
        Ok(on_return(waiting))
    }
}

/// What waits on return from one absence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OnReturn {
    /// The absence.
    pub absence: String,
    /// Its begin.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// Whether it is over.
    pub over: bool,
    /// People who wrote meanwhile and wait, then posts that were to go out meanwhile and did not, each by their wait.
    pub waiting: Vec<Waiting>,
}

fn shortened(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN_CHARS).collect()
}

/// A local time, or a date alone and the time that it stands for.
pub(super) fn moment_or(field: &str, text: &str, alone: impl Fn(Date) -> DateTime) -> Result<DateTime, Problem> {
    match text.trim().parse::<Date>() {
        Ok(date) if !text.contains(':') => Ok(alone(date)),
        _ => moment(field, text),
    }
}

pub(super) fn midnight(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}
