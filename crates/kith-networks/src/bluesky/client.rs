//! What this Kith is to a server that lets it in: an address where its description stands (`client_id`), or, on one's
//! own machine, the address that stands for programs under development (atproto.com/specs/oauth, read 2026-11).
//!
//! At a public address it shows servers a key of its own, whose public half stands in the description, and is let in for
//! long (a "confidential client"). On one's own machine it can't, and servers end what was consented to within weeks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use crate::http::{BadDpopKey, DpopKey};
use crate::secret::Secret;

/// What Kith asks for: writing records, uploading pictures, reading through the server. Not account, not direct messages.
pub(super) const SCOPES: &str = "atproto transition:generic";
/// Where the description stands below the public address.
const DOCUMENT: &str = "/oauth/client-metadata.json";
/// What the server's people may see as the program's name.
const NAME: &str = "Kith";

/// A proof of who we are is dated a little back, because servers refuse what comes from the future, and holds for a minute.
const DATED_BACK_S: i64 = 10;
const HOLDS_S: i64 = 60;

/// How this Kith introduces itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Client {
    pub(super) id: String,
    /// Where people are sent back to.
    pub(super) redirect: String,
    /// The key that it shows, as base64 of PKCS #8; none on one's own machine.
    #[serde(default)]
    key: Option<String>,
}

/// By what this Kith shows one server that it is the one it says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shows {
    key: String,
    /// The server's name for itself.
    issuer: String,
}

/// Why a Kith at this address can't introduce itself: no server could read its description or send people back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NowhereToReturn;

impl Client {
    /// By where people come back to: below the public address with `https` and no port, or on this machine.
    pub(super) fn at(callback: &Url, key: &Secret) -> Result<Self, NowhereToReturn> {
        if let Some(redirect) = on_this_machine(callback) {
            let mut id = String::from("http://localhost?");
            let pairs = [("redirect_uri", redirect.as_str()), ("scope", SCOPES)];
            id.push_str(&url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish());
            return Ok(Self { id, redirect: redirect.into(), key: None });
        }
        if !is_public(callback) {
            return Err(NowhereToReturn);
        }
        let id = format!("{}{DOCUMENT}", home(callback));
        Ok(Self { id, redirect: callback.as_str().to_owned(), key: Some(key.expose().to_owned()) })
    }

    /// What this server is shown, where there is something to show.
    pub(super) fn shows(&self, issuer: &str) -> Option<Shows> {
        self.key.clone().map(|key| Shows { key, issuer: issuer.to_owned() })
    }
}

impl Shows {
    /// The fields that go with a request to the server (RFC 7523): each time others.
    pub(super) fn fields(&self, client_id: &str, now: Timestamp) -> Result<[(&'static str, String); 2], BadDpopKey> {
        let key = DpopKey::from_pkcs8(&self.key)?;
        let head = json!({ "typ": "JWT", "alg": "ES256", "kid": name_of(&key.public_jwk()) });
        let dated = now.saturating_sub(SignedDuration::from_secs(DATED_BACK_S)).unwrap_or(now).as_second();
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": self.issuer,
            "jti": key.name()?,
            "iat": dated,
            "exp": dated + HOLDS_S,
        });
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
        Ok([("client_assertion_type", kind), ("client_assertion", key.sign(&head, &claims)?)])
    }
}

