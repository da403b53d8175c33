//! People: the list by what is owed next, and what passed between one of them and us.
//!
//! A contact that was merged is left out everywhere; its handles belong to the one that stayed. What is remembered is in
//! `memories`, making two one in `merges`, new followers in `followers`.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{ContactId, HandleId};
use kith_domain::people::{DRIFTING_DAYS, DriftFacts, KINDNESS_DAYS_MAX};

use crate::db::{Row, args, json, statements};
use crate::handles::{handle_columns, handle_row};
use crate::store::{InWorkspace, hit};
use crate::{ContactLine, ContactRow, HandleRow, NewEvent, Passed, StoreError, events};

/// Most handles of one person, and lines of what passed, that are read at once.
const HANDLES_MAX: u32 = 50;
const PASSED_MAX: u32 = 200;
/// Instants read for a chart of a year.
const SPOKEN_MAX: u32 = 5_000;
/// People looked at for drifting, in all.
pub const DRIFTING_LOOKED_MAX: u32 = 200;

/// A person with what is owed next: `$2` is now.
macro_rules! line {
    ($($rest:tt)*) => {
        concat!(
            "SELECT c.id, c.name, c.tags, c.created_at, c.merged_into, c.later_until, c.let_go_at, ", handle_columns!(), ", ",
            "(SELECT MIN(y.due_at) FROM memory y WHERE y.contact_id = c.id AND y.due_at IS NOT NULL AND y.ending IS NULL) AS promised, ",
            "(SELECT y.text FROM memory y WHERE y.contact_id = c.id AND y.due_at IS NOT NULL AND y.ending IS NULL ",
            "ORDER BY y.due_at, y.id LIMIT 1) AS promise, ",
            "(SELECT MIN(v.waiting_since) FROM handle g JOIN conversation v ON v.handle_id = g.id ",
            "WHERE g.contact_id = c.id AND v.standing = 'owed') AS waiting_since, ",
            "(SELECT COUNT(*) FROM handle g JOIN message m ON m.handle_id = g.id AND m.conversation_id IS NOT NULL ",
            "WHERE g.contact_id = c.id AND m.automated IS NULL) AS theirs, ",
            "(SELECT MAX(m.at) FROM handle g JOIN message m ON m.handle_id = g.id AND m.conversation_id IS NOT NULL ",
            "WHERE g.contact_id = c.id) AS last_theirs, ",
            "(SELECT MAX(m.at) FROM handle g JOIN conversation v ON v.handle_id = g.id JOIN message m ON m.conversation_id = v.id ",
            "WHERE g.contact_id = c.id AND m.ours) AS last_ours, ",
            "(SELECT MAX(r.at) FROM handle g JOIN reaction r ON r.handle_id = g.id WHERE g.contact_id = c.id AND r.kind = 'repost') AS kindness, ",
            "(SELECT m.text FROM handle g JOIN message m ON m.handle_id = g.id AND m.conversation_id IS NOT NULL ",
            "WHERE g.contact_id = c.id ORDER BY m.at DESC, m.id DESC LIMIT 1) AS last_words, ",
            "(SELECT m.conversation_id FROM handle g JOIN message m ON m.handle_id = g.id AND m.conversation_id IS NOT NULL ",
            "WHERE g.contact_id = c.id ORDER BY m.at DESC, m.id DESC LIMIT 1) AS conversation_id ",
            "FROM contact c JOIN handle h ON h.id = (SELECT g.id FROM handle g WHERE g.contact_id = c.id ",
            "ORDER BY g.last_seen DESC, g.id LIMIT 1) WHERE c.workspace_id = $1 AND c.merged_into IS NULL AND c.created_at <= $2 ",
            $($rest)*
        )
    };
}

/// What is owed, by person: the next open promise, and the longest wait.
macro_rules! owed {
    () => {
        concat!(
            "WITH promised AS (SELECT contact_id, MIN(due_at) AS due_at FROM memory WHERE workspace_id = $1 AND due_at IS NOT NULL ",
            "AND ending IS NULL GROUP BY contact_id), waiting AS (SELECT g.contact_id, MIN(v.waiting_since) AS since ",
            "FROM conversation v JOIN handle g ON g.id = v.handle_id WHERE v.workspace_id = $1 AND v.standing = 'owed' ",
            "AND g.contact_id IS NOT NULL GROUP BY g.contact_id)"
        )
    };
}

