//! A Kith that can be killed, frozen and followed by another one, before a network that the test can count.
//!
//! `Hand` stands at the engine's points: a plan for a point either keeps the worker there (dropped afterwards, it has
//! died; thawed, it was frozen) or does something behind its back. The network's clock is the time that has really
//! passed, whatever Kith's clock was set to.

use std::collections::BTreeMap;
use std::fmt::{Debug, Formatter};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{ChannelId, DispatchId};
use kith_domain::publish::{Class, State};
use kith_engine::{Clock, Courier, HandClock, Kith, Operator, PlanFile, PlanWish, Point, SeededChance, Setup, Watcher};
use kith_networks::Secret;
use kith_practice::{Practice, Running};
use kith_store::{AttemptRow, DispatchFilter, DispatchView, InWorkspace, Store};
use kith_testkit::{FaultProxy, cast, servers};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::bare;

/// A step of time in which nothing that matters is overlooked.
const STEP: SignedDuration = SignedDuration::from_secs(2);
/// Longer than any lease.
pub(super) const PAST_THE_LEASE: SignedDuration = SignedDuration::from_secs(121);

type Deed = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// What the test does when a worker comes to a point, once each.
#[derive(Default)]
pub(super) struct Hand {
    plans: Mutex<Vec<(Point, Option<Deed>)>>,
    seen: watch::Sender<Vec<Point>>,
    standing: watch::Sender<usize>,
    thawed: watch::Sender<bool>,
}

impl Debug for Hand {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hand").finish_non_exhaustive()
    }
}

#[async_trait]
impl Watcher for Hand {
    async fn reached(&self, point: Point, _dispatch: Option<DispatchId>) {
        let plan = {
            let mut plans = self.plans.lock().unwrap();
            let at = plans.iter().position(|(planned, _)| *planned == point);
            at.map(|at| plans.remove(at).1)
        };
        self.seen.send_modify(|seen| seen.push(point));
        match plan {
            None => {}
            Some(Some(deed)) => deed().await,
            Some(None) => {
                self.standing.send_modify(|count| *count += 1);
                let mut thawed = self.thawed.subscribe();
                let _ = thawed.wait_for(|open| *open).await;
            }
        }
    }
}

impl Hand {
    /// The next worker that comes there stays.
    pub(super) fn stop_at(&self, point: Point) {
        self.plans.lock().unwrap().push((point, None));
    }

    /// The next time a worker comes there, this happens first.
    pub(super) fn when_at(&self, point: Point, deed: impl Future<Output = ()> + Send + 'static) {
        self.plans.lock().unwrap().push((point, Some(Box::new(move || Box::pin(deed)))));
    }

    /// Waits until somebody stands at the planned point.
    pub(super) async fn somebody_stands(&self) {
        let _ = self.standing.subscribe().wait_for(|count| *count > 0).await;
    }

    /// Those who stand go on.
    pub(super) fn thaw(&self) {
        self.thawed.send_replace(true);
    }

    pub(super) fn times_at(&self, point: Point) -> usize {
        self.seen.borrow().iter().filter(|seen| **seen == point).count()
    }

    /// Waits until workers have come there so often.
    pub(super) async fn wait_for(&self, point: Point, times: usize) {
        let reached = |seen: &Vec<Point>| seen.iter().filter(|seen| **seen == point).count() >= times;
        let _ = self.seen.subscribe().wait_for(reached).await;
    }
}

/// The time that has passed, as the network counts it.
struct TrueTime {
    began: Timestamp,
    zero: Instant,
    hand: Arc<HandClock>,
}

impl kith_practice::Clock for TrueTime {
    fn now(&self) -> Timestamp {
        self.began + SignedDuration::try_from(self.hand.steady().duration_since(self.zero)).unwrap()
    }
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Sqlite,
    Postgres,
}

pub(super) const BOTH: [Base; 2] = [Base::Sqlite, Base::Postgres];

