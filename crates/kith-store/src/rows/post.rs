//! Posts, variants and media.

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, MediaId, PostId, VariantId, WorkspaceId};
use kith_domain::mandate::{Actor, Provenance};
use kith_domain::publish::{Content, Dispatch, PayloadHash};

/// A post with its variants and their dispatches, to be added whole.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPost {
    /// Its id.
    pub id: PostId,
    /// The thing to say, not yet worded for a site.
    pub text: String,
    /// Its category, if any.
    pub category: Option<String>,
    /// Who wrote it, when, through which door; also kept with each dispatch.
    pub provenance: Provenance,
    /// Its wordings.
    pub variants: Vec<NewVariant>,
}

/// The wording for one channel with its deliveries, to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVariant {
    /// Its id.
    pub id: VariantId,
    /// Where it goes.
    pub channel: ChannelId,
    /// The wording; its hash is computed by the store.
    pub content: Content,
    /// What was approved; `None` while nobody said yes.
    pub approved_hash: Option<PayloadHash>,
    /// By whom.
    pub approved_by: Option<Actor>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// Its deliveries: one for a single post, more for a recurring one.
    pub dispatches: Vec<Dispatch>,
}

/// A picture, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMedia {
    /// Its id.
    pub id: MediaId,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Its type as decided from its bytes.
    pub mime: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What it shows, unless a variant says otherwise.
    pub alt: String,
    /// File name in the media folder.
    pub file: String,
}

/// A stored picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRow {
    /// Its id.
    pub id: MediaId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Its type as decided from its bytes.
    pub mime: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What it shows, unless a variant says otherwise.
    pub alt: String,
    /// File name in the media folder.
    pub file: String,
    /// When it came in.
    pub created_at: Timestamp,
}
