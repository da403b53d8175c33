//! Coming in, and secrets that stay where they belong.

use kith_engine::Problem;
use kith_testkit::{cast, servers};

use crate::world::{PASSWORD, World, open};

#[tokio::test]
async fn a_link_works_once_and_opening_its_page_does_not_use_it_up() {
    let world = World::new().await;
    let owner = world.kith.add_owner(cast::ANA.name, cast::ANA.email, None, "UTC").await.unwrap();
    let secret = owner.link.rsplit('/').next().unwrap().to_owned();
    assert!(world.kith.link(&secret).await.unwrap().wants_password);
    assert!(world.kith.link(&secret).await.is_ok(), "looking twice is fine");
    assert!(matches!(world.kith.enter_by_link(&secret, Some("short"), "").await, Err(Problem::Invalid { .. })));
    assert!(world.kith.link(&secret).await.is_ok(), "a refused password does not use it up");
    world.kith.enter_by_link(&secret, Some(PASSWORD), "").await.unwrap();
    assert!(matches!(world.kith.link(&secret).await, Err(Problem::NotThere(_))));
}

#[tokio::test]
async fn a_password_opens_a_session_and_a_new_one_ends_the_old_sessions() {
    let world = World::new().await;
    world.ana().await;
    assert!(matches!(world.kith.sign_in(cast::ANA.email, "not the one at all", "", "ip").await, Err(Problem::SignIn(_))));
    assert!(matches!(world.kith.sign_in("nobody@example.test", PASSWORD, "", "ip").await, Err(Problem::SignIn(_))));
    let session = world.kith.sign_in(cast::ANA.email, PASSWORD, "", "ip").await.unwrap();
    assert!(world.kith.visitor(&session.cookie).await.unwrap().is_some());
    world.ana().await;
    assert!(world.kith.visitor(&session.cookie).await.unwrap().is_none(), "the new password ended it");
}

#[tokio::test]
async fn a_session_ends_when_nobody_was_there_for_half_a_day() {
    let world = World::new().await;
    world.ana().await;
    let session = world.kith.sign_in(cast::ANA.email, PASSWORD, "", "ip").await.unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(11));
    assert!(world.kith.visitor(&session.cookie).await.unwrap().is_some());
    world.clock.advance(jiff::SignedDuration::from_hours(13));
    assert!(world.kith.visitor(&session.cookie).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_stands_nowhere_in_clear() {
    let world = World::new().await;
    let server = servers::mastodon_mock().await.unwrap();
    let canary = server.tokens.alan.clone();
    world.add("mastodon", "lark", &[("server", &server.url), ("token", &canary)]).await;
    world.listeners.run_once().await.unwrap();
    let mut export = Vec::new();
    world.kith.export(world.operator.workspace, &mut export).await.unwrap();
    assert!(!export.is_empty());
    assert!(!String::from_utf8_lossy(&export).contains(&canary), "in the export");
    assert!(!format!("{:?}", world.kith).contains(&canary), "in debug output");
    for file in files(&world.folder.path().join("data")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(canary.len()).any(|part| part == canary.as_bytes()), "in {}", file.display());
    }
    // The same folder with another key opens no channel.
    std::fs::remove_file(world.folder.path().join("keys/kith.key")).unwrap();
    let robbed = open(world.folder.path().to_owned(), world.clock.clone()).await;
    let checked = robbed.check_channels(world.operator.workspace, None).await.unwrap();
    assert_ne!(checked[0].state, "ok", "{checked:?}");
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}
