//! Everything in a workspace as JSON objects, one after another, in pages: memory stays bounded whatever is stored.
//!
//! `tables!` lists what is exported; a test compares it with the database's own list of columns, so that a new column
//! is either exported or named in `KEPT_BACK` with the reason. No secret leaves: no sealed blob, no hash of a password,
//! session or link. Each object has a `kind` (the table's name); instants are RFC 3339, JSON columns are nested.

use serde_json::{Map, Value};

use crate::StoreError;
use crate::db::{Row, Sql, args};
use crate::store::InWorkspace;

/// Rows of one page.
const PAGE: u32 = 500;

/// How a column is written.
#[derive(Debug, Clone, Copy)]
enum As {
    Text,
    Int,
    Bool,
    Json,
    Instant,
}

/// One exported table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    sql: Sql,
    erase: Sql,
    columns: &'static [(&'static str, As)],
}

macro_rules! tables {
    ($($name:literal from $place:literal, $number:literal where $where:literal { $($column:ident: $kind:ident),+ $(,)? })+) => {
        /// What is exported, in an order in which each row comes after what it names.
        pub(crate) static TABLES: &[Table] = &[$(Table {
            name: $name,
            sql: tables!(@sql concat!(
                "SELECT ", $place, " AS place, ", $number, " AS place_number", $(", ", stringify!($column)),+,
                " FROM ", $name, " WHERE ", $where, " LIMIT $4"
            ), $name),
            erase: tables!(@sql concat!("DELETE FROM ", $name, " WHERE workspace_id = $1"), $name),
            columns: &[$((stringify!($column), As::$kind)),+],
        }),+];
    };
    (@sql $text:expr, $name:literal) => { Sql { name: concat!("EXPORT ", $name), sqlite: $text, pg: $text } };
}

