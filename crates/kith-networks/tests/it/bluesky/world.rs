//! A channel connected to a test server, and the people around it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{ActId, ChannelId, DispatchId, LoginId, MemberId, SessionId, WorkspaceId};
use kith_domain::listen::{Audience, RemotePost};
use kith_domain::mandate::{ActKind, ActTarget, Gesture, HumanAct, Role, SessionSecret, SignedInSession};
use kith_domain::people::Profile;
use kith_domain::publish::{Content, Looked, Outcome};
use kith_networks::http::{NetClient, Policy};
use kith_networks::{Call, Capabilities, Connected, MediaFile, Network, Reader, Search, Secret, Speaker, Vault, VaultError, Words, bluesky};
use kith_testkit::other::{self, Bluesky};
use kith_testkit::servers::{Account, Pds};
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;
use url::Url;

/// Settings in memory, with the counts that tests look at.
#[derive(Debug)]
pub(super) struct TestVault {
    settings: Mutex<Secret>,
    lock: Arc<tokio::sync::Mutex<()>>,
    writes: Mutex<u32>,
}

impl TestVault {
    fn new(settings: Secret) -> Self {
        Self { settings: Mutex::new(settings), lock: Arc::default(), writes: Mutex::new(0) }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(self.settings.lock().unwrap().expose()).unwrap()
    }

    /// Changes the settings behind the network's back.
    pub(super) fn change(&self, key: &str, value: &str) {
        let mut json = self.json();
        json[key] = value.into();
        *self.settings.lock().unwrap() = Secret::new(json.to_string());
    }

    pub(super) fn writes(&self) -> u32 {
        *self.writes.lock().unwrap()
    }
}

#[async_trait]
impl Vault for TestVault {
    async fn read(&self) -> Result<Secret, VaultError> {
        Ok(self.settings.lock().unwrap().clone())
    }

    async fn lock(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.lock).lock_owned().await
    }

    async fn write(&self, settings: &Secret) -> Result<(), VaultError> {
        *self.settings.lock().unwrap() = settings.clone();
        *self.writes.lock().unwrap() += 1;
        Ok(())
    }
}

/// A connected channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) network: Arc<dyn Network>,
    pub(super) http: NetClient,
    pub(super) server: Url,
    pub(super) profile: Profile,
    pub(super) capabilities: Capabilities,
    pub(super) vault: TestVault,
    pub(super) now: Timestamp,
    /// The same person, by a client that shares nothing with ours.
    pub(super) other: Bluesky,
}

/// A fresh account on this server, connected by way of `url` (the server itself or a proxy before it).
pub(super) async fn channel(pds: &Pds, url: &str, name: &str) -> Channel {
    let account = pds.new_account(name).await.unwrap();
    connect(pds, url, &account).await
}

pub(super) async fn connect(pds: &Pds, url: &str, account: &Account) -> Channel {
    let (network, http) = (bluesky::network(), client());
    let connected = sign_in(&*network, &http, url, &account.handle, &account.app_password).await.unwrap();
    let Connected { server, profile, capabilities, settings } = connected;
    let other = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
    Channel { network, http, server, profile, capabilities, vault: TestVault::new(settings), now: now(), other }
}

pub(super) fn client() -> NetClient {
    NetClient::new(Policy { allow_private: true }).unwrap()
}

pub(super) async fn sign_in(
    network: &dyn Network,
    http: &NetClient,
    server: &str,
    handle: &str,
    password: &str,
) -> Result<Connected, kith_networks::SignInError> {
    let fields = [("server", server), ("handle", handle), ("app_password", password)];
    let fields: BTreeMap<String, Secret> = fields.into_iter().map(|(name, text)| (name.to_owned(), Secret::new(text))).collect();
    network.sign_in(http, &fields, now()).await
}

#[expect(clippy::disallowed_methods, reason = "a real server has the real time in its tokens")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

impl Channel {
    pub(super) fn call(&self) -> Call<'_> {
        Call {
            http: &self.http,
            server: &self.server,
            remote_id: &self.profile.remote_id,
            capabilities: &self.capabilities,
            vault: &self.vault,
            now: self.now,
        }
    }

    pub(super) fn reader(&self) -> &dyn Reader {
        self.network.reader().unwrap()
    }

    pub(super) fn speaker(&self) -> &dyn Speaker {
        self.network.speaker().unwrap()
    }

    pub(super) fn key(&self, number: u128) -> String {
        self.network.remote_key(DispatchId::from_uuid(uuid(number)), self.now)
    }

    pub(super) async fn prepare(&self, content: &Content, media: &[MediaFile], key: &str) -> String {
        self.network.prepare(&self.call(), content, media, key).await.unwrap()
    }

    pub(super) async fn publish(&self, key: &str, prepared: &str) -> Outcome {
        self.network.publish(&self.call(), key, prepared).await
    }

    pub(super) async fn find(&self, key: &str, prepared: &str) -> Looked {
        self.network.find(&self.call(), &Search { key, prepared, first_send: self.now, taken: &[] }).await
    }

    /// Our posts as the server has them, newest first.
    pub(super) async fn posts(&self) -> Vec<Value> {
        self.other.posts(&self.profile.remote_id).await.unwrap()
    }

    /// A present owner's act; the same `number` is the same press.
    pub(super) fn act(&self, number: u128, kind: ActKind, remote_id: &str) -> HumanAct {
        let secret = || SessionSecret::from_chance([5; 32]);
        let session = SignedInSession {
            id: SessionId::from_uuid(uuid(1)),
            login: LoginId::from_uuid(uuid(2)),
            member: MemberId::from_uuid(uuid(3)),
            workspace: WorkspaceId::from_uuid(uuid(4)),
            role: Role::Owner,
            secret_hash: secret().hash(),
            last_seen_at: self.now,
            expires_at: self.now + SignedDuration::from_hours(1),
        };
        let gesture = Gesture { id: ActId::from_uuid(uuid(number)), at: self.now, first_at: self.now };
        let target = ActTarget { channel: ChannelId::from_uuid(uuid(6)), remote_id: remote_id.to_owned() };
        session.act(&secret(), gesture, kind, target, self.now).unwrap()
    }
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

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}
