//! What follows from looking for a dispatch that may be out.
//!
//! Found is published. Absent is believed as far as the network's class allows (reliability.md A2, right column), and
//! what is sent again obeys the same grace as what is sent first: later than that, a person is asked.

use jiff::{SignedDuration, Timestamp};

use super::class::{Class, KEY_PAUSE_S, KEY_REPLAYS_MAX, SETTLE_S};
use super::outcome::Looked;
use super::state::{Dispatch, State};
use super::step::{BACKOFF_MAX_S, Decision, Notice, Task, ask, part_of};

/// Most replays of a named record; each is a no-op if an earlier one arrived, so this only bounds the work.
const RECORD_REPLAYS_MAX: u32 = 50;
/// A network that keeps being unreadable for so long is a person's matter, in seconds.
const LOOKING_MAX_S: i64 = 24 * 3_600;
/// Pause between the two looks that are needed when the first came only after the settle time, in seconds.
const SECOND_LOOK_S: i64 = 60;
/// Looks a settle time apart that stand for the settle time itself where the clock can't tell it.
const LOOKS_WITHOUT_CLOCK: u32 = 2;
/// Longest time ahead for which a look or a back-off is believed, in seconds: above every pause there is.
const AHEAD_MAX_S: i64 = 24 * 3_600;
/// Shortest pause between looks while a key must not be sent again yet, in seconds.
const LOOK_AGAIN_S: i64 = 10;

/// The network was asked whether it is out.
pub fn after_look(d: &Dispatch, class: Class, looked: Looked, now: Timestamp, jitter: f64) -> Decision {
    let State::Uncertain { why, absences, unknowns, late_until, cleared, .. } = &d.state else {
        return Decision::rest(d.state.clone());
    };
    let (absences, unknowns, late_until) = (*absences, *unknowns, *late_until);
    let look_in = |pause: SignedDuration, absences| State::Uncertain {
        why: why.clone(),
        look_at: now + pause,
        absences,
        unknowns,
        late_until,
        cleared: *cleared,
    };
    let since_last = since(d.last_send, now);
    match looked {
        Looked::Found(receipt) => Decision::rest(State::Published { receipt }),
        // It stays uncertain: after the sign-in it is looked for again, not sent.
        Looked::SignInAgain { why: token } => Decision {
            state: look_in(SignedDuration::from_secs(BACKOFF_MAX_S), absences),
            task: Task::Rest,
            notice: Some(Notice::ChannelNeedsSignIn(token)),
        },
        Looked::Failed { .. } if since_last > SignedDuration::from_secs(LOOKING_MAX_S) => {
            ask(now, "the network could not be read for a day")
        }
        // Soon at first, later ever more rarely.
        Looked::Failed { after, .. } => Decision::rest(look_in(after.unwrap_or_else(|| part_of(since_last / 3, jitter)), absences)),
        Looked::Absent => {
            let next = if *cleared { Next::SendAgain } else { next_after_absence(d, class, absences + 1, unknowns, now) };
            match next {
                Next::SendAgain if now > d.may_go_until(late_until) => {
                    ask(now, &format!("{why}; it is not there, and it is now too late to send it again unasked"))
                }
                Next::SendAgain => Decision::task(State::Sending { unknowns, late_until }, Task::Send),
                Next::LookIn(pause) => Decision::rest(look_in(pause, absences + 1)),
                Next::Ask => ask(now, why),
            }
        }
    }
}

/// It is absent, but nothing may go out on its channel now: it stays uncertain and is looked for later.
pub fn look_later(d: &Dispatch, now: Timestamp) -> Decision {
    let mut state = d.state.clone();
    if let State::Uncertain { look_at, .. } = &mut state {
        *look_at = now + SignedDuration::from_secs(BACKOFF_MAX_S);
    }
    Decision::rest(state)
}

/// The stored bytes are not those that were sent: a look by them would look for something else, and sent again they would
/// be another post under the same name. Only a person can go on from here.
pub fn bytes_altered(now: Timestamp) -> Decision {
    ask(now, "the stored bytes of this post are not those that were sent")
}

/// The clock went back: what was put off to a time that only the wrong clock knew comes now, and a person's word that
/// was given under it has lapsed. `None` where nothing is wrong. For every open dispatch, once the jump is noticed.
pub fn clock_went_back(d: &Dispatch, now: Timestamp) -> Option<Decision> {
    let latest = now + SignedDuration::from_secs(AHEAD_MAX_S);
    let believed = |until: Option<Timestamp>| until.filter(|until| *until <= latest);
    match &d.state {
        State::Uncertain { look_at, .. } if *look_at > latest => {
            let mut state = d.state.clone();
            if let State::Uncertain { look_at, late_until, .. } = &mut state {
                (*look_at, *late_until) = (now, believed(*late_until));
            }
            Some(Decision::rest(state))
        }
        State::Planned { not_before: Some(at), late_until } if *at > latest && *at > d.due_at => {
            Some(Decision::rest(State::Planned { not_before: None, late_until: believed(*late_until) }))
        }
        _ => None,
    }
}

enum Next {
    SendAgain,
    LookIn(SignedDuration),
    Ask,
}

/// What "it is not there" allows, by class.
fn next_after_absence(d: &Dispatch, class: Class, absences: u32, unknowns: u32, now: Timestamp) -> Next {
    let since_last = since(d.last_send, now);
    let settle = SignedDuration::from_secs(SETTLE_S);
    // A last send in the future means that the clock went back: then whole settle times between looks are counted.
    let settled = since_last >= settle || (d.last_send.is_some_and(|last| last > now) && absences > LOOKS_WITHOUT_CLOCK);
    match class {
        Class::NamedRecord | Class::Staged if unknowns <= RECORD_REPLAYS_MAX => Next::SendAgain,
        Class::NamedRecord | Class::Staged | Class::Blind => Next::Ask,
        Class::Keyed { ttl_s } if key_is_alive(d, ttl_s, now) && unknowns <= KEY_REPLAYS_MAX => {
            let left = SignedDuration::from_secs(KEY_PAUSE_S) - since_last;
            let soon = since_last.max(SignedDuration::from_secs(LOOK_AGAIN_S));
            if left.is_positive() { Next::LookIn(left.min(soon)) } else { Next::SendAgain }
        }
        Class::Keyed { .. } | Class::ReadBack if !settled => Next::LookIn(settle - since_last),
        Class::Keyed { .. } | Class::ReadBack if absences < 2 => Next::LookIn(SignedDuration::from_secs(SECOND_LOOK_S)),
        Class::Keyed { .. } | Class::ReadBack if unknowns == 1 => Next::SendAgain,
        Class::Keyed { .. } | Class::ReadBack => Next::Ask,
    }
}

/// Whether the network still knows the key of the first send. A first send in the future means that the clock went
/// back; then nobody can tell.
fn key_is_alive(d: &Dispatch, ttl_s: i64, now: Timestamp) -> bool {
    d.first_send.is_some_and(|first| first <= now && now.duration_since(first) < Class::key_is_safe_for(ttl_s))
}

/// Time since an instant, never negative: a clock that went back has proved nothing.
fn since(instant: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    now.duration_since(instant.unwrap_or(now)).max(SignedDuration::ZERO)
}
