//! A person holds a planned post back: it does not go out at its time, and goes out once somebody lets it.

use jiff::SignedDuration;
use kith_domain::ids::DispatchId;
use kith_domain::mandate::Role;
use kith_engine::views::{Choice, Told};
use kith_engine::{Composed, Problem};

use crate::program::practice;
use crate::world::World;

async fn line(world: &World, text: &str) -> kith_engine::DispatchLine {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    lines.into_iter().find(|line| line.text == text).unwrap()
}

async fn id(world: &World, text: &str) -> DispatchId {
    line(world, text).await.id.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_back_stays_past_its_time_and_is_let_go_or_asks_for_another() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    world.import(format!("text,at\nWarm the shelf,{}\nThen the bowls,{}\n", world.at(3_600), world.at(7_200)), &["lark"]).await;
    let (shelf, bowls) = (id(&world, "Warm the shelf").await, id(&world, "Then the bowls").await);
    for post in [shelf, bowls] {
        assert_eq!(world.kith.choose(&ana, post, Choice::Hold, None).await.unwrap(), Told::HeldBack);
    }
    let page = world.kith.dispatch(&ana, shelf).await.unwrap();
    assert!(page.row.state_sentence.clone().unwrap().contains("Ana holds it back"), "{:?}", page.row.state_sentence);
    assert_eq!(page.choices.first(), Some(&Choice::LetGo));
    assert!(page.decisions.iter().any(|one| one.what == "held it back" && one.who == "Ana"), "{:?}", page.decisions);

    // Let go in time, it goes out then; the other does not.
    assert_eq!(world.kith.choose(&ana, shelf, Choice::LetGo, None).await.unwrap(), Told::Allowed);
    for _ in 0..2 {
        world.clock.advance(SignedDuration::from_secs(3_650));
        world.deliver_all(SignedDuration::from_mins(2)).await;
    }
    assert_eq!(
        (line(&world, "Warm the shelf").await.state, line(&world, "Then the bowls").await.state),
        ("published".into(), "held".into())
    );
    // Its time has passed: it asks for another, or goes out now.
    let page = world.kith.dispatch(&ana, bowls).await.unwrap();
    assert_eq!(page.choices, [Choice::SendNow, Choice::AnotherTime, Choice::Cancel]);
    assert!(matches!(world.kith.choose(&ana, bowls, Choice::LetGo, None).await, Err(Problem::Refused(why)) if why.contains("passed")));
    world.kith.choose(&ana, bowls, Choice::SendNow, None).await.unwrap();
    world.deliver_all(SignedDuration::from_mins(2)).await;
    assert_eq!(line(&world, "Then the bowls").await.state, "published");
    assert!(world.kith.choose(&ana, bowls, Choice::Hold, None).await.is_err(), "what is out is not held");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_held_with_all_its_parts_and_a_move_lets_it_not_go() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    let post = Composed::at("Warm the shelf\n---\nThen the bowls", &["lark"], &world.at(3_600).replace(' ', "T"));
    world.kith.plan_composed(&ana, &post).await.unwrap().unwrap();
    let states = || async {
        let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap();
        lines.into_iter().map(|line| line.state).collect::<Vec<_>>()
    };
    let shelf = id(&world, "Warm the shelf").await;
    world.kith.hold(&world.operator, &shelf.to_string()).await.unwrap();
    assert_eq!(states().await, ["held", "held"]);
    world.kith.move_post(&ana, shelf, &world.at(2 * 86_400).replace(' ', "T")).await.unwrap();
    assert_eq!(states().await, ["held", "held"], "a time is no word to let it go");
    world.kith.let_go_at_its_time(&world.operator, &shelf.to_string()).await.unwrap();
    assert_eq!(states().await, ["planned", "planned"]);
    let mut analyst = world.ana().await;
    analyst.session.role = Role::Analyst;
    assert!(matches!(world.kith.choose(&analyst, shelf, Choice::Hold, None).await, Err(Problem::Refused(_))));
    server.stop().await.unwrap();
}
