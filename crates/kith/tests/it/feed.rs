//! Feeds by the command line, and by the server's own worker.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kith_testkit::servers;

use crate::program::{Folder, Running, err, json, out};

/// A blog on this computer.
pub(crate) struct Blog {
    pub(crate) url: String,
    titles: Arc<Mutex<Vec<String>>>,
}

impl Blog {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/feed.xml", listener.local_addr().unwrap());
        let titles = Arc::new(Mutex::new(vec!["Old one".to_owned()]));
        let told = titles.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let mut socket = socket.unwrap();
                let _ = socket.read(&mut [0; 8_192]);
                let items: String =
                    told.lock().unwrap().iter().map(|title| format!("<item><title>{title}</title><guid>g-{title}</guid></item>")).collect();
                let body = format!("<rss version=\"2.0\"><channel><title>Lark</title>{items}</channel></rss>");
                let _ = write!(socket, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            }
        });
        Self { url, titles }
    }

    fn says(&self, title: &str) {
        self.titles.lock().unwrap().insert(0, title.to_owned());
    }
}

async fn with_channel() -> Folder {
    let (server, folder) = (servers::mastodon_mock().await.unwrap(), Folder::with_owner());
    let words = ["channel", "add", "mastodon", "--server", &server.url, "--token", &server.tokens.ada, "--name", "lark"];
    let added = folder.private(&words);
    assert!(added.status.success(), "{}", err(&added));
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_is_previewed_followed_checked_and_its_drafts_are_settled() {
    let (folder, blog) = (with_channel().await, Blog::start());
    let preview = json(&folder.private(&["feed", "preview", &blog.url, "--template", "New: {title}", "--json"]));
    assert_eq!(preview[0]["latest"][0]["text"], "New: Old one");
    assert!(json(&folder.private(&["feed", "list", "--json"])).is_empty(), "a preview stores nothing");

    let wrong = folder.private(&["feed", "add", &blog.url, "--channels", "nowhere"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(err(&wrong).contains("nowhere"), "{}", err(&wrong));
    let added = folder.private(&["feed", "add", &blog.url, "--channels", "lark", "--template", "{title}\\n#clay"]);
    assert!(out(&added).contains("\"Lark\" is followed"), "{}{}", out(&added), err(&added));
    blog.says("Kiln day");
    blog.says("Glaze day");
    let reading = json(&folder.private(&["feed", "check", "Lark", "--json"]));
    assert_eq!((reading[0]["news"].as_u64(), reading[0]["planned"].as_u64()), (Some(2), Some(0)));
    let drafts = json(&folder.private(&["feed", "drafts", "--json"]));
    assert_eq!(drafts[0]["text"], "Kiln day\n#clay", "the oldest first");
    let id = |place: usize| drafts[place]["id"].as_str().unwrap();
    let past = folder.private(&["feed", "plan", id(0), "--at", "2021-01-01 09:00"]);
    assert_eq!(past.status.code(), Some(1));
    assert!(err(&past).contains("the draft stays"), "{}", err(&past));
    let planned = folder.private(&["feed", "plan", id(0), "--at", "2028-12-01 09:30", "--text", "Kiln day it is"]);
    assert!(out(&planned).starts_with("Planned for 2028-12-01T09:30:00Z"), "{}{}", out(&planned), err(&planned));
    assert!(folder.private(&["feed", "let-go", id(1)]).status.success());
    assert!(json(&folder.private(&["feed", "drafts", "--json"])).is_empty());
    assert_eq!(json(&folder.private(&["post", "list", "--json"]))[0]["text"], "Kiln day it is");

    assert!(!json(&folder.private(&["feed", "pause", "Lark", "--json"]))[0]["paused_at"].is_null());
    assert!(json(&folder.private(&["feed", "resume", "Lark", "--json"]))[0]["paused_at"].is_null());
    assert!(folder.private(&["feed", "drop", "Lark"]).status.success());
    assert_eq!(folder.private(&["feed", "drop", "Lark"]).status.code(), Some(1), "it is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_reads_what_is_due_by_itself() {
    let (folder, blog) = (with_channel().await, Blog::start());
    assert!(folder.private(&["feed", "add", &blog.url, "--channels", "lark"]).status.success());
    blog.says("Kiln day");
    // Half an hour passes in a second.
    let feed = json(&folder.private(&["feed", "list", "--json"])).remove(0);
    let since = feed["read_at"].as_str().unwrap().to_owned();
    let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0", "--speed", "3600", "--speed-since", &since]);
    command.env("KITH_ALLOW_PRIVATE", "1");
    let server = Running::start(command, "Kith is at ");
    let began = Instant::now();
    while json(&folder.private(&["feed", "drafts", "--json"])).is_empty() {
        assert!(began.elapsed() < Duration::from_mins(2), "no news came in");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(server.terminate(), Some(0));
}
