//! Workspaces, logins and their places.

use jiff::Timestamp;
use kith_domain::ids::{LoginId, MemberId, WorkspaceId};
use kith_domain::mandate::Role;

/// A workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceRow {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// IANA zone of its people's day.
    pub zone: String,
    /// Its settings, as the engine shapes them; an empty object at first.
    pub settings: serde_json::Value,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is erased, if its owner ended it.
    pub erase_at: Option<Timestamp>,
}

/// A person who can sign in, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLogin {
    /// Its id.
    pub id: LoginId,
    /// Address; stored trimmed and in lower case, unique.
    pub email: String,
    /// Name.
    pub name: String,
    /// Argon2 text of the password, where one is set.
    pub password_hash: Option<String>,
}

/// A person who can sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginRow {
    /// Its id.
    pub id: LoginId,
    /// Address, in lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// Argon2 text of the password, where one is set.
    pub password_hash: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for LoginRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginRow").field("id", &self.id).field("email", &self.email).finish_non_exhaustive()
    }
}

/// A login's place in the workspace at hand, to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// Its id.
    pub id: MemberId,
    /// Who.
    pub login: LoginId,
    /// Their part.
    pub role: Role,
    /// The name shown in this workspace.
    pub name: String,
}

/// A login's place in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Its id.
    pub id: MemberId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who.
    pub login: LoginId,
    /// Their part.
    pub role: Role,
    /// The name shown in this workspace.
    pub name: String,
    /// The login's address.
    pub email: String,
    /// When they joined.
    pub created_at: Timestamp,
}

/// One workspace that a login belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The place.
    pub member: MemberRow,
    /// The workspace's name.
    pub workspace_name: String,
}
