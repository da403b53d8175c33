//! The program on a real store and the practice network: what follows from queue, series and events, and what is left
//! alone.

use std::sync::Arc;

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_domain::plan::{QueueSpot, SeriesEntry};
use kith_engine::{DispatchLine, EventWish, ProgramDiff, ProgramEdit, QueueWish, SeriesWish, SourceKind};
use kith_practice::{ManualClock, Practice, Running};
use tokio::net::TcpListener;

use crate::world::World;

pub(crate) async fn practice(world: &World) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(2).start(listener).await.unwrap();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    server
}

pub(crate) async fn lines(world: &World) -> Vec<DispatchLine> {
    world.kith.dispatch_lines(world.operator.workspace, None, None, 1_000).await.unwrap()
}

pub(crate) async fn planned(world: &World) -> Vec<String> {
    lines(world).await.into_iter().filter(|line| line.state == "planned").map(|line| line.text).collect()
}

pub(crate) async fn done(world: &World, edit: ProgramEdit) -> ProgramDiff {
    world.kith.change_program(&world.operator, &edit, Door::Cli).await.unwrap()
}

/// A queue of three tips in windows every day.
pub(crate) async fn tips(world: &World) {
    let windows = world.kith.windows_edit(&world.operator, "lark", "tips: daily 7:30-9:00").await.unwrap();
    done(world, windows).await;
    let texts = ["Warm the shelf", "Dry it slowly", "Glaze thinly"].map(str::to_owned).to_vec();
    let wish = QueueWish { texts, category: "tips".into(), channels: vec!["lark".into()], first: false };
    let edit = world.kith.queue_add(world.operator.workspace, &wish).await.unwrap();
    let shown = world.kith.preview_program(&world.operator, &edit).await.unwrap();
    assert_eq!((shown.added, shown.without_time.len()), (3, 0), "{shown:?}");
    assert!(lines(world).await.is_empty(), "a preview stores nothing");
    let diff = done(world, edit).await;
    assert_eq!(diff.lines, shown.lines, "what was shown is what is stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_goes_out_in_its_order_and_follows_every_change() {
    let world = World::new().await;
    let _server = practice(&world).await;
    tips(&world).await;
    assert_eq!(planned(&world).await, ["Warm the shelf", "Dry it slowly", "Glaze thinly"]);
    let before: Vec<_> = lines(&world).await.iter().map(|line| line.due_at).collect();

    let drafts = world.kith.queue_drafts(world.operator.workspace).await.unwrap();
    let diff = done(&world, world.kith.queue_move(world.operator.workspace, &drafts[2].key, &QueueSpot::First).await.unwrap()).await;
    assert_eq!((diff.moved, diff.added, diff.cancelled), (3, 0, 0));
    assert_eq!(planned(&world).await, ["Glaze thinly", "Warm the shelf", "Dry it slowly"]);
    assert_eq!(lines(&world).await.iter().map(|line| line.due_at).collect::<Vec<_>>(), before, "places belong to the windows");

    // The first goes out; the rest stays where it is, and the queue is one shorter.
    while planned(&world).await.len() == 3 {
        world.clock.advance(SignedDuration::from_mins(20));
        world.courier.run_due().await.unwrap();
    }
    assert_eq!(world.kith.queue_drafts(world.operator.workspace).await.unwrap().len(), planned(&world).await.len());
    let diff = done(&world, ProgramEdit::TimePassed).await;
    assert_eq!((diff.added, diff.moved, diff.cancelled), (0, 0, 0), "time alone changes nothing");

    let left = world.kith.queue_drafts(world.operator.workspace).await.unwrap();
    done(&world, world.kith.queue_remove(world.operator.workspace, &left[0].key).await.unwrap()).await;
    assert_eq!(planned(&world).await.len(), left.len() - 1);
    assert!(world.kith.queue_remove(world.operator.workspace, &left[0].key).await.is_err(), "it is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_called_off_is_not_planned_anew_and_a_pause_gives_everything_back() {
    let world = World::new().await;
    let _server = practice(&world).await;
    tips(&world).await;
    let first = lines(&world).await.remove(0);
    world.kith.cancel(&world.operator, &first.id).await.unwrap();
    done(&world, ProgramEdit::TimePassed).await;
    assert_eq!(planned(&world).await, ["Dry it slowly", "Glaze thinly"]);

    let rest = |rests| ProgramEdit::Rest { kind: SourceKind::Queue, name: "queue".into(), rests };
    assert_eq!(done(&world, rest(true)).await.cancelled, 2);
    assert!(planned(&world).await.is_empty());
    assert_eq!(done(&world, rest(false)).await.added, 2);
    assert_eq!(planned(&world).await, ["Dry it slowly", "Glaze thinly"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_keeps_its_numbers_true_and_never_renumbers_what_is_out() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let wish = SeriesWish {
        name: "Kiln tips".into(),
        heading: "Kiln tip {n} of {total}".into(),
        hashtag: Some("kilntips".into()),
        rhythm: Some("daily 8:00-9:00, one a day".into()),
        channels: vec!["lark".into()],
        texts: ["Warm the shelf", "Dry it slowly"].map(str::to_owned).to_vec(),
        ..SeriesWish::default()
    };
    done(&world, world.kith.series_edit(&world.operator, &wish).await.unwrap()).await;
    assert!(planned(&world).await[0].starts_with("Kiln tip 1 of 2") && planned(&world).await[0].contains("#kilntips"));
    // One goes out.
    while planned(&world).await.len() == 2 {
        world.clock.advance(SignedDuration::from_mins(20));
        world.courier.run_due().await.unwrap();
    }
    let space = world.operator.workspace;
    let insert =
        world.kith.series_change(space, "Kiln tips", |series, key| series.insert(SeriesEntry::new(key, "Sieve it"), 1)).await.unwrap();
    let diff = done(&world, insert).await;
    assert_eq!((diff.added, diff.reworded), (1, 1), "{diff:?}");
    let texts = planned(&world).await;
    assert!(texts[0].starts_with("Kiln tip 2 of 3") && texts[0].contains("Sieve it"), "{texts:?}");
    assert!(texts[1].starts_with("Kiln tip 3 of 3") && texts[1].contains("Dry it slowly"), "{texts:?}");
    let out = lines(&world).await.into_iter().find(|line| line.state == "published").unwrap();
    assert!(out.text.starts_with("Kiln tip 1 of 2"), "what is out stays as it was: {}", out.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_events_reminders_move_with_it_and_stop_when_it_is_called_off() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let begins = kith_engine::Clock::now(&*world.clock).to_zoned(jiff::tz::TimeZone::get(&world.operator.zone).unwrap()).datetime();
    let begins = begins.checked_add(jiff::Span::new().days(3)).unwrap();
    let wish = EventWish {
        name: "Kiln opening".into(),
        begins: begins.strftime("%Y-%m-%d %H:%M").to_string(),
        reminders: "2 h, 1 h, 30 min before".into(),
        channels: vec!["lark".into()],
        texts: vec!["{event} {in}".into()],
        ..EventWish::default()
    };
    let diff = done(&world, world.kith.event_edit(&world.operator, &wish).await.unwrap()).await;
    assert_eq!(diff.added, 3, "{diff:?}");
    let before: Vec<_> = lines(&world).await.iter().map(|line| line.due_at).collect();
    let later = begins.checked_add(jiff::Span::new().days(1)).unwrap().strftime("%Y-%m-%d %H:%M").to_string();
    done(&world, world.kith.event_move(world.operator.workspace, "Kiln opening", &later, None).await.unwrap()).await;
    let open: Vec<_> = lines(&world).await.into_iter().filter(|line| line.state == "planned").map(|line| line.due_at).collect();
    let moved: Vec<_> = before.iter().map(|at| *at + SignedDuration::from_hours(24)).collect();
    assert_eq!(open, moved);

    let cancel = world.kith.event_cancel(world.operator.workspace, "Kiln opening").await.unwrap();
    let diff = done(&world, cancel).await;
    assert_eq!((diff.cancelled, diff.offer.is_none()), (3, true), "nobody was told of it yet");
    assert!(planned(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_words_are_kept_back_and_wrong_wishes_named() {
    let world = World::new().await;
    let _server = practice(&world).await;
    tips(&world).await;
    let space = world.operator.workspace;
    let wish = QueueWish {
        texts: vec!["Dear firstname".into(), "@jo thanks".into()],
        category: "tips".into(),
        channels: vec!["lark".into()],
        first: true,
    };
    let diff = done(&world, world.kith.queue_add(space, &wish).await.unwrap()).await;
    assert_eq!((diff.added, diff.kept_back.len()), (0, 2));
    assert!(diff.kept_back.iter().all(|line| line.problems.iter().any(kith_domain::plan::Problem::refuses)));
    let nowhere = QueueWish { channels: vec!["nowhere".into()], ..wish.clone() };
    assert!(world.kith.queue_add(space, &nowhere).await.is_err());
    let error = world.kith.windows_edit(&world.operator, "lark", "tips: whenever").await.unwrap_err();
    assert!(matches!(error, kith_engine::Problem::Invalid { ref field, .. } if field == "windows"), "{error}");
    let twice = ProgramEdit::Drop { kind: SourceKind::Series, name: "none".into() };
    assert!(world.kith.change_program(&world.operator, &twice, Door::Cli).await.is_err());
}
