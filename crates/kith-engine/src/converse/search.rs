//! Looking for words in messages and for people, in one workspace, 50 at a time.

use kith_domain::ids::{ContactId, ConversationId, HandleId, MessageId};
use serde::Serialize;

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Face, Moment};
use crate::words;

/// Characters shown before the words that were found.
const BEFORE_CHARS: usize = 40;

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchView {
    /// The words, as they were looked for.
    pub words: String,
    /// People, those first met last first.
    pub people: Vec<FoundPerson>,
    /// Where the people go on: the form's `people` field.
    pub more_people: Option<HandleId>,
    /// Messages, the newest first.
    pub messages: Vec<FoundLine>,
    /// Where the messages go on: the form's `before` field.
    pub more_messages: Option<MessageId>,
}

/// A person whose name or address holds the words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundPerson {
    /// Their address.
    pub handle: HandleId,
    /// The person, if they ever spoke to us.
    pub contact: Option<ContactId>,
    /// Name and address.
    pub face: Face,
}

/// A message that holds the words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundLine {
    /// The message.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// With whom that conversation is.
    pub with: Face,
    /// Whether we wrote it.
    pub ours: bool,
    /// The text around the words, cut.
    pub text: String,
    /// When.
    pub at: Moment,
}

impl Kith {
    /// Looks for words, upper and lower case alike. `before` and `people` go on where the last page stopped; with one of
    /// them only that list is read.
    pub async fn search(
        &self,
        visitor: &Visitor,
        words: &str,
        before: Option<MessageId>,
        people: Option<HandleId>,
    ) -> Result<SearchView, Problem> {
        let words: String = words.trim().chars().take(kith_store::SEARCH_CHARS_MAX).collect();
        let mut view = SearchView { words, people: Vec::new(), more_people: None, messages: Vec::new(), more_messages: None };
        if view.words.is_empty() {
            return Ok(view);
        }
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let face = |handle: &kith_store::HandleRow| words::face(handle.profile.name(), &handle.profile.address, Some(handle.id));
        if before.is_none() {
            let found = store.search_handles(&view.words, people).await.map_err(from_store)?;
            view.more_people = found.next;
            let person = |row: &kith_store::HandleRow| FoundPerson { handle: row.id, contact: row.contact, face: face(row) };
            view.people = found.rows.iter().map(person).collect();
        }
        if people.is_none() {
            let found = store.search_messages(&view.words, before).await.map_err(from_store)?;
            view.more_messages = found.next;
            view.messages = found
                .rows
                .iter()
                .map(|row| FoundLine {
                    message: row.id,
                    conversation: row.conversation,
                    with: face(&row.with),
                    ours: row.ours,
                    text: words::cut(around(&row.text, &view.words)),
                    at: calendar.moment(row.at),
                })
                .collect();
        }
        Ok(view)
    }
}

/// The text from a little before the words on.
fn around<'a>(text: &'a str, words: &str) -> &'a str {
    let needle = words.to_lowercase();
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let hit = starts.iter().position(|at| text[*at..].chars().flat_map(char::to_lowercase).take(needle.chars().count()).eq(needle.chars()));
    let from = hit.and_then(|hit| starts.get(hit.saturating_sub(BEFORE_CHARS))).copied().unwrap_or(0);
    text.get(from..).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_stand_in_what_is_shown() {
        let long = format!("{} Über den Docht", "x".repeat(300));
        assert!(around(&long, "über DEN").contains("Über den Docht"));
        assert_eq!(around("short", "nowhere"), "short");
    }
}
