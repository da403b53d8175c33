//! Small worlds for directed scenarios.

use kith_sim::fault::{Blow, SendFault};
use kith_sim::network::Guard;
use kith_sim::setting::{HOUR, MINUTE, Planned, Point, Script, Setting};
use kith_sim::{Run, run_setting};

/// The classes whose list Kith can read or whose key it can trust.
pub(crate) const READABLE: [Guard; 5] =
    [Guard::Record, Guard::Staged { refuses: true }, KEYED, Guard::ReadBack, Guard::Duplicate { window_ms: 2 * HOUR }];
/// A network with keys as Mastodon has had them since 2026-09-09.
pub(crate) const KEYED: Guard = Guard::Keyed { ttl_ms: HOUR, replay_500: false, racing: false };
/// All of them.
pub(crate) const ALL: [Guard; 6] = [READABLE[0], READABLE[1], READABLE[2], READABLE[3], READABLE[4], Guard::Blind];

/// One post on one network, due after a minute, with two workers.
pub(crate) fn one(guard: Guard) -> Setting {
    let post = Planned { channel: 0, text: 1, due_ms: MINUTE, grace_s: 1_800 };
    Setting { workers: 2, posts: vec![post], ..Setting::quiet(&[guard]) }
}

/// The same with these faults of its sends.
pub(crate) fn sends(guard: Guard, sends: &[SendFault]) -> Setting {
    Setting { script: Some(Script { sends: sends.to_vec(), ..Script::default() }), ..one(guard) }
}

/// The same with a blow at a point that is reached for the nth time.
pub(crate) fn blow(guard: Guard, point: Point, nth: u32, blow: Blow) -> Setting {
    Setting { script: Some(Script { blows: vec![(point, nth, blow)], ..Script::default() }), ..one(guard) }
}

/// Runs it; every promise must be kept.
pub(crate) fn kept(setting: Setting) -> Run {
    let run = run_setting(setting);
    assert!(run.report.kept(), "{:#?}\n{}", run.report.breaches, run.story.join("\n"));
    run
}

/// Runs it; the only post must end so and be shown so often.
pub(crate) fn ends(setting: Setting, state: &str, shown: usize) -> Run {
    let guard = setting.channels[0];
    let run = kept(setting);
    assert_eq!((run.ends[0].state, run.ends[0].shown), (state, shown), "{guard:?}\n{}", run.story.join("\n"));
    run
}
