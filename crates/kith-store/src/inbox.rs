//! Conversations: who waits, since when, and the lists of them.
//!
//! Standing, waiting and counters live on the conversation's row and are brought up to date by `refresh` in the
//! transaction of every change, so that a page reads rows in the order of an index and computes nothing.

use jiff::Timestamp;
use kith_domain::converse::{Automated, Line, SortVerb, Standing, stands};
use kith_domain::ids::{ChannelId, ContactId, ConversationId, HandleId};
use kith_domain::mandate::{Actor, Role};

use crate::born::chance;
use crate::db::{Row, Tx, args, json, statements};
use crate::dispatches::page_size;
use crate::handles::{handle_columns, handle_row};
use crate::sorting::sorting_of;
use crate::store::{InWorkspace, hit};
use crate::{ConversationView, InboxCursor, InboxFilter, KnownRow, MessageRow, StandingCounts, StoreError};

/// Lines that are looked at for one judgement: those since our last, ours and people's before machines'.
const LINES_MAX: u32 = 500;
/// Longest text kept for a row of the list, in characters.
const LAST_TEXT_CHARS_MAX: usize = 400;

macro_rules! conversation {
    ($($rest:tt)*) => {
        concat!(
            "SELECT v.id, v.channel_id, v.root_remote_id, v.standing, v.waiting_since, v.closed_at, v.closed_by, v.last_at, ",
            "v.last_text, v.last_is_ours, v.message_count, v.unread, v.automated, v.sorting, v.later_until, c.name AS channel_name, ",
            "c.network AS channel_network, ", handle_columns!(),
            " FROM conversation v JOIN channel c ON c.id = v.channel_id JOIN handle h ON h.id = v.handle_id ",
            "WHERE v.workspace_id = $1 ",
            $($rest)*
        )
    };
}

