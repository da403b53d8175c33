//! Being let in on the server's own page: who it is, which server speaks for her, the way there and back.
//!
//! A handle or DID is resolved before, and the tokens must be hers; where only a server was typed, the account that
//! comes back is resolved afterwards and must lead to the same server (atproto.com/specs/oauth, "Identity
//! Authentication"). Nothing that a server says of itself is enough: not its name, not whose tokens these are.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::Bluesky;
use super::authority::{self, Authority};
use super::card::{HANDLE, NAME_FIELD};
use super::client::{self, Client, SCOPES};
use super::grant::{self, Grant, Tokens};
use super::identity::{Who, is_safe};
use super::signin;
use super::syntax::{Did, Handle};
use super::token::Settings;
use super::trouble::Trouble;
use crate::card::Field;
use crate::consent::{Ask, Asking, Back, Consent, ConsentError};
use crate::http::{DpopKey, NetClient, at};
use crate::network::{Connected, SignInError};
use crate::secret::Secret;

/// The server that signs in most people, and the names by which they call it.
const ENTRY: &str = "https://bsky.social";
const ENTRY_NAMES: [&str; 2] = ["bsky.social", "bsky.app"];
/// Longest code that a server may send back, in bytes.
const CODE_BYTES_MAX: usize = 2_000;

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    Handle(Handle),
    Did(Did),
    Server(Url),
}

/// Where a person is sent, and who she is if she said so.
struct Found {
    server: Url,
    who: Option<Who>,
    /// What she typed, for the page to fill in.
    hint: Option<String>,
}

/// What is kept while she is away.
#[derive(Serialize, Deserialize)]
struct Kept {
    issuer: String,
    token_endpoint: Url,
    key: String,
    verifier: String,
    /// Whose tokens must come back.
    who: Option<KeptWho>,
}

#[derive(Serialize, Deserialize)]
struct KeptWho {
    did: String,
    handle: Option<String>,
    pds: Url,
}

#[async_trait]
impl Consent for Bluesky {
    fn field(&self) -> &'static Field {
        &NAME_FIELD
    }

    fn other_way(&self) -> &'static str {
        "With an app password instead"
    }

    fn works_at(&self, callback: &Url) -> bool {
        client::can_return_to(callback)
    }

    fn again(&self, _server: &Url, remote_id: &str) -> String {
        remote_id.to_owned()
    }

    fn document(&self, callback: &Url, key: &Secret) -> Option<String> {
        client::document(callback, key)
    }

    async fn server(&self, http: &NetClient, typed: &str) -> Result<Url, SignInError> {
        self.find(http, typed).await.map(|found| found.server)
    }

    async fn register(&self, _http: &NetClient, _server: &Url, callback: &Url, key: &Secret) -> Result<Secret, SignInError> {
        sealed(&client_at(callback, key)?)
    }

    async fn ask(&self, http: &NetClient, asking: &Asking<'_>) -> Result<Ask, ConsentError> {
        let client: Client = opened(asking.registration)?;
        let found = self.find(http, asking.typed).await?;
        if found.server != *asking.server {
            return Err(wrong("The account has just moved to another server. Begin again.".to_owned()).into());
        }
        let authority = authority::about(http, &found.server).await.map_err(|why| unbelieved(&why))?;
        let key = DpopKey::new_pkcs8().map_err(|error| wrong(format!("{error}. Try again.")))?;
        let verifier = URL_SAFE_NO_PAD.encode(asking.chance);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut fields = vec![
            ("redirect_uri", client.redirect.as_str()),
            ("response_type", "code"),
            ("scope", SCOPES),
            ("state", asking.state),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        fields.extend(found.hint.as_deref().map(|hint| ("login_hint", hint)));
        let request_uri = push(http, &authority, &client, &key, &fields, asking.now).await?;
        let mut go_to = authority.authorize;
        go_to.query_pairs_mut().append_pair("client_id", &client.id).append_pair("request_uri", &request_uri);
        let who = found.who.map(|who| KeptWho {
            did: who.did.as_str().to_owned(),
            handle: who.handle.map(|handle| handle.as_str().to_owned()),
            pds: who.pds,
        });
        let kept = Kept { issuer: authority.issuer, token_endpoint: authority.token, key: key.expose().to_owned(), verifier, who };
        Ok(Ask { go_to, kept: sealed(&kept)? })
    }

    async fn finish(&self, http: &NetClient, back: &Back<'_>) -> Result<Connected, ConsentError> {
        let client: Client = opened(back.registration)?;
        let kept: Kept = opened(back.kept)?;
        if back.issuer != Some(kept.issuer.as_str()) {
            let said = back.issuer.unwrap_or("nobody");
            return Err(
                wrong(format!("The answer says that it comes from {said}, not from {}. Nothing was connected.", kept.issuer)).into()
            );
        }
        if back.code.is_empty() || back.code.len() > CODE_BYTES_MAX {
            return Err(wrong(format!("{} sent back nothing that can be used. Begin again.", kept.issuer)).into());
        }
        let grant = Grant {
            token_endpoint: kept.token_endpoint.clone(),
            client_id: client.id.clone(),
            key: kept.key.clone(),
            shows: client.shows(&kept.issuer),
        };
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back.code),
            ("redirect_uri", client.redirect.as_str()),
            ("code_verifier", kept.verifier.as_str()),
        ];
        let tokens = grant.ask(http, &fields, back.now).await.map_err(not_given)?;
        if !SCOPES.split(' ').all(|scope| tokens.covers(scope)) {
            return Err(wrong(
                "You let Kith in, but not to post and read for you. Begin again, and leave what it asks for as it is.".to_owned(),
            )
            .into());
        }
        let (handle, pds) = self.whose(http, &tokens, &kept).await?;
        let did = tokens.sub.clone();
        let settings = Settings::by_consent(tokens, handle.clone(), grant, back.now).to_secret();
        Ok(signin::connected(http, pds, &did, &handle, settings, back.now).await)
    }
}

