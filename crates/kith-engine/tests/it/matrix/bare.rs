//! HTTP in its barest form: one request to a server's door, and a server that always says the same.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request; the answer's status and body.
pub(super) async fn ask(base: &str, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
    let host = base.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).await.unwrap();
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{token}{kind}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The same, of a server that answers JSON and success.
pub(super) async fn json(base: &str, method: &str, path: &str, token: Option<&str>, body: &str) -> Value {
    let (status, answer) = ask(base, method, path, token, body).await;
    assert!((200..300).contains(&status), "{path}: {status} {answer}");
    if answer.is_empty() { Value::Null } else { serde_json::from_str(&answer).unwrap() }
}

/// A server that gives the same answer to everything; it ends when it is dropped.
pub(super) struct Canned {
    pub(super) url: String,
    serving: JoinHandle<()>,
}

impl Canned {
    /// `headers`: whole lines, each ended by CR LF.
    pub(super) async fn start(status: &str, headers: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
            body.len()
        );
        let serving = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    if read_request(&mut client).await.is_some() {
                        let _ = client.write_all(answer.as_bytes()).await;
                    }
                });
            }
        });
        Self { url, serving }
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Reads a request to its end: an answer before it would look like a broken connection.
async fn read_request(client: &mut TcpStream) -> Option<()> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(());
            }
        }
        let mut some = [0; 4096];
        match client.read(&mut some).await {
            Ok(count) if count > 0 => read.extend_from_slice(&some[..count]),
            _ => return None,
        }
    }
}
