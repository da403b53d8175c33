//! Connecting a profile with an app password, and asking whether the connection still holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_domain::people::Profile;
use kith_domain::publish::Class;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::ID;
use super::card::{APP_PASSWORD, HANDLE, SERVER};
use super::identity::is_near;
use super::limits::limits;
use super::syntax::{Did, Handle};
use super::token::{self, Settings};
use super::trouble::{Trouble, sort};
use super::wire::{Labels, RecordView, is_bot, plain};
use crate::card::Capabilities;
use crate::http::{NetClient, at};
use crate::network::{Call, Connected, Health, ReadError, SignInError};
use crate::secret::Secret;

/// The server that holds most people.
const SERVER_DEFAULT: &str = "https://bsky.social";

pub(super) async fn sign_in(http: &NetClient, fields: &BTreeMap<String, Secret>, now: Timestamp) -> Result<Connected, SignInError> {
    let text = |name: &str| fields.get(name).map(|f| f.expose().trim()).unwrap_or_default();
    let server = server(text(SERVER))?;
    let identifier = identifier(text(HANDLE))?;
    let password = text(APP_PASSWORD);
    if password.is_empty() {
        return Err(wrong(APP_PASSWORD, "Give an app password; Bluesky makes one under Settings, Privacy and security, App passwords."));
    }
    let is_app_password = looks_like_app_password(password);
    let session = token::create_session(http, &server, &identifier, password, now).await.map_err(|t| explain(t, is_app_password))?;
    if Did::parse(&session.did).is_none() {
        return Err(wrong(SERVER, "The server answered with an id that is no DID; it seems to be no AT Protocol server."));
    }
    if session.active == Some(false) {
        return Err(wrong(HANDLE, "This account is deactivated; make it active again in Bluesky, then connect it."));
    }
    if !is_app_password {
        tracing::warn!(
            handle = session.handle,
            "this channel was connected with what seems to be a main password; an app password can be withdrawn alone"
        );
    }
    let home = home(&server, session.did_doc.as_ref());
    let (did, handle) = (session.did.clone(), session.handle.clone());
    let settings = Settings::by_password(session, server, password.to_owned(), now).to_secret();
    Ok(connected(http, home, &did, &handle, settings, now).await)
}

/// A connection, with what its server tells of the profile and of itself.
pub(super) async fn connected(http: &NetClient, home: Url, did: &str, handle: &str, settings: Secret, now: Timestamp) -> Connected {
    let profile = profile(http, &home, did, handle, now).await;
    let capabilities = capabilities(http, &home, now).await;
    Connected { server: home, profile, capabilities, settings }
}

pub(super) async fn check(call: &Call<'_>) -> Result<Health, ReadError> {
    let url = at(call.server, &["xrpc", "com.atproto.server.getSession"]);
    let answer = token::send(call, || call.http.get(url.clone())).await.map_err(Trouble::after_read)?;
    let session: Now = answer.json().map_err(|error| Trouble::unreadable(&error).after_read())?;
    if session.active == Some(false) {
        return Err(ReadError::SignInAgain { why: "this account is deactivated; make it active again in Bluesky".to_owned() });
    }
    let profile = profile(call.http, call.server, &session.did, &session.handle, call.now).await;
    let capabilities = capabilities(call.http, call.server, call.now).await;
    // An app password has no end of its own, and no server tells when it ends what a person consented to.
    Ok(Health { profile, capabilities, token_ends_at: None })
}

#[derive(Deserialize)]
struct Now {
    did: String,
    handle: String,
    active: Option<bool>,
}

fn server(text: &str) -> Result<Url, SignInError> {
    let text = if text.is_empty() { SERVER_DEFAULT } else { text };
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some());
    let url = url.ok_or_else(|| wrong(SERVER, "This is no web address; give the server's name, such as bsky.social."))?;
    if url.scheme() == "http" && !is_near(&url) {
        return Err(wrong(SERVER, "This address begins with http://, which would send your app password in clear; use https://."));
    }
    Ok(at(&url, &[]))
}

fn identifier(text: &str) -> Result<String, SignInError> {
    let text = text.trim().trim_start_matches('@');
    if let Some(did) = Did::parse(text) {
        return Ok(did.as_str().to_owned());
    }
    let handle = Handle::parse(text).map(|handle| handle.as_str().to_owned());
    handle.ok_or_else(|| wrong(HANDLE, "A handle has a dot in it, such as mara.bsky.social; copy it from your profile, without the @."))
}

