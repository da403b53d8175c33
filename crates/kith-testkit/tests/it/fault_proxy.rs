//! Each fault, in front of a tiny server that counts what reaches it.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::{StreamExt as _, stream};
use kith_testkit::proxy::Saw;
use kith_testkit::{Fault, FaultProxy, Rule};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server with `POST /posts` (201, counts, echoes), `GET /stream` (one event, then silence) and `GET /host`.
struct Upstream {
    url: String,
    posts: Arc<AtomicU32>,
}

impl Upstream {
    async fn start() -> Self {
        let posts = Arc::new(AtomicU32::new(0));
        let app = Router::new()
            .route(
                "/posts",
                post(async |State(posts): State<Arc<AtomicU32>>, body: String| {
                    posts.fetch_add(1, Ordering::SeqCst);
                    (StatusCode::CREATED, body)
                }),
            )
            .route("/host", get(async |headers: HeaderMap| headers["host"].to_str().unwrap().to_owned()))
            .route(
                "/stream",
                get(async || {
                    let one = stream::iter([Ok::<_, Infallible>(Event::default().data("hello"))]);
                    Sse::new(one.chain(stream::once(pending())))
                }),
            )
            .with_state(Arc::clone(&posts));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { url, posts }
    }

    fn posts(&self) -> u32 {
        self.posts.load(Ordering::SeqCst)
    }
}

/// What a client that knows only sockets gets: all bytes until the connection closes.
async fn raw(proxy: &FaultProxy, request: &str) -> String {
    let mut socket = connect(proxy).await;
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

async fn connect(proxy: &FaultProxy) -> TcpStream {
    TcpStream::connect(proxy.url.strip_prefix("http://").unwrap()).await.unwrap()
}

async fn send_post(proxy: &FaultProxy) -> String {
    raw(proxy, "POST /posts HTTP/1.1\r\nHost: kith.test\r\nContent-Length: 5\r\n\r\nhello").await
}

async fn proxied() -> (Upstream, FaultProxy) {
    let upstream = Upstream::start().await;
    let proxy = FaultProxy::start(&upstream.url).await.unwrap();
    (upstream, proxy)
}

#[tokio::test]
async fn without_a_rule_everything_passes_and_is_logged() {
    let (upstream, proxy) = proxied().await;
    let answer = send_post(&proxy).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n") && answer.ends_with("\r\n\r\nhello"), "{answer}");
    assert_eq!(upstream.posts(), 1);
    let [passed] = &proxy.requests()[..] else { panic!("one request") };
    assert_eq!((passed.method.as_str(), passed.path.as_str(), &passed.body[..]), ("POST", "/posts", &b"hello"[..]));
    assert_eq!((passed.upstream_status, passed.client_saw, passed.header("HOST")), (Some(201), Saw::Status(201), Some("kith.test")));
}

#[tokio::test]
async fn the_server_sees_the_clients_host() {
    let (_upstream, proxy) = proxied().await;
    let answer = raw(&proxy, "GET /host HTTP/1.1\r\nHost: kith.test\r\n\r\n").await;
    assert!(answer.ends_with("\r\n\r\nkith.test"), "{answer}");
}

#[tokio::test]
async fn a_chunked_request_passes_whole() {
    let (_upstream, proxy) = proxied().await;
    let request = "POST /posts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    assert!(raw(&proxy, request).await.ends_with("\r\n\r\nhello"));
}

#[tokio::test]
async fn a_dropped_answer_was_committed_and_the_client_gets_no_byte() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::DropAfterUpstream));
    assert_eq!(send_post(&proxy).await, "");
    assert_eq!(upstream.posts(), 1);
    let passed = &proxy.requests()[0];
    assert_eq!((passed.upstream_status, passed.client_saw), (Some(201), Saw::Closed));
    assert_eq!(proxy.accepted("POST", "/posts"), 1);
}

#[tokio::test]
async fn a_drop_before_the_server_reaches_nobody() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::DropBeforeUpstream));
    assert_eq!(send_post(&proxy).await, "");
    assert_eq!((upstream.posts(), proxy.accepted("POST", "/posts")), (0, 0));
}

#[tokio::test]
async fn a_500_after_the_server_was_committed() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::Status500AfterUpstream));
    assert!(send_post(&proxy).await.starts_with("HTTP/1.1 500 "));
    assert_eq!(upstream.posts(), 1);
    let passed = &proxy.requests()[0];
    assert_eq!((passed.upstream_status, passed.client_saw), (Some(201), Saw::Status(500)));
}

#[tokio::test]
async fn a_malformed_answer_is_200_with_json_that_breaks_off() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::Malformed));
    let answer = send_post(&proxy).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && serde_json::from_str::<serde_json::Value>(body).is_err(), "{answer}");
    assert_eq!(upstream.posts(), 1);
}