impl Bluesky {
    async fn find(&self, http: &NetClient, text: &str) -> Result<Found, SignInError> {
        let typed = typed(text).ok_or_else(|| {
            wrong(
                "This is no handle and no server. A handle has a dot in it, such as mara.bsky.social; copy it from your profile."
                    .to_owned(),
            )
        })?;
        match typed {
            Typed::Handle(handle) => match self.0.by_handle(http, &handle).await {
                Ok(who) => of_who(http, who, handle.as_str().to_owned()).await,
                Err(why) => {
                    // It may be the name of a server.
                    let server = Url::parse(&format!("https://{}/", handle.as_str())).map_err(|_| unknown(&why))?;
                    authority::of_pds(http, &server).await.map(|server| Found { server, who: None, hint: None }).map_err(|_| unknown(&why))
                }
            },
            Typed::Did(did) => {
                let who = self.0.by_did(http, &did).await.map_err(|why| unknown(&why))?;
                of_who(http, who, did.as_str().to_owned()).await
            }
            Typed::Server(server) => match authority::of_pds(http, &server).await {
                Ok(server) => Ok(Found { server, who: None, hint: None }),
                // A server that only signs in describes itself and no PDS.
                Err(why) => match authority::about(http, &server).await {
                    Ok(_) => Ok(Found { server, who: None, hint: None }),
                    Err(_) => Err(unbelieved(&why)),
                },
            },
        }
    }

    /// Handle and server of the account that the tokens are for, once it is certain that this issuer speaks for it.
    async fn whose(&self, http: &NetClient, tokens: &Tokens, kept: &Kept) -> Result<(String, Url), SignInError> {
        if let Some(who) = &kept.who {
            if who.did != tokens.sub {
                let name = who.handle.as_ref().unwrap_or(&who.did);
                return Err(wrong(format!(
                    "You signed in there as somebody else than {name}. Nothing was connected. Begin again as the one."
                )));
            }
            return Ok((who.handle.clone().unwrap_or_else(|| who.did.clone()), who.pds.clone()));
        }
        let not_theirs = || wrong(format!("{} does not speak for the account that it named. Nothing was connected.", kept.issuer));
        let did = Did::parse(&tokens.sub).ok_or_else(not_theirs)?;
        let who = self.0.by_did(http, &did).await.map_err(|why| unknown(&why))?;
        let server = authority::of_pds(http, &who.pds).await.map_err(|why| unbelieved(&why))?;
        let authority = authority::about(http, &server).await.map_err(|why| unbelieved(&why))?;
        if authority.issuer != kept.issuer {
            return Err(not_theirs());
        }
        Ok((who.handle.map_or_else(|| tokens.sub.clone(), |handle| handle.as_str().to_owned()), who.pds))
    }
}

async fn of_who(http: &NetClient, who: Who, hint: String) -> Result<Found, SignInError> {
    let server = authority::of_pds(http, &who.pds).await.map_err(|why| unbelieved(&why))?;
    Ok(Found { server, who: Some(who), hint: Some(hint) })
}

/// Pushes the request; the name under which the server keeps it.
async fn push(
    http: &NetClient,
    authority: &Authority,
    client: &Client,
    key: &Secret,
    fields: &[(&str, &str)],
    now: jiff::Timestamp,
) -> Result<String, SignInError> {
    #[derive(Deserialize)]
    struct Pushed {
        request_uri: String,
    }
    let (host, client_id) = (authority.pushed.host_str().unwrap_or("the server"), client.id.as_str());
    let key = DpopKey::from_pkcs8(key.expose()).map_err(|error| wrong(format!("{error}. Try again.")))?;
    let shows = client.shows(&authority.issuer);
    let answer = grant::post(http, &authority.pushed, fields, (client_id, shows.as_ref()), &key, now).await;
    let answer = answer.map_err(|error| wrong(format!("{error}. Try again in a while.")))?;
    if answer.is_success() {
        // A server that takes any proof, old ones too, does not do what the network asks of it.
        answer.header("dpop-nonce").ok_or_else(|| unbelieved(&format!("{host} does not ask for fresh proofs")))?;
        return answer.json::<Pushed>().map(|pushed| pushed.request_uri).map_err(|error| unbelieved(&error.to_string()));
    }
    let (name, words) = grant::said(&answer);
    Err(wrong(match (answer.status.as_u16(), name.as_str()) {
        (429, _) => format!("{host} asks us to slow down. Try again in a few minutes."),
        (500.., _) => format!("{host} has a problem just now ({words}). Try again in a while."),
        (_, "invalid_client" | "invalid_client_metadata" | "invalid_client_id") => format!(
            "{host} can't read who Kith is at {client_id}: {words}. That address must be open to the internet. Or connect with an app password."
        ),
        _ => format!("{host} does not let Kith ask: {words}. You can connect with an app password instead."),
    }))
}

