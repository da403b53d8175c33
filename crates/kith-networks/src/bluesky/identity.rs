//! Who somebody is, asked from nobody who could profit from a wrong answer: handle, DID, DID document, server.
//!
//! A handle is asked at its own name (`/.well-known/atproto-did`), else from a service that also reads the DNS; it counts
//! only if the DID's document names it in turn (atproto.com/specs/handle, read 2026-11). The document comes from the
//! directory (`did:plc`) or from the name inside the DID (`did:web`), never from the server that it names.

use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;
use url::{Host, Url};

use super::syntax::{Did, Handle};
use crate::http::{Answer, NetClient, NetError, at, is_public};
use crate::network::Directories;

/// The directory of `did:plc` (`GET /did:plc:…` answers the document), and a service that knows handles by all their ways
/// (`com.atproto.identity.resolveHandle`).
const DIRECTORY: &str = "https://plc.directory";
const RESOLVER: &str = "https://public.api.bsky.app";
/// Largest document that is read, in bytes, and the deadline of each question.
const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
const DEADLINE: Duration = Duration::from_secs(8);
/// Most names of a document that are looked at.
const NAMES_MAX: usize = 20;

/// The directories in use, named once at the start or never.
#[derive(Debug, Default)]
pub(super) struct Lookups(OnceLock<Directories>);

/// Somebody whose document was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) did: Did,
    /// A handle that leads to this DID; `None` if the one in the document leads elsewhere or nowhere.
    pub(super) handle: Option<Handle>,
    /// The server that holds the account.
    pub(super) pds: Url,
}

/// A part of a DID document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    service: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "serviceEndpoint")]
    endpoint: serde_json::Value,
}

impl Lookups {
    /// Named twice, the first stays.
    pub(super) fn name(&self, directories: Directories) {
        let _ = self.0.set(directories);
    }

    fn plc(&self) -> Result<Url, String> {
        self.0.get().map_or_else(|| known(DIRECTORY), |directories| Ok(directories.ids.clone()))
    }

    fn resolver(&self) -> Result<Url, String> {
        self.0.get().map_or_else(|| known(RESOLVER), |directories| Ok(directories.names.clone()))
    }

    /// Whoever has this handle, checked both ways. The error says in plain words what failed.
    pub(super) async fn by_handle(&self, http: &NetClient, handle: &Handle) -> Result<Who, String> {
        let did = self.did_of(http, handle).await?;
        let document = self.document(http, &did).await?;
        if !names(&document).any(|named| named == *handle) {
            return Err(format!("{} leads to {}, which does not go by that name", handle.as_str(), did.as_str()));
        }
        Ok(Who { pds: pds(&document)?, did, handle: Some(handle.clone()) })
    }

    /// Whoever has this DID.
    pub(super) async fn by_did(&self, http: &NetClient, did: &Did) -> Result<Who, String> {
        let document = self.document(http, did).await?;
        let pds = pds(&document)?;
        let first = names(&document).next();
        let handle = match first {
            Some(handle) if self.did_of(http, &handle).await.is_ok_and(|theirs| theirs == *did) => Some(handle),
            _ => None,
        };
        Ok(Who { did: did.clone(), handle, pds })
    }

    async fn did_of(&self, http: &NetClient, handle: &Handle) -> Result<Did, String> {
        let home = Url::parse(&format!("https://{}/.well-known/atproto-did", handle.as_str())).map_err(|error| error.to_string())?;
        // Whatever goes wrong there, the name may still be told by DNS.
        if let Ok(answer) = http.get(home).limit(DOCUMENT_BYTES_MAX).deadline(DEADLINE).send().await
            && answer.is_success()
            && let Some(did) = Did::parse(answer.text().trim())
        {
            return Ok(did);
        }
        let url = at(&self.resolver()?, &["xrpc", "com.atproto.identity.resolveHandle"]);
        let answer = http.get(url).query(&[("handle", handle.as_str())]).limit(DOCUMENT_BYTES_MAX).deadline(DEADLINE).send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        let nobody = || format!("nobody goes by {}", handle.as_str());
        if !answer.is_success() {
            return Err(nobody());
        }
        answer.json::<Resolved>().ok().and_then(|found| Did::parse(&found.did)).ok_or_else(nobody)
    }

    async fn document(&self, http: &NetClient, did: &Did) -> Result<Document, String> {
        let url = match did.as_str().split_once(':').and_then(|(_, rest)| rest.split_once(':')) {
            Some(("plc", _)) => at(&self.plc()?, &[did.as_str()]),
            Some(("web", name)) => web_document(name).ok_or_else(|| format!("{} names no server", did.as_str()))?,
            _ => return Err(format!("{} is of a kind that the network does not use", did.as_str())),
        };
        let answer = read(http, url).await?;
        let document: Document = answer.json().map_err(|error| error.to_string())?;
        if document.id == did.as_str() { Ok(document) } else { Err(format!("the document of {} is about {}", did.as_str(), document.id)) }
    }
}

