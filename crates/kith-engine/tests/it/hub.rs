//! A feed's hub tells of news (WebSub): asked, confirmed by its challenge, believed only when it signs, and then only as
//! far as to ask the feed.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{HUB_PATH, HubAsks, Kith, NewFeed, Problem};
use kith_practice::{ManualClock, Practice};
use ring::hmac;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

const ADDRESS: &str = "https://kith.lark.example";

/// A blog and its hub on one server.
struct Blog {
    base: String,
    titles: Arc<Mutex<Vec<&'static str>>>,
    /// The forms that its hub got.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Blog {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let blog = Self { base: base.clone(), titles: Arc::new(Mutex::new(vec!["Old"])), asked: Arc::default() };
        let (titles, asked) = (blog.titles.clone(), blog.asked.clone());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = vec![0; 16_384];
                let mut n = 0;
                // Head and form may come apart.
                while n < request.len() {
                    let read = socket.read(&mut request[n..]).await.unwrap_or(0);
                    n += read;
                    let text = String::from_utf8_lossy(&request[..n]);
                    if read == 0 || !text.starts_with("POST") || text.contains("hub.lease_seconds") {
                        break;
                    }
                }
                let request = String::from_utf8_lossy(&request[..n]).into_owned();
                let (status, body) = if request.starts_with("POST /hub") {
                    asked.lock().unwrap().push(request.rsplit("\r\n").next().unwrap_or_default().to_owned());
                    (202, String::new())
                } else {
                    (200, feed(&base, &titles.lock().unwrap()))
                };
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        blog
    }

    fn topic(&self) -> String {
        format!("{}/feed.xml", self.base)
    }

    /// The last question: the callback's name and the secret.
    fn last(&self) -> (String, String) {
        let form = self.asked.lock().unwrap().last().cloned().unwrap();
        let url = url::Url::parse(&format!("http://x/?{form}")).unwrap();
        let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!((of("hub.mode").as_str(), of("hub.topic")), ("subscribe", self.topic()));
        let name = of("hub.callback").strip_prefix(&format!("{ADDRESS}{HUB_PATH}")).unwrap().to_owned();
        (name, of("hub.secret"))
    }

    fn asks(mode: &str, topic: &str) -> HubAsks {
        serde_json::from_value(serde_json::json!({
            "hub.mode": mode, "hub.topic": topic, "hub.challenge": "a-challenge", "hub.lease_seconds": "864000",
        }))
        .unwrap()
    }
}

fn feed(base: &str, titles: &[&str]) -> String {
    let items: String = titles.iter().map(|title| format!("<item><title>{title}</title><guid>g-{title}</guid></item>")).collect();
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>Blog</title>\
         <atom:link rel=\"hub\" href=\"{base}/hub\"/><atom:link rel=\"self\" href=\"{base}/feed.xml\"/>{items}</channel></rss>"
    )
}

fn signed(key: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body);
    format!("sha256={}", tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

async fn followed(address: &str) -> (World, Blog) {
    let world = World::at_address(address).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(kith_engine::Clock::now(&*world.clock)));
    let server = Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(2).start(listener).await.unwrap();
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    let blog = Blog::start().await;
    let new = NewFeed { url: blog.topic(), channels: vec!["lark".into()], ..NewFeed::default() };
    world.kith.add_feed(&world.operator, new, Door::Cli).await.unwrap();
    (world, blog)
}

async fn read(kith: &Kith) -> usize {
    kith.read_due_feeds().await.unwrap().iter().map(|reading| reading.news).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_told_by_the_hub_are_read_at_once_and_nobody_else_brings_that_about() {
    let (world, blog) = followed(ADDRESS).await;
    let (name, key) = blog.last();
    let (kith, words) = (&world.kith, b"<rss>anything</rss>".as_slice());
    blog.titles.lock().unwrap().insert(0, "New");
    assert_eq!(read(kith).await, 0, "its half hour is not over");
    assert!(!kith.hub_tells(&name, &signed(&key, words), words).await.unwrap(), "it has not confirmed yet");

    let wrong = format!("{}x", name.strip_suffix(char::is_alphanumeric).unwrap());
    for (name, mode, topic) in [
        (wrong.as_str(), "subscribe", blog.topic()),
        (&name, "subscribe", "https://x.example/".into()),
        (&name, "unsubscribe", blog.topic()),
    ] {
        let refused = kith.hub_asks(name, &Blog::asks(mode, &topic)).await;
        assert!(matches!(refused, Err(Problem::NotThere(_))), "{name} {mode} {topic}");
    }
    assert_eq!(kith.hub_asks(&name, &Blog::asks("subscribe", &blog.topic())).await.unwrap(), "a-challenge");

    assert!(!kith.hub_tells(&name, "", words).await.unwrap());
    assert!(!kith.hub_tells(&name, &signed("another", words), words).await.unwrap());
    assert!(!kith.hub_tells(&name, &signed(&key, words), b"other words").await.unwrap());
    assert_eq!(read(kith).await, 0);
    assert!(kith.hub_tells(&name, &signed(&key, words), words).await.unwrap());
    assert_eq!(read(kith).await, 1, "what the feed says, not what the hub sent");
    assert!(kith.feed_drafts(world.operator.workspace).await.unwrap()[0].text.starts_with("New"));

    // However often it tells: once a minute.
    assert!(!kith.hub_tells(&name, &signed(&key, words), words).await.unwrap());
    world.clock.advance(SignedDuration::from_secs(60));
    assert!(kith.hub_tells(&name, &signed(&key, words), words).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_renewed_in_time_under_the_same_address_and_the_feed_is_asked_all_the_while() {
    let (world, blog) = followed(ADDRESS).await;
    let (name, _) = blog.last();
    world.kith.hub_asks(&name, &Blog::asks("subscribe", &blog.topic())).await.unwrap();
    let asked = || blog.asked.lock().unwrap().len();
    for _ in 0..8 {
        world.clock.advance(SignedDuration::from_hours(24));
        read(&world.kith).await;
    }
    assert_eq!(asked(), 1, "eight of ten days are over");
    blog.titles.lock().unwrap().insert(0, "New");
    world.clock.advance(SignedDuration::from_hours(26));
    assert_eq!(read(&world.kith).await, 1, "found without the hub's help");
    assert_eq!(asked(), 2);
    assert_eq!(blog.last().0, name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kith_that_nobody_can_reach_asks_no_hub() {
    let (_world, blog) = followed("http://kith.test").await;
    assert!(blog.asked.lock().unwrap().is_empty());
}
