//! Noticing that the clock was set: what the wall clock says passed, against what the monotonic clock says passed.
//!
//! A jump forward makes everything due at once that lies in between, and most jumps are mistakes that are put right;
//! so claiming waits a minute. A jump back leaves pauses behind that only the wrong clock knew (reliability.md A4).

use jiff::{SignedDuration, Timestamp};
use std::time::Instant;

use crate::clock::Clock;

/// A difference that is taken for a set clock and not for a slow machine, in seconds.
const JUMP_S: i64 = 5 * 60;
/// How long claiming waits after a jump forward, in the world's seconds.
pub(super) const HOLD_S: u64 = 60;

/// What the clock did since it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    None,
    Forward(SignedDuration),
    Back(SignedDuration),
}

/// The two clocks as they were last seen.
#[derive(Debug)]
pub(super) struct Clocks {
    wall: Timestamp,
    steady: Instant,
}

impl Clocks {
    pub(super) fn seen(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), steady: clock.steady() }
    }

    /// Looks again.
    pub(super) fn look(&mut self, clock: &dyn Clock) -> Jump {
        let (before, now) = (std::mem::replace(self, Self::seen(clock)), clock.now());
        let passed = SignedDuration::try_from(self.steady.duration_since(before.steady)).unwrap_or(SignedDuration::MAX);
        judge(now.duration_since(before.wall), clock.stretch(passed))
    }
}

fn judge(wall: SignedDuration, steady: SignedDuration) -> Jump {
    let jump = wall.saturating_sub(steady);
    let limit = SignedDuration::from_secs(JUMP_S);
    match jump {
        jump if jump > limit => Jump::Forward(jump),
        jump if jump < -limit => Jump::Back(-jump),
        _ => Jump::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_is_told_from_a_slow_machine() {
        let (minute, hour) = (SignedDuration::from_mins(1), SignedDuration::from_hours(1));
        assert_eq!(judge(minute, minute), Jump::None);
        assert_eq!(judge(hour, hour), Jump::None, "asleep for an hour");
        assert_eq!(judge(hour + minute, minute), Jump::Forward(hour));
        assert_eq!(judge(minute - hour, minute), Jump::Back(hour));
        assert_eq!(judge(minute * 5, minute), Jump::None, "within what a slow machine does");
    }
}
