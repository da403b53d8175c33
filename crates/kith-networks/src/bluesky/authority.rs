//! The server that lets programs in for a PDS: found from the PDS, and believed only if it describes itself as the
//! profile of atproto.com/specs/oauth (read 2026-11) demands. Its `issuer` is its name; every later answer must bear it.

use serde::Deserialize;
use url::Url;

use super::identity::{is_safe, read};
use crate::http::{NetClient, at};

/// What is needed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    /// Its name, exactly as it writes it.
    pub(super) issuer: String,
    pub(super) authorize: Url,
    pub(super) token: Url,
    pub(super) pushed: Url,
}

/// RFC 9728, of a PDS.
#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    authorization_servers: Vec<String>,
}

/// RFC 8414, of an authorization server.
#[derive(Deserialize)]
struct About {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    pushed_authorization_request_endpoint: Url,
    #[serde(default)]
    response_types_supported: Vec<String>,
    #[serde(default)]
    grant_types_supported: Vec<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
    #[serde(default)]
    dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    client_id_metadata_document_supported: bool,
}

/// The address of the server that lets programs in for this PDS, as an origin.
pub(super) async fn of_pds(http: &NetClient, pds: &Url) -> Result<Url, String> {
    let answer = read(http, at(pds, &[".well-known", "oauth-protected-resource"])).await?;
    let resource: Resource = answer.json().map_err(|error| error.to_string())?;
    let host = pds.host_str().unwrap_or("the server");
    let [only] = resource.authorization_servers.as_slice() else {
        return Err(format!("{host} names {} servers for signing in, not one", resource.authorization_servers.len()));
    };
    origin(only).ok_or_else(|| format!("{host} names {only:?} for signing in, which is no server"))
}

/// What a server says of itself, checked.
pub(super) async fn about(http: &NetClient, server: &Url) -> Result<Authority, String> {
    let answer = read(http, at(server, &[".well-known", "oauth-authorization-server"])).await?;
    let about: About = answer.json().map_err(|error| error.to_string())?;
    check(about, server)
}

/// A server given by its origin alone: no path, no query, no name and password.
fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(is_safe)?;
    (url.path() == "/" && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

fn check(about: About, server: &Url) -> Result<Authority, String> {
    let host = server.host_str().unwrap_or("the server");
    if origin(&about.issuer).is_none_or(|issuer| issuer.origin() != server.origin()) {
        return Err(format!("{host} calls itself {:?}", about.issuer));
    }
    let has = |list: &[String], wanted: &str| list.iter().any(|one| one == wanted);
    let lacks = [
        ("PKCE with S256", has(&about.code_challenge_methods_supported, "S256")),
        ("codes", has(&about.response_types_supported, "code")),
        ("codes for tokens", has(&about.grant_types_supported, "authorization_code")),
        ("refresh tokens", has(&about.grant_types_supported, "refresh_token")),
        ("public clients", has(&about.token_endpoint_auth_methods_supported, "none")),
        ("the scope atproto", has(&about.scopes_supported, "atproto")),
        ("DPoP with ES256", has(&about.dpop_signing_alg_values_supported, "ES256")),
        ("its name in answers", about.authorization_response_iss_parameter_supported),
        ("pushed requests", about.require_pushed_authorization_requests),
        ("clients by their documents", about.client_id_metadata_document_supported),
    ];
    if let Some((what, _)) = lacks.iter().find(|(_, is_there)| !is_there) {
        return Err(format!("{host} does not offer {what}, which the network asks of it"));
    }
    let endpoints = [&about.authorization_endpoint, &about.token_endpoint, &about.pushed_authorization_request_endpoint];
    if let Some(bad) = endpoints.into_iter().find(|url| !is_safe(url)) {
        return Err(format!("{host} names {} for signing in, which is not asked", bad.host_str().unwrap_or("nothing")));
    }
    Ok(Authority {
        issuer: about.issuer,
        authorize: about.authorization_endpoint,
        token: about.token_endpoint,
        pushed: about.pushed_authorization_request_endpoint,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn good() -> Value {
        json!({
            "issuer": "https://bsky.social",
            "authorization_endpoint": "https://bsky.social/oauth/authorize",
            "token_endpoint": "https://bsky.social/oauth/token",
            "pushed_authorization_request_endpoint": "https://bsky.social/oauth/par",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
            "scopes_supported": ["atproto", "transition:generic"],
            "dpop_signing_alg_values_supported": ["ES256", "ES256K"],
            "authorization_response_iss_parameter_supported": true,
            "require_pushed_authorization_requests": true,
            "client_id_metadata_document_supported": true,
        })
    }

    fn checked(about: Value) -> Result<Authority, String> {
        check(serde_json::from_value(about).map_err(|error| error.to_string())?, &"https://bsky.social/".parse().unwrap())
    }

    #[test]
    fn a_server_of_the_network_is_believed() {
        let authority = checked(good()).unwrap();
        assert_eq!(authority.issuer, "https://bsky.social");
        assert_eq!(authority.pushed.as_str(), "https://bsky.social/oauth/par");
    }

    #[test]
    fn a_server_that_bears_another_name_is_not_believed() {
        for issuer in
            ["https://evil.example", "http://bsky.social", "https://bsky.social/x", "https://bsky.social:8443", "https://a@bsky.social", ""]
        {
            let mut about = good();
            about["issuer"] = json!(issuer);
            assert!(checked(about).is_err(), "{issuer}");
        }
    }

    #[test]
    fn every_part_that_the_network_demands_must_be_there() {
        let keys: Vec<String> = good().as_object().unwrap().keys().cloned().collect();
        for key in keys {
            let mut about = good();
            about.as_object_mut().unwrap().remove(&key);
            assert!(checked(about).is_err(), "without {key}");
        }
    }

    #[test]
    fn an_endpoint_in_clear_is_not_asked() {
        for key in ["authorization_endpoint", "token_endpoint", "pushed_authorization_request_endpoint"] {
            for bad in ["http://bsky.social/oauth", "javascript:alert(1)", "https://a:b@bsky.social/oauth"] {
                let mut about = good();
                about[key] = json!(bad);
                assert!(checked(about).is_err(), "{key} {bad}");
            }
        }
    }

    #[test]
    fn a_server_is_named_by_its_origin() {
        assert!(origin("https://bsky.social").is_some() && origin("http://localhost:2583/").is_some());
        for text in ["https://bsky.social/oauth", "https://bsky.social/?x", "http://bsky.social", "bsky.social", ""] {
            assert!(origin(text).is_none(), "{text}");
        }
    }
}