/// App passwords are four times four letters and digits (seen on PDS 0.5.35 and bsky.social, 2026-11).
fn looks_like_app_password(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == 4 && parts.iter().all(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn explain(trouble: Trouble, is_app_password: bool) -> SignInError {
    match trouble {
        Trouble::Refused { name, .. } if name == "AuthFactorTokenRequired" => {
            wrong(APP_PASSWORD, "This is your main password and needs a code by e-mail; give an app password instead.")
        }
        Trouble::Token(_) if is_app_password => {
            wrong(APP_PASSWORD, "Handle and app password do not fit together on this server; check the handle, or make a new app password.")
        }
        Trouble::Token(_) => {
            wrong(APP_PASSWORD, "Handle and password do not fit together. An app password looks like abcd-efgh-ijkl-mnop.")
        }
        Trouble::Account(why) => wrong(HANDLE, &format!("The server does not let this account in: {why}")),
        Trouble::Slow { .. } => wrong(SERVER, "The server has seen too many sign-ins; try again in an hour."),
        Trouble::Refused { why, .. } => wrong(HANDLE, &why),
        Trouble::Unsent(why) | Trouble::Lost(why) => {
            wrong(SERVER, &format!("No AT Protocol server answers there: {why}. Check the address, or try again later."))
        }
    }
}

/// The server that holds the account. For bsky.social it is another than the one that signs in, and the session's
/// DID document names it. Followed only to https, so that nothing is ever sent in clear because a document says so.
fn home(server: &Url, did_doc: Option<&Value>) -> Url {
    let services = did_doc.and_then(|doc| doc.get("service")).and_then(Value::as_array);
    let is_pds = |service: &&Value| service["id"].as_str().is_some_and(|id| id.ends_with("#atproto_pds"));
    let endpoint = services.and_then(|list| list.iter().find(is_pds)).and_then(|service| service["serviceEndpoint"].as_str());
    let url = endpoint.and_then(|text| Url::parse(text).ok()).filter(|url| url.scheme() == "https" && url.host().is_some());
    url.map_or_else(|| server.clone(), |url| at(&url, &[]))
}

/// Our own profile. What can't be read now (there may be no profile record at all) is read at the next check.
async fn profile(http: &NetClient, home: &Url, did: &str, handle: &str, now: Timestamp) -> Profile {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    struct Record {
        #[serde(default)]
        display_name: String,
        labels: Option<Labels>,
    }
    let query = [("repo", did), ("collection", "app.bsky.actor.profile"), ("rkey", "self")];
    let answer = sort(http.get(at(home, &["xrpc", "com.atproto.repo.getRecord"])).query(&query).send().await, now);
    let record = answer.ok().and_then(|a| a.json::<RecordView<Record>>().ok()).map(|view| view.value).unwrap_or_default();
    Profile {
        network: ID,
        remote_id: did.to_owned(),
        address: handle.to_owned(),
        display_name: plain(&record.display_name),
        url: Some(format!("https://bsky.app/profile/{handle}")),
        is_bot: record.labels.is_some_and(|labels| is_bot(labels.values.iter().map(|l| l.val.as_str()))),
    }
}

/// Limits are the lexicon's and hold everywhere; the server tells its version, if it wants to.
async fn capabilities(http: &NetClient, home: &Url, now: Timestamp) -> Capabilities {
    #[derive(Deserialize)]
    struct Version {
        version: String,
    }
    let answer = sort(http.get(at(home, &["xrpc", "_health"])).send().await, now);
    let version = answer.ok().and_then(|a| a.json::<Version>().ok()).map(|v| plain(&v.version)).unwrap_or_default();
    let software = format!("AT Protocol {version}").trim_end().to_owned();
    Capabilities { class: Class::NamedRecord, limits: limits(), software, streaming: None }
}

fn wrong(field: &'static str, why: &str) -> SignInError {
    SignInError { field, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_is_given_as_people_write_it() {
        for (text, expected) in [
            ("", "https://bsky.social/"),
            ("bsky.social", "https://bsky.social/"),
            ("https://pds.example.com/xrpc?x#y", "https://pds.example.com/"),
            ("http://localhost:2583", "http://localhost:2583/"),
        ] {
            assert_eq!(server(text).unwrap().as_str(), expected, "{text}");
        }
        for text in ["ftp://bsky.social", "https://", "a b", "http://bsky.social", "http://8.8.8.8"] {
            assert_eq!(server(text).unwrap_err().field, SERVER, "{text}");
        }
    }

    #[test]
    fn a_handle_is_given_as_people_write_it() {
        assert_eq!(identifier(" @Mara.bsky.social ").unwrap(), "mara.bsky.social");
        assert_eq!(identifier("did:plc:abc").unwrap(), "did:plc:abc");
        for text in ["", "mara", "mara@example.com", "@"] {
            assert_eq!(identifier(text).unwrap_err().field, HANDLE, "{text}");
        }
    }

    #[test]
    fn the_account_lives_where_its_document_says_but_never_in_clear() {
        let typed = server("").unwrap();
        let doc = |endpoint: &str| json!({ "service": [{ "id": "#atproto_pds", "serviceEndpoint": endpoint }] });
        assert_eq!(home(&typed, Some(&doc("https://morel.example"))).as_str(), "https://morel.example/");
        assert_eq!(home(&typed, Some(&doc("http://morel.example"))), typed);
        assert_eq!(home(&typed, Some(&json!({ "service": [{ "id": "#other", "serviceEndpoint": "https://x.example" }] }))), typed);
        assert_eq!(home(&typed, None), typed);
    }

    #[test]
    fn app_passwords_have_a_shape() {
        assert!(looks_like_app_password("abcd-ef12-ijkl-mnop"));
        for text in ["correct horse", "abcd-efgh-ijkl", "abcd-efgh-ijkl-mno!"] {
            assert!(!looks_like_app_password(text), "{text}");
        }
    }
}
