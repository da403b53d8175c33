//! The machine: what a worker does with a dispatch when it wakes, and what follows from what happened.
//!
//! Each function takes a dispatch and facts and returns a `Decision`: the state to store and what to do next.
//! The two rules that everything serves: nothing is sent before its intent is stored (I2), and what may be out is
//! looked for before it is sent again (I3).

use jiff::{SignedDuration, Timestamp};

use super::class::{Class, KEY_REPLAYS_MAX, SETTLE_S};
use super::outcome::{Looked, PublishError, Receipt};
use super::state::{Dispatch, Hold, NeedsPerson, State};

/// A claim's life in seconds; nobody else touches the row meanwhile.
pub const LEASE_S: i64 = 120;
/// Longest time one send may take, in seconds; below half of a lease (I10).
pub const SEND_TIMEOUT_S: i64 = 30;
/// How late a post may go out by itself unless its plan says otherwise, in seconds.
pub const GRACE_DEFAULT_S: i64 = 30 * 60;

/// First and longest pause between tries that were certainly not accepted, in seconds.
const BACKOFF_FIRST_S: i64 = 5;
const BACKOFF_MAX_S: i64 = 15 * 60;
/// Pause before the first look after an unknown outcome, in seconds: most late accepts are over by then.
const LOOK_FIRST_S: i64 = 2;
/// Most replays of a named record; each is a no-op if an earlier one arrived, so this only bounds the work.
const RECORD_REPLAYS_MAX: u32 = 50;
/// A network that keeps being unreadable for so long is a person's matter, in seconds.
const LOOKING_MAX_S: i64 = 24 * 3_600;

/// What is known of the channel when a dispatch wakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelFacts {
    /// Why nothing may go out on it, if so.
    pub hold: Option<(Hold, String)>,
    /// How its network guards against doubles.
    pub class: Class,
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

/// What a person says to a dispatch that waits for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Send it now although it is late, or again although an earlier try is not confirmed.
    SendNow,
    /// It is there.
    ItIsThere(Receipt),
    /// Do not send it.
    Cancel,
}

impl Decision {
    fn rest(state: State) -> Self {
        Self { state, task: Task::Rest, notice: None }
    }

    fn task(state: State, task: Task) -> Self {
        Self { state, task, notice: None }
    }

    fn say(state: State, notice: Notice) -> Self {
        Self { state, task: Task::Rest, notice: Some(notice) }
    }
}

/// A worker has claimed this dispatch because its `wake_at` has come. What now?
pub fn wake(d: &Dispatch, facts: &ChannelFacts, now: Timestamp) -> Decision {
    match &d.state {
        State::Planned { late_is_fine, .. } => wake_to_send(d, facts, *late_is_fine, now),
        // The lease of a worker that only prepared has ended: nothing is out, and its time is judged anew.
        State::Claimed => wake_to_send(d, facts, false, now),
        State::Sending { .. } => lease_lost(d, now),
        State::Uncertain { .. } if facts.class == Class::Blind => ask(now, "this network does not let Kith look"),
        State::Uncertain { .. } => Decision::task(d.state.clone(), Task::Look),
        other => Decision::rest(other.clone()),
    }
}

fn wake_to_send(d: &Dispatch, facts: &ChannelFacts, late_is_fine: bool, now: Timestamp) -> Decision {
    if now < d.due_at {
        return Decision::rest(State::Planned { not_before: None, late_is_fine });
    }
    if let Some((why, detail)) = &facts.hold {
        return Decision::rest(State::Held { why: *why, detail: detail.clone(), since: now });
    }
    if now > d.grace_until() && !late_is_fine {
        return Decision::say(State::Missed { found_at: now }, Notice::Missed);
    }
    Decision::task(State::Claimed, Task::Prepare)
}

/// Preparing did not succeed. Nothing irreversible was sent, so nothing is uncertain.
pub fn after_prepare_failed(d: &Dispatch, error: PublishError, now: Timestamp, jitter: f64) -> Decision {
    match error {
        PublishError::Later { after, .. } => later(d, after, now, jitter),
        // A preparation that may or may not have happened is simply done again.
        PublishError::Unknown { .. } => later(d, None, now, jitter),
        PublishError::Refused { why } => Decision::say(State::Failed { why: why.clone() }, Notice::Failed(why)),
        PublishError::SignInAgain { why } => sign_in(why, now),
    }
}

