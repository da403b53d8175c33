//! Workspaces, logins, their places, and the database's own notes.

use jiff::Timestamp;
use kith_domain::ids::{LoginId, MemberId, WorkspaceId};
use kith_domain::mandate::Role;

use crate::db::{Row, args, json, statements};
use crate::store::{InWorkspace, Store, hit};
use crate::{LoginRow, MemberRow, Membership, NewLogin, NewMember, StoreError, WorkspaceRow};

statements! {
    META = "SELECT value FROM meta WHERE key = $1";
    SET_META = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    METAS = "SELECT key, value FROM meta WHERE key LIKE $1 ORDER BY key";
    DROP_META = "DELETE FROM meta WHERE key = $1";
    ADD_WORKSPACE = "INSERT INTO workspace (id, name, zone, settings, created_at) VALUES ($1, $2, $3, $4, $5)";
    WORKSPACES = "SELECT id, name, zone, settings, created_at, erase_at FROM workspace ORDER BY id";
    WORKSPACE = "SELECT id, name, zone, settings, created_at, erase_at FROM workspace WHERE id = $1";
    SET_SETTINGS = "UPDATE workspace SET settings = $2 WHERE id = $1";
    ADD_LOGIN = "INSERT INTO login (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)";
    LOGIN_BY_EMAIL = "SELECT id, email, name, password_hash, created_at FROM login WHERE email = $1";
    LOGIN = "SELECT id, email, name, password_hash, created_at FROM login WHERE id = $1";
    SET_PASSWORD = "UPDATE login SET password_hash = $2 WHERE id = $1";
    ADD_MEMBER = "INSERT INTO member (id, workspace_id, login_id, role, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    MEMBERS = concat!(
        "SELECT m.id, m.workspace_id, m.login_id, m.role, m.name, l.email, m.created_at ",
        "FROM member m JOIN login l ON l.id = m.login_id WHERE m.workspace_id = $1 AND m.removed_at IS NULL ORDER BY m.id"
    );
    MEMBER = concat!(
        "SELECT m.id, m.workspace_id, m.login_id, m.role, m.name, l.email, m.created_at ",
        "FROM member m JOIN login l ON l.id = m.login_id WHERE m.workspace_id = $1 AND m.id = $2 AND m.removed_at IS NULL"
    );
    SET_ROLE = "UPDATE member SET role = $3 WHERE workspace_id = $1 AND id = $2";
    /// Crosses tenants: after the sign-in a person chooses among their workspaces.
    MEMBERSHIPS = concat!(
        "SELECT m.id, m.workspace_id, m.login_id, m.role, m.name, l.email, m.created_at, w.name AS workspace_name ",
        "FROM member m JOIN login l ON l.id = m.login_id JOIN workspace w ON w.id = m.workspace_id ",
        "WHERE m.login_id = $1 AND m.removed_at IS NULL ORDER BY m.id"
    );
}

