//! Being let in on the server's own page: registration, the way there, the way back.
//!
//! Scopes are those that this folder's requests use and no more; a server that does not know single ones is asked for
//! `read write`. PKCE is used where the server's own description offers it. Endpoints elsewhere than on the server that
//! was typed are not believed (mix-up, reliability.md S11).

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::card::{SERVER, SERVER_FIELD, TOKEN};
use super::signin;
use super::trouble::reason;
use crate::Secret;
use crate::card::Field;
use crate::consent::{Ask, Asking, Back, Consent, ConsentError};
use crate::http::{Answer, NetClient, at};
use crate::network::{Connected, SignInError};

/// What this folder's requests need (docs.joinmastodon.org/api/oauth-scopes, read 2026-11): the profile, posts and
/// notifications to read; posts, pictures, follows and favourites to write, the last two only ever by a person's press.
const SCOPES: &str =
    "read:accounts read:statuses read:notifications read:follows write:statuses write:media write:follows write:favourites";
/// For servers that know whole families only.
const SCOPES_WIDE: &str = "read write";
/// What the server's people see as the program's name.
const NAME: &str = "Kith";
/// Longest code that a server may send back, in characters.
const CODE_CHARS_MAX: usize = 2_000;
/// Largest answer of a registration or a token, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How this Kith is known to a server.
#[derive(Serialize, Deserialize)]
struct Registration {
    client_id: String,
    client_secret: String,
    scopes: String,
    pkce: bool,
    issuer: Option<String>,
}

/// What is kept while the person is away.
#[derive(Serialize, Deserialize)]
struct Kept {
    verifier: Option<String>,
}

#[derive(Deserialize)]
struct Registered {
    client_id: String,
    client_secret: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// The server's description of its sign-in (RFC 8414; Mastodon since 4.3).
#[derive(Default, Deserialize)]
#[serde(default)]
struct About {
    issuer: Option<String>,
    code_challenge_methods_supported: Vec<String>,
}

#[async_trait]
impl Consent for super::Mastodon {
    fn field(&self) -> &'static Field {
        &SERVER_FIELD
    }

    async fn server(&self, http: &NetClient, typed: &str) -> Result<Url, SignInError> {
        let server = signin::server(typed)?;
        match signin::home(http, &server, typed).await {
            Some(home) => Ok(home),
            None => Ok(server),
        }
    }

    async fn register(&self, http: &NetClient, server: &Url, callback: &Url, _key: &Secret) -> Result<Secret, SignInError> {
        let about = about(http, server).await;
        let mut refused = None;
        for scopes in [SCOPES, SCOPES_WIDE] {
            let mut fields = vec![("client_name", NAME), ("redirect_uris", callback.as_str()), ("scopes", scopes)];
            fields.extend(callback_site(callback).map(|site| ("website", site)));
            let request = http.post(at(server, &["api", "v1", "apps"])).form(&fields).limit(ANSWER_BYTES_MAX);
            let answer = request.send().await.map_err(|error| signin::on_server(signin::not_reached(host(server), &error)))?;
            if answer.is_success() {
                let registered: Registered = answer.json().map_err(|_| no_api(server))?;
                let registration = Registration {
                    client_id: registered.client_id,
                    client_secret: registered.client_secret,
                    scopes: scopes.to_owned(),
                    pkce: about.code_challenge_methods_supported.iter().any(|method| method == "S256"),
                    issuer: about.issuer,
                };
                return sealed(&registration);
            }
            let by_scope = matches!(answer.status.as_u16(), 400 | 422) && reason(&answer).is_some_and(|said| mentions_scope(&said));
            refused = Some(not_registered(server, &answer));
            if !by_scope {
                break;
            }
        }
        Err(refused.unwrap_or_else(|| no_api(server)))
    }

