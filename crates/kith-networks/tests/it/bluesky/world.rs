//! A channel connected to a test server, and the people around it.

use std::collections::BTreeMap;
use std::ops::Deref;

use async_trait::async_trait;
use jiff::Timestamp;
use kith_domain::ids::{ActId, DispatchId};
use kith_domain::listen::{Audience, RemotePost};
use kith_domain::mandate::{ActKind, HumanAct};
use kith_domain::people::Profile;
use kith_domain::publish::{Content, Looked, Outcome};
use kith_networks::http::{NetClient, Policy};
use kith_networks::{Connected, MediaFile, Network, Reader, Search, Secret, SignInError, Speaker, Vault as _, Words, bluesky};
use kith_testkit::FaultProxy;
use kith_testkit::other::{self, Bluesky, Record};
use kith_testkit::servers::{Account, Pds};
use serde_json::{Value, json};

use crate::case::{Case, MemoryVault, Other, Seen, wall_clock};

/// A case, our own account by a client that shares nothing with ours, and a second person.
pub(super) struct Channel {
    pub(super) case: Case,
    pub(super) me: Bluesky,
    pub(super) cy: Person,
}

impl Deref for Channel {
    type Target = Case;

    fn deref(&self) -> &Case {
        &self.case
    }
}

/// Two fresh accounts on this server, one of them connected by way of a proxy.
pub(super) async fn channel(pds: &Pds, name: &str) -> Channel {
    let (account, cy) = (pds.new_account(name).await.unwrap(), pds.new_account("cysmith").await.unwrap());
    let cy = Person::new(pds, &cy, &account).await;
    Channel { case: case(pds, &account, cy.clone()).await, me: bluesky_of(pds, &account).await, cy }
}

pub(super) async fn case(pds: &Pds, account: &Account, other: Person) -> Case {
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    let network = bluesky::network();
    let fields = [("server", proxy.url.as_str()), ("handle", &account.handle), ("app_password", &account.app_password)];
    let (http, fields, connected) = Case::sign_in(&network, &fields, wall_clock).await;
    let Connected { server, profile, capabilities, settings } = connected;
    let mut dead: Value = serde_json::from_str(settings.expose()).unwrap();
    for key in ["access", "refresh", "app_password"] {
        dead[key] = "no-such-token".into();
    }
    Case {
        network,
        http,
        fields,
        server,
        profile,
        capabilities,
        vault: MemoryVault::new(settings),
        dead_vault: MemoryVault::new(Secret::new(dead.to_string())),
        proxy,
        publish_path: "putRecord",
        more_than_a_page: 105,
        other: Box::new(other),
        now: wall_clock,
        _server: Box::new(()),
    }
}

pub(super) async fn bluesky_of(pds: &Pds, account: &Account) -> Bluesky {
    other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap()
}

pub(super) async fn sign_in(network: &dyn Network, server: &str, handle: &str, password: &str) -> Result<Connected, SignInError> {
    let fields = [("server", server), ("handle", handle), ("app_password", password)];
    let fields: BTreeMap<String, Secret> = fields.into_iter().map(|(name, text)| (name.to_owned(), Secret::new(text))).collect();
    network.sign_in(&client(), &fields, wall_clock()).await
}

fn client() -> NetClient {
    NetClient::new(Policy { allow_private: true }).unwrap()
}

impl Channel {
    pub(super) fn reader(&self) -> &dyn Reader {
        self.network.reader().unwrap()
    }

    pub(super) fn speaker(&self) -> &dyn Speaker {
        self.network.speaker().unwrap()
    }

    /// The key of a dispatch that is due now.
    pub(super) fn key_of(&self, number: u128) -> String {
        self.network.remote_key(id::<DispatchId>(number), START.parse().unwrap())
    }

    pub(super) async fn prepared(&self, content: &Content, media: &[MediaFile], key: &str) -> String {
        self.network.prepare(&self.call(), content, media, key).await.unwrap()
    }

    pub(super) async fn send(&self, key: &str, prepared: &str) -> Outcome {
        self.network.publish(&self.call(), key, prepared).await
    }

