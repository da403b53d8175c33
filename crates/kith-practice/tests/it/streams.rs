//! Streaming by server-sent events and by WebSocket.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Net, id_of};

/// An open event stream.
struct Events(tokio::io::Lines<BufReader<TcpStream>>);

impl Events {
    async fn open(net: &Net, path: &str) -> Self {
        let mut stream = TcpStream::connect(net.address()).await.expect("a connection");
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n", net.token);
        stream.write_all(head.as_bytes()).await.expect("writing");
        let mut events = Self(BufReader::new(stream).lines());
        let status = events.line().await.expect("a status");
        assert!(status.contains(" 200 "), "{status}");
        // The first comment says that the ear is open.
        while events.line().await.as_deref() != Some(":)") {}
        events
    }

    async fn line(&mut self) -> Option<String> {
        self.0.next_line().await.ok().flatten()
    }

    /// The next event's name and data; `None` when the stream ends.
    async fn next(&mut self) -> Option<(String, String)> {
        let mut name = String::new();
        loop {
            let line = self.line().await?;
            if let Some(event) = line.strip_prefix("event: ") {
                event.clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some((name, data.to_owned()));
            }
        }
    }
}

#[tokio::test]
async fn events_tell_of_own_statuses_replies_edits_and_deletions() {
    let net = Net::start().await;
    let mut events = Events::open(&net, "/api/v1/streaming/user").await;
    let id = net.say("Now on the stream").await;
    let (name, data) = events.next().await.expect("an event");
    assert_eq!((name.as_str(), id_of(&parsed(&data))), ("update", id.clone()));

    net.act(json!({ "as": "any", "do": "reply", "status_id": id, "text": "I see it" })).await;
    let notification = loop {
        let (name, data) = events.next().await.expect("an event");
        if name == "notification" {
            break parsed(&data);
        }
    };
    assert_eq!((&notification["type"], &notification["status"]["in_reply_to_id"]), (&json!("mention"), &json!(id)));

    net.call("PUT", &format!("/api/v1/statuses/{id}"), &json!({ "status": "Changed" })).await.good();
    let (name, data) = events.next().await.expect("an event");
    assert_eq!((name.as_str(), &parsed(&data)["content"]), ("status.update", &json!("<p>Changed</p>")));
    net.call("DELETE", &format!("/api/v1/statuses/{id}"), &Value::Null).await.good();
    assert_eq!(events.next().await, Some(("delete".to_owned(), id)));
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn what_simulated_people_do_later_is_streamed_as_well() {
    let net = Net::start().await;
    net.say("Which mug would you take home? #pottery #mugs").await;
    let mut events = Events::open(&net, "/api/v1/streaming/user/notification").await;
    net.pass(jiff::SignedDuration::from_hours(48));
    let (name, data) = events.next().await.expect("an event");
    assert_eq!(name, "notification");
    let listed = net.get(&format!("/api/v1/notifications/{}", id_of(&parsed(&data)))).await.good();
    assert_eq!(listed["type"], parsed(&data)["type"]);
}

#[tokio::test]
async fn a_revoked_token_ends_its_stream_and_opens_none() {
    let net = Net::empty().await;
    let mut events = Events::open(&net, "/api/v1/streaming/user").await;
    net.post("/practice/revoke", &json!({ "token": net.token })).await.good();
    assert_eq!(events.next().await, None);
    assert_eq!(net.get("/api/v1/streaming/user").await.status, 401);
}

#[tokio::test]
async fn a_stopping_server_ends_its_streams() {
    let net = Net::empty().await;
    let mut events = Events::open(&net, "/api/v1/streaming/user").await;
    net.running.stop().await.expect("a stop");
    assert_eq!(events.next().await, None);
}

type Socket = WebSocketStream<TcpStream>;

async fn socket(net: &Net, query: &str, headers: &[(&'static str, &str)]) -> Socket {
    let mut request = format!("ws://{}/api/v1/streaming{query}", net.address()).into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    let stream = TcpStream::connect(net.address()).await.expect("a connection");
    client_async(request, stream).await.expect("a socket").0
}

async fn next_text(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.expect("a message").expect("a good message") {
            Message::Text(text) => return parsed(text.as_str()),
            Message::Close(_) => panic!("closed"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_socket_takes_the_token_by_query_protocol_or_header() {
    let net = Net::start().await;
    let token = net.token.clone();
    let bearer = format!("Bearer {token}");
    let mut sockets = [
        socket(&net, &format!("?stream=user&access_token={token}"), &[]).await,
        socket(&net, "?stream=user", &[("sec-websocket-protocol", &token)]).await,
        socket(&net, "?stream=user", &[("authorization", &bearer)]).await,
    ];
    let id = net.say("To all sockets").await;
    for socket in &mut sockets {
        let message = next_text(socket).await;
        assert_eq!((&message["stream"], &message["event"]), (&json!(["user"]), &json!("update")));
        assert_eq!(id_of(&parsed(message["payload"].as_str().expect("a payload"))), id);
    }
}

#[tokio::test]
async fn a_socket_may_subscribe_later_and_hears_of_notifications() {
    let net = Net::start().await;
    let mut socket = socket(&net, &format!("?access_token={}", net.token), &[]).await;
    socket.send(Message::text(json!({ "type": "subscribe", "stream": "nonsense" }).to_string())).await.expect("sending");
    assert_eq!(next_text(&mut socket).await["error"], "Unknown stream type");
    let order = json!({ "type": "subscribe", "stream": "user" }).to_string();
    socket.send(Message::text(order)).await.expect("sending");
    // A second refusal shows that the subscription before it has been taken.
    socket.send(Message::text("?")).await.expect("sending");
    assert_eq!(next_text(&mut socket).await["error"], "Error parsing the message");
    net.act(json!({ "as": "any", "do": "mention", "text": "have you seen this?" })).await;
    let notification = loop {
        let message = next_text(&mut socket).await;
        if message["event"] == "notification" {
            break parsed(message["payload"].as_str().expect("a payload"));
        }
    };
    assert_eq!(notification["type"], "mention");
}

#[tokio::test]
async fn a_socket_with_a_bad_token_is_refused() {
    let net = Net::empty().await;
    let request = format!("ws://{}/api/v1/streaming?stream=user&access_token=no", net.address());
    let stream = TcpStream::connect(net.address()).await.expect("a connection");
    let error = client_async(request, stream).await.expect_err("a refusal").to_string();
    assert!(error.contains("401"), "{error}");
    assert_eq!(net.get("/api/v1/streaming/health").await.text(), "OK");
}