statements! {
    CONTACT = "SELECT id, name, tags, created_at, merged_into FROM contact WHERE workspace_id = $1 AND id = $2";
    HANDLES_OF = concat!(
        "SELECT ", handle_columns!(), " FROM handle h WHERE h.workspace_id = $1 AND h.contact_id = $2 ORDER BY h.first_seen, h.id LIMIT $3"
    );
    HANDLE = concat!("SELECT ", handle_columns!(), " FROM handle h WHERE h.workspace_id = $1 AND h.id = $2");
    LINE = line!("AND c.id = $3");
    /// The lines of one page: `$3` is a JSON list of people.
    LINES = line!("AND c.id IN (SELECT value FROM json_each($3))"),
        postgres line!("AND c.id IN (SELECT json_array_elements_text($3::json))");
    /// Promises first, then who waits, then who was heard last. The few to whom something is owed are sorted; the rest
    /// is read in the order of an index, as far as the page goes (`$5`).
    NEXT = concat!(
        owed!(), ", next AS (SELECT c.id, CASE WHEN p.due_at <= $2 THEN 0 WHEN w.since IS NOT NULL THEN 1 ELSE 2 END AS place, ",
        "COALESCE(w.since, 0) AS since, (SELECT MAX(g.last_seen) FROM handle g WHERE g.contact_id = c.id) AS heard FROM contact c ",
        "LEFT JOIN promised p ON p.contact_id = c.id LEFT JOIN waiting w ON w.contact_id = c.id WHERE c.workspace_id = $1 ",
        "AND c.merged_into IS NULL AND c.created_at <= $2 ",
        "AND c.id IN (SELECT contact_id FROM promised UNION SELECT contact_id FROM waiting)), ",
        "rest AS (SELECT c.id, 3 AS place, 0 AS since, h.last_seen AS heard FROM handle h JOIN contact c ON c.id = h.contact_id ",
        "WHERE h.workspace_id = $1 AND h.contact_id IS NOT NULL AND c.merged_into IS NULL AND c.created_at <= $2 ",
        "AND NOT EXISTS (SELECT 1 FROM handle g WHERE g.contact_id = h.contact_id AND (g.last_seen, h.id) > (h.last_seen, g.id)) ",
        "AND c.id NOT IN (SELECT id FROM next) ORDER BY h.last_seen DESC, h.contact_id LIMIT $5) ",
        "SELECT id FROM (SELECT * FROM next UNION ALL SELECT * FROM rest) AS everybody WHERE heard IS NOT NULL ",
        "ORDER BY place, since, heard DESC, id LIMIT $3 OFFSET $4"
    );
    /// The same order among those that are found.
    FOUND = concat!(
        owed!(), " SELECT c.id FROM contact c JOIN handle h ON h.id = (SELECT g.id FROM handle g WHERE g.contact_id = c.id ",
        "ORDER BY g.last_seen DESC, g.id LIMIT 1) LEFT JOIN promised p ON p.contact_id = c.id LEFT JOIN waiting w ON w.contact_id = c.id ",
        "WHERE c.workspace_id = $1 AND c.merged_into IS NULL AND c.created_at <= $2 ",
        "AND (LOWER(c.name) LIKE $5 OR LOWER(c.tags) LIKE $5 OR EXISTS (SELECT 1 FROM handle g WHERE g.contact_id = c.id ",
        "AND (LOWER(g.address) LIKE $5 OR LOWER(g.display_name) LIKE $5)) OR EXISTS (SELECT 1 FROM memory y ",
        "WHERE y.contact_id = c.id AND y.ending IS NULL AND (LOWER(y.text) LIKE $5 OR LOWER(y.topic) LIKE $5))) ",
        "ORDER BY CASE WHEN p.due_at <= $2 THEN 0 WHEN w.since IS NOT NULL THEN 1 WHEN p.due_at IS NOT NULL THEN 2 ELSE 3 END, ",
        "COALESCE(w.since, 0), h.last_seen DESC, c.id LIMIT $3 OFFSET $4"
    );
    /// To whom something is promised, the next to come due first.
    PROMISED = concat!(
        owed!(), " SELECT p.contact_id AS id FROM promised p JOIN contact c ON c.id = p.contact_id WHERE c.workspace_id = $1 ",
        "AND c.merged_into IS NULL AND c.created_at <= $2 ORDER BY p.due_at, p.contact_id LIMIT $3 OFFSET $4"
    );
    /// Who has written at least `$6` times since `$5` and was answered in that time, the most words first.
    REGULARS = concat!(
        "SELECT c.id FROM contact c JOIN handle g ON g.contact_id = c.id JOIN conversation v ON v.handle_id = g.id ",
        "JOIN message m ON m.conversation_id = v.id AND m.at > $5 AND m.automated IS NULL WHERE c.workspace_id = $1 ",
        "AND c.merged_into IS NULL AND c.created_at <= $2 GROUP BY c.id HAVING COUNT(CASE WHEN m.ours THEN NULL ELSE 1 END) >= $6 ",
        "AND COUNT(CASE WHEN m.ours THEN 1 END) >= 1 ORDER BY COUNT(*) DESC, c.id LIMIT $3 OFFSET $4"
    );
    /// Who may be drifting: known well enough and without a word of ours since `$3`, or kind since `$4`; the domain judges.
    /// Read in the order of an index, from the one who was heard least lately, as far as asked for.
    DRIFTERS = concat!(
        "SELECT c.id FROM handle h JOIN contact c ON c.id = h.contact_id WHERE h.workspace_id = $1 AND h.contact_id IS NOT NULL ",
        "AND c.merged_into IS NULL AND c.created_at <= $2 AND (c.later_until IS NULL OR c.later_until <= $2) ",
        "AND (c.let_go_at IS NULL OR h.last_seen > c.let_go_at) ",
        "AND NOT EXISTS (SELECT 1 FROM handle g WHERE g.contact_id = h.contact_id AND (g.last_seen, h.id) > (h.last_seen, g.id)) ",
        "AND NOT EXISTS (SELECT 1 FROM handle g JOIN conversation v ON v.handle_id = g.id WHERE g.contact_id = c.id AND v.standing = 'owed') ",
        "AND (EXISTS (SELECT 1 FROM handle g JOIN reaction r ON r.handle_id = g.id WHERE g.contact_id = c.id AND r.kind = 'repost' ",
        "AND r.at > $4) OR (SELECT 1 FROM handle g JOIN message m ON m.handle_id = g.id AND m.conversation_id IS NOT NULL ",
        "WHERE g.contact_id = c.id LIMIT 1 OFFSET 2) IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM handle g JOIN conversation v ON v.handle_id = g.id ",
        "JOIN message m ON m.conversation_id = v.id AND m.at > $3 WHERE g.contact_id = c.id AND m.ours) ",
        "ORDER BY h.last_seen, h.contact_id DESC LIMIT $5 OFFSET $6"
    );
    MESSAGES_WITH = concat!(
        "SELECT m.at, m.kind, m.ours, m.text, m.conversation_id, m.act_id, b.name AS member_name, c.name AS channel_name, c.network ",
        "FROM handle h JOIN conversation v ON v.handle_id = h.id JOIN message m ON m.conversation_id = v.id ",
        "JOIN channel c ON c.id = m.channel_id LEFT JOIN act a ON a.id = m.act_id LEFT JOIN member b ON b.id = a.member_id ",
        "WHERE h.workspace_id = $1 AND h.contact_id = $2 AND m.at < $3 ORDER BY m.at DESC, m.id DESC LIMIT $4"
    );
    REACTIONS_OF = concat!(
        "SELECT r.at, r.kind, c.name AS channel_name, c.network FROM handle h JOIN reaction r ON r.handle_id = h.id ",
        "JOIN channel c ON c.id = r.channel_id WHERE h.workspace_id = $1 AND h.contact_id = $2 AND r.at < $3 ",
        "ORDER BY r.at DESC, r.id DESC LIMIT $4"
    );
    ACTS_ON = concat!(
        "SELECT a.at, a.kind, a.id, a.conversation_id, b.name AS member_name, c.name AS channel_name, c.network ",
        "FROM handle h JOIN act a ON a.handle_id = h.id JOIN channel c ON c.id = a.channel_id JOIN member b ON b.id = a.member_id ",
        "WHERE h.workspace_id = $1 AND h.contact_id = $2 AND a.at < $3 AND a.state = 'done' AND a.kind NOT IN ('reply', 'direct') ",
        "ORDER BY a.at DESC, a.id DESC LIMIT $4"
    );
    SPOKEN = concat!(
        "SELECT m.at, m.ours FROM handle h JOIN conversation v ON v.handle_id = h.id JOIN message m ON m.conversation_id = v.id ",
        "WHERE h.workspace_id = $1 AND h.contact_id = $2 AND m.at >= $3 ORDER BY m.at DESC LIMIT $4"
    );
    SET_CONTACT_WORDS = "UPDATE contact SET name = $3, tags = $4 WHERE workspace_id = $1 AND id = $2 AND merged_into IS NULL";
    SET_LATER = "UPDATE contact SET later_until = $3 WHERE workspace_id = $1 AND id = $2 AND merged_into IS NULL";
    SET_LET_GO = "UPDATE contact SET let_go_at = $3 WHERE workspace_id = $1 AND id = $2 AND merged_into IS NULL";
}

