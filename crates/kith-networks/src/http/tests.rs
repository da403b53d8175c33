use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::{HeaderMap as Headers, StatusCode as Code};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const HERE: Policy = Policy { allow_private: true };

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    base
}

/// A server that reads a request and answers these bytes, then closes.
async fn serve_raw(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
        }
    });
    base
}

fn client_by(policy: Policy, lookup: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> NetClient {
    let guard = Guard::by(policy, move |host| {
        let found = lookup(&host);
        Box::pin(async move { Ok(found) })
    });
    NetClient::with_guard(policy, guard).unwrap()
}

#[tokio::test]
async fn an_answer_has_status_headers_and_body() {
    let app = Router::new().route(
        "/echo",
        post(|headers: Headers, body: String| async move {
            let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
            (Code::CREATED, [("x-kind", "echo")], format!("{}|{}|{}", header("authorization"), header("user-agent"), body))
        }),
    );
    let base = serve(app).await;
    let client = NetClient::new(HERE).unwrap().with_contact(&url("https://kith.example/"));
    let answer = client.post(url(&format!("{base}/echo"))).query(&[("q", "a b")]).bearer("tok").form(&[("k", "ä&")]).send().await.unwrap();
    assert_eq!((answer.status, answer.header("x-kind")), (StatusCode::CREATED, Some("echo")));
    assert_eq!(answer.text(), concat!("Bearer tok|Kith/", env!("CARGO_PKG_VERSION"), " (+https://kith.example/)|k=%C3%A4%26"));
    assert_eq!(answer.url.query(), Some("q=a+b"));
}

#[tokio::test]
async fn nothing_inside_is_connected_to() {
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let client = NetClient::new(Policy::default()).unwrap();
    for text in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://localhost:{port}/"),
        "http://localhost/".to_owned(),
        "http://127.0.0.1/".to_owned(),
    ] {
        let error = client.get(url(&text)).send().await.unwrap_err();
        assert!(matches!(error, NetError::Blocked { .. }), "{text}: {error:?}");
        let error = client.websocket(&url(&text), None, Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(error, NetError::Blocked { .. }), "{text}: {error:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_is_resolved_once_for_a_connection_and_only_its_public_addresses_are_used() {
    let looked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&looked);
    // The second answer of this name server is the trap.
    let client = client_by(Policy::default(), move |_| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        vec![if first { IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)) } else { IpAddr::V4(Ipv4Addr::LOCALHOST) }]
    });
    for _ in 0..2 {
        let error = client.get(url("http://rebind.example/")).send().await.unwrap_err();
        assert!(matches!(error, NetError::Blocked { .. }), "{error:?}");
    }
    assert_eq!(looked.load(Ordering::SeqCst), 2);

    let mixed = client_by(Policy::default(), |_| vec!["127.0.0.1".parse().unwrap(), "1.2.3.4".parse().unwrap()]);
    assert_eq!(mixed.0.guard.addresses("mixed.example").await, Ok(vec!["1.2.3.4".parse().unwrap()]));
}

#[tokio::test]
async fn redirects_are_checked_and_bounded_and_carry_no_token_elsewhere() {
    let seen = Router::new().route(
        "/seen",
        get(|headers: Headers| async move { headers.get("authorization").map_or("none".to_owned(), |v| format!("{v:?}")) }),
    );
    let other = serve(seen.clone()).await;
    let elsewhere = format!("{other}/seen");
    let app = seen
        .route("/here", get(|| async { Redirect::temporary("/seen") }))
        .route("/there", get(move || async move { Redirect::temporary(&elsewhere) }))
        .route("/loop", any(|| async { Redirect::temporary("/loop") }))
        .route("/file", get(|| async { Redirect::temporary("file:///etc/passwd") }));
    let base = serve(app).await;
    let client = NetClient::new(HERE).unwrap();
    let ask = async |path: &str| client.get(url(&format!("{base}{path}"))).bearer("tok").send().await;
    assert!(ask("/here").await.unwrap().text().contains("Bearer"));
    assert_eq!(ask("/there").await.unwrap().text(), "none");
    assert_eq!(ask("/loop").await.unwrap_err(), NetError::TooManyRedirects);
    assert!(matches!(ask("/file").await.unwrap_err(), NetError::Blocked { .. }));
    let answer = client.post(url(&format!("{base}/loop"))).send().await.unwrap();
    assert_eq!(answer.status.as_u16(), 307, "a POST is never sent on");
}

#[tokio::test]
async fn what_was_never_sent_is_told_from_what_may_have_arrived() {
    let client = NetClient::new(HERE).unwrap();
    let free = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let refused = client.post(url(&format!("http://127.0.0.1:{free}/"))).send().await.unwrap_err();
    assert!(matches!(refused, NetError::Unsent { at: Step::Refused, .. }), "{refused:?}");

    let unknown = client_by(HERE, |_| Vec::new()).post(url("http://nowhere.example/")).send().await.unwrap_err();
    assert!(matches!(unknown, NetError::Unsent { at: Step::Name, .. }), "{unknown:?}");

    let plain = serve_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.replace("http://", "https://");
    let no_tls = client.post(url(&plain)).send().await.unwrap_err();
    assert!(matches!(no_tls, NetError::Unsent { at: Step::Connection, .. }), "{no_tls:?}");

    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", b"no http at all\r\n\r\n"] {
        let error = client.post(url(&serve_raw(answer).await)).send().await.unwrap_err();
        assert!(matches!(error, NetError::NoAnswer { .. }), "{error:?}");
    }
}

