//! Tokens by a person's consent: asked for with her code, renewed with the last one, each bound to the sign-in's own key.
//!
//! A refresh token works once, and a server that sees a used one ends the whole sign-in (measured on PDS 0.5.35). So
//! nothing is asked twice unless nothing was answered: an unanswered renewal is tried once more with the same token,
//! which helps if the first never arrived and costs nothing if it did, for then what it gave is lost either way. After
//! that a person signs in again; her posts are held meanwhile.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::client::Shows;
use super::syntax::Did;
use super::trouble::Trouble;
use crate::http::{Answer, DpopKey, NetClient, NetError, Request, wants_another_proof};

/// Deadline of each request to a token endpoint: two renewals with a fresh proof each fit into the lease on renewing.
const DEADLINE: Duration = Duration::from_secs(8);
/// Largest answer of a token endpoint, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest life of an access token that is believed, in hours.
const LIFE_H_MAX: i64 = 24;
/// Longest piece of a server's words that is shown, in characters.
const WORDS_CHARS_MAX: usize = 200;

/// By what a channel's tokens are renewed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    /// Where tokens are given.
    pub(super) token_endpoint: Url,
    /// As whom they were asked for.
    pub(super) client_id: String,
    /// The key that they are bound to, as base64 of PKCS #8.
    pub(super) key: String,
    /// What shows the server who asks, where they were asked for that way.
    #[serde(default)]
    pub(super) shows: Option<Shows>,
}

/// What a token endpoint gave.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) token_type: String,
    pub(super) scope: String,
    /// Whose they are.
    pub(super) sub: String,
    expires_in: Option<i64>,
}

impl Tokens {
    /// When the access token ends, if the server tells.
    pub(super) fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let life = SignedDuration::from_secs(self.expires_in?).clamp(SignedDuration::ZERO, SignedDuration::from_hours(LIFE_H_MAX));
        now.checked_add(life).ok()
    }

    /// Whether it was granted.
    pub(super) fn covers(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|one| one == scope)
    }
}

impl Grant {
    pub(super) fn key(&self) -> Result<DpopKey, Trouble> {
        DpopKey::from_pkcs8(&self.key).map_err(|error| Trouble::Account(format!("{error}; sign in again")))
    }

    /// Asks the token endpoint.
    pub(super) async fn ask(&self, http: &NetClient, fields: &[(&str, &str)], now: Timestamp) -> Result<Tokens, Trouble> {
        let as_whom = (self.client_id.as_str(), self.shows.as_ref());
        let answer = match post(http, &self.token_endpoint, fields, as_whom, &self.key()?, now).await {
            Ok(answer) if answer.is_success() => answer,
            Ok(answer) => return Err(refused(&answer, now)),
            Err(error) if error.is_unsent() => return Err(Trouble::Unsent(error.to_string())),
            Err(error) => return Err(Trouble::Lost(error.to_string())),
        };
        // The reader's own words could repeat a token.
        let host = answer.url.host_str().unwrap_or("the server");
        let tokens: Tokens = answer.json().map_err(|_| Trouble::Lost(format!("{host} answered no tokens that can be read")))?;
        let is_bound = tokens.token_type.eq_ignore_ascii_case("dpop") && tokens.covers("atproto") && Did::parse(&tokens.sub).is_some();
        let others = || Trouble::Account(format!("{host} gave tokens that are not those of the network; sign in again"));
        if is_bound { Ok(tokens) } else { Err(others()) }
    }

    /// New tokens for an old refresh token, which is worth nothing afterwards. `Lost`: it may be so already.
    pub(super) async fn renew(&self, http: &NetClient, refresh: &str, did: &str, now: Timestamp) -> Result<Tokens, Trouble> {
        let tokens = self.ask(http, &[("grant_type", "refresh_token"), ("refresh_token", refresh)], now).await?;
        if tokens.sub == did {
            Ok(tokens)
        } else {
            Err(Trouble::Account("the server answered with another account; sign in again".to_owned()))
        }
    }
}

