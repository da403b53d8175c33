//! A Kith in a temporary folder, with a hand clock, seeded chance, and Ana as its owner.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kith_engine::{Clock, Courier, HandClock, Kith, Listeners, Operator, PlanFile, PlanWish, SeededChance, Setup, Visitor};
use kith_networks::Secret;
use kith_testkit::cast;
use tempfile::TempDir;

/// What Ana chose.
pub(crate) const PASSWORD: &str = "a walk by the river";

pub(crate) struct World {
    pub(crate) kith: Kith,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) operator: Operator,
    pub(crate) folder: TempDir,
    pub(crate) courier: Courier,
    pub(crate) listeners: Listeners,
}

impl World {
    /// Begins at the world's present, because real servers stamp what they are given with theirs.
    pub(crate) async fn new() -> Self {
        Self::at_address("http://kith.test").await
    }

    /// The same, under this address.
    pub(crate) async fn at_address(public_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock::new(kith_engine::SystemClock.now()));
        let kith = open_at(folder.path().to_owned(), clock.clone(), public_url).await;
        kith.add_owner(cast::ANA.name, cast::ANA.email, Some(cast::WORKSPACE), "Europe/Lisbon").await.unwrap();
        let operator = kith.operator(None).await.unwrap();
        let (courier, listeners) = (Courier::new(kith.clone()), Listeners::new(kith.clone()));
        Self { kith, clock, operator, folder, courier, listeners }
    }

    /// The same from tomorrow at six in the morning, for what counts by the day: it must not hang on the hour of the run.
    pub(crate) async fn in_the_morning() -> Self {
        let world = Self::new().await;
        let midnight = world.clock.now().in_tz("Europe/Lisbon").unwrap().tomorrow().unwrap().start_of_day().unwrap();
        world.clock.set(midnight.timestamp() + SignedDuration::from_hours(6));
        world
    }

    pub(crate) async fn add(&self, network: &str, name: &str, fields: &[(&str, &str)]) {
        let fields: BTreeMap<String, Secret> = fields.iter().map(|(k, v)| ((*k).to_owned(), Secret::new(*v))).collect();
        self.kith.add_channel(&self.operator, network, &fields, Some(name)).await.unwrap();
    }

    /// Imports rows of `text,at` for the channels.
    pub(crate) async fn import(&self, csv: String, channels: &[&str]) {
        let plan = PlanFile { name: "plan.csv".into(), bytes: csv.into_bytes(), format: None, folder: None };
        let wish = PlanWish { channels: channels.iter().map(|name| (*name).to_owned()).collect(), ..PlanWish::default() };
        self.kith.import_plan(&self.operator, &plan, &wish).await.unwrap().unwrap();
    }

    /// A civil time in Lisbon, so many seconds from now.
    pub(crate) fn at(&self, seconds: i64) -> String {
        let instant = self.clock.now() + SignedDuration::from_secs(seconds);
        instant.in_tz("Europe/Lisbon").unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Moves time in small steps until nothing is on its way any more, or `most` has passed.
    pub(crate) async fn deliver_all(&self, most: SignedDuration) {
        let until: Timestamp = self.clock.now() + most;
        loop {
            self.courier.run_due().await.unwrap();
            let lines = self.kith.dispatch_lines(self.operator.workspace, None, None, 1_000).await.unwrap();
            let open = lines.iter().any(|line| ["planned", "claimed", "sending", "uncertain"].contains(&line.state.as_str()));
            if !open || self.clock.now() > until {
                return;
            }
            self.clock.advance(SignedDuration::from_secs(2));
        }
    }

    /// Ana, signed in by the link that her owner's line printed.
    pub(crate) async fn ana(&self) -> Visitor {
        let owner = self.kith.add_owner(cast::ANA.name, cast::ANA.email, None, "UTC").await.unwrap();
        let secret = owner.link.rsplit('/').next().unwrap();
        let session = self.kith.enter_by_link(secret, Some(PASSWORD), "a test").await.unwrap();
        self.kith.visitor(&session.cookie).await.unwrap().unwrap()
    }
}

pub(crate) async fn open(folder: PathBuf, clock: Arc<HandClock>) -> Kith {
    open_at(folder, clock, "http://kith.test").await
}

async fn open_at(folder: PathBuf, clock: Arc<HandClock>, public_url: &str) -> Kith {
    std::fs::create_dir_all(folder.join("data")).unwrap();
    Kith::open(Setup {
        store_url: format!("sqlite://{}", folder.join("data/kith.db").display()),
        media_folder: folder.join("data/media"),
        key_file: Some(folder.join("keys/kith.key")),
        key_folder: folder.join("keys"),
        allow_private: true,
        public_url: public_url.into(),
        clock,
        chance: Arc::new(SeededChance::new(7)),
        grace_s: None,
    })
    .await
    .unwrap()
}
