//! Whom to call and for what: browsers that subscribed, the workspace's key for them, and what was called for already.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kith_domain::ids::{BrowserId, MemberId};

use crate::db::{args, statements};
use crate::store::{InWorkspace, hit};
use crate::{BrowserRow, Sealed, StoreError};

/// Most browsers of a person; a further one takes the place of the oldest.
const BROWSERS_MAX: u32 = 10;
/// Things that a person was called for are remembered so many days.
const REMEMBERED_DAYS: i64 = 60;
/// Most that are remembered of one person.
const REMEMBERED_MAX: u32 = 5_000;

statements! {
    PUSH_KEY = "SELECT sealed FROM push_key WHERE workspace_id = $1";
    ADD_PUSH_KEY = "INSERT INTO push_key (workspace_id, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    ADD_BROWSER = concat!(
        "INSERT INTO push_browser (id, workspace_id, member_id, endpoint_hash, sealed, device, created_at) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, member_id, endpoint_hash) ",
        "DO UPDATE SET sealed = excluded.sealed, device = excluded.device"
    );
    TRIM_BROWSERS = concat!(
        "DELETE FROM push_browser WHERE workspace_id = $1 AND member_id = $2 AND id NOT IN ",
        "(SELECT id FROM push_browser WHERE workspace_id = $1 AND member_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3)"
    );
    BROWSERS = concat!(
        "SELECT id, member_id, sealed, device, created_at FROM push_browser ",
        "WHERE workspace_id = $1 ORDER BY member_id, created_at, id LIMIT $2"
    );
    END_BROWSER = "DELETE FROM push_browser WHERE workspace_id = $1 AND member_id = $2 AND id = $3";
    TOLD = "SELECT about FROM member_call WHERE workspace_id = $1 AND member_id = $2 ORDER BY at DESC LIMIT $3";
    TELL = concat!(
        "INSERT INTO member_call (member_id, about, workspace_id, at) VALUES ($1, $2, $3, $4) ",
        "ON CONFLICT (member_id, about) DO NOTHING"
    );
    FORGET_TOLD = "DELETE FROM member_call WHERE workspace_id = $1 AND member_id = $2 AND at < $3";
}

/// Most browsers of a workspace that are read.
const WORKSPACE_BROWSERS_MAX: u32 = 500;

impl InWorkspace<'_> {
    /// The sealed key that this workspace's pushes are signed with.
    pub async fn push_key(&self) -> Result<Option<Sealed>, StoreError> {
        let row = self.store.row(&PUSH_KEY, args![self.id]).await?;
        row.map(|row| row.bytes_opt("sealed")).transpose().map(|bytes| bytes.flatten().map(Sealed))
    }

    /// Keeps a key, unless there is one: the first stays, since browsers subscribe with it.
    pub async fn add_push_key(&self, sealed: &Sealed, now: Timestamp) -> Result<(), StoreError> {
        self.store.write(&ADD_PUSH_KEY, args![self.id, sealed.0.as_slice(), now]).await.map(drop)
    }

    /// Keeps a browser; the same endpoint again gets its new keys. The oldest goes when there are too many.
    pub async fn add_browser(&self, row: &BrowserRow, endpoint_hash: &str) -> Result<(), StoreError> {
        let args = args![row.id, self.id, row.member, endpoint_hash, row.sealed.0.as_slice(), row.device, row.created_at];
        self.store.write(&ADD_BROWSER, args).await?;
        self.store.write(&TRIM_BROWSERS, args![self.id, row.member, BROWSERS_MAX]).await.map(drop)
    }

    /// All browsers of the workspace, by member.
    pub async fn browsers(&self) -> Result<Vec<BrowserRow>, StoreError> {
        let rows = self.store.rows(&BROWSERS, args![self.id, WORKSPACE_BROWSERS_MAX]).await?;
        rows.iter()
            .map(|row| {
                Ok(BrowserRow {
                    id: row.id("id")?,
                    member: row.id("member_id")?,
                    sealed: Sealed(row.bytes_opt("sealed")?.unwrap_or_default()),
                    device: row.text("device")?,
                    created_at: row.at("created_at")?,
                })
            })
            .collect()
    }

    /// Forgets one browser of a person. `NotThere` if it is not theirs.
    pub async fn end_browser(&self, member: MemberId, id: BrowserId) -> Result<(), StoreError> {
        hit(self.store.write(&END_BROWSER, args![self.id, member, id]).await?)
    }

    /// What a person was called for.
    pub async fn told(&self, member: MemberId) -> Result<BTreeSet<String>, StoreError> {
        let rows = self.store.rows(&TOLD, args![self.id, member, REMEMBERED_MAX]).await?;
        rows.iter().map(|row| row.text("about")).collect()
    }

    /// Notes what a person is called for; before the call, so that a stop in between leaves one call out rather than
    /// making it twice. Whether any of it was news: of two processes that note it at once, one calls. What is older than
    /// two months is forgotten.
    pub async fn tell(&self, member: MemberId, about: &[String], now: Timestamp) -> Result<bool, StoreError> {
        let mut news = 0;
        for one in about {
            news += self.store.write(&TELL, args![member, one, self.id, now]).await?;
        }
        let old = now.saturating_sub(jiff::SignedDuration::from_hours(24 * REMEMBERED_DAYS)).unwrap_or(now);
        self.store.write(&FORGET_TOLD, args![self.id, member, old]).await?;
        Ok(news > 0)
    }
}
