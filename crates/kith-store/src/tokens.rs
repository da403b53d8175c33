//! Keys for programs: found by their hash, listed and ended in their workspace.

use jiff::Timestamp;
use kith_domain::ids::TokenId;
use kith_domain::mandate::{Scope, SecretHash};

use crate::db::{Row, args, statements};
use crate::store::{InWorkspace, Store, hit};
use crate::{NewToken, StoreError, TokenRow};

/// Most keys of a list.
const TOKENS_MAX: u32 = 500;

statements! {
    ADD_TOKEN = concat!(
        "INSERT INTO api_token (id, workspace_id, member_id, name, hash, scope, created_at, expires_at) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    /// Crosses tenants: the key says which workspace it is for.
    TOKEN_BY_HASH = concat!(
        "SELECT id, workspace_id, member_id, name, scope, created_at, expires_at, last_used_at FROM api_token ",
        "WHERE hash = $1 AND ended_at IS NULL AND expires_at > $2"
    );
    TOKENS = concat!(
        "SELECT id, workspace_id, member_id, name, scope, created_at, expires_at, last_used_at FROM api_token ",
        "WHERE workspace_id = $1 AND ended_at IS NULL ORDER BY id LIMIT $2"
    );
    TOUCH_TOKEN = "UPDATE api_token SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2";
    END_TOKEN = "UPDATE api_token SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL";
}

impl Store {
    /// The key with this hash, if it lives.
    pub async fn token(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<TokenRow>, StoreError> {
        self.row(&TOKEN_BY_HASH, args![hash, now]).await?.as_ref().map(token_row).transpose()
    }
}

impl InWorkspace<'_> {
    /// Keeps a key's hash.
    pub async fn add_token(&self, new: &NewToken, now: Timestamp) -> Result<(), StoreError> {
        let args = args![new.id, self.id, new.member, new.name, new.hash, new.scope.as_str(), now, new.expires_at];
        self.store.write(&ADD_TOKEN, args).await.map(drop)
    }

    /// The keys that were not ended, the oldest first, also those whose time is over.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        self.store.rows(&TOKENS, args![self.id, TOKENS_MAX]).await?.iter().map(token_row).collect()
    }

    /// Notes that it is in use.
    pub async fn touch_token(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        hit(self.store.write(&TOUCH_TOKEN, args![self.id, id, now]).await?)
    }

    /// Ends a key at once. `NotThere` if it does not live.
    pub async fn end_token(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        hit(self.store.write(&END_TOKEN, args![self.id, id, now]).await?)
    }
}

fn token_row(row: &Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        member: row.id("member_id")?,
        name: row.text("name")?,
        scope: row.named("scope", Scope::from_stored)?,
        created_at: row.at("created_at")?,
        expires_at: row.at("expires_at")?,
        last_used_at: row.at_opt("last_used_at")?,
    })
}
