//! Keys for programs: made by the owner, shown once, ended at any time (S23).
//!
//! A program that shows its key is an `Operator` with a name of its own in the provenance of what it plans. It is never
//! a `Visitor`: nothing that asks for a present person takes it.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::TokenId;
use kith_domain::mandate::{Actor, Deed, Scope, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX, TokenSecret};
use kith_store::{NewEvent, NewToken, TokenRow};
use serde::Serialize;

use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

/// Longest name of a key in characters.
const NAME_CHARS_MAX: usize = 60;
/// How often it is noted that a key is in use, in seconds.
const USED_EVERY_S: i64 = 60;

/// A new key; the only time that it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewKey {
    /// Its id, by which it is ended.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `read` or `plan`.
    pub scope: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The key.
    pub key: String,
}

/// A key in a list, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyLine {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `read` or `plan`.
    pub scope: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// A program that has shown a living key.
#[derive(Debug, Clone)]
pub struct Program {
    /// In whose workspace and name it works.
    pub operator: Operator,
    /// What its key is called.
    pub key: String,
    scope: Scope,
}

impl Program {
    /// Whether its key allows this. Never conversation.
    pub fn may(&self, deed: Deed) -> Result<(), Problem> {
        if self.scope.may(deed) {
            return Ok(());
        }
        Err(Problem::Refused(match deed {
            Deed::Converse => "replies, messages, follows and likes are a person's, on the page; no key can send them".into(),
            _ => format!("the key {:?} may not {deed}; make one that may: kith key add --scope plan", self.key),
        }))
    }
}

impl Kith {
    /// Makes a key in the owner's name.
    pub async fn add_key(&self, operator: &Operator, name: &str, scope: &str, days: Option<u32>) -> Result<NewKey, Problem> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return Err(Problem::Invalid { field: "name".into(), why: format!("call it something in 1 to {NAME_CHARS_MAX} characters") });
        }
        let scope = Scope::from_stored(scope).ok_or_else(|| Problem::Invalid {
            field: "scope".into(),
            why: format!("{scope:?} is no scope; there are read and plan, and none that converses"),
        })?;
        let days = days.unwrap_or(TOKEN_DAYS_DEFAULT);
        if !(1..=TOKEN_DAYS_MAX).contains(&days) {
            return Err(Problem::Invalid { field: "days".into(), why: format!("a key lives 1 to {TOKEN_DAYS_MAX} days") });
        }
        let Actor::Member { id: member, .. } = operator.actor else {
            return Err(Problem::Refused("a program can't make keys; the owner can".into()));
        };
        let (now, secret) = (self.now(), TokenSecret::from_chance(self.chance().bytes()));
        let id = self.chance().id(now, TokenId::new);
        let expires_at = now + SignedDuration::from_hours(24 * i64::from(days));
        let store = self.store().in_workspace(operator.workspace);
        let new = NewToken { id, member, name: name.to_owned(), hash: secret.hash(), scope, expires_at };
        store.add_token(&new, now).await.map_err(from_store)?;
        self.note_key(operator, "key.made", id, name).await?;
        Ok(NewKey { id: id.to_string(), name: name.to_owned(), scope: scope.as_str().to_owned(), expires_at, key: secret.reveal() })
    }

    /// The keys that were not ended.
    pub async fn keys(&self, operator: &Operator) -> Result<Vec<KeyLine>, Problem> {
        let rows = self.store().in_workspace(operator.workspace).tokens().await.map_err(from_store)?;
        Ok(rows.into_iter().map(line).collect())
    }

    /// Ends a key at once, by its id or its name if only one has it.
    pub async fn end_key(&self, operator: &Operator, which: &str) -> Result<KeyLine, Problem> {
        let store = self.store().in_workspace(operator.workspace);
        let mut rows = store.tokens().await.map_err(from_store)?;
        rows.retain(|row| row.id.to_string() == which || row.name == which);
        let row = match rows.len() {
            1 => rows.remove(0),
            0 => return Err(Problem::NotThere(format!("no key is called {which:?}; see them with: kith key list"))),
            n => return Err(Problem::Conflict(format!("{n} keys are called {which:?}; end one by its id"))),
        };
        store.end_token(row.id, self.now()).await.map_err(from_store)?;
        self.note_key(operator, "key.ended", row.id, &row.name).await?;
        Ok(line(row))
    }

    /// The program that shows this key. The same answer for a wrong, an ended and an old one.
    pub async fn program(&self, key: &str) -> Result<Program, Problem> {
        let unknown = || Problem::SignIn("this key is not valid (any more); make one with: kith key add".into());
        let (secret, now) = (TokenSecret::from_text(key).ok_or_else(unknown)?, self.now());
        let row = self.store().token(&secret.hash(), now).await.map_err(from_store)?.ok_or_else(unknown)?;
        let store = self.store().in_workspace(row.workspace);
        let space = self.store().workspace(row.workspace).await.map_err(from_store)?.ok_or_else(unknown)?;
        // Whoever made it must still be there; a key never outlives its member.
        let member = store.member(row.member).await.map_err(from_store)?.ok_or_else(unknown)?;
        if row.last_used_at.is_none_or(|used| now.duration_since(used).as_secs() >= USED_EVERY_S) {
            store.touch_token(row.id, now).await.map_err(from_store)?;
        }
        let actor = Actor::Outside { what: format!("a program with {}'s key {:?}", member.name, row.name) };
        Ok(Program { operator: Operator { workspace: row.workspace, zone: space.zone, actor }, key: row.name, scope: row.scope })
    }

    async fn note_key(&self, operator: &Operator, kind: &str, id: TokenId, name: &str) -> Result<(), Problem> {
        let event = NewEvent {
            kind: kind.into(),
            subject: id.to_string(),
            actor: operator.actor.clone(),
            detail: serde_json::json!({ "name": name }),
        };
        self.store().in_workspace(operator.workspace).add_event(&event, self.now()).await.map_err(from_store)
    }
}

fn line(row: TokenRow) -> KeyLine {
    KeyLine {
        id: row.id.to_string(),
        name: row.name,
        scope: row.scope.as_str().to_owned(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}
