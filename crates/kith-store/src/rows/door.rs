//! People who help, passkeys, and what waits between two presses.

use jiff::Timestamp;
use kith_domain::ids::{InvitationId, LoginId, PasskeyId, WorkspaceId};
use kith_domain::mandate::{Role, SecretHash};

/// An invitation, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Its id.
    pub id: InvitationId,
    /// The address it is for; stored trimmed and in lower case.
    pub email: String,
    /// The name shown in this workspace.
    pub name: String,
    /// The part that is offered.
    pub role: Role,
    /// SHA-256 of the secret in its link.
    pub hash: SecretHash,
    /// Who invites, by name.
    pub invited_by: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// An invitation that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// Its id.
    pub id: InvitationId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The address it is for.
    pub email: String,
    /// The name shown in this workspace.
    pub name: String,
    /// The part that is offered.
    pub role: Role,
    /// Who invites, by name.
    pub invited_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A passkey, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose.
    pub login: LoginId,
    /// What its owner calls it.
    pub name: String,
    /// The authenticator's name for it, base64url.
    pub credential: String,
    /// Its public key as the engine writes it.
    pub public_key: String,
    /// The authenticator's count of uses.
    pub uses: i64,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Its id.
    pub id: PasskeyId,
    /// Whose.
    pub login: LoginId,
    /// What its owner calls it.
    pub name: String,
    /// The authenticator's name for it, base64url.
    pub credential: String,
    /// Its public key as the engine writes it.
    pub public_key: String,
    /// The authenticator's count of uses, as last seen.
    pub uses: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last signed in with.
    pub last_used_at: Option<Timestamp>,
}

/// What became of taking a member's place away, or their part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parted {
    /// It is done.
    Done,
    /// They are the only owner: nothing was changed.
    LastOwner,
    /// There is no such member here.
    NotThere,
}
