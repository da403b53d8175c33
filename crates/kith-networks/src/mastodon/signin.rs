//! Connecting a channel by server and token, and looking after it later.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kith_domain::people::{DISPLAY_NAME_CHARS_MAX, Profile};
use url::{Host, Url};

use super::ID;
use super::api::{Api, Settings, domain_or_host};
use super::card::{SERVER, TOKEN};
use super::instance;
use super::trouble::{Trouble, of_answer, of_net, reason};
use super::wire::Account;
use crate::Secret;
use crate::http::{NetClient, NetError, at, is_public};
use crate::network::{Call, Connected, Health, ReadError, SignInError};
use jiff::Timestamp;

/// Longest token, in characters; Mastodon's have 43.
const TOKEN_CHARS_MAX: usize = 500;

const ME: [&str; 4] = ["api", "v1", "accounts", "verify_credentials"];

/// Connects: asks who the token is, then what the server allows.
pub(super) async fn sign_in(http: &NetClient, fields: &BTreeMap<String, Secret>) -> Result<Connected, SignInError> {
    let field = |name: &str| fields.get(name).map(|secret| secret.expose().trim().to_owned()).unwrap_or_default();
    let server = server(&field(SERVER))?;
    let token = field(TOKEN);
    if token.is_empty() {
        return Err(on_token("There is no token. Copy it from your application's page on the server and paste it here.".to_owned()));
    }
    if token.len() > TOKEN_CHARS_MAX || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(on_token("This is no access token: a token is one word of letters and digits. Copy it again.".to_owned()));
    }

    let host = server.host_str().unwrap_or("the server").to_owned();
    let answer = http.get(at(&server, &ME)).bearer(&token).send().await.map_err(|error| on_server(not_reached(&host, &error)))?;
    if answer.url.origin() != server.origin() {
        // The token was not sent there: who may have it is for the person to say.
        let there = answer.url.host_str().unwrap_or("another server");
        return Err(on_server(format!("{host} sends us on to {there}. If that is your server, type {there}.")));
    }
    if !answer.is_success() {
        return Err(match of_answer(&answer, Timestamp::UNIX_EPOCH) {
            Trouble::SignInAgain { .. } => on_token(format!(
                "{host} does not know this token. Copy it again, or make a new application with the scopes read and write."
            )),
            Trouble::Refused { why } => on_token(format!("{why}. Make a new application with the scopes read and write.")),
            _ if reason(&answer).is_some() => on_server(format!("{host} answers {}; try again in a while.", answer.status)),
            _ => on_server(format!("{host} does not answer as a Mastodon server does (HTTP {}). Check the name.", answer.status)),
        });
    }
    let account: Account = answer
        .json()
        .map_err(|_| on_server(format!("{host} answers, but not as a Mastodon server does. Check that this is the server itself.")))?;
    let about = instance::ask(http, &server, Timestamp::UNIX_EPOCH)
        .await
        .map_err(|_| on_server(format!("{host} does not say what it allows (/api/v2/instance); try again in a while.")))?;

    let settings = Settings { token, domain: instance::domain(&about) };
    let sealed = settings.seal().map_err(|error| on_token(format!("The token can't be stored: {error}")))?;
    let profile = profile(&account, domain_or_host(&settings.domain, &server));
    Ok(Connected { server, profile, capabilities: instance::capabilities(&about), settings: sealed })
}

/// Is the token good, what does the server allow now?
pub(super) async fn check(call: &Call<'_>) -> Result<Health, ReadError> {
    let api = Api::open(call).await?;
    let account: Account = api.read(api.get(&ME)).await?;
    let about = instance::ask(call.http, call.server, call.now).await?;
    Ok(Health { profile: profile(&account, api.domain()), capabilities: instance::capabilities(&about), token_ends_at: None })
}

/// A person as the rest of Kith knows them. `domain`: of those whose address the server writes without one.
pub(super) fn profile(account: &Account, domain: &str) -> Profile {
    let acct = if account.acct.is_empty() { &account.username } else { &account.acct };
    Profile {
        network: ID,
        remote_id: account.id.clone(),
        address: if acct.contains('@') || domain.is_empty() { acct.clone() } else { format!("{acct}@{domain}") },
        display_name: account.display_name.chars().take(DISPLAY_NAME_CHARS_MAX).collect(),
        url: account.url.clone().filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        is_bot: account.bot,
    }
}

