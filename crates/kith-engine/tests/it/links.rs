//! Links of a plan are looked up before it is stored (B10): by files, single posts and lint, each address once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{PlanFile, PlanWish, SinglePost};
use kith_practice::{ManualClock, Practice, Running};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

/// A site: which path answers what, and how often each was asked for.
struct Site {
    base: String,
    asked: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Site {
    async fn start(pages: &'static [(&'static str, u16)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Self { base: format!("http://{}", listener.local_addr().unwrap()), asked: Arc::default() };
        let asked = site.asked.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = vec![0; 4_096];
                let n = socket.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..n]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let status = pages.iter().find(|(known, _)| *known == path).map_or(404, |(_, status)| *status);
                *asked.lock().unwrap().entry(path).or_default() += 1;
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        site
    }

    fn asked(&self, path: &str) -> u32 {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }
}

async fn practice(world: &World) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(2).start(listener).await.unwrap();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    server
}

fn plan(csv: String) -> PlanFile {
    PlanFile { name: "plan.csv".into(), bytes: csv.into_bytes(), format: None, folder: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_links_refuse_a_plan_and_those_that_fail_now_are_told() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let site = Site::start(&[("/kiln", 200), ("/down", 503)]).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let row = |text: String, n: i64| format!("{text},{},lark\n", world.at(3_600 * n));
    let rows = [
        row(format!("Kilns {}/kiln", site.base), 2),
        row(format!("Again {}/kiln", site.base), 4),
        row(format!("Gone {}/gone", site.base), 6),
        row(format!("Down {}/down", site.base), 8),
        row(format!("Closed http://{free}/"), 10),
        row("No name https://no-such-name.invalid/x".into(), 12),
    ];
    let file = plan(format!("text,at,channels\n{}", rows.concat()));
    let (space, wish) = (world.operator.workspace, PlanWish::default());
    let findings = world.kith.lint_plan(space, &file, &wish).await.unwrap();
    let told: Vec<(Option<u32>, String, String)> = findings
        .iter()
        .map(|f| (f.line, f.code(), format!("{:?}", f.severity).to_lowercase()))
        .filter(|(_, code, _)| code == "dead_link")
        .collect();
    let say = |line, severity: &str| (Some(line), "dead_link".to_owned(), severity.to_owned());
    assert_eq!(told, [say(4, "refuse"), say(5, "warn"), say(6, "hold"), say(7, "warn")], "{findings:?}");
    assert_eq!(site.asked("/kiln"), 1, "two posts, one look");
    let gone = findings.iter().find(|f| f.line == Some(4)).unwrap().to_string();
    assert!(gone.contains("/gone leads nowhere (HTTP 404); way out: correct the address"), "{gone}");

    let refused = world.kith.import_plan(&world.operator, &file, &wish).await.unwrap().unwrap_err();
    assert_eq!(refused.iter().filter(|problem| problem.refuses()).count(), 1, "{refused:?}");
    let unasked = PlanWish { no_link_check: true, ..PlanWish::default() };
    assert!(world.kith.preview_plan(space, &file, &unasked).await.unwrap().is_fine());
    let rest = plan(format!("text,at,channels\n{}{}", rows[0], rows[4]));
    let imported = world.kith.import_plan(&world.operator, &rest, &wish).await.unwrap().unwrap();
    assert_eq!((imported.dispatches, imported.held), (2, 1), "where nothing listens the post waits for the owner's yes");
    assert_eq!(site.asked("/kiln"), 1, "what works is believed for an hour");
    world.clock.advance(SignedDuration::from_hours(1));
    world.kith.lint_plan(space, &file, &wish).await.unwrap();
    assert_eq!(site.asked("/kiln"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_post_is_looked_at_the_same_way_and_may_go_without() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let site = Site::start(&[]).await;
    let post = |no_link_check| SinglePost {
        channel: "lark".into(),
        at: world.at(60),
        text: format!("Kilns {}/gone", site.base),
        no_link_check,
        ..SinglePost::default()
    };
    let refused = world.kith.add_post(&world.operator, post(false), Door::Cli).await.unwrap().unwrap_err();
    assert_eq!(refused.iter().map(kith_domain::plan::Problem::code).collect::<Vec<_>>(), ["dead_link"]);
    world.kith.add_post(&world.operator, post(true), Door::Cli).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_with_more_links_than_are_looked_at_says_so() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let site = Site::start(&[]).await;
    let links: String = (0..210).map(|n| format!("Row {n} {}/{n},{},lark\n", site.base, world.at(3_600 * (n + 1)))).collect();
    let findings =
        world.kith.lint_plan(world.operator.workspace, &plan(format!("text,at,channels\n{links}")), &PlanWish::default()).await.unwrap();
    assert_eq!(findings.iter().filter(|f| f.code() == "dead_link").count(), 200);
}
