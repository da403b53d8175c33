//! What waits between two presses of a person: sealed, bound to the browser that began it, used once, soon gone.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::SessionId;
use kith_domain::mandate::PassSecret;
use kith_networks::Secret;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kith::Kith;
use crate::problem::{Problem, from_store, internal};

impl Kith {
    /// Puts `value` aside under a secret for so many minutes.
    pub(crate) async fn keep_pending(
        &self,
        secret: &PassSecret,
        kind: &str,
        session: Option<SessionId>,
        value: &impl Serialize,
        now: Timestamp,
        life_min: i64,
    ) -> Result<(), Problem> {
        let text = serde_json::to_string(value).map_err(|error| internal(&format!("{kind} can't be written: {error}")))?;
        let hash = secret.hash();
        let sealed = self.0.keys.seal(&row(kind, hash.as_str()), &Secret::new(text), self.chance());
        let sealed = sealed.map_err(|error| Problem::Refused(error.to_string()))?;
        let until = now + self.clock().stretch(SignedDuration::from_mins(life_min));
        self.store().begin_pending(&hash, kind, session, &sealed, until, now).await.map_err(from_store)
    }

    /// Takes it up again, once; `None` if it is unknown, another browser's, used or too old.
    pub(crate) async fn take_pending<T: DeserializeOwned>(
        &self,
        key: &str,
        kind: &str,
        session: Option<SessionId>,
    ) -> Result<Option<T>, Problem> {
        let Some(secret) = PassSecret::from_text(key) else { return Ok(None) };
        let hash = secret.hash();
        let Some(sealed) = self.store().take_pending(&hash, kind, session, self.now()).await.map_err(from_store)? else {
            return Ok(None);
        };
        let clear = self.0.keys.open_sealed(&row(kind, hash.as_str()), &sealed).map_err(|error| Problem::Refused(error.to_string()))?;
        // The parser's own words could repeat what was sealed.
        Ok(serde_json::from_str(clear.expose()).ok())
    }
}

fn row(kind: &str, hash: &str) -> String {
    format!("pending/{kind}/{hash}")
}
