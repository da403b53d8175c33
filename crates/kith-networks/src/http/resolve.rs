//! From a name to addresses that may be connected to: resolved and checked in one go, so that no second answer of a
//! name server can slip in between.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Policy;
use super::address::is_public;

/// Time for a name.
const RESOLVE_S: u64 = 5;
/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 32;

type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Resolves names and lets only allowed addresses through.
#[derive(Clone)]
pub(super) struct Guard {
    policy: Policy,
    lookup: Lookup,
}

/// A name that leads nowhere we go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameError {
    /// All its addresses are inside.
    #[error("{host} is inside a private network and is not asked{way}", way = super::address::OWN_NETWORK)]
    Private { host: String },
    /// It has no address, or none was told in time.
    #[error("the name {host} is not known: {why}")]
    Unknown { host: String, why: String },
}

impl Guard {
    /// The machine's own resolver.
    pub(super) fn system(policy: Policy) -> Self {
        Self::by(policy, |host| Box::pin(system_lookup(host)))
    }

    /// Any resolver.
    pub(super) fn by(
        policy: Policy,
        lookup: impl Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync + 'static,
    ) -> Self {
        Self { policy, lookup: Arc::new(lookup) }
    }

    /// Allowed addresses of a name, at least one.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NameError> {
        let unknown = |why: String| NameError::Unknown { host: host.to_owned(), why };
        let looked = tokio::time::timeout(Duration::from_secs(RESOLVE_S), (self.lookup)(host.to_owned()))
            .await
            .map_err(|_| unknown(format!("no answer in {RESOLVE_S} seconds")))?;
        let found = looked.map_err(|error| unknown(error.to_string()))?;
        if found.is_empty() {
            return Err(unknown("it has no address".to_owned()));
        }
        let allowed: Vec<IpAddr> = found.into_iter().filter(|a| self.policy.allow_private || is_public(*a)).take(ADDRESSES_MAX).collect();
        if allowed.is_empty() { Err(NameError::Private { host: host.to_owned() }) } else { Ok(allowed) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str()).await?;
            // Port 0 stands for the port of the URL.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("policy", &self.policy).finish_non_exhaustive()
    }
}

async fn system_lookup(host: String) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((host.as_str(), 0)).await?.map(|found| found.ip()).collect())
}
