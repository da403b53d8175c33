//! People are called to the page by their browsers: once for each thing, for what they wish, never after they left.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use kith_domain::converse::{CallKind, CallWish};
use kith_engine::{Caller, Problem, Subscription, Visitor};
use kith_testkit::servers;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

/// A push service on this machine that answers every push with one status; no real one can be asked here.
struct Service {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn new(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push/one", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = heard.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let mut part = [0; 4_096];
                // A push is small: head and body come to less than this, and the client waits for the answer.
                while let Ok(read) = socket.read(&mut part).await {
                    bytes.extend_from_slice(&part[..read]);
                    let head = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, _)) = head.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
                    if read == 0 || bytes.len() >= head.len() + 4 + length.unwrap_or(0) {
                        break;
                    }
                }
                keep.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
                let _ = socket.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).await;
            }
        });
        Self { url, heard }
    }

    /// A browser's subscription to it, with the example keys of RFC 8291 §5.
    fn subscription(&self) -> Subscription {
        Subscription {
            endpoint: self.url.clone(),
            p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".into(),
            auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
        }
    }

    fn pushes(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

/// Ana, who is never quiet, with a browser that wants to hear of what was not sent, and a post that was missed.
async fn missed(service: &Service, kinds: &[CallKind]) -> (World, Visitor) {
    let world = World::new().await;
    let server = servers::own_mastodon_mock().await.unwrap();
    world.add("mastodon", "lark", &[("server", &server.url), ("token", &server.tokens.ada)]).await;
    let ana = world.ana().await;
    world.kith.add_browser(&ana, &service.subscription(), "Firefox on Linux").await.unwrap();
    let wish = CallWish { kinds: kinds.iter().copied().collect(), quiet: None, ..CallWish::default() };
    world.kith.set_calls(&ana, &wish, 0).await.unwrap();
    world.import(format!("text,at\nWaxed the foot,{}\n", world.at(60)), &["lark"]).await;
    world.clock.advance(SignedDuration::from_hours(3));
    world.courier.run_due().await.unwrap();
    (world, ana)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_called_once_for_a_post_that_was_not_sent() {
    let service = Service::new("201 Created").await;
    let (world, ana) = missed(&service, &[CallKind::NotSent]).await;
    let caller = Caller::new(world.kith.clone());
    assert_eq!(caller.run_once().await.unwrap(), 1);
    assert_eq!(caller.run_once().await.unwrap(), 0, "once");
    assert_eq!(service.pushes(), 1);
    let heard = service.heard.lock().unwrap()[0].to_lowercase();
    assert!(heard.contains("content-encoding: aes128gcm") && heard.contains("authorization: vapid t="), "{heard}");
    assert!(!heard.contains("waxed"), "sealed, and our own words at that");
    let view = world.kith.calls(&ana).await.unwrap();
    assert_eq!((view.browsers.len(), view.version, view.wish.quiet), (1, 1, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_is_off_calls_nobody() {
    let service = Service::new("201 Created").await;
    let (world, _) = missed(&service, &[CallKind::YesWanted]).await;
    assert_eq!(Caller::new(world.kith.clone()).run_once().await.unwrap(), 0);
    assert_eq!(service.pushes(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_left_is_forgotten() {
    let service = Service::new("410 Gone").await;
    let (world, ana) = missed(&service, &[CallKind::NotSent]).await;
    assert_eq!(Caller::new(world.kith.clone()).run_once().await.unwrap(), 0);
    assert!(world.kith.calls(&ana).await.unwrap().browsers.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_browser_gives_is_refused_and_two_windows_notice_each_other() {
    let world = World::new().await;
    let ana = world.ana().await;
    let service = Service::new("201 Created").await;
    let broken = Subscription { p256dh: "AAAA".into(), ..service.subscription() };
    let refused = world.kith.add_browser(&ana, &broken, "x").await;
    assert!(matches!(refused, Err(Problem::Invalid { field, .. }) if field == "key"));
    world.kith.set_calls(&ana, &CallWish::default(), 0).await.unwrap();
    assert!(matches!(world.kith.set_calls(&ana, &CallWish::default(), 0).await, Err(Problem::Conflict(_))));
    let key = world.kith.calls(&ana).await.unwrap().public_key;
    assert_eq!(key, world.kith.calls(&ana).await.unwrap().public_key, "browsers subscribe with it");
}
