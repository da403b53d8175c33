//! A restored backup and a copied folder: what was due is looked for, and of two copies only one sends.

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use kith_engine::{Courier, Keeper, Kith, Problem};
use kith_practice::{ManualClock, Practice, Running};
use kith_testkit::{other, servers};
use tokio::net::TcpListener;

use crate::world::{World, open};

const POSTS: usize = 20;

/// The practice network, with a clock that the test moves along.
async fn practice(world: &World) -> (Running, Arc<ManualClock>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock.clone()).owner("ana", "Ana").people(5).start(listener).await.unwrap();
    (server, clock)
}

fn plan(world: &World, mark: &str) -> String {
    let rows = (0..POSTS).map(|i| format!("Tip {i} {mark},{}\n", world.at(60 + i as i64)));
    std::iter::once("text,at\n".to_owned()).chain(rows).collect()
}

/// The database's files, as a backup of a stopped Kith has them.
fn copy_database(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for name in ["kith.db", "kith.db-wal", "kith.db-shm"] {
        let _ = std::fs::remove_file(to.join(name));
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy_folder(&entry.path(), &to) } else { std::fs::copy(entry.path(), to).map(drop).unwrap() }
    }
}

/// Starts as the server does: the keeper looks before anything is claimed.
async fn start(world: &mut World) -> Keeper {
    world.kith = open(world.folder.path().to_owned(), world.clock.clone()).await;
    world.courier = Courier::new(world.kith.clone());
    let mut keeper = Keeper::new(world.kith.clone());
    keeper.look().await.unwrap();
    keeper
}

async fn stop(world: &World, keeper: Keeper) {
    keeper.end().await;
    world.kith.close_store().await;
}

async fn states(kith: &Kith, world: &World) -> Vec<String> {
    let lines = kith.dispatch_lines(world.operator.workspace, None, None, 1_000).await.unwrap();
    lines.into_iter().map(|line| line.state).collect()
}

