//! Being let in by a server that lies, forgets, asks again or falls silent: nothing is believed, nothing goes out twice.

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;
use kith_domain::ids::DispatchId;
use kith_domain::publish::{Content, Looked, Outcome, PublishError};
use kith_networks::http::{DpopKey, NetClient, Policy};
use kith_networks::{Ask, Vault as _};
use kith_networks::{Asking, Back, Call, Connected, ConsentError, Directories, Network, ReadError, Search, Secret, SignInError, bluesky};
use kith_testkit::{Fault, Rule};
use serde_json::Value;
use url::Url;

use super::stub::{DID, HANDLE, Stub};
use crate::case::MemoryVault;

fn callback() -> Url {
    "http://127.0.0.1:4080/settings/connect/answer".parse().unwrap()
}

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// A Kith that looks people up at the stub.
struct Us {
    network: Arc<dyn Network>,
    http: NetClient,
    /// Where people come back to.
    callback: Url,
    key: Secret,
}

/// Where a person was sent, and what is kept.
struct Away {
    server: Url,
    registration: Secret,
    ask: Ask,
}

impl Us {
    fn at(stub: &Stub) -> Self {
        let network = bluesky::network_with(Directories::parse(stub.url(), stub.url()).unwrap());
        Self {
            network,
            http: NetClient::new(Policy { allow_private: true }).unwrap(),
            callback: callback(),
            key: DpopKey::new_pkcs8().unwrap(),
        }
    }

    async fn server(&self, typed: &str) -> Result<Url, SignInError> {
        self.network.consent().unwrap().server(&self.http, typed).await
    }

    async fn sent(&self, typed: &str) -> Result<Away, ConsentError> {
        let consent = self.network.consent().unwrap();
        let server = consent.server(&self.http, typed).await?;
        let registration = consent.register(&self.http, &server, &self.callback, &self.key).await?;
        let asking = Asking {
            typed,
            server: &server,
            callback: &self.callback,
            registration: &registration,
            state: "51a7e",
            chance: [7; 64],
            now: now(),
        };
        let ask = consent.ask(&self.http, &asking).await?;
        Ok(Away { server, registration, ask })
    }

    async fn back(&self, away: &Away, code: &str, issuer: Option<&str>) -> Result<Connected, ConsentError> {
        let back = Back {
            server: &away.server,
            callback: &self.callback,
            registration: &away.registration,
            kept: &away.ask.kept,
            code,
            issuer,
            chance: [9; 64],
            now: now(),
        };
        self.network.consent().unwrap().finish(&self.http, &back).await
    }

    /// The whole way.
    async fn connected(&self, stub: &Stub, typed: &str) -> Result<Connected, ConsentError> {
        let away = self.sent(typed).await?;
        let (code, state) = stub.says_yes(&away.ask.go_to);
        assert_eq!(state, "51a7e");
        self.back(&away, &code, Some(stub.url())).await
    }
}

/// A connected channel.
struct Channel {
    us: Us,
    stub: Stub,
    connected: Connected,
    vault: MemoryVault,
}

impl Channel {
    async fn new() -> Self {
        let stub = Stub::start().await;
        let us = Us::at(&stub);
        let connected = us.connected(&stub, HANDLE).await.unwrap();
        let vault = MemoryVault::new(connected.settings.clone());
        Self { us, stub, connected, vault }
    }

    fn call(&self) -> Call<'_> {
        let Connected { server, profile, capabilities, .. } = &self.connected;
        Call { http: &self.us.http, server, remote_id: &profile.remote_id, capabilities, vault: &self.vault, now: now() }
    }

    fn key(&self, number: u128) -> String {
        let id: DispatchId = format!("{number:032x}").parse().unwrap();
        self.us.network.remote_key(id, now())
    }

    async fn prepared(&self, key: &str) -> String {
        let content = Content { text: format!("Kiln {key}"), ..Content::default() };
        self.us.network.prepare(&self.call(), &content, &[], key).await.unwrap()
    }

    async fn send(&self, key: &str, prepared: &str) -> Outcome {
        self.us.network.publish(&self.call(), key, prepared).await
    }

    async fn publish(&self, number: u128) -> Outcome {
        let key = self.key(number);
        let prepared = self.prepared(&key).await;
        self.send(&key, &prepared).await
    }

    fn records(&self) -> usize {
        self.stub.server().records.len()
    }

    fn token_ends(&self) {
        "ended".clone_into(&mut self.stub.server().access);
    }

    async fn refresh_token(&self) -> String {
        let sealed: Value = serde_json::from_str(self.vault.read().await.unwrap().expose()).unwrap();
        sealed["refresh"].as_str().unwrap().to_owned()
    }
}

fn why(result: Result<Connected, ConsentError>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it was believed"),
    }
}

