//! Two Kiths on one PostgreSQL: they hear each other, read each channel once, and renew a sign-in once.

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use kith_engine::views::Choice;
use kith_engine::{Courier, HandClock, Kith, Listeners, Presence, SeededChance, Setup};
use kith_practice::{ManualClock, Practice, Running};
use kith_testkit::servers::{self, eventually};
use kith_testkit::{Fault, FaultProxy, Rule, cast};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::world::World;

/// Two processes with one clock, one key and one database.
struct Pair {
    one: World,
    two: World,
    clock: Arc<HandClock>,
}

impl Pair {
    async fn new() -> Self {
        let database = servers::postgres().await.unwrap().database("pair").await.unwrap();
        let clock = Arc::new(HandClock::new(kith_engine::Clock::now(&kith_engine::SystemClock)));
        let keys = tempfile::tempdir().unwrap();
        let key = keys.path().join("kith.key");
        let one = process(&database, &key, clock.clone(), "one").await;
        let two = process(&database, &key, clock.clone(), "two").await;
        Self { one, two, clock }
    }
}

/// A process; the servers see its name.
async fn process(database: &str, key: &Path, clock: Arc<HandClock>, name: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    let kith = Kith::open(Setup {
        store_url: database.to_owned(),
        media_folder: folder.path().join("media"),
        key_file: Some(key.to_owned()),
        key_folder: folder.path().join("keys"),
        allow_private: true,
        public_url: format!("https://{name}.kith.test"),
        clock: clock.clone(),
        chance: Arc::new(SeededChance::new(name.len() as u64 + u64::from(name.as_bytes()[0]))),
        grace_s: None,
    })
    .await
    .unwrap();
    if kith.operator(None).await.is_err() {
        kith.add_owner(cast::ANA.name, cast::ANA.email, Some(cast::WORKSPACE), "Europe/Lisbon").await.unwrap();
    }
    let operator = kith.operator(None).await.unwrap();
    let (courier, listeners) = (Courier::new(kith.clone()), Listeners::new(kith.clone()));
    Presence::new(kith.clone()).beat().await;
    World { kith, clock, operator, folder, courier, listeners }
}

async fn practice(clock: &HandClock) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(clock)));
    Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(5).start(listener).await.unwrap()
}

/// The clock stands still, so no sweep of the other's can find it: only the notice wakes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_makes_due_another_sends_without_waiting_for_its_sweep() {
    let Pair { one, two, clock } = Pair::new().await;
    let server = practice(&clock).await;
    one.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    one.import(format!("text,at\nLate,{}\n", one.at(60)), &["lark"]).await;
    clock.advance(SignedDuration::from_hours(2));
    assert_eq!(two.courier.run_due().await.unwrap(), 1, "found to be late");
    let state = async || two.kith.dispatch_lines(two.operator.workspace, None, None, 9).await.unwrap().remove(0).state;
    assert_eq!(state().await, "missed");

    let stop = CancellationToken::new();
    let running = tokio::spawn(two.courier.clone().run(stop.clone()));
    let ana = one.ana().await;
    let id = one.kith.plan(&ana, "needs-you", None).await.unwrap().rows[0].id;
    one.kith.choose(&ana, id, Choice::SendNow, None).await.unwrap();
    eventually(|| async { Ok((state().await == "published").then_some(())) }).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_read_by_one_process_and_by_the_other_once_that_one_is_dead() {
    let Pair { one, two, clock } = Pair::new().await;
    let server = practice(&clock).await;
    let proxy = FaultProxy::start(&server.url()).await.unwrap();
    one.add("mastodon", "lark", &[("server", &proxy.url), ("token", &server.owner_token())]).await;
    let readers = |from: usize| {
        let reads = proxy.requests().into_iter().skip(from).filter(|passed| passed.path.starts_with("/api/v1/notifications"));
        let mut readers: Vec<&str> = reads.map(|passed| reader(passed.header("user-agent").unwrap_or_default())).collect();
        let count = readers.len();
        readers.sort_unstable();
        readers.dedup();
        (count, readers)
    };
    let stop = CancellationToken::new();
    let first = tokio::spawn(one.listeners.clone().run(stop.clone()));
    eventually(|| async { Ok((readers(0).0 > 0).then_some(())) }).await.unwrap();
    let second = tokio::spawn(two.listeners.clone().run(stop.clone()));
    // Many polls and renewals of the lease later there is still one reader.
    eventually(|| async {
        clock.advance(SignedDuration::from_secs(8));
        Ok((readers(0).0 >= 4).then_some(()))
    })
    .await
    .unwrap();
    assert_eq!(readers(0).1, ["one"]);

    first.abort();
    assert!(first.await.is_err(), "killed, and nothing given back");
    let died = proxy.requests().len();
    eventually(|| async {
        clock.advance(SignedDuration::from_secs(8));
        Ok((readers(died).0 >= 2).then_some(()))
    })
    .await
    .unwrap();
    assert_eq!(readers(died).1, ["two"]);
    stop.cancel();
    second.await.unwrap();
    server.stop().await.unwrap();
}

fn reader(agent: &str) -> &'static str {
    ["one", "two"].into_iter().find(|name| agent.contains(&format!("{name}.kith.test"))).unwrap_or("nobody")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_ends_is_renewed_once_for_both_processes_though_an_answer_is_lost() {
    let Pair { one, two, clock } = Pair::new().await;
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("pair").await.unwrap();
    // Only signing in goes through the proxy: the server names itself in its documents.
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    one.add("bluesky", "lark", &[("server", &proxy.url), ("handle", &account.handle), ("app_password", &account.app_password)]).await;
    let count = |part: &str| proxy.requests().iter().filter(|passed| passed.path.contains(part)).count();
    assert_eq!((count("createSession"), count("refreshSession")), (1, 0));
    let both_work = async || {
        let (workspace, both) = (one.operator.workspace, (one.kith.clone(), two.kith.clone()));
        let mut checks = tokio::task::JoinSet::new();
        for kith in [both.0.clone(), both.1.clone(), both.0, both.1] {
            checks.spawn(async move { kith.check_channels(workspace, None).await.unwrap().remove(0).state });
        }
        assert_eq!(checks.join_all().await, ["ok"; 4]);
    };
    // An access token of this server lives for two hours.
    clock.advance(SignedDuration::from_hours(3));
    both_work().await;
    assert_eq!(count("refreshSession"), 1, "four calls in two processes, one renewal");

    proxy.plan(Rule::on("refreshSession", Fault::DropAfterUpstream).times(1));
    clock.advance(SignedDuration::from_hours(3));
    both_work().await;
    assert_eq!(count("refreshSession"), 3, "asked once more with the same token, as the answer was lost");
    assert_eq!(count("createSession"), 1, "the password was not needed");
}
