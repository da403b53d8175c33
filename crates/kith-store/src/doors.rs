//! A person's own ways in, across workspaces: their sessions, their passkeys, what waits between two presses, and how
//! this Kith is registered with servers. All of it belongs to a login, a browser or this Kith, never to a workspace.

use jiff::Timestamp;
use kith_domain::ids::{LoginId, NetworkId, PasskeyId, SessionId, WorkspaceId};
use kith_domain::mandate::SecretHash;

use crate::db::{Row, args, statements};
use crate::sign_in::session_row;
use crate::store::{Store, hit};
use crate::{NewPasskey, PasskeyRow, SessionRow, StoreError};

/// Most sessions of a list.
const SESSIONS_MAX: u32 = 100;
/// Most passkeys of a person; more are no longer told apart.
const PASSKEYS_MAX: u32 = 50;
/// Most presses that wait for their second half at once, of everybody.
const PENDING_MAX: u32 = 5_000;

statements! {
    SESSIONS_OF = concat!(
        "SELECT id, login_id, secret_hash, created_at, last_seen_at, expires_at, user_agent, at_hand FROM session ",
        "WHERE login_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY last_seen_at DESC, id LIMIT $3"
    );
    END_OWN_SESSION = "UPDATE session SET ended_at = $3 WHERE login_id = $1 AND id = $2 AND ended_at IS NULL";
    TAKE_UP = "UPDATE session SET at_hand = $2 WHERE id = $1 AND ended_at IS NULL";
    ADD_PASSKEY = "INSERT INTO passkey (id, login_id, name, credential, public_key, uses, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    PASSKEYS = concat!(
        "SELECT id, login_id, name, credential, public_key, uses, created_at, last_used_at FROM passkey ",
        "WHERE login_id = $1 ORDER BY id LIMIT $2"
    );
    PASSKEY = "SELECT id, login_id, name, credential, public_key, uses, created_at, last_used_at FROM passkey WHERE credential = $1";
    USE_PASSKEY = "UPDATE passkey SET uses = $3, last_used_at = $4 WHERE id = $1 AND uses = $2";
    NAME_PASSKEY = "UPDATE passkey SET name = $3 WHERE login_id = $1 AND id = $2";
    DROP_PASSKEY = "DELETE FROM passkey WHERE login_id = $1 AND id = $2";
    ADD_PENDING = "INSERT INTO pending (hash, kind, session_id, sealed, expires_at) VALUES ($1, $2, $3, $4, $5)";
    DROP_PENDING = concat!(
        "DELETE FROM pending WHERE expires_at <= $1 ",
        "OR expires_at <= (SELECT expires_at FROM pending ORDER BY expires_at DESC LIMIT 1 OFFSET $2)"
    );
    /// Uses up and reads in one statement, so that it is used once.
    TAKE_PENDING = "DELETE FROM pending WHERE hash = $1 AND kind = $2 AND session_id = $3 AND expires_at > $4 RETURNING sealed";
    REGISTRATION = "SELECT sealed, made_at FROM registration WHERE network = $1 AND server = $2 AND callback = $3";
    SET_REGISTRATION = concat!(
        "INSERT INTO registration (network, server, callback, sealed, made_at) VALUES ($1, $2, $3, $4, $5) ",
        "ON CONFLICT (network, server, callback) DO UPDATE SET sealed = excluded.sealed, made_at = excluded.made_at"
    );
    DROP_REGISTRATION = "DELETE FROM registration WHERE network = $1 AND server = $2 AND callback = $3";
}

impl Store {
    /// The sessions of a login that are neither ended nor too old, the one used last first.
    pub async fn sessions_of(&self, login: LoginId, now: Timestamp) -> Result<Vec<SessionRow>, StoreError> {
        self.rows(&SESSIONS_OF, args![login, now, SESSIONS_MAX]).await?.iter().map(session_row).collect()
    }

    /// Ends a session of this login. `NotThere` if it is another's or has ended.
    pub async fn end_own_session(&self, login: LoginId, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        hit(self.write(&END_OWN_SESSION, args![login, id, now]).await?)
    }

