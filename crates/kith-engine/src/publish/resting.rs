//! What stands still holds every planned post at its time, whatever its way into the plan (B3, B7).
//!
//! A pause or an absence is asked when a post wakes, by its category and channel. What it holds goes on by itself once it
//! is over or changed, spaced as everything late is, and what is past its grace asks a person; a single post is let out
//! by an owner with a reason. The posts of an absence about itself are never held by it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::publish::{Dispatch, Hold, State};
use kith_domain::schedule::{Pause, PauseScope, held_by, is_absence_notice};
use kith_store::{DispatchFilter, DispatchView, StoreError};

use crate::kith::Kith;

/// How long a reading of the pauses is believed: a burst asks once a second and not once a post. What another process
/// sets is seen that much later.
const READING: Duration = Duration::from_secs(1);
/// After this long what is held is looked through again even if no pause began or ended: a worker may have died between
/// holding a post and looking once more.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// Held posts that are read at a time.
const PAGE: u32 = 500;

type Still = Arc<Result<Vec<Pause>, String>>;

/// What stands still in each workspace, as read lately, and what lasted when what it holds was last looked through.
#[derive(Debug, Default)]
pub(crate) struct Resting(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    read: HashMap<WorkspaceId, (Still, Instant)>,
    looked: HashMap<WorkspaceId, (Vec<Pause>, Instant)>,
}

impl Resting {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, workspace: WorkspaceId) {
        let mut seen = self.lock();
        seen.read.remove(&workspace);
        seen.looked.remove(&workspace);
    }
}

impl Kith {
    /// Why a planned post must not go out now, if something stands still.
    pub(super) async fn rests(&self, d: &Dispatch, channel_name: &str) -> Result<Option<String>, StoreError> {
        let (still, now) = (self.still(d.workspace).await?, self.now());
        let pauses = match &*still {
            Err(why) => return Ok(Some(why.clone())),
            Ok(pauses) if !pauses.iter().any(|pause| pause.lasts(now)) => return Ok(None),
            Ok(pauses) => pauses,
        };
        let view = self.store().in_workspace(d.workspace).dispatch(d.id).await?;
        let category = view.and_then(|view| view.category);
        Ok(holding(pauses, &d.occurrence_key, category.as_deref(), channel_name, now).map(|pause| pause.why.clone()))
    }

    /// A post was just held: what held it may have ended between the reading and the hold, and then nobody else would let
    /// it go.
    pub(super) async fn rests_still(&self, workspace: WorkspaceId, id: DispatchId) -> Result<(), StoreError> {
        self.0.resting.forget(workspace);
        let store = self.store().in_workspace(workspace);
        let Some(view) = store.dispatch(id).await? else { return Ok(()) };
        if is_resting(&view) && self.rests(&view.dispatch, &view.channel_name).await?.is_none() {
            store.release_these(&[view.dispatch], self.now()).await?;
        }
        Ok(())
    }

    /// Pauses or absences of a workspace changed: what no longer stands still goes on at once.
    pub(crate) async fn rests_changed(&self, workspace: WorkspaceId) {
        self.0.resting.forget(workspace);
        // The brake counts no time away.
        self.0.unbraked.forget(workspace);
        if let Err(error) = self.let_rested_go(workspace).await {
            tracing::warn!(%error, "what stood still could not be let go; the next beat tries again");
        }
    }

    /// Lets go of what nothing holds still any more in this workspace. How many.
    pub(crate) async fn let_rested_go(&self, workspace: WorkspaceId) -> Result<u64, StoreError> {
        let (still, now, steady) = (self.still(workspace).await?, self.now(), self.clock().steady());
        let Ok(pauses) = &*still else { return Ok(0) };
        let lasting: Vec<Pause> = pauses.iter().filter(|pause| pause.lasts(now)).cloned().collect();
        if lasting.iter().any(|pause| pause.scope == PauseScope::Everything) {
            return Ok(0);
        }
        let looked = self.0.resting.lock().looked.get(&workspace).cloned();
        if looked.is_some_and(|(then, at)| then == lasting && steady.saturating_duration_since(at) < LOOK_EVERY) {
            return Ok(0);
        }
        let store = self.store().in_workspace(workspace);
        let mut filter = DispatchFilter { states: vec!["held"], limit: PAGE, ..DispatchFilter::default() };
        let mut count = 0;
        loop {
            let page = store.dispatches(&filter).await?;
            filter.after = page.last().map(DispatchView::cursor);
            let full = page.len() == PAGE as usize;
            let free = page.into_iter().filter(|view| {
                let key = &view.dispatch.occurrence_key;
                is_resting(view) && holding(&lasting, key, view.category.as_deref(), &view.channel_name, now).is_none()
            });
            let free: Vec<Dispatch> = free.map(|view| view.dispatch).collect();
            if !free.is_empty() {
                count += store.release_these(&free, now).await?;
            }
            if !full {
                break;
            }
        }
        self.0.resting.lock().looked.insert(workspace, (lasting, steady));
        if count > 0 {
            tracing::info!(count, "what stood still goes on");
            self.tell(workspace, "plan", None).await;
        }
        Ok(count)
    }

    async fn still(&self, workspace: WorkspaceId) -> Result<Still, StoreError> {
        let steady = self.clock().steady();
        let known = self.0.resting.lock().read.get(&workspace).cloned();
        if let Some((still, at)) = known
            && steady.saturating_duration_since(at) < READING
        {
            return Ok(still);
        }
        let still: Still = Arc::new(self.at_home(workspace).await?.still);
        self.0.resting.lock().read.insert(workspace, (Arc::clone(&still), steady));
        Ok(still)
    }
}

/// The pause that holds a post now, if one does. What an absence says of itself goes out all the same.
fn holding<'p>(
    pauses: &'p [Pause],
    occurrence_key: &str,
    category: Option<&str>,
    channel: &str,
    now: jiff::Timestamp,
) -> Option<&'p Pause> {
    held_by(pauses, category, channel, now).filter(|_| !is_absence_notice(occurrence_key, channel))
}

fn is_resting(view: &DispatchView) -> bool {
    matches!(view.dispatch.state, State::Held { why: Hold::Resting, .. })
}
