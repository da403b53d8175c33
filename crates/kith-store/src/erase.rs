//! The end of a workspace: an instant that can be taken back, and after it everything in it erased as one.
//!
//! What is erased is every table of the export in the other direction, and the few that only say who does what just now;
//! a test compares both with the database's own list, so that no new table keeps a tenant's rows.

use jiff::Timestamp;
use kith_domain::ids::{LoginId, WorkspaceId};

use crate::StoreError;
use crate::db::{Arg, Sql, Tx, args, statements};
use crate::export::TABLES;
use crate::store::{InWorkspace, Store, hit};

/// Most workspaces that are looked at in one go.
const OVER_MAX: u32 = 20;

statements! {
    SET_ERASE = "UPDATE workspace SET erase_at = $2 WHERE id = $1";
    SET_SPACE = "UPDATE workspace SET name = $2, zone = $3 WHERE id = $1";
    OVER = "SELECT id FROM workspace WHERE erase_at IS NOT NULL AND erase_at <= $1 ORDER BY erase_at LIMIT $2";
    STILL_OVER = "UPDATE workspace SET name = name WHERE id = $1 AND erase_at IS NOT NULL AND erase_at <= $2";
    LOGINS = "SELECT DISTINCT login_id FROM member WHERE workspace_id = $1";
    FILES = "SELECT DISTINCT file FROM media WHERE workspace_id = $1";
    FILE_USES = "SELECT COUNT(*) AS n FROM media WHERE file = $1";
    ERASE_WORKSPACE = "DELETE FROM workspace WHERE id = $1";
    ERASE_LEASES = "DELETE FROM lease WHERE workspace_id = $1";
    ERASE_CALLS = "DELETE FROM member_call WHERE workspace_id = $1";
    ERASE_BROWSERS = "DELETE FROM push_browser WHERE workspace_id = $1";
    ERASE_PUSH_KEY = "DELETE FROM push_key WHERE workspace_id = $1";
    PLACES_OF = "SELECT COUNT(*) AS n FROM member m WHERE m.login_id = $1";
    ERASE_LINKS = "DELETE FROM one_time_link WHERE login_id = $1";
    ERASE_SESSIONS = "DELETE FROM session WHERE login_id = $1";
    ERASE_PASSKEYS = "DELETE FROM passkey WHERE login_id = $1";
    ERASE_LOGIN = "DELETE FROM login WHERE id = $1";
}

impl InWorkspace<'_> {
    /// When this workspace is erased; `None` keeps it.
    pub async fn set_erase(&self, at: Option<Timestamp>) -> Result<(), StoreError> {
        hit(self.store.write(&SET_ERASE, args![self.id, at]).await?)
    }

    /// The names of its pictures' files.
    pub async fn media_files(&self) -> Result<Vec<String>, StoreError> {
        self.store.rows(&FILES, args![self.id]).await?.iter().map(|row| row.text("file")).collect()
    }

    /// Another name and zone.
    pub async fn set_space(&self, name: &str, zone: &str) -> Result<(), StoreError> {
        hit(self.store.write(&SET_SPACE, args![self.id, name, zone]).await?)
    }
}

impl Store {
    /// Workspaces whose time is over.
    pub async fn over(&self, now: Timestamp) -> Result<Vec<WorkspaceId>, StoreError> {
        self.rows(&OVER, args![now, OVER_MAX]).await?.iter().map(|row| row.id("id")).collect()
    }

    /// How many pictures of any workspace lie in this file: the same bytes are one file.
    pub async fn file_uses(&self, file: &str) -> Result<u64, StoreError> {
        self.row(&FILE_USES, args![file]).await?.map_or(Ok(0), |row| row.count("n"))
    }

    /// Erases a workspace whose time is over, and the logins that have no place any more. `false` if it was kept.
    pub async fn erase(&self, id: WorkspaceId, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let erased = erase(&mut tx, id, now).await;
        self.end_quietly(tx, erased).await
    }
}

async fn erase(tx: &mut Tx, id: WorkspaceId, now: Timestamp) -> Result<bool, StoreError> {
    if tx.run(&STILL_OVER, args![id, now]).await? == 0 {
        return Ok(false);
    }
    let logins: Vec<LoginId> = tx.rows(&LOGINS, args![id]).await?.iter().map(|row| row.id("login_id")).collect::<Result<_, _>>()?;
    for beside in [&ERASE_LEASES, &ERASE_CALLS, &ERASE_BROWSERS, &ERASE_PUSH_KEY] {
        tx.run(beside, args![id]).await?;
    }
    for erase in TABLES.iter().rev().filter_map(crate::export::Table::erase) {
        tx.run(erase, args![id]).await?;
    }
    tx.run(&ERASE_WORKSPACE, args![id]).await?;
    for login in logins {
        let places = tx.row(&PLACES_OF, args![login]).await?.map(|row| row.int("n")).transpose()?.unwrap_or(0);
        if places == 0 {
            let own: [(&'static Sql, Vec<Arg>); 4] = [
                (&ERASE_LINKS, args![login]),
                (&ERASE_SESSIONS, args![login]),
                (&ERASE_PASSKEYS, args![login]),
                (&ERASE_LOGIN, args![login]),
            ];
            for (sql, args) in own {
                tx.run(sql, args).await?;
            }
        }
    }
    Ok(true)
}
