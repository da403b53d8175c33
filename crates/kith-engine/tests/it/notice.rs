//! Notices: told once, kept over a restart, gone when it is over or read.

use kith_engine::{NoticeKind, Problem};

use crate::world::{World, open};

#[tokio::test]
async fn a_notice_is_told_once_survives_a_restart_and_ends_when_it_is_over() {
    let world = World::new().await;
    let mut pages = world.kith.live();
    assert!(world.kith.raise(NoticeKind::DiskNearlyFull, "40 MiB are left.").await, "new");
    let since = world.kith.notices().await.remove(0).since;
    world.clock.advance(jiff::SignedDuration::from_mins(5));
    assert!(!world.kith.raise(NoticeKind::DiskNearlyFull, "39 MiB are left.").await, "told already");
    assert!(!world.kith.raise(NoticeKind::DiskNearlyFull, "39 MiB are left.").await);

    let after = open(world.folder.path().to_owned(), world.clock.clone()).await;
    let notice = after.notices().await.remove(0);
    assert_eq!((notice.words.as_str(), notice.since), ("39 MiB are left.", since));
    assert!(after.settle(NoticeKind::DiskNearlyFull).await);
    assert!(!after.settle(NoticeKind::DiskNearlyFull).await, "over already");
    assert!(world.kith.notices().await.is_empty());

    let told: Vec<_> = std::iter::from_fn(|| pages.try_recv().ok()).collect();
    assert_eq!(told.len(), 2, "once when it began, once for its new words: {told:?}");
    assert!(told.iter().all(|(about, event)| about.is_none() && event.what == "notices" && event.owed.is_none()));
}

#[tokio::test]
async fn a_person_puts_away_what_is_only_to_be_read_and_nothing_that_still_holds() {
    let world = World::new().await;
    world.kith.raise(NoticeKind::ClockJumped, "37 posts would have gone out at once.").await;
    world.kith.raise(NoticeKind::DiskNearlyFull, "40 MiB are left.").await;
    let ana = world.ana().await;
    let shown = world.kith.notices_for(&ana).await;
    let shown: Vec<_> = shown.iter().map(|notice| (notice.kind.as_str(), notice.may_put_away)).collect();
    assert_eq!(shown, [("disk_nearly_full", false), ("clock_jumped", true)], "the most pressing first");
    world.kith.put_away(&ana, "clock_jumped").await.unwrap();
    assert!(matches!(world.kith.put_away(&ana, "disk_nearly_full").await, Err(Problem::Conflict(_))));
    assert!(matches!(world.kith.put_away(&ana, "no_such").await, Err(Problem::NotThere(_))));
    assert_eq!(world.kith.notices().await.len(), 1);
}

#[tokio::test]
async fn only_an_owner_is_offered_to_say_that_this_copy_goes_on_and_only_where_that_is_in_doubt() {
    let world = World::new().await;
    let ana = world.ana().await;
    world.kith.raise(NoticeKind::SecondCopy, "The other one ran last.").await;
    world.kith.raise(NoticeKind::ClockJumped, "37 posts would have gone out at once.").await;
    let offered: Vec<_> = world.kith.notices_for(&ana).await.iter().map(|notice| notice.may_go_on).collect();
    assert_eq!(offered, [true, false]);
    assert!(matches!(world.kith.this_copy_goes_on_here(&ana).await, Err(Problem::Conflict(_))), "nothing speaks of another copy here");
}