    pub(super) async fn find(&self, key: &str, prepared: &str) -> Looked {
        let first_send = (self.now)();
        self.network.find(&self.call(), &Search { key, prepared, first_send, taken: &[] }).await
    }

    /// Our posts as the server has them, newest first.
    pub(super) async fn posts(&self) -> Vec<Value> {
        self.me.posts(&self.profile.remote_id).await.unwrap()
    }

    /// A press by the present owner; the same `number` is the same press.
    pub(super) fn act(&self, number: u128, kind: ActKind, remote_id: &str) -> HumanAct {
        self.press_again(kind, remote_id, id::<ActId>(number), START.parse().unwrap())
    }

    /// Changes the sealed settings behind the network's back.
    pub(super) async fn change(&self, key: &str, value: &str) {
        let mut json: Value = serde_json::from_str(self.vault.read().await.unwrap().expose()).unwrap();
        json[key] = value.into();
        self.vault.write(&Secret::new(json.to_string())).await.unwrap();
    }
}

/// When every act and every dispatch of these tests began.
const START: &str = "2026-11-22T10:00:00Z";

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: u128) -> T {
    format!("{number:032x}").parse().unwrap()
}

/// Somebody at the other end.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) bluesky: Bluesky,
    pub(super) profile: Profile,
    pds: String,
    token: String,
    our_did: String,
    our_handle: String,
}

impl Person {
    pub(super) async fn new(pds: &Pds, account: &Account, ours: &Account) -> Self {
        let body = json!({ "identifier": account.handle, "password": account.app_password });
        let session = post_json(&pds.url, "com.atproto.server.createSession", None, &body).await;
        let profile = Profile {
            network: bluesky::network().id(),
            remote_id: account.did.clone(),
            address: account.handle.clone(),
            display_name: String::new(),
            url: None,
            is_bot: false,
        };
        Self {
            bluesky: bluesky_of(pds, account).await,
            profile,
            pds: pds.url.clone(),
            token: session["accessJwt"].as_str().unwrap().to_owned(),
            our_did: ours.did.clone(),
            our_handle: ours.handle.clone(),
        }
    }

    /// A post record with any fields, written at any time.
    pub(super) async fn writes(&self, record: Value) -> Record {
        let body = json!({ "repo": self.profile.remote_id, "collection": "app.bsky.feed.post", "record": record });
        Record::of(&post_json(&self.pds, "com.atproto.repo.createRecord", Some(&self.token), &body).await).unwrap()
    }

    /// A post that names us, as if written at `at`.
    pub(super) async fn names_us_at(&self, text: &str, at: Timestamp) -> Record {
        let name = format!("@{}", self.our_handle);
        let feature = json!({ "$type": "app.bsky.richtext.facet#mention", "did": self.our_did });
        let facet = json!({ "index": { "byteStart": 0, "byteEnd": name.len() }, "features": [feature] });
        let text = format!("{name} {text}");
        self.writes(json!({ "$type": "app.bsky.feed.post", "text": text, "createdAt": format!("{at:.3}"), "facets": [facet] })).await
    }

    /// Deactivates our account, as its owner would with the main password.
    pub(super) async fn deactivate(&self, ours: &Bluesky) {
        let name = ours.handle.split('-').next().unwrap();
        let body = json!({ "identifier": ours.did, "password": format!("pw-{name}-1234") });
        let session = post_json(&self.pds, "com.atproto.server.createSession", None, &body).await;
        let token = session["accessJwt"].as_str().unwrap();
        post_json(&self.pds, "com.atproto.server.deactivateAccount", Some(token), &json!({})).await;
    }

    /// A post's address and hash, wherever on the server it is.
    async fn record(&self, uri: &str) -> Record {
        let parts: Vec<&str> = uri.trim_start_matches("at://").split('/').collect();
        let [repo, collection, key] = parts[..] else { panic!("{uri} is no record") };
        let mut url = xrpc(&self.pds, "com.atproto.repo.getRecord");
        url.query_pairs_mut().extend_pairs([("repo", repo), ("collection", collection), ("rkey", key)]);
        Record::of(&client().get(url).send().await.unwrap().json::<Value>().unwrap()).unwrap()
    }
}

