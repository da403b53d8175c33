//! Remembering: facts, notes and promises, from the thread or from the person's page (R1, C9).

use jiff::tz::TimeZone;
use kith_domain::ids::{ContactId, ConversationId, HandleId, MemoryId};
use kith_domain::mandate::Actor;
use kith_domain::people::{self, Memory, MemoryError, PromiseEnd};
use kith_store::{Due, MemoryRow, NewEvent, NewMemory};
use serde::Serialize;
use serde_json::json;

use super::{HandleLine, Month, event, may_sort, nobody};
use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Face, Moment};
use crate::words::{self, Calendar};

/// A fact or a note, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemoryLine {
    /// The line, to take it back.
    pub id: MemoryId,
    /// A fact's key; empty without one.
    pub key: String,
    /// The words.
    pub text: String,
    /// When it was written down.
    pub at: Moment,
    /// Who wrote it down.
    pub by: String,
    /// The conversation in which it was heard.
    pub heard_in: Option<ConversationId>,
}

/// A promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PromiseLine {
    /// The promise.
    pub id: MemoryId,
    /// To whom.
    pub contact: ContactId,
    /// To whom, as shown.
    pub face: Face,
    /// What was promised.
    pub text: String,
    /// When it was given.
    pub given: Moment,
    /// The day on which it is due: its first instant in the zone in which it was given.
    pub due: Moment,
    /// That day, as `2026-11-27`, for a form.
    pub due_day: String,
    /// Whether that day has come.
    pub is_due: bool,
    /// What became of it; `None` while it is open.
    pub ended: Option<PromiseEnd>,
    /// The conversation in which it was given.
    pub heard_in: Option<ConversationId>,
}

/// What stands beside a thread.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemoryBeside {
    /// The person.
    pub contact: ContactId,
    /// As shown.
    pub face: Face,
    /// Since when they are known.
    pub known_since: Moment,
    /// Open promises, the earliest due first.
    pub promises: Vec<PromiseLine>,
    /// Facts, the latest first.
    pub facts: Vec<MemoryLine>,
    /// Notes, the latest first.
    pub notes: Vec<MemoryLine>,
    /// Tags.
    pub tags: Vec<String>,
    /// All their handles.
    pub handles: Vec<HandleLine>,
    /// Who wrote to whom in the last twelve months, the oldest first.
    pub months: Vec<Month>,
    /// Whether this visitor may write here.
    pub may_write: bool,
}

/// What a person wrote down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Remembered {
    /// The line, for [`Kith::forget`].
    pub id: MemoryId,
    /// About whom.
    pub contact: ContactId,
}

/// What a person says of a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromiseWish {
    /// Done.
    Kept,
    /// Not to be done any more.
    LetGo,
    /// On another day, as in [`Kith::promise`].
    Moved(String),
    /// Open again.
    Reopened,
}

impl PromiseWish {
    /// From a form's fields: `what` is `kept`, `let_go`, `moved` (with `due`) or `open`.
    pub fn from_form(what: &str, due: &str) -> Option<Self> {
        match what {
            "kept" => Some(Self::Kept),
            "let_go" => Some(Self::LetGo),
            "moved" => Some(Self::Moved(due.to_owned())),
            "open" => Some(Self::Reopened),
            _ => None,
        }
    }
}

impl Kith {
    /// What is known of the person behind a handle; `None` for somebody who never spoke or reacted.
    pub async fn memory_beside(&self, visitor: &Visitor, handle: HandleId) -> Result<Option<MemoryBeside>, Problem> {
        let store = self.store().in_workspace(visitor.workspace);
        let row = store.person_handle(handle).await.map_err(from_store)?.ok_or_else(nobody)?;
        match row.contact {
            Some(contact) => self.memory(visitor, contact).await.map(Some),
            None => Ok(None),
        }
    }

