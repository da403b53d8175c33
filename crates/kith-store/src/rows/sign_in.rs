//! One-time links and sessions. Only hashes are stored.

use jiff::Timestamp;
use kith_domain::ids::{LoginId, SessionId, WorkspaceId};
use kith_domain::mandate::SecretHash;

/// A link that works once, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// SHA-256 of the secret in the link.
    pub hash: SecretHash,
    /// Whose it is.
    pub login: LoginId,
    /// What it is for, such as `sign_in`.
    pub purpose: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A session, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Who signed in.
    pub login: LoginId,
    /// SHA-256 of the browser's secret.
    pub secret_hash: SecretHash,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// What the browser calls itself; cut at 400 characters.
    pub user_agent: String,
}

/// A session that was not ended by hand. Whether it is still alive is `SignedInSession::is_alive`'s matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// Who signed in.
    pub login: LoginId,
    /// SHA-256 of the browser's secret.
    pub secret_hash: SecretHash,
    /// When it began.
    pub created_at: Timestamp,
    /// Last request.
    pub last_seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// What the browser called itself.
    pub user_agent: String,
    /// The workspace it shows, if one was chosen.
    pub at_hand: Option<WorkspaceId>,
}
