//! What is found in a plan decides: refusals, what is held for the owner's yes, and threads that go out part by part.

use std::sync::Arc;

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{PlanFile, PlanWish, ProgramEdit, SinglePost};
use kith_practice::{Cue, ManualClock, Practice, Running};
use tokio::net::TcpListener;

use crate::world::World;

async fn practice(world: &World, address: &str) -> Running {
    let listener = TcpListener::bind(address).await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(0).start(listener).await.unwrap()
}

/// Accounts on one network, each at an address of its own.
async fn accounts(world: &World, names: &[&str]) -> Running {
    let server = practice(world, "0.0.0.0:0").await;
    let port = server.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    for (name, n) in names.iter().zip(2..) {
        world.add("mastodon", name, &[("server", &format!("http://127.0.0.{n}:{port}")), ("token", &server.owner_token())]).await;
    }
    server
}

fn plan(csv: String) -> PlanFile {
    PlanFile { name: "plan.csv".into(), bytes: csv.into_bytes(), format: None, folder: None }
}

async fn states(world: &World) -> Vec<(String, String)> {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    let mut states: Vec<_> = lines.into_iter().map(|line| (line.text, line.state)).collect();
    states.sort();
    states
}

/// The bytes of the last attempt of the post with this text.
async fn sent(world: &World, text: &str) -> serde_json::Value {
    let (ana, lines) = (world.ana().await, world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap());
    let id = lines.iter().find(|line| line.text == text).unwrap().id.parse().unwrap();
    let page = world.kith.dispatch(&ana, id).await.unwrap();
    serde_json::from_str(&page.attempts.last().unwrap().request).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_words_from_two_accounts_are_refused_in_one_row_in_two_and_beside_what_is_planned() {
    let world = World::new().await;
    let server = accounts(&world, &["one", "two"]).await;
    let at = world.at(3_600);
    let codes = |csv: String| {
        let world = &world;
        async move {
            let wish = PlanWish::default();
            let previewed = world.kith.preview_plan(world.operator.workspace, &plan(csv), &wish).await.unwrap();
            previewed.problems.iter().filter(|problem| problem.refuses()).map(kith_domain::plan::Problem::code).collect::<Vec<_>>()
        }
    };
    assert_eq!(codes(format!("text,at,channels\nWarm the shelf first,{at},one|two\n")).await, ["policy.M4"]);
    let rows = format!("text,at,channels\nWarm the shelf first,{at},one\nwarm  the shelf FIRST,{at},two\n");
    assert_eq!(codes(rows).await, ["policy.M4"]);
    world.import(format!("text,at,channels\nWarm the shelf first,{at},one\n"), &[]).await;
    assert_eq!(codes(format!("text,at,channels\nWarm the shelf first,{at},two\n")).await, ["policy.M4"]);
    // A word more or less is still the same text.
    let long = "Ash from the bakery oven is sieved three times and goes on the bowls that we made in May for the café";
    world.import(format!("text,at,channels\n{long},{at},one\n"), &[]).await;
    assert_eq!(codes(format!("text,at,channels\n{long} again,{at},two\n")).await, ["policy.M4"]);
    let month = world.at(3_600 + 31 * 86_400);
    assert!(codes(format!("text,at,channels\n{long} again,{month},two\n")).await.is_empty(), "a month later it may be said there");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_named_and_what_passes_a_channels_own_limit_waits_for_the_owners_yes() {
    let world = World::in_the_morning().await;
    let server = accounts(&world, &["one"]).await;
    let mut rules = world.kith.plan_rules(world.operator.workspace).await.unwrap();
    rules.caps.entry("one".into()).or_default().per_day_max = Some(2);
    world.kith.change_program(&world.operator, &ProgramEdit::Rules(Box::new(rules)), Door::Cli).await.unwrap();
    let rows: String = ["A tip", "Thanks to @cy@clay.social", "Another tip"]
        .iter()
        .zip([1, 2, 3])
        .map(|(text, n)| format!("{text},{}\n", world.at(3_600 * n)))
        .collect();
    let file = plan(format!("text,at,channels\n{}", rows.replace('\n', ",one\n")));
    let previewed = world.kith.preview_plan(world.operator.workspace, &file, &PlanWish::default()).await.unwrap();
    let held: Vec<bool> = previewed.items.iter().map(|item| item.held.is_some()).collect();
    assert_eq!(held, [false, true, true], "{previewed:?}");
    let imported = world.kith.import_plan(&world.operator, &file, &PlanWish::default()).await.unwrap().unwrap();
    assert_eq!((imported.dispatches, imported.held), (3, 2));
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    let mention = lines.iter().find(|line| line.text.starts_with("Thanks")).unwrap();
    assert_eq!(mention.state, "held");
    assert_eq!(world.kith.say_yes(&world.operator, &mention.id).await.unwrap(), 1);
    assert!(world.kith.say_yes(&world.operator, &mention.id).await.is_err(), "a yes is said once");
    world.clock.advance(SignedDuration::from_secs(3 * 3_600 + 60));
    let page = world.kith.dispatch(&world.ana().await, mention.id.parse().unwrap()).await.unwrap();
    assert!(page.decisions.iter().any(|row| row.what == "said yes to it as it is"), "{:?}", page.decisions);
    assert!(states(&world).await.contains(&("Another tip".into(), "held".into())), "nothing lets the other one go");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_broadcasts_for_each_answer_than_the_owner_allows_wait_for_her_yes_and_answering_makes_room() {
    let world = World::in_the_morning().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(20).start(listener).await.unwrap();
    world.add("mastodon", "one", &[("server", &server.url().replace("0.0.0.0", "127.0.0.1")), ("token", &server.owner_token())]).await;
    world.listeners.run_once().await.unwrap();
    let mut rules = world.kith.plan_rules(world.operator.workspace).await.unwrap();
    rules.caps.entry("one".into()).or_default().broadcasts_per_answer_max = Some(3);
    world.kith.change_program(&world.operator, &ProgramEdit::Rules(Box::new(rules)), Door::Cli).await.unwrap();

    let words = ["Bats warp", "Lids sit", "Handles dry", "Feet crack", "Rims lean", "Glaze crawls", "Cones fall"];
    let rows: String = words.iter().zip(1..).map(|(text, n)| format!("{text} on day {n},{},one\n", world.at(86_400 * n))).collect();
    let held = async || {
        let file = plan(format!("text,at,channels\n{rows}"));
        let previewed = world.kith.preview_plan(world.operator.workspace, &file, &PlanWish::default()).await.unwrap();
        previewed.items.iter().map(|item| item.held.is_some()).collect::<Vec<_>>()
    };
    // Fewer than six say nothing of a ratio.
    assert_eq!(held().await, [false, false, false, false, false, true, true]);

    for nth in 0..2 {
        assert!(server.cue(Cue::Message, nth).await.unwrap(), "somebody writes to her alone");
    }
    world.listeners.run_once().await.unwrap();
    assert_eq!(server.catch_up(&["Come by and see."]).await.unwrap(), 2, "she answers both, from another app");
    world.listeners.run_once().await.unwrap();
    assert_eq!(held().await, [false, false, false, false, false, false, true], "three for each of two");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_goes_out_part_by_part_each_as_the_answer_to_the_one_before() {
    let world = World::new().await;
    let server = accounts(&world, &["one"]).await;
    let post = SinglePost {
        channel: "one".into(),
        at: world.at(60),
        text: "Part one\n---\nPart two\n---\nPart three".into(),
        poll: vec!["Yes".into(), "No".into()],
        ..SinglePost::default()
    };
    assert_eq!(world.kith.add_post(&world.operator, post, Door::Cli).await.unwrap().unwrap().dispatches, 3);
    world.clock.advance(SignedDuration::from_secs(61));
    world.deliver_all(SignedDuration::from_secs(120)).await;
    assert!(states(&world).await.iter().all(|(_, state)| state == "published"), "{:?}", states(&world).await);
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    let id = |text: &str| lines.iter().find(|line| line.text == text).unwrap().remote_id.clone().unwrap();
    let (one, two, three) = (sent(&world, "Part one").await, sent(&world, "Part two").await, sent(&world, "Part three").await);
    assert_eq!(one["poll"], serde_json::json!({ "options": ["Yes", "No"], "expires_in": 86_400, "multiple": false }));
    assert!(one["in_reply_to_id"].is_null() && two["poll"].is_null());
    assert_eq!((two["in_reply_to_id"].as_str(), three["in_reply_to_id"].as_str()), (Some(&*id("Part one")), Some(&*id("Part two"))));
    server.stop().await.unwrap();
}
