//! What can go wrong, and how often.
//!
//! Each request draws its fault from the seed, or takes the next of a script in a directed scenario. The rates are
//! those of the measured prototype (reliability.md A5), and each run switches whole groups of faults off or makes
//! them three times as frequent, because some faults show only where others are silent.

use crate::dice::Dice;

/// The longest that a request may sit in a queue in front of a network before it is handled, in milliseconds: the
/// settle time less the lease and the time-out (reliability.md I10).
pub const QUEUE_MS_MAX: i64 = 440_000;
/// The longest that one handler works between reading the key and writing the post, in milliseconds.
pub const HANDLER_MS_MAX: i64 = 150_000;
/// The longest until one's own timeline shows an accepted post, in milliseconds.
pub const LAG_MS_MAX: i64 = 90_000;

/// What happens to one publish request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendFault {
    /// Nothing: accepted and answered.
    None,
    /// The connection is refused; nothing leaves.
    Unsent,
    /// Accepted; the answer never comes (`true`: the connection breaks at once).
    AnswerLost(bool),
    /// Accepted, answered 500.
    ErrorAfterAccept,
    /// Waits in front of the network for so long (milliseconds) and is accepted then.
    AcceptedLate(i64),
    /// The handler works for so long (milliseconds); the key was read when it began.
    HandledSlowly(i64),
    /// 503 without being accepted.
    ErrorBeforeAccept,
    /// 429, with seconds to wait or without.
    SlowDown(Option<i64>),
    /// Refused for good, in the network's words.
    Refused,
    /// Nothing happens until the time-out; not accepted.
    Hang,
}

/// What happens to one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookFault {
    /// Nothing.
    None,
    /// An error at once.
    Failed,
    /// Nothing until the time-out.
    Hang,
}

/// What happens to one preparation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrepareFault {
    /// Nothing.
    None,
    /// Certainly not done; again later.
    Later,
    /// Done or not; it may be repeated.
    Unknown,
    /// Refused for good.
    Refused,
    /// A picture is missing.
    Media,
    /// It takes this long, in milliseconds.
    Slow(i64),
}

/// What happens to a worker or its write at one point of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// The process dies and is started again after this many milliseconds.
    Crash(i64),
    /// The process stands still for this many milliseconds; its monotonic clock goes on.
    Freeze(i64),
    /// The machine sleeps for this many milliseconds; its monotonic clock stands still too.
    Suspend(i64),
}

/// How often what happens, per request or point, 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct Odds {
    /// Accepted, but nobody hears of it.
    pub answer_lost: f64,
    /// Accepted, answered 500.
    pub error_after: f64,
    /// Accepted after we gave up.
    pub late: f64,
    /// Not accepted, answered 503.
    pub error_before: f64,
    /// 429.
    pub slow_down: f64,
    /// Refused.
    pub refused: f64,
    /// Connection refused.
    pub unsent: f64,
    /// Time-out without accept.
    pub hang: f64,
    /// A look that fails.
    pub look: f64,
    /// A preparation that fails.
    pub prepare: f64,
    /// A crash at a point.
    pub crash: f64,
    /// A freeze or suspend at a point.
    pub freeze: f64,
    /// A write that fails or whose answer is lost.
    pub write: f64,
}

impl Odds {
    /// The rates of the prototype.
    pub const PROTOTYPE: Self = Self {
        answer_lost: 0.10,
        error_after: 0.05,
        late: 0.05,
        error_before: 0.05,
        slow_down: 0.05,
        refused: 0.03,
        unsent: 0.03,
        hang: 0.02,
        look: 0.10,
        prepare: 0.06,
        crash: 0.004,
        freeze: 0.004,
        write: 0.004,
    };

    /// Switches groups off or up for one run.
    pub fn swarm(dice: &mut Dice) -> Self {
        let base = Self::PROTOTYPE;
        let mut turn = |rate: f64| rate * dice.pick(&[0.0, 1.0, 1.0, 3.0]);
        Self {
            answer_lost: turn(base.answer_lost),
            error_after: turn(base.error_after),
            late: turn(base.late),
            error_before: turn(base.error_before),
            slow_down: turn(base.slow_down),
            refused: turn(base.refused),
            unsent: turn(base.unsent),
            hang: turn(base.hang),
            look: turn(base.look),
            prepare: turn(base.prepare),
            crash: turn(base.crash),
            freeze: turn(base.freeze),
            write: turn(base.write),
        }
    }

    /// Draws for one publish request.
    pub fn send(&self, dice: &mut Dice) -> SendFault {
        let mut left = dice.unit();
        let mut falls = |rate: f64| {
            left -= rate;
            left < 0.0
        };
        if falls(self.answer_lost) {
            SendFault::AnswerLost(dice.happens(0.5))
        } else if falls(self.error_after) {
            SendFault::ErrorAfterAccept
        } else if falls(self.late) {
            if dice.happens(0.3) {
                SendFault::HandledSlowly(dice.skewed(5_000, HANDLER_MS_MAX))
            } else {
                SendFault::AcceptedLate(dice.skewed(5_000, QUEUE_MS_MAX))
            }
        } else if falls(self.error_before) {
            SendFault::ErrorBeforeAccept
        } else if falls(self.slow_down) {
            SendFault::SlowDown(dice.happens(0.6).then(|| dice.skewed(5, 900)))
        } else if falls(self.refused) {
            SendFault::Refused
        } else if falls(self.unsent) {
            SendFault::Unsent
        } else if falls(self.hang) {
            SendFault::Hang
        } else {
            SendFault::None
        }
    }

    /// Draws for one look.
    pub fn look(&self, dice: &mut Dice) -> LookFault {
        if !dice.happens(self.look) {
            LookFault::None
        } else if dice.happens(0.8) {
            LookFault::Failed
        } else {
            LookFault::Hang
        }
    }

    /// Draws for one preparation.
    pub fn prepare(&self, dice: &mut Dice) -> PrepareFault {
        if !dice.happens(self.prepare) {
            return PrepareFault::None;
        }
        match dice.index(10) {
            0..3 => PrepareFault::Later,
            3..5 => PrepareFault::Unknown,
            5 => PrepareFault::Refused,
            6 => PrepareFault::Media,
            _ => PrepareFault::Slow(dice.skewed(1_000, 130_000)),
        }
    }

    /// Draws for one point of a worker's way.
    pub fn blow(&self, dice: &mut Dice) -> Option<Blow> {
        if dice.happens(self.crash) {
            return Some(Blow::Crash(dice.skewed(200, 400_000)));
        }
        if dice.happens(self.freeze) {
            let long = dice.skewed(1_000, 2_400_000);
            return Some(if dice.happens(0.3) { Blow::Suspend(long) } else { Blow::Freeze(long) });
        }
        None
    }
}
