//! One-time links and sessions: who is at the keys. All of it crosses tenants, because a person signs in before a
//! workspace is chosen; only `signed_in` names one.

use jiff::Timestamp;
use kith_domain::ids::{LoginId, SessionId, WorkspaceId};
use kith_domain::mandate::{SecretHash, SignedInSession};

use crate::db::{Row, args, statements};
use crate::store::{Store, hit};
use crate::{NewLink, NewSession, SessionRow, StoreError};

/// Longest name of a browser that is kept, in characters.
const USER_AGENT_CHARS_MAX: usize = 400;

statements! {
    ADD_LINK = "INSERT INTO one_time_link (hash, login_id, purpose, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    LINK = "SELECT login_id, purpose FROM one_time_link WHERE hash = $1 AND used_at IS NULL AND expires_at > $2";
    /// Uses up and reads in one statement, so that two presses can't both succeed.
    USE_LINK = concat!(
        "UPDATE one_time_link SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 ",
        "RETURNING login_id, purpose"
    );
    ADD_SESSION = concat!(
        "INSERT INTO session (id, login_id, secret_hash, created_at, last_seen_at, expires_at, user_agent) ",
        "VALUES ($1, $2, $3, $4, $4, $5, $6)"
    );
    SESSION_BY_HASH = concat!(
        "SELECT id, login_id, secret_hash, created_at, last_seen_at, expires_at, user_agent, at_hand FROM session ",
        "WHERE secret_hash = $1 AND ended_at IS NULL"
    );
    TOUCH_SESSION = "UPDATE session SET last_seen_at = $2 WHERE id = $1 AND ended_at IS NULL AND last_seen_at < $2";
    END_SESSION = "UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    END_SESSIONS_OF = "UPDATE session SET ended_at = $3 WHERE login_id = $1 AND id <> $2 AND ended_at IS NULL";
    SIGNED_IN = concat!(
        "SELECT s.id, s.login_id, s.secret_hash, s.last_seen_at, s.expires_at, m.id AS member_id, m.workspace_id, m.role ",
        "FROM session s JOIN member m ON m.login_id = s.login_id ",
        "WHERE s.secret_hash = $1 AND m.workspace_id = $2 AND s.ended_at IS NULL AND m.removed_at IS NULL"
    );
}

impl Store {
    /// Keeps the hash of a link that works once.
    pub async fn add_link(&self, new: &NewLink, now: Timestamp) -> Result<(), StoreError> {
        self.write(&ADD_LINK, args![new.hash, new.login, new.purpose, now, new.expires_at]).await.map(drop)
    }

    /// Whose a link is and what for, without using it up; `None` if it is unknown, used or too old.
    pub async fn link(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<(LoginId, String)>, StoreError> {
        let row = self.row(&LINK, args![hash, now]).await?;
        row.map(|row| Ok((row.id("login_id")?, row.text("purpose")?))).transpose()
    }

    /// Uses a link up: whose it is and what for, or `None` if it is unknown, used or too old.
    pub async fn use_link(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<(LoginId, String)>, StoreError> {
        let mut tx = self.begin().await?;
        let used = tx.row(&USE_LINK, args![hash, now]).await;
        let row = self.end(tx, used).await?;
        row.map(|row| Ok((row.id("login_id")?, row.text("purpose")?))).transpose()
    }

    /// Keeps a session.
    pub async fn add_session(&self, new: &NewSession, now: Timestamp) -> Result<(), StoreError> {
        let browser: String = new.user_agent.chars().take(USER_AGENT_CHARS_MAX).collect();
        self.write(&ADD_SESSION, args![new.id, new.login, new.secret_hash, now, new.expires_at, browser]).await.map(drop)
    }

    /// The session with this secret, unless it was ended by hand.
    pub async fn session_by_hash(&self, hash: &SecretHash) -> Result<Option<SessionRow>, StoreError> {
        self.row(&SESSION_BY_HASH, args![hash]).await?.as_ref().map(session_row).transpose()
    }

    /// Notes a request. Does nothing to a session that has ended.
    pub async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.write(&TOUCH_SESSION, args![id, now]).await.map(drop)
    }

    /// Ends a session. `NotThere` if it had ended.
    pub async fn end_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        hit(self.write(&END_SESSION, args![id, now]).await?)
    }

    /// Ends all sessions of a login but one (after a change of password); returns how many.
    pub async fn end_sessions_of(&self, login: LoginId, except: Option<SessionId>, now: Timestamp) -> Result<u64, StoreError> {
        let except = except.map(|id| id.to_string()).unwrap_or_default();
        self.write(&END_SESSIONS_OF, args![login, except, now]).await
    }

    /// The session with its login's part in a workspace, read freshly; `None` if it ended or has no part there.
    pub async fn signed_in(&self, hash: &SecretHash, workspace: WorkspaceId) -> Result<Option<SignedInSession>, StoreError> {
        let row = self.row(&SIGNED_IN, args![hash, workspace]).await?;
        row.map(|row| {
            Ok(SignedInSession {
                id: row.id("id")?,
                login: row.id("login_id")?,
                member: row.id("member_id")?,
                workspace: row.id("workspace_id")?,
                role: row.id("role")?,
                secret_hash: SecretHash::from_stored(row.text("secret_hash")?),
                last_seen_at: row.at("last_seen_at")?,
                expires_at: row.at("expires_at")?,
            })
        })
        .transpose()
    }
}

pub(crate) fn session_row(row: &Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        id: row.id("id")?,
        login: row.id("login_id")?,
        secret_hash: SecretHash::from_stored(row.text("secret_hash")?),
        created_at: row.at("created_at")?,
        last_seen_at: row.at("last_seen_at")?,
        expires_at: row.at("expires_at")?,
        user_agent: row.text("user_agent")?,
        at_hand: row.id_opt("at_hand")?,
    })
}
