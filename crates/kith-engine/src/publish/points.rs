//! Named points of a delivery, so that a test can stop a worker exactly there.
//!
//! Between two of them lies one step that either happens or does not: a claim, a commit, a request. A `Watcher` is
//! told of each; while it does not return, the worker stands still, and a test that then drops the worker has killed
//! it at that point. Without a watcher a point costs one look at an empty option. Nothing here is global: each `Kith`
//! has its own, so that tests run beside each other.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::ids::DispatchId;

/// Where a worker stands (reliability.md A4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// Something may be due; nothing is claimed yet. Selecting and claiming are one statement after this.
    AfterSelect,
    /// The claim is committed; nothing of it has been looked at.
    AfterClaim,
    /// The bytes are made; no intent is stored.
    AfterPrepare,
    /// The intent is on disk; the deadline has not been looked at yet.
    AfterIntent,
    /// The deadline was looked at and the bytes leave next.
    BeforeSend,
    /// The network has said something (or nothing came); nothing of it is stored.
    AfterSend,
    /// A look has ended; nothing of it is stored.
    AfterLook,
    /// The result is committed; nobody has been told.
    AfterCommit,
    /// The courier has nothing to do until time passes or something changes.
    Resting,
}

/// Is told when a worker comes to a point, and holds it there until it returns.
#[async_trait]
pub trait Watcher: Send + Sync + Debug {
    /// A worker is at `point`, with this dispatch in hand if it has one.
    async fn reached(&self, point: Point, dispatch: Option<DispatchId>);
}

/// The points of one Kith.
#[derive(Debug, Clone, Default)]
pub(crate) struct Points(Option<Arc<dyn Watcher>>);

impl Points {
    pub(crate) fn watched_by(watcher: Arc<dyn Watcher>) -> Self {
        Self(Some(watcher))
    }

    pub(super) async fn reached(&self, point: Point, dispatch: Option<DispatchId>) {
        if let Some(watcher) = &self.0 {
            watcher.reached(point, dispatch).await;
        }
    }
}
