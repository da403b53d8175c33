//! The channel's session: an access token for minutes to hours, a refresh token for months, an app password behind.
//!
//! Nobody signs in for a job: public servers allow 30 sign-ins in five minutes and 300 a day. A token is renewed
//! under the channel's lock: read, stale?, lock, read again, `refreshSession`, store, use. If that answer is lost it
//! is asked once more with the same refresh token (servers give the same pair again for a while); if the refresh
//! token is dead, the app password signs in once; if that fails too, a person has to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::trouble::{Trouble, sort};
use crate::http::{Answer, NetClient, Request, at};
use crate::network::{Call, VaultError};
use crate::secret::Secret;

/// A token that ends sooner than this is renewed before it is used.
const STALE_BEFORE_END_S: i64 = 90;
/// Pause after a renewal in which the clock alone is no reason for another, should our clock be far ahead.
const RENEW_PAUSE_S: i64 = 300;
/// Deadline of each sign-in or refresh; three of them and a publish fit into a dispatch's lease.
const AUTH_DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);

/// What is sealed for a channel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// Our DID.
    pub(super) did: String,
    /// Our handle when the token was made.
    pub(super) handle: String,
    /// The server that signs in, as typed; for accounts on bsky.social it is another than the one that holds them.
    sign_in_server: Url,
    app_password: String,
    access: String,
    refresh: String,
    /// When the access token ends, if it tells.
    access_ends_at: Option<Timestamp>,
    renewed_at: Timestamp,
}

/// What `createSession` and `refreshSession` answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    pub(super) did: String,
    pub(super) handle: String,
    access_jwt: String,
    refresh_jwt: String,
    pub(super) did_doc: Option<Value>,
    /// `false` for an account that is deactivated or taken down.
    pub(super) active: Option<bool>,
}

impl Settings {
    pub(super) fn new(session: Session, server: Url, app_password: String, now: Timestamp) -> Self {
        let access_ends_at = ends_at(&session.access_jwt);
        Self {
            did: session.did,
            handle: session.handle,
            sign_in_server: server,
            app_password,
            access: session.access_jwt,
            refresh: session.refresh_jwt,
            access_ends_at,
            renewed_at: now,
        }
    }

    /// The sealed form.
    pub(super) fn to_secret(&self) -> Secret {
        Secret::new(json!(self).to_string())
    }

    fn is_stale(&self, now: Timestamp) -> bool {
        let ends_soon = self.access_ends_at.is_some_and(|end| end.duration_since(now) < SignedDuration::from_secs(STALE_BEFORE_END_S));
        ends_soon && now.duration_since(self.renewed_at) >= SignedDuration::from_secs(RENEW_PAUSE_S)
    }

    fn renewed(&self, session: Session, now: Timestamp) -> Self {
        Self::new(session, self.sign_in_server.clone(), self.app_password.clone(), now)
    }
}

/// The settings as stored.
pub(super) async fn settings(call: &Call<'_>) -> Result<Settings, Trouble> {
    let secret = call.vault.read().await.map_err(|error| sealed(&error))?;
    serde_json::from_str(secret.expose()).map_err(|_| Trouble::Account("the stored sign-in can't be read; sign in again".to_owned()))
}

/// Sends a request with the channel's token, and once more with a new one if the server does not take it.
pub(super) async fn send<'c, B>(call: &Call<'c>, build: B) -> Result<Answer, Trouble>
where
    B: Fn() -> Request<'c> + Send + Sync,
{
    let mut settings = settings(call).await?;
    if settings.is_stale(call.now) {
        settings = renew(call, &settings).await?;
    }
    match sort(build().bearer(&settings.access).send().await, call.now) {
        Err(Trouble::Token(_)) => {
            let renewed = renew(call, &settings).await?;
            sort(build().bearer(&renewed.access).send().await, call.now)
        }
        other => other,
    }
}

