//! What a person decides about dispatches: one by one, and all missed ones at once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{ChannelId, DispatchId, WorkspaceId};
use kith_domain::mandate::{Actor, Deed};
use kith_domain::publish::{Answer, Dispatch, Hold, Receipt, State, at_another_time, by_person};
use kith_domain::schedule::ZoneName;
use kith_store::{DispatchView, NewEvent, SaveError};

use super::desk::not_there;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Choice, Told};

/// Pause between two late posts on one channel, in minutes (reliability.md I8).
pub(super) const CATCH_UP_GAP_MIN: i64 = 5;

/// Longest reason for letting a post past the brake, in characters.
const REASON_CHARS_MAX: usize = 280;

/// What a delegate hears who would let a post out while something stands still.
const RESTING_IS_OWNERS: &str =
    "the owner said that this stands still, so an owner lets a single post out; ask her, or give it another time";

/// What whoever says yes hears if it is not what they read any more.
pub(super) const LOOK_AGAIN: &str = "it has changed since you read it; read it as it is now, then decide";

/// How events begin that tell of a person's decision; what follows is the new state's name, or `moved`.
pub(super) const BY_PERSON: &str = "dispatch.by_person.";

impl Kith {
    /// A person decides on the page. `detail` is what the choice asks for: where they found it (`ItIsThere`), or when it
    /// is to go out (`AnotherTime`, civil time in the visitor's zone such as `2026-12-01T09:30`).
    pub async fn choose(&self, visitor: &Visitor, id: DispatchId, choice: Choice, detail: Option<&str>) -> Result<Told, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let (answer, told) = match choice {
            Choice::SendNow => (Answer::SendNow, Told::Sending),
            Choice::Cancel => (Answer::Cancel, Told::Dropped),
            Choice::ItIsThere => (Answer::ItIsThere(self.by_link(detail)?), Told::Confirmed),
            Choice::LetOut => {
                self.let_out(visitor, id, detail.unwrap_or_default()).await?;
                return Ok(Told::Sending);
            }
            Choice::Yes => {
                let seen = detail.map(str::trim).filter(|text| !text.is_empty());
                let seen = seen.map(str::parse).transpose().map_err(|_| Problem::Conflict(LOOK_AGAIN.into()))?;
                self.yes_to(visitor.workspace, id, (visitor.role(), &visitor.actor()), seen).await?;
                return Ok(Told::Allowed);
            }
            Choice::Hold => {
                self.hold_back(visitor.workspace, id, &visitor.actor()).await?;
                return Ok(Told::HeldBack);
            }
            Choice::LetGo => {
                self.let_go_out(visitor.workspace, id, &visitor.actor()).await?;
                return Ok(Told::Allowed);
            }
            Choice::AnotherTime => {
                let at = civil(detail)?;
                self.reschedule(visitor, id, at).await?;
                return Ok(Told::Moved);
            }
        };
        self.decide(visitor.workspace, id, answer, &visitor.actor()).await?;
        Ok(told)
    }

    /// Lets go of these missed posts, or sends them now, spaced on each channel. What is not missed any more is left as
    /// it is.
    pub async fn choose_missed(&self, visitor: &Visitor, ids: &[DispatchId], send: bool) -> Result<Told, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let store = self.store().in_workspace(visitor.workspace);
        let mut missed = Vec::new();
        for id in ids {
            let view = store.dispatch(*id).await.map_err(from_store)?;
            missed.extend(view.filter(|view| matches!(view.dispatch.state, State::Missed { .. })));
        }
        if !send {
            for view in &missed {
                unless_moved(self.decide(visitor.workspace, view.dispatch.id, Answer::Cancel, &visitor.actor()).await)?;
            }
            return Ok(Told::AllDropped);
        }
        let now = self.now();
        for (view, at) in missed.iter().zip(self.spaced(visitor.workspace, &missed).await?) {
            let done = if at <= now {
                self.decide(visitor.workspace, view.dispatch.id, Answer::SendNow, &visitor.actor()).await
            } else {
                self.move_to(visitor, view, at).await
            };
            unless_moved(done)?;
        }
        Ok(Told::AllSending)
    }

    /// When each of these late posts would go out if they were sent from now on: on each channel the first at once, the
    /// others apart from each other and from what is planned there.
    pub(super) async fn spaced(&self, workspace: WorkspaceId, missed: &[DispatchView]) -> Result<Vec<Timestamp>, Problem> {
        let now = self.now();
        let mut taken: BTreeMap<ChannelId, Vec<Timestamp>> = BTreeMap::new();
        let mut times = Vec::with_capacity(missed.len());
        for view in missed {
            let channel = view.dispatch.channel;
            let planned = match taken.entry(channel) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let until = now + SignedDuration::from_hours(24);
                    unknown.insert(self.store().in_workspace(workspace).taken(channel, now, until).await.map_err(from_store)?)
                }
            };
            times.push(next_free(now, planned));
        }
        Ok(times)
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

    async fn reschedule(&self, visitor: &Visitor, id: DispatchId, at: DateTime) -> Result<(), Problem> {
        let view = self.store().in_workspace(visitor.workspace).dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        self.move_one(visitor, &view, at).await.map(drop)
    }

    /// A late post that is sent now keeps its distance from the others: a person pressed, so nothing is judged anew.
    async fn move_to(&self, visitor: &Visitor, view: &DispatchView, due_at: Timestamp) -> Result<(), Problem> {
        let (zone, was) = (zone(&visitor.zone)?, &view.dispatch);
        by_person(was, Answer::At(due_at), self.now()).map_err(|why| Problem::Invalid { field: "at".into(), why: why.into() })?;
        let civil = zone.rules().to_datetime(due_at).to_string();
        // A time is no yes: what waits for one waits at its new time too.
        let moved = Dispatch { state: at_another_time(was, self.now()), due_at, civil, zone: zone.to_string(), ..was.clone() };
        let event = NewEvent {
            kind: format!("{BY_PERSON}moved"),
            subject: was.id.to_string(),
            actor: visitor.actor(),
            detail: serde_json::json!({ "before": was.state.name(), "from": was.due_at, "to": due_at }),
        };
        saved(self.store().in_workspace(visitor.workspace).reschedule(was, &moved, &event, self.now()).await)?;
        self.tell(visitor.workspace, "plan", Some(was.id.to_string())).await;
        Ok(())
    }

    /// Lets one post out that the brake holds, or that a pause or an absence holds, for this reason, which stands in the
    /// post's trail. Past a pause only an owner lets it: she said that nothing goes out.
    pub async fn let_out(&self, visitor: &Visitor, id: DispatchId, reason: &str) -> Result<(), Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let reason = reason.trim();
        let wrong = |why: String| Problem::Invalid { field: "reason".into(), why };
        if reason.is_empty() {
            return Err(wrong("say why it goes out all the same; it is kept with the post".into()));
        }
        if reason.chars().count() > REASON_CHARS_MAX {
            return Err(wrong(format!("say it in {REASON_CHARS_MAX} characters at most")));
        }
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        let why = match &view.dispatch.state {
            State::Held { why: Hold::Resting, detail, .. } => {
                visitor.role().may(Deed::Administer).map_err(|_| Problem::Refused(RESTING_IS_OWNERS.into()))?;
                detail.clone()
            }
            _ => String::new(),
        };
        let decision = by_person(&view.dispatch, Answer::LetOut, now).map_err(|why| Problem::Refused(why.into()))?;
        let event = NewEvent {
            kind: format!("{BY_PERSON}let_out"),
            subject: id.to_string(),
            actor: visitor.actor(),
            detail: serde_json::json!({ "before": view.dispatch.state.name(), "reason": reason, "rested": why }),
        };
        saved(store.apply(&view.dispatch, &decision.state, &event, now).await)?;
        self.tell(visitor.workspace, "plan", Some(id.to_string())).await;
        Ok(())
    }

    pub(super) async fn decide(&self, workspace: WorkspaceId, id: DispatchId, answer: Answer, actor: &Actor) -> Result<(), Problem> {
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        let decision = by_person(&view.dispatch, answer, now).map_err(|why| Problem::Refused(why.into()))?;
        let event = NewEvent {
            kind: format!("{BY_PERSON}{}", decision.state.name()),
            subject: id.to_string(),
            actor: actor.clone(),
            detail: serde_json::json!({ "before": view.dispatch.state.name() }),
        };
        saved(store.apply(&view.dispatch, &decision.state, &event, now).await)?;
        self.tell(workspace, "plan", Some(id.to_string())).await;
        Ok(())
    }
}

