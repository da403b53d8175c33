//! What is held, missed, called off, and shown: a post that can't go out says why and asks.

use std::sync::Arc;

use jiff::SignedDuration;
use kith_engine::Problem;
use kith_engine::views::Choice;
use kith_practice::{ManualClock, Practice, Running};
use tokio::net::TcpListener;

use crate::world::World;

async fn practice(world: &World) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(5).start(listener).await.unwrap()
}

async fn state_of(world: &World, text: &str) -> (String, String) {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    let line = lines.into_iter().find(|line| line.text == text).unwrap();
    (line.state, line.words)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_token_holds_the_channels_posts_says_so_and_lets_them_go_once_it_is_mended() {
    let world = World::new().await;
    let server = practice(&world).await;
    let token = server.owner_token();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &token)]).await;
    world.import(format!("text,at\nOne,{}\nTwo,{}\n", world.at(60), world.at(600)), &["lark"]).await;
    post(&server.url(), "/practice/revoke", &format!("{{\"token\":\"{token}\"}}")).await;

    world.clock.advance(SignedDuration::from_secs(61));
    world.courier.run_due().await.unwrap();
    assert_eq!(state_of(&world, "One").await.0, "held");
    let channel = world.kith.channel_lines(world.operator.workspace).await.unwrap().remove(0);
    assert_eq!(channel.state, "sign_in_again");
    world.clock.advance(SignedDuration::from_secs(600));
    world.courier.run_due().await.unwrap();
    assert_eq!(state_of(&world, "Two").await.0, "held", "the next one does not even try");

    let fresh = post(&server.url(), "/practice/token", "{\"as\":\"ana\"}").await;
    let fresh = fresh.split('"').find(|part| part.len() >= 20).unwrap().to_owned();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &fresh)]).await;
    world.courier.run_due().await.unwrap();
    let both = async || (state_of(&world, "One").await.0, state_of(&world, "Two").await.0);
    assert_eq!(both().await, ("published".into(), "planned".into()), "what is caught up goes out five minutes apart");
    world.clock.advance(SignedDuration::from_secs(299));
    world.courier.run_due().await.unwrap();
    assert_eq!(both().await.1, "planned");
    world.clock.advance(SignedDuration::from_secs(1));
    world.courier.run_due().await.unwrap();
    assert_eq!(both().await.1, "published");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_later_than_its_grace_is_missed_and_goes_out_only_when_a_person_says_so() {
    let world = World::new().await;
    let server = practice(&world).await;
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    world.import(format!("text,at\nLate,{}\nLater,{}\n", world.at(60), world.at(120)), &["lark"]).await;
    world.clock.advance(SignedDuration::from_hours(2));
    world.courier.run_due().await.unwrap();
    let (state, words) = state_of(&world, "Late").await;
    assert_eq!(state, "missed");
    assert!(words.contains("or let it go"), "{words}");

    let ana = world.ana().await;
    let view = world.kith.plan(&ana, "needs-you", None).await.unwrap();
    let id = |text: &str| view.rows.iter().find(|row| row.text == text).unwrap().id;
    world.kith.choose(&ana, id("Late"), Choice::SendNow, None).await.unwrap();
    world.kith.choose(&ana, id("Later"), Choice::Cancel, None).await.unwrap();
    world.courier.run_due().await.unwrap();
    assert_eq!((state_of(&world, "Late").await.0, state_of(&world, "Later").await.0), ("published".into(), "cancelled".into()));
    assert!(world.kith.choose(&ana, id("Late"), Choice::Cancel, None).await.is_err(), "what is out stays out");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_post_says_who_wrote_it_and_where_and_every_attempt_what_was_sent() {
    let world = World::new().await;
    let server = practice(&world).await;
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    world
        .import(format!("text,at\nFirst,{}\n\"Second\nof two lines\",{}\nThird,{}\n", world.at(60), world.at(90), world.at(120)), &["lark"])
        .await;
    world.deliver_all(SignedDuration::from_hours(1)).await;
    let ana = world.ana().await;
    let view = world.kith.plan(&ana, "published", None).await.unwrap();
    let third = view.rows.iter().find(|row| row.text == "Third").unwrap();
    let page = world.kith.dispatch(&ana, third.id).await.unwrap();
    assert!(page.provenance_words.contains("Written by Ana from plan.csv, line 5"), "{}", page.provenance_words);
    assert!(page.provenance_words.contains("Kith's scheduler"), "{}", page.provenance_words);
    let attempt = &page.attempts[0];
    assert!(attempt.request.contains("Third") && attempt.request_hash.len() == 64 && !attempt.answer.is_empty(), "{attempt:#?}");
    assert!(page.choices.is_empty() && page.row.url.is_some());
    server.stop().await.unwrap();
}

/// A bare POST to the practice server's own doors; its answer's text.
async fn post(base: &str, path: &str, body: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let host = base.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n");
    stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_channel_sends_nothing_until_a_person_lets_it_go_on_and_stays_paused_when_its_token_dies() {
    let world = World::new().await;
    let server = practice(&world).await;
    let token = server.owner_token();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &token)]).await;
    world.import(format!("text,at\nOne,{}\n", world.at(60)), &["lark"]).await;
    let workspace = world.operator.workspace;
    let channel = async || world.kith.channel_lines(workspace).await.unwrap().remove(0);
    assert!(matches!(world.kith.resume_channel(&world.operator, "lark").await, Err(Problem::Conflict(_))));
    world.kith.pause_channel(&world.operator, "lark").await.unwrap();
    assert!(matches!(world.kith.pause_channel(&world.operator, "lark").await, Err(Problem::Conflict(_))));
    world.clock.advance(SignedDuration::from_secs(61));
    world.courier.run_due().await.unwrap();
    assert_eq!((state_of(&world, "One").await.0.as_str(), channel().await.state.as_str()), ("held", "paused"));

    post(&server.url(), "/practice/revoke", &format!("{{\"token\":\"{token}\"}}")).await;
    let _ = world.kith.check_channels(workspace, None).await.unwrap();
    let told = channel().await;
    assert_eq!(told.state, "paused");
    assert!(!told.detail.is_empty(), "and why it will not work when it goes on");
    let fresh = post(&server.url(), "/practice/token", "{\"as\":\"ana\"}").await;
    let fresh = fresh.split('"').find(|part| part.len() >= 20).unwrap().to_owned();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &fresh)]).await;
    assert_eq!((channel().await.state.as_str(), channel().await.detail.as_str()), ("paused", ""), "a new token ends no pause");

    assert_eq!(world.kith.resume_channel(&world.operator, "lark").await.unwrap(), 1);
    world.courier.run_due().await.unwrap();
    assert_eq!((state_of(&world, "One").await.0.as_str(), channel().await.state.as_str()), ("published", "ok"));
    server.stop().await.unwrap();
}
