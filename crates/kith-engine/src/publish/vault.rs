//! A channel's sealed settings, opened for one call and sealed anew when its tokens change.
//!
//! One renewal at a time: within this process by a lock, among processes by a lease on the channel, whose fence stands
//! guard over what is stored. Whoever waited reads what the other stored; whoever lost the lease stores nothing, so new
//! tokens are never overwritten by older ones.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use kith_domain::ids::{ChannelId, WorkspaceId};
use kith_networks::{Secret, Vault, VaultError};
use kith_store::{LeaseTask, SaveError, Sealed};
use tokio::sync::OwnedMutexGuard;

use crate::kith::Kith;

/// Life of the lease on a renewal, in the world's seconds: three requests of ten seconds, and some.
const LEASE_S: i64 = 45;
/// Pause between two tries to get it, and how many: as long as the lease of a process that died lives, and some.
const LEASE_PAUSE: Duration = Duration::from_millis(100);
const LEASE_TRIES: u32 = 500;
/// Not locked; and locked here, but not among processes.
const UNLOCKED: i64 = 0;
const REFUSED: i64 = -1;

/// The vault of one channel.
#[derive(Debug)]
pub(crate) struct ChannelVault {
    kith: Kith,
    workspace: WorkspaceId,
    channel: ChannelId,
    lock: Arc<tokio::sync::Mutex<()>>,
    /// The fence of the lease while this vault is locked.
    fence: Arc<AtomicI64>,
    /// What a claim has just read; the first reading takes it, every later one asks the store.
    claimed: Mutex<Option<Sealed>>,
}

/// The name under which a channel's settings are sealed: moved to another row, they do not open.
pub(crate) fn row_name(workspace: WorkspaceId, channel: ChannelId) -> String {
    format!("channel/{workspace}/{channel}")
}

impl ChannelVault {
    pub(crate) fn new(kith: &Kith, workspace: WorkspaceId, channel: ChannelId) -> Self {
        Self {
            kith: kith.clone(),
            workspace,
            channel,
            lock: kith.refresh_lock(channel),
            fence: Arc::new(AtomicI64::new(UNLOCKED)),
            claimed: Mutex::new(None),
        }
    }

    /// The first reading is answered with what a claim has read a moment ago. If it is no longer valid the network says
    /// so, and whoever renews reads anew under the lock.
    pub(crate) fn trust(&self, sealed: Option<&Sealed>) {
        *self.claimed.lock().unwrap_or_else(PoisonError::into_inner) = sealed.cloned();
    }

    async fn sealed(&self) -> Result<Sealed, VaultError> {
        let claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sealed) = claimed {
            return Ok(sealed);
        }
        let row = self.kith.store().in_workspace(self.workspace).channel(self.channel).await;
        let row = row.map_err(|error| VaultError(error.to_string()))?;
        row.and_then(|row| row.sealed).ok_or_else(|| VaultError("this channel was disconnected".into()))
    }

    /// The fence of the lease on renewing, waited for; `REFUSED` if it can't be had.
    async fn lease(&self) -> i64 {
        let store = self.kith.store().in_workspace(self.workspace);
        for _ in 0..LEASE_TRIES {
            let now = self.kith.now();
            let until = now + self.kith.clock().stretch(SignedDuration::from_secs(LEASE_S));
            match store.take_lease(self.channel, LeaseTask::Renew, now, until).await {
                Ok(Some(fence)) => return fence,
                Ok(None) => tokio::time::sleep(LEASE_PAUSE).await,
                Err(error) => {
                    tracing::warn!(%error, "a sign-in can't be renewed now");
                    return REFUSED;
                }
            }
        }
        REFUSED
    }

    /// Gives the lease back once the lock is free again, whatever became of the renewal.
    fn end_after(&self) {
        let (kith, workspace, channel) = (self.kith.clone(), self.workspace, self.channel);
        let (lock, fence) = (self.lock.clone(), self.fence.clone());
        tokio::spawn(async move {
            let _mine = lock.lock_owned().await;
            let fence = fence.swap(UNLOCKED, Ordering::SeqCst);
            if fence > UNLOCKED
                && let Err(error) = kith.store().in_workspace(workspace).end_lease(channel, LeaseTask::Renew, fence, kith.now()).await
            {
                tracing::debug!(%error, "the lease on a renewal ends by itself");
            }
        });
    }
}

#[async_trait]
impl Vault for ChannelVault {
    async fn read(&self) -> Result<Secret, VaultError> {
        if self.fence.load(Ordering::SeqCst) == REFUSED {
            return Err(VaultError("another process renews this sign-in; it is tried again later".into()));
        }
        let sealed = self.sealed().await?;
        let text = String::from_utf8(sealed.0).map_err(|_| VaultError("this channel's token is spoiled; connect it anew".into()))?;
        self.kith.0.keys.open_sealed(&row_name(self.workspace, self.channel), &text).map_err(|error| VaultError(error.to_string()))
    }

    async fn lock(&self) -> OwnedMutexGuard<()> {
        let guard = self.lock.clone().lock_owned().await;
        self.trust(None);
        self.fence.store(self.lease().await, Ordering::SeqCst);
        self.end_after();
        guard
    }

    async fn write(&self, settings: &Secret) -> Result<(), VaultError> {
        let sealed = self.kith.0.keys.seal(&row_name(self.workspace, self.channel), settings, self.kith.chance());
        let sealed = Sealed(sealed.map_err(|error| VaultError(error.to_string()))?.into_bytes());
        let store = self.kith.store().in_workspace(self.workspace);
        match self.fence.load(Ordering::SeqCst) {
            UNLOCKED => store.set_sealed(self.channel, &sealed).await.map_err(|error| VaultError(error.to_string())),
            fence => store.set_sealed_under(fence, self.channel, &sealed).await.map_err(|error| match error {
                SaveError::Fenced => VaultError("another process has renewed this sign-in meanwhile".into()),
                SaveError::Store(error) => VaultError(error.to_string()),
            }),
        }
    }
}
