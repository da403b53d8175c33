//! The machine: what a worker does with a dispatch when it wakes, and what follows from what happened.
//!
//! Each function takes a dispatch and facts and returns a `Decision`: the state to store and what to do next.
//! The two rules that everything serves: nothing is sent before its intent is stored (I2), and what may be out is
//! looked for before it is sent again (I3).

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::look::look_later;
use super::outcome::{PublishError, Receipt};
use super::state::{Dispatch, Hold, NeedsPerson, State};

/// A claim's life in seconds; nobody else touches the row meanwhile.
pub const LEASE_S: i64 = 120;
/// Longest time one send may take, in seconds; below half of a lease (I10).
pub const SEND_TIMEOUT_S: i64 = 30;
/// How late a post may go out by itself unless its plan says otherwise, in seconds.
pub const GRACE_DEFAULT_S: i64 = 30 * 60;

/// First and longest pause between tries that were certainly not accepted, in seconds.
pub(super) const BACKOFF_FIRST_S: i64 = 5;
pub(super) const BACKOFF_MAX_S: i64 = 15 * 60;
/// Pause before the first look after an unknown outcome, in seconds: most late accepts are over by then.
const LOOK_FIRST_S: i64 = 2;

/// What is known of the channel when a dispatch wakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelFacts {
    /// Why nothing may go out on it, if so.
    pub hold: Option<(Hold, String)>,
    /// How its network guards against doubles.
    pub class: Class,
}

impl ChannelFacts {
    /// What holds a dispatch in this state. The brake, a pause and an absence hold only what has not begun and what no
    /// person let out: they wait for people, and what may be out already is first made certain.
    pub fn holds(&self, state: &State) -> Option<&(Hold, String)> {
        self.hold.as_ref().filter(|(why, _)| {
            !why.is_for_people() || matches!(state, State::Planned { late_until: None, .. } | State::Claimed { late_until: None })
        })
    }
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Prepare (upload pictures, fix the bytes), then `begin_send`.
    Prepare,
    /// Store the intent, then send exactly the prepared bytes.
    Send,
    /// Look whether it is out, then `after_look`.
    Look,
    /// Nothing.
    Rest,
}

/// Something that a person should hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It is too late to send it unasked.
    Missed,
    /// The network refused it.
    Failed(String),
    /// The channel needs a new sign-in.
    ChannelNeedsSignIn(String),
    /// Only a person can tell.
    NeedsPerson(String),
}

/// The state to store, what to do next, and what to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state to store.
    pub state: State,
    /// What to do once it is stored.
    pub task: Task,
    /// What to tell a person.
    pub notice: Option<Notice>,
}

/// How one send ended.
pub type Outcome = Result<Receipt, PublishError>;

impl Decision {
    pub(super) fn rest(state: State) -> Self {
        Self { state, task: Task::Rest, notice: None }
    }

    pub(super) fn task(state: State, task: Task) -> Self {
        Self { state, task, notice: None }
    }

    pub(super) fn say(state: State, notice: Notice) -> Self {
        Self { state, task: Task::Rest, notice: Some(notice) }
    }
}

/// A worker has claimed this dispatch because its `wake_at` has come. What now?
pub fn wake(d: &Dispatch, facts: &ChannelFacts, now: Timestamp) -> Decision {
    match &d.state {
        // If it was claimed, the lease of a worker that only prepared has ended: nothing is out.
        State::Planned { late_until, .. } | State::Claimed { late_until } => wake_to_send(d, facts, *late_until, now),
        State::Sending { .. } => lease_lost(d, now),
        State::Uncertain { .. } if facts.class == Class::Blind => wake_blind(d, facts, now),
        State::Uncertain { .. } => Decision::task(d.state.clone(), Task::Look),
        other => Decision::rest(other.clone()),
    }
}

