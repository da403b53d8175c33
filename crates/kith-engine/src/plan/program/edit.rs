//! A change of the program, as one value: shown first, stored by the same walk.
//!
//! What replaces something names the version that was read, so that of two changes at once the later is told instead of
//! taking the earlier back; steps of the queue need none, since both can be made.

use super::{Meaning, PlanRules, QueueStep, SourceKind};

/// One change of the program.
#[derive(Debug, Clone, PartialEq)]
pub enum ProgramEdit {
    /// A source as it is now: new, or in place of the one with this kind and name.
    Put {
        /// What it is.
        kind: SourceKind,
        /// What it is called.
        name: String,
        /// Everything about it.
        meaning: Box<Meaning>,
        /// The version that this was made from; `None` if it does not follow from what there was.
        read: Option<i64>,
    },
    /// It is no more; what has not begun is called off.
    Drop {
        /// What it is.
        kind: SourceKind,
        /// What it is called.
        name: String,
    },
    /// It rests, or goes on.
    Rest {
        /// What it is.
        kind: SourceKind,
        /// What it is called.
        name: String,
        /// Whether it rests.
        rests: bool,
    },
    /// Something happens to the queue.
    Queue(QueueStep),
    /// Other rules for all plans.
    Rules(Box<PlanRules>),
    /// Several at once; none of them is another `All`.
    All(Vec<ProgramEdit>),
    /// Nothing but time has passed: sources that reach further ahead now are planned on.
    TimePassed,
}

impl ProgramEdit {
    /// The single changes.
    pub(super) fn each(&self) -> &[Self] {
        match self {
            Self::All(edits) => edits,
            one => std::slice::from_ref(one),
        }
    }
}
