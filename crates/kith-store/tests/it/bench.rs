//! A fresh database, handles on it, and the small world that every fact begins with.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use kith_domain::converse::Automated;
use kith_domain::ids::{ActId, ChannelId, DispatchId, LoginId, MemberId, NetworkId, PostId, SessionId, VariantId, WorkspaceId};
use kith_domain::listen::{Audience, IncomingKind, RemotePost};
use kith_domain::mandate::{Actor, Door, Provenance, Role};
use kith_domain::people::Profile;
use kith_domain::publish::{Content, Dispatch, State};
use kith_store::{
    Claim, Claimed, InWorkspace, Ingest, NewChannel, NewEvent, NewLogin, NewMember, NewPost, NewVariant, Sealed, Store, StoreError,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use uuid::Uuid;

/// 2026-12-01T08:00:00Z.
pub(crate) const NOON: i64 = 1_796_112_000;

/// The states through which a sending goes.
pub(crate) const PLANNED: State = State::Planned { not_before: None, late_until: None };
pub(crate) const CLAIMED: State = State::Claimed { late_until: None };
pub(crate) const SENDING: State = State::Sending { unknowns: 0, late_until: None };

/// An instant, in seconds after the world began.
pub(crate) fn at(s: i64) -> Timestamp {
    Timestamp::from_second(NOON + s).unwrap()
}

/// A number that no other row of this run has.
pub(crate) fn fresh() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// One fresh database.
pub(crate) struct Bench {
    pub(crate) url: String,
    /// Keeps the folder alive.
    dir: Option<tempfile::TempDir>,
    server: Option<String>,
    schema: String,
}

impl Bench {
    pub(crate) fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("kith.db").display());
        Self { url, dir: Some(dir), server: None, schema: String::new() }
    }

    pub(crate) async fn postgres() -> Self {
        let server = kith_testkit::servers::postgres().await.unwrap().url;
        let schema = format!("kith_it_{}", std::process::id());
        let mut conn = sqlx::PgConnection::connect(&server).await.unwrap();
        conn.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{mark}options=-csearch_path%3D{schema}");
        Self { url, dir: None, server: Some(server), schema }
    }

    /// A fresh database on the same server.
    pub(crate) async fn next(self) -> Self {
        self.end().await;
        Self::postgres().await
    }

    pub(crate) async fn end(self) {
        let mut conn = sqlx::PgConnection::connect(self.server.as_ref().unwrap()).await.unwrap();
        conn.execute(AssertSqlSafe(format!("DROP SCHEMA {} CASCADE", self.schema))).await.unwrap();
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.dir.is_some()
    }

    /// A handle of its own: a second one stands for a second process.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url, at(0)).await.unwrap()
    }

    /// Runs a step of the migrations once more, as on a database of that time.
    pub(crate) async fn step(&self, sqlite: &'static str, postgres: &'static str) {
        if self.is_sqlite() {
            let mut conn = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sqlite).execute(&mut conn).await.unwrap();
        } else {
            let mut conn = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(postgres).execute(&mut conn).await.unwrap();
        }
    }

    /// Ends the connection by which a process on PostgreSQL hears others, as a failing network does.
    pub(crate) async fn cut_off(&self, store: &Store) {
        let mut conn = sqlx::PgConnection::connect(&self.url).await.unwrap();
        let cut = "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN process p ON \
            p.lock_key = (CAST(l.classid AS BIGINT) << 32 | CAST(l.objid AS BIGINT)) WHERE l.locktype = 'advisory' AND p.name = $1";
        let rows = sqlx::query(cut).bind(store.process().to_owned()).execute(&mut conn).await.unwrap();
        assert_eq!(rows.rows_affected(), 1);
    }

    /// A handle and the world on it.
    pub(crate) async fn world(&self) -> World {
        let store = self.open().await;
        World::on(store, "Lark & Co").await
    }
}

/// A workspace with Ana (owner), Bo (delegate) and a channel.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) id: WorkspaceId,
    pub(crate) login: LoginId,
    pub(crate) ana: MemberId,
    pub(crate) bo: MemberId,
    pub(crate) channel: ChannelId,
}

impl World {
    pub(crate) async fn on(store: Store, name: &str) -> Self {
        let world = Self {
            id: WorkspaceId::from_uuid(fresh()),
            login: LoginId::from_uuid(fresh()),
            ana: MemberId::from_uuid(fresh()),
            bo: MemberId::from_uuid(fresh()),
            channel: ChannelId::from_uuid(fresh()),
            store,
        };
        world.store.add_workspace(world.id, name, "Europe/Lisbon", at(0)).await.unwrap();
        for (login, member, role, name) in
            [(world.login, world.ana, Role::Owner, "Ana"), (LoginId::from_uuid(fresh()), world.bo, Role::Delegate, "Bo")]
        {
            let email = format!("{name}.{login}@example.test");
            world.store.add_login(&NewLogin { id: login, email, name: name.into(), password_hash: None }, at(0)).await.unwrap();
            world.at().add_member(&NewMember { id: member, login, role, name: name.into() }, at(0)).await.unwrap();
        }
        world.at().add_channel(&channel(world.channel, "lark"), at(0)).await.unwrap();
        world
    }

