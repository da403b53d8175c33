//! New followers: the followings that were heard, with what a person said of each.

use jiff::Timestamp;
use kith_domain::ids::HandleId;
use kith_domain::mandate::Actor;
use kith_domain::people::{Handling, SortedAs};

use crate::db::{Row, args, json, statements};
use crate::handles::{handle_columns, handle_row};
use crate::store::InWorkspace;
use crate::{FollowerRow, NewEvent, StoreError, events};

macro_rules! follower {
    ($($rest:tt)*) => {
        concat!(
            "SELECT r.at, c.id AS channel_id, c.name AS channel_name, f.sorted, f.note, f.sorted_by, f.handling, f.handled_at, ",
            "(SELECT COUNT(*) FROM message m WHERE m.handle_id = h.id AND m.conversation_id IS NOT NULL) AS wrote, ", handle_columns!(),
            " FROM reaction r JOIN handle h ON h.id = r.handle_id JOIN channel c ON c.id = r.channel_id ",
            "LEFT JOIN follower f ON f.handle_id = r.handle_id WHERE r.workspace_id = $1 AND r.kind = 'follow' ",
            $($rest)*
        )
    };
}

statements! {
    /// The first to follow comes first; each person once, by the latest following.
    WAITING = follower!(
        "AND f.handling IS NULL AND c.state <> 'removed' AND ($2 = '' OR COALESCE(f.sorted, 'none') = $2) ",
        "AND NOT EXISTS (SELECT 1 FROM reaction n WHERE n.handle_id = r.handle_id AND n.kind = 'follow' AND (n.at, n.id) > (r.at, r.id)) ",
        "ORDER BY r.at, r.id LIMIT $3"
    );
    ONE = follower!("AND r.handle_id = $2 ORDER BY r.at DESC, r.id DESC LIMIT 1");
    COUNTS = concat!(
        "SELECT COALESCE(f.sorted, 'none') AS sorted, COUNT(DISTINCT r.handle_id) AS n FROM reaction r JOIN channel c ON c.id = r.channel_id ",
        "LEFT JOIN follower f ON f.handle_id = r.handle_id WHERE r.workspace_id = $1 AND r.kind = 'follow' AND f.handling IS NULL ",
        "AND c.state <> 'removed' GROUP BY COALESCE(f.sorted, 'none')"
    );
    SORT = concat!(
        "INSERT INTO follower (handle_id, workspace_id, sorted, note, sorted_by, sorted_at) ",
        "SELECT h.id, $1, $3, $4, $5, $6 FROM handle h WHERE h.workspace_id = $1 AND h.id = $2 ",
        "ON CONFLICT (handle_id) DO UPDATE SET sorted = excluded.sorted, note = excluded.note, sorted_by = excluded.sorted_by, ",
        "sorted_at = excluded.sorted_at WHERE follower.workspace_id = excluded.workspace_id"
    );
    HANDLE_FOLLOWER = concat!(
        "INSERT INTO follower (handle_id, workspace_id, note, handling, handled_by, handled_at) ",
        "SELECT h.id, $1, '', $3, $4, $5 FROM handle h WHERE h.workspace_id = $1 AND h.id = $2 ",
        "ON CONFLICT (handle_id) DO UPDATE SET handling = excluded.handling, handled_by = excluded.handled_by, ",
        "handled_at = excluded.handled_at WHERE follower.workspace_id = excluded.workspace_id"
    );
}

impl InWorkspace<'_> {
    /// Followers nobody decided about, the first first. `sorted` is a stored name, `none` for those nobody sorted, or
    /// empty for all.
    pub async fn followers(&self, sorted: &str, limit: u32) -> Result<Vec<FollowerRow>, StoreError> {
        self.store.rows(&WAITING, args![self.id, sorted, limit]).await?.iter().map(follower_row).collect()
    }

    /// One follower, also one that was decided about.
    pub async fn follower(&self, handle: HandleId) -> Result<Option<FollowerRow>, StoreError> {
        self.store.row(&ONE, args![self.id, handle]).await?.as_ref().map(follower_row).transpose()
    }

    /// How many wait, by the stored name of what they were sorted as (`none` for nothing).
    pub async fn follower_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.store.rows(&COUNTS, args![self.id]).await?.iter().map(|row| Ok((row.text("sorted")?, row.count("n")?))).collect()
    }

    /// Sorts a follower, or takes the sorting back (`None`).
    pub async fn sort_follower(
        &self,
        handle: HandleId,
        sorted: Option<SortedAs>,
        note: &str,
        by: &Actor,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let args = args![self.id, handle, sorted.map(|sorted| sorted.as_str().to_owned()), note, json(by)?, now];
        let mut tx = self.store.begin().await?;
        let done = async {
            crate::store::hit(tx.run(&SORT, args).await?)?;
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }

    /// Keeps what was done about followers, or takes it back (`None`): all or none.
    pub async fn handle_followers(
        &self,
        handles: &[HandleId],
        handling: Option<Handling>,
        by: &Actor,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = async {
            for handle in handles {
                let args = args![self.id, handle, handling.map(|handling| handling.as_str().to_owned()), json(by)?, handling.map(|_| now)];
                crate::store::hit(tx.run(&HANDLE_FOLLOWER, args).await?)?;
            }
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }
}

fn follower_row(row: &Row) -> Result<FollowerRow, StoreError> {
    Ok(FollowerRow {
        handle: handle_row(row)?,
        channel: row.id("channel_id")?,
        channel_name: row.text("channel_name")?,
        at: row.at("at")?,
        wrote: row.count("wrote")?,
        sorted: row.text_opt("sorted")?.as_deref().and_then(SortedAs::from_stored),
        note: row.text_opt("note")?.unwrap_or_default(),
        sorted_by: row.json_opt("sorted_by")?,
        handling: row.text_opt("handling")?.as_deref().and_then(Handling::from_stored),
        handled_at: row.at_opt("handled_at")?,
    })
}
