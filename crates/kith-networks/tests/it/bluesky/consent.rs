//! Being let in by the server that people run (`@atproto/pds`), by the calls that its own page makes.

use std::collections::HashMap;
use std::sync::Arc;

use kith_domain::ids::DispatchId;
use kith_domain::publish::{Content, Looked, PublishError};
use kith_networks::http::{DpopKey, NetClient, Policy};
use kith_networks::{Asking, Back, Call, Connected, ConsentError, Directories, Network, Search, Secret, Vault as _, bluesky};
use kith_testkit::other::consent::{says_no, says_yes};
use kith_testkit::servers::{self, Account, Pds};
use serde_json::Value;
use tokio::net::TcpListener;
use url::Url;

use crate::case::{MemoryVault, wall_clock};

fn client() -> NetClient {
    NetClient::new(Policy { allow_private: true }).unwrap()
}

fn network(pds: &Pds) -> Arc<dyn Network> {
    bluesky::network_with(Directories::parse(&pds.plc, &pds.url).unwrap())
}

/// This Kith, as a server sees it.
struct Here {
    callback: Url,
    key: Secret,
}

impl Here {
    /// On its own machine.
    fn near() -> Self {
        Self { callback: "http://127.0.0.1:4080/settings/connect/answer".parse().unwrap(), key: DpopKey::new_pkcs8().unwrap() }
    }

    /// At a public name, where its description can be read: the test server takes this name for our own port.
    async fn public(network: &dyn Network) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = format!("https://p{}.kith-under-test.org", listener.local_addr().unwrap().port());
        let here = Self { callback: format!("{name}/settings/connect/answer").parse().unwrap(), key: DpopKey::new_pkcs8().unwrap() };
        let document = network.consent().unwrap().document(&here.callback, &here.key).unwrap();
        let page = axum::routing::get(|| async { ([("content-type", "application/json")], document) });
        let router = axum::Router::new().route("/oauth/client-metadata.json", page);
        tokio::spawn(async move { axum::serve(listener, router).await });
        here
    }
}

/// Everything that is kept while a person is away, and where she is sent.
struct Away {
    server: Url,
    registration: Secret,
    kept: Secret,
    go_to: Url,
    state: String,
}

async fn away(network: &dyn Network, here: &Here, http: &NetClient, typed: &str, number: u8) -> Away {
    let consent = network.consent().unwrap();
    let server = consent.server(http, typed).await.unwrap();
    let registration = consent.register(http, &server, &here.callback, &here.key).await.unwrap();
    // The server refuses a challenge that it has seen, whoever brought it.
    let mut chance = [number; 64];
    chance[..8].copy_from_slice(&wall_clock().as_microsecond().to_be_bytes());
    let state = format!("state{number}{}", wall_clock().as_microsecond());
    let asking =
        Asking { typed, server: &server, callback: &here.callback, registration: &registration, state: &state, chance, now: wall_clock() };
    let ask = consent.ask(http, &asking).await.unwrap();
    assert_eq!(ask.go_to.origin(), server.origin());
    Away { server, registration, kept: ask.kept, go_to: ask.go_to, state }
}

async fn finish(network: &dyn Network, here: &Here, http: &NetClient, away: &Away, back: &Url) -> Result<Connected, ConsentError> {
    assert_eq!((back.origin(), back.path()), (here.callback.origin(), here.callback.path()));
    let brought: HashMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!(brought.get("state"), Some(&away.state));
    let code = brought.get("code").cloned().unwrap_or_default();
    let back = Back {
        server: &away.server,
        callback: &here.callback,
        registration: &away.registration,
        kept: &away.kept,
        code: &code,
        issuer: brought.get("iss").map(String::as_str),
        chance: [9; 64],
        now: wall_clock(),
    };
    network.consent().unwrap().finish(http, &back).await
}

async fn let_in(network: &dyn Network, here: &Here, http: &NetClient, typed: &str, account: &Account, number: u8) -> Connected {
    let away = away(network, here, http, typed, number).await;
    let back = says_yes(away.go_to.as_str(), &account.handle, &account.password).await.unwrap();
    finish(network, here, http, &away, &back).await.unwrap()
}