/// See the module.
pub(super) struct Rig {
    pub(super) kith: Kith,
    pub(super) courier: Courier,
    pub(super) operator: Operator,
    pub(super) clock: Arc<HandClock>,
    pub(super) hand: Arc<Hand>,
    pub(super) folder: TempDir,
    pub(super) url: String,
    /// Another handle on the database, for looking.
    pub(super) store: Store,
    pub(super) practice: Running,
    /// Between the channel `lark` and the network.
    pub(super) proxy: FaultProxy,
}

impl Rig {
    /// On SQLite, with the channel `lark`.
    pub(super) async fn new() -> Self {
        Self::on(Base::Sqlite).await
    }

    pub(super) async fn on(base: Base) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        let url = match base {
            Base::Sqlite => format!("sqlite://{}", folder.path().join("data/kith.db").display()),
            Base::Postgres => servers::postgres().await.unwrap().database("matrix").await.unwrap(),
        };
        // Real servers stamp what they are given with the world's time.
        let began = kith_engine::SystemClock.now();
        let clock = Arc::new(HandClock::new(began));
        let hand = Arc::new(Hand::default());
        let kith = Kith::open_watched(setup(&folder, &url, &clock, 7), hand.clone()).await.unwrap();
        kith.add_owner(cast::ANA.name, cast::ANA.email, Some(cast::WORKSPACE), "Europe/Lisbon").await.unwrap();
        let operator = kith.operator(None).await.unwrap();
        let time = Arc::new(TrueTime { began, zero: clock.steady(), hand: clock.clone() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let practice = Practice::builder().seed(1).clock(time).owner("ana", "Ana").people(1).start(listener).await.unwrap();
        let proxy = FaultProxy::start(&practice.url()).await.unwrap();
        let store = Store::open(&url, began).await.unwrap();
        let rig = Self { courier: Courier::new(kith.clone()), kith, operator, clock, hand, folder, url, store, practice, proxy };
        rig.add("mastodon", "lark", &[("server", &rig.proxy.url), ("token", &rig.practice.owner_token())]).await;
        rig
    }

    pub(super) async fn add(&self, network: &str, name: &str, fields: &[(&str, &str)]) {
        let fields: BTreeMap<String, Secret> = fields.iter().map(|(k, v)| ((*k).to_owned(), Secret::new(*v))).collect();
        self.kith.add_channel(&self.operator, network, &fields, Some(name)).await.unwrap();
    }

    pub(super) fn space(&self) -> InWorkspace<'_> {
        self.store.in_workspace(self.operator.workspace)
    }

    pub(super) async fn channel(&self, name: &str) -> ChannelId {
        self.space().channel_by_name(name).await.unwrap().unwrap().id
    }

    /// The channel's network guards against doubles like this, as far as Kith knows.
    pub(super) async fn pretend(&self, name: &str, class: Class) {
        let row = self.space().channel_by_name(name).await.unwrap().unwrap();
        let mut capabilities = row.capabilities;
        capabilities["class"] = serde_json::to_value(class).unwrap();
        self.space().set_capabilities(row.id, &capabilities, self.clock.now()).await.unwrap();
    }

    /// Plans one post on `lark`, due in so many seconds.
    pub(super) async fn plan(&self, text: &str, in_s: i64) -> DispatchId {
        self.plan_on("lark", text, in_s).await
    }

    pub(super) async fn plan_on(&self, channel: &str, text: &str, in_s: i64) -> DispatchId {
        self.import(&self.kith, &format!("text,at\n{text},{}\n", self.at(in_s)), channel).await.unwrap();
        self.view_of(text).await.dispatch.id
    }

    /// Imports rows; the same file again is no slip of the hand.
    pub(super) async fn import(&self, kith: &Kith, csv: &str, channel: &str) -> Result<usize, String> {
        let plan =
            PlanFile { name: "plan.csv".into(), bytes: csv.as_bytes().to_vec(), format: None, folder: Some(self.folder.path().to_owned()) };
        let wish = PlanWish { channels: vec![channel.to_owned()], again: true, ..PlanWish::default() };
        let imported = kith.import_plan(&self.operator, &plan, &wish).await.map_err(|problem| problem.to_string())?;
        imported.map(|imported| imported.dispatches).map_err(|problems| format!("{problems:?}"))
    }