    pub(crate) fn at(&self) -> InWorkspace<'_> {
        self.store.in_workspace(self.id)
    }

    pub(crate) fn ana_actor(&self) -> Actor {
        Actor::Member { id: self.ana, name: "Ana".into() }
    }

    pub(crate) fn event(&self, kind: &str) -> NewEvent {
        NewEvent { kind: kind.into(), subject: String::new(), actor: self.ana_actor(), detail: serde_json::json!({}) }
    }

    /// A second channel.
    pub(crate) async fn another_channel(&self, name: &str) -> ChannelId {
        let id = ChannelId::from_uuid(fresh());
        self.at().add_channel(&channel(id, name), at(0)).await.unwrap();
        id
    }

    /// A post with one dispatch, due `due_s` after the world began.
    pub(crate) fn post(&self, channel: ChannelId, due_s: i64) -> NewPost {
        let (post, variant, id) = (PostId::from_uuid(fresh()), VariantId::from_uuid(fresh()), DispatchId::from_uuid(fresh()));
        let content = Content { text: format!("Kiln tip {id}"), language: Some("en".into()), ..Content::default() };
        let dispatch = Dispatch {
            id,
            workspace: self.id,
            post,
            variant,
            channel,
            occurrence_key: format!("tips/{id}"),
            civil: "2026-12-01T09:30:00".into(),
            zone: "Europe/Lisbon".into(),
            due_at: at(due_s),
            grace_s: 1_800,
            payload_hash: content.hash(),
            remote_key: format!("key-{id}"),
            prepared: None,
            state: PLANNED,
            fence: 0,
            attempts: 0,
            first_send: None,
            last_send: None,
        };
        let provenance = Provenance {
            written_by: self.ana_actor(),
            written_at: at(0),
            through: Door::ImportFile { file: "tips.csv".into(), line: 7 },
            changed_by: None,
            changed_at: None,
            approved_by: Some(self.ana_actor()),
            approved_at: Some(at(1)),
            sent_by: Actor::Worker,
            on_behalf_of: self.id,
        };
        NewPost {
            id: post,
            text: content.text.clone(),
            category: Some("tips".into()),
            provenance,
            variants: vec![NewVariant {
                id: variant,
                channel,
                approved_hash: Some(content.hash()),
                approved_by: Some(self.ana_actor()),
                approved_at: Some(at(1)),
                content,
                dispatches: vec![dispatch],
            }],
        }
    }

    /// Plans one dispatch for each due time.
    pub(crate) async fn plan(&self, channel: ChannelId, due: &[i64]) -> Vec<Dispatch> {
        let posts: Vec<_> = due.iter().map(|s| self.post(channel, *s)).collect();
        self.at().add_plan(&posts, at(0)).await.unwrap();
        posts.into_iter().map(|mut post| post.variants.remove(0).dispatches.remove(0)).collect()
    }

    /// Claims the next of every channel that has something due, for two minutes.
    pub(crate) async fn claim(&self, now_s: i64) -> Vec<Claimed> {
        claim_all(&self.store, now_s).await.unwrap()
    }

    pub(crate) async fn read(&self, d: &Dispatch) -> kith_store::DispatchView {
        self.at().dispatch(d.id).await.unwrap().unwrap()
    }
}

/// As a worker does: asks which channels have something due, and claims on all of them.
pub(crate) async fn claim_all(store: &Store, now_s: i64) -> Result<Vec<Claimed>, StoreError> {
    let channels: Vec<_> = store.due_channels(at(now_s)).await?.into_iter().map(|due| due.channel).collect();
    store.claim(&Claim { now: at(now_s), lease_until: at(now_s + 120), channels: &channels }).await
}

pub(crate) fn channel(id: ChannelId, name: &str) -> NewChannel {
    NewChannel {
        id,
        network: network(),
        name: name.into(),
        server: "https://clay.example.test".into(),
        remote_id: format!("profile-{id}"),
        address: format!("{name}@clay.example.test"),
        display_name: "Lark & Co".into(),
        sealed: Sealed(b"sealed-token-bytes".to_vec()),
        capabilities: serde_json::json!({ "chars": 500 }),
    }
}

pub(crate) fn network() -> NetworkId {
    NetworkId::known("somewhere")
}

pub(crate) fn person(name: &str) -> Profile {
    Profile {
        network: network(),
        remote_id: format!("person-{name}"),
        address: format!("{name}@clay.example.test"),
        display_name: name.to_owned(),
        url: Some(format!("https://clay.example.test/@{name}")),
        is_bot: false,
    }
}

pub(crate) fn remote_post(id: &str, by: &Profile, s: i64) -> RemotePost {
    RemotePost {
        remote_id: id.into(),
        url: Some(format!("https://clay.example.test/{id}")),
        author: by.clone(),
        html: format!("<p>words of {id}</p>"),
        text: format!("words of {id}"),
        warning: None,
        at: at(s),
        in_reply_to: Some("root".into()),
        root: Some("root".into()),
        audience: Audience::Public,
        is_ours: false,
    }
}

/// Words of a person to us, in a thread.
pub(crate) fn says(name: &str, root: &str, id: &str, s: i64) -> Ingest {
    let by = person(name);
    Ingest::Message {
        post: remote_post(id, &by, s),
        kind: IncomingKind::Reply,
        event_remote_id: format!("event-{id}"),
        root_remote_id: root.into(),
        person: by,
        automated: None,
    }
}

pub(crate) fn machine_says(name: &str, root: &str, id: &str, s: i64, why: Automated) -> Ingest {
    match says(name, root, id, s) {
        Ingest::Message { post, kind, event_remote_id, root_remote_id, person, .. } => {
            Ingest::Message { post, kind, event_remote_id, root_remote_id, person, automated: Some(why) }
        }
        other => other,
    }
}

pub(crate) fn us() -> Profile {
    person("lark")
}

/// Our own answer, as the network shows it.
pub(crate) fn ours(id: &str, s: i64) -> RemotePost {
    RemotePost { is_ours: true, ..remote_post(id, &us(), s) }
}

pub(crate) fn act_id() -> ActId {
    ActId::from_uuid(fresh())
}

pub(crate) fn session_id() -> SessionId {
    SessionId::from_uuid(fresh())
}
