//! A later part of a thread: it goes out only once the part before it is published, as an answer to that.
//!
//! While the part before is on its way this one waits a moment and looks again, within its own grace. When the part
//! before did not go out, or nobody can tell, this one is held: the rest of a thread never runs past a gap.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{Decision, Hold, Receipt, State, Task};
use kith_store::{Claimed, StoreError};

use crate::kith::Kith;
use crate::words::{self, Calendar};

/// Pause until the part before is looked at again, in seconds.
const WAIT_S: i64 = 5;

/// What the part before means for this delivery.
pub(super) enum Before {
    /// There is none, or it is out.
    Out(Option<Receipt>),
    /// It rests like this.
    Rest(Decision),
}

/// Looks at the part before this claim's, if there is one.
pub(super) async fn before(kith: &Kith, claimed: &Claimed, now: Timestamp) -> Result<Before, StoreError> {
    let Some(id) = claimed.content.extras.after else { return Ok(Before::Out(None)) };
    let view = kith.store().in_workspace(claimed.dispatch.workspace).dispatch(id).await?;
    let held = |detail: String| {
        Before::Rest(Decision { state: State::Held { why: Hold::Thread, detail, since: now }, task: Task::Rest, notice: None })
    };
    let Some(view) = view else { return Ok(held("it is no longer there".into())) };
    Ok(match view.dispatch.state {
        State::Published { receipt } => Before::Out(Some(receipt)),
        State::Planned { .. } | State::Claimed { .. } | State::Sending { .. } | State::Uncertain { .. } => {
            let late_until = match &claimed.dispatch.state {
                State::Planned { late_until, .. } | State::Claimed { late_until } => *late_until,
                _ => None,
            };
            let not_before = Some(now + SignedDuration::from_secs(WAIT_S));
            Before::Rest(Decision { state: State::Planned { not_before, late_until }, task: Task::Rest, notice: None })
        }
        state => {
            let (word, _) = words::state(&state, &Calendar::new(&claimed.dispatch.zone, now));
            held(format!("it stands as “{word}”"))
        }
    })
}