    /// A civil time in Lisbon, so many seconds from now.
    pub(super) fn at(&self, seconds: i64) -> String {
        let instant = self.clock.now() + SignedDuration::from_secs(seconds);
        instant.in_tz("Europe/Lisbon").unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// What is due is delivered.
    pub(super) async fn deliver(&self) {
        self.courier.run_due().await.unwrap();
    }

    /// A worker comes to the point and dies there.
    pub(super) async fn die_at(&self, point: Point) {
        self.hand.stop_at(point);
        tokio::select! {
            done = self.courier.run_due() => panic!("nobody came to {point:?}: {done:?}"),
            () = self.hand.somebody_stands() => {}
        }
    }

    /// The process that died is started again on the same folder.
    pub(super) async fn restart(&mut self) {
        self.hand = Arc::new(Hand::default());
        let seed = 8 + self.clock.now().as_second().unsigned_abs();
        self.kith = Kith::open_watched(setup(&self.folder, &self.url, &self.clock, seed), self.hand.clone()).await.unwrap();
        self.courier = Courier::new(self.kith.clone());
        self.courier.take_over().await.unwrap();
    }

    /// One more process on the same database; nobody holds its workers.
    pub(super) async fn another(&self) -> Kith {
        Kith::open(setup(&self.folder, &self.url, &self.clock, 9 + self.clock.now().as_second().unsigned_abs())).await.unwrap()
    }

    /// Time passes in small steps until this dispatch is where only a person moves it, or `most` has passed.
    pub(super) async fn settle_with(&self, courier: &Courier, id: DispatchId, most: SignedDuration) -> State {
        let until = self.clock.now() + most;
        loop {
            courier.run_due().await.unwrap();
            let state = self.state(id).await;
            if state.is_final() || state.waits_for_person() || self.clock.now() > until {
                return state;
            }
            self.clock.advance(STEP);
        }
    }

    pub(super) async fn settle(&self, id: DispatchId) -> State {
        self.settle_with(&self.courier, id, SignedDuration::from_hours(1)).await
    }

    pub(super) async fn view(&self, id: DispatchId) -> DispatchView {
        self.space().dispatch(id).await.unwrap().unwrap()
    }

    pub(super) async fn view_of(&self, text: &str) -> DispatchView {
        let all = self.space().dispatches(&DispatchFilter { limit: 500, ..DispatchFilter::default() }).await.unwrap();
        all.into_iter().find(|view| view.content.text == text).unwrap()
    }

    pub(super) async fn state(&self, id: DispatchId) -> State {
        self.view(id).await.dispatch.state
    }

    pub(super) async fn attempts(&self, id: DispatchId) -> Vec<AttemptRow> {
        self.space().attempts(id).await.unwrap()
    }

    pub(super) async fn words(&self, id: DispatchId) -> String {
        self.kith.dispatch_page(self.operator.workspace, &id.to_string()).await.unwrap().line.words
    }

    /// Requests to publish that came to the network's door.
    pub(super) fn sends(&self) -> usize {
        self.proxy.requests().iter().filter(|passed| passed.method == "POST" && passed.path == "/api/v1/statuses").count()
    }

    /// How often the network shows these words.
    pub(super) async fn shown(&self, text: &str) -> usize {
        let state = bare::json(&self.practice.url(), "GET", "/practice/state", None, "").await;
        state["owner_statuses"].as_array().unwrap().iter().filter(|status| status["text"] == text).count()
    }
}

fn setup(folder: &TempDir, url: &str, clock: &Arc<HandClock>, seed: u64) -> Setup {
    Setup {
        store_url: url.to_owned(),
        media_folder: folder.path().join("data/media"),
        key_file: Some(folder.path().join("keys/kith.key")),
        key_folder: folder.path().join("keys"),
        allow_private: true,
        public_url: "http://kith.test".into(),
        clock: clock.clone(),
        chance: Arc::new(SeededChance::new(seed)),
        grace_s: None,
    }
}
