//! Ana's Kith behind its pages, on a practice network whose answers can be lost or late.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use kith_engine::{Clock as _, HandClock, Kith, Listeners, SeededChance, Setup};
use kith_networks::Secret;
use kith_practice::{ManualClock, Practice, Running};
use kith_testkit::{FaultProxy, cast};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest page that is read.
const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Sunday 22 November 2026, noon.
const BEGINS_S: i64 = 1_795_348_800;

pub(crate) struct World {
    pub(crate) kith: Kith,
    pub(crate) proxy: FaultProxy,
    pub(crate) link: String,
    app: Router,
    clock: Arc<HandClock>,
    practice: Running,
    practice_clock: Arc<ManualClock>,
    listeners: Listeners,
    _folder: TempDir,
}

/// A browser: it keeps its cookie and says where a request comes from.
#[derive(Clone)]
pub(crate) struct Browser {
    app: Router,
    pub(crate) cookie: String,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let begins = Timestamp::from_second(BEGINS_S).unwrap();
        let (clock, practice_clock) = (Arc::new(HandClock::new(begins)), Arc::new(ManualClock::new(begins)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let practice =
            Practice::builder().seed(7).clock(practice_clock.clone()).owner("ana", "Ana").people(20).start(listener).await.unwrap();
        let proxy = FaultProxy::start(practice.url().trim_end_matches('/')).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        let kith = Kith::open(Setup {
            store_url: format!("sqlite://{}", folder.path().join("data/kith.db").display()),
            media_folder: folder.path().join("data/media"),
            key_file: None,
            key_folder: folder.path().join("keys"),
            allow_private: true,
            public_url: "http://kith.test".into(),
            clock: clock.clone(),
            chance: Arc::new(SeededChance::new(7)),
            grace_s: None,
        })
        .await
        .unwrap();
        let owner = kith.add_owner(cast::ANA.name, cast::ANA.email, Some(cast::WORKSPACE), "Europe/Lisbon").await.unwrap();
        let operator = kith.operator(None).await.unwrap();
        let fields = BTreeMap::from([
            ("server".to_owned(), Secret::new(proxy.url.clone())),
            ("token".to_owned(), Secret::new(practice.owner_token())),
        ]);
        kith.add_channel(&operator, "mastodon", &fields, Some("lark")).await.unwrap();
        let listeners = Listeners::new(kith.clone());
        // The first read takes what is there already as its beginning.
        listeners.run_once().await.unwrap();
        let app = kith_web::app(kith.clone());
        let link = owner.link.trim_start_matches("http://kith.test").to_owned();
        Self { kith, proxy, link, app, clock, practice, practice_clock, listeners, _folder: folder }
    }

    /// A browser that nobody has signed in with.
    pub(crate) fn stranger(&self) -> Browser {
        Browser { app: self.app.clone(), cookie: String::new() }
    }

    /// Ana, who came in by her link.
    pub(crate) async fn ana(&self) -> Browser {
        let mut browser = self.stranger();
        let entered = browser.post(&self.link, "password=a+walk+by+the+river").await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
        browser.cookie = entered.cookie();
        browser
    }

    /// Somebody writes to Ana; gives the address of the conversation.
    pub(crate) async fn somebody_writes(&self, text: &str) -> String {
        self.advance(60);
        let order = serde_json::json!({ "as": "any", "do": "mention", "text": text }).to_string();
        self.practice_network("POST /practice/act", &order).await;
        self.advance(60);
        self.listeners.run_once().await.unwrap();
        let inbox = self.ana_again().await.get("/inbox").await.body;
        let row = inbox.split("<li class=\"row").find(|row| row.contains(text)).unwrap();
        row.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
    }

    /// How many posts of Ana's with these words there are on the network.
    pub(crate) async fn of_ana(&self, words: &str) -> usize {
        let state = self.practice_network("GET /practice/state", "").await;
        let state: serde_json::Value = serde_json::from_str(state.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        let posts = state["owner_statuses"].as_array().unwrap();
        posts.iter().filter(|post| post["text"].as_str().is_some_and(|text| text.contains(words))).count()
    }

    /// Asks the network itself, round the proxy.
    async fn practice_network(&self, what: &str, body: &str) -> String {
        let address = self.practice.url();
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        let mut line = tokio::net::TcpStream::connect(host).await.unwrap();
        let head = format!("{what} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nconnection: close\r\n");
        line.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }

    /// Another browser of Ana's.
    async fn ana_again(&self) -> Browser {
        let session = self.kith.sign_in(cast::ANA.email, "a walk by the river", "a test", "here").await.unwrap();
        Browser { app: self.app.clone(), cookie: format!("kith={}", session.cookie) }
    }

    fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.practice_clock.set(self.clock.now());
    }

    /// Posts that the network has accepted from Kith.
    pub(crate) fn on_the_network(&self) -> usize {
        self.proxy.accepted("POST", "/api/v1/statuses")
    }

    /// Waits until the network has accepted so many.
    pub(crate) async fn accepted(&self, n: usize) {
        let all = async {
            while self.on_the_network() < n {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.unwrap();
    }
}

impl Browser {
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.ask(Method::GET, path, &[(header::ACCEPT.as_str(), "text/html")], "").await
    }

    /// Presses a button in a page of Kith's own.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Page {
        self.ask(Method::POST, path, &[("sec-fetch-site", "same-origin"), (header::ACCEPT.as_str(), "text/html")], form).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "kith.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body.to_owned())).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, PAGE_BYTES_MAX).await.unwrap();
        Page { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Asks again and again until the page is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Page) -> bool) -> Page {
        let asking = async {
            loop {
                let page = self.get(path).await;
                if wanted(&page) {
                    return page;
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap()
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookie that was set, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }

    /// The gesture that the reply box holds.
    pub(crate) fn gesture(&self) -> String {
        self.body.split("name=\"gesture\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
    }

    /// How often these words are said in the thread, the list beside it not counted.
    pub(crate) fn said_in_the_thread(&self, words: &str) -> usize {
        self.body
            .split("<div class=\"said voice\">")
            .skip(1)
            .filter(|rest| rest.split("</div>").next().is_some_and(|said| said.contains(words)))
            .count()
    }

    /// What stands in the reply box.
    pub(crate) fn in_the_box(&self) -> &str {
        let (_, rest) = self.body.split_once("<textarea").unwrap();
        rest.split_once('>').unwrap().1.split("</textarea>").next().unwrap()
    }

    /// The reason that is said beside the box.
    pub(crate) fn said(&self) -> String {
        let rest = self.body.split("role=\"alert\"").nth(1).unwrap_or_default();
        rest.split("</p>").next().unwrap_or_default().to_owned()
    }
}
