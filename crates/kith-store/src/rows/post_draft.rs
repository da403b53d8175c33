//! Posts that are being written.

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, DraftId, MemberId, NetworkId, WorkspaceId};
use kith_domain::publish::Content;

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

/// A post of ours on which people wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct StarterRow {
    /// The delivery.
    pub dispatch: DispatchId,
    /// What was said.
    pub content: Content,
    /// Where.
    pub network: NetworkId,
    /// The channel's name.
    pub channel_name: String,
    /// How many conversations hang on it.
    pub conversations: u64,
}
