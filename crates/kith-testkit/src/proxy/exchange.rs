//! One connection of a client: read the request, do what the rule says, close.
//!
//! Each answer carries `Connection: close`, so one connection is one request and a fault never touches another.
//! Closing without a byte is done on the socket itself: the client sees what it sees when a server dies.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;

use super::wire::{Head, read_body, read_head};
use super::{Fault, Passed, Saw, Shared};

const RATE_LIMITED: &str = r#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#;
const BROKEN: &str = r#"{"error":"InternalServerError","message":"Internal Server Error"}"#;
const BREAKS_OFF: &str = r#"{"id":"1","uri":"at://"#;

/// Serves one connection. What goes wrong on the wire is seen by the client and by the log, so it is not reported.
pub(super) async fn serve(client: TcpStream, shared: Arc<Shared>) {
    let mut client = BufReader::new(client);
    let Ok(Some(head)) = read_head(&mut client).await else { return };
    let Ok(framing) = head.request_framing() else { return };
    if head.get("expect").is_some() && client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err() {
        return;
    }
    let Ok(body) = read_body(&mut client, framing).await else { return };
    let Some(exchange) = Exchange::begin(shared, head, body) else { return };
    let index = exchange.index;
    let shared = Arc::clone(&exchange.shared);
    if exchange.run(client).await.is_err() {
        shared.note(index, |passed| {
            if passed.client_saw == Saw::Nothing {
                passed.client_saw = Saw::Closed;
            }
        });
    }
}

/// A request that was read, and its place in the log.
struct Exchange {
    shared: Arc<Shared>,
    index: usize,
    head: Head,
    body: Vec<u8>,
    fault: Option<Fault>,
    upstream: String,
    /// Given up while the request is held, hangs or streams.
    open: Option<Open>,
}

/// Counts as under way while it lives.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.open.send_modify(|n| *n += 1);
        Self(Arc::clone(shared))
    }

    /// For a request that `release` has counted already.
    fn taken_over(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|n| *n -= 1);
    }
}

impl Shared {
    /// Counts a request as held; the answer tells when it is released.
    fn hold(&self) -> watch::Receiver<u64> {
        let mut state = self.state();
        state.held += 1;
        self.released.subscribe()
    }

    fn note(&self, index: usize, change: impl FnOnce(&mut Passed)) {
        if let Some(passed) = self.state().passed.get_mut(index) {
            change(passed);
        }
    }
}

impl Exchange {
    fn begin(shared: Arc<Shared>, head: Head, body: Vec<u8>) -> Option<Self> {
        let (method, path) = head.request().ok()?;
        let open = Some(Open::new(&shared));
        let (index, fault, upstream) = {
            let mut state = shared.state();
            let fault = state.rules.iter_mut().find_map(|planned| planned.takes(method, path).then(|| planned.rule.fault.clone()));
            state.passed.push(Passed {
                method: method.to_owned(),
                path: path.to_owned(),
                headers: head.headers.clone(),
                body: body.clone(),
                fault: fault.clone(),
                upstream_status: None,
                client_saw: Saw::Nothing,
            });
            (state.passed.len() - 1, fault, state.upstream.clone())
        };
        Some(Self { shared, index, head, body, fault, upstream, open })
    }

    async fn run(mut self, mut client: BufReader<TcpStream>) -> Result<()> {
        match self.fault.take() {
            None => self.pass(client).await,
            Some(Fault::DropBeforeUpstream) => {
                self.close(client);
                Ok(())
            }
            Some(Fault::RateLimited { retry_after_s }) => {
                let extra = format!("Retry-After: {retry_after_s}\r\n");
                self.answer(client, "429 Too Many Requests", &extra, RATE_LIMITED).await
            }
            Some(Fault::Hang) => {
                drop(self.open.take());
                // Whatever else the client says is swallowed, until it gives up.
                let mut rest = [0; 1024];
                while client.read(&mut rest).await? > 0 {}
                self.shared.note(self.index, |passed| passed.client_saw = Saw::Closed);
                Ok(())
            }
            Some(Fault::DelayRequest(delay)) => {
                self.close(client);
                sleep(delay).await;
                self.forward_whole().await.map(drop)
            }
            Some(Fault::HoldRequest) => {
                // Counted as held before the client can know, so that a release cannot miss it.
                let mut released = self.shared.hold();
                drop(self.open.take());
                self.close(client);
                released.changed().await?;
                self.open = Some(Open::taken_over(&self.shared));
                self.forward_whole().await.map(drop)
            }
            Some(Fault::DropAfterUpstream) => {
                self.forward_whole().await?;
                self.close(client);
                Ok(())
            }
            Some(Fault::Status500AfterUpstream) => {
                self.forward_whole().await?;
                self.answer(client, "500 Internal Server Error", "", BROKEN).await
            }
            Some(Fault::Malformed) => {
                self.forward_whole().await?;
                self.answer(client, "200 OK", "", BREAKS_OFF).await
            }
            Some(Fault::DelayAnswer(delay)) => {
                let answer = self.forward_whole().await?;
                sleep(delay).await;
                self.give(&mut client, &answer).await
            }
        }
    }