/// The bytes are fixed: the state whose commit is the intent. `None` when the row is not claimed or not prepared.
pub fn begin_send(d: &Dispatch) -> Option<Decision> {
    match d.state {
        State::Claimed if d.prepared.is_some() => Some(Decision::task(State::Sending { unknowns: 0 }, Task::Send)),
        _ => None,
    }
}

/// A send has ended, one way or another.
pub fn after_send(d: &Dispatch, outcome: Outcome, now: Timestamp, jitter: f64) -> Decision {
    let State::Sending { unknowns } = d.state else {
        return Decision::rest(d.state.clone());
    };
    match outcome {
        Ok(receipt) => Decision::rest(State::Published { receipt }),
        Err(PublishError::Unknown { why }) => Decision::rest(uncertain(why, unknowns + 1, now)),
        // This send was not accepted, which says nothing of the earlier one: look again.
        Err(PublishError::Later { after, why }) if unknowns > 0 => Decision::rest(State::Uncertain {
            why,
            look_at: now + after.unwrap_or_else(|| backoff(unknowns, jitter)),
            absences: 0,
            unknowns,
        }),
        Err(PublishError::Refused { why }) if unknowns > 0 => Decision::rest(uncertain(why, unknowns + 1, now)),
        Err(PublishError::SignInAgain { why }) if unknowns > 0 => Decision {
            state: uncertain(why.clone(), unknowns, now + SignedDuration::from_secs(BACKOFF_MAX_S)),
            task: Task::Rest,
            notice: Some(Notice::ChannelNeedsSignIn(why)),
        },
        Err(PublishError::Later { after, .. }) => later(d, after, now, jitter),
        Err(PublishError::Refused { why }) => Decision::say(State::Failed { why: why.clone() }, Notice::Failed(why)),
        Err(PublishError::SignInAgain { why }) => sign_in(why, now),
    }
}

/// The worker that had claimed it is gone (crash, frozen past its lease).
pub fn lease_lost(d: &Dispatch, now: Timestamp) -> Decision {
    match &d.state {
        State::Claimed => Decision::rest(State::Planned { not_before: None, late_is_fine: false }),
        State::Sending { unknowns } => Decision::rest(uncertain("Kith stopped while it was sending".into(), unknowns + 1, now)),
        other => Decision::rest(other.clone()),
    }
}

/// The network was asked whether it is out.
pub fn after_look(d: &Dispatch, class: Class, looked: Looked, now: Timestamp, jitter: f64) -> Decision {
    let State::Uncertain { why, absences, unknowns, .. } = &d.state else {
        return Decision::rest(d.state.clone());
    };
    let (absences, unknowns) = (*absences, *unknowns);
    let look_in = |pause: SignedDuration, absences| State::Uncertain { why: why.clone(), look_at: now + pause, absences, unknowns };
    let since = |t: Option<Timestamp>| now.duration_since(t.unwrap_or(now));
    match looked {
        Looked::Found(receipt) => Decision::rest(State::Published { receipt }),
        // It stays uncertain: after the sign-in it is looked for again, not sent.
        Looked::SignInAgain { why: token } => Decision {
            state: look_in(SignedDuration::from_secs(BACKOFF_MAX_S), absences),
            task: Task::Rest,
            notice: Some(Notice::ChannelNeedsSignIn(token)),
        },
        Looked::Failed { .. } if since(d.last_send) > SignedDuration::from_secs(LOOKING_MAX_S) => {
            ask(now, "the network could not be read for a day")
        }
        Looked::Failed { after, .. } => Decision::rest(look_in(after.unwrap_or_else(|| backoff(absences + 1, jitter)), absences)),
        Looked::Absent => match next_after_absence(class, absences + 1, unknowns, since(d.first_send), since(d.last_send)) {
            Next::SendAgain => Decision::task(State::Sending { unknowns }, Task::Send),
            Next::LookIn(pause) => Decision::rest(look_in(pause, absences + 1)),
            Next::Ask => ask(now, why),
        },
    }
}

/// It is absent, but nothing may go out on its channel now: it stays uncertain and is looked for later.
pub fn look_later(d: &Dispatch, now: Timestamp) -> Decision {
    match &d.state {
        State::Uncertain { why, absences, unknowns, .. } => Decision::rest(State::Uncertain {
            why: why.clone(),
            look_at: now + SignedDuration::from_secs(BACKOFF_MAX_S),
            absences: *absences,
            unknowns: *unknowns,
        }),
        other => Decision::rest(other.clone()),
    }
}

