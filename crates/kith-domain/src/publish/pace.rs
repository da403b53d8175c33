//! How fast a channel may be used: budgets that keep below a network's limits, and the spacing of what is late.
//!
//! A budget is a bucket that is full when nothing was sent for a window, and is remembered as one instant: when it will
//! be full again. Whoever charges it moves that instant on, so the state is one number that two processes can share in
//! one row. A burst goes out as far as the bucket reaches and is spread over time after that; nothing is refused.

use jiff::{SignedDuration, Timestamp};

use super::state::{Dispatch, State};
use super::step::{Decision, later};

/// Part of a network's limit that a bucket holds, and that comes back within one window, in percent. Both together are
/// the most that leaves in any window, whichever way the network cuts its windows: 80 % of its limit. The rest is for
/// reading, and for a person's own answers, which never wait.
const BUCKET_PERCENT: i64 = 40;
/// A post that goes out later than this after its time is caught up, in seconds; less is only the queue.
pub const CATCH_UP_AFTER_S: i64 = 60;
/// Shortest time between two posts of one channel that are caught up, in seconds (reliability.md I8, 2026-11).
const CATCH_UP_SPACING_S: i64 = 5 * 60;
/// Longest pause of a channel that is believed, in seconds: what servers ask for is cut to this as well.
pub const PAUSE_MAX_S: i64 = 24 * 3_600;
/// Pause of a channel whose network gave no time, in seconds.
pub const PAUSE_UNSAID_S: i64 = 5;

/// One limit of a network: so many units in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Its name among the network's budgets, as stored.
    pub name: &'static str,
    /// Who shares it.
    pub scope: Scope,
    /// The window in seconds.
    pub window_s: i64,
    /// What the network allows within it, in the network's own unit (requests, points).
    pub units: i64,
    /// What each use costs, in that unit.
    pub cost: Cost,
}

/// Who shares a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One account.
    Channel,
    /// All accounts on one server: an address or an app's key.
    Server,
}

/// What a use costs, in a budget's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// The step that publishes.
    pub send: i64,
    /// A look whether it is out.
    pub look: i64,
    /// One picture's upload.
    pub picture: i64,
}

/// What a budget is charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The step that publishes.
    Send,
    /// A look whether it is out.
    Look,
    /// So many pictures' uploads.
    Pictures(u32),
}

impl Cost {
    /// What this use costs.
    pub fn of(&self, what: Use) -> i64 {
        match what {
            Use::Send => self.send,
            Use::Look => self.look,
            Use::Pictures(count) => self.picture.saturating_mul(i64::from(count)),
        }
    }
}

impl Budget {
    /// The window: also the time in which an empty bucket is full again.
    pub fn window(&self) -> SignedDuration {
        SignedDuration::from_secs(self.window_s)
    }

    /// The time in which so many units come back.
    pub fn time_of(&self, units: i64) -> SignedDuration {
        let bucket = (self.units * BUCKET_PERCENT / 100).max(1);
        SignedDuration::from_millis(self.window_s.saturating_mul(1_000).saturating_mul(units.max(0)) / bucket)
    }

    /// When the bucket is full again once so many units are taken at `now`. A state further ahead than an empty bucket
    /// was left by a wrong clock or by a debt, and counts as an empty one.
    pub fn charge(&self, full_at: Option<Timestamp>, units: i64, now: Timestamp) -> Timestamp {
        let full_at = full_at.unwrap_or(now).clamp(now, now + self.window());
        full_at + self.time_of(units)
    }

    /// The first instant at which so many units are there. More than a whole bucket waits for a full one.
    pub fn free_at(&self, full_at: Timestamp, units: i64) -> Timestamp {
        full_at - (self.window() - self.time_of(units)).max(SignedDuration::ZERO)
    }
}

/// What went out last on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastOut {
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it was due.
    pub due_at: Timestamp,
}

/// A dispatch is about to be prepared. If it is late, because of an outage or because its channel was held, it keeps
/// its distance from what went out last: five minutes, or the plan's own distance where that is shorter. `None` if it
/// may go now. What a person said may go late goes at once.
pub fn catch_up(d: &Dispatch, last: Option<LastOut>, now: Timestamp) -> Option<Decision> {
    let (State::Planned { late_until: None, .. } | State::Claimed { late_until: None }) = d.state else { return None };
    // A last send in the future means that the clock went back; it tells nothing.
    let last = last.filter(|last| last.sent_at <= now)?;
    if now.duration_since(d.due_at) <= SignedDuration::from_secs(CATCH_UP_AFTER_S) {
        return None;
    }
    let planned = d.due_at.duration_since(last.due_at).abs();
    let wait = (last.sent_at + planned.min(SignedDuration::from_secs(CATCH_UP_SPACING_S))).duration_since(now);
    wait.is_positive().then(|| later(d, wait, None, now))
}

/// Until when a channel rests because its network asked for patience.
pub fn pause_until(after: Option<SignedDuration>, now: Timestamp) -> Timestamp {
    let asked = after.unwrap_or(SignedDuration::from_secs(PAUSE_UNSAID_S));
    now + asked.clamp(SignedDuration::ZERO, SignedDuration::from_secs(PAUSE_MAX_S))
}

/// This use of the channel needs more units than its budget has now: again when they are there, or as soon as that is
/// too late.
pub fn wait_for(d: &Dispatch, free_at: Timestamp, now: Timestamp) -> Option<Decision> {
    let (State::Planned { late_until, .. } | State::Claimed { late_until }) = d.state else { return None };
    (free_at > now).then(|| later(d, free_at.duration_since(now), late_until, now))
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
