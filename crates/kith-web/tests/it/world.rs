//! Ana's Kith behind its pages, with no network.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::Timestamp;
use kith_engine::{HandClock, Kith, SeededChance, Setup};
use kith_testkit::cast;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Largest page that is read.
const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Sunday 22 November 2026, noon.
const BEGINS_S: i64 = 1_795_348_800;

pub(crate) struct World {
    pub(crate) link: String,
    pub(crate) kith: Kith,
    app: Router,
    folder: TempDir,
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
        Self::at_address("http://kith.test").await
    }

    /// The same, under this address.
    pub(crate) async fn at_address(public_url: &str) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), public_url).await
    }

    /// The same, in this folder.
    pub(crate) async fn in_folder(folder: TempDir, public_url: &str) -> Self {
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        let kith = Kith::open(Setup {
            store_url: format!("sqlite://{}", folder.path().join("data/kith.db").display()),
            media_folder: folder.path().join("data/media"),
            key_file: None,
            key_folder: folder.path().join("keys"),
            allow_private: true,
            public_url: public_url.into(),
            clock: Arc::new(HandClock::new(Timestamp::from_second(BEGINS_S).unwrap())),
            chance: Arc::new(SeededChance::new(7)),
            grace_s: None,
        })
        .await
        .unwrap();
        let owner = kith.add_owner(cast::ANA.name, cast::ANA.email, Some(cast::WORKSPACE), cast::ZONE).await.unwrap();
        let link = owner.link.trim_start_matches(public_url).to_owned();
        Self { app: kith_web::app(kith.clone()), kith, link, folder }
    }

    /// Where everything of it lies.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
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
        self.send(method, path, headers, Body::from(body.to_owned())).await
    }

    /// The same with a body of any kind.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Page {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == header::HOST.as_str()) {
            request = request.header(header::HOST, "kith.test");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        if !headers.iter().any(|(name, _)| *name == header::CONTENT_TYPE.as_str()) {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(body).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, PAGE_BYTES_MAX).await.unwrap();
        Page { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
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
}
