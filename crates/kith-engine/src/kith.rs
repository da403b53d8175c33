//! `Kith`: the one value that doors hold, and how it is put together.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, ConversationId, SourceId, WorkspaceId};
use kith_domain::mandate::Actor;
use kith_domain::publish::GRACE_DEFAULT_S;
use kith_networks::Registry;
use kith_networks::http::{NetClient, Policy};
use kith_store::Store;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::converse::Unbraked;
use crate::mandate::guess::Guesses;
use crate::mandate::seal::KeyRing;
use crate::notices::Unsaved;
use crate::plan::{CardsSeen, HubCalls, LinksSeen, TrendsSeen};
use crate::presence::told;
use crate::problem::{Problem, from_store};
use crate::publish::{Host, Points, Resting, Watcher};
use crate::recently::Recently;
use crate::views::LiveEvent;

/// Live events kept for a slow page before it is told to fetch everything anew.
const LIVE_BACKLOG: usize = 256;
/// The store's name for this instance.
const META_INSTANCE: &str = "instance";

/// Everything that a Kith is made of.
#[derive(Debug)]
pub struct Setup {
    /// `sqlite:///path/kith.db` or `postgres://…`.
    pub store_url: String,
    /// Folder of the pictures.
    pub media_folder: PathBuf,
    /// File of the key that seals tokens; one is made in `key_folder` if `None`.
    pub key_file: Option<PathBuf>,
    /// Where keys lie by default, outside the data folder.
    pub key_folder: PathBuf,
    /// Allow servers on private and loopback addresses.
    pub allow_private: bool,
    /// The address people type, without a slash at its end.
    pub public_url: String,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// How late a post may go out by itself, in seconds; `None` for the default.
    pub grace_s: Option<i64>,
}

/// The engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Kith(pub(crate) Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) networks: Registry,
    pub(crate) http: NetClient,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) keys: KeyRing,
    pub(crate) media_folder: PathBuf,
    pub(crate) public_url: String,
    pub(crate) grace_s: i64,
    pub(crate) guesses: Guesses,
    /// Workspaces that the brake was lately found open in.
    pub(crate) unbraked: Unbraked,
    /// What stands still, as read lately.
    pub(crate) resting: Resting,
    /// Threads read anew lately.
    pub(crate) refreshed: Recently<ConversationId>,
    /// Calls of feeds' hubs, and feeds that one of them woke lately.
    pub(crate) hub_calls: HubCalls,
    pub(crate) hub_woken: Recently<SourceId>,
    /// Cards of pages read lately.
    pub(crate) cards: CardsSeen,
    /// Links looked up lately.
    pub(crate) links: LinksSeen,
    pub(crate) trends: TrendsSeen,
    /// Notices that the store does not have yet.
    pub(crate) unsaved: Unsaved,
    live: broadcast::Sender<(Option<WorkspaceId>, LiveEvent)>,
    closing: CancellationToken,
    /// Whether other processes may deliver from the same store.
    pub(crate) shared: bool,
    /// The gate before claims.
    pub(crate) host: Host,
    /// This Kith's name; a restored or copied one has the same.
    instance: String,
    /// One lock per channel for token refreshes.
    refresh_locks: Mutex<HashMap<ChannelId, Arc<tokio::sync::Mutex<()>>>>,
    /// Where tests hold deliveries; empty otherwise.
    pub(crate) points: Points,
    /// The practice network beside this Kith: its network's name and its address.
    pub(crate) practice: std::sync::OnceLock<(String, String)>,
}

/// Who works at the command line: whoever can read the data folder acts for the workspace's owner.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its zone.
    pub zone: String,
    /// In whose name things are written.
    pub actor: Actor,
}

impl Kith {
    /// Opens the store, brings it to this version, and reads the key.
    pub async fn open(setup: Setup) -> Result<Self, Problem> {
        Self::put_together(setup, Points::default()).await
    }

    /// The same, with somebody who is told where deliveries stand and can hold them there. For tests.
    pub async fn open_watched(setup: Setup, watcher: Arc<dyn Watcher>) -> Result<Self, Problem> {
        Self::put_together(setup, Points::watched_by(watcher)).await
    }