/// The name of a key by what it is (RFC 7638): the hash of its parts in their order.
fn name_of(jwk: &Value) -> String {
    let parts = format!(r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#, jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]);
    URL_SAFE_NO_PAD.encode(Sha256::digest(parts.as_bytes()))
}

/// Whether servers send people back to this address.
pub(super) fn can_return_to(callback: &Url) -> bool {
    on_this_machine(callback).is_some() || is_public(callback)
}

/// A name with https and no port of its own.
fn is_public(callback: &Url) -> bool {
    let is_name = matches!(callback.host(), Some(Host::Domain(name)) if name.contains('.'));
    callback.scheme() == "https" && callback.port().is_none() && is_name
}

/// The description that stands at `client_id`. Servers ask for it when a person is sent to them and when tokens are renewed.
pub(super) fn document(callback: &Url, key: &Secret) -> Option<String> {
    let client = Client::at(callback, key).ok().filter(|client| client.key.is_some())?;
    let mut jwk = DpopKey::from_pkcs8(key.expose()).ok()?.public_jwk();
    let name = name_of(&jwk);
    jwk.as_object_mut()?.extend([("kid", json!(name)), ("alg", json!("ES256")), ("use", json!("sig"))].map(|(k, v)| (k.to_owned(), v)));
    let document = json!({
        "client_id": client.id,
        "client_name": NAME,
        "client_uri": home(callback),
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [client.redirect],
        "scope": SCOPES,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": { "keys": [jwk] },
        "dpop_bound_access_tokens": true,
    });
    Some(document.to_string())
}

/// Kith's public address, without a slash at its end.
fn home(callback: &Url) -> &str {
    callback.as_str().split("/settings/").next().unwrap_or_default()
}

/// The callback by number where it is on this machine: servers send nobody to the name `localhost`.
fn on_this_machine(callback: &Url) -> Option<Url> {
    let is_here = match callback.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(v4)) => v4 == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(v6)) => v6 == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    };
    let mut by_number = callback.clone();
    if callback.host_str() == Some("localhost") {
        by_number.set_host(Some("127.0.0.1")).ok()?;
    }
    (is_here && callback.scheme() == "http").then_some(by_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Secret {
        DpopKey::new_pkcs8().unwrap()
    }

    fn at(callback: &str) -> Result<Client, NowhereToReturn> {
        Client::at(&callback.parse().unwrap(), &key())
    }

    #[test]
    fn a_public_address_is_a_name_whose_description_stands_there() {
        let callback: Url = "https://kith.example/settings/connect/answer".parse().unwrap();
        let key = key();
        let client = Client::at(&callback, &key).unwrap();
        assert_eq!(client.id, "https://kith.example/oauth/client-metadata.json");
        let document: Value = serde_json::from_str(&document(&callback, &key).unwrap()).unwrap();
        assert_eq!(document["client_id"], client.id);
        assert_eq!(document["redirect_uris"], json!([client.redirect]));
        assert_eq!(
            (&document["dpop_bound_access_tokens"], &document["token_endpoint_auth_method"]),
            (&json!(true), &json!("private_key_jwt"))
        );
        assert!(!document.to_string().contains(key.expose()) && document["jwks"]["keys"][0].get("d").is_none());
        let shown = client.shows("https://bsky.social").unwrap().fields(&client.id, Timestamp::UNIX_EPOCH).unwrap();
        let head = shown[1].1.split('.').next().unwrap();
        let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
        assert_eq!(head["kid"], document["jwks"]["keys"][0]["kid"], "the server finds the key by its name");
        assert_eq!((&document["client_uri"], &document["scope"]), (&json!("https://kith.example"), &json!(SCOPES)));
    }

    #[test]
    fn a_key_is_named_by_the_hash_of_its_parts() {
        // RFC 7638 gives no P-256 example; the order and form of the parts are those of its section 3.2.
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "BB", "use": "sig" });
        let expected = URL_SAFE_NO_PAD.encode(Sha256::digest(br#"{"crv":"P-256","kty":"EC","x":"AA","y":"BB"}"#));
        assert_eq!(name_of(&jwk), expected);
    }

    #[test]
    fn on_ones_own_machine_people_come_back_by_number() {
        for host in ["localhost", "127.0.0.1"] {
            let client = at(&format!("http://{host}:4080/settings/connect/answer")).unwrap();
            assert_eq!(client.redirect, "http://127.0.0.1:4080/settings/connect/answer");
            assert_eq!(
                client.id,
                "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A4080%2Fsettings%2Fconnect%2Fanswer&scope=atproto+transition%3Ageneric"
            );
        }
        assert!(at("http://[::1]:4080/settings/connect/answer").is_ok());
        assert!(document(&"http://localhost:4080/settings/connect/answer".parse().unwrap(), &key()).is_none());
        assert!(at("http://127.0.0.1:4080/settings/connect/answer").unwrap().shows("x").is_none(), "it has nowhere to show a key");
    }

    #[test]
    fn an_address_that_no_server_can_send_people_to_is_said_to_be_one() {
        for callback in
            ["http://kith.example/x", "https://kith.example:8443/x", "https://10.0.0.2/x", "http://192.168.1.9:4080/x", "https://kith/x"]
        {
            assert!(at(callback).is_err() && !can_return_to(&callback.parse().unwrap()), "{callback}");
        }
    }
}