#[tokio::test]
async fn a_person_says_yes_on_a_real_servers_page_and_her_channel_posts_and_keeps_its_session() {
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("consent").await.unwrap();
    let (network, http) = (network(&pds), client());
    let connected = let_in(&*network, &Here::near(), &http, &format!("@{}", account.handle), &account, 1).await;
    assert_eq!((&connected.profile.remote_id, &connected.profile.address), (&account.did, &account.handle));
    assert_eq!(connected.server.as_str().trim_end_matches('/'), pds.url);

    let vault = MemoryVault::new(connected.settings.clone());
    let call = Call {
        http: &http,
        server: &connected.server,
        remote_id: &account.did,
        capabilities: &connected.capabilities,
        vault: &vault,
        now: wall_clock(),
    };
    let health = network.check(&call).await.unwrap();
    assert_eq!(health.profile.address, account.handle);
    let key = network.remote_key(format!("{:032x}", 7).parse::<DispatchId>().unwrap(), wall_clock());
    let content = Content { text: "Let in by a page".to_owned(), ..Content::default() };
    let prepared = network.prepare(&call, &content, &[], &key).await.unwrap();
    let receipt = network.publish(&call, &key, &prepared).await.unwrap();
    assert_eq!(network.publish(&call, &key, &prepared).await.unwrap().remote_id, receipt.remote_id, "the same bytes are one post");
    let search = Search { key: &key, prepared: &prepared, first_send: wall_clock(), taken: &[] };
    assert!(matches!(network.find(&call, &search).await, Looked::Found(_)));

    // An access token that the server does not know is renewed, and the old refresh token is worth nothing then.
    let first = vault.read().await.unwrap();
    change(&vault, "access").await;
    network.publish(&call, &key, &prepared).await.unwrap();
    let second = vault.read().await.unwrap();
    assert_ne!(read(&first, "refresh"), read(&second, "refresh"));

    // As after a lost answer: only the used token is left. The server ends the sign-in, and the post waits for the person.
    vault.write(&first).await.unwrap();
    change(&vault, "access").await;
    let outcome = network.publish(&call, &key, &prepared).await;
    assert!(matches!(&outcome, Err(PublishError::SignInAgain { why }) if why.contains("no longer lets Kith in")), "{outcome:?}");
    vault.write(&second).await.unwrap();
    assert!(network.publish(&call, &key, &prepared).await.is_err(), "the replay ended the new tokens too");

    let again = let_in(&*network, &Here::near(), &http, &account.did, &account, 2).await;
    vault.write(&again.settings).await.unwrap();
    network.publish(&call, &key, &prepared).await.unwrap();
}

#[tokio::test]
async fn at_a_public_name_a_real_server_reads_who_we_are_and_takes_our_key() {
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("public").await.unwrap();
    let (network, http) = (network(&pds), client());
    let here = Here::public(&*network).await;
    let connected = let_in(&*network, &here, &http, &account.handle, &account, 6).await;
    let vault = MemoryVault::new(connected.settings.clone());
    let call = Call {
        http: &http,
        server: &connected.server,
        remote_id: &account.did,
        capabilities: &connected.capabilities,
        vault: &vault,
        now: wall_clock(),
    };
    change(&vault, "access").await;
    network.check(&call).await.unwrap();
    assert_ne!(read(&connected.settings, "refresh"), read(&vault.read().await.unwrap(), "refresh"), "renewed by the key that it was shown");
}

#[tokio::test]
async fn a_real_servers_address_alone_is_enough_and_a_no_connects_nothing() {
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("noyes").await.unwrap();
    let (network, http) = (network(&pds), client());
    let refused = away(&*network, &Here::near(), &http, &pds.url, 3).await;
    let back = says_no(refused.go_to.as_str()).await.unwrap();
    assert!(back.query_pairs().any(|(name, value)| name == "error" && value == "access_denied"), "{back}");

    let connected = let_in(&*network, &Here::near(), &http, &pds.url, &account, 4).await;
    assert_eq!((&connected.profile.remote_id, &connected.profile.address), (&account.did, &account.handle));
}

#[tokio::test]
async fn signing_in_there_as_somebody_else_connects_nothing() {
    let pds = servers::pds().await.unwrap();
    let (ana, bo) = (pds.new_account("wanted").await.unwrap(), pds.new_account("other").await.unwrap());
    let (network, http) = (network(&pds), client());
    let away = away(&*network, &Here::near(), &http, &ana.handle, 5).await;
    // The page itself may insist on the one who was named; if it does not, we do.
    if let Ok(back) = says_yes(away.go_to.as_str(), &bo.handle, &bo.password).await {
        assert!(finish(&*network, &Here::near(), &http, &away, &back).await.is_err());
    }
}

fn read(sealed: &Secret, key: &str) -> String {
    serde_json::from_str::<Value>(sealed.expose()).unwrap()[key].as_str().unwrap().to_owned()
}

/// Spoils the access token behind the network's back.
async fn change(vault: &MemoryVault, key: &str) {
    let mut json: Value = serde_json::from_str(vault.read().await.unwrap().expose()).unwrap();
    json[key] = "no-such-token".into();
    vault.write(&Secret::new(json.to_string())).await.unwrap();
}