/// Signs in with a password.
pub(super) async fn create_session(
    http: &NetClient,
    server: &Url,
    identifier: &str,
    password: &str,
    now: Timestamp,
) -> Result<Session, Trouble> {
    let body = json!({ "identifier": identifier, "password": password });
    let request = http.post(at(server, &["xrpc", "com.atproto.server.createSession"])).json(&body).deadline(AUTH_DEADLINE);
    let answer = sort(request.send().await, now)?;
    answer.json().map_err(|error| Trouble::unreadable(&error))
}

/// Settings other than those `seen`: somebody else's new ones, or new ones of our own, stored before they are used.
/// The access token alone does not tell them apart: a server that makes two within a second makes the same twice.
/// Never `Lost`: whatever was wanted with the token was not done.
async fn renew(call: &Call<'_>, seen: &Settings) -> Result<Settings, Trouble> {
    let lock = call.vault.lock().await;
    let old = settings(call).await?;
    if old != *seen {
        return Ok(old);
    }
    let session = match refresh(call, &old).await {
        Err(Trouble::Lost(_)) => refresh(call, &old).await,
        other => other,
    };
    let session = match session {
        Err(Trouble::Token(_) | Trouble::Refused { .. }) => {
            create_session(call.http, &old.sign_in_server, &old.did, &old.app_password, call.now).await
        }
        other => other,
    };
    let session = session.map_err(|trouble| match trouble {
        Trouble::Lost(why) => Trouble::Unsent(format!("the sign-in could not be renewed: {why}")),
        Trouble::Token(why) => Trouble::Account(format!("the app password is no longer taken; make a new one and sign in again ({why})")),
        other => other,
    })?;
    if session.did != old.did {
        return Err(Trouble::Account("the server answered with another account; sign in again".to_owned()));
    }
    let new = old.renewed(session, call.now);
    call.vault.write(&new.to_secret()).await.map_err(|error| sealed(&error))?;
    drop(lock);
    Ok(new)
}

async fn refresh(call: &Call<'_>, old: &Settings) -> Result<Session, Trouble> {
    let url = at(&old.sign_in_server, &["xrpc", "com.atproto.server.refreshSession"]);
    let answer = sort(call.http.post(url).bearer(&old.refresh).deadline(AUTH_DEADLINE).send().await, call.now)?;
    answer.json().map_err(|error| Trouble::unreadable(&error))
}

/// When a token ends by its own words. They are not verified: the server decides, this only saves a request.
fn ends_at(token: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

fn sealed(error: &VaultError) -> Trouble {
    Trouble::Unsent(format!("the channel's sign-in can't be opened or stored: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(now: i64) -> Settings {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"did:plc:a","exp":1764583200}"#);
        let session = Session {
            did: "did:plc:a".to_owned(),
            handle: "a.test".to_owned(),
            access_jwt: format!("e30.{claims}.x"),
            refresh_jwt: "r".to_owned(),
            did_doc: None,
            active: Some(true),
        };
        let server = "https://pds.example/".parse().unwrap();
        Settings::new(session, server, "p".to_owned(), Timestamp::from_second(now).unwrap())
    }

    #[test]
    fn a_token_is_stale_shortly_before_its_end_and_not_again_right_after_a_renewal() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let settings = settings(1_764_576_000);
        assert_eq!(settings.access_ends_at, Some(at(1_764_583_200)));
        assert!(!settings.is_stale(at(1_764_583_200 - 91)));
        assert!(settings.is_stale(at(1_764_583_200 - 89)));
        let renewed_just_now = Settings { renewed_at: at(1_764_583_200), ..settings };
        assert!(!renewed_just_now.is_stale(at(1_764_583_210)));
    }

    #[test]
    fn a_token_that_tells_nothing_is_used_until_it_is_refused() {
        for token in ["", "opaque", "a.b.c", "a.e30.c"] {
            assert_eq!(ends_at(token), None, "{token}");
        }
    }

    #[test]
    fn settings_read_back_from_their_sealed_form() {
        let settings = settings(1_764_576_000);
        let read: Settings = serde_json::from_str(settings.to_secret().expose()).unwrap();
        assert!(read == settings);
    }
}
