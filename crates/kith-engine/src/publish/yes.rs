//! The owner's yes to a post that was stored held (B9, B11): it goes out at its time, and the yes stays in its trail.
//!
//! The yes is said to a post: every delivery of it that waits for one is let go together, and what is recorded names
//! exactly the channels and words that it was said to.

use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::mandate::{Actor, Provenance, Role};
use kith_domain::plan::framing::{Framed, OwnersYes};
use kith_domain::publish::{Answer, Hold, State, by_person};
use kith_store::{DispatchFilter, DispatchView, NewEvent, SaveError};

use super::decide::{BY_PERSON, LOOK_AGAIN};
use super::desk::not_there;
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

/// Most held deliveries that are looked through for those of the same post.
const HELD_MAX: u32 = 500;

impl Kith {
    /// Says yes at the command line, for the owner whose data folder it is. Returns how many deliveries go on.
    pub async fn say_yes(&self, operator: &Operator, id: &str) -> Result<usize, Problem> {
        let id = self.dispatch_named(operator.workspace, id).await?;
        self.yes_to(operator.workspace, id, (Role::Owner, &operator.actor), None).await
    }

    /// `seen` is the version that was read, if whoever says yes read one: it is said to no other.
    pub(super) async fn yes_to(
        &self,
        workspace: WorkspaceId,
        id: DispatchId,
        (role, actor): (Role, &Actor),
        seen: Option<i64>,
    ) -> Result<usize, Problem> {
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        by_person(&view.dispatch, Answer::Yes, now).map_err(|why| Problem::Refused(why.into()))?;
        if seen.is_some_and(|seen| seen != view.dispatch.fence) {
            return Err(Problem::Conflict(LOOK_AGAIN.into()));
        }
        let filter = DispatchFilter { states: vec!["held"], limit: HELD_MAX, ..DispatchFilter::default() };
        let mut waiting: Vec<DispatchView> = store.dispatches(&filter).await.map_err(from_store)?;
        waiting.retain(|other| {
            other.dispatch.post == view.dispatch.post
                && other.dispatch.id != id
                && matches!(other.dispatch.state, State::Held { why: Hold::Yes, .. })
        });
        waiting.insert(0, view);
        let framed: Vec<Framed<'_>> = waiting
            .iter()
            .map(|view| Framed { channel: &view.channel_name, network: view.network.as_str(), text: &view.content.text, day: None })
            .collect();
        let yes = OwnersYes::say(role, actor.clone(), now, &framed).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let mut count = 0;
        for view in &waiting {
            let Ok(decision) = by_person(&view.dispatch, Answer::Yes, now) else { continue };
            let event = NewEvent {
                kind: format!("{BY_PERSON}yes"),
                subject: view.dispatch.id.to_string(),
                actor: actor.clone(),
                detail: serde_json::json!({ "held": view.dispatch.state, "yes": yes }),
            };
            let provenance = Provenance { approved_by: Some(actor.clone()), approved_at: Some(now), ..view.provenance.clone() };
            match store.approve(&view.dispatch, &decision.state, &provenance, &event, now).await {
                Ok(()) => count += 1,
                // Somebody decided about it meanwhile: theirs holds.
                Err(SaveError::Fenced) => {}
                Err(SaveError::Store(error)) => return Err(from_store(error)),
            }
        }
        self.tell(workspace, "plan", Some(id.to_string())).await;
        Ok(count)
    }
}
