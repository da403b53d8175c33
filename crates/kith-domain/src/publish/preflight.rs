//! Looking at a post before it is due, while there is still time to mend what would hold it (reliability.md A4).

use jiff::{SignedDuration, Timestamp};

use super::state::{Dispatch, Hold, State};
use super::step::{Decision, released};

/// How long before it is due a post is looked at, in seconds (reliability.md A4, "media missing", 2026-11).
pub const PREFLIGHT_S: i64 = 15 * 60;

/// A post was looked at: `found` is what would hold it. `None` where nothing follows from that.
///
/// A planned one that is due within `PREFLIGHT_S` is held at once; one that was held for its picture goes on when the
/// picture is there again. What is due already is its worker's matter, and other holds have their own ways to end.
pub fn after_preflight(d: &Dispatch, found: Option<(Hold, String)>, now: Timestamp) -> Option<Decision> {
    match (&d.state, found) {
        (State::Planned { .. }, Some((why, detail))) if now < d.due_at && is_near(d, now) => {
            Some(Decision::rest(State::Held { why, detail, since: now }))
        }
        (State::Held { why: Hold::Media, .. }, None) => Some(released(d)),
        _ => None,
    }
}

fn is_near(d: &Dispatch, now: Timestamp) -> bool {
    d.due_at.duration_since(now) <= SignedDuration::from_secs(PREFLIGHT_S)
}