#[async_trait]
impl Other for Person {
    async fn sees(&self, text: &str) -> Vec<Seen> {
        let posts = self.bluesky.posts(&self.our_did).await.unwrap();
        let ours = posts.iter().filter(|post| post["value"]["text"].as_str().unwrap().contains(text));
        let alts = |post: &Value| post["value"]["embed"]["images"].as_array().cloned().unwrap_or_default();
        let alt = |image: &Value| image["alt"].as_str().unwrap().to_owned();
        ours.map(|post| Seen { remote_id: post["uri"].as_str().unwrap().to_owned(), alts: alts(post).iter().map(alt).collect() }).collect()
    }

    async fn posts(&self, text: &str) -> String {
        self.bluesky.post(text).await.unwrap().uri
    }

    async fn names_us(&self, text: &str) -> String {
        self.names_us_at(text, wall_clock()).await.uri
    }

    async fn answers(&self, remote_id: &str, text: &str) -> String {
        let parent = self.record(remote_id).await;
        self.bluesky.sees(&parent).await.unwrap();
        let thread = self.bluesky.thread(remote_id).await.unwrap();
        let root = Record::of(&thread["post"]["record"]["reply"]["root"]).unwrap_or_else(|_| parent.clone());
        self.bluesky.reply(&root, &parent, text).await.unwrap().uri
    }

    async fn writes_to_us(&self, _: &str) -> Option<String> {
        None
    }

    async fn answers_to(&self, remote_id: &str) -> Vec<String> {
        let posts = self.bluesky.posts(&self.our_did).await.unwrap();
        let answers = posts.iter().filter(|post| post["value"]["reply"]["parent"]["uri"] == remote_id);
        answers.map(|post| post["uri"].as_str().unwrap().to_owned()).collect()
    }

    async fn likes_and_reposts(&self, remote_id: &str) -> (u64, u64) {
        self.bluesky.sees(&self.record(remote_id).await).await.unwrap();
        let thread = self.bluesky.thread(remote_id).await.unwrap();
        let count = |key: &str| thread["post"][key].as_u64().unwrap();
        (count("likeCount"), count("repostCount"))
    }

    async fn is_followed_by_us(&self) -> bool {
        let follows = self.bluesky.list_records(&self.our_did, "app.bsky.graph.follow").await.unwrap();
        follows.iter().any(|follow| follow["value"]["subject"] == self.profile.remote_id.as_str())
    }

    fn remote_id(&self) -> String {
        self.profile.remote_id.clone()
    }
}

fn xrpc(server: &str, method: &str) -> url::Url {
    format!("{server}/xrpc/{method}").parse().unwrap()
}

async fn post_json(server: &str, method: &str, token: Option<&str>, body: &Value) -> Value {
    let http = client();
    let request = http.post(xrpc(server, method)).json(body);
    let request = if let Some(token) = token { request.bearer(token) } else { request };
    let answer = request.send().await.unwrap();
    assert!(answer.is_success(), "{method}: {}", answer.text());
    if answer.body.is_empty() { Value::Null } else { answer.json().unwrap() }
}

pub(super) fn words(text: &str, to: &RemotePost) -> Words {
    Words { text: text.to_owned(), warning: None, language: Some("en".to_owned()), audience: Audience::Public, to: to.clone() }
}

/// A post of somebody on the server, as an answer needs it.
pub(super) fn remote_post(uri: &str, author: &Profile) -> RemotePost {
    RemotePost {
        remote_id: uri.to_owned(),
        url: None,
        author: author.clone(),
        html: String::new(),
        text: String::new(),
        warning: None,
        at: Timestamp::UNIX_EPOCH,
        in_reply_to: None,
        root: None,
        audience: Audience::Public,
        is_ours: false,
    }
}

pub(super) fn text(text: &str) -> Content {
    Content { text: text.to_owned(), language: Some("en".to_owned()), ..Content::default() }
}
