//! Who is called to the page, and when: loads what is true, asks the domain, notes it, pushes (C10).
//!
//! What a person is called for is noted before the push: a stop in between leaves one call out, and two processes call
//! once. A push is a few words of our own, never what somebody wrote, since a locked screen shows it.

mod browsers;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kith_domain::converse::{Call, CallFacts, calls};
use kith_domain::ids::{MemberId, WorkspaceId};
use kith_domain::mandate::{Deed, Role};
use kith_domain::publish::{Hold, State};
use kith_networks::push::{Pushed, Subscriber, push};
use kith_store::{BrowserRow, DispatchFilter, WorkspaceRow};
use tokio_util::sync::CancellationToken;

use crate::kith::Kith;
use crate::problem::{Problem, from_store, internal};
use crate::words::first_name;

pub use browsers::{CallsView, Subscription};

/// How often it is looked whether somebody is to be called, in seconds.
const LOOK_S: i64 = 60;
/// The same at least in the world's seconds, for a clock that runs fast.
const LOOK_WORLD_S: i64 = 5;
/// How long a push service keeps a call for a browser that sleeps, in hours; later it is no news.
const KEEPS_H: i64 = 4;
/// Posts that are looked through for one call.
const POSTS_MAX: u32 = 200;

/// The worker that calls people to the page.
#[derive(Debug, Clone)]
pub struct Caller {
    kith: Kith,
}

impl Caller {
    /// A caller for this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith }
    }

    /// Calls until stopped.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.kith.clock();
        let pause = SignedDuration::from_secs(LOOK_S).max(clock.stretch(SignedDuration::from_secs(LOOK_WORLD_S)));
        while !stop.is_cancelled() {
            let round = async {
                if let Err(problem) = self.run_once().await {
                    tracing::warn!(%problem, "nobody could be called; the next round tries again");
                }
                clock.sleep(pause).await;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = round => {}
            }
        }
    }

    /// One look at every workspace in which a browser wants to hear. Returns how many pushes a service took.
    pub async fn run_once(&self) -> Result<u32, Problem> {
        let mut taken = 0;
        for workspace in self.kith.store().workspaces().await.map_err(from_store)? {
            taken += self.call_in(&workspace).await?;
        }
        Ok(taken)
    }

    async fn call_in(&self, workspace: &WorkspaceRow) -> Result<u32, Problem> {
        let store = self.kith.store().in_workspace(workspace.id);
        let mut browsers: BTreeMap<MemberId, Vec<BrowserRow>> = BTreeMap::new();
        for row in store.browsers().await.map_err(from_store)? {
            browsers.entry(row.member).or_default().push(row);
        }
        if browsers.is_empty() {
            return Ok(0);
        }
        let (facts, now) = (self.facts(workspace).await?, self.kith.now());
        let zoned = now.in_tz(&workspace.zone).unwrap_or_else(|_| now.to_zoned(jiff::tz::TimeZone::UTC));
        let mut taken = 0;
        for member in store.members().await.map_err(from_store)? {
            let Some(mine) = browsers.get(&member.id) else { continue };
            let (wish, _) = self.kith.call_wish(workspace.id, member.id).await?;
            let told = store.told(member.id).await.map_err(from_store)?;
            for call in calls(&wish, &for_role(&facts, member.role), &told, &zoned) {
                if store.tell(member.id, &call.about, now).await.map_err(from_store)? {
                    taken += self.push_to(workspace.id, mine, &call).await?;
                }
            }
        }
        Ok(taken)
    }

    async fn facts(&self, workspace: &WorkspaceRow) -> Result<CallFacts, Problem> {
        let store = self.kith.store().in_workspace(workspace.id);
        let brake = self.kith.brake(workspace.id, &workspace.zone).await?;
        let needing =
            DispatchFilter { states: crate::publish::NEEDING.to_vec(), latest_first: true, limit: POSTS_MAX, ..DispatchFilter::default() };
        let mut facts = CallFacts {
            owed: store.waiting_total().await.map_err(from_store)?,
            longest: brake.first.as_ref().map(|first| first_name(&first.name).to_owned()),
            holds_at: brake.first.as_ref().and(brake.holds_at).map(|at| at.at),
            ..CallFacts::default()
        };
        for view in store.dispatches(&needing).await.map_err(from_store)? {
            let id = view.dispatch.id.to_string();
            match view.dispatch.state {
                State::Held { why: Hold::Yes, .. } => facts.yes_wanted.push(id),
                // What is held by a person's own pause or by the brake goes on by itself.
                State::Held { .. } => {}
                _ => facts.not_sent.push(id),
            }
        }
        Ok(facts)
    }

    /// To each browser of one person; one that left is forgotten.
    async fn push_to(&self, workspace: WorkspaceId, browsers: &[BrowserRow], call: &Call) -> Result<u32, Problem> {
        let vapid = self.kith.vapid(workspace).await?;
        let words = serde_json::json!({ "title": call.title, "body": call.body, "path": call.path, "tag": call.kind.name() });
        let words = serde_json::to_vec(&words).map_err(|error| internal(&error.to_string()))?;
        let mut taken = 0;
        for row in browsers {
            let Some(to) = self.kith.subscriber(workspace, row) else {
                tracing::warn!(browser = %row.id, "a browser's subscription can't be opened; it must subscribe anew");
                continue;
            };
            taken += u32::from(self.push_one(&vapid, &to, row, workspace, &words).await?);
        }
        Ok(taken)
    }

    async fn push_one(
        &self,
        vapid: &kith_networks::push::Vapid,
        to: &Subscriber,
        row: &BrowserRow,
        workspace: WorkspaceId,
        words: &[u8],
    ) -> Result<bool, Problem> {
        match push(&self.kith.0.http, vapid, to, words, SignedDuration::from_hours(KEEPS_H), self.kith.now()).await {
            Ok(Pushed::Accepted) => return Ok(true),
            Ok(Pushed::Gone) => match self.kith.store().in_workspace(workspace).end_browser(row.member, row.id).await {
                // Its owner may have ended it this moment.
                Ok(()) | Err(kith_store::StoreError::NotThere) => {}
                Err(error) => return Err(from_store(error)),
            },
            // A call is of the moment: it is not tried again, and what is true stands on the page.
            Ok(Pushed::Later(_)) => tracing::info!(browser = %row.id, "a push service was busy; this call is left out"),
            Ok(Pushed::Refused(why)) => tracing::warn!(browser = %row.id, %why, "a push service refused a call"),
            Err(error) => tracing::info!(browser = %row.id, %error, "a push service was not reached; this call is left out"),
        }
        Ok(false)
    }
}

/// What concerns this role: who does not answer is not called for those who wait, who may not say yes not for a yes.
fn for_role(facts: &CallFacts, role: Role) -> CallFacts {
    let mut facts = facts.clone();
    if role.may(Deed::Converse).is_err() {
        (facts.owed, facts.longest, facts.holds_at) = (0, None, None);
    }
    if role.may(Deed::Approve).is_err() {
        facts.yes_wanted.clear();
    }
    if role.may(Deed::Plan).is_err() {
        facts.not_sent.clear();
    }
    facts
}