impl InWorkspace<'_> {
    /// One person; a merged one as it is kept, with who it is now.
    pub async fn contact(&self, id: ContactId) -> Result<Option<ContactRow>, StoreError> {
        self.store.row(&CONTACT, args![self.id, id]).await?.as_ref().map(contact_row).transpose()
    }

    /// Their handles, the first known first, at most 50.
    pub async fn handles_of(&self, id: ContactId) -> Result<Vec<HandleRow>, StoreError> {
        self.store.rows(&HANDLES_OF, args![self.id, id, HANDLES_MAX]).await?.iter().map(handle_row).collect()
    }

    /// One handle.
    pub async fn person_handle(&self, id: HandleId) -> Result<Option<HandleRow>, StoreError> {
        self.store.row(&HANDLE, args![self.id, id]).await?.as_ref().map(handle_row).transpose()
    }

    /// One person with what is owed to them.
    pub async fn contact_line(&self, id: ContactId, now: Timestamp) -> Result<Option<ContactLine>, StoreError> {
        self.store.row(&LINE, args![self.id, now, id]).await?.as_ref().map(line_row).transpose()
    }

    /// People, by what is owed next: due promises, who waits, promises to come, the latest heard. `search` finds names,
    /// addresses, tags and what is remembered; empty finds all.
    pub async fn contact_lines(&self, search: &str, limit: u32, offset: u32, now: Timestamp) -> Result<Vec<ContactLine>, StoreError> {
        // An underscore stands in many addresses; as a sign of LIKE it fits itself.
        let search = search.trim().to_lowercase().replace('%', " ");
        let ids = if search.is_empty() {
            self.store.rows(&NEXT, args![self.id, now, limit, offset, limit.saturating_add(offset)]).await?
        } else {
            self.store.rows(&FOUND, args![self.id, now, limit, offset, format!("%{search}%")]).await?
        };
        self.lines_of(&ids, now).await
    }

    /// People to whom something is promised, the next to come due first.
    pub async fn promised_lines(&self, limit: u32, offset: u32, now: Timestamp) -> Result<Vec<ContactLine>, StoreError> {
        let ids = self.store.rows(&PROMISED, args![self.id, now, limit, offset]).await?;
        self.lines_of(&ids, now).await
    }

    /// People who wrote at least `messages` times since an instant and were answered in that time, the most words first.
    pub async fn regular_lines(
        &self,
        messages: u32,
        since: Timestamp,
        limit: u32,
        offset: u32,
        now: Timestamp,
    ) -> Result<Vec<ContactLine>, StoreError> {
        let ids = self.store.rows(&REGULARS, args![self.id, now, limit, offset, since, messages]).await?;
        self.lines_of(&ids, now).await
    }

    /// The lines of people in the order of these rows.
    async fn lines_of(&self, ids: &[Row], now: Timestamp) -> Result<Vec<ContactLine>, StoreError> {
        let ids = ids.iter().map(|row| row.id("id")).collect::<Result<Vec<ContactId>, _>>()?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let listed: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows = self.store.rows(&LINES, args![self.id, now, json(&listed)?]).await?;
        let mut lines = rows.iter().map(line_row).collect::<Result<Vec<_>, _>>()?;
        lines.sort_by_key(|line| ids.iter().position(|id| *id == line.contact.id));
        Ok(lines)
    }

    /// People who may be drifting, the longest not heard first, a few at a time and at most 200 in all; the domain judges.
    pub async fn may_drift(&self, limit: u32, offset: u32, now: Timestamp) -> Result<Vec<ContactLine>, StoreError> {
        let before = |days: i64| now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(now);
        let limit = limit.min(DRIFTING_LOOKED_MAX.saturating_sub(offset));
        let args = args![self.id, now, before(DRIFTING_DAYS), before(KINDNESS_DAYS_MAX), limit, offset];
        let ids = self.store.rows(&DRIFTERS, args).await?;
        self.lines_of(&ids, now).await
    }

    /// What passed between a person and us before an instant, on all networks, the latest first, at most 200.
    pub async fn passed(&self, id: ContactId, before: Timestamp) -> Result<Vec<Passed>, StoreError> {
        let args = || args![self.id, id, before, PASSED_MAX];
        let mut all = Vec::new();
        for row in &self.store.rows(&MESSAGES_WITH, args()).await? {
            let words = Passed {
                kind: row.text("kind")?,
                ours: row.bool("ours")?,
                text: row.text("text")?,
                conversation: row.id_opt("conversation_id")?,
                member: row.text_opt("member_name")?,
                act: row.id_opt("act_id")?,
                ..passed_row(row)?
            };
            all.push(words);
        }
        for row in &self.store.rows(&REACTIONS_OF, args()).await? {
            all.push(Passed { kind: row.text("kind")?, ..passed_row(row)? });
        }
        for row in &self.store.rows(&ACTS_ON, args()).await? {
            let act = Passed {
                kind: row.text("kind")?,
                ours: true,
                conversation: row.id_opt("conversation_id")?,
                member: row.text_opt("member_name")?,
                act: row.id_opt("id")?,
                ..passed_row(row)?
            };
            all.push(act);
        }
        all.sort_by_key(|passed| std::cmp::Reverse(passed.at));
        all.truncate(PASSED_MAX as usize);
        Ok(all)
    }

    /// When each of us wrote since an instant, and whether it was we; at most 5,000.
    pub async fn spoken(&self, id: ContactId, since: Timestamp) -> Result<Vec<(Timestamp, bool)>, StoreError> {
        let rows = self.store.rows(&SPOKEN, args![self.id, id, since, SPOKEN_MAX]).await?;
        rows.iter().map(|row| Ok((row.at("at")?, row.bool("ours")?))).collect()
    }

    /// Another name and other tags.
    pub async fn set_contact(
        &self,
        id: ContactId,
        name: &str,
        tags: &[String],
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = async {
            hit(tx.run(&SET_CONTACT_WORDS, args![self.id, id, name, json(tags)?]).await?)?;
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }

    /// Puts a drifting person off until an instant, or back (`None`).
    pub async fn set_drift_later(
        &self,
        id: ContactId,
        until: Option<Timestamp>,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = async {
            hit(tx.run(&SET_LATER, args![self.id, id, until]).await?)?;
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }

    /// Lets a drifting person go, or takes that back (`None`).
    pub async fn set_let_go(&self, id: ContactId, at: Option<Timestamp>, event: &NewEvent, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = async {
            hit(tx.run(&SET_LET_GO, args![self.id, id, at]).await?)?;
            events::add(&mut tx, self.id, event, now).await
        }
        .await;
        self.store.end(tx, done).await
    }
}

fn passed_row(row: &Row) -> Result<Passed, StoreError> {
    Ok(Passed {
        at: row.at("at")?,
        kind: String::new(),
        ours: false,
        text: String::new(),
        network: row.network("network")?,
        channel: row.text("channel_name")?,
        conversation: None,
        member: None,
        act: None,
    })
}

pub(crate) fn contact_row(row: &Row) -> Result<ContactRow, StoreError> {
    Ok(ContactRow {
        id: row.id("id")?,
        name: row.text("name")?,
        tags: row.json("tags")?,
        created_at: row.at("created_at")?,
        merged_into: row.id_opt("merged_into")?,
    })
}

fn line_row(row: &Row) -> Result<ContactLine, StoreError> {
    let waiting_since = row.at_opt("waiting_since")?;
    Ok(ContactLine {
        contact: contact_row(row)?,
        handle: handle_row(row)?,
        promised: row.at_opt("promised")?,
        promise: row.text_opt("promise")?,
        waiting_since,
        drift: DriftFacts {
            theirs: row.count("theirs")?,
            last_theirs: row.at_opt("last_theirs")?,
            last_ours: row.at_opt("last_ours")?,
            kindness: row.at_opt("kindness")?,
            is_owed: waiting_since.is_some(),
            later_until: row.at_opt("later_until")?,
            let_go_at: row.at_opt("let_go_at")?,
        },
        last_words: row.text_opt("last_words")?,
        conversation: row.id_opt("conversation_id")?,
    })
}
