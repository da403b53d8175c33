//! People who help: invitations, and how a place in a workspace ends.
//!
//! A workspace always keeps an owner: what would take the last one away takes the workspace's row first, so that two
//! owners who remove each other at the same moment come one after the other.

use jiff::Timestamp;
use kith_domain::ids::{InvitationId, LoginId, MemberId, WorkspaceId};
use kith_domain::mandate::{Role, SecretHash};

use crate::db::{Row, args, statements};
use crate::store::{InWorkspace, Store, hit};
use crate::{InvitationRow, NewInvitation, NewMember, Parted, StoreError};

/// Most open invitations of a list.
const INVITATIONS_MAX: u32 = 200;

statements! {
    ADD_INVITATION = concat!(
        "INSERT INTO invitation (id, workspace_id, email, name, role, hash, invited_by, created_at, expires_at) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    INVITATIONS = concat!(
        "SELECT id, workspace_id, email, name, role, invited_by, created_at, expires_at FROM invitation ",
        "WHERE workspace_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY id LIMIT $3"
    );
    END_INVITATION = "UPDATE invitation SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL";
    /// Crosses tenants: who is invited shows the link before any workspace is known; the row names it.
    INVITATION_BY_HASH = concat!(
        "SELECT id, workspace_id, email, name, role, invited_by, created_at, expires_at FROM invitation ",
        "WHERE hash = $1 AND ended_at IS NULL AND expires_at > $2"
    );
    /// Whoever was here before comes back with the part that is offered now.
    JOIN = concat!(
        "INSERT INTO member (id, workspace_id, login_id, role, name, created_at) VALUES ($1, $2, $3, $4, $5, $6) ",
        "ON CONFLICT (workspace_id, login_id) DO UPDATE SET role = excluded.role, name = excluded.name, removed_at = NULL"
    );
    TAKE_WORKSPACE = "UPDATE workspace SET name = name WHERE id = $1";
    PLACE = "SELECT role, login_id FROM member WHERE workspace_id = $1 AND id = $2 AND removed_at IS NULL";
    OTHER_OWNERS = "SELECT COUNT(*) AS n FROM member WHERE workspace_id = $1 AND id <> $2 AND role = 'owner' AND removed_at IS NULL";
    PART = "UPDATE member SET role = $3, removed_at = $4 WHERE workspace_id = $1 AND id = $2";
    END_TOKENS_OF = "UPDATE api_token SET ended_at = $3 WHERE workspace_id = $1 AND member_id = $2 AND ended_at IS NULL";
    END_SESSIONS_OF_PARTED = "UPDATE session SET ended_at = $2 WHERE login_id = $1 AND ended_at IS NULL";
}

impl Store {
    /// The open invitation with this secret's hash.
    pub async fn invitation(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<InvitationRow>, StoreError> {
        self.row(&INVITATION_BY_HASH, args![hash, now]).await?.as_ref().map(invitation_row).transpose()
    }
}

impl InWorkspace<'_> {
    /// Keeps an invitation.
    pub async fn add_invitation(&self, new: &NewInvitation, now: Timestamp) -> Result<(), StoreError> {
        let email = new.email.trim().to_lowercase();
        let args = args![new.id, self.id, email, new.name, new.role.as_str(), new.hash, new.invited_by, now, new.expires_at];
        self.store.write(&ADD_INVITATION, args).await.map(drop)
    }

    /// The open ones, the oldest first.
    pub async fn invitations(&self, now: Timestamp) -> Result<Vec<InvitationRow>, StoreError> {
        self.store.rows(&INVITATIONS, args![self.id, now, INVITATIONS_MAX]).await?.iter().map(invitation_row).collect()
    }

    /// Takes one back. `NotThere` if it is not open.
    pub async fn end_invitation(&self, id: InvitationId, now: Timestamp) -> Result<(), StoreError> {
        hit(self.store.write(&END_INVITATION, args![self.id, id, now]).await?)
    }

    /// Uses an invitation up and gives its place to a login, as one. `NotThere` if somebody was quicker.
    pub async fn join(&self, invitation: InvitationId, member: &NewMember, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let joined = async {
            hit(tx.run(&END_INVITATION, args![self.id, invitation, now]).await?)?;
            let args = args![member.id, self.id, member.login, member.role.as_str(), member.name, now];
            tx.run(&JOIN, args).await.map(drop)
        }
        .await;
        self.store.end_quietly(tx, joined).await
    }

    /// Gives a member another part. The last owner keeps theirs.
    pub async fn change_part(&self, id: MemberId, role: Role, now: Timestamp) -> Result<Parted, StoreError> {
        self.place_changed(id, Some(role), now).await
    }

    /// Ends a member's place here, their keys and every session of theirs. The last owner stays.
    pub async fn remove_member(&self, id: MemberId, now: Timestamp) -> Result<Parted, StoreError> {
        self.place_changed(id, None, now).await
    }

    async fn place_changed(&self, id: MemberId, to: Option<Role>, now: Timestamp) -> Result<Parted, StoreError> {
        let mut tx = self.store.begin().await?;
        let parted = async {
            tx.run(&TAKE_WORKSPACE, args![self.id]).await?;
            let Some(place) = tx.row(&PLACE, args![self.id, id]).await? else { return Ok(Parted::NotThere) };
            let (role, login): (Role, LoginId) = (place.id("role")?, place.id("login_id")?);
            let stays_owner = to == Some(Role::Owner);
            if role == Role::Owner && !stays_owner {
                let others = tx.row(&OTHER_OWNERS, args![self.id, id]).await?;
                if others.map(|row| row.int("n")).transpose()?.unwrap_or(0) == 0 {
                    return Ok(Parted::LastOwner);
                }
            }
            let removed_at = to.is_none().then_some(now);
            tx.run(&PART, args![self.id, id, to.unwrap_or(role).as_str(), removed_at]).await?;
            if to != Some(role) && !stays_owner {
                tx.run(&END_TOKENS_OF, args![self.id, id, now]).await?;
            }
            if to.is_none() {
                tx.run(&END_SESSIONS_OF_PARTED, args![login, now]).await?;
            }
            Ok(Parted::Done)
        }
        .await;
        self.store.end_quietly(tx, parted).await
    }
}

fn invitation_row(row: &Row) -> Result<InvitationRow, StoreError> {
    Ok(InvitationRow {
        id: row.id("id")?,
        workspace: row.id::<WorkspaceId>("workspace_id")?,
        email: row.text("email")?,
        name: row.text("name")?,
        role: row.id("role")?,
        invited_by: row.text("invited_by")?,
        created_at: row.at("created_at")?,
        expires_at: row.at("expires_at")?,
    })
}