#[tokio::test]
async fn a_handle_leads_to_a_channel_that_posts_and_every_request_is_proven() {
    let channel = Channel::new().await;
    let Connected { server, profile, .. } = &channel.connected;
    assert_eq!((profile.remote_id.as_str(), profile.address.as_str()), (DID, HANDLE));
    assert_eq!(server.as_str().trim_end_matches('/'), channel.stub.url());
    channel.publish(1).await.unwrap();
    let health = channel.us.network.check(&channel.call()).await.unwrap();
    assert_eq!(health.profile.address, HANDLE);
    assert_eq!(channel.stub.server().complaints, ["nonce"], "asked for once, with the first request");
    let sealed = channel.vault.read().await.unwrap();
    assert!(!format!("{sealed:?}").contains("access-1"));
}

#[tokio::test]
async fn a_server_alone_leads_there_too_and_whoever_comes_back_is_looked_up() {
    let stub = Stub::start().await;
    let connected = Us::at(&stub).connected(&stub, stub.url()).await.unwrap();
    assert_eq!((connected.profile.remote_id.as_str(), connected.profile.address.as_str()), (DID, HANDLE));
}

#[tokio::test]
async fn at_a_public_address_every_request_for_tokens_shows_our_own_key() {
    let stub = Stub::start().await;
    let us = Us { callback: "https://kith.example/settings/connect/answer".parse().unwrap(), ..Us::at(&stub) };
    let document = us.network.consent().unwrap().document(&us.callback, &us.key).unwrap();
    stub.server().client = Some(serde_json::from_str(&document).unwrap());
    let connected = us.connected(&stub, HANDLE).await.unwrap();
    let channel = Channel { vault: MemoryVault::new(connected.settings.clone()), us, stub, connected };
    channel.token_ends();
    channel.stub.server().nonce += 1;
    channel.publish(1).await.unwrap();
    assert_eq!(channel.records(), 1);
    assert!(channel.stub.server().complaints.iter().all(|why| why == "nonce"), "{:?}", channel.stub.server().complaints);
    let stranger = Us { key: DpopKey::new_pkcs8().unwrap(), callback: channel.us.callback.clone(), ..Us::at(&channel.stub) };
    assert!(stranger.sent(HANDLE).await.is_err(), "another's key lets nobody in as us");
}

#[tokio::test]
async fn a_server_that_bears_another_name_is_not_asked_to_let_us_in() {
    let stub = Stub::start().await;
    stub.server().issuer = Some("https://evil.example".to_owned());
    let us = Us::at(&stub);
    let refused = us.sent(HANDLE).await.map(drop).unwrap_err().to_string();
    assert!(refused.contains("evil.example"), "{refused}");
    assert_eq!((stub.count("/oauth/par"), stub.count("/oauth/token")), (0, 0));
}

#[tokio::test]
async fn an_answer_in_anothers_name_or_in_nobodys_is_never_exchanged() {
    let stub = Stub::start().await;
    let us = Us::at(&stub);
    let away = us.sent(HANDLE).await.unwrap();
    let (code, _) = stub.says_yes(&away.ask.go_to);
    for issuer in [Some("https://evil.example"), None] {
        assert!(why(us.back(&away, &code, issuer).await).contains("Nothing was connected"));
    }
    assert_eq!(stub.count("/oauth/token"), 0, "the code stays with us");
    us.back(&away, &code, Some(stub.url())).await.unwrap();
}

#[tokio::test]
async fn what_one_began_another_can_not_finish() {
    let stub = Stub::start().await;
    let us = Us::at(&stub);
    let (hers, his) = (us.sent(HANDLE).await.unwrap(), us.sent(HANDLE).await.unwrap());
    let (code, _) = stub.says_yes(&hers.ask.go_to);
    let mixed = why(us.back(&his, &code, Some(stub.url())).await);
    assert!(mixed.contains("Nothing was connected"), "another key asks: {mixed}");
    assert!(stub.server().access.is_empty());
}

#[tokio::test]
async fn tokens_of_another_account_connect_nothing() {
    for typed in ["handle", "server"] {
        let stub = Stub::start().await;
        stub.server().sub = Some("did:plc:mallory".to_owned());
        let typed = if typed == "handle" { HANDLE.to_owned() } else { stub.url().to_owned() };
        let refused = why(Us::at(&stub).connected(&stub, &typed).await);
        assert!(refused.contains("othing was connected") || refused.contains("answers there"), "{typed}: {refused}");
    }
}

#[tokio::test]
async fn a_handle_that_its_account_does_not_go_by_leads_nowhere() {
    let stub = Stub::start().await;
    stub.server().known_as = Some("somebody.else.test".to_owned());
    let refused = Us::at(&stub).server(HANDLE).await.unwrap_err();
    assert!(refused.why.contains("does not go by that name") && refused.field == "handle", "{refused}");
}

#[tokio::test]
async fn less_than_was_asked_for_is_said_and_not_connected() {
    let stub = Stub::start().await;
    stub.server().scope = Some("atproto".to_owned());
    assert!(why(Us::at(&stub).connected(&stub, HANDLE).await).contains("not to post"));
}