statements! {
    START = concat!(
        "INSERT INTO conversation (id, workspace_id, channel_id, root_remote_id, handle_id, standing, last_at, last_text, ",
        "last_is_ours, message_count, unread, created_at) VALUES ($1, $2, $3, $4, $5, 'apart', $6, '', FALSE, 0, 0, $7) ",
        "ON CONFLICT (channel_id, root_remote_id, handle_id) DO NOTHING"
    );
    WITH = "SELECT id FROM conversation WHERE workspace_id = $1 AND channel_id = $2 AND root_remote_id = $3 AND handle_id = $4";
    CONVERSATION_OF = concat!(
        "SELECT v.id FROM conversation v JOIN handle h ON h.id = v.handle_id ",
        "WHERE v.workspace_id = $1 AND v.channel_id = $2 AND v.root_remote_id = $3 AND h.remote_id = $4"
    );
    SORTED_AS = "SELECT closed_at, closed_by, sorting FROM conversation WHERE workspace_id = $1 AND id = $2",
        postgres "SELECT closed_at, closed_by, sorting FROM conversation WHERE workspace_id = $1 AND id = $2 FOR UPDATE";
    LINES = concat!(
        "SELECT m.at, m.received_at, m.ours, m.automated IS NOT NULL AS is_automated FROM message m ",
        "WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.at >= COALESCE((SELECT MAX(o.at) FROM message o ",
        "WHERE o.workspace_id = $1 AND o.conversation_id = $2 AND o.ours), $3) ",
        "ORDER BY m.ours DESC, (m.automated IS NULL) DESC, m.at LIMIT $4"
    );
    LAST = concat!(
        "SELECT text, at, ours FROM message WHERE workspace_id = $1 AND conversation_id = $2 ",
        "ORDER BY at DESC, id DESC LIMIT 1"
    );
    LAST_THEIRS = concat!(
        "SELECT automated FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND NOT ours ",
        "ORDER BY at DESC, id DESC LIMIT 1"
    );
    REFRESH = concat!(
        "UPDATE conversation SET standing = $3, waiting_since = $4, last_at = $5, last_text = $6, last_is_ours = $7, ",
        "automated = $8, message_count = message_count + $9, unread = unread + $10, later_until = $11 WHERE workspace_id = $1 AND id = $2"
    );
    OWED = conversation!(
        "AND v.standing = 'owed' AND (v.waiting_since, v.id) > ($2, $3) ORDER BY v.waiting_since, v.id LIMIT $4"
    );
    /// Those that are not put off at this moment.
    OWED_NOW = conversation!(
        "AND v.standing = 'owed' AND (v.later_until IS NULL OR v.later_until <= $5) AND (v.waiting_since, v.id) > ($2, $3) ",
        "ORDER BY v.waiting_since, v.id LIMIT $4"
    );
    LATER = conversation!(
        "AND v.standing = 'owed' AND v.later_until > $5 AND (v.later_until, v.id) > ($2, $3) ORDER BY v.later_until, v.id LIMIT $4"
    );
    LATER_TOTAL = "SELECT COUNT(*) AS n FROM conversation WHERE workspace_id = $1 AND later_until > $2 AND standing = 'owed'";
    WITH_CONTACT = conversation!("AND h.contact_id = $2 AND v.id <> $3 ORDER BY v.last_at DESC, v.id DESC LIMIT $4");
    /// One read for a whole page of people: `$2` is a JSON list of handles.
    KNOWN = concat!(
        "SELECT v.handle_id, COUNT(*) AS n, COUNT(CASE WHEN m.ours THEN 1 END) AS ours, MIN(m.at) AS first_at, ",
        "MAX(CASE WHEN m.ours THEN m.at END) AS last_ours FROM handle h JOIN conversation v ON v.handle_id = h.id ",
        "JOIN message m ON m.conversation_id = v.id ",
        "WHERE h.workspace_id = $1 AND h.id IN (SELECT value FROM json_each($2)) GROUP BY v.handle_id"
    ), postgres concat!(
        "SELECT v.handle_id, COUNT(*) AS n, COUNT(CASE WHEN m.ours THEN 1 END) AS ours, MIN(m.at) AS first_at, ",
        "MAX(CASE WHEN m.ours THEN m.at END) AS last_ours FROM handle h JOIN conversation v ON v.handle_id = h.id ",
        "JOIN message m ON m.conversation_id = v.id ",
        "WHERE h.workspace_id = $1 AND h.id IN (SELECT json_array_elements_text($2::json)) GROUP BY v.handle_id"
    );
    LATEST = conversation!(
        "AND v.standing = $5 AND (v.last_at, v.id) < ($2, $3) ORDER BY v.last_at DESC, v.id DESC LIMIT $4"
    );
    CONVERSATION = conversation!("AND v.id = $2");
    STANDINGS = "SELECT standing, COUNT(*) AS n FROM conversation WHERE workspace_id = $1 GROUP BY standing";
    WAITING_TOTAL = "SELECT COUNT(*) AS n FROM conversation WHERE workspace_id = $1 AND standing = 'owed'";
    MARK_READ = "UPDATE conversation SET unread = 0 WHERE workspace_id = $1 AND id = $2 AND unread > 0";
}

