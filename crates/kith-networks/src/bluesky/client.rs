//! What this Kith is to a server that lets it in: an address where its description stands (`client_id`), or, on one's
//! own machine, the address that stands for programs under development (atproto.com/specs/oauth, read 2026-11).
//!
//! Kith is a public client: it shows no key of its own beside the one of each sign-in, so servers let it in for a shorter
//! time (docs/networks/bluesky.md).

use serde::{Deserialize, Serialize};
use serde_json::json;
use url::{Host, Url};

/// What Kith asks for: writing records, uploading pictures, reading through the server. Not account, not direct messages.
pub(super) const SCOPES: &str = "atproto transition:generic";
/// Where the description stands below the public address.
const DOCUMENT: &str = "/oauth/client-metadata.json";
/// What the server's people may see as the program's name.
const NAME: &str = "Kith";

/// How this Kith introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Client {
    pub(super) id: String,
    /// Where people are sent back to.
    pub(super) redirect: String,
}

/// Why a Kith at this address can't introduce itself: no server could read its description or send people back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NowhereToReturn;

impl Client {
    /// By where people come back to: below the public address with `https` and no port, or on this machine.
    pub(super) fn at(callback: &Url) -> Result<Self, NowhereToReturn> {
        if let Some(redirect) = on_this_machine(callback) {
            let mut id = String::from("http://localhost?");
            let pairs = [("redirect_uri", redirect.as_str()), ("scope", SCOPES)];
            id.push_str(&url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish());
            return Ok(Self { id, redirect: redirect.into() });
        }
        let is_name = matches!(callback.host(), Some(Host::Domain(name)) if name.contains('.'));
        if callback.scheme() != "https" || callback.port().is_some() || !is_name {
            return Err(NowhereToReturn);
        }
        Ok(Self { id: format!("{}{DOCUMENT}", home(callback)), redirect: callback.as_str().to_owned() })
    }
}

/// The description that stands at `client_id`. Servers ask for it when a person is sent to them and when tokens are renewed.
pub(super) fn document(callback: &Url) -> Option<String> {
    let client = Client::at(callback).ok().filter(|_| callback.scheme() == "https")?;
    let document = json!({
        "client_id": client.id,
        "client_name": NAME,
        "client_uri": home(callback),
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [client.redirect],
        "scope": SCOPES,
        "token_endpoint_auth_method": "none",
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
    use serde_json::Value;

    use super::*;

    fn at(callback: &str) -> Result<Client, NowhereToReturn> {
        Client::at(&callback.parse().unwrap())
    }

    #[test]
    fn a_public_address_is_a_name_whose_description_stands_there() {
        let callback: Url = "https://kith.example/settings/connect/answer".parse().unwrap();
        let client = Client::at(&callback).unwrap();
        assert_eq!(client.id, "https://kith.example/oauth/client-metadata.json");
        let document: Value = serde_json::from_str(&document(&callback).unwrap()).unwrap();
        assert_eq!(document["client_id"], client.id);
        assert_eq!(document["redirect_uris"], json!([client.redirect]));
        assert_eq!((&document["dpop_bound_access_tokens"], &document["token_endpoint_auth_method"]), (&json!(true), &json!("none")));
        assert_eq!((&document["client_uri"], &document["scope"]), (&json!("https://kith.example"), &json!(SCOPES)));
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
        assert!(document(&"http://localhost:4080/settings/connect/answer".parse().unwrap()).is_none());
    }

    #[test]
    fn an_address_that_no_server_can_send_people_to_is_said_to_be_one() {
        for callback in
            ["http://kith.example/x", "https://kith.example:8443/x", "https://10.0.0.2/x", "http://192.168.1.9:4080/x", "https://kith/x"]
        {
            assert_eq!(at(callback), Err(NowhereToReturn), "{callback}");
        }
    }
}
