//! The states of a dispatch, each with its data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::content::PayloadHash;
use super::outcome::Receipt;
use crate::ids::{ChannelId, DispatchId, PostId, VariantId, WorkspaceId};

/// Where a dispatch stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Waits for its time (or, after a refusal that asks for patience, for the next try).
    Planned {
        /// Not before this, even if it is due; set by a back-off.
        not_before: Option<Timestamp>,
        /// A person said that it may go out although it is late; their word holds until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        late_until: Option<Timestamp>,
    },
    /// A worker prepares it; nothing irreversible has been sent.
    Claimed {
        /// As in `Planned`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        late_until: Option<Timestamp>,
    },
    /// The intent is stored and the bytes may have left.
    Sending {
        /// Earlier sends of which nobody knows whether they arrived.
        unknowns: u32,
        /// As in `Planned`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        late_until: Option<Timestamp>,
    },
    /// It may be out. It is looked for before anything else happens.
    Uncertain {
        /// What happened, in plain words.
        why: String,
        /// When it is looked for next.
        look_at: Timestamp,
        /// Looks that found nothing since the last send.
        absences: u32,
        /// Sends of which nobody knows whether they arrived; at least 1.
        unknowns: u32,
        /// As in `Planned`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        late_until: Option<Timestamp>,
        /// It goes out again once a look finds nothing: a person said so, or it was to go out and certainly did not.
        #[serde(default)]
        cleared: bool,
    },
    /// Out, with proof.
    Published {
        /// The proof.
        receipt: Receipt,
    },
    /// The network will not take it.
    Failed {
        /// The network's reason.
        why: String,
    },
    /// Later than its grace; a person decides.
    Missed {
        /// When it was found to be late.
        found_at: Timestamp,
    },
    /// Waits until something is mended; goes on by itself then.
    Held {
        /// What is wrong.
        why: Hold,
        /// More of it, in plain words.
        detail: String,
        /// Since when.
        since: Timestamp,
    },
    /// Only a person can tell what happened.
    NeedsPerson {
        /// What is asked.
        why: NeedsPerson,
        /// More of it, in plain words.
        detail: String,
        /// Since when.
        since: Timestamp,
    },
    /// Called off by a person before it went out.
    Cancelled,
}

/// Why a dispatch is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The channel must be signed in again.
    Token,
    /// A person paused this channel.
    Paused,
    /// A picture is missing.
    Media,
    /// The content is not what was approved.
    Changed,
    /// Somebody has waited too long for an answer (C4); answered, it goes on.
    Brake,
    /// Its category, its channel or everything stands still (B3), or the owner is away (B7); it goes on after that.
    Resting,
    /// What was found when it was planned (alike wordings, a channel's own cap, a person named) asks for the owner's yes.
    Yes,
    /// The part of the thread before it did not go out.
    Thread,
    /// Somebody holds it back until a person lets it go.
    ByHand,
}

/// What a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedsPerson {
    /// Is it there? Kith can't tell.
    Unconfirmed,
    /// Too many tries that were certainly not accepted.
    KeepsFailing,
}

/// One delivery of one variant to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Its name.
    pub id: DispatchId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The post that is said.
    pub post: PostId,
    /// Its wording.
    pub variant: VariantId,
    /// Where it goes.
    pub channel: ChannelId,
    /// One local slot of one post on one channel; unique, so that nothing is planned twice.
    pub occurrence_key: String,
    /// Civil time as the person meant it, such as `2026-12-01T09:30:00`.
    pub civil: String,
    /// IANA zone of that civil time.
    pub zone: String,
    /// The instant that follows from both.
    pub due_at: Timestamp,
    /// How late it may still go out by itself, in seconds.
    pub grace_s: i64,
    /// What was approved.
    pub payload_hash: PayloadHash,
    /// The key that names this delivery on the network, fixed at approval (I5).
    pub remote_key: String,
    /// The bytes to send, fixed before the first try, in the network's own form.
    pub prepared: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Counts claims; a result is stored only under the fence it was begun with (I4).
    pub fence: i64,
    /// Sends so far.
    pub attempts: u32,
    /// Instant of the first send.
    pub first_send: Option<Timestamp>,
    /// Instant of the last send.
    pub last_send: Option<Timestamp>,
}

impl State {
    /// The first state of every dispatch.
    pub const fn planned() -> Self {
        Self::Planned { not_before: None, late_until: None }
    }

    /// All names, in the order of a dispatch's life.
    pub const NAMES: [&'static str; 10] =
        ["planned", "claimed", "sending", "uncertain", "published", "failed", "missed", "held", "needs_person", "cancelled"];

    /// The stored name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned { .. } => "planned",
            Self::Claimed { .. } => "claimed",
            Self::Sending { .. } => "sending",
            Self::Uncertain { .. } => "uncertain",
            Self::Published { .. } => "published",
            Self::Failed { .. } => "failed",
            Self::Missed { .. } => "missed",
            Self::Held { .. } => "held",
            Self::NeedsPerson { .. } => "needs_person",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more can happen to it.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Published { .. } | Self::Failed { .. } | Self::Cancelled)
    }

    /// Whether it waits for a person or for something a person must mend.
    pub fn waits_for_person(&self) -> bool {
        matches!(self, Self::Missed { .. } | Self::Held { .. } | Self::NeedsPerson { .. })
    }
}

impl Hold {
    /// Whether it waits for people and not for something that is broken: such a hold touches only what has not begun, a
    /// person lets a single post out of it with a reason, and it ends by itself.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Brake | Self::Resting)
    }
}

impl Dispatch {
    /// When a worker has something to do with it; `None` while only a person can move it. `lease_until` is the end
    /// of the present claim.
    pub fn wake_at(&self, lease_until: Option<Timestamp>) -> Option<Timestamp> {
        match &self.state {
            State::Planned { not_before, .. } => Some(not_before.map_or(self.due_at, |t| t.max(self.due_at))),
            State::Claimed { .. } | State::Sending { .. } => Some(lease_until.unwrap_or(self.due_at)),
            State::Uncertain { look_at, .. } => Some(*look_at),
            State::Published { .. }
            | State::Failed { .. }
            | State::Missed { .. }
            | State::Held { .. }
            | State::NeedsPerson { .. }
            | State::Cancelled => None,
        }
    }

    /// The last instant at which it may still go out by itself.
    pub fn grace_until(&self) -> Timestamp {
        self.due_at + jiff::SignedDuration::from_secs(self.grace_s)
    }

    /// The last instant at which it may go out, given a person's word about lateness.
    pub fn may_go_until(&self, late_until: Option<Timestamp>) -> Timestamp {
        late_until.map_or_else(|| self.grace_until(), |until| until.max(self.grace_until()))
    }
}
