//! A dispatch: one delivery of one variant to one channel, from planned to exactly one honest end.
//!
//! `content` is what was approved and its hash; `outcome` is what a network can answer; `class` says how a network
//! guards against doubles; `state` and `step` are the machine, `look` what follows from looking, `pace` how fast a
//! channel is used, `person` what a person may decide, `edit` what other words mean. The machine is pure: the engine loads a dispatch,
//! asks `wake` what to do, does it, feeds what happened to `after_…`, and saves. To add a way to end, add a `State`
//! and let the compiler show every place that must think of it.

mod class;
mod content;
mod edit;
pub mod epoch;
pub mod extras;
mod look;
mod outcome;
mod pace;
mod person;
mod preflight;
mod sign_in_end;
mod state;
mod step;

pub use class::{Class, KEY_PAUSE_S, KEY_REPLAYS_MAX, SETTLE_S, TWIN_PAUSE_S};
pub use content::{CONTENT_TEXT_BYTES_MAX, Content, MediaItem, PayloadHash};
pub use edit::{may_change, with_other_words};
pub use extras::Extras;
pub use look::{after_look, bytes_altered, clock_went_back, look_later};
pub use outcome::{Looked, PublishError, Receipt};
pub use pace::{Budget, CATCH_UP_AFTER_S, Cost, LastOut, PAUSE_MAX_S, PAUSE_UNSAID_S, Scope, Use, catch_up, pause_until, wait_for};
pub use person::{Answer, at_another_time, by_person};
pub use preflight::{PREFLIGHT_S, after_preflight};
pub use sign_in_end::{EndsWithin, ends_within};
pub use state::{Dispatch, Hold, NeedsPerson, State};
pub use step::{
    ChannelFacts, Decision, GRACE_DEFAULT_S, LEASE_S, Notice, Outcome, SEND_TIMEOUT_S, Task, after_conflict, after_prepare_failed,
    after_send, begin_send, lease_lost, released, wake,
};