/// Posts fields as this Kith, with a proof of the key and of who it is; both anew where the server asks for another.
pub(super) async fn post(
    http: &NetClient,
    endpoint: &Url,
    fields: &[(&str, &str)],
    as_whom: (&str, Option<&Shows>),
    key: &DpopKey,
    now: Timestamp,
) -> Result<Answer, NetError> {
    let (client_id, shows) = as_whom;
    let build = || {
        let mut all = vec![("client_id", client_id)];
        all.extend_from_slice(fields);
        // Without it the server refuses, and says why.
        let shown = shows.and_then(|shows| shows.fields(client_id, now).ok());
        all.extend(shown.iter().flatten().map(|(name, value)| (*name, value.as_str())));
        http.post(endpoint.clone()).form(&all).limit(ANSWER_BYTES_MAX).deadline(DEADLINE)
    };
    proven(build, key, None, now).await
}

/// Sends with a proof, and once more where the server did nothing but ask for another one.
pub(super) async fn proven<'c, B>(build: B, key: &DpopKey, token: Option<&str>, now: Timestamp) -> Result<Answer, NetError>
where
    B: Fn() -> Request<'c> + Send + Sync,
{
    let first = build().dpop(key, token, now).send().await?;
    if wants_another_proof(&first) { build().dpop(key, token, now).send().await } else { Ok(first) }
}

/// What a server's refusal of tokens means.
fn refused(answer: &Answer, now: Timestamp) -> Trouble {
    let (name, words) = said(answer);
    let why = format!("{} gave no new keys: {words}", answer.url.host_str().unwrap_or("the server"));
    match (answer.status.as_u16(), name.as_str()) {
        (429, _) => Trouble::Slow { after: answer.wait(now), why },
        (500.., _) => Trouble::Lost(why),
        (_, "invalid_grant" | "unauthorized_client" | "invalid_scope" | "access_denied") => {
            let host = answer.url.host_str().unwrap_or("the server");
            Trouble::Account(format!("{host} no longer lets Kith in for this profile ({words}); sign in again"))
        }
        // It could not read who we are, or wants yet another proof: both may be mended without the person.
        _ => Trouble::Unsent(why),
    }
}

/// The name of a server's error and its words for people.
pub(super) fn said(answer: &Answer) -> (String, String) {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Body {
        error: String,
        error_description: String,
    }
    let Body { error, error_description } = answer.json().unwrap_or_default();
    let words = if error_description.is_empty() { &error } else { &error_description };
    let words: String = words.chars().filter(|c| !c.is_control()).take(WORDS_CHARS_MAX).collect();
    let words = if words.is_empty() { format!("HTTP {}", answer.status.as_u16()) } else { words };
    (error, words)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::http::{HeaderMap, StatusCode};

    fn trouble(status: u16, body: &str) -> Trouble {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            url: "https://pds.example/oauth/token".parse().unwrap(),
        };
        refused(&answer, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn only_a_dead_grant_asks_for_the_person() {
        let dead = trouble(400, r#"{"error":"invalid_grant","error_description":"Refresh token replayed"}"#);
        assert_eq!(
            dead,
            Trouble::Account("pds.example no longer lets Kith in for this profile (Refresh token replayed); sign in again".to_owned())
        );
        assert!(
            matches!(trouble(400, r#"{"error":"invalid_client_metadata"}"#), Trouble::Unsent(_)),
            "our address may be away for a minute"
        );
        assert!(matches!(trouble(400, r#"{"error":"use_dpop_nonce"}"#), Trouble::Unsent(_)));
        assert!(matches!(trouble(404, "<html>"), Trouble::Unsent(_)));
        assert!(matches!(trouble(429, ""), Trouble::Slow { .. }));
        assert!(matches!(trouble(502, ""), Trouble::Lost(_)), "it may have been done");
    }

    #[test]
    fn a_life_that_nobody_believes_is_shortened() {
        let ends = |expires_in| {
            let tokens = Tokens {
                access_token: String::new(),
                refresh_token: String::new(),
                token_type: String::new(),
                scope: "atproto transition:generic".to_owned(),
                sub: String::new(),
                expires_in,
            };
            assert!(tokens.covers("atproto") && !tokens.covers("transition"));
            tokens.ends_at(Timestamp::UNIX_EPOCH).map(Timestamp::as_second)
        };
        assert_eq!((ends(Some(3_599)), ends(Some(i64::MAX)), ends(Some(-5)), ends(None)), (Some(3_599), Some(86_400), Some(0), None));
    }
}
