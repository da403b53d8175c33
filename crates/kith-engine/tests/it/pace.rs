//! Pacing: a burst is spread, a pause is the whole channel's, a dead server delays nobody, and a foreign id is no proof.

use std::sync::Arc;

use jiff::SignedDuration;
use kith_practice::{ManualClock, Practice, Running};
use kith_testkit::{Fault, FaultProxy, Rule};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::world::World;

async fn practice(world: &World, address: &str) -> Running {
    let listener = TcpListener::bind(address).await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(3).start(listener).await.unwrap()
}

/// States of all posts, in the order of their text.
async fn states(world: &World) -> Vec<(String, String)> {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 500).await.unwrap();
    let mut states: Vec<_> = lines.into_iter().map(|line| (line.text, line.state)).collect();
    states.sort();
    states
}

async fn published(world: &World) -> usize {
    states(world).await.iter().filter(|(_, state)| state == "published").count()
}

fn posts_seen(proxy: &FaultProxy) -> usize {
    proxy.requests().iter().filter(|passed| passed.method == "POST" && passed.path.starts_with("/api/v1/statuses")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_on_one_channel_is_spread_and_not_refused() {
    let world = World::new().await;
    let server = practice(&world, "127.0.0.1:0").await;
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    let at = world.at(60);
    let rows: String = (0..130).map(|n| format!("Tip {n:03},{at}\n")).collect();
    world.import(format!("text,at\n{rows}"), &["lark"]).await;
    world.clock.advance(SignedDuration::from_secs(61));
    world.courier.run_due().await.unwrap();
    assert_eq!(published(&world).await, 120, "40 % of what the network allows in its window go at once");
    world.courier.run_due().await.unwrap();
    assert_eq!(published(&world).await, 120);
    for more in 1..=10 {
        world.clock.advance(SignedDuration::from_millis(2_500));
        world.courier.run_due().await.unwrap();
        assert_eq!(published(&world).await, 120 + more, "then one each 2.5 s");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_for_patience_rests_the_whole_channel_until_its_end() {
    let world = World::new().await;
    let server = practice(&world, "127.0.0.1:0").await;
    let proxy = FaultProxy::start(&server.url()).await.unwrap();
    world.add("mastodon", "lark", &[("server", &proxy.url), ("token", &server.owner_token())]).await;
    let at = world.at(60);
    world.import(format!("text,at\nOne,{at}\nTwo,{at}\nThree,{at}\n"), &["lark"]).await;
    proxy.plan(Rule::on("/api/v1/statuses", Fault::RateLimited { retry_after_s: 300 }).method("POST").times(1));
    world.clock.advance(SignedDuration::from_secs(61));
    world.courier.run_due().await.unwrap();
    assert_eq!(posts_seen(&proxy), 1, "the other two are not even tried");
    world.clock.advance(SignedDuration::from_secs(299));
    world.courier.run_due().await.unwrap();
    assert_eq!(posts_seen(&proxy), 1);
    world.clock.advance(SignedDuration::from_secs(1));
    world.courier.run_due().await.unwrap();
    assert_eq!((posts_seen(&proxy), published(&world).await), (4, 3));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_answers_delays_none_of_fifty_other_channels() {
    let world = World::new().await;
    // All of 127.0.0.0/8 is this machine, so one server stands for fifty.
    let server = practice(&world, "0.0.0.0:0").await;
    let port = server.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let token = server.owner_token();
    let dead = FaultProxy::start(&format!("http://127.0.0.1:{port}")).await.unwrap();
    world.add("mastodon", "dead", &[("server", &dead.url), ("token", &token)]).await;
    let mut names = Vec::new();
    for n in 2..52 {
        let name = format!("lark-{n}");
        world.add("mastodon", &name, &[("server", &format!("http://127.0.0.{n}:{port}")), ("token", &token)]).await;
        names.push(name);
    }
    dead.plan(Rule::on("/", Fault::Hang));
    world.import(format!("text,at\nNever,{0}\nNever too,{0}\n", world.at(50)), &["dead"]).await;
    // Each account says something of its own: the same text from two of one network is refused.
    let rows = names.iter().flat_map(|name| [("A", name), ("B", name)]);
    let rows: String = rows.map(|(word, name)| format!("{word} of {name},{},{name}\n", world.at(60))).collect();
    world.import(format!("text,at,channels\n{rows}"), &[]).await;
    world.clock.advance(SignedDuration::from_secs(61));

    let (stop, mut live) = (CancellationToken::new(), world.kith.live());
    let worker = tokio::spawn(world.courier.clone().run(stop));
    while published(&world).await < 100 {
        live.recv().await.ok();
    }
    let states = states(&world).await;
    let mut of_dead: Vec<_> = states.iter().filter(|(text, _)| text.starts_with("Never")).map(|(_, state)| state.as_str()).collect();
    of_dead.sort_unstable();
    assert_eq!(of_dead, ["planned", "sending"], "one at a time, still waiting when all others are out");
    worker.abort();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_id_of_another_post_is_looked_into_and_ends_honestly() {
    let world = World::new().await;
    let server = practice(&world, "127.0.0.1:0").await;
    let proxy = FaultProxy::start(&server.url()).await.unwrap();
    world.add("mastodon", "lark", &[("server", &proxy.url), ("token", &server.owner_token())]).await;
    world.import(format!("text,at\nOne,{}\nTwo,{}\n", world.at(60), world.at(90)), &["lark"]).await;
    world.clock.advance(SignedDuration::from_secs(61));
    world.courier.run_due().await.unwrap();
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap();
    let id = lines.iter().find_map(|line| line.remote_id.clone()).unwrap();
    // A server that answers whatever is published with the first post.
    let first = get(&server.url(), &format!("/api/v1/statuses/{id}"), &server.owner_token()).await;
    let liar = always(first).await;
    proxy.point_at(&liar).unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    world.courier.run_due().await.unwrap();
    assert_eq!(states(&world).await[1], ("Two".into(), "uncertain".into()), "no proof, and not simply sent again");
    proxy.point_at(&server.url()).unwrap();
    world.deliver_all(SignedDuration::from_mins(20)).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap();
    let ids: Vec<_> = lines.iter().map(|line| line.remote_id.clone()).collect();
    assert!(lines.iter().all(|line| line.state == "published"), "{lines:#?}");
    assert!(ids[0].is_some() && ids[1].is_some() && ids[0] != ids[1], "{ids:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_start_all_that_a_wrong_clock_put_off_comes_however_much_it_is() {
    let world = World::new().await;
    let server = practice(&world, "127.0.0.1:0").await;
    let proxy = FaultProxy::start(&server.url()).await.unwrap();
    world.add("mastodon", "lark", &[("server", &proxy.url), ("token", &server.owner_token())]).await;
    let right = kith_engine::Clock::now(&*world.clock);
    world.import(format!("text,at\nOne,{}\n", world.at(60)), &["lark"]).await;
    // Two days fast, and a person says "send now"; the network asks for an hour, which then lies two days ahead.
    world.clock.advance(SignedDuration::from_hours(48));
    world.courier.run_due().await.unwrap();
    let ana = world.ana().await;
    let id = world.kith.plan(&ana, "needs-you", None).await.unwrap().rows[0].id;
    world.kith.choose(&ana, id, kith_engine::views::Choice::SendNow, None).await.unwrap();
    proxy.plan(Rule::on("/api/v1/statuses", Fault::RateLimited { retry_after_s: 600 }).method("POST").times(1));
    world.courier.run_due().await.unwrap();
    assert_eq!(posts_seen(&proxy), 1);
    world.clock.set(right + SignedDuration::from_secs(61));
    world.courier.run_due().await.unwrap();
    assert_eq!(posts_seen(&proxy), 1, "the wrong clock's pause still stands");
    let (stop, mut live) = (CancellationToken::new(), world.kith.live());
    let worker = tokio::spawn(world.courier.clone().run(stop.clone()));
    while published(&world).await < 1 {
        live.recv().await.ok();
    }
    stop.cancel();
    worker.await.unwrap();
    assert_eq!(posts_seen(&proxy), 2);
    server.stop().await.unwrap();
}

/// A server that gives every request this body.
async fn always(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 16 * 1024];
            let _ = stream.read(&mut request).await;
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    url
}

/// The body of a GET.
async fn get(base: &str, path: &str, token: &str) -> String {
    let host = base.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}