// `$2` and `$3` are the text and the number of the last row seen; each table goes on after them by its own key.
tables! {
    "workspace" from "id", "CAST(0 AS BIGINT)" where "id = $1 AND id > $2 AND $3 <= 0" {
        id: Text, name: Text, zone: Text, settings: Json, created_at: Instant, erase_at: Instant,
    }
    "login" from "id", "CAST(0 AS BIGINT)" where "id IN (SELECT login_id FROM member WHERE workspace_id = $1) AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, email: Text, name: Text, created_at: Instant,
    }
    "member" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, login_id: Text, role: Text, name: Text, created_at: Instant, removed_at: Instant,
    }
    "invitation" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, email: Text, name: Text, role: Text, invited_by: Text, created_at: Instant, expires_at: Instant, ended_at: Instant,
    }
    "channel" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, network: Text, name: Text, server: Text, remote_id: Text, address: Text, display_name: Text,
        capabilities: Json, state: Text, state_detail: Text, state_since: Instant, created_at: Instant,
        last_checked_at: Instant, token_ends_at: Instant,
    }
    "cursor_place" from "channel_id || ' ' || name", "CAST(0 AS BIGINT)"
    where "workspace_id = $1 AND channel_id || ' ' || name > $2 AND $3 <= 0 ORDER BY channel_id || ' ' || name" {
        channel_id: Text, name: Text, value: Text,
    }
    "media" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, sha256: Text, mime: Text, bytes: Int, width: Int, height: Int, alt: Text, file: Text, created_at: Instant,
    }
    "api_token" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, member_id: Text, name: Text, scope: Text, created_at: Instant, expires_at: Instant, last_used_at: Instant,
        ended_at: Instant,
    }
    "setting" from "name", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND name > $2 AND $3 <= 0 ORDER BY name" {
        name: Text, value: Json, version: Int,
    }
    "source" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, kind: Text, name: Text, definition: Json, version: Int, paused_at: Instant, ended_at: Instant,
        provenance: Json, created_at: Instant,
    }
    "source_item" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, source_id: Text, rank: Int, body: Json, ended_at: Instant, created_at: Instant,
    }
    "source_key" from "source_id || ' ' || key", "CAST(0 AS BIGINT)"
    where "workspace_id = $1 AND source_id || ' ' || key > $2 AND $3 <= 0 ORDER BY source_id || ' ' || key" {
        source_id: Text, key: Text, at: Instant,
    }
    "post_draft" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, body: Json, version: Int, begun_by: Text, begun_at: Instant, saved_by: Text, saved_at: Instant, ended_at: Instant,
    }
    "post" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, text: Text, category: Text, provenance: Json, created_at: Instant, source_id: Text, item_id: Text,
    }
    "variant" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, post_id: Text, channel_id: Text, content: Json, payload_hash: Text, approved_hash: Text,
        approved_by: Json, approved_at: Instant,
    }
    "dispatch" from "id", "due_at" where "workspace_id = $1 AND (due_at, id) > ($3, $2) ORDER BY due_at, id" {
        id: Text, post_id: Text, variant_id: Text, channel_id: Text, occurrence_key: Text, civil: Text, zone: Text,
        due_at: Instant, grace_s: Int, payload_hash: Text, remote_key: Text, prepared: Text, state: Text, state_json: Json,
        fence: Int, attempts: Int, first_send: Instant, last_send: Instant, own_time: Int, remote_id: Text, remote_url: Text,
        sent_at: Instant, provenance: Json, created_at: Instant,
    }
    "attempt" from "dispatch_id", "n" where "workspace_id = $1 AND (dispatch_id, n) > ($2, $3) ORDER BY dispatch_id, n" {
        dispatch_id: Text, n: Int, fence: Int, kind: Text, started_at: Instant, ended_at: Instant, request_hash: Text,
        request: Text, outcome: Text, answer: Text, conclusion: Text,
    }
    "event" from "''", "seq" where "workspace_id = $1 AND $2 = '' AND seq > $3 ORDER BY seq" {
        seq: Int, at: Instant, kind: Text, subject: Text, actor: Json, detail: Json,
    }
    "contact" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, name: Text, created_at: Instant, tags: Json, merged_into: Text, later_until: Instant, let_go_at: Instant,
    }
    "handle" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, contact_id: Text, network: Text, remote_id: Text, address: Text, display_name: Text, url: Text,
        is_bot: Bool, first_seen: Instant, last_seen: Instant,
    }
    "conversation" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, channel_id: Text, root_remote_id: Text, handle_id: Text, standing: Text, waiting_since: Instant,
        closed_at: Instant, closed_by: Json, last_at: Instant, last_text: Text, last_is_ours: Bool, message_count: Int,
        unread: Int, automated: Json, created_at: Instant, sorting: Json, later_until: Instant,
    }
    "message" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, channel_id: Text, conversation_id: Text, handle_id: Text, remote_id: Text, root_remote_id: Text,
        event_remote_id: Text, kind: Text, ours: Bool, html: Text, text: Text, warning: Text, audience: Text, url: Text,
        at: Instant, received_at: Instant, in_reply_to: Text, automated: Json, act_id: Text,
    }
    "reaction" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, channel_id: Text, remote_id: Text, kind: Text, handle_id: Text, post_remote_id: Text, at: Instant,
    }
    "act" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, session_id: Text, member_id: Text, kind: Text, channel_id: Text, conversation_id: Text,
        target_remote_id: Text, text: Text, state: Text, detail: Text, remote_id: Text, at: Instant, finished_at: Instant,
        handle_id: Text,
    }
    "memory" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, contact_id: Text, kind: Text, topic: Text, text: Text, heard_in: Text, written_by: Json, created_at: Instant,
        due_day: Text, due_zone: Text, due_at: Instant, ending: Text, ended_at: Instant,
    }
    "merging" from "id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND id > $2 AND $3 <= 0 ORDER BY id" {
        id: Text, kept_id: Text, gone_id: Text, before: Json, merged_by: Json, at: Instant, parted_at: Instant,
    }
    "follower" from "handle_id", "CAST(0 AS BIGINT)" where "workspace_id = $1 AND handle_id > $2 AND $3 <= 0 ORDER BY handle_id" {
        handle_id: Text, sorted: Text, note: Text, sorted_by: Json, sorted_at: Instant, handling: Text, handled_by: Json,
        handled_at: Instant,
    }
    "draft" from "member_id || conversation_id", "CAST(0 AS BIGINT)"
    where "workspace_id = $1 AND member_id || conversation_id > $2 AND $3 <= 0 ORDER BY member_id || conversation_id" {
        member_id: Text, conversation_id: Text, text: Text, saved_at: Instant, version: Int,
    }
    "kept_text" from "member_id || about || box", "CAST(0 AS BIGINT)"
    where "workspace_id = $1 AND member_id || about || box > $2 AND $3 <= 0 ORDER BY member_id || about || box" {
        member_id: Text, about: Text, box: Text, text: Text, saved_at: Instant,
    }
}