#[tokio::test]
async fn a_rate_limit_names_the_wait_and_spares_the_server() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::RateLimited { retry_after_s: 7 }));
    let answer = send_post(&proxy).await;
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("\r\nRetry-After: 7\r\n"), "{answer}");
    assert_eq!(upstream.posts(), 0);
}

#[tokio::test]
async fn a_held_request_is_accepted_after_the_client_has_gone() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::HoldRequest));
    assert_eq!(send_post(&proxy).await, "");
    proxy.settled().await;
    assert_eq!(upstream.posts(), 0);
    proxy.release().await;
    assert_eq!(upstream.posts(), 1);
    assert_eq!(proxy.requests()[0].upstream_status, Some(201));
}

#[tokio::test]
async fn a_delayed_request_is_accepted_after_the_client_has_gone() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::DelayRequest(Duration::from_millis(300))));
    assert_eq!(send_post(&proxy).await, "");
    assert_eq!(upstream.posts(), 0);
    proxy.settled().await;
    assert_eq!(upstream.posts(), 1);
}

#[tokio::test]
async fn a_delayed_answer_comes_in_the_end() {
    let (_upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::DelayAnswer(Duration::from_millis(20))));
    assert!(send_post(&proxy).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn a_hanging_request_lasts_until_the_client_gives_up() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::Hang));
    let mut socket = connect(&proxy).await;
    socket.write_all(b"POST /posts HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    let mut byte = [0];
    let waited = tokio::time::timeout(Duration::from_millis(200), socket.read(&mut byte)).await;
    assert!(waited.is_err(), "an answer came: {waited:?}");
    assert_eq!((upstream.posts(), proxy.requests()[0].client_saw), (0, Saw::Nothing));
}

#[tokio::test]
async fn a_rule_takes_every_nth_at_most_so_often_and_only_its_method() {
    let (upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::DropAfterUpstream).method("POST").every(2).times(2));
    let mut lost = Vec::new();
    for _ in 0..7 {
        assert!(!raw(&proxy, "GET /posts HTTP/1.1\r\nHost: a\r\n\r\n").await.is_empty());
        lost.push(send_post(&proxy).await.is_empty());
    }
    assert_eq!(lost, [false, true, false, true, false, false, false]);
    assert_eq!(upstream.posts(), 7);
}

#[tokio::test]
async fn the_first_rule_that_takes_a_request_wins() {
    let (_upstream, proxy) = proxied().await;
    proxy.plan(Rule::on("/posts", Fault::RateLimited { retry_after_s: 1 }).times(1));
    proxy.plan(Rule::on("", Fault::DropBeforeUpstream));
    assert!(send_post(&proxy).await.starts_with("HTTP/1.1 429 "));
    assert_eq!(send_post(&proxy).await, "");
    proxy.behave();
    assert!(send_post(&proxy).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn an_event_stream_passes_as_it_comes_and_can_be_cut() {
    let (_upstream, proxy) = proxied().await;
    let mut socket = connect(&proxy).await;
    socket.write_all(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut seen = String::new();
    while !seen.contains("data: hello") {
        let mut part = [0; 512];
        let length = socket.read(&mut part).await.unwrap();
        assert!(length > 0, "closed early: {seen}");
        seen.push_str(std::str::from_utf8(&part[..length]).unwrap());
    }
    proxy.settled().await; // an open stream does not count
    proxy.cut_streams();
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).await.unwrap();
    assert_eq!(String::from_utf8(rest).unwrap(), "");
}

#[tokio::test]
async fn an_upgraded_connection_passes_bytes_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = [0; 512];
        let length = socket.read(&mut head).await.unwrap();
        assert!(head[..length].ends_with(b"\r\n\r\n"));
        socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").await.unwrap();
        let mut ping = [0; 4];
        socket.read_exact(&mut ping).await.unwrap();
        socket.write_all(&ping).await.unwrap();
    });
    let proxy = FaultProxy::start(&url).await.unwrap();
    let mut socket = connect(&proxy).await;
    socket.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    socket.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    socket.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"ping");
}

#[tokio::test]
async fn a_server_that_is_down_closes_the_client_and_one_that_came_back_answers() {
    let (upstream, proxy) = proxied().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    proxy.point_at(&format!("http://{nobody}")).unwrap();
    assert_eq!(send_post(&proxy).await, "");
    assert_eq!(proxy.requests()[0].client_saw, Saw::Closed);
    proxy.point_at(&upstream.url).unwrap();
    assert!(send_post(&proxy).await.starts_with("HTTP/1.1 201 "));
}
