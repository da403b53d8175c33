//! The look ahead: a quarter of an hour before a post is due, are its pictures there and is its channel signed in?
//!
//! What would hold it then holds it now, with the reason, so that a person can mend it before its time. A network is
//! asked at most once in that time for all posts of a channel. A picture that is there again lets its post go on.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{ChannelId, DispatchId, WorkspaceId};
use kith_domain::mandate::Actor;
use kith_domain::publish::{Hold, PREFLIGHT_S, State, after_preflight};
use kith_store::{ChannelState, DispatchFilter, DispatchView, NewEvent, SaveError};
use tokio_util::sync::CancellationToken;

use crate::kith::Kith;
use crate::problem::{Problem, from_store};

/// Pause between two looks, in seconds of Kith's time.
const PAUSE_S: i64 = 60;
/// Shortest pause in seconds of the world, however fast Kith's time runs.
const PAUSE_MIN_S: i64 = 1;
/// Posts of one workspace that are looked at in one go; the others are looked at in the next.
const AT_ONCE_MAX: u32 = 500;
/// Posts and channels that are remembered as looked at. Beyond, they are looked at when they are sent.
const REMEMBERED_MAX: usize = 20_000;

/// Looks ahead. One per process is enough; two do no harm.
#[derive(Debug)]
pub struct Preflight {
    kith: Kith,
    /// Posts that were looked at, with the time at which they are due.
    looked: HashMap<DispatchId, Timestamp>,
    /// Channels that were asked, and what came of it.
    asked: HashMap<ChannelId, (Timestamp, Option<String>)>,
}

impl Preflight {
    /// A look ahead for this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith, looked: HashMap::new(), asked: HashMap::new() }
    }

    /// Looks ahead until stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            if let Err(problem) = self.run_once().await {
                tracing::warn!(%problem, "nothing could be looked at ahead of its time; it is looked at when it is sent");
            }
            let clock = self.kith.clock();
            let pause = SignedDuration::from_secs(PAUSE_S).max(clock.stretch(SignedDuration::from_secs(PAUSE_MIN_S)));
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(pause) => {}
            }
        }
    }

    /// Looks once. Returns how many posts were held or let go on.
    pub async fn run_once(&mut self) -> Result<usize, Problem> {
        let now = self.kith.now();
        self.looked.retain(|_, due| *due > now);
        let asked_after = now - SignedDuration::from_secs(PREFLIGHT_S);
        self.asked.retain(|_, (at, _)| (asked_after..=now).contains(at));
        let mut moved = 0;
        for space in self.kith.store().workspaces().await.map_err(from_store)? {
            moved += self.look_at(space.id, now).await?;
        }
        Ok(moved)
    }

    async fn look_at(&mut self, workspace: WorkspaceId, now: Timestamp) -> Result<usize, Problem> {
        let store = self.kith.store().in_workspace(workspace);
        let ahead = Some(now + SignedDuration::from_secs(PREFLIGHT_S));
        let near = DispatchFilter { states: vec!["planned"], from: Some(now), to: ahead, limit: AT_ONCE_MAX, ..DispatchFilter::default() };
        let held = DispatchFilter { states: vec!["held"], latest_first: true, limit: AT_ONCE_MAX, ..DispatchFilter::default() };
        let mut views = store.dispatches(&near).await.map_err(from_store)?;
        views.retain(|view| !self.looked.contains_key(&view.dispatch.id) && self.looked.len() < REMEMBERED_MAX);
        let held = store.dispatches(&held).await.map_err(from_store)?;
        views.extend(held.into_iter().filter(|view| matches!(view.dispatch.state, State::Held { why: Hold::Media, .. })));
        let mut moved = 0;
        for view in views {
            let found = self.trouble(&view, now).await?;
            if matches!(view.dispatch.state, State::Planned { .. }) {
                self.looked.insert(view.dispatch.id, view.dispatch.due_at);
            }
            moved += usize::from(self.decide(&view, found, now).await?);
        }
        if moved > 0 {
            self.kith.tell(workspace, "plan", None).await;
        }
        Ok(moved)
    }

    /// What would hold this post.
    async fn trouble(&mut self, view: &DispatchView, now: Timestamp) -> Result<Option<(Hold, String)>, Problem> {
        if let Err(detail) = self.kith.load_pictures(&view.content.files()).await {
            return Ok(Some((Hold::Media, detail)));
        }
        if matches!(view.dispatch.state, State::Held { .. }) {
            return Ok(None);
        }
        Ok(self.channel_trouble(view, now).await?.map(|why| (Hold::Token, why)))
    }

    /// Why the channel must be signed in again, if so: as it is stored, or else as its network says now.
    async fn channel_trouble(&mut self, view: &DispatchView, now: Timestamp) -> Result<Option<String>, Problem> {
        let d = &view.dispatch;
        let Some(row) = self.kith.store().in_workspace(d.workspace).channel(d.channel).await.map_err(from_store)? else { return Ok(None) };
        match row.state {
            ChannelState::SignInAgain => return Ok(Some(row.state_detail)),
            // Nobody asks for a channel that rests; its posts are held for that when they are due.
            ChannelState::Paused | ChannelState::Removed => return Ok(None),
            ChannelState::Ok => {}
        }
        if let Some((_, known)) = self.asked.get(&d.channel) {
            return Ok(known.clone());
        }
        let said = match self.kith.check_channels(d.workspace, Some(&row.name)).await {
            Ok(lines) => lines.into_iter().find(|line| line.state == ChannelState::SignInAgain.as_str()).map(|line| line.detail),
            Err(problem) => {
                tracing::info!(channel = %row.name, %problem, "the channel could not be asked ahead of its posts");
                None
            }
        };
        if self.asked.len() < REMEMBERED_MAX {
            self.asked.insert(d.channel, (now, said.clone()));
        }
        Ok(said)
    }

    async fn decide(&self, view: &DispatchView, found: Option<(Hold, String)>, now: Timestamp) -> Result<bool, Problem> {
        let Some(decision) = after_preflight(&view.dispatch, found, now) else { return Ok(false) };
        let event = NewEvent {
            kind: format!("dispatch.{}", decision.state.name()),
            subject: view.dispatch.id.to_string(),
            actor: Actor::Worker,
            detail: serde_json::to_value(&decision.state).unwrap_or_default(),
        };
        match self.kith.store().in_workspace(view.dispatch.workspace).apply(&view.dispatch, &decision.state, &event, now).await {
            Ok(()) => Ok(true),
            // A person or a worker has moved it meanwhile.
            Err(SaveError::Fenced) => Ok(false),
            Err(SaveError::Store(error)) => Err(from_store(error)),
        }
    }
}