/// The server's address from whatever people copy: a name, a link to a profile, an address.
pub(super) fn server(typed: &str) -> Result<Url, SignInError> {
    let unclear = |typed: &str| {
        let shown: String = typed.chars().take(80).collect();
        on_server(format!("\"{shown}\" is no server. Type its name, such as clay.social."))
    };
    let typed = typed.trim();
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
        Some(_) => return Err(unclear(typed)),
        None => ("https", typed),
    };
    // "clay.social/@mara", "mara@clay.social" and "@mara@clay.social" all name clay.social.
    let before_path = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = before_path.rsplit('@').next().unwrap_or_default().trim();
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(unclear(typed));
    }
    let mut url = Url::parse(&format!("{scheme}://{host}/")).map_err(|_| unclear(typed))?;
    if !is_inside(&url) {
        if !url.host_str().unwrap_or_default().trim_end_matches('.').contains(['.', ':']) {
            return Err(unclear(typed));
        }
        // A token never travels in clear through the world.
        url.set_scheme("https").map_err(|()| unclear(typed))?;
    }
    Ok(url)
}

/// Where an address's domain is not its server's name (`@mara@clay.example`, who lives on `social.clay.example`): its
/// own server says so by WebFinger (RFC 7033). `None` where the typed name is the server, or nobody says otherwise.
pub(super) async fn home(http: &NetClient, server: &Url, typed: &str) -> Option<Url> {
    let typed = typed.trim().trim_start_matches('@');
    let (user, domain) = typed.split_once('@').filter(|_| !typed.contains('/'))?;
    if instance::ask(http, server, Timestamp::UNIX_EPOCH).await.is_ok() {
        return None;
    }
    let resource = format!("acct:{user}@{domain}");
    let answer = http.get(at(server, &[".well-known", "webfinger"])).query(&[("resource", &resource)]).send().await.ok()?;
    let found: Found = answer.json().ok()?;
    let profile = found.links.into_iter().find(|link| link.rel == "self")?.href?;
    let mut home = Url::parse(&profile).ok().filter(|url| url.scheme() == "https" || is_inside(url))?;
    home.set_path("/");
    home.set_query(None);
    home.set_fragment(None);
    Some(home)
}

/// What WebFinger tells of a person.
#[derive(serde::Deserialize)]
struct Found {
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(serde::Deserialize)]
struct Link {
    #[serde(default)]
    rel: String,
    href: Option<String>,
}

/// A server on this machine or in this house, where plain http was asked for: the practice network, a container.
fn is_inside(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(v4)) => !is_public(IpAddr::V4(v4)),
        Some(Host::Ipv6(v6)) => !is_public(IpAddr::V6(v6)),
        Some(Host::Domain(name)) => {
            let is_one_word = !name.contains('.') && url.scheme() == "http";
            is_one_word || name == "localhost" || [".localhost", ".internal", ".test", ".local"].iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

pub(super) fn not_reached(host: &str, error: &NetError) -> String {
    match (error, of_net(error)) {
        (NetError::Blocked { why, .. }, _) => format!("{why}. Type the name of a public server, such as clay.social."),
        (_, Trouble::Later { why, .. }) => format!("{host} can't be reached: {why}. Check the name, or try again in a while."),
        _ => format!("{error}. Check the name, or try again in a while."),
    }
}

pub(super) fn on_server(why: String) -> SignInError {
    SignInError { field: SERVER, why }
}

fn on_token(why: String) -> SignInError {
    SignInError { field: TOKEN, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_understood_however_it_is_written() {
        let table = [
            ("clay.social", "https://clay.social/"),
            ("  Clay.Social ", "https://clay.social/"),
            ("https://clay.social/@mara", "https://clay.social/"),
            ("clay.social/@mara/1234?x=1#y", "https://clay.social/"),
            ("@mara@clay.social", "https://clay.social/"),
            ("mara@clay.social", "https://clay.social/"),
            ("http://clay.social", "https://clay.social/"),
            ("HTTPS://clay.social:443/about", "https://clay.social/"),
            ("töpfer.example", "https://xn--tpfer-jua.example/"),
            ("http://127.0.0.1:4080/", "http://127.0.0.1:4080/"),
            ("http://localhost:4080", "http://localhost:4080/"),
            ("http://practice:4080", "http://practice:4080/"),
            ("https://kiln.test", "https://kiln.test/"),
        ];
        for (typed, expected) in table {
            assert_eq!(server(typed).unwrap().as_str(), expected, "{typed}");
        }
        for typed in ["", "clay", "https://", "ftp://clay.social", "clay social", "@", "https:///x", "mara@", "ä b.c"] {
            let error = server(typed).unwrap_err();
            assert_eq!(error.field, "server", "{typed}");
            assert!(error.why.contains("clay.social"), "{error}");
        }
    }
}
