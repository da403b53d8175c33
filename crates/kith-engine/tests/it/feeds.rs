//! Feeds that are followed (B8): what was there is known, news are announced once, at most so many a day.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{FeedReader, NewFeed, Problem};
use kith_practice::{ManualClock, Practice, Running};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::world::World;

/// A blog's server: its feed can be changed, and it answers 304 to whoever has the present version.
struct Blog {
    url: String,
    feed: Arc<Mutex<String>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Blog {
    async fn start(feed: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/feed.xml", listener.local_addr().unwrap());
        let blog = Self { url, feed: Arc::new(Mutex::new(feed)), answers: Arc::default() };
        let (feed, answers) = (blog.feed.clone(), blog.answers.clone());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = vec![0; 8_192];
                let n = socket.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..n]).to_lowercase();
                let body = feed.lock().unwrap().clone();
                let (status, body) = match (body.as_str(), request.contains(&format!("if-none-match: \"{}\"", body.len()))) {
                    ("", _) => (500, String::new()),
                    (_, true) => (304, String::new()),
                    (_, false) => (200, body.clone()),
                };
                answers.lock().unwrap().push(status);
                let head = format!(
                    "HTTP/1.1 {status} X\r\netag: \"{}\"\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len(),
                    body.len()
                );
                let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        blog
    }

    fn says(&self, feed: String) {
        *self.feed.lock().unwrap() = feed;
    }
}

