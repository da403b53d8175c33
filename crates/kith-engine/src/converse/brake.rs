//! The brake at work (C4): broadcasts are held while somebody waits too long, and go on when they have been heard.
//!
//! Whether it holds is decided by `kith_domain::converse::brake` from rows of the store. A claim asks one read of two
//! indexes; only where that says that somebody might wait too long is everything read. An answer, a closed conversation
//! and a changed rule let go of what is held at once; a beat of the process looks again, so nothing is forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use kith_domain::converse::{Because, Brake, BrakeRule, Pause, Waiter, brake, pauses};
use kith_domain::ids::{ConversationId, WorkspaceId};
use kith_domain::mandate::{Actor, Deed};
use kith_domain::publish::{Hold, State};
use kith_store::{DispatchFilter, DispatchView, NewEvent, SaveError, StoreError};

use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::{BrakeFirst, BrakeView, DispatchRow};
use crate::words::{Calendar, first_name, held_by_brake, number};

/// The setting that holds its rule.
const BRAKE: &str = "brake";
/// Posts on hold that are named; the others are counted, and the page "Needs you" has all of them.
const HELD_MAX: usize = 50;
/// Posts on hold that are read at a time.
const PAGE: u32 = 500;
/// How long a look that found nobody near is believed. Whoever writes meanwhile has waited as long at most, and the
/// shortest rule is an hour; a rule that another process sets is seen that much later.
const CALM: Duration = Duration::from_secs(1);
/// How far ahead hours of presence are looked at, in hours: 60 days.
const AHEAD_H: i64 = 24 * 60;

/// The judgement with what led to it.
struct Judged {
    rule: BrakeRule,
    /// The version of the setting that holds the rule.
    version: i64,
    brake: Brake<ConversationId>,
    first: Option<Waiter<ConversationId>>,
    /// When the first one's wait reaches the rule's hours.
    first_holds_at: Option<Timestamp>,
    owed: u64,
    /// The end of the time that does not count, if now is in one.
    paused_until: Option<Timestamp>,
}

/// Workspaces in which nobody can wait too long yet, so that a burst asks once a second and not once a post.
#[derive(Debug, Default)]
pub(crate) struct Unbraked(Mutex<HashMap<WorkspaceId, Calm>>);

/// Until when nobody can have waited too long, by the wall clock; and when it was looked at, by the monotonic one.
#[derive(Debug, Clone, Copy)]
struct Calm {
    until: Timestamp,
    seen: Instant,
}

impl Unbraked {
    fn is_calm(&self, workspace: WorkspaceId, now: Timestamp, steady: Instant) -> bool {
        let calm = self.lock().get(&workspace).copied();
        calm.is_some_and(|calm| now < calm.until && steady.saturating_duration_since(calm.seen) < CALM)
    }

    fn note(&self, workspace: WorkspaceId, until: Timestamp, seen: Instant) {
        self.lock().insert(workspace, Calm { until, seen });
    }

