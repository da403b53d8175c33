//! The channel's session, and the one place that signs requests: an access token for minutes to hours, a refresh token
//! behind it, and behind that either an app password or what a person consented to on her server's page.
//!
//! Nobody signs in for a job: public servers allow 30 sign-ins in five minutes and 300 a day. A token is renewed
//! under the channel's lock: read, stale?, lock, read again, renew, store, use. If that answer is lost it is asked once
//! more with the same refresh token (servers give an app password's session the same pair again for a while; for a
//! consent see `grant`). If the refresh token is dead, the app password signs in once; with none, a person has to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::grant::{Grant, Tokens, proven};
use super::trouble::{Trouble, sort};
use crate::http::{Answer, NetClient, Request, at, wants_another_proof};
use crate::network::{Call, VaultError};
use crate::secret::Secret;

/// A token that ends sooner than this is renewed before it is used.
const STALE_BEFORE_END_S: i64 = 90;
/// Pause after a renewal in which the clock alone is no reason for another, should our clock be far ahead.
const RENEW_PAUSE_S: i64 = 300;
/// Deadline of each sign-in or refresh; three of them and a publish fit into a dispatch's lease.
const AUTH_DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);

/// How often new tokens are stored before they are given up.
const STORE_TRIES: u32 = 3;

/// What is sealed for a channel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// Our DID.
    pub(super) did: String,
    /// Our handle when the token was made.
    pub(super) handle: String,
    #[serde(flatten)]
    way: Way,
    access: String,
    refresh: String,
    /// When the access token ends, if it tells.
    access_ends_at: Option<Timestamp>,
    renewed_at: Timestamp,
}

