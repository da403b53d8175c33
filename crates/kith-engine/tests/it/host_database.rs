//! A database that is gone for half an hour: nothing is claimed or sent meanwhile, and afterwards all follow the rules.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener as StdListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use kith_engine::{Clock, Courier, HandClock, Kith, Listeners, SeededChance, Setup, SystemClock};
use kith_testkit::{Fault, FaultProxy, Rule, cast, other, servers};
use tempfile::TempDir;

use crate::world::World;

const POSTS: usize = 30;

/// A PostgreSQL that can be stopped as a crash does and started again, with fsync on.
struct Cluster {
    folder: TempDir,
    port: u16,
}

impl Cluster {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if is_root() {
            assert!(Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap().success());
        }
        let cluster = Self { folder, port };
        cluster.run("initdb", &["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        cluster.up();
        cluster
    }

    fn up(&self) {
        let options =
            format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c dynamic_shared_memory_type=mmap", self.port);
        self.run("pg_ctl", &["-w", "-t", "60", "-l", &self.folder.path().join("log").display().to_string(), "-o", &options, "start"]);
    }

    /// As if its power had failed.
    fn down(&self) {
        self.run("pg_ctl", &["-m", "immediate", "stop"]);
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn run(&self, program: &str, words: &[&str]) {
        let versions =
            std::fs::read_dir("/usr/lib/postgresql").unwrap_or_else(|_| panic!("PostgreSQL is missing; run: scripts/setup servers"));
        let bin: PathBuf = versions.map(|entry| entry.unwrap().path().join("bin")).max().unwrap();
        let mut command = if is_root() {
            // It refuses to run as root.
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]).arg(bin.join(program));
            command
        } else {
            Command::new(bin.join(program))
        };
        command.args(["-D", &self.folder.path().join("data").display().to_string()]).args(words).current_dir(self.folder.path());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{program} {words:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may be down already.
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.down();
        }
    }
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

async fn on(url: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(HandClock::new(SystemClock.now()));
    let kith = Kith::open(Setup {
        store_url: url.to_owned(),
        media_folder: folder.path().join("data/media"),
        key_file: Some(folder.path().join("keys/kith.key")),
        key_folder: folder.path().join("keys"),
        allow_private: true,
        public_url: "http://kith.test".into(),
        clock: clock.clone(),
        chance: Arc::new(SeededChance::new(7)),
        grace_s: None,
    })
    .await
    .unwrap();
    kith.add_owner(cast::ANA.name, cast::ANA.email, Some(cast::WORKSPACE), "Europe/Lisbon").await.unwrap();
    let operator = kith.operator(None).await.unwrap();
    let (courier, listeners) = (Courier::new(kith.clone()), Listeners::new(kith.clone()));
    World { kith, clock, operator, folder, courier, listeners }
}

async fn states(world: &World) -> Vec<String> {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 1_000).await.unwrap();
    lines.into_iter().map(|line| line.state).collect()
}

async fn shown(mastodon: &servers::Mastodon, mark: &str) -> usize {
    let me = other::mastodon(&mastodon.url, &mastodon.tokens.katherine).await.unwrap();
    let there = me.all_statuses(&me.id).await.unwrap();
    there.iter().filter(|status| status["content"].as_str().unwrap().contains(mark)).count()
}