    /// Which workspace a session shows from now on.
    pub async fn take_up(&self, session: SessionId, workspace: WorkspaceId) -> Result<(), StoreError> {
        hit(self.write(&TAKE_UP, args![session, workspace]).await?)
    }

    /// Keeps a passkey. `Conflict(Credential)` if it is kept already.
    pub async fn add_passkey(&self, new: &NewPasskey, now: Timestamp) -> Result<(), StoreError> {
        let args = args![new.id, new.login, new.name, new.credential, new.public_key, new.uses, now];
        self.write(&ADD_PASSKEY, args).await.map(drop)
    }

    /// A login's passkeys, the oldest first.
    pub async fn passkeys(&self, login: LoginId) -> Result<Vec<PasskeyRow>, StoreError> {
        self.rows(&PASSKEYS, args![login, PASSKEYS_MAX]).await?.iter().map(passkey_row).collect()
    }

    /// The passkey with this credential.
    pub async fn passkey(&self, credential: &str) -> Result<Option<PasskeyRow>, StoreError> {
        self.row(&PASSKEY, args![credential]).await?.as_ref().map(passkey_row).transpose()
    }

    /// Notes a use with the authenticator's new count. `NotThere` if it was used or dropped meanwhile.
    pub async fn use_passkey(&self, row: &PasskeyRow, uses: i64, now: Timestamp) -> Result<(), StoreError> {
        hit(self.write(&USE_PASSKEY, args![row.id, row.uses, uses, now]).await?)
    }

    /// Calls a passkey something else.
    pub async fn name_passkey(&self, login: LoginId, id: PasskeyId, name: &str) -> Result<(), StoreError> {
        hit(self.write(&NAME_PASSKEY, args![login, id, name]).await?)
    }

    /// Forgets a passkey: it opens nothing any more.
    pub async fn drop_passkey(&self, login: LoginId, id: PasskeyId) -> Result<(), StoreError> {
        hit(self.write(&DROP_PASSKEY, args![login, id]).await?)
    }

    /// Keeps what a person began, for the browser that began it; what is too old goes.
    pub async fn begin_pending(
        &self,
        hash: &SecretHash,
        kind: &str,
        session: Option<SessionId>,
        sealed: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let session = session.map(|id| id.to_string()).unwrap_or_default();
        self.write(&DROP_PENDING, args![now, PENDING_MAX]).await?;
        self.write(&ADD_PENDING, args![hash, kind, session, sealed, until]).await.map(drop)
    }

    /// Takes it up again, once and in the same browser; `None` for anything else.
    pub async fn take_pending(
        &self,
        hash: &SecretHash,
        kind: &str,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let session = session.map(|id| id.to_string()).unwrap_or_default();
        let mut tx = self.begin().await?;
        let taken = tx.row(&TAKE_PENDING, args![hash, kind, session, now]).await;
        self.end_quietly(tx, taken).await?.map(|row| row.text("sealed")).transpose()
    }

    /// How this Kith is registered with a server, and since when.
    pub async fn registration(&self, network: &NetworkId, server: &str, callback: &str) -> Result<Option<(String, Timestamp)>, StoreError> {
        let row = self.row(&REGISTRATION, args![network, server, callback]).await?;
        row.map(|row| Ok((row.text("sealed")?, row.at("made_at")?))).transpose()
    }

    /// Keeps a registration.
    pub async fn set_registration(
        &self,
        network: &NetworkId,
        server: &str,
        callback: &str,
        sealed: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(&SET_REGISTRATION, args![network, server, callback, sealed, now]).await.map(drop)
    }

    /// Forgets a registration that the server no longer knows.
    pub async fn drop_registration(&self, network: &NetworkId, server: &str, callback: &str) -> Result<(), StoreError> {
        self.write(&DROP_REGISTRATION, args![network, server, callback]).await.map(drop)
    }
}

fn passkey_row(row: &Row) -> Result<PasskeyRow, StoreError> {
    Ok(PasskeyRow {
        id: row.id("id")?,
        login: row.id("login_id")?,
        name: row.text("name")?,
        credential: row.text("credential")?,
        public_key: row.text("public_key")?,
        uses: row.int("uses")?,
        created_at: row.at("created_at")?,
        last_used_at: row.at_opt("last_used_at")?,
    })
}