    /// Forwards, and gives the client what comes: whole, or as a stream when the server streams.
    async fn pass(mut self, mut client: BufReader<TcpStream>) -> Result<()> {
        let mut cuts = self.shared.cuts.subscribe();
        cuts.mark_unchanged();
        let mut upstream = self.send().await?;
        let mut head = self.answer_head(&mut upstream).await?;
        let status = head.status()?;
        let streams = status == 101 || head.get("content-type").is_some_and(|v| v.starts_with("text/event-stream"));
        if !streams {
            let body = read_body(&mut upstream, head.answer_framing(self.head.request()?.0)?).await?;
            return self.give(&mut client, &(head, body)).await;
        }
        if status != 101 {
            head.set("Connection", "close");
        }
        client.write_all(&head.bytes()).await?;
        self.shared.note(self.index, |passed| passed.client_saw = Saw::Status(status));
        drop(self.open.take());
        tokio::select! {
            copied = copy_bidirectional(&mut client, &mut upstream) => { copied?; }
            _ = cuts.changed() => {}
        }
        Ok(())
    }

    /// Sends the request to the server and reads its whole answer.
    async fn forward_whole(&mut self) -> Result<(Head, Vec<u8>)> {
        let mut upstream = self.send().await?;
        let head = self.answer_head(&mut upstream).await?;
        let streams = head.status()? == 101 || head.get("content-type").is_some_and(|v| v.starts_with("text/event-stream"));
        let body = if streams { Vec::new() } else { read_body(&mut upstream, head.answer_framing(self.head.request()?.0)?).await? };
        Ok((head, body))
    }

    async fn send(&mut self) -> Result<BufReader<TcpStream>> {
        if !self.head.upgrades() {
            self.head.set("Connection", "close");
        }
        self.head.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("expect"));
        let mut upstream = TcpStream::connect(&self.upstream).await.with_context(|| format!("{} is down", self.upstream))?;
        upstream.write_all(&self.head.bytes()).await?;
        upstream.write_all(&self.body).await?;
        Ok(BufReader::new(upstream))
    }

    async fn answer_head(&self, upstream: &mut BufReader<TcpStream>) -> Result<Head> {
        let head = read_head(upstream).await?.context("the server closed without an answer")?;
        let status = head.status()?;
        self.shared.note(self.index, |passed| passed.upstream_status = Some(status));
        Ok(head)
    }

    async fn give(&self, client: &mut BufReader<TcpStream>, (head, body): &(Head, Vec<u8>)) -> Result<()> {
        let mut head = head.clone();
        head.set("Connection", "close");
        let status = head.status()?;
        // Before the bytes: a client that has its answer may look at the log at once.
        self.shared.note(self.index, |passed| passed.client_saw = Saw::Status(status));
        client.write_all(&head.bytes()).await?;
        client.write_all(body).await?;
        Ok(client.shutdown().await?)
    }

    async fn answer(&self, client: BufReader<TcpStream>, status: &str, extra: &str, body: &str) -> Result<()> {
        let length = body.len();
        let headers = format!("Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n{extra}");
        let mut client = client;
        let code = status.split(' ').next().and_then(|code| code.parse().ok()).context("a status begins with its code")?;
        self.shared.note(self.index, |passed| passed.client_saw = Saw::Status(code));
        client.write_all(format!("HTTP/1.1 {status}\r\n{headers}\r\n{body}").as_bytes()).await?;
        Ok(client.shutdown().await?)
    }

    fn close(&self, client: BufReader<TcpStream>) {
        self.shared.note(self.index, |passed| passed.client_saw = Saw::Closed);
        drop(client);
    }
}