/// Somebody else decided about it meanwhile: theirs holds.
fn unless_moved(done: Result<(), Problem>) -> Result<(), Problem> {
    match done {
        Err(Problem::Conflict(_) | Problem::Refused(_) | Problem::Invalid { .. }) => Ok(()),
        other => other,
    }
}

pub(super) fn saved(done: Result<(), SaveError>) -> Result<(), Problem> {
    match done {
        Ok(()) => Ok(()),
        Err(SaveError::Fenced) => Err(Problem::Conflict("it has just changed; look again".into())),
        Err(SaveError::Store(error)) => Err(from_store(error)),
    }
}

/// The first instant from `now` on that is a gap away from all that is taken; it is taken then.
fn next_free(now: Timestamp, taken: &mut Vec<Timestamp>) -> Timestamp {
    let gap = SignedDuration::from_mins(CATCH_UP_GAP_MIN);
    let mut at = now;
    // Each step passes at least one that is taken, so there are no more steps than those.
    while let Some(near) = taken.iter().filter(|other| at.duration_since(**other).abs() < gap).max() {
        at = *near + gap;
    }
    taken.push(at);
    at
}

/// A form's time: `2026-12-01T09:30`, or with a blank in place of the T.
fn civil(text: Option<&str>) -> Result<DateTime, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).ok_or_else(|| wrong_time("choose a day and a time".into()))?;
    text.parse().map_err(|_| wrong_time(format!("{text:?} is no day and time; write it like 2026-12-01 09:30")))
}

fn wrong_time(why: String) -> Problem {
    Problem::Invalid { field: "at".into(), why }
}

fn zone(name: &str) -> Result<ZoneName, Problem> {
    ZoneName::parse(name).map_err(|error| wrong_time(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_posts_keep_apart_from_each_other_and_from_what_is_planned() {
        let at = |min: i64| Timestamp::from_second(60 * min).unwrap();
        let mut taken = vec![at(107), at(118)];
        let times: Vec<_> = (0..4).map(|_| next_free(at(100), &mut taken)).collect();
        assert_eq!(times, [at(100), at(112), at(123), at(128)]);
    }

    #[test]
    fn a_time_is_read_as_forms_and_people_write_it() {
        assert_eq!(civil(Some("2026-12-01T09:30")).unwrap(), civil(Some(" 2026-12-01 09:30 ")).unwrap());
        for wrong in [None, Some(""), Some("tomorrow"), Some("2026-13-01T09:30")] {
            assert!(matches!(civil(wrong), Err(Problem::Invalid { field, .. }) if field == "at"), "{wrong:?}");
        }
    }
}