impl InWorkspace<'_> {
    /// One page of a list: owed ones by the longest wait, all others by the latest message.
    pub async fn inbox(&self, filter: &InboxFilter) -> Result<Vec<ConversationView>, StoreError> {
        let limit = page_size(filter.limit);
        let owed = filter.standing == Standing::Owed;
        let start = if owed { i64::MIN } else { i64::MAX };
        let (at, id) = filter.after.map_or((start, String::new()), |place| (place.at.as_millisecond(), place.id.to_string()));
        let rows = if owed {
            self.store.rows(&OWED, args![self.id, at, id, limit]).await?
        } else {
            self.store.rows(&LATEST, args![self.id, at, id, limit, filter.standing.as_str()]).await?
        };
        rows.iter().map(conversation_row).collect()
    }

    /// One page of those who wait and were not put off, the longest wait first.
    pub async fn owed_now(&self, after: Option<InboxCursor>, limit: u32, now: Timestamp) -> Result<Vec<ConversationView>, StoreError> {
        let (at, id) = after.map_or((i64::MIN, String::new()), |place| (place.at.as_millisecond(), place.id.to_string()));
        self.store.rows(&OWED_NOW, args![self.id, at, id, page_size(limit), now]).await?.iter().map(conversation_row).collect()
    }

    /// One page of those who were put off, the next to come back first; `after` holds when the last one comes back.
    pub async fn put_off(&self, after: Option<InboxCursor>, limit: u32, now: Timestamp) -> Result<Vec<ConversationView>, StoreError> {
        let (at, id) = after.map_or((i64::MIN, String::new()), |place| (place.at.as_millisecond(), place.id.to_string()));
        self.store.rows(&LATER, args![self.id, at, id, page_size(limit), now]).await?.iter().map(conversation_row).collect()
    }

    /// How many are put off.
    pub async fn put_off_total(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.store.row(&LATER_TOTAL, args![self.id, now]).await?.map_or(Ok(0), |row| row.count("n"))
    }

    /// Other conversations with the same person, the latest first.
    pub async fn conversations_with(
        &self,
        contact: ContactId,
        but: ConversationId,
        limit: u32,
    ) -> Result<Vec<ConversationView>, StoreError> {
        self.store.rows(&WITH_CONTACT, args![self.id, contact, but, page_size(limit)]).await?.iter().map(conversation_row).collect()
    }

    /// What has passed between us and these people, as far as Kith heard it.
    pub async fn known(&self, handles: &[HandleId]) -> Result<Vec<KnownRow>, StoreError> {
        let list = json(&handles.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let known = |row: &Row| {
            Ok(KnownRow {
                handle: row.id("handle_id")?,
                messages: row.count("n")?,
                ours: row.count("ours")?,
                first_at: row.at("first_at")?,
                last_ours: row.at_opt("last_ours")?,
            })
        };
        self.store.rows(&KNOWN, args![self.id, list]).await?.iter().map(known).collect()
    }

    /// One conversation with its latest messages, at most `last`, and what stands above them in the thread, the oldest first.
    pub async fn conversation_last(
        &self,
        id: ConversationId,
        last: u32,
    ) -> Result<Option<(ConversationView, Vec<MessageRow>)>, StoreError> {
        let Some(row) = self.store.row(&CONVERSATION, args![self.id, id]).await? else { return Ok(None) };
        let view = conversation_row(&row)?;
        let messages = self.thread_last(id, view.channel, &view.root_remote_id, last).await?;
        Ok(Some((view, messages)))
    }

    /// One conversation with its latest 200 messages and what stands above them in the thread, the oldest first.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<(ConversationView, Vec<MessageRow>)>, StoreError> {
        let Some(row) = self.store.row(&CONVERSATION, args![self.id, id]).await? else { return Ok(None) };
        let view = conversation_row(&row)?;
        let messages = self.thread(id, view.channel, &view.root_remote_id).await?;
        Ok(Some((view, messages)))
    }

    /// The conversation of a thread with a person, by the network's ids.
    pub async fn conversation_of(
        &self,
        channel: ChannelId,
        root: &str,
        person_remote_id: &str,
    ) -> Result<Option<ConversationId>, StoreError> {
        let row = self.store.row(&CONVERSATION_OF, args![self.id, channel, root, person_remote_id]).await?;
        row.map(|row| row.id("id")).transpose()
    }

    /// How many conversations are in each list.
    pub async fn counts_by_standing(&self) -> Result<StandingCounts, StoreError> {
        let mut counts = StandingCounts::default();
        for row in self.store.rows(&STANDINGS, args![self.id]).await? {
            let n = row.count("n")?;
            match row.named("standing", Standing::from_stored)? {
                Standing::Owed => counts.owed = n,
                Standing::Answered => counts.answered = n,
                Standing::Closed => counts.closed = n,
                Standing::Apart => counts.apart = n,
            }
        }
        Ok(counts)
    }

    /// How many people wait.
    pub async fn waiting_total(&self) -> Result<u64, StoreError> {
        self.store.row(&WAITING_TOTAL, args![self.id]).await?.map_or(Ok(0), |row| row.count("n"))
    }

    /// A person says that no answer is needed. Whether they may say so was asked before.
    pub async fn close_conversation(&self, id: ConversationId, by: &Actor, now: Timestamp) -> Result<(), StoreError> {
        self.sort_conversation(id, SortVerb::NoAnswer, Role::Owner, by, now).await.map(drop)
    }

    /// A person takes the closing back.
    pub async fn reopen_conversation(&self, id: ConversationId, by: &Actor, now: Timestamp) -> Result<(), StoreError> {
        self.sort_conversation(id, SortVerb::Reopen, Role::Owner, by, now).await.map(drop)
    }

    /// Notes that it was opened.
    pub async fn mark_read(&self, id: ConversationId) -> Result<(), StoreError> {
        self.store.write(&MARK_READ, args![self.id, id]).await.map(drop)
    }

    /// The conversation of a thread with a person, begun if there is none.
    pub(crate) async fn conversation_with(
        &self,
        tx: &mut Tx,
        channel: ChannelId,
        root: &str,
        handle: HandleId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<ConversationId, StoreError> {
        let place = [channel.to_string(), handle.to_string()];
        let id = ConversationId::new(now, chance(&["conversation", &place[0], root, &place[1]]));
        tx.run(&START, args![id, self.id, channel, root, handle, at, now]).await?;
        let row = tx.row(&WITH, args![self.id, channel, root, handle]).await?.ok_or(StoreError::NotThere)?;
        row.id("id")
    }

    /// Judges a conversation anew after `messages` were added, `unread` of them theirs.
    pub(crate) async fn refresh(&self, tx: &mut Tx, id: ConversationId, messages: u32, unread: u32) -> Result<(), StoreError> {
        let sorting = sorting_of(&tx.row(&SORTED_AS, args![self.id, id]).await?.ok_or(StoreError::NotThere)?)?;
        let rows = tx.rows(&LINES, args![self.id, id, i64::MIN, LINES_MAX]).await?;
        let lines = rows
            .iter()
            .map(|row| {
                let (at, heard) = (row.at("at")?, row.at("received_at")?);
                Ok(Line { at, heard, ours: row.bool("ours")?, automated: row.bool("is_automated")? })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let (judged, later) = stands(&lines, &sorting);
        let last = tx.row(&LAST, args![self.id, id]).await?.ok_or(StoreError::NotThere)?;
        let theirs = tx.row(&LAST_THEIRS, args![self.id, id]).await?;
        let automated = theirs.map(|row| row.text_opt("automated")).transpose()?.flatten();
        let text: String = last.text("text")?.chars().take(LAST_TEXT_CHARS_MAX).collect();
        let args = args![
            self.id,
            id,
            judged.standing.as_str(),
            judged.since,
            last.at("at")?,
            text,
            last.bool("ours")?,
            automated,
            messages,
            unread,
            later.map(|later| later.until),
        ];
        hit(tx.run(&REFRESH, args).await?)
    }
}

fn conversation_row(row: &Row) -> Result<ConversationView, StoreError> {
    Ok(ConversationView {
        id: row.id("id")?,
        channel: row.id("channel_id")?,
        channel_name: row.text("channel_name")?,
        network: row.network("channel_network")?,
        root_remote_id: row.text("root_remote_id")?,
        handle: handle_row(row)?,
        standing: row.named("standing", Standing::from_stored)?,
        waiting_since: row.at_opt("waiting_since")?,
        closed_at: row.at_opt("closed_at")?,
        closed_by: row.json_opt("closed_by")?,
        last_at: row.at("last_at")?,
        last_text: row.text("last_text")?,
        last_is_ours: row.bool("last_is_ours")?,
        message_count: row.count("message_count")?,
        unread: row.count("unread")?,
        automated: row.json_opt::<Automated>("automated")?,
        later_until: row.at_opt("later_until")?,
        sorting: sorting_of(row)?,
    })
}