fn typed(text: &str) -> Option<Typed> {
    let text = text.trim().trim_start_matches('@').trim_end_matches('/');
    if text.is_empty() || ENTRY_NAMES.contains(&text.to_ascii_lowercase().as_str()) {
        return Url::parse(ENTRY).ok().map(Typed::Server);
    }
    if let Some(did) = Did::parse(text) {
        return Some(Typed::Did(did));
    }
    if let Some(handle) = Handle::parse(text) {
        return Some(Typed::Handle(handle));
    }
    let url = Url::parse(text).or_else(|_| Url::parse(&format!("https://{text}"))).ok().filter(is_safe)?;
    let is_entry = url.host_str().is_some_and(|host| ENTRY_NAMES.contains(&host));
    let profile = url.path().strip_prefix("/profile/").map(|rest| rest.split('/').next().unwrap_or_default());
    match profile {
        Some(name) if is_entry && !name.contains("://") => typed(name),
        _ if is_entry => typed(""),
        _ => Some(Typed::Server(at(&url, &[]))),
    }
}

fn client_at(callback: &Url, key: &Secret) -> Result<Client, SignInError> {
    Client::at(callback, key).map_err(|_| {
        let here = callback.origin().ascii_serialization();
        wrong(format!(
            "Bluesky sends people back only to an address with https and a name of its own, or to this machine, and this Kith is at {here}. \
             Connect with an app password instead."
        ))
    })
}

fn not_given(trouble: Trouble) -> ConsentError {
    let (Trouble::Unsent(why)
    | Trouble::Lost(why)
    | Trouble::Slow { why, .. }
    | Trouble::Token(why)
    | Trouble::Account(why)
    | Trouble::Refused { why, .. }) = trouble;
    wrong(format!("Nothing was connected: {why}. Begin again.")).into()
}

fn unknown(why: &str) -> SignInError {
    wrong(format!(
        "This account was not found: {why}. Check the handle, or type the address of its server, such as https://pds.example.com."
    ))
}

fn unbelieved(why: &str) -> SignInError {
    wrong(format!("No server that Kith can ask to be let in answers there: {why}. Check what you typed, or connect with an app password."))
}

fn wrong(why: String) -> SignInError {
    SignInError { field: HANDLE, why }
}

fn sealed(value: &impl Serialize) -> Result<Secret, SignInError> {
    serde_json::to_string(value).map(Secret::new).map_err(|_| wrong("What must be kept can't be written. Try again.".to_owned()))
}

fn opened<T: for<'de> Deserialize<'de>>(secret: &Secret) -> Result<T, ConsentError> {
    // The parser's own words could repeat the secret.
    serde_json::from_str(secret.expose())
        .map_err(|_| ConsentError::Forgotten { why: "What was kept can't be read any more. Begin again.".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_a_handle_a_link_or_a_server() {
        let handle = |text: &str| Some(Typed::Handle(Handle::parse(text).unwrap()));
        let server = |text: &str| Some(Typed::Server(text.parse().unwrap()));
        let did = Some(Typed::Did(Did::parse("did:plc:abc").unwrap()));
        assert_eq!(typed(" @Mara.bsky.social "), handle("mara.bsky.social"));
        assert_eq!(typed("https://bsky.app/profile/mara.example/post/3k"), handle("mara.example"));
        assert_eq!(
            (typed("did:plc:abc"), typed("https://bsky.app/profile/did:plc:abc")),
            (did, Some(Typed::Did(Did::parse("did:plc:abc").unwrap())))
        );
        for entry in ["", "bsky.social", "https://bsky.social/", "BSKY.app", "https://bsky.app"] {
            assert_eq!(typed(entry), server("https://bsky.social"), "{entry}");
        }
        assert_eq!(typed("https://pds.example/xrpc?x"), server("https://pds.example/"));
        assert_eq!(typed("http://localhost:2583"), server("http://localhost:2583/"));
        for nothing in ["mara@example.com", "http://pds.example", "ftp://pds.example", "javascript:alert(1)", "a b"] {
            assert_eq!(typed(nothing), None, "{nothing}");
        }
    }
}
