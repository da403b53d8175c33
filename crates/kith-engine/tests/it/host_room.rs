//! A full disk, for real: a small file system is filled to the last page, and what can't be intended is not sent.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use kith_engine::{Courier, Keeper, Listeners};
use kith_practice::{ManualClock, Practice};
use kith_testkit::{SmallDisk, cast, other};
use tokio::net::TcpListener;

use crate::world::{World, open};

const POSTS: usize = 12;
/// What is left on the disk, try by try, in KiB: from nothing to enough for some of a send's three commits.
const LEFT_KIB: [u64; 12] = [0, 4, 8, 16, 24, 32, 40, 56, 72, 96, 128, 192];

/// A world on the small disk.
async fn world(disk: &SmallDisk) -> World {
    let folder = tempfile::tempdir_in(disk.path()).unwrap();
    let clock = Arc::new(kith_engine::HandClock::new(kith_engine::Clock::now(&kith_engine::SystemClock)));
    let kith = open(folder.path().to_owned(), clock.clone()).await;
    kith.add_owner(cast::ANA.name, cast::ANA.email, Some(cast::WORKSPACE), "Europe/Lisbon").await.unwrap();
    let operator = kith.operator(None).await.unwrap();
    let (courier, listeners) = (Courier::new(kith.clone()), Listeners::new(kith.clone()));
    World { kith, clock, operator, folder, courier, listeners }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_little_room_is_left_nothing_is_sent_without_an_intent_and_nothing_twice() {
    let Some(disk) = SmallDisk::mount(24 * 1_024, "no send without an intent on a full disk").unwrap() else { return };
    let world = world(&disk).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock.clone()).owner("ana", "Ana").people(5).start(listener).await.unwrap();
    world.add("mastodon", "ma", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    let words = "warm the shelf first, then the kiln, and never both at once. ".repeat(6);
    let rows: String = (0..POSTS).map(|i| format!("Tip {i}: {words},{}\n", world.at(60 + i as i64)).replace(", ", " ")).collect();
    world.import(format!("text,at\n{rows}"), &["ma"]).await;
    world.clock.advance(SignedDuration::from_secs(90));
    clock.set(kith_engine::Clock::now(&*world.clock));

    let me = other::mastodon(&server.url(), &server.owner_token()).await.unwrap();
    let shown = async || me.all_statuses(&me.id).await.unwrap().iter().filter(|s| s["content"].as_str().unwrap().contains("warm")).count();
    let (mut refused, mut told) = (false, Vec::new());
    for left in LEFT_KIB {
        disk.fill_but(left).unwrap();
        let courier = world.courier.clone();
        let mut run = tokio::spawn(async move { courier.run_due().await });
        // What was sent and can't be noted down waits in memory; here it is given room after a while.
        let ended = tokio::time::timeout(Duration::from_millis(1_500), &mut run).await;
        let there = shown().await;
        disk.free().unwrap();
        let result = if let Ok(ended) = ended { ended.unwrap() } else { run.await.unwrap() };
        let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
        let intents = lines.iter().filter(|line| line.attempts > 0).count();
        assert!(there <= intents, "{there} posts are out with {intents} intents, {left} KiB left: {result:?}");
        if left == 0 {
            assert_eq!((there, intents), (0, 0), "with no room at all nothing is even begun: {result:?}");
        }
        told.push(format!("{left} KiB: {there} out, {intents} intents, {result:?}"));
        refused |= result.as_ref().is_ok_and(|claimed| *claimed > 0) && intents == 0;
        // What was claimed and could not go on is free again once its lease has ended.
        world.clock.advance(SignedDuration::from_secs(121));
        clock.set(kith_engine::Clock::now(&*world.clock));
    }
    assert!(refused, "nowhere was there room for a claim and none for the intent: {told:#?}");
    world.deliver_all(SignedDuration::from_mins(20)).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    let unsent: Vec<_> = lines.iter().filter(|line| line.state != "published").map(|line| (&line.state, &line.words)).collect();
    assert!(unsent.is_empty(), "{unsent:#?}");
    assert_eq!(shown().await, POSTS, "each once");
    let whole = world.kith.doctor(false).await.unwrap().into_iter().find(|finding| finding.about == "database").unwrap();
    assert!(whole.well, "{whole:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_claimed_people_can_still_read_and_call_off_and_room_lets_it_go_on() {
    let Some(disk) = SmallDisk::mount(64 * 1_024, "reads and deletes on a full disk").unwrap() else { return };
    let world = world(&disk).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(5).start(listener).await.unwrap();
    world.add("mastodon", "ma", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    world.import(format!("text,at\nStays,{}\nGoes,{}\n", world.at(60), world.at(61)), &["ma"]).await;
    let mut keeper = Keeper::new(world.kith.clone());
    keeper.look().await.unwrap();
    let ballast = world.folder.path().join("data/ballast");
    assert!(ballast.exists() && world.kith.health().await.is_ready());

    disk.fill_but(0).unwrap();
    keeper.look().await.unwrap();
    assert!(!ballast.exists(), "the ballast is given away");
    let health = world.kith.health().await;
    assert!(health.store && health.troubles[0].contains("Nothing goes out until there is room"), "{health:?}");
    world.clock.advance(SignedDuration::from_secs(90));
    assert_eq!(world.courier.run_due().await.unwrap(), 0, "nothing is claimed");
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap();
    let goes = lines.iter().find(|line| line.text == "Goes").unwrap();
    world.kith.cancel(&world.operator, &goes.id).await.unwrap();
    assert_eq!(world.courier.run_due().await.unwrap(), 0);

    disk.free().unwrap();
    keeper.look().await.unwrap();
    assert!(world.kith.health().await.is_ready() && ballast.exists(), "the next look, a second later, lets it go on");
    world.deliver_all(SignedDuration::from_mins(5)).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap();
    let states: Vec<_> = lines.iter().map(|line| (line.text.as_str(), line.state.as_str())).collect();
    assert_eq!(states, [("Stays", "published"), ("Goes", "cancelled")]);
    server.stop().await.unwrap();
}
