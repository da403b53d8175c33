//! The one door to the outside: every request of every network goes through `NetClient`.
//!
//! It resolves a name, checks each address and connects to a checked address only, so no page, feed or server name
//! that a person types can reach the machine's own network (reliability.md S3). Every request has a deadline and
//! every answer a size. `NetError` keeps apart what was provably never sent from what may have arrived (I3), because
//! the publisher may only repeat the first.

mod address;
mod answer;
mod dpop;
mod error;
mod lines;
mod request;
mod resolve;
mod socket;
mod source;
mod wait;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

pub use address::is_public;
pub use answer::{Answer, BadJson};
pub use dpop::{BadDpopKey, DpopKey, wants_another_proof};
pub use error::{NetError, Step};
pub use http::header;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
pub use lines::Lines;
pub use request::{Part, Request};
pub use socket::{Frame, Socket};
pub use source::Source;
pub use wait::{WAIT_MAX_H, retry_after};

use dpop::Nonces;
use resolve::Guard;

/// Deadline of a whole request: name, connection, redirects and body.
pub const DEADLINE_S: u64 = 20;
/// Deadline of the one step that publishes; below half of a dispatch's lease (I10).
pub const PUBLISH_DEADLINE_S: u64 = 30;
/// Largest answer that is read, in bytes after decompression.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Redirects followed, for reading alone.
pub const REDIRECTS_MAX: usize = 3;

/// Time for address, TCP and TLS together; below every deadline, so that it ends as "unsent".
const CONNECT_S: u64 = 10;
/// A kept connection is thrown away before servers close it (uvicorn does after 5 s), else a read fails by chance.
const IDLE_CONNECTION_S: u64 = 4;
const IDLE_CONNECTIONS_PER_HOST_MAX: usize = 4;
/// What changes something goes over a connection that answered so lately that no server has closed it for being idle, in
/// milliseconds; one that was closed meanwhile would turn into an unknown outcome. A burst saves a handshake for each post.
const BURST_CONNECTION_MS: u64 = 500;
const BURST_CONNECTIONS_PER_HOST_MAX: usize = 256;

/// What the client may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Private, loopback and other special addresses, and any port. For tests and the practice network on this machine.
    pub allow_private: bool,
}

/// The client. Cheap to clone; one for the whole process.
#[derive(Debug, Clone)]
pub struct NetClient(Arc<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    policy: Policy,
    guard: Guard,
    /// For reading: connections are kept for some seconds.
    keeping: reqwest::Client,
    /// For everything that changes something: connections are kept for a moment only.
    fresh: reqwest::Client,
    tls: Arc<ClientConfig>,
    user_agent: String,
    nonces: Nonces,
}

impl NetClient {
    /// Makes the client. Fails only if the TLS library or the system's resolver can't be set up.
    pub fn new(policy: Policy) -> Result<Self, NetError> {
        Self::with_guard(policy, Guard::system(policy))
    }

    /// Says in every request where this Kith lives, so that a server's owner can ask who is calling.
    #[must_use]
    pub fn with_contact(self, url: &Url) -> Self {
        let mut parts = Arc::unwrap_or_clone(self.0);
        parts.user_agent = format!("{} (+{url})", user_agent());
        Self(Arc::new(parts))
    }

    /// Reads. Redirects are followed, at most three, each checked.
    pub fn get(&self, url: Url) -> Request<'_> {
        self.request(Method::GET, url)
    }

    /// Asks whether something is there, without its body. Redirects are followed as for `get`.
    pub fn head(&self, url: Url) -> Request<'_> {
        self.request(Method::HEAD, url)
    }

    /// Sends something that changes the other side. Never follows a redirect.
    pub fn post(&self, url: Url) -> Request<'_> {
        self.request(Method::POST, url)
    }

    /// Any method.
    pub fn request(&self, method: Method, url: Url) -> Request<'_> {
        Request::new(self, method, url)
    }

    fn with_guard(policy: Policy, guard: Guard) -> Result<Self, NetError> {
        // An error means that a provider was set before, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let tls = tls();
        let client = |idle_connections: usize, idle: Duration| {
            #[expect(clippy::disallowed_methods, reason = "this is the client that the lint points to")]
            reqwest::Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .retry(reqwest::retry::never())
                .dns_resolver(guard.clone())
                .tls_backend_preconfigured(tls.clone())
                .connect_timeout(Duration::from_secs(CONNECT_S))
                .pool_idle_timeout(idle)
                .pool_max_idle_per_host(idle_connections)
                .build()
                .map_err(|error| NetError::blocked(format!("the HTTP client can't be set up: {error}")))
        };
        let keeping = client(IDLE_CONNECTIONS_PER_HOST_MAX, Duration::from_secs(IDLE_CONNECTION_S))?;
        let fresh = client(BURST_CONNECTIONS_PER_HOST_MAX, Duration::from_millis(BURST_CONNECTION_MS))?;
        Ok(Self(Arc::new(Parts { policy, guard, keeping, fresh, tls: Arc::new(tls), user_agent: user_agent(), nonces: Nonces::default() })))
    }
}

/// An address on a server: its origin and these path segments, each escaped, so that an id can't leave its place.
pub fn at(server: &Url, segments: &[&str]) -> Url {
    let mut url = server.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.set_path("");
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().extend(segments);
    }
    url
}

fn user_agent() -> String {
    concat!("Kith/", env!("CARGO_PKG_VERSION")).to_owned()
}

/// Trusts Mozilla's roots, so that a bare container works, and the system's, so that a house's own authority works.
fn tls() -> ClientConfig {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