enum Next {
    SendAgain,
    LookIn(SignedDuration),
    Ask,
}

/// What "it is not there" allows, by class (reliability.md A2, right column).
fn next_after_absence(class: Class, absences: u32, unknowns: u32, since_first: SignedDuration, since_last: SignedDuration) -> Next {
    match class {
        Class::NamedRecord | Class::Staged if unknowns <= RECORD_REPLAYS_MAX => Next::SendAgain,
        Class::Keyed { ttl_s } if since_first < Class::key_is_safe_for(ttl_s) && unknowns <= KEY_REPLAYS_MAX => Next::SendAgain,
        Class::NamedRecord | Class::Staged | Class::Blind => Next::Ask,
        Class::Keyed { .. } | Class::ReadBack => {
            let settle = SignedDuration::from_secs(SETTLE_S);
            if since_last < settle {
                Next::LookIn(settle - since_last)
            } else if absences < 2 {
                Next::LookIn(settle)
            } else if unknowns == 1 {
                Next::SendAgain
            } else {
                Next::Ask
            }
        }
    }
}

/// What held a dispatch is mended: it goes on under the rules of its time. Anything else stays as it is.
pub fn released(d: &Dispatch) -> Decision {
    match &d.state {
        State::Held { .. } => Decision::rest(State::Planned { not_before: None, late_is_fine: false }),
        other => Decision::rest(other.clone()),
    }
}

/// A person answers a dispatch that waits for them, or calls one off. `Err` says why not.
pub fn by_person(d: &Dispatch, answer: Answer, now: Timestamp) -> Result<Decision, &'static str> {
    match (&d.state, answer) {
        (State::Planned { .. } | State::Missed { .. } | State::Held { .. } | State::NeedsPerson { .. }, Answer::Cancel) => {
            Ok(Decision::rest(State::Cancelled))
        }
        (State::Missed { .. } | State::NeedsPerson { .. }, Answer::SendNow) => {
            Ok(Decision::rest(State::Planned { not_before: Some(now), late_is_fine: true }))
        }
        (State::NeedsPerson { .. } | State::Uncertain { .. }, Answer::ItIsThere(receipt)) => {
            Ok(Decision::rest(State::Published { receipt }))
        }
        (State::Claimed | State::Sending { .. } | State::Uncertain { .. }, Answer::Cancel) => {
            Err("it is being sent and may already be out; wait until that is known")
        }
        (State::Published { .. }, _) => Err("it is published; delete it on the network"),
        (State::Cancelled | State::Failed { .. }, _) => Err("it has ended already; plan a new post"),
        (_, Answer::SendNow) => Err("it goes out by itself at its time"),
        (_, Answer::ItIsThere(_)) => Err("nothing is uncertain about it"),
    }
}

/// The first look comes soon, later ones after twice the pause each.
fn uncertain(why: String, unknowns: u32, now: Timestamp) -> State {
    let pause = LOOK_FIRST_S.saturating_mul(1 << unknowns.saturating_sub(1).min(10)).min(BACKOFF_MAX_S);
    State::Uncertain { why, look_at: now + SignedDuration::from_secs(pause), absences: 0, unknowns }
}

fn later(d: &Dispatch, after: Option<SignedDuration>, now: Timestamp, jitter: f64) -> Decision {
    let pause = after.unwrap_or_else(|| backoff(d.attempts.max(1), jitter));
    Decision::rest(State::Planned { not_before: Some(now + pause), late_is_fine: false })
}

fn sign_in(why: String, now: Timestamp) -> Decision {
    Decision::say(State::Held { why: Hold::Token, detail: why.clone(), since: now }, Notice::ChannelNeedsSignIn(why))
}

fn ask(now: Timestamp, detail: &str) -> Decision {
    Decision::say(
        State::NeedsPerson { why: NeedsPerson::Unconfirmed, detail: detail.into(), since: now },
        Notice::NeedsPerson(detail.into()),
    )
}

/// Doubles from the first pause to the longest, then spread by `jitter` (0 to 1) over its upper half.
fn backoff(tries: u32, jitter: f64) -> SignedDuration {
    let full = BACKOFF_FIRST_S.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(BACKOFF_MAX_S);
    SignedDuration::from_millis((full as f64 * 1_000.0 * (0.5 + 0.5 * jitter.clamp(0.0, 1.0))) as i64)
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