/// By what the tokens came.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Way {
    /// A person said yes on the server's page; the tokens are bound to a key.
    Consent { grant: Grant },
    /// An app password, and the server that signs in, as typed; for accounts on bsky.social it is another than the one that
    /// holds them.
    Password { sign_in_server: Url, app_password: String },
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
    pub(super) fn by_password(session: Session, sign_in_server: Url, app_password: String, now: Timestamp) -> Self {
        let access_ends_at = ends_at(&session.access_jwt);
        Self {
            did: session.did,
            handle: session.handle,
            way: Way::Password { sign_in_server, app_password },
            access: session.access_jwt,
            refresh: session.refresh_jwt,
            access_ends_at,
            renewed_at: now,
        }
    }

    pub(super) fn by_consent(tokens: Tokens, handle: String, grant: Grant, now: Timestamp) -> Self {
        Self {
            access_ends_at: tokens.ends_at(now),
            did: tokens.sub,
            handle,
            way: Way::Consent { grant },
            access: tokens.access_token,
            refresh: tokens.refresh_token,
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

    /// Sends a request as this session may: with the token alone, or with the proof that we hold its key.
    async fn exchange<'c, B>(&self, build: &B, now: Timestamp) -> Result<Answer, Trouble>
    where
        B: Fn() -> Request<'c> + Send + Sync,
    {
        match &self.way {
            Way::Password { .. } => sort(build().bearer(&self.access).send().await, now),
            Way::Consent { grant } => {
                let answer = proven(build, &grant.key()?, Some(&self.access), now).await;
                if let Ok(answer) = &answer
                    && wants_another_proof(answer)
                {
                    let host = answer.url.host_str().unwrap_or("the server");
                    return Err(Trouble::Unsent(format!("{host} takes no proof of ours; is this machine's clock right?")));
                }
                sort(answer, now)
            }
        }
    }

    /// New tokens for the last ones.
    async fn renewed(&self, http: &NetClient, now: Timestamp) -> Result<Self, Trouble> {
        match &self.way {
            Way::Password { sign_in_server, app_password } => {
                let session = match refresh_session(http, sign_in_server, &self.refresh, now).await {
                    Err(Trouble::Lost(_)) => refresh_session(http, sign_in_server, &self.refresh, now).await,
                    other => other,
                };
                let session = match session {
                    Err(Trouble::Token(_) | Trouble::Refused { .. }) => {
                        create_session(http, sign_in_server, &self.did, app_password, now).await
                    }
                    other => other,
                }?;
                Ok(Self::by_password(session, sign_in_server.clone(), app_password.clone(), now))
            }
            Way::Consent { grant } => {
                let tokens = match grant.renew(http, &self.refresh, &self.did, now).await {
                    Err(Trouble::Lost(lost)) => grant.renew(http, &self.refresh, &self.did, now).await.map_err(|trouble| match trouble {
                        Trouble::Account(why) => Trouble::Account(format!(
                            "new keys were on their way and were lost ({lost}), and a server gives them once only. {why}"
                        )),
                        other => other,
                    }),
                    other => other,
                }?;
                Ok(Self::by_consent(tokens, self.handle.clone(), grant.clone(), now))
            }
        }
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
    match settings.exchange(&build, call.now).await {
        Err(Trouble::Token(_)) => renew(call, &settings).await?.exchange(&build, call.now).await,
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
    let by_password = matches!(old.way, Way::Password { .. });
    let new = old.renewed(call.http, call.now).await.map_err(|trouble| match trouble {
        Trouble::Lost(why) => Trouble::Unsent(format!("the sign-in could not be renewed: {why}")),
        Trouble::Token(why) if by_password => {
            Trouble::Account(format!("the app password is no longer taken; make a new one and sign in again ({why})"))
        }
        other => other,
    })?;
    if new.did != old.did {
        return Err(Trouble::Account("the server answered with another account; sign in again".to_owned()));
    }
    store(call, &new.to_secret()).await?;
    drop(lock);
    Ok(new)
}

/// The last ones are worth nothing now, so a store that stumbles is tried again before they are given up.
async fn store(call: &Call<'_>, settings: &Secret) -> Result<(), Trouble> {
    let mut tries = 0;
    loop {
        tries += 1;
        match call.vault.write(settings).await {
            Err(_) if tries < STORE_TRIES => {}
            other => return other.map_err(|error| sealed(&error)),
        }
    }
}

async fn refresh_session(http: &NetClient, server: &Url, refresh: &str, now: Timestamp) -> Result<Session, Trouble> {
    let url = at(server, &["xrpc", "com.atproto.server.refreshSession"]);
    let answer = sort(http.post(url).bearer(refresh).deadline(AUTH_DEADLINE).send().await, now)?;
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
        Settings::by_password(session, server, "p".to_owned(), Timestamp::from_second(now).unwrap())
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
    fn what_was_sealed_before_there_was_consent_still_opens() {
        let old = r#"{"did":"did:plc:a","handle":"a.test","sign_in_server":"https://pds.example/","app_password":"p","access":"a",
            "refresh":"r","access_ends_at":null,"renewed_at":"2026-11-22T10:00:00Z"}"#;
        let read: Settings = serde_json::from_str(old).unwrap();
        assert!(matches!(read.way, Way::Password { .. }));
    }

    #[test]
    fn settings_by_consent_read_back_from_their_sealed_form() {
        let tokens = r#"{"access_token":"a","refresh_token":"r","token_type":"DPoP","scope":"atproto","sub":"did:plc:a","expires_in":60}"#;
        let endpoint = "https://pds.example/t".parse().unwrap();
        let grant = Grant { token_endpoint: endpoint, client_id: "c".to_owned(), key: "k".to_owned(), shows: None };
        let now = Timestamp::from_second(1_764_576_000).unwrap();
        let settings = Settings::by_consent(serde_json::from_str(tokens).unwrap(), "a.test".to_owned(), grant, now);
        let read: Settings = serde_json::from_str(settings.to_secret().expose()).unwrap();
        assert!(read == settings && matches!(read.way, Way::Consent { .. }));
    }

    #[test]
    fn settings_read_back_from_their_sealed_form() {
        let settings = settings(1_764_576_000);
        let read: Settings = serde_json::from_str(settings.to_secret().expose()).unwrap();
        assert!(read == settings);
    }
}