/// Columns and tables (`*`) that stay here, with the reason.
#[cfg(test)]
pub(crate) const KEPT_BACK: [(&str, &str, &str); 22] = [
    ("meta", "*", "about the database, not about a workspace"),
    ("migration", "*", "about the database, not about a workspace"),
    ("one_time_link", "*", "a secret's hash"),
    ("session", "*", "a secret's hash, and of a person, not of a workspace"),
    ("api_token", "hash", "a secret's hash"),
    ("invitation", "hash", "a secret's hash"),
    ("passkey", "*", "of a person, not of a workspace"),
    ("pending", "*", "between two presses of a person; sealed"),
    ("registration", "*", "of this Kith with a server, not of a workspace; sealed"),
    ("login", "password_hash", "a secret's hash"),
    ("push_key", "*", "a sealed key"),
    ("push_browser", "*", "of a person's devices; sealed"),
    ("member_call", "*", "which calls were made; what they were about is exported"),
    ("process", "*", "about the database, not about a workspace"),
    ("lease", "*", "who does what just now"),
    ("pace", "*", "how fast channels and servers were used just now"),
    ("dispatch", "lease_by", "who does what just now"),
    ("channel", "token_told", "which warning was given; the events tell of it"),
    ("channel", "sealed", "secrets"),
    ("dispatch", "wake_at", "follows from the state"),
    ("dispatch", "lease_until", "a worker's claim of the moment"),
    ("*", "workspace_id", "the same in every row"),
];

impl InWorkspace<'_> {
    /// Gives everything in the workspace to `write`, one object after another; stops at its first error.
    pub async fn export(&self, write: &mut (dyn FnMut(&Value) -> Result<(), StoreError> + Send)) -> Result<(), StoreError> {
        for table in TABLES {
            let (mut place, mut number) = (String::new(), i64::MIN);
            loop {
                let rows = self.store.rows(&table.sql, args![self.id, place, number, PAGE]).await?;
                for row in &rows {
                    write(&object(table, row)?)?;
                }
                let Some(last) = rows.last() else { break };
                place = last.text("place")?;
                number = last.int("place_number")?;
                if rows.len() < PAGE as usize {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl Table {
    /// Erases a workspace's rows; `None` for what is not of one workspace alone.
    pub(crate) fn erase(&'static self) -> Option<&'static Sql> {
        (!["workspace", "login"].contains(&self.name)).then_some(&self.erase)
    }
}

#[cfg(test)]
impl Table {
    pub(crate) fn sql(&'static self) -> &'static Sql {
        &self.sql
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| *name == column)
    }
}

fn object(table: &Table, row: &Row) -> Result<Value, StoreError> {
    let mut object = Map::new();
    object.insert("kind".into(), table.name.into());
    for (column, kind) in table.columns {
        let value = match kind {
            As::Text => row.text_opt(column)?.map_or(Value::Null, Value::String),
            As::Int => row.int_opt(column)?.map_or(Value::Null, Value::from),
            As::Bool => Value::Bool(row.bool(column)?),
            As::Json => row.json_opt(column)?.unwrap_or(Value::Null),
            As::Instant => row.at_opt(column)?.map_or(Value::Null, |at| Value::String(at.to_string())),
        };
        // A message's own kind must not hide what the object is.
        let name = if *column == "kind" { "type" } else { column };
        object.insert(name.into(), value);
    }
    Ok(Value::Object(object))
}