async fn shown_on(server: &Running, mark: &str) -> usize {
    let me = other::mastodon(&server.url(), &server.owner_token()).await.unwrap();
    let there = me.all_statuses(&me.id).await.unwrap();
    there.iter().filter(|status| status["content"].as_str().is_some_and(|text| text.contains(mark))).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_sends_nothing_again_on_networks_with_keys_and_with_named_records() {
    let mut world = World::new().await;
    let (server, network_clock) = practice(&world).await;
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("epochana").await.unwrap();
    world.add("mastodon", "ma", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    world.add("bluesky", "bs", &[("server", &pds.url), ("handle", &account.handle), ("app_password", &account.app_password)]).await;
    let keeper = start(&mut world).await;
    world.import(plan(&world, "restored"), &["ma", "bs"]).await;
    stop(&world, keeper).await;
    let (data, backup) = (world.folder.path().join("data"), world.folder.path().join("backup"));
    copy_database(&data, &backup);

    let keeper = start(&mut world).await;
    world.clock.advance(SignedDuration::from_secs(90));
    network_clock.set(kith_engine::Clock::now(&*world.clock));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(states(&world.kith, &world).await, vec!["published"; 2 * POSTS]);
    stop(&world, keeper).await;

    copy_database(&backup, &data);
    world.clock.advance(SignedDuration::from_mins(5));
    let mut keeper = start(&mut world).await;
    let found = states(&world.kith, &world).await;
    assert_eq!(found, vec!["uncertain"; 2 * POSTS], "what was due since is looked for before anything is sent");
    let notices = world.kith.notices().await;
    assert!(notices.iter().any(|notice| notice.words.contains("looks on the network for 40 posts")), "{notices:?}");
    world.deliver_all(SignedDuration::from_hours(1)).await;
    keeper.look().await.unwrap();

    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 1_000).await.unwrap();
    let unsent: Vec<_> = lines.iter().filter(|line| line.state != "published").map(|line| (&line.state, &line.words)).collect();
    assert!(unsent.is_empty(), "{unsent:#?}");
    assert!(lines.iter().all(|line| line.attempts == 0), "none was sent by the restored one");
    assert_eq!(shown_on(&server, "restored").await, POSTS, "each once on the network with keys");
    let me = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
    assert_eq!(me.posts(&account.did).await.unwrap().len(), POSTS, "each once on the PDS");
    stop(&world, keeper).await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_backup_had_not_sent_goes_out_after_it_was_restored() {
    let mut world = World::new().await;
    let (server, network_clock) = practice(&world).await;
    world.add("mastodon", "ma", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    let keeper = start(&mut world).await;
    world.import(plan(&world, "unsent"), &["ma"]).await;
    stop(&world, keeper).await;
    let (data, backup) = (world.folder.path().join("data"), world.folder.path().join("backup"));
    copy_database(&data, &backup);
    // Started and stopped before anything was due: the file knows more than the backup, the network knows nothing.
    let keeper = start(&mut world).await;
    stop(&world, keeper).await;
    copy_database(&backup, &data);

    world.clock.advance(SignedDuration::from_secs(90));
    network_clock.set(kith_engine::Clock::now(&*world.clock));
    let keeper = start(&mut world).await;
    world.deliver_all(SignedDuration::from_hours(1)).await;
    assert_eq!(states(&world.kith, &world).await, vec!["published"; POSTS]);
    assert_eq!(shown_on(&server, "unsent").await, POSTS);
    stop(&world, keeper).await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_copies_of_a_folder_the_second_sends_nothing_until_a_person_says_which_goes_on() {
    let mut world = World::new().await;
    let (server, network_clock) = practice(&world).await;
    world.add("mastodon", "ma", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    let keeper = start(&mut world).await;
    world.import(plan(&world, "copied"), &["ma"]).await;
    stop(&world, keeper).await;
    let second = tempfile::tempdir().unwrap();
    copy_folder(world.folder.path(), second.path());

    // The first one goes on and sends all; the second starts beside it.
    let keeper = start(&mut world).await;
    let copy = open(second.path().to_owned(), world.clock.clone()).await;
    let (courier, mut watcher) = (Courier::new(copy.clone()), Keeper::new(copy.clone()));
    watcher.look().await.unwrap();
    world.clock.advance(SignedDuration::from_secs(90));
    network_clock.set(kith_engine::Clock::now(&*world.clock));
    assert_eq!(courier.run_due().await.unwrap(), 0, "a copy claims nothing");
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(shown_on(&server, "copied").await, POSTS);
    watcher.look().await.unwrap();
    assert_eq!(courier.run_due().await.unwrap(), 0, "and goes on claiming nothing");
    let health = copy.health().await;
    assert!(!health.is_ready() && health.troubles[0].contains("another copy"), "{health:?}");
    let findings = copy.doctor(false).await.unwrap();
    let told = findings.iter().find(|finding| finding.about == "data folder").unwrap();
    assert!(!told.well && told.way_out.as_ref().unwrap().contains("--this-copy-goes-on"), "{told:?}");
    assert!(matches!(world.kith.this_copy_goes_on(&world.operator).await, Err(Problem::Conflict(_))), "the first is in no doubt");

    // A person says that the second goes on.
    stop(&world, keeper).await;
    copy.this_copy_goes_on(&world.operator).await.unwrap();
    watcher.look().await.unwrap();
    assert!(copy.health().await.is_ready());
    world.kith = copy.clone();
    world.courier = courier;
    world.deliver_all(SignedDuration::from_hours(1)).await;
    assert_eq!(states(&copy, &world).await, vec!["published"; POSTS]);
    assert_eq!(shown_on(&server, "copied").await, POSTS, "what the first one sent is found, not sent again");
    watcher.end().await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_its_file_and_a_lost_database_are_noticed() {
    let mut world = World::new().await;
    let keeper = start(&mut world).await;
    stop(&world, keeper).await;
    let data = world.folder.path().join("data");
    std::fs::remove_file(data.join("kith.epoch")).unwrap();
    let keeper = start(&mut world).await;
    let says = world.kith.health().await.troubles;
    assert!(says[0].contains("without the notes that lie beside it"), "{says:?}");
    stop(&world, keeper).await;
    // It did not count itself meanwhile.
    assert!(!data.join("kith.epoch").exists());
    world.kith = open(world.folder.path().to_owned(), world.clock.clone()).await;
    world.kith.this_copy_goes_on(&world.operator).await.unwrap();
    let mut keeper = Keeper::new(world.kith.clone());
    keeper.look().await.unwrap();
    assert!(world.kith.health().await.is_ready() && data.join("kith.epoch").exists());
}