#[derive(Deserialize)]
struct Resolved {
    did: String,
}

/// The names by which a document goes.
fn names(document: &Document) -> impl Iterator<Item = Handle> {
    document.also_known_as.iter().take(NAMES_MAX).filter_map(|name| Handle::parse(name.strip_prefix("at://")?))
}

fn pds(document: &Document) -> Result<Url, String> {
    let is_pds = |service: &&Service| service.id.ends_with("#atproto_pds") && service.kind == "AtprotoPersonalDataServer";
    let endpoint = document.service.iter().find(is_pds).and_then(|service| service.endpoint.as_str());
    let url = endpoint.and_then(|text| Url::parse(text).ok()).filter(is_safe);
    url.map(|url| at(&url, &[])).ok_or_else(|| format!("the document of {} names no server that can be asked", document.id))
}

/// `did:web:example.com`; a port is written `%3A` and only known on one's own machine (atproto.com/specs/did).
fn web_document(name: &str) -> Option<Url> {
    let name = name.replace("%3A", ":");
    let local = name.starts_with("localhost");
    if name.contains(['/', '@', '?', '#']) || (!local && name.contains(':')) {
        return None;
    }
    let scheme = if local { "http" } else { "https" };
    Url::parse(&format!("{scheme}://{name}/.well-known/did.json")).ok()
}

/// What stands at an address itself: a redirect is not followed to another one's words.
pub(super) async fn read(http: &NetClient, url: Url) -> Result<Answer, String> {
    let host = url.host_str().unwrap_or("the server").to_owned();
    let answer = http.get(url.clone()).limit(DOCUMENT_BYTES_MAX).deadline(DEADLINE).send().await.map_err(|error| match error {
        NetError::TooLarge { limit } => format!("{host} answered with more than {limit} bytes where some hundred are usual"),
        other => other.to_string(),
    })?;
    if answer.url != url {
        return Err(format!("{host} sends us on to {} instead of answering", answer.url.host_str().unwrap_or("another server")));
    }
    if answer.status.as_u16() != 200 {
        return Err(format!("{host} answered {}", answer.status.as_u16()));
    }
    Ok(answer)
}

/// An address that a document may send us to: `https`, or `http` on this machine and in this house, where servers are
/// tried out without certificates and which the client asks only if it was told to.
pub(super) fn is_safe(url: &Url) -> bool {
    let plain = url.username().is_empty() && url.password().is_none();
    plain && url.host().is_some() && (url.scheme() == "https" || (url.scheme() == "http" && is_near(url)))
}

/// On this machine or in this house.
pub(super) fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => !name.contains('.'),
        Some(Host::Ipv4(v4)) => !is_public(v4.into()),
        Some(Host::Ipv6(v6)) => !is_public(v6.into()),
        None => false,
    }
}

fn known(address: &str) -> Result<Url, String> {
    Url::parse(address).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(endpoint: &str) -> Document {
        serde_json::from_value(json!({
            "id": "did:plc:abc",
            "alsoKnownAs": ["https://x.example", "at://Mara.example", "at://other.example"],
            "service": [
                { "id": "#labeler", "type": "AtprotoLabeler", "serviceEndpoint": "https://label.example" },
                { "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint },
            ],
        }))
        .unwrap()
    }

    #[test]
    fn a_document_names_server_and_handles() {
        let document = document("https://pds.example/any?x");
        assert_eq!(pds(&document).unwrap().as_str(), "https://pds.example/");
        assert_eq!(names(&document).map(|h| h.as_str().to_owned()).collect::<Vec<_>>(), ["mara.example", "other.example"]);
    }

    #[test]
    fn a_document_leads_nowhere_in_clear_and_with_no_password() {
        for endpoint in ["http://pds.example", "ftp://pds.example", "https://a:b@pds.example", "javascript:alert(1)", "pds.example"] {
            assert!(pds(&document(endpoint)).is_err(), "{endpoint}");
        }
        assert!(pds(&document("http://localhost:2583")).is_ok(), "whether it is asked, the client decides");
    }

    #[test]
    fn a_name_inside_a_did_is_a_server_and_nothing_else() {
        assert_eq!(web_document("pds.example").unwrap().as_str(), "https://pds.example/.well-known/did.json");
        assert_eq!(web_document("localhost%3A2583").unwrap().as_str(), "http://localhost:2583/.well-known/did.json");
        for name in ["pds.example%3A22", "a@b.example", "pds.example/x", "pds.example?x"] {
            assert!(web_document(name).is_none(), "{name}");
        }
    }
}
