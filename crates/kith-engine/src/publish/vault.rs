//! A channel's sealed settings, opened for one call and sealed anew when its tokens change.

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::ids::{ChannelId, WorkspaceId};
use kith_networks::{Secret, Vault, VaultError};
use kith_store::Sealed;
use tokio::sync::OwnedMutexGuard;

use crate::kith::Kith;

/// The vault of one channel.
#[derive(Debug)]
pub(crate) struct ChannelVault {
    kith: Kith,
    workspace: WorkspaceId,
    channel: ChannelId,
    lock: Arc<tokio::sync::Mutex<()>>,
}

/// The name under which a channel's settings are sealed: moved to another row, they do not open.
pub(crate) fn row_name(workspace: WorkspaceId, channel: ChannelId) -> String {
    format!("channel/{workspace}/{channel}")
}

impl ChannelVault {
    pub(crate) fn new(kith: &Kith, workspace: WorkspaceId, channel: ChannelId) -> Self {
        Self { kith: kith.clone(), workspace, channel, lock: kith.refresh_lock(channel) }
    }
}

#[async_trait]
impl Vault for ChannelVault {
    async fn read(&self) -> Result<Secret, VaultError> {
        let row = self.kith.store().in_workspace(self.workspace).channel(self.channel).await;
        let row = row.map_err(|error| VaultError(error.to_string()))?;
        let sealed = row.and_then(|row| row.sealed).ok_or_else(|| VaultError("this channel was disconnected".into()))?;
        let text = String::from_utf8(sealed.0).map_err(|_| VaultError("this channel's token is spoiled; connect it anew".into()))?;
        self.kith.0.keys.open_sealed(&row_name(self.workspace, self.channel), &text).map_err(|error| VaultError(error.to_string()))
    }

    async fn lock(&self) -> OwnedMutexGuard<()> {
        self.lock.clone().lock_owned().await
    }

    async fn write(&self, settings: &Secret) -> Result<(), VaultError> {
        let sealed = self.kith.0.keys.seal(&row_name(self.workspace, self.channel), settings, self.kith.chance());
        let sealed = Sealed(sealed.map_err(|error| VaultError(error.to_string()))?.into_bytes());
        let stored = self.kith.store().in_workspace(self.workspace).set_sealed(self.channel, &sealed).await;
        stored.map_err(|error| VaultError(error.to_string()))
    }
}
