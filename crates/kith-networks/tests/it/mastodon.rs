//! Mastodon's API on two servers that were written apart from each other: mastodon_mock and the practice network.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kith_domain::ids::NetworkId;
use kith_networks::{Network, Registry, Secret};
use kith_practice::Practice;
use kith_testkit::{FaultProxy, other, servers};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::case::{Case, MemoryVault, Other, Seen, wall_clock};

pub(crate) const DEAD_TOKEN: &str = r#"{"token":"no-such-token","domain":"clay.social"}"#;

mod on_mastodon_mock {
    conformance!(super::mastodon_mock);
}

mod on_the_practice_network {
    conformance!(super::practice);
}

pub(crate) fn network() -> Arc<dyn Network> {
    Arc::clone(Registry::new().get(&NetworkId::from_text("mastodon")).unwrap())
}

async fn mastodon_mock() -> Case {
    let server = servers::mastodon_mock().await.unwrap();
    let grace = other::mastodon(&server.url, &server.tokens.grace).await.unwrap();
    let proxy = FaultProxy::start(&server.url).await.unwrap();
    case(proxy, &server.url, &server.tokens.ada, grace, wall_clock, Box::new(())).await
}

async fn practice() -> Case {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = FaultProxy::start(&format!("http://{}", listener.local_addr().unwrap())).await.unwrap();
    // Its clock stands still, so nobody acts but the test. It names the proxy as the place where it streams.
    let running = Practice::builder().people(3).public_url(&proxy.url).start(listener).await.unwrap();
    let (url, token) = (running.url(), running.owner_token());
    let people: Value = get_json(&format!("{url}/practice/people")).await;
    let handle = people[0]["handle"].as_str().unwrap();
    let given = post_json(&format!("{url}/practice/token"), &serde_json::json!({ "as": handle })).await;
    let neighbour = other::mastodon(&url, given["access_token"].as_str().unwrap()).await.unwrap();
    let now: fn() -> Timestamp = || "2026-12-01T08:00:00Z".parse().unwrap();
    assert_eq!(running.now(), now());
    case(proxy, &url, &token, neighbour, now, Box::new(running)).await
}

async fn case(
    proxy: FaultProxy,
    url: &str,
    token: &str,
    person: other::Mastodon,
    now: fn() -> Timestamp,
    server: Box<dyn Any + Send + Sync>,
) -> Case {
    let network = network();
    let (http, fields, connected) = Case::sign_in(&network, &[("server", &proxy.url), ("token", token)], now).await;
    let me = other::mastodon(url, token).await.unwrap();
    Case {
        network,
        http,
        fields,
        server: connected.server,
        profile: connected.profile,
        capabilities: connected.capabilities,
        vault: MemoryVault::new(connected.settings),
        dead_vault: MemoryVault::new(Secret::new(DEAD_TOKEN)),
        proxy,
        publish_path: "/api/v1/statuses",
        more_than_a_page: 45,
        other: Box::new(Person { client: person, our_acct: me.acct, our_id: me.id, url: url.to_owned() }),
        now,
        _server: server,
    }
}

struct Person {
    client: other::Mastodon,
    our_acct: String,
    our_id: String,
    url: String,
}

#[async_trait]
impl Other for Person {
    async fn sees(&self, text: &str) -> Vec<Seen> {
        let statuses = self.client.statuses(&self.our_id).await.unwrap();
        let ours = statuses.iter().filter(|status| status["content"].as_str().unwrap().contains(text));
        ours.map(|status| Seen {
            remote_id: id(status),
            alts: status["media_attachments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|m| m["description"].as_str().unwrap_or("").to_owned())
                .collect(),
        })
        .collect()
    }

    async fn posts(&self, text: &str) -> String {
        id(&self.client.post(text).await.unwrap())
    }

    async fn names_us(&self, text: &str) -> String {
        id(&self.client.post(&format!("@{} {text}", self.our_acct)).await.unwrap())
    }

    async fn answers(&self, remote_id: &str, text: &str) -> String {
        let status = self.client.status(remote_id).await.unwrap();
        id(&self.client.reply(&status, text).await.unwrap())
    }

    async fn writes_to_us(&self, text: &str) -> Option<String> {
        Some(id(&self.client.direct(&self.our_acct, text).await.unwrap()))
    }

    async fn answers_to(&self, remote_id: &str) -> Vec<String> {
        let context = self.client.context(remote_id).await.unwrap();
        context["descendants"].as_array().unwrap().iter().filter(|status| status["in_reply_to_id"] == remote_id).map(id).collect()
    }

    async fn likes_and_reposts(&self, remote_id: &str) -> (u64, u64) {
        let status = self.client.status(remote_id).await.unwrap();
        (status["favourites_count"].as_u64().unwrap(), status["reblogs_count"].as_u64().unwrap())
    }

    async fn hears_alone(&self, text: &str) -> bool {
        let told = self.client.notifications().await.unwrap();
        told.iter().any(|told| {
            told["status"]["visibility"] == "direct" && told["status"]["content"].as_str().is_some_and(|content| content.contains(text))
        })
    }

    async fn is_followed_by_us(&self) -> bool {
        let followers: Value = get_json(&format!("{}/api/v1/accounts/{}/followers", self.url, self.client.id)).await;
        followers.as_array().unwrap().iter().any(|account| account["id"] == self.our_id.as_str())
    }

    fn remote_id(&self) -> String {
        self.client.id.clone()
    }
}

fn id(status: &Value) -> String {
    status["id"].as_str().unwrap().to_owned()
}

async fn get_json(url: &str) -> Value {
    plain_client().get(url.parse().unwrap()).send().await.unwrap().json().unwrap()
}

async fn post_json(url: &str, body: &Value) -> Value {
    plain_client().post(url.parse().unwrap()).json(body).send().await.unwrap().json().unwrap()
}

fn plain_client() -> kith_networks::http::NetClient {
    kith_networks::http::NetClient::new(kith_networks::http::Policy { allow_private: true }).unwrap()
}
