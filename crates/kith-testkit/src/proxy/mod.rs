//! A proxy in front of any server, which misbehaves by plan: it lets a request through and loses the answer.
//!
//! [`FaultProxy::start`] listens on a free loopback port and forwards HTTP/1.1 as it comes, one request a
//! connection; WebSockets and server-sent events pass through until [`FaultProxy::cut_streams`]. Each [`Rule`] names
//! which requests it takes and what happens to them; the first that applies wins. [`FaultProxy::requests`] tells
//! afterwards what reached the server and what the client saw of it, so that a test can count both.
//!
//! The client's `Host` is passed on, so links a server builds lead back through the proxy. A PDS is the exception:
//! the endpoint in its DID documents is its own, and a client that follows it goes round the proxy.

mod exchange;
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What happens to a request that a rule takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The server gets the request and answers; the client's connection is closed without a byte.
    DropAfterUpstream,
    /// The server gets the request and answers; the client is told 500.
    Status500AfterUpstream,
    /// The server gets the request and answers; the client gets 200 with JSON that breaks off.
    Malformed,
    /// The client's connection is closed without a byte at once; the server gets the request this much later.
    DelayRequest(Duration),
    /// As `DelayRequest`, but the server gets it when the test calls [`FaultProxy::release`].
    HoldRequest,
    /// The server gets the request at once; the client gets the answer this much later.
    DelayAnswer(Duration),
    /// The server gets nothing; the client is told 429 with `Retry-After`.
    RateLimited { retry_after_s: u32 },
    /// The server gets nothing; the client gets no answer until it gives up.
    Hang,
    /// The server gets nothing; the client's connection is closed without a byte.
    DropBeforeUpstream,
}

/// Which requests a fault takes.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Such as `POST`; `None` takes any.
    pub method: Option<&'static str>,
    /// A part of path and query; the empty text takes any.
    pub path_contains: String,
    /// Only every n-th of the requests that fit (the n-th, the 2n-th …); `None` takes each.
    pub every: Option<u32>,
    /// At most so many; `None` has no end.
    pub times: Option<u32>,
    pub fault: Fault,
}

impl Rule {
    /// Takes each request whose path and query contain `path_contains`.
    pub fn on(path_contains: &str, fault: Fault) -> Self {
        Self { method: None, path_contains: path_contains.to_owned(), every: None, times: None, fault }
    }

    /// Only this method.
    pub fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// Only every n-th that fits, `n` at least 1.
    pub fn every(self, n: u32) -> Self {
        Self { every: Some(n.max(1)), ..self }
    }

    /// At most `n` of them.
    pub fn times(self, n: u32) -> Self {
        Self { times: Some(n), ..self }
    }
}

/// One request that came to the proxy.
#[derive(Debug, Clone)]
pub struct Passed {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// As sent, in order.
    pub headers: Vec<(String, String)>,
    /// As sent; in chunked coding when it came so.
    pub body: Vec<u8>,
    pub fault: Option<Fault>,
    /// The status the server answered with; `None` when it did not get the request, or not yet.
    pub upstream_status: Option<u16>,
    pub client_saw: Saw,
}

impl Passed {
    /// A header's value; names in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What the client got for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saw {
    /// Nothing yet.
    Nothing,
    /// An answer with this status; for a stream, its first part.
    Status(u16),
    /// The connection closed without an answer.
    Closed,
}

/// The proxy; it stops, and everything through it, when this is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    /// Base URL for the client, such as `http://127.0.0.1:41234`.
    pub url: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    /// Listens on a free port of loopback, in front of `upstream`: `http://host:port`, without a path.
    pub async fn start(upstream: &str) -> Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State { upstream: authority(upstream)?, rules: Vec::new(), passed: Vec::new(), held: 0 }),
            open: watch::Sender::new(0),
            released: watch::Sender::new(0),
            cuts: watch::Sender::new(0),
        });
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { url, shared, accepting })
    }

    /// Adds a rule after those there are.
    pub fn plan(&self, rule: Rule) {
        self.shared.state().rules.push(Planned { rule, fitted: 0, taken: 0 });
    }

    /// Forgets all rules: from now on everything passes.
    pub fn behave(&self) {
        self.shared.state().rules.clear();
    }

    /// Forwards to another server from the next request on, such as the same one restarted.
    pub fn point_at(&self, upstream: &str) -> Result<()> {
        self.shared.state().upstream = authority(upstream)?;
        Ok(())
    }

    /// All requests so far, in the order they came.
    pub fn requests(&self) -> Vec<Passed> {
        self.shared.state().passed.clone()
    }

    /// How many requests with this method and path part the server answered with success.
    pub fn accepted(&self, method: &str, path_contains: &str) -> usize {
        let state = self.shared.state();
        let fits = |p: &&Passed| p.method == method && p.path.contains(path_contains);
        state.passed.iter().filter(fits).filter(|p| p.upstream_status.is_some_and(|s| (200..300).contains(&s))).count()
    }

    /// Lets the held requests go on to the server, and waits until it has answered them.
    pub async fn release(&self) {
        {
            let mut state = self.shared.state();
            let held = std::mem::take(&mut state.held);
            self.shared.open.send_modify(|n| *n += held);
            self.shared.released.send_modify(|n| *n += 1);
        }
        self.settled().await;
    }

    /// Waits until no request is under way; streams, held and hanging ones do not count.
    pub async fn settled(&self) {
        let mut open = self.shared.open.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        drop(open.wait_for(|n| *n == 0).await);
    }

    /// Closes every open WebSocket and event stream, as a network failure would.
    pub fn cut_streams(&self) {
        self.shared.cuts.send_modify(|n| *n += 1);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Requests under way.
    open: watch::Sender<u32>,
    /// Raised by each `release`.
    released: watch::Sender<u64>,
    /// Raised by each `cut_streams`.
    cuts: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    /// `host:port`
    upstream: String,
    rules: Vec<Planned>,
    passed: Vec<Passed>,
    /// Requests that wait for `release`.
    held: u32,
}

#[derive(Debug)]
struct Planned {
    rule: Rule,
    /// Requests that fitted so far.
    fitted: u32,
    /// Requests that were taken so far.
    taken: u32,
}

impl Planned {
    fn takes(&mut self, method: &str, path: &str) -> bool {
        let rule = &self.rule;
        if rule.method.is_some_and(|m| m != method) || !path.contains(&rule.path_contains) {
            return false;
        }
        self.fitted += 1;
        let takes = self.fitted.is_multiple_of(rule.every.unwrap_or(1)) && rule.times.is_none_or(|n| self.taken < n);
        self.taken += u32::from(takes);
        takes
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `host:port` of an upstream URL.
fn authority(url: &str) -> Result<String> {
    let rest = url.strip_prefix("http://").with_context(|| format!("the fault proxy forwards plain http only, not {url}"))?;
    let authority = rest.trim_end_matches('/');
    ensure!(!authority.contains('/'), "the fault proxy forwards whole servers, not {url}");
    Ok(if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") })
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut exchanges = JoinSet::new(); // dropped with this task, which ends every exchange
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    exchanges.spawn(exchange::serve(client, Arc::clone(&shared)));
                }
            }
            Some(_) = exchanges.join_next() => {}
        }
    }
}
