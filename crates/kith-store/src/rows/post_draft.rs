//! Posts that are being written.

use jiff::Timestamp;
use kith_domain::ids::{DraftId, MemberId, WorkspaceId};

/// A draft of a post.
#[derive(Debug, Clone, PartialEq)]
pub struct PostDraftRow {
    /// Its id.
    pub id: DraftId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Everything that was typed, as the engine's type for it.
    pub body: serde_json::Value,
    /// Grows by one with each save; whoever saves names the version they have read.
    pub version: i64,
    /// Who began it.
    pub begun_by: MemberId,
    /// When.
    pub begun_at: Timestamp,
    /// Who saved it last.
    pub saved_by: MemberId,
    /// When.
    pub saved_at: Timestamp,
}
