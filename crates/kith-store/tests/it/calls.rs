//! Browsers that want to hear, and what people were called for.

use kith_domain::ids::BrowserId;
use kith_store::{BrowserRow, Sealed, StoreError};

use crate::bench::{Bench, World, at, fresh};

fn browser(world: &World, seconds: i64) -> BrowserRow {
    BrowserRow {
        id: BrowserId::from_uuid(fresh()),
        member: world.ana,
        sealed: Sealed(vec![1, 2, 3]),
        device: "Firefox on Android".into(),
        created_at: at(seconds),
    }
}

pub(crate) async fn a_browser_is_kept_once_and_the_oldest_makes_room(bench: &Bench) {
    let world = bench.world().await;
    let first = browser(&world, 0);
    world.at().add_browser(&first, "hash 0").await.unwrap();
    let again = BrowserRow { sealed: Sealed(vec![9]), ..browser(&world, 1) };
    world.at().add_browser(&again, "hash 0").await.unwrap();
    let kept = world.at().browsers().await.unwrap();
    assert_eq!(kept, [BrowserRow { sealed: Sealed(vec![9]), ..first.clone() }], "the same endpoint with its new keys");
    for n in 1..=10 {
        world.at().add_browser(&browser(&world, n), &format!("hash {n}")).await.unwrap();
    }
    let kept = world.at().browsers().await.unwrap();
    assert_eq!((kept.len(), kept.iter().any(|one| one.id == first.id)), (10, false));
    world.at().end_browser(world.ana, kept[0].id).await.unwrap();
    assert_eq!(world.at().end_browser(world.ana, kept[0].id).await, Err(StoreError::NotThere));
    assert_eq!(world.at().browsers().await.unwrap().len(), 9);
}

pub(crate) async fn what_a_person_was_called_for_is_remembered_for_them_alone(bench: &Bench) {
    let world = bench.world().await;
    assert!(world.at().tell(world.ana, &["morning 2026-11-22".into(), "yes a".into()], at(0)).await.unwrap());
    assert!(!world.at().tell(world.ana, &["yes a".into()], at(60)).await.unwrap(), "another has called already");
    let told: Vec<_> = world.at().told(world.ana).await.unwrap().into_iter().collect();
    assert_eq!(told, ["morning 2026-11-22", "yes a"]);
    world.at().tell(world.ana, &["yes b".into()], at(61 * 86_400)).await.unwrap();
    let told: Vec<_> = world.at().told(world.ana).await.unwrap().into_iter().collect();
    assert_eq!(told, ["yes b"], "after two months it is forgotten");
}

pub(crate) async fn calls_of_one_workspace_are_not_seen_from_another(bench: &Bench) {
    let world = bench.world().await;
    let theirs = World::on(world.store.clone(), "Wren & Co").await;
    let mine = browser(&world, 0);
    world.at().add_browser(&mine, "hash").await.unwrap();
    world.at().tell(world.ana, &["yes a".into()], at(0)).await.unwrap();
    world.at().add_push_key(&Sealed(vec![7]), at(0)).await.unwrap();
    world.at().add_push_key(&Sealed(vec![8]), at(1)).await.unwrap();
    assert_eq!(world.at().push_key().await.unwrap(), Some(Sealed(vec![7])), "the first stays");
    assert_eq!(theirs.at().push_key().await.unwrap(), None);
    assert!(theirs.at().browsers().await.unwrap().is_empty());
    assert!(theirs.at().told(world.ana).await.unwrap().is_empty());
    assert_eq!(theirs.at().end_browser(world.ana, mine.id).await, Err(StoreError::NotThere));
}