fn feed(titles: &[&str]) -> String {
    let items: String = titles
        .iter()
        .map(|title| {
            format!(
                "<item><title>{title}</title><guid>g-{title}</guid><link>https://lark.example/{}</link></item>",
                title.replace(' ', "-")
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>Lark's blog</title>{items}</channel></rss>")
}

async fn practice(world: &World) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(2).start(listener).await.unwrap();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    server
}

fn follow(blog: &Blog, windows: Option<&str>) -> NewFeed {
    NewFeed {
        url: blog.url.clone(),
        channels: vec!["lark".into()],
        windows: windows.map(str::to_owned),
        per_day: Some(2),
        ..NewFeed::default()
    }
}

async fn planned(world: &World) -> Vec<String> {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    lines.into_iter().map(|line| line.text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_reading_floods_nobody_and_news_are_announced_once_at_most_so_many_a_day() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let blog = Blog::start(feed(&["Old one", "Older one"])).await;
    let line = world.kith.add_feed(&world.operator, follow(&blog, Some("daily 00:00-24:00")), Door::Cli).await.unwrap();
    assert_eq!((line.name.as_str(), line.mode.as_str(), line.waiting), ("Lark's blog", "announce", 0));
    assert!(planned(&world).await.is_empty());

    blog.says(feed(&["Third", "Second", "First", "Old one"]));
    assert!(world.kith.read_due_feeds().await.unwrap().iter().all(|reading| reading.news == 0), "its time has not come");
    world.clock.advance(SignedDuration::from_mins(31));
    let readings = world.kith.read_due_feeds().await.unwrap();
    assert_eq!((readings[0].news, readings[0].planned), (3, 2));
    assert_eq!(world.kith.feeds(world.operator.workspace).await.unwrap()[0].waiting, 1);
    let mut texts = planned(&world).await;
    texts.sort();
    assert_eq!(texts, ["First\n\nhttps://lark.example/First", "Second\n\nhttps://lark.example/Second"]);

    // Nothing new, and the day is full: an unchanged feed costs a header.
    world.clock.advance(SignedDuration::from_mins(31));
    assert_eq!(world.kith.read_due_feeds().await.unwrap()[0].planned, 0);
    assert_eq!(blog.answers.lock().unwrap().last(), Some(&304));
    world.clock.advance(SignedDuration::from_hours(24));
    world.kith.read_due_feeds().await.unwrap();
    assert_eq!(planned(&world).await.len(), 3, "the third has its own day");
    world.kith.read_due_feeds().await.unwrap();
    assert_eq!(planned(&world).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_windows_news_wait_as_drafts_for_a_person() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let blog = Blog::start(feed(&["Old one"])).await;
    world.kith.add_feed(&world.operator, follow(&blog, None), Door::Cli).await.unwrap();
    blog.says(feed(&["Dear firstname", "News", "Old one"]));
    world.kith.check_feed(&world.operator, "Lark's blog").await.unwrap();
    let drafts = world.kith.feed_drafts(world.operator.workspace).await.unwrap();
    assert_eq!(drafts.len(), 2);
    assert!(planned(&world).await.is_empty());

    let news = drafts.iter().find(|draft| draft.text.starts_with("News")).unwrap();
    let at = world.at(3_600);
    let settled = world.kith.settle_draft(&world.operator, &news.id, Some(&at), None, Door::Cli).await.unwrap().unwrap();
    assert_eq!(settled.unwrap().dispatches, 1);
    let again = world.kith.settle_draft(&world.operator, &news.id, Some(&at), None, Door::Cli).await;
    assert!(matches!(again, Err(Problem::NotThere(_))), "it is settled once");

    let bad = drafts.iter().find(|draft| draft.text.starts_with("Dear")).unwrap();
    let refused = world.kith.settle_draft(&world.operator, &bad.id, Some(&at), None, Door::Cli).await.unwrap();
    assert!(!refused.unwrap_err().is_empty(), "a placeholder does not go out");
    assert_eq!(world.kith.feed_drafts(world.operator.workspace).await.unwrap().len(), 1, "the draft stays");
    world.kith.settle_draft(&world.operator, &bad.id, None, None, Door::Cli).await.unwrap().unwrap();
    assert!(world.kith.feed_drafts(world.operator.workspace).await.unwrap().is_empty(), "dropped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_in_trouble_says_so_and_is_asked_less_often() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let blog = Blog::start(feed(&["Old one"])).await;
    world.kith.add_feed(&world.operator, follow(&blog, None), Door::Cli).await.unwrap();
    blog.says(String::new());
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_hours(5));
        world.kith.read_due_feeds().await.unwrap();
    }
    let line = world.kith.feeds(world.operator.workspace).await.unwrap().remove(0);
    assert!(line.trouble.unwrap().contains("500"));
    let pause = line.next_at.unwrap().duration_since(kith_engine::Clock::now(&*world.clock));
    assert_eq!(pause, SignedDuration::from_mins(30 * 8));
    blog.says(feed(&["New", "Old one"]));
    world.clock.advance(SignedDuration::from_hours(5));
    assert_eq!(world.kith.read_due_feeds().await.unwrap()[0].news, 1, "nothing is lost meanwhile");
    assert_eq!(world.kith.feeds(world.operator.workspace).await.unwrap()[0].trouble, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_wish_is_told_with_its_field_and_nothing_is_followed() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let blog = Blog::start(feed(&["Old one"])).await;
    let good = follow(&blog, None);
    for (field, new) in [
        ("url", NewFeed { url: "javascript:1".into(), ..good.clone() }),
        ("url", NewFeed { url: blog.url.replace("feed.xml", ""), ..good.clone() }),
        ("template", NewFeed { template: Some("{env}".into()), ..good.clone() }),
        ("windows", NewFeed { windows: Some("whenever".into()), ..good.clone() }),
        ("per_day", NewFeed { per_day: Some(0), ..good.clone() }),
        ("channels", NewFeed { channels: Vec::new(), ..good.clone() }),
    ] {
        if new.url != good.url && field == "url" && new.url.starts_with("http") {
            blog.says("<html></html>".into());
        }
        let error = world.kith.add_feed(&world.operator, new, Door::Cli).await.unwrap_err();
        assert!(matches!(&error, Problem::Invalid { field: found, .. } if found == field), "{field}: {error}");
        blog.says(feed(&["Old one"]));
    }
    assert!(world.kith.feeds(world.operator.workspace).await.unwrap().is_empty());
    world.kith.add_feed(&world.operator, good.clone(), Door::Cli).await.unwrap();
    let twice = world.kith.add_feed(&world.operator, NewFeed { name: Some("Again".into()), ..good }, Door::Cli).await;
    assert!(matches!(twice, Err(Problem::Conflict(_))), "all would be said twice on this channel");
    let other = Blog::start(feed(&["Old one"])).await;
    let same_name = world.kith.add_feed(&world.operator, follow(&other, None), Door::Cli).await;
    assert!(matches!(same_name, Err(Problem::Conflict(_))), "one name, one feed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_says_what_would_go_out_and_stores_nothing() {
    let world = World::new().await;
    let blog = Blog::start(feed(&["Sixth", "Fifth", "Fourth", "Third", "Second", "First"])).await;
    let preview = world.kith.preview_feed(&blog.url, Some("New: {title}")).await.unwrap();
    let texts: Vec<_> = preview.latest.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["New: Sixth", "New: Fifth", "New: Fourth", "New: Third", "New: Second"]);
    assert_eq!((preview.title.as_str(), preview.entries, preview.hub), ("Lark's blog", 6, false));
    assert!(world.kith.feeds(world.operator.workspace).await.unwrap().is_empty());
    let wrong = world.kith.preview_feed(&blog.url, Some("{secret}")).await.unwrap_err();
    assert!(matches!(wrong, Problem::Invalid { field, .. } if field == "template"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reader_reads_what_is_due_and_ends_when_it_is_told() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let blog = Blog::start(feed(&["Old one"])).await;
    world.kith.add_feed(&world.operator, follow(&blog, None), Door::Cli).await.unwrap();
    blog.says(feed(&["News", "Old one"]));
    world.clock.advance(SignedDuration::from_mins(31));
    let (mut live, stop) = (world.kith.live(), CancellationToken::new());
    let reader = tokio::spawn(FeedReader::new(world.kith.clone()).run(stop.clone()));
    while live.recv().await.unwrap().1.what != "plan" {}
    assert_eq!(world.kith.feed_drafts(world.operator.workspace).await.unwrap().len(), 1);
    stop.cancel();
    reader.await.unwrap();
}
