//! A planned post gets another time: on all its channels at once, judged anew, and a time is no yes.

use std::sync::Arc;

use kith_domain::ids::DispatchId;
use kith_domain::mandate::{Door, Role};
use kith_engine::views::Choice;
use kith_engine::{AbsenceWish, EventWish, Problem, ProgramEdit, QueueWish};
use kith_practice::{ManualClock, Practice, Running};
use tokio::net::TcpListener;

use crate::world::World;

async fn account(world: &World) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(0).start(listener).await.unwrap();
    world.add("mastodon", "one", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    server
}

/// A civil time in Lisbon, so many seconds from now, as a form gives it.
fn form(world: &World, seconds: i64) -> String {
    world.at(seconds).replace(' ', "T")
}

async fn line(world: &World, text: &str) -> kith_engine::DispatchLine {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    lines.into_iter().find(|line| line.text == text).unwrap()
}

async fn id(world: &World, text: &str) -> DispatchId {
    line(world, text).await.id.parse().unwrap()
}

fn why<T: std::fmt::Debug>(refused: Result<T, Problem>) -> String {
    match refused {
        Err(Problem::Invalid { field, why }) if field == "at" => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_post_has_its_new_time_and_a_trail_and_a_past_time_or_an_absence_changes_nothing() {
    let world = World::new().await;
    let server = account(&world).await;
    world.import(format!("text,at\nWarm the shelf first,{}\n", world.at(3_600)), &["one"]).await;
    let (kith, ana, post) = (&world.kith, world.ana().await, id(&world, "Warm the shelf first").await);
    let to = kith.move_post(&ana, post, &form(&world, 2 * 86_400)).await.unwrap();
    assert_eq!(line(&world, "Warm the shelf first").await.due_at, to.at);
    let page = kith.dispatch(&ana, post).await.unwrap();
    assert!(page.decisions.iter().any(|one| one.what.contains("gave it another time")), "{:?}", page.decisions);

    assert!(why(kith.move_post(&ana, post, &form(&world, -60)).await).contains("passed"));
    assert!(why(kith.move_post(&ana, post, "soon").await).contains("no day and time"));
    let date = |seconds: i64| world.at(seconds)[..10].to_owned();
    let wish = AbsenceWish { name: "Winter".into(), from: date(5 * 86_400), to: date(8 * 86_400), ..AbsenceWish::default() };
    let edit = kith.absence_edit(&world.operator, &wish).await.unwrap();
    kith.change_program(&world.operator, &edit, Door::Cli).await.unwrap();
    assert!(why(kith.move_post(&ana, post, &form(&world, 6 * 86_400)).await).contains("away"));
    assert_eq!(line(&world, "Warm the shelf first").await.due_at, to.at, "a refusal stores nothing");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channels_own_cap_refuses_a_day_that_is_full_and_what_is_moved_is_not_in_its_own_way() {
    let world = World::new().await;
    let server = account(&world).await;
    let mut rules = world.kith.plan_rules(world.operator.workspace).await.unwrap();
    rules.caps.entry("one".into()).or_default().per_day_max = Some(1);
    world.kith.change_program(&world.operator, &ProgramEdit::Rules(Box::new(rules)), Door::Cli).await.unwrap();
    let noon = |days: i64| format!("{} 12:00", &world.at(days * 86_400)[..10]);
    world.import(format!("text,at\nWarm the shelf first,{}\nThen the bowls,{}\n", noon(2), noon(3)), &["one"]).await;
    let (kith, ana, post) = (&world.kith, world.ana().await, id(&world, "Then the bowls").await);
    kith.move_post(&ana, post, &noon(3).replace("12:00", "17:00").replace(' ', "T")).await.unwrap();
    let refused = why(kith.move_post(&ana, post, &noon(2).replace("12:00", "18:00").replace(' ', "T")).await);
    assert!(!refused.is_empty(), "{refused}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_time_is_no_yes_by_either_door_and_who_may_not_plan_moves_nothing() {
    let world = World::new().await;
    let server = account(&world).await;
    let mut rules = world.kith.plan_rules(world.operator.workspace).await.unwrap();
    rules.caps.entry("one".into()).or_default().per_day_max = Some(1);
    world.kith.change_program(&world.operator, &ProgramEdit::Rules(Box::new(rules)), Door::Cli).await.unwrap();
    let day = world.at(2 * 86_400)[..10].to_owned();
    world.import(format!("text,at\nWarm the shelf first,{day} 09:00\nThen the bowls,{day} 15:00\n"), &["one"]).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, Some("held"), None, 10).await.unwrap();
    let held: DispatchId = lines.first().unwrap().id.parse().unwrap();
    let (kith, mut ana) = (&world.kith, world.ana().await);
    kith.move_post(&ana, held, &form(&world, 4 * 86_400)).await.unwrap();
    kith.choose(&ana, held, Choice::AnotherTime, Some(&form(&world, 5 * 86_400))).await.unwrap();
    let lines = kith.dispatch_lines(world.operator.workspace, Some("held"), None, 10).await.unwrap();
    assert_eq!(lines.len(), 1, "it waits for its yes at its new time");
    ana.session.role = Role::Analyst;
    assert!(matches!(kith.move_post(&ana, held, &form(&world, 6 * 86_400)).await, Err(Problem::Refused(_))));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_time_at_the_desk_is_judged_as_a_post_that_is_dragged() {
    let world = World::new().await;
    let server = account(&world).await;
    let (kith, ana) = (&world.kith, world.ana().await);
    let mut rules = kith.plan_rules(world.operator.workspace).await.unwrap();
    rules.caps.entry("one".into()).or_default().per_day_max = Some(1);
    kith.change_program(&world.operator, &ProgramEdit::Rules(Box::new(rules)), Door::Cli).await.unwrap();
    let noon = |days: i64| format!("{}T12:00", &world.at(days * 86_400)[..10]);
    let civil = |days: i64| noon(days).replace('T', " ");
    world.import(format!("text,at\nWarm the shelf first,{}\nThen the bowls,{}\n", civil(2), civil(3)), &["one"]).await;
    let post = id(&world, "Then the bowls").await;
    let desk = |at: String| {
        let (kith, ana) = (kith, &ana);
        async move { kith.choose(ana, post, Choice::AnotherTime, Some(&at)).await }
    };
    let date = |days: i64| world.at(days * 86_400)[..10].to_owned();
    let wish = AbsenceWish { name: "Winter".into(), from: date(5), to: date(8), ..AbsenceWish::default() };
    let edit = kith.absence_edit(&world.operator, &wish).await.unwrap();
    kith.change_program(&world.operator, &edit, Door::Cli).await.unwrap();
    assert!(why(desk(noon(6)).await).contains("away"));
    assert!(!why(desk(noon(2).replace("12:00", "18:00")).await).is_empty(), "the day is full");
    kith.choose(&ana, post, Choice::AnotherTime, Some(&noon(4))).await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_of_the_queue_keeps_the_time_that_a_person_gave_it_and_a_reminder_has_its_events() {
    let world = World::new().await;
    let server = account(&world).await;
    let (kith, ana, space) = (&world.kith, world.ana().await, world.operator.workspace);
    let operator = &world.operator;
    let done = |edit: ProgramEdit| async move { kith.change_program(operator, &edit, Door::Cli).await.unwrap() };
    done(kith.windows_edit(&world.operator, "one", "tips: daily 7:30-9:00, one a day").await.unwrap()).await;
    let texts = ["Warm the shelf", "Dry it slowly", "Glaze thinly"].map(str::to_owned).to_vec();
    let wish = QueueWish { texts, category: "tips".into(), channels: vec!["one".into()], first: false };
    done(kith.queue_add(space, &wish).await.unwrap()).await;
    let to = kith.move_post(&ana, id(&world, "Dry it slowly").await, &form(&world, 10 * 86_400)).await.unwrap();
    let others = [line(&world, "Warm the shelf").await.due_at, line(&world, "Glaze thinly").await.due_at];
    let diff = done(ProgramEdit::TimePassed).await;
    assert_eq!((diff.added, diff.cancelled), (0, 0), "{diff:?}");
    assert_eq!(line(&world, "Dry it slowly").await.due_at, to.at, "it stays where she put it");
    assert_eq!(line(&world, "Warm the shelf").await.due_at, others[0]);
    assert!(line(&world, "Glaze thinly").await.due_at <= others[1], "its place is free for the next");
    let left = kith.queue_drafts(space).await.unwrap();
    assert_eq!(left.iter().map(|draft| draft.text.as_str()).collect::<Vec<_>>(), ["Warm the shelf", "Glaze thinly"]);
    done(kith.queue_move(space, &left[1].key, &kith_domain::plan::QueueSpot::First).await.unwrap()).await;
    assert_eq!(line(&world, "Dry it slowly").await.due_at, to.at);

    let begins = world.at(3 * 86_400)[..16].to_owned();
    let wish = EventWish {
        name: "Kiln opening".into(),
        begins,
        reminders: "2 h before".into(),
        channels: vec!["one".into()],
        texts: vec!["Soon".into()],
        ..EventWish::default()
    };
    done(kith.event_edit(&world.operator, &wish).await.unwrap()).await;
    assert!(why(kith.move_post(&ana, id(&world, "Soon").await, &form(&world, 9 * 86_400)).await).contains("Kiln opening"));
    server.stop().await.unwrap();
}
