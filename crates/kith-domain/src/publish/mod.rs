//! A dispatch: one delivery of one variant to one channel, from planned to exactly one honest end.
//!
//! `content` is what was approved and its hash; `outcome` is what a network can answer; `class` says how a network
//! guards against doubles; `state` and `step` are the machine. The machine is pure: the engine loads a dispatch,
//! asks `wake` what to do, does it, feeds what happened to `after_…`, and saves. To add a way to end, add a `State`
//! and let the compiler show every place that must think of it.

mod class;
mod content;
mod outcome;
mod state;
mod step;

pub use class::{Class, KEY_REPLAYS_MAX, SETTLE_S};
pub use content::{CONTENT_TEXT_BYTES_MAX, Content, MediaItem, PayloadHash};
pub use outcome::{Looked, PublishError, Receipt};
pub use state::{Dispatch, Hold, NeedsPerson, State};
pub use step::{
    Answer, ChannelFacts, Decision, GRACE_DEFAULT_S, LEASE_S, Notice, Outcome, SEND_TIMEOUT_S, Task, after_look, after_prepare_failed,
    after_send, begin_send, by_person, lease_lost, look_later, released, wake,
};