fn wake_to_send(d: &Dispatch, facts: &ChannelFacts, late_until: Option<Timestamp>, now: Timestamp) -> Decision {
    if now < d.due_at {
        return Decision::rest(State::Planned { not_before: None, late_until });
    }
    if let Some((why, detail)) = facts.holds(&d.state) {
        return Decision::rest(State::Held { why: *why, detail: detail.clone(), since: now });
    }
    if now > d.may_go_until(late_until) {
        return Decision::say(State::Missed { found_at: now }, Notice::Missed);
    }
    Decision::task(State::Claimed { late_until }, Task::Prepare)
}

/// Where Kith can't look, only a person can say that it may go out again.
fn wake_blind(d: &Dispatch, facts: &ChannelFacts, now: Timestamp) -> Decision {
    match &d.state {
        State::Uncertain { unknowns, late_until, cleared: true, .. } if now <= d.may_go_until(*late_until) => {
            if facts.holds(&d.state).is_some() {
                return look_later(d, now);
            }
            Decision::task(State::Sending { unknowns: *unknowns, late_until: *late_until }, Task::Send)
        }
        State::Uncertain { why, .. } => ask(now, &format!("{why}; this network does not let Kith look")),
        other => Decision::rest(other.clone()),
    }
}

/// Preparing did not succeed. Nothing irreversible was sent now; what may be out from before stays uncertain.
pub fn after_prepare_failed(d: &Dispatch, error: PublishError, now: Timestamp, jitter: f64) -> Decision {
    let late_until = match &d.state {
        State::Claimed { late_until } | State::Planned { late_until, .. } => *late_until,
        State::Uncertain { .. } => return look_later(d, now),
        State::Sending { .. } => return lease_lost(d, now),
        other => return Decision::rest(other.clone()),
    };
    // Nobody counts preparations, so the pause grows with the time since it was to go out.
    let wanted = late_until.map_or(d.due_at, |until| until - SignedDuration::from_secs(d.grace_s.max(GRACE_DEFAULT_S)));
    let pause = part_of(now.duration_since(wanted), jitter);
    match error {
        PublishError::Later { after, .. } => later(d, after.unwrap_or(pause), late_until, now),
        // A preparation that may or may not have happened is simply done again.
        PublishError::Unknown { .. } => later(d, pause, late_until, now),
        PublishError::Refused { why } => Decision::say(State::Failed { why: why.clone() }, Notice::Failed(why)),
        PublishError::SignInAgain { why } => sign_in(why, now),
    }
}

/// The bytes are fixed: the state whose commit is the intent. `None` when the row is not claimed or not prepared.
pub fn begin_send(d: &Dispatch) -> Option<Decision> {
    match d.state {
        State::Claimed { late_until } if d.prepared.is_some() => {
            Some(Decision::task(State::Sending { unknowns: 0, late_until }, Task::Send))
        }
        _ => None,
    }
}

/// A send has ended, one way or another.
pub fn after_send(d: &Dispatch, outcome: Outcome, now: Timestamp, jitter: f64) -> Decision {
    let State::Sending { unknowns, late_until } = d.state else {
        return Decision::rest(d.state.clone());
    };
    match outcome {
        Ok(receipt) => Decision::rest(State::Published { receipt }),
        Err(PublishError::Unknown { why }) => Decision::rest(uncertain(why, unknowns + 1, late_until, now)),
        // This send was not accepted, which says nothing of the earlier one. It had been found right to send, and still
        // is after one more look.
        Err(PublishError::Later { after, why }) if unknowns > 0 => Decision::rest(State::Uncertain {
            why,
            look_at: now + after.unwrap_or_else(|| backoff(unknowns, jitter)),
            absences: 0,
            unknowns,
            late_until,
            cleared: true,
        }),
        Err(PublishError::Refused { why }) if unknowns > 0 => Decision::rest(uncertain(why, unknowns + 1, late_until, now)),
        Err(PublishError::SignInAgain { why }) if unknowns > 0 => Decision {
            state: uncertain(why.clone(), unknowns, late_until, now + SignedDuration::from_secs(BACKOFF_MAX_S)),
            task: Task::Rest,
            notice: Some(Notice::ChannelNeedsSignIn(why)),
        },
        Err(PublishError::Later { after, .. }) => later(d, after.unwrap_or_else(|| backoff(d.attempts.max(1), jitter)), late_until, now),
        Err(PublishError::Refused { why }) => Decision::say(State::Failed { why: why.clone() }, Notice::Failed(why)),
        Err(PublishError::SignInAgain { why }) => sign_in(why, now),
    }
}

