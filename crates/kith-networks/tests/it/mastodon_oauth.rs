//! Being let in on the server's own page, on two servers that were written apart: mastodon_mock and the practice network.

use kith_networks::http::{DpopKey, NetClient, Policy};
use kith_networks::{Asking, Back, Connected, ConsentError, Secret};
use kith_practice::Practice;
use kith_testkit::servers;
use tokio::net::TcpListener;
use url::Url;

use crate::mastodon::network;

const STATE: &str = "51a7e";

fn client() -> NetClient {
    NetClient::new(Policy { allow_private: true }).unwrap()
}

fn key() -> Secret {
    DpopKey::new_pkcs8().unwrap()
}

fn callback() -> Url {
    Url::parse("http://127.0.0.1:1/settings/connect/answer").unwrap()
}

/// Everything up to the moment when the person is back: where she came back to, and what was kept.
struct Away {
    server: Url,
    registration: Secret,
    kept: Secret,
    code: String,
}

fn now() -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH
}

/// Goes the way of a person who presses the page's button. `press`: the fields that her press adds.
async fn away(typed: &str, press: &[(&str, &str)]) -> Away {
    let (network, http) = (network(), client());
    let consent = network.consent().unwrap();
    let server = consent.server(&http, typed).await.unwrap();
    let registration = consent.register(&http, &server, &callback(), &key()).await.unwrap();
    let asking =
        Asking { typed, server: &server, callback: &callback(), registration: &registration, state: STATE, chance: [7; 64], now: now() };
    let ask = consent.ask(&http, &asking).await.unwrap();
    assert_eq!(ask.go_to.origin(), server.origin());
    let page = http.get(ask.go_to.clone()).send().await.unwrap();
    assert!(page.is_success() && page.text().contains("<form"), "{}", page.text());
    let mut fields: Vec<(String, String)> = ask.go_to.query_pairs().into_owned().collect();
    fields.extend(press.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut to = ask.go_to.clone();
    to.set_query(None);
    let sent = http.post(to).form(&pairs).send().await.unwrap();
    let back = Url::parse(sent.header("location").unwrap_or_else(|| panic!("{}", sent.text()))).unwrap();
    assert_eq!((back.origin(), back.path()), (callback().origin(), callback().path()));
    let brought = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(brought("state").as_deref(), Some(STATE));
    Away { server, registration, kept: ask.kept, code: brought("code").unwrap_or_default() }
}

async fn back(away: &Away, code: &str, issuer: Option<&str>) -> Result<Connected, ConsentError> {
    let network = network();
    let back = Back {
        server: &away.server,
        callback: &callback(),
        registration: &away.registration,
        kept: &away.kept,
        code,
        issuer,
        chance: [9; 64],
        now: now(),
    };
    network.consent().unwrap().finish(&client(), &back).await
}

async fn practice() -> kith_practice::Running {
    Practice::builder().people(1).start(TcpListener::bind("127.0.0.1:0").await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn mastodon_mock_lets_in_whoever_was_picked_on_its_page() {
    let server = servers::mastodon_mock().await.unwrap();
    let away = away(&server.url, &[("username", "ada")]).await;
    let connected = back(&away, &away.code, None).await.unwrap();
    assert!(connected.profile.address.starts_with("ada@"), "{}", connected.profile.address);
    assert!(matches!(back(&away, "not-a-code", None).await, Err(ConsentError::Refused(error)) if error.field == "server"));
}

#[tokio::test]
async fn the_practice_network_gives_a_code_once_and_only_to_who_began() {
    let server = practice().await;
    let way = away(&format!("{}/@mara", server.url()), &[("decision", "authorize")]).await;
    let elsewhere = back(&way, &way.code, Some("https://evil.example/")).await;
    assert!(matches!(&elsewhere, Err(ConsentError::Refused(error)) if error.why.contains("evil.example")), "{elsewhere:?}");
    let forged = Away { kept: Secret::new(r#"{"verifier":"wrong-verifier-wrong-verifier-wrong-verifier"}"#), ..clone(&way) };
    assert!(back(&forged, &way.code, None).await.is_err(), "without the proof of who began, nothing is given");
    assert!(back(&way, &way.code, None).await.is_err(), "a code that was shown once is gone");
    let again = away(&server.url(), &[("decision", "authorize")]).await;
    let connected = back(&again, &again.code, Some(&format!("{}/", server.url()))).await.unwrap();
    assert!(connected.capabilities.software.contains("Mastodon") && !connected.profile.remote_id.is_empty());
    server.stop().await.unwrap();
}

fn clone(away: &Away) -> Away {
    Away { server: away.server.clone(), registration: away.registration.clone(), kept: away.kept.clone(), code: away.code.clone() }
}

#[tokio::test]
async fn a_server_that_has_forgotten_this_kith_says_so() {
    let server = practice().await;
    let mut way = away(&server.url(), &[("decision", "authorize")]).await;
    way.registration = Secret::new(way.registration.expose().replace("client_id\":\"", "client_id\":\"gone"));
    let answer = back(&way, &way.code, None).await;
    assert!(matches!(&answer, Err(ConsentError::Forgotten { .. })), "{answer:?}");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_the_api_is_named_with_the_way_out() {
    let page = axum::Router::new().fallback(|| async { (http::StatusCode::NOT_FOUND, "<h1>Nothing here</h1>") });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, page).await });
    let network = network();
    let error = network.consent().unwrap().register(&client(), &url, &callback(), &key()).await.unwrap_err();
    assert!(error.why.contains("does not answer as a Mastodon server") && error.field == "server", "{error}");
    serving.abort();
}
