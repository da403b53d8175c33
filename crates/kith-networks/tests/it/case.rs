//! One connected channel on one server, behind the fault proxy, with another person at the other end.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use kith_domain::ids::{ActId, ChannelId, LoginId, MemberId, SessionId, WorkspaceId};
use kith_domain::mandate::{ActKind, ActTarget, Gesture, HumanAct, Role, SessionSecret, SignedInSession};
use kith_domain::people::Profile;
use kith_domain::publish::{Content, Outcome};
use kith_networks::http::{NetClient, Policy};
use kith_networks::{Call, Capabilities, Connected, MediaFile, Network, Secret, Vault, VaultError};
use kith_testkit::FaultProxy;
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::Url;

/// A channel to be tested. Everything goes through `proxy`; `other` goes round it.
pub(crate) struct Case {
    pub(crate) network: Arc<dyn Network>,
    pub(crate) http: NetClient,
    /// What was typed to sign in.
    pub(crate) fields: BTreeMap<String, Secret>,
    pub(crate) server: Url,
    pub(crate) profile: Profile,
    pub(crate) capabilities: Capabilities,
    pub(crate) vault: MemoryVault,
    /// A vault with a token that the server does not know.
    pub(crate) dead_vault: MemoryVault,
    pub(crate) proxy: FaultProxy,
    /// Part of the path of the one step that publishes.
    pub(crate) publish_path: &'static str,
    /// More notifications than the server gives on one page.
    pub(crate) more_than_a_page: usize,
    pub(crate) other: Box<dyn Other>,
    /// The server's time.
    pub(crate) now: fn() -> Timestamp,
    /// The server itself, where this test has one of its own.
    pub(crate) _server: Box<dyn Any + Send + Sync>,
}

/// The other person, who also looks at what became of our posts.
#[async_trait]
pub(crate) trait Other: Send + Sync {
    /// Our posts whose text has this in it.
    async fn sees(&self, text: &str) -> Vec<Seen>;
    /// Posts something; its remote id.
    async fn posts(&self, text: &str) -> String;
    /// Posts something that names us.
    async fn names_us(&self, text: &str) -> String;
    /// Answers a post.
    async fn answers(&self, remote_id: &str, text: &str) -> String;
    /// Writes to us alone; `None` where the network has no such thing.
    async fn writes_to_us(&self, text: &str) -> Option<String>;
    /// The answers to a post, by their remote ids.
    async fn answers_to(&self, remote_id: &str) -> Vec<String>;
    /// How many likes and reposts a post has.
    async fn likes_and_reposts(&self, remote_id: &str) -> (u64, u64);
    /// Whether we follow them.
    async fn is_followed_by_us(&self) -> bool;
    /// Whether they were told of words to them alone.
    async fn hears_alone(&self, _text: &str) -> bool {
        false
    }
    /// Their remote id.
    fn remote_id(&self) -> String;
}

/// A post of ours as the other person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) remote_id: String,
    /// Descriptions of its pictures, in order.
    pub(crate) alts: Vec<String>,
}

impl Case {
    /// Signs in through the proxy.
    pub(crate) async fn sign_in(
        network: &Arc<dyn Network>,
        fields: &[(&str, &str)],
        now: fn() -> Timestamp,
    ) -> (NetClient, BTreeMap<String, Secret>, Connected) {
        let http = NetClient::new(Policy { allow_private: true }).unwrap();
        let fields: BTreeMap<String, Secret> = fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        let connected = network.sign_in(&http, &fields, now()).await.unwrap();
        (http, fields, connected)
    }

    /// A call as the engine makes it.
    pub(crate) fn call(&self) -> Call<'_> {
        self.call_with(&self.vault)
    }

    pub(crate) fn call_with<'a>(&'a self, vault: &'a MemoryVault) -> Call<'a> {
        Call {
            http: &self.http,
            server: &self.server,
            remote_id: &self.profile.remote_id,
            capabilities: &self.capabilities,
            vault,
            now: (self.now)(),
        }
    }

    /// Prepares and publishes a text.
    pub(crate) async fn publish(&self, key: &str, text: &str) -> Outcome {
        let prepared = self.prepare(key, text).await;
        self.network.publish(&self.call(), key, &prepared).await
    }

    pub(crate) async fn prepare(&self, key: &str, text: &str) -> String {
        let content = Content { text: text.to_owned(), language: Some("en".to_owned()), ..Content::default() };
        self.network.prepare(&self.call(), &content, &[] as &[MediaFile], key).await.unwrap()
    }

    /// A key as the network makes it for a dispatch of now.
    pub(crate) fn key(&self) -> String {
        let now = (self.now)();
        self.network.remote_key(kith_domain::ids::DispatchId::new(now, chance()), now)
    }

    /// A press of a button by the present owner.
    pub(crate) fn press(&self, kind: ActKind, target: &str) -> HumanAct {
        let now = (self.now)();
        self.press_again(kind, target, ActId::new(now, chance()), now)
    }

    /// The same press, sent again.
    pub(crate) fn press_again(&self, kind: ActKind, target: &str, id: ActId, first_at: Timestamp) -> HumanAct {
        let now = (self.now)();
        let secret = SessionSecret::from_chance([5; 32]);
        let session = SignedInSession {
            id: SessionId::new(now, chance()),
            login: LoginId::new(now, chance()),
            member: MemberId::new(now, chance()),
            workspace: WorkspaceId::new(now, chance()),
            role: Role::Owner,
            secret_hash: secret.hash(),
            last_seen_at: now,
            expires_at: now + jiff::SignedDuration::from_hours(1),
        };
        let target = ActTarget { channel: ChannelId::new(now, chance()), remote_id: target.to_owned() };
        session.act(&secret, Gesture { id, at: now, first_at }, kind, target, now).unwrap()
    }
}

/// Words that no other test says: the servers are shared.
pub(crate) fn unique(words: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{words} {}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Bytes that differ between calls and between test processes.
fn chance() -> [u8; 10] {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut bytes = [0; 10];
    bytes[..4].copy_from_slice(&std::process::id().to_be_bytes());
    bytes[4..8].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

/// The time of servers that run by the wall clock.
#[expect(clippy::disallowed_methods, reason = "the servers under test run by the wall clock")]
pub(crate) fn wall_clock() -> Timestamp {
    Timestamp::now()
}

/// Sealed settings in memory.
#[derive(Debug)]
pub(crate) struct MemoryVault {
    settings: Mutex<Secret>,
    lock: Arc<Mutex<()>>,
}

impl MemoryVault {
    pub(crate) fn new(settings: Secret) -> Self {
        Self { settings: Mutex::new(settings), lock: Arc::default() }
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn read(&self) -> Result<Secret, VaultError> {
        Ok(self.settings.lock().await.clone())
    }

    async fn lock(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.lock).lock_owned().await
    }

    async fn write(&self, settings: &Secret) -> Result<(), VaultError> {
        *self.settings.lock().await = settings.clone();
        Ok(())
    }
}