    async fn ask(&self, _http: &NetClient, asking: &Asking<'_>) -> Result<Ask, ConsentError> {
        let registration: Registration = opened(asking.registration)?;
        let verifier = registration.pkce.then(|| URL_SAFE_NO_PAD.encode(asking.chance));
        let mut go_to = at(asking.server, &["oauth", "authorize"]);
        go_to
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &registration.client_id)
            .append_pair("redirect_uri", asking.callback.as_str())
            .append_pair("scope", &registration.scopes)
            .append_pair("state", asking.state);
        if let Some(verifier) = &verifier {
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            go_to.query_pairs_mut().append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        }
        Ok(Ask { go_to, kept: sealed(&Kept { verifier })? })
    }

    async fn finish(&self, http: &NetClient, back: &Back<'_>) -> Result<Connected, ConsentError> {
        let registration: Registration = opened(back.registration)?;
        let kept: Kept = opened(back.kept)?;
        let server = host(back.server);
        if let (Some(said), Some(known)) = (back.issuer, &registration.issuer)
            && said.trim_end_matches('/') != known.trim_end_matches('/')
        {
            return Err(
                signin::on_server(format!("The answer says that it comes from {said}, not from {server}. Nothing was connected.")).into()
            );
        }
        if back.code.len() > CODE_CHARS_MAX || back.code.is_empty() {
            return Err(signin::on_server(format!("{server} sent back nothing that can be used. Begin again.")).into());
        }
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", back.code),
            ("client_id", &registration.client_id),
            ("client_secret", &registration.client_secret),
            ("redirect_uri", back.callback.as_str()),
        ];
        if let Some(verifier) = &kept.verifier {
            fields.push(("code_verifier", verifier));
        }
        let request = http.post(at(back.server, &["oauth", "token"])).form(&fields).limit(ANSWER_BYTES_MAX);
        let answer = request.send().await.map_err(|error| signin::on_server(signin::not_reached(server, &error)))?;
        if !answer.is_success() {
            return Err(not_given(server, &answer));
        }
        let token: Token = answer.json().map_err(|_| no_api(back.server))?;
        let fields = [(SERVER, back.server.as_str()), (TOKEN, &token.access_token)];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        Ok(signin::sign_in(http, &fields).await?)
    }
}

async fn about(http: &NetClient, server: &Url) -> About {
    let request = http.get(at(server, &[".well-known", "oauth-authorization-server"])).limit(ANSWER_BYTES_MAX);
    match request.send().await {
        // What another server says of itself is nothing about this one.
        Ok(answer) if answer.is_success() && answer.url.origin() == server.origin() => answer.json().unwrap_or_default(),
        _ => About::default(),
    }
}

fn mentions_scope(said: &str) -> bool {
    said.to_ascii_lowercase().contains("scope")
}

fn host(server: &Url) -> &str {
    server.host_str().unwrap_or("the server")
}

/// What people on the server can click to see who asks: this Kith, if its address means anything to them.
fn callback_site(callback: &Url) -> Option<&str> {
    callback.as_str().split("/settings/").next().filter(|_| callback.scheme() == "https")
}

fn no_api(server: &Url) -> SignInError {
    signin::on_server(format!("{} does not answer as a Mastodon server does. Check the name, such as clay.social.", host(server)))
}

fn not_registered(server: &Url, answer: &Answer) -> SignInError {
    let name = host(server);
    match (answer.status.as_u16(), reason(answer)) {
        (300..=399, _) => {
            let there = answer.header("location").and_then(|to| server.join(to).ok());
            let there = there.as_ref().and_then(Url::host_str).unwrap_or("another server");
            signin::on_server(format!("{name} sends us on to {there}. If that is your server, type {there}."))
        }
        (429, _) => signin::on_server(format!("{name} asks us to slow down. Try again in a few minutes.")),
        (500.., _) => signin::on_server(format!("{name} has a problem just now (HTTP {}). Try again in a while.", answer.status.as_u16())),
        (_, Some(said)) => {
            signin::on_server(format!("{name} does not let programs register: {said}. Connect with an access token instead."))
        }
        (_, None) => no_api(server),
    }
}

fn not_given(name: &str, answer: &Answer) -> ConsentError {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        error: String,
    }
    let kind = answer.json::<Named>().map(|named| named.error).unwrap_or_default();
    match kind.as_str() {
        "invalid_client" | "unauthorized_client" => ConsentError::Forgotten {
            why: format!("{name} has forgotten that Kith was registered there. Begin again; it is registered anew."),
        },
        "invalid_grant" => signin::on_server(format!("What {name} sent back was used already, or is too old. Begin again.")).into(),
        _ => {
            let said = reason(answer).map(|said| format!(": {said}")).unwrap_or_default();
            signin::on_server(format!("{name} gave no access (HTTP {}){said}. Begin again.", answer.status.as_u16())).into()
        }
    }
}

fn sealed(value: &impl Serialize) -> Result<Secret, SignInError> {
    serde_json::to_string(value)
        .map(Secret::new)
        .map_err(|_| signin::on_server("What must be kept can't be written. Try again.".to_owned()))
}

fn opened<T: for<'de> Deserialize<'de>>(secret: &Secret) -> Result<T, ConsentError> {
    // The parser's own words could repeat the secret.
    serde_json::from_str(secret.expose())
        .map_err(|_| ConsentError::Forgotten { why: "What was kept can't be read any more. Begin again.".to_owned() })
}