    pub(crate) fn forget(&self, workspace: WorkspaceId) {
        self.lock().remove(&workspace);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Calm>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kith {
    /// The brake of a workspace, in words for its zone.
    pub async fn brake(&self, workspace: WorkspaceId, zone: &str) -> Result<BrakeView, Problem> {
        let (store, calendar) = (self.store().in_workspace(workspace), self.calendar(zone));
        let judged = self.judge(workspace).await.map_err(from_store)?;
        let mut first = None;
        if let Some(waiter) = &judged.first
            && let Some((view, _)) = store.conversation(waiter.who).await.map_err(from_store)?
        {
            let name = view.handle.profile.name().to_owned();
            first = Some(BrakeFirst {
                conversation: waiter.who,
                short: first_name(&name).to_owned(),
                name,
                since: calendar.moment(waiter.since),
                waited: calendar.since(waiter.since),
                hours: whole_hours(calendar.now().duration_since(waiter.since)),
            });
        }
        let (held, more) = self.held_by_brake(workspace).await.map_err(from_store)?;
        Ok(view(&judged, first, (held.iter().map(|view| self.row(view, &calendar)).collect(), more), &calendar))
    }

    /// Sets the rule: the owner's alone. `version` is the one that the page showed.
    pub async fn set_brake(&self, visitor: &Visitor, rule: BrakeRule, version: i64) -> Result<(), Problem> {
        visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        self.store_brake(visitor.workspace, rule, version, &visitor.actor()).await
    }

    /// The same at the command line. What is left out stays as it is; `owed` of 0 takes that rule away.
    pub async fn set_brake_rule(&self, operator: &Operator, hours: Option<u32>, owed: Option<u32>) -> Result<(), Problem> {
        let judged = self.judge(operator.workspace).await.map_err(from_store)?;
        let owed = owed.map_or(judged.rule.owed, |owed| Some(owed).filter(|owed| *owed > 0));
        let rule = BrakeRule { hours: hours.unwrap_or(judged.rule.hours), owed, ..judged.rule };
        self.store_brake(operator.workspace, rule, judged.version, &operator.actor).await
    }

    async fn store_brake(&self, workspace: WorkspaceId, rule: BrakeRule, version: i64, actor: &Actor) -> Result<(), Problem> {
        let rule = rule.check().map_err(|error| Problem::Invalid {
            field: match error {
                kith_domain::converse::RuleError::Hours(_) => "hours".into(),
                kith_domain::converse::RuleError::Owed(_) => "owed".into(),
            },
            why: error.to_string(),
        })?;
        let value = serde_json::to_value(rule).map_err(|error| internal(&error.to_string()))?;
        let store = self.store().in_workspace(workspace);
        store.set_setting(BRAKE, &value, version).await.map_err(|error| match error {
            SaveError::Fenced => Problem::Conflict("the brake's rule was changed meanwhile; look again".into()),
            SaveError::Store(error) => from_store(error),
        })?;
        self.0.unbraked.forget(workspace);
        let event = NewEvent { kind: "brake.set".into(), subject: BRAKE.into(), actor: actor.clone(), detail: value };
        store.add_event(&event, self.now()).await.map_err(from_store)?;
        self.let_go(workspace).await.map_err(from_store)?;
        self.tell(workspace, "plan", None).await;
        Ok(())
    }

    /// A conversation changed: open pages hear of it, and if nobody waits too long any more, what was held goes on.
    pub(crate) async fn heard(&self, workspace: WorkspaceId, conversation: ConversationId) {
        // What was just heard may be a day old.
        self.0.unbraked.forget(workspace);
        if let Err(error) = self.let_go(workspace).await {
            tracing::warn!(%error, "what the brake holds could not be let go; the next beat tries again");
        }
        self.tell(workspace, "inbox", Some(conversation.to_string())).await;
    }

    /// Why a planned post must not go out now, if the brake holds it.
    pub(crate) async fn braking(&self, workspace: WorkspaceId) -> Result<Option<String>, StoreError> {
        let (now, steady) = (self.now(), self.clock().steady());
        if self.0.unbraked.is_calm(workspace, now, steady) {
            return Ok(None);
        }
        let facts = self.store().in_workspace(workspace).brake_facts().await?;
        let rule = rule_of(facts.rule);
        // A number of people can be reached at any moment; hours can't.
        let by_hours = rule.owed.is_none();
        let Some(longest) = facts.longest else {
            if by_hours {
                self.0.unbraked.note(workspace, rule.holds_at(now, &[]), steady);
            }
            return Ok(None);
        };
        // Pauses only put it off, so whoever has not waited that long without them does not hold it.
        let holds_at = rule.holds_at(longest, &[]);
        if by_hours && holds_at > now {
            self.0.unbraked.note(workspace, holds_at, steady);
            return Ok(None);
        }
        let judged = self.judge(workspace).await?;
        Ok(match &judged.brake {
            Brake::Holding { because, .. } => Some(held_by_brake(because, judged.rule, judged.owed)),
            _ => None,
        })
    }

    /// Lets go of what the brake holds in this workspace, on all channels, if it holds no longer. How many.
    pub(crate) async fn let_go(&self, workspace: WorkspaceId) -> Result<u64, StoreError> {
        let store = self.store().in_workspace(workspace);
        let channels = store.held_channels().await?;
        if channels.is_empty() || self.braking(workspace).await?.is_some() {
            return Ok(0);
        }
        let mut count = 0;
        for channel in channels {
            count += store.release_held(channel, Hold::Brake, self.now()).await?;
        }
        if count > 0 {
            tracing::info!(count, "the brake is open again; what it held goes on");
            self.tell(workspace, "plan", None).await;
        }
        Ok(count)
    }

    /// The same for every workspace that has posts on hold, and what stands still no more goes on too. Run by each beat of
    /// the process.
    pub async fn let_go_everywhere(&self) -> Result<u64, Problem> {
        let mut count = 0;
        for workspace in self.store().holding().await.map_err(from_store)? {
            count += self.let_go(workspace).await.map_err(from_store)?;
            count += self.let_rested_go(workspace).await.map_err(from_store)?;
        }
        Ok(count)
    }

    /// The first posts that the brake holds, and how many more there are.
    async fn held_by_brake(&self, workspace: WorkspaceId) -> Result<(Vec<DispatchView>, u64), StoreError> {
        let store = self.store().in_workspace(workspace);
        let mut filter = DispatchFilter { states: vec!["held"], limit: PAGE, ..DispatchFilter::default() };
        let (mut held, mut more) = (Vec::new(), 0);
        loop {
            let page = store.dispatches(&filter).await?;
            filter.after = page.last().map(DispatchView::cursor);
            let full = page.len() == PAGE as usize;
            for view in page.into_iter().filter(|view| matches!(view.dispatch.state, State::Held { why: Hold::Brake, .. })) {
                if held.len() < HELD_MAX {
                    held.push(view);
                } else {
                    more += 1;
                }
            }
            if !full {
                return Ok((held, more));
            }
        }
    }

    async fn judge(&self, workspace: WorkspaceId) -> Result<Judged, StoreError> {
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let stored = store.setting(BRAKE).await?;
        let rule = rule_of(Some(stored.value));
        let waiters = store.waiters(rule.owed.unwrap_or(1)).await?;
        let waiting: Vec<_> = waiters.iter().map(|row| Waiter { who: row.conversation, since: row.since }).collect();
        let since = waiting.first().map_or(now, |first| first.since.min(now));
        let pauses = self.not_counted(workspace, rule, since, now).await?;
        let paused = pauses.iter().filter(|pause| pause.from <= now && now < pause.to).map(|pause| pause.to).max();
        Ok(Judged {
            rule,
            version: stored.version,
            brake: brake(&waiting, rule, &pauses, now),
            first_holds_at: waiting.first().map(|first| rule.holds_at(first.since, &pauses)),
            first: waiting.into_iter().next(),
            owed: store.waiting_total().await?,
            paused_until: paused,
        })
    }

    /// Times that do not count: what the plan knows as absence and presence, and nothing else.
    async fn not_counted(
        &self,
        workspace: WorkspaceId,
        rule: BrakeRule,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Pause>, StoreError> {
        let home = self.at_home(workspace).await?;
        let until = now.saturating_add(SignedDuration::from_hours(AHEAD_H)).unwrap_or(now);
        Ok(pauses(rule, home.presence.as_ref(), &home.away_times(), (since, until)))
    }
}

/// A rule that can't be read counts as the default: there is no Kith without a brake.
fn rule_of(stored: Option<serde_json::Value>) -> BrakeRule {
    stored.and_then(|value| serde_json::from_value::<BrakeRule>(value).ok()?.check().ok()).unwrap_or_default()
}

fn whole_hours(span: SignedDuration) -> i64 {
    span.as_hours().max(0)
}

fn view(judged: &Judged, first: Option<BrakeFirst>, (held, held_more): (Vec<DispatchRow>, u64), calendar: &Calendar) -> BrakeView {
    let (headline, why) = sentence(judged, first.as_ref());
    let mark = |at: Timestamp, since: Timestamp| at.duration_since(since).as_secs_f64() / 3_600.0;
    BrakeView {
        state: judged.brake.name().to_owned(),
        rule: judged.rule,
        version: judged.version,
        owed: judged.owed,
        holds_at: judged.brake.holds_at().map(|at| calendar.moment(at)),
        mark_hours: match (judged.first_holds_at, &judged.first) {
            (Some(at), Some(first)) => mark(at, first.since).max(1.0),
            _ => f64::from(judged.rule.hours),
        },
        paused_until: judged.paused_until.map(|at| calendar.moment(at)),
        headline,
        why,
        first,
        held,
        held_more,
    }
}

/// The state in a sentence, and who it is about in another.
fn sentence(judged: &Judged, first: Option<&BrakeFirst>) -> (String, String) {
    let who = |first: &BrakeFirst| format!("{} has waited {}.", first.short, hours(first.hours));
    let wait = first.map(who).unwrap_or_default();
    match &judged.brake {
        Brake::Holding { because: Because::WaitsTooLong(_), .. } => ("Posts are on hold.".into(), wait),
        Brake::Holding { because: Because::TooMany(_), .. } => {
            let people = if judged.owed == 1 { "person waits" } else { "people wait" };
            ("Posts are on hold.".into(), format!("{} {people} for you.", number(judged.owed)))
        }
        Brake::Closing { .. } => ("The brake is closing.".into(), wait),
        Brake::Open { holds_at: None } => ("The brake is open.".into(), "Nobody is waiting.".into()),
        Brake::Open { .. } => ("The brake is open.".into(), wait),
    }
}

fn hours(hours: i64) -> String {
    match hours {
        0 => "less than an hour".into(),
        1 => "an hour".into(),
        hours => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use kith_domain::converse::BRAKE_HOURS_DEFAULT;

    use super::*;

    #[test]
    fn a_rule_that_is_missing_or_spoiled_is_a_day() {
        for stored in [None, Some(serde_json::Value::Null), Some(serde_json::json!({"hours": 0})), Some(serde_json::json!("never"))] {
            assert_eq!(rule_of(stored).hours, BRAKE_HOURS_DEFAULT);
        }
        assert_eq!(rule_of(Some(serde_json::json!({"hours": 6}))).hours, 6);
    }

    #[test]
    fn hours_are_said_as_people_say_them() {
        assert_eq!([0, 1, 26].map(hours), ["less than an hour", "an hour", "26 hours"]);
    }
}