    /// What is known of a person.
    pub async fn memory(&self, visitor: &Visitor, contact: ContactId) -> Result<MemoryBeside, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let row = self.living(visitor, contact).await?;
        let handles = store.handles_of(row.id).await.map_err(from_store)?;
        let face = words::face(&row.name, handles.first().map_or("", |h| &h.profile.address), handles.first().map(|h| h.id));
        let memories = store.memories_of(row.id).await.map_err(from_store)?;
        let of = |kind: Memory| memories.iter().filter(move |memory| memory.kind == kind);
        let mut promises: Vec<PromiseLine> =
            of(Memory::Promise).filter(|m| m.ended.is_none()).filter_map(|m| promise_line(m, &face, &calendar)).collect();
        promises.sort_by_key(|promise| promise.due.at);
        Ok(MemoryBeside {
            contact: row.id,
            known_since: calendar.moment(row.created_at),
            promises,
            facts: of(Memory::Fact).map(|memory| memory_line(memory, &calendar)).collect(),
            notes: of(Memory::Note).map(|memory| memory_line(memory, &calendar)).collect(),
            handles: handles.iter().map(|handle| self.handle_line(handle)).collect(),
            months: self.months(visitor, row.id).await?,
            may_write: may_sort(visitor).is_ok(),
            tags: row.tags,
            face,
        })
    }

    /// Remembers a fact: `kiln: Rohde 100`, or a sentence. `heard_in`: the conversation that is open.
    pub async fn remember(
        &self,
        visitor: &Visitor,
        contact: ContactId,
        typed: &str,
        heard_in: Option<ConversationId>,
    ) -> Result<Remembered, Problem> {
        let fact = people::fact(typed).map_err(|no| invalid("fact", &no))?;
        self.write_down(visitor, contact, Memory::Fact, fact.key, fact.value, heard_in, None).await
    }

    /// Notes something for us.
    pub async fn note(
        &self,
        visitor: &Visitor,
        contact: ContactId,
        typed: &str,
        heard_in: Option<ConversationId>,
    ) -> Result<Remembered, Problem> {
        let text = people::note(typed).map_err(|no| invalid("note", &no))?;
        self.write_down(visitor, contact, Memory::Note, String::new(), text, heard_in, None).await
    }

    /// Keeps a promise that was given. `due`: a day such as `2026-11-27`, or `today`, `tomorrow`, `friday`, `monday`, `week`.
    pub async fn promise(
        &self,
        visitor: &Visitor,
        contact: ContactId,
        typed: &str,
        due: &str,
        heard_in: Option<ConversationId>,
    ) -> Result<Remembered, Problem> {
        let text = people::promise_words(typed).map_err(|no| invalid("promise", &no))?;
        let due = self.due(&visitor.zone, due)?;
        self.write_down(visitor, contact, Memory::Promise, String::new(), text, heard_in, Some(due)).await
    }

    /// Keeps a promise that was given in a conversation, as [`Kith::promise`] does, for whoever works at the command line.
    pub async fn promise_by(&self, operator: &Operator, heard_in: ConversationId, typed: &str, due: &str) -> Result<Remembered, Problem> {
        let text = people::promise_words(typed).map_err(|no| invalid("promise", &no))?;
        let due = self.due(&operator.zone, due)?;
        let found = self.store().in_workspace(operator.workspace).conversation_last(heard_in, 1).await.map_err(from_store)?;
        let contact = found.and_then(|(view, _)| view.handle.contact).ok_or_else(nobody)?;
        self.write_line(operator, contact, Memory::Promise, String::new(), text, Some(heard_in), Some(due)).await
    }

    /// Takes a fact, a note or a promise back.
    pub async fn forget(&self, visitor: &Visitor, id: MemoryId) -> Result<ContactId, Problem> {
        may_sort(visitor)?;
        let store = self.store().in_workspace(visitor.workspace);
        let row = store.memory(id).await.map_err(from_store)?.ok_or_else(gone)?;
        let event = event(visitor, &format!("{}.taken_back", row.kind.as_str()), &row.contact.to_string(), json!({ "memory": id }));
        store.take_back(id, &event, self.now()).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(row.contact.to_string())).await;
        Ok(row.contact)
    }

    /// Kept, let go, moved to another day, or open again. Returns whose promise it is.
    pub async fn settle_promise(&self, visitor: &Visitor, id: MemoryId, wish: &PromiseWish) -> Result<ContactId, Problem> {
        may_sort(visitor)?;
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let row = store.memory(id).await.map_err(from_store)?.filter(|row| row.kind == Memory::Promise).ok_or_else(gone)?;
        let told = |kind: &str, detail| event(visitor, kind, &row.contact.to_string(), detail);
        let detail = json!({ "memory": id, "due": row.due.as_ref().map(|due| due.day.clone()) });
        match wish {
            PromiseWish::Kept => store.end_promise(id, Some(PromiseEnd::Kept), &told("promise.kept", detail), now).await,
            PromiseWish::LetGo => store.end_promise(id, Some(PromiseEnd::LetGo), &told("promise.let_go", detail), now).await,
            PromiseWish::Reopened => store.end_promise(id, None, &told("promise.reopened", detail), now).await,
            PromiseWish::Moved(day) => {
                let due = self.due(&visitor.zone, day)?;
                let detail = json!({ "memory": id, "from": detail["due"], "to": due.day });
                store.move_promise(id, &due, &told("promise.moved", detail), now).await
            }
        }
        .map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(row.contact.to_string())).await;
        Ok(row.contact)
    }

    /// Promises that are due today or were before, the earliest first: for Today.
    pub async fn promises_due(&self, visitor: &Visitor) -> Result<Vec<PromiseLine>, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let mut lines = Vec::new();
        for row in store.promises_due(self.now()).await.map_err(from_store)? {
            let contact = self.living(visitor, row.contact).await?;
            let handle = store.handles_of(contact.id).await.map_err(from_store)?.into_iter().next();
            let face = words::face(&contact.name, handle.as_ref().map_or("", |h| &h.profile.address), handle.as_ref().map(|h| h.id));
            lines.extend(promise_line(&row, &face, &calendar));
        }
        Ok(lines)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one line; a struct would be used once")]
    async fn write_down(
        &self,
        visitor: &Visitor,
        contact: ContactId,
        kind: Memory,
        topic: String,
        text: String,
        heard_in: Option<ConversationId>,
        due: Option<Due>,
    ) -> Result<Remembered, Problem> {
        may_sort(visitor)?;
        let contact = self.living(visitor, contact).await?.id;
        let hand = Operator { workspace: visitor.workspace, zone: visitor.zone.clone(), actor: visitor.actor() };
        self.write_line(&hand, contact, kind, topic, text, heard_in, due).await
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one line; a struct would be used once")]
    async fn write_line(
        &self,
        hand: &Operator,
        contact: ContactId,
        kind: Memory,
        topic: String,
        text: String,
        heard_in: Option<ConversationId>,
        due: Option<Due>,
    ) -> Result<Remembered, Problem> {
        let (store, now) = (self.store().in_workspace(hand.workspace), self.now());
        let id = self.chance().id(now, MemoryId::new);
        let kept = NewEvent {
            kind: format!("{}.written", kind.as_str()),
            subject: contact.to_string(),
            actor: hand.actor.clone(),
            detail: json!({ "memory": id, "due": due.as_ref().map(|due| due.day.clone()) }),
        };
        let new = NewMemory { id, contact, kind, topic, text, heard_in, due };
        store.add_memory(&new, &hand.actor, &kept, now).await.map_err(from_store)?;
        self.tell(hand.workspace, "people", Some(contact.to_string())).await;
        Ok(Remembered { id, contact })
    }

    fn due(&self, zone: &str, typed: &str) -> Result<Due, Problem> {
        let (name, zone) = match TimeZone::get(zone) {
            Ok(found) => (zone.to_owned(), found),
            Err(_) => ("UTC".to_owned(), TimeZone::UTC),
        };
        let day = people::due_day(typed, self.now(), &zone).map_err(|no| invalid("due", &no))?;
        let at = people::due_at(day, &zone).ok_or_else(|| invalid("due", &MemoryError::NoDay(typed.to_owned())))?;
        Ok(Due { day: day.to_string(), zone: name, at })
    }
}

pub(super) fn memory_line(row: &MemoryRow, calendar: &Calendar) -> MemoryLine {
    MemoryLine {
        id: row.id,
        key: row.topic.clone(),
        text: row.text.clone(),
        at: calendar.moment(row.created_at),
        by: who(&row.written_by),
        heard_in: row.heard_in,
    }
}

pub(super) fn promise_line(row: &MemoryRow, face: &Face, calendar: &Calendar) -> Option<PromiseLine> {
    let due = row.due.as_ref()?;
    Some(PromiseLine {
        id: row.id,
        contact: row.contact,
        face: face.clone(),
        text: row.text.clone(),
        given: calendar.moment(row.created_at),
        due: calendar.moment(due.at),
        due_day: due.day.clone(),
        is_due: due.at <= calendar.now(),
        ended: row.ended,
        heard_in: row.heard_in,
    })
}

pub(super) fn who(actor: &Actor) -> String {
    match actor {
        Actor::Member { name, .. } => name.clone(),
        _ => "Kith".into(),
    }
}

fn invalid(field: &str, no: &MemoryError) -> Problem {
    Problem::Invalid { field: field.into(), why: no.to_string() }
}

fn gone() -> Problem {
    Problem::NotThere("this is not remembered any more".into())
}
