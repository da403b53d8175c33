//! The control: a worker as it is often written. It sends what is due, tries again on any error with a new key, and
//! takes a claim whose worker died for unsent. The checker must find it guilty, or the checker is worth nothing.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{Decision, Dispatch, Outcome, State, Task};

/// Tries until it gives up.
const TRIES_MAX: u32 = 5;
/// Pause between tries, in seconds.
const PAUSE_S: i64 = 5;

/// Sends whatever has woken.
pub(crate) fn wake(d: &Dispatch) -> Decision {
    if d.state.is_final() { rest(d.state.clone()) } else { Decision { state: claimed(), task: Task::Prepare, notice: None } }
}

/// An error is an error: again, or failed.
pub(crate) fn after_send(d: &Dispatch, outcome: Outcome, now: Timestamp) -> Decision {
    match outcome {
        Ok(receipt) => rest(State::Published { receipt }),
        Err(error) if d.attempts >= TRIES_MAX => rest(State::Failed { why: error.to_string() }),
        Err(_) => rest(planned(Some(now + SignedDuration::from_secs(PAUSE_S)))),
    }
}

fn rest(state: State) -> Decision {
    Decision { state, task: Task::Rest, notice: None }
}

pub(crate) fn planned(not_before: Option<Timestamp>) -> State {
    State::Planned { not_before, late_until: None }
}

fn claimed() -> State {
    State::Claimed { late_until: None }
}
