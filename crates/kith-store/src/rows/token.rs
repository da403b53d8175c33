//! Keys for programs.

use jiff::Timestamp;
use kith_domain::ids::{MemberId, TokenId, WorkspaceId};
use kith_domain::mandate::{Scope, SecretHash};

/// A key, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// Who made it; it ends when they leave.
    pub member: MemberId,
    /// What it is called.
    pub name: String,
    /// The key's hash.
    pub hash: SecretHash,
    /// What it allows.
    pub scope: Scope,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A stored key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id.
    pub id: TokenId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Who made it.
    pub member: MemberId,
    /// What it is called.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}