impl Store {
    /// A note of the database about itself.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.row(&META, args![key]).await?.map(|row| row.text("value")).transpose()
    }

    /// Keeps a note.
    pub async fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(&SET_META, args![key, value]).await.map(drop)
    }

    /// The notes whose keys begin with `prefix` (letters and dots), in order of key.
    pub async fn metas(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.rows(&METAS, args![format!("{prefix}%")]).await?.iter().map(|row| Ok((row.text("key")?, row.text("value")?))).collect()
    }

    /// Drops a note; `false` if there was none.
    pub async fn drop_meta(&self, key: &str) -> Result<bool, StoreError> {
        self.write(&DROP_META, args![key]).await.map(|dropped| dropped > 0)
    }

    /// Makes a workspace; `zone` is an IANA name that the caller has checked.
    pub async fn add_workspace(&self, id: WorkspaceId, name: &str, zone: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(&ADD_WORKSPACE, args![id, name, zone, "{}", now]).await.map(drop)
    }

    /// All workspaces, the oldest first.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceRow>, StoreError> {
        self.rows(&WORKSPACES, args![]).await?.iter().map(workspace_row).collect()
    }

    /// One workspace.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<Option<WorkspaceRow>, StoreError> {
        self.row(&WORKSPACE, args![id]).await?.as_ref().map(workspace_row).transpose()
    }

    /// Adds a person who can sign in. `Conflict(Email)` if the address is known.
    pub async fn add_login(&self, new: &NewLogin, now: Timestamp) -> Result<(), StoreError> {
        let email = address(&new.email);
        self.write(&ADD_LOGIN, args![new.id, email, new.name, new.password_hash, now]).await.map_err(|e| e.naming(&email)).map(drop)
    }

    /// Finds a login by its address, whatever its case.
    pub async fn login_by_email(&self, email: &str) -> Result<Option<LoginRow>, StoreError> {
        self.row(&LOGIN_BY_EMAIL, args![address(email)]).await?.as_ref().map(login_row).transpose()
    }

    /// One login.
    pub async fn login(&self, id: LoginId) -> Result<Option<LoginRow>, StoreError> {
        self.row(&LOGIN, args![id]).await?.as_ref().map(login_row).transpose()
    }

    /// Sets the hash of a password (Argon2 text).
    pub async fn set_password(&self, id: LoginId, hash: &str) -> Result<(), StoreError> {
        hit(self.write(&SET_PASSWORD, args![id, hash]).await?)
    }

    /// The workspaces of a login, the oldest place first.
    pub async fn memberships(&self, login: LoginId) -> Result<Vec<Membership>, StoreError> {
        let rows = self.rows(&MEMBERSHIPS, args![login]).await?;
        rows.iter().map(|row| Ok(Membership { member: member_row(row)?, workspace_name: row.text("workspace_name")? })).collect()
    }
}

impl InWorkspace<'_> {
    /// Keeps the workspace's settings.
    pub async fn set_settings(&self, settings: &serde_json::Value) -> Result<(), StoreError> {
        hit(self.store.write(&SET_SETTINGS, args![self.id, json(settings)?]).await?)
    }

    /// Gives a login a place here. `Conflict(Membership)` if it has one.
    pub async fn add_member(&self, new: &NewMember, now: Timestamp) -> Result<(), StoreError> {
        self.store.write(&ADD_MEMBER, args![new.id, self.id, new.login, new.role.as_str(), new.name, now]).await.map(drop)
    }

    /// All members, the oldest place first.
    pub async fn members(&self) -> Result<Vec<MemberRow>, StoreError> {
        self.store.rows(&MEMBERS, args![self.id]).await?.iter().map(member_row).collect()
    }

    /// One member.
    pub async fn member(&self, id: MemberId) -> Result<Option<MemberRow>, StoreError> {
        self.store.row(&MEMBER, args![self.id, id]).await?.as_ref().map(member_row).transpose()
    }

    /// Changes a member's part; sessions see it at their next request.
    pub async fn set_role(&self, id: MemberId, role: Role) -> Result<(), StoreError> {
        hit(self.store.write(&SET_ROLE, args![self.id, id, role.as_str()]).await?)
    }
}

/// Addresses are compared without regard to case.
fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

fn workspace_row(row: &Row) -> Result<WorkspaceRow, StoreError> {
    Ok(WorkspaceRow {
        id: row.id("id")?,
        name: row.text("name")?,
        zone: row.text("zone")?,
        settings: row.json("settings")?,
        created_at: row.at("created_at")?,
        erase_at: row.at_opt("erase_at")?,
    })
}

fn login_row(row: &Row) -> Result<LoginRow, StoreError> {
    Ok(LoginRow {
        id: row.id("id")?,
        email: row.text("email")?,
        name: row.text("name")?,
        password_hash: row.text_opt("password_hash")?,
        created_at: row.at("created_at")?,
    })
}

fn member_row(row: &Row) -> Result<MemberRow, StoreError> {
    Ok(MemberRow {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        login: row.id("login_id")?,
        role: row.id("role")?,
        name: row.text("name")?,
        email: row.text("email")?,
        created_at: row.at("created_at")?,
    })
}