#[tokio::test]
async fn a_description_too_large_to_be_one_is_not_read() {
    let stub = Stub::start().await;
    stub.server().huge = true;
    let refused = Us::at(&stub).server(HANDLE).await.unwrap_err();
    assert!(refused.why.contains("65536 bytes"), "{refused}");
}

#[tokio::test]
async fn no_name_and_no_document_leads_inside_this_machine() {
    let stub = Stub::start().await;
    let port = Url::parse(stub.url()).unwrap().port().unwrap();
    let http = NetClient::new(Policy::default()).unwrap();
    let network = bluesky::network_with(Directories::parse(stub.url(), stub.url()).unwrap());
    let inside = [
        format!("http://127.0.0.1:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        format!("http://2130706433:{port}"),
        format!("http://localhost:{port}"),
        format!("did:web:localhost%3A{port}"),
        "did:plc:ana".to_owned(),
    ];
    for typed in inside {
        assert!(network.consent().unwrap().server(&http, &typed).await.is_err(), "{typed}");
    }
    assert_eq!(stub.proxy.requests().len(), 0);
}

#[tokio::test]
async fn a_new_nonce_costs_one_more_request_and_no_second_post() {
    let channel = Channel::new().await;
    channel.publish(1).await.unwrap();
    channel.stub.server().nonce += 1;
    let before = channel.stub.count("putRecord");
    channel.publish(2).await.unwrap();
    channel.publish(3).await.unwrap();
    assert_eq!((channel.stub.count("putRecord") - before, channel.records()), (3, 3));
    assert_eq!(channel.stub.server().complaints, ["nonce", "nonce"]);
}

#[tokio::test]
async fn ten_posts_with_an_ended_token_renew_it_once_and_each_goes_out_once() {
    let channel = Channel::new().await;
    let old = channel.refresh_token().await;
    channel.token_ends();
    let asked = channel.stub.count("/oauth/token");
    let sent = join_all((0..10).map(|number| channel.publish(number))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!((channel.stub.count("/oauth/token") - asked, channel.records()), (1, 10));
    assert_ne!(channel.refresh_token().await, old, "each is used once");
}

#[tokio::test]
async fn a_token_that_ends_while_a_post_goes_out_sends_it_no_second_time() {
    let channel = Channel::new().await;
    channel.stub.server().expires_at_once = 1;
    channel.publish(1).await.unwrap();
    assert_eq!((channel.stub.count("putRecord"), channel.records()), (2, 1));

    let key = channel.key(2);
    let prepared = channel.prepared(&key).await;
    channel.token_ends();
    // The first is refused for its token; the answer to the second, which is taken, is lost.
    channel.stub.proxy.plan(Rule::on("putRecord", Fault::DropAfterUpstream).every(2).times(1));
    assert!(matches!(channel.send(&key, &prepared).await, Err(PublishError::Unknown { .. })));
    let search = Search { key: &key, prepared: &prepared, first_send: now(), taken: &[] };
    assert!(matches!(channel.us.network.find(&channel.call(), &search).await, Looked::Found(_)));
    channel.send(&key, &prepared).await.unwrap();
    assert_eq!(channel.records(), 2);
}

#[tokio::test]
async fn a_renewal_that_never_arrived_is_asked_again() {
    let channel = Channel::new().await;
    channel.token_ends();
    let asked = channel.stub.count("/oauth/token");
    channel.stub.proxy.plan(Rule::on("/oauth/token", Fault::DropBeforeUpstream).times(1));
    channel.publish(1).await.unwrap();
    assert_eq!((channel.stub.count("/oauth/token") - asked, channel.records()), (2, 1));
}

#[tokio::test]
async fn new_tokens_that_were_lost_hold_the_post_until_its_person_signs_in_again() {
    let channel = Channel::new().await;
    channel.token_ends();
    let asked = channel.stub.count("/oauth/token");
    channel.stub.proxy.plan(Rule::on("/oauth/token", Fault::DropAfterUpstream).times(1));
    let key = channel.key(1);
    let prepared = channel.prepared(&key).await;
    let outcome = channel.send(&key, &prepared).await;
    let Err(PublishError::SignInAgain { why }) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("lost") && why.contains("sign in again"), "{why}");
    assert_eq!((channel.stub.count("/oauth/token") - asked, channel.records()), (2, 0), "tried once more, then left alone");
    assert!(matches!(channel.us.network.check(&channel.call()).await, Err(ReadError::SignInAgain { .. })));

    let again = channel.us.connected(&channel.stub, DID).await.unwrap();
    channel.vault.write(&again.settings).await.unwrap();
    channel.send(&key, &prepared).await.unwrap();
    assert_eq!(channel.records(), 1);
}

#[tokio::test]
async fn a_server_that_is_away_costs_no_sign_in() {
    let channel = Channel::new().await;
    channel.token_ends();
    channel.stub.proxy.plan(Rule::on("/oauth/token", Fault::DropBeforeUpstream).times(2));
    assert!(matches!(channel.publish(1).await, Err(PublishError::Later { .. })), "nothing was sent, so nothing is unknown");
    channel.publish(1).await.unwrap();
    assert_eq!(channel.records(), 1);
}