/// The network named a remote id that belongs to another dispatch of this channel (I1), so this one has no proof. After
/// a send it may be out under another id and is looked for; a look that finds only what is another's is a person's.
pub fn after_conflict(d: &Dispatch, receipt: &Receipt, now: Timestamp) -> Decision {
    let link = receipt.url.as_deref().unwrap_or(&receipt.remote_id);
    let why = format!("the network names {link}, which is another post of this channel");
    match &d.state {
        State::Sending { unknowns, late_until } => Decision::rest(uncertain(why, unknowns + 1, *late_until, now)),
        State::Uncertain { .. } => ask(now, &why),
        other => Decision::rest(other.clone()),
    }
}

/// The worker that had claimed it is gone (crash, frozen past its lease).
pub fn lease_lost(d: &Dispatch, now: Timestamp) -> Decision {
    match &d.state {
        State::Claimed { late_until } => Decision::rest(State::Planned { not_before: None, late_until: *late_until }),
        State::Sending { unknowns, late_until } => {
            Decision::rest(uncertain("Kith stopped while it was sending".into(), unknowns + 1, *late_until, now))
        }
        other => Decision::rest(other.clone()),
    }
}

/// What held a dispatch is mended: it goes on under the rules of its time. Anything else stays as it is.
pub fn released(d: &Dispatch) -> Decision {
    match &d.state {
        State::Held { .. } => Decision::rest(State::planned()),
        other => Decision::rest(other.clone()),
    }
}

/// The first look comes soon, later ones after twice the pause each.
fn uncertain(why: String, unknowns: u32, late_until: Option<Timestamp>, now: Timestamp) -> State {
    let pause = LOOK_FIRST_S.saturating_mul(1 << unknowns.saturating_sub(1).min(10)).min(BACKOFF_MAX_S);
    let look_at = now + SignedDuration::from_secs(pause);
    State::Uncertain { why, look_at, absences: 0, unknowns, late_until, cleared: false }
}

/// Again after the pause; if that is too late, it is said as soon as it is.
pub(super) fn later(d: &Dispatch, pause: SignedDuration, late_until: Option<Timestamp>, now: Timestamp) -> Decision {
    let too_late = d.may_go_until(late_until) + SignedDuration::from_secs(1);
    let not_before = Some((now + pause).min(too_late.max(now)));
    Decision::rest(State::Planned { not_before, late_until })
}

fn sign_in(why: String, now: Timestamp) -> Decision {
    Decision::say(State::Held { why: Hold::Token, detail: why.clone(), since: now }, Notice::ChannelNeedsSignIn(why))
}

pub(super) fn ask(now: Timestamp, detail: &str) -> Decision {
    Decision::say(
        State::NeedsPerson { why: NeedsPerson::Unconfirmed, detail: detail.into(), since: now },
        Notice::NeedsPerson(detail.into()),
    )
}

/// Doubles from the first pause to the longest, then spread by `jitter` (0 to 1) over its upper half.
fn backoff(tries: u32, jitter: f64) -> SignedDuration {
    spread(BACKOFF_FIRST_S.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(BACKOFF_MAX_S), jitter)
}

/// A third of the time that has passed, between the first pause and the longest: grows like `backoff` without a count.
pub(super) fn part_of(passed: SignedDuration, jitter: f64) -> SignedDuration {
    spread((passed.as_secs() / 3).clamp(BACKOFF_FIRST_S, BACKOFF_MAX_S), jitter)
}

fn spread(full_s: i64, jitter: f64) -> SignedDuration {
    SignedDuration::from_millis((full_s as f64 * 1_000.0 * (0.5 + 0.5 * jitter.clamp(0.0, 1.0))) as i64)
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
