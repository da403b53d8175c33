//! Looking for words in messages, and for people by name or address.
//!
//! One question reads a bounded number of rows, the newest first, and says where it stopped, so that a page is quick
//! whatever is stored. The engines fold only ASCII letters alike; the pattern leaves all others open and the words are
//! compared here, so that upper and lower case are one in every script.

use kith_domain::ids::{HandleId, MessageId};

use crate::db::{Row, args, statements};
use crate::handles::{handle_columns, handle_row};
use crate::store::InWorkspace;
use crate::{FoundHandles, FoundMessage, FoundMessages, StoreError};

/// Rows of one page.
const PAGE: usize = 50;
/// Rows that one page reads at most.
const READ_MAX: i64 = 20_000;
/// Longest question, in characters.
pub const SEARCH_CHARS_MAX: usize = 200;

statements! {
    SEARCH_MESSAGES = concat!(
        "SELECT m.id, m.conversation_id, m.ours, m.text, m.warning, m.at, ", handle_columns!(), " FROM message m ",
        "JOIN conversation v ON v.workspace_id = $1 AND v.id = m.conversation_id ",
        "JOIN handle h ON h.workspace_id = $1 AND h.id = v.handle_id ",
        "WHERE m.workspace_id = $1 AND m.id < $2 AND m.id >= $4 AND LOWER(m.text) LIKE $3 ESCAPE '\\' ",
        "ORDER BY m.id DESC LIMIT $5"
    );
    SEARCH_HANDLES = concat!(
        "SELECT ", handle_columns!(), ", k.name AS contact_name FROM handle h ",
        "LEFT JOIN contact k ON k.workspace_id = $1 AND k.id = h.contact_id ",
        "WHERE h.workspace_id = $1 AND h.id < $2 AND h.id >= $4 AND (LOWER(h.display_name) LIKE $3 ESCAPE '\\' ",
        "OR LOWER(h.address) LIKE $3 ESCAPE '\\' OR LOWER(k.name) LIKE $3 ESCAPE '\\') ORDER BY h.id DESC LIMIT $5"
    );
    LOWEST_MESSAGE = "SELECT id FROM message WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3";
    LOWEST_HANDLE = "SELECT id FROM handle WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3";
}

/// After every id, which are hexadecimal.
const AFTER_ALL: &str = "~";

impl InWorkspace<'_> {
    /// Messages that hold these words, the newest first, 50 at a time. `before`: where the last page stopped.
    pub async fn search_messages(&self, words: &str, before: Option<MessageId>) -> Result<FoundMessages, StoreError> {
        let start = before.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string());
        let stop = self.store.row(&LOWEST_MESSAGE, args![self.id, start, READ_MAX]).await?;
        let stop = stop.map(|row| row.id::<MessageId>("id")).transpose()?;
        let floor = stop.map(|id| id.to_string()).unwrap_or_default();
        let (pattern, needle) = pattern(words);
        let (mut found, mut from) = (Vec::new(), start);
        loop {
            let page = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
            let rows = self.store.rows(&SEARCH_MESSAGES, args![self.id, from, pattern, floor, page]).await?;
            let full = rows.len() > PAGE;
            for row in &rows {
                let message = found_message(row)?;
                from = message.id.to_string();
                if folded(&message.text).contains(&needle) {
                    if found.len() == PAGE {
                        return Ok(FoundMessages { next: found.last().map(|last: &FoundMessage| last.id), rows: found });
                    }
                    found.push(message);
                }
            }
            if !full {
                // What was not read yet begins below the floor.
                return Ok(FoundMessages { rows: found, next: stop });
            }
        }
    }

    /// People whose name or address holds these words, those first met last first, 50 at a time.
    pub async fn search_handles(&self, words: &str, before: Option<HandleId>) -> Result<FoundHandles, StoreError> {
        let start = before.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string());
        let stop = self.store.row(&LOWEST_HANDLE, args![self.id, start, READ_MAX]).await?;
        let stop = stop.map(|row| row.id::<HandleId>("id")).transpose()?;
        let floor = stop.map(|id| id.to_string()).unwrap_or_default();
        let (pattern, needle) = pattern(words);
        let (mut found, mut from) = (Vec::new(), start);
        loop {
            let page = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
            let rows = self.store.rows(&SEARCH_HANDLES, args![self.id, from, pattern, floor, page]).await?;
            let full = rows.len() > PAGE;
            for row in &rows {
                let handle = handle_row(row)?;
                from = handle.id.to_string();
                let names = [Some(handle.profile.display_name.as_str()), Some(&handle.profile.address)];
                let contact = row.text_opt("contact_name")?;
                let is_it = names.into_iter().chain([contact.as_deref()]).flatten().any(|name| folded(name).contains(&needle));
                if is_it {
                    if found.len() == PAGE {
                        return Ok(FoundHandles { next: found.last().map(|last: &crate::HandleRow| last.id), rows: found });
                    }
                    found.push(handle);
                }
            }
            if !full {
                return Ok(FoundHandles { rows: found, next: stop });
            }
        }
    }
}

/// The pattern that lets pass whatever may hold the words, and the words as they are compared here.
fn pattern(words: &str) -> (String, String) {
    let needle = folded(words.trim()).chars().take(SEARCH_CHARS_MAX).collect::<String>();
    let mut pattern = String::from("%");
    for c in needle.chars() {
        match c {
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            // An engine may fold it or not, and some letters become two.
            c if !c.is_ascii() => pattern.push('%'),
            c => pattern.push(c),
        }
    }
    pattern.push('%');
    (pattern, needle)
}

/// In lower case, in any script.
fn folded(text: &str) -> String {
    text.to_lowercase()
}

fn found_message(row: &Row) -> Result<FoundMessage, StoreError> {
    Ok(FoundMessage {
        id: row.id("id")?,
        conversation: row.id("conversation_id")?,
        with: handle_row(row)?,
        ours: row.bool("ours")?,
        text: row.text("text")?,
        warning: row.text_opt("warning")?,
        at: row.at("at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_a_pattern_are_words_like_others() {
        assert_eq!(pattern("100%_\\ Wax"), ("%100\\%\\_\\\\ wax%".into(), "100%_\\ wax".into()));
        assert_eq!(pattern("ÜBER x").0, "%%ber x%");
    }
}