/// Time stands still but for what waits, so the ten seconds pass at once.
#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_too_long_is_certainly_unsent() {
    // Bound and never accepted: the kernel takes the connection, nobody answers the handshake.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let client = NetClient::new(HERE).unwrap();
    let error = client.post(url(&format!("https://127.0.0.1:{port}/"))).json("words").send().await.unwrap_err();
    assert!(matches!(error, NetError::Unsent { .. }), "{error:?}");
    assert!(error.is_unsent());

    // A name server that never answers.
    let guard = Guard::by(HERE, |_| Box::pin(std::future::pending()));
    let client = NetClient::with_guard(HERE, guard).unwrap();
    let error = client.post(url("http://clay.example/")).json("words").send().await.unwrap_err();
    assert!(matches!(error, NetError::Unsent { .. }), "{error:?}");

    // Once the connection stood, the same silence proves nothing.
    let client = NetClient::new(HERE).unwrap();
    let error = client.post(url(&format!("http://127.0.0.1:{port}/"))).json("words").send().await.unwrap_err();
    assert!(matches!(error, NetError::NoAnswer { .. }), "{error:?}");
}

#[tokio::test]
async fn what_stands_in_a_query_shows_in_no_error() {
    let client = NetClient::new(HERE).unwrap();
    let broken = serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    for base in [broken.as_str(), "http://127.0.0.1:9", "https://127.0.0.1:9"] {
        let error = client.get(url(&format!("{base}/path?token=KITHCANARY"))).send().await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("KITHCANARY"), "{error:?}");
    }
}

#[tokio::test]
async fn a_deadline_counts_for_the_whole_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n").await.unwrap();
        loop {
            // One byte at a time, for ever: no single wait is long.
            tokio::time::sleep(Duration::from_millis(5)).await;
            if stream.write_all(b".").await.is_err() {
                return;
            }
        }
    });
    let client = NetClient::new(HERE).unwrap();
    let request = client.get(url(&base)).deadline(Duration::from_millis(60));
    assert!(matches!(request.send().await.unwrap_err(), NetError::NoAnswer { .. }));
}

#[tokio::test]
async fn an_answer_longer_than_the_limit_is_cut_after_decompression() {
    // 200 kB of zeros, packed: made once with gzip, its length in the trailer.
    let packed = include_bytes!("fixtures/zeros_200_kb.gz");
    assert!(packed.len() < 1_000);
    let app = Router::new().route("/", get(|| async { ([("content-encoding", "gzip")], packed.as_slice()) }));
    let base = url(&serve(app).await);
    let client = NetClient::new(HERE).unwrap();
    assert_eq!(client.get(base.clone()).limit(100_000).send().await.unwrap_err(), NetError::TooLarge { limit: 100_000 });
    assert_eq!(client.get(base).send().await.unwrap().body.len(), 200_000);
}

#[tokio::test]
async fn a_stream_gives_lines_as_they_come_and_ends_by_silence() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n:thump\r\neve").await.unwrap();
        stream.flush().await.unwrap();
        stream.write_all(b"nt: update\n\nrest").await.unwrap();
        std::future::pending::<()>().await;
    });
    let mut lines = NetClient::new(HERE).unwrap().get(url(&base)).stream(Duration::from_millis(50)).await.unwrap();
    assert_eq!(lines.status(), StatusCode::OK);
    for expected in [":thump", "event: update", ""] {
        assert_eq!(lines.next().await.unwrap().as_deref(), Some(expected));
    }
    assert!(matches!(lines.next().await.unwrap_err(), NetError::NoAnswer { .. }));
}

#[tokio::test]
async fn a_websocket_gives_messages_and_says_when_there_is_none() {
    let app = Router::new().route(
        "/ws",
        any(|upgrade: WebSocketUpgrade, headers: Headers| async move {
            let token = format!("{:?}", headers.get("authorization"));
            upgrade.on_upgrade(|mut socket| async move {
                socket.send(Message::text(token)).await.unwrap();
                let said = socket.recv().await.unwrap().unwrap();
                socket.send(said).await.unwrap();
                socket.send(Message::Close(None)).await.unwrap();
            })
        }),
    );
    let base = serve(app).await;
    let client = NetClient::new(HERE).unwrap();
    let idle = Duration::from_secs(5);
    let mut socket = client.websocket(&url(&format!("{base}/ws")), Some("tok"), idle).await.unwrap();
    assert!(matches!(socket.next().await.unwrap(), Some(Frame::Text(text)) if text.contains("Bearer tok")));
    socket.send_text("hello").await.unwrap();
    assert_eq!(socket.next().await.unwrap(), Some(Frame::Text("hello".into())));
    assert_eq!(socket.next().await.unwrap(), None);
    let error = client.websocket(&url(&format!("{base}/none")), None, idle).await.unwrap_err();
    assert_eq!(error, NetError::NotUpgraded { status: 404 });
}

#[tokio::test]
async fn a_mistake_in_the_request_is_told_and_sends_nothing() {
    let error = NetClient::new(HERE).unwrap().get(url("http://127.0.0.1:9/")).bearer("a\nb").send().await.unwrap_err();
    assert!(matches!(&error, NetError::Blocked { why, .. } if !why.contains("a\nb")), "{error:?}");
}

#[test]
fn an_id_cannot_leave_its_place_in_an_address() {
    let server = url("https://clay.social/somewhere?x=1#y");
    assert_eq!(at(&server, &["api", "v1", "statuses", "a/../b?c"]).as_str(), "https://clay.social/api/v1/statuses/a%2F..%2Fb%3Fc");
    assert_eq!(at(&server, &["a", "..", "b"]).as_str(), "https://clay.social/a/b");
}