/// Posts spread over half an hour and a little more.
fn plan(world: &World, mark: &str) -> String {
    let rows = (0..POSTS).map(|i| format!("Tip {i} {mark},{}\n", world.at(60 * i as i64 + 30)));
    std::iter::once("text,at\n".to_owned()).chain(rows).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_gone_for_half_an_hour_sends_nothing_and_then_each_goes_out_once_or_is_missed_by_its_grace() {
    let (cluster, mastodon) = (Cluster::start(), servers::own_mastodon_mock().await.unwrap());
    let world = on(&cluster.url()).await;
    world.add("mastodon", "ma", &[("server", &mastodon.url), ("token", &mastodon.tokens.katherine)]).await;
    world.import(plan(&world, "while it was gone"), &["ma"]).await;
    let start = world.clock.now();

    cluster.down();
    for _ in 0..2 {
        world.clock.advance(SignedDuration::from_mins(16));
        assert!(world.courier.run_due().await.is_err(), "nothing can be claimed");
    }
    let health = world.kith.health().await;
    assert!(!health.is_ready() && !health.store && !health.troubles.is_empty(), "{health:?}");
    assert_eq!(shown(&mastodon, "while it was gone").await, 0, "nothing was sent");

    cluster.up();
    world.deliver_all(SignedDuration::from_hours(4)).await;
    let grace = SignedDuration::from_mins(30);
    let back = start + SignedDuration::from_mins(32);
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 1_000).await.unwrap();
    for line in &lines {
        if back > line.due_at + grace {
            assert_eq!(line.state, "missed", "{line:?}");
        }
        assert!(["missed", "published"].contains(&line.state.as_str()), "{line:?}");
    }
    let published = lines.iter().filter(|line| line.state == "published").count();
    assert!(published > 0 && published < POSTS, "{published} of {POSTS}");
    assert_eq!(shown(&mastodon, "while it was gone").await, published, "each once");
    assert!(world.kith.health().await.is_ready());
    mastodon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_postgres_could_not_take_is_kept_until_it_can() {
    let (cluster, mastodon) = (Cluster::start(), servers::own_mastodon_mock().await.unwrap());
    let proxy = FaultProxy::start(&mastodon.url).await.unwrap();
    let world = on(&cluster.url()).await;
    world.add("mastodon", "ma", &[("server", &proxy.url), ("token", &mastodon.tokens.katherine)]).await;
    world.import(format!("text,at\nKept in memory,{}\n", world.at(5)), &["ma"]).await;
    proxy.plan(Rule::on("/api/v1/statuses", Fault::DelayAnswer(Duration::from_secs(3))).method("POST").times(1));
    world.clock.advance(SignedDuration::from_secs(6));

    let courier = world.courier.clone();
    let run = tokio::spawn(async move { courier.run_due().await });
    let sent = async || {
        let arrived = proxy.requests().iter().any(|passed| passed.method == "POST" && passed.upstream_status == Some(200));
        Ok(arrived.then_some(()))
    };
    servers::eventually(sent).await.unwrap();
    cluster.down();
    // The answer comes while the database is away.
    let answered = async || {
        let answered =
            proxy.requests().iter().any(|passed| passed.method == "POST" && passed.client_saw == kith_testkit::proxy::Saw::Status(200));
        Ok(answered.then_some(()))
    };
    servers::eventually(answered).await.unwrap();
    cluster.up();
    // Claiming on may fail while the connections are made anew; the result is what counts.
    let _ = run.await.unwrap();
    let line = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap().remove(0);
    assert_eq!((line.state.as_str(), line.attempts), ("published", 1), "{line:?}");
    let page = world.kith.dispatch_page(world.operator.workspace, &line.id).await.unwrap();
    assert!(page.tries.iter().all(|attempt| attempt.kind == "send"), "no look was needed: {:?}", page.tries);
    assert_eq!(shown(&mastodon, "Kept in memory").await, 1);
    mastodon.stop().await.unwrap();
}

/// Another process that holds SQLite's writing lock until its input ends.
struct Locker(Child);

impl Locker {
    fn lock(world: &World) -> Self {
        let script = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                      db.execute('BEGIN IMMEDIATE')\nprint('locked', flush=True)\nsys.stdin.read()\ndb.execute('ROLLBACK')\n";
        let mut child = Command::new("python3")
            .args(["-c", script])
            .arg(world.folder.path().join("data/kith.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|_| panic!("python3 is missing; run: scripts/setup servers"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "locked\n");
        Self(child)
    }

    fn release(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

impl Drop for Locker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_locked_by_another_process_for_half_an_hour_sends_nothing_and_then_follows_the_rules() {
    let (world, mastodon) = (World::new().await, servers::own_mastodon_mock().await.unwrap());
    world.add("mastodon", "ma", &[("server", &mastodon.url), ("token", &mastodon.tokens.katherine)]).await;
    world.import(plan(&world, "while it was locked"), &["ma"]).await;

    let locker = Locker::lock(&world);
    for _ in 0..2 {
        world.clock.advance(SignedDuration::from_mins(16));
        assert!(world.courier.run_due().await.is_err(), "nothing can be claimed");
    }
    let health = world.kith.health().await;
    assert!(health.store && !health.is_ready(), "it can be read, and nothing goes out: {health:?}");
    assert_eq!(states(&world).await, vec!["planned"; POSTS]);
    locker.release();

    world.deliver_all(SignedDuration::from_hours(4)).await;
    let states = states(&world).await;
    let published = states.iter().filter(|state| *state == "published").count();
    let missed = states.iter().filter(|state| *state == "missed").count();
    assert!(published > 0 && missed > 0 && published + missed == POSTS, "{states:?}");
    assert_eq!(shown(&mastodon, "while it was locked").await, published, "each once");
    assert!(world.kith.health().await.is_ready());
    mastodon.stop().await.unwrap();
}