    async fn put_together(setup: Setup, points: Points) -> Result<Self, Problem> {
        let now = setup.clock.now();
        let store = Store::open(&setup.store_url, now).await.map_err(from_store)?;
        let instance = match store.meta(META_INSTANCE).await.map_err(from_store)? {
            Some(name) => name,
            None => {
                let name = setup.chance.id(now, WorkspaceId::new).to_string();
                store.set_meta(META_INSTANCE, &name).await.map_err(from_store)?;
                name
            }
        };
        let key_file = setup.key_file.unwrap_or_else(|| setup.key_folder.join(format!("{instance}.key")));
        let keys = KeyRing::open(&key_file, &*setup.chance).map_err(|error| Problem::Refused(error.to_string()))?;
        let http = NetClient::new(Policy { allow_private: setup.allow_private })
            .map_err(|error| Problem::Refused(format!("the HTTP client can't be made: {error}")))?;
        // Servers see whose Kith it is, unless the address would mean nothing to them.
        let http = match url::Url::parse(&setup.public_url) {
            Ok(url) if url.scheme() == "https" => http.with_contact(&url),
            _ => http,
        };
        Ok(Self(Arc::new(Parts {
            store,
            networks: Registry::new(),
            http,
            clock: setup.clock,
            chance: setup.chance,
            keys,
            media_folder: setup.media_folder,
            public_url: setup.public_url.trim_end_matches('/').to_owned(),
            grace_s: setup.grace_s.unwrap_or(GRACE_DEFAULT_S),
            guesses: Guesses::default(),
            unbraked: Unbraked::default(),
            resting: Resting::default(),
            refreshed: Recently::default(),
            hub_calls: HubCalls::default(),
            hub_woken: Recently::default(),
            cards: CardsSeen::default(),
            links: LinksSeen::default(),
            trends: TrendsSeen::default(),
            unsaved: Unsaved::default(),
            live: broadcast::Sender::new(LIVE_BACKLOG),
            closing: CancellationToken::new(),
            shared: !setup.store_url.starts_with("sqlite:"),
            host: Host::default(),
            instance,
            refresh_locks: Mutex::default(),
            points,
            practice: std::sync::OnceLock::new(),
        })))
    }

    /// The instant that this Kith takes for now.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The address people type.
    pub fn public_url(&self) -> &str {
        &self.0.public_url
    }

    /// Changes of one workspace's pages, or of everybody's (`None`), from now on.
    pub fn live(&self) -> broadcast::Receiver<(Option<WorkspaceId>, LiveEvent)> {
        self.0.live.subscribe()
    }

    /// Done when this process stops: long answers, such as a page's events, end then.
    pub fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }

    /// The networks that this Kith knows.
    pub fn networks(&self) -> &Registry {
        &self.0.networks
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn instance(&self) -> &str {
        &self.0.instance
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn chance(&self) -> &dyn Chance {
        &*self.0.chance
    }

    /// Tells open pages that something changed, here and on every process of the same database. Nobody listening is fine.
    pub(crate) async fn tell(&self, workspace: WorkspaceId, what: &'static str, id: Option<String>) {
        self.tell_others(&told(what, Some(workspace), id.as_deref())).await;
        self.show(workspace, what, id).await;
    }

    /// Tells the open pages of this process alone.
    pub(crate) async fn show(&self, workspace: WorkspaceId, what: &'static str, id: Option<String>) {
        if self.0.live.receiver_count() == 0 {
            return;
        }
        match self.store().in_workspace(workspace).waiting_total().await {
            Ok(owed) => {
                let _ = self.0.live.send((Some(workspace), LiveEvent { what, id, owed: Some(owed) }));
            }
            // A page that asked now could not be answered either; a wrong number would say that nobody waits.
            Err(error) => tracing::warn!(%error, what, "open pages could not be told of a change"),
        }
    }

    /// Tells all open pages, whoever's they are, that something about this Kith changed.
    pub(crate) fn tell_everyone(&self, what: &'static str) {
        let (kith, words) = (self.clone(), told(what, None, None));
        tokio::spawn(async move { kith.tell_others(&words).await });
        self.show_everyone(what);
    }

    /// The same, on this process alone.
    pub(crate) fn show_everyone(&self, what: &'static str) {
        let _ = self.0.live.send((None, LiveEvent { what, id: None, owed: None }));
    }

    async fn tell_others(&self, words: &str) {
        if let Err(error) = self.store().tell_others(words).await {
            tracing::debug!(%error, words, "open pages of other processes could not be told of a change");
        }
    }

    pub(crate) fn refresh_lock(&self, channel: ChannelId) -> Arc<tokio::sync::Mutex<()>> {
        self.0.refresh_locks.lock().unwrap_or_else(PoisonError::into_inner).entry(channel).or_default().clone()
    }
}
