//! What a person may decide about a dispatch.

use jiff::{SignedDuration, Timestamp};

use super::outcome::Receipt;
use super::state::{Dispatch, Hold, NeedsPerson, State};
use super::step::{Decision, GRACE_DEFAULT_S};

/// What a person says to a dispatch that waits for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Send it now although it is late, or again although an earlier try is not confirmed.
    SendNow,
    /// Send it at this time instead.
    At(Timestamp),
    /// It is there.
    ItIsThere(Receipt),
    /// Do not send it.
    Cancel,
    /// Send it although the brake, a pause or an absence holds it; the reason is kept by whoever asks.
    LetOut,
    /// It goes out at its time although something was found when it was planned. Only an owner's word; who asks checks that.
    Yes,
    /// Hold it back until somebody lets it go; `by` is who, by name.
    Hold {
        /// Who holds it.
        by: String,
    },
    /// What a person held back goes out at its time.
    LetGo,
}

/// Where it stands at another time that a person gave it: a time is no yes, and no word to let it go either, unless the
/// time at which it was held back has passed.
pub fn at_another_time(d: &Dispatch, now: Timestamp) -> State {
    match &d.state {
        waits @ State::Held { why: Hold::Yes, .. } => waits.clone(),
        held @ State::Held { why: Hold::ByHand, .. } if d.due_at > now => held.clone(),
        _ => State::planned(),
    }
}

/// A person answers a dispatch that waits for them, or calls one off. `Err` says why not.
pub fn by_person(d: &Dispatch, answer: Answer, now: Timestamp) -> Result<Decision, &'static str> {
    // A word to send holds as long as a plan would: what can't go out by then asks again instead of trying for ever.
    let late_until = Some(now + SignedDuration::from_secs(d.grace_s.max(GRACE_DEFAULT_S)));
    match (&d.state, answer) {
        (
            State::Planned { .. } | State::Missed { .. } | State::Held { .. } | State::NeedsPerson { .. } | State::Failed { .. },
            Answer::Cancel,
        ) => Ok(Decision::rest(State::Cancelled)),
        (State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. }, Answer::At(_)) => Err("it may be out already; say first whether it is"),
        (
            State::Planned { .. } | State::Missed { .. } | State::Held { .. } | State::NeedsPerson { .. } | State::Failed { .. },
            Answer::At(at),
        ) => {
            if at > now {
                Ok(Decision::rest(State::planned()))
            } else {
                Err("that time has passed already; choose a later one")
            }
        }
        // An earlier send may still arrive, so it stays uncertain: one more look, then the same bytes under the same key.
        (State::NeedsPerson { why: NeedsPerson::Unconfirmed, detail, .. }, Answer::SendNow) => {
            Ok(Decision::rest(State::Uncertain { why: detail.clone(), look_at: now, absences: 0, unknowns: 1, late_until, cleared: true }))
        }
        // Past the brake and past a pause only by the door that asks why.
        (State::Held { why: Hold::Brake | Hold::Resting, .. }, Answer::LetOut) => {
            Ok(Decision::rest(State::Planned { not_before: Some(now), late_until }))
        }
        // A yes changes nothing about its time: what is too late by now asks as everything late does.
        (State::Held { why: Hold::Yes, .. }, Answer::Yes) => Ok(Decision::rest(State::planned())),
        (State::Held { why: Hold::Yes, .. }, Answer::SendNow) => Err("it waits for the owner's yes; say that first"),
        (State::Held { why: Hold::Brake, .. }, Answer::SendNow) => Err("somebody waits too long; answer them, or let it out and say why"),
        (State::Held { why: Hold::Resting, .. }, Answer::SendNow) => Err("it stands still; let it out and say why, or let all go on"),
        (State::Held { why: Hold::ByHand, .. }, Answer::SendNow) if d.due_at > now => Err("its time is still to come; let it go out then"),
        (State::Held { why: Hold::ByHand, .. }, Answer::LetGo) if d.due_at > now => Ok(Decision::rest(State::planned())),
        (State::Held { why: Hold::ByHand, .. }, Answer::LetGo) => Err("its time has passed; send it now or give it another time"),
        (State::Held { why: Hold::ByHand, .. }, Answer::Hold { .. }) => Err("it is held back already"),
        (State::Held { why: Hold::Yes, .. }, Answer::Hold { .. }) => Err("it waits for the owner's yes and does not go out before that"),
        (State::Held { why: Hold::Changed, .. }, Answer::Hold { .. }) => Err("it does not go out as it is; there is nothing to hold back"),
        // Whatever else holds it is asked again once it is let go.
        (State::Planned { .. } | State::Held { .. }, Answer::Hold { by }) => {
            Ok(Decision::rest(State::Held { why: Hold::ByHand, detail: by, since: now }))
        }
        (State::Claimed { .. } | State::Sending { .. } | State::Uncertain { .. }, Answer::Hold { .. }) => {
            Err("it is being sent and may already be out; wait until that is known")
        }
        // What is held looks again whether it still must be; what was refused is certainly not out.
        (State::Missed { .. } | State::NeedsPerson { .. } | State::Held { .. } | State::Failed { .. }, Answer::SendNow) => {
            Ok(Decision::rest(State::Planned { not_before: Some(now), late_until }))
        }
        (State::NeedsPerson { .. } | State::Uncertain { .. }, Answer::ItIsThere(receipt)) => {
            Ok(Decision::rest(State::Published { receipt }))
        }
        (State::Claimed { .. } | State::Sending { .. } | State::Uncertain { .. }, Answer::Cancel) => {
            Err("it is being sent and may already be out; wait until that is known")
        }
        (State::Published { .. }, _) => Err("it is published; delete it on the network"),
        (State::Cancelled, _) => Err("it was called off; plan a new post"),
        (_, Answer::At(_)) => Err("it is being sent and may already be out; wait until that is known"),
        (_, Answer::Hold { .. }) => Err("it does not go out by itself; there is nothing to hold back"),
        (_, Answer::LetGo) => Err("nobody holds it back; look again"),
        (_, Answer::Yes) => Err("it does not wait for a yes; look again"),
        (_, Answer::LetOut) => Err("neither the brake nor a pause holds it; look again"),
        (_, Answer::SendNow) => Err("it goes out by itself at its time"),
        (_, Answer::ItIsThere(_)) => Err("nothing is uncertain about it"),
    }
}
