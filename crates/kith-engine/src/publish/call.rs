//! A channel ready to be called: its network, server, capabilities and vault in one value.

use std::sync::Arc;

use jiff::Timestamp;
use kith_domain::ids::NetworkId;
use kith_domain::people::Profile;
use kith_domain::publish::Class;
use kith_networks::{Call, Capabilities, Network};
use kith_store::ChannelRow;
use url::Url;

use super::vault::ChannelVault;
use crate::kith::Kith;
use crate::plan::capabilities;
use crate::problem::{Problem, internal};

/// Everything that calls on one channel need.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) network: Arc<dyn Network>,
    pub(crate) capabilities: Capabilities,
    kith: Kith,
    server: Url,
    profile: Profile,
    vault: ChannelVault,
}

impl Line {
    pub(crate) fn open(kith: &Kith, channel: &ChannelRow) -> Result<Self, Problem> {
        Ok(Self {
            network: kith.network(&channel.network)?,
            capabilities: capabilities(channel)?,
            kith: kith.clone(),
            server: Url::parse(&channel.server).map_err(|error| internal(&format!("server of {}: {error}", channel.name)))?,
            profile: Profile {
                network: channel.network.clone(),
                remote_id: channel.remote_id.clone(),
                address: channel.address.clone(),
                display_name: channel.display_name.clone(),
                url: None,
                is_bot: false,
            },
            vault: ChannelVault::new(kith, channel.workspace, channel.id),
        })
    }

    /// The same for a row that was read a moment ago: its tokens need no reading of their own.
    pub(crate) fn open_claimed(kith: &Kith, channel: &ChannelRow) -> Result<Self, Problem> {
        let line = Self::open(kith, channel)?;
        line.vault.trust(channel.sealed.as_ref());
        Ok(line)
    }

    /// Whether the same key sent again can't double.
    pub(crate) fn guards_against_doubles(&self) -> bool {
        matches!(self.capabilities.class, Class::NamedRecord | Class::Staged | Class::Keyed { .. })
    }

    /// Our own profile on this channel, as last known.
    pub(crate) fn own_profile(&self) -> Profile {
        self.profile.clone()
    }

    /// The call at `now`.
    pub(crate) fn at(&self, now: Timestamp) -> Call<'_> {
        Call {
            http: &self.kith.0.http,
            server: &self.server,
            remote_id: &self.profile.remote_id,
            capabilities: &self.capabilities,
            vault: &self.vault,
            now,
        }
    }
}

impl Kith {
    /// The network of that name.
    pub(crate) fn network(&self, id: &NetworkId) -> Result<Arc<dyn Network>, Problem> {
        let known = || self.0.networks.all().iter().map(|network| network.id().to_string()).collect::<Vec<_>>().join(", ");
        self.0
            .networks
            .get(id)
            .cloned()
            .ok_or_else(|| Problem::NotThere(format!("Kith does not know the network {id}; it knows {}", known())))
    }
}
