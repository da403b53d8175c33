//! The inbox: who waits, longest first, and a conversation with its thread.

use jiff::Timestamp;
use kith_domain::converse::{Automated, ClosedAs, Standing};
use kith_domain::ids::{ConversationId, WorkspaceId};
use kith_domain::listen::Audience;
use kith_domain::mandate::{ActKind, Actor, Deed};
use kith_store::{ActRow, ActState, ConversationView, InboxCursor, InboxFilter, KnownRow, MessageKind, MessageRow as Stored};
use serde::Serialize;

use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{BeginView, ConversationPage, ConversationRow, Face, InboxList, InboxView, MessageRow, PersonView, Stamp};
use crate::words::{self, Calendar};

/// Rows of a page of the inbox.
const PAGE_ROWS: u32 = 50;
/// Messages of a conversation that are shown at first, and that are added by each "earlier".
const THREAD_MESSAGES: u32 = 50;
/// Most messages that are shown of one conversation.
const THREAD_MESSAGES_MAX: u32 = 2_000;
/// Other conversations with a person that are shown beside one.
const OTHERS_MAX: u32 = 6;
/// Hours before the brake in which a wait is close to it, unless the rule is so short that a quarter of it is less.
const CLOSE_H: f64 = 3.0;

/// A conversation as the command line prints it: stable names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InboxLine {
    /// The conversation.
    pub id: String,
    /// `owed`, `answered`, `closed`, `apart`.
    pub standing: String,
    /// Since when they wait, in UTC.
    pub waiting_since: Option<Timestamp>,
    /// Hours waited.
    pub hours: f64,
    /// Who.
    pub from: String,
    /// Their address.
    pub address: String,
    /// The channel's name.
    pub channel: String,
    /// Its network.
    pub network: String,
    /// The last message.
    pub text: String,
    /// When it came or went.
    pub last_at: Timestamp,
    /// Messages of theirs that were not opened yet.
    pub unread: u32,
    /// Why it was set apart, if it was.
    pub automated: Option<String>,
}

impl Kith {
    /// What people wrote, for the command line; owed ones by the longest wait.
    pub async fn inbox_lines(&self, workspace: WorkspaceId, standing: &str) -> Result<Vec<InboxLine>, Problem> {
        let standing = Standing::from_stored(standing).ok_or_else(|| Problem::Invalid {
            field: "standing".into(),
            why: format!("{standing:?} is none; there are owed, answered, apart and closed"),
        })?;
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let mut filter = InboxFilter { standing, limit: 500, after: None };
        let mut lines = Vec::new();
        loop {
            let rows = store.inbox(&filter).await.map_err(from_store)?;
            filter.after = rows.last().map(ConversationView::cursor);
            let full = rows.len() == 500;
            lines.extend(rows.into_iter().map(|row| InboxLine {
                id: row.id.to_string(),
                standing: row.standing.as_str().to_owned(),
                hours: hours(row.waiting_since, now),
                waiting_since: row.waiting_since,
                from: row.handle.profile.name().to_owned(),
                address: row.handle.profile.address,
                channel: row.channel_name,
                network: row.network.to_string(),
                text: row.last_text,
                last_at: row.last_at,
                unread: row.unread,
                automated: row.automated.as_ref().map(reasons),
            }));
            if !full {
                return Ok(lines);
            }
        }
    }

    /// The first page of the list of a standing.
    pub async fn inbox(&self, visitor: &Visitor, standing: Standing) -> Result<InboxView, Problem> {
        self.inbox_list(visitor, standing.into(), None).await
    }

    /// One page of a list of the inbox. `after` is the `next` of the page before; another text begins at the beginning.
    pub async fn inbox_list(&self, visitor: &Visitor, list: InboxList, after: Option<&str>) -> Result<InboxView, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let (now, place) = (self.now(), after.and_then(place_of));
        let mut rows = match list {
            InboxList::Owed => store.owed_now(place, PAGE_ROWS + 1, now).await,
            InboxList::Later => store.put_off(place, PAGE_ROWS + 1, now).await,
            _ => store.inbox(&InboxFilter { standing: list.standing(), limit: PAGE_ROWS + 1, after: place }).await,
        }
        .map_err(from_store)?;
        let full = rows.len() > PAGE_ROWS as usize;
        rows.truncate(PAGE_ROWS as usize);
        let next = rows.last().filter(|_| full).map(|row| {
            let at = if list == InboxList::Later { row.later_until.unwrap_or(row.last_at) } else { row.cursor().at };
            format!("{}-{}", at.as_millisecond(), row.id)
        });
        let counts = store.counts_by_standing().await.map_err(from_store)?;
        let later = store.put_off_total(now).await.map_err(from_store)?;
        let rule = self.brake(visitor.workspace, &visitor.zone).await?;
        Ok(InboxView {
            list,
            rows: self.known_rows(visitor, &rows, &calendar).await?,
            next,
            after: place.and(after).map(str::to_owned),
            close_hours: (rule.mark_hours - CLOSE_H).max(rule.mark_hours * 0.75),
            owed: counts.owed.saturating_sub(later),
            later,
            answered: counts.answered,
            apart: counts.apart,
            closed: counts.closed,
        })
    }

    /// Rows with a line on why we know each person.
    async fn known_rows(&self, visitor: &Visitor, rows: &[ConversationView], calendar: &Calendar) -> Result<Vec<ConversationRow>, Problem> {
        let handles: Vec<_> = rows.iter().map(|row| row.handle.id).collect();
        let known = self.store().in_workspace(visitor.workspace).known(&handles).await.map_err(from_store)?;
        let line = |row: &ConversationView| {
            let why = known.iter().find(|known| known.handle == row.handle.id).map(|known| why(known, calendar)).unwrap_or_default();
            ConversationRow { why, ..self.conversation_row(row, calendar) }
        };
        Ok(rows.iter().map(line).collect())
    }

    /// Who waits, to be answered one after another. `turn`: whom to begin with, if they wait; else the longest wait.
    pub async fn who_waits(&self, visitor: &Visitor, turn: Option<ConversationId>) -> Result<BeginView, Problem> {
        let view = self.inbox_list(visitor, InboxList::Owed, None).await?;
        let turn = turn.filter(|turn| view.rows.iter().any(|row| row.id == *turn)).or_else(|| view.rows.first().map(|row| row.id));
        Ok(BeginView { waiting: view.rows, owed: view.owed, turn })
    }

    /// Whose turn it is after this conversation: whoever waits longest, without those put off.
    pub async fn next_waiting(&self, visitor: &Visitor, but: ConversationId) -> Result<Option<ConversationId>, Problem> {
        let rows = self.store().in_workspace(visitor.workspace).owed_now(None, 2, self.now()).await.map_err(from_store)?;
        Ok(rows.into_iter().map(|row| row.id).find(|id| *id != but))
    }

    /// A conversation as a row, without opening it.
    pub async fn conversation_line(&self, visitor: &Visitor, id: ConversationId) -> Result<Option<ConversationRow>, Problem> {
        let found = self.store().in_workspace(visitor.workspace).conversation_last(id, 1).await.map_err(from_store)?;
        let calendar = self.calendar(&visitor.zone);
        Ok(found.map(|(view, _)| self.conversation_row(&view, &calendar)))
    }

    /// A conversation with its latest messages, for the page.
    pub async fn conversation(&self, visitor: &Visitor, id: ConversationId) -> Result<ConversationPage, Problem> {
        self.conversation_last(visitor, id, THREAD_MESSAGES).await
    }

    /// The same with at most `last` messages. Opening it marks it as read and looks whether it was answered elsewhere.
    pub async fn conversation_last(&self, visitor: &Visitor, id: ConversationId, last: u32) -> Result<ConversationPage, Problem> {
        let last = last.clamp(THREAD_MESSAGES, THREAD_MESSAGES_MAX);
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let (view, messages) = store.conversation_last(id, last).await.map_err(from_store)?.ok_or_else(not_there)?;
        if view.unread > 0 {
            store.mark_read(id).await.map_err(from_store)?;
        }
        self.refresh_soon(visitor.workspace, &view, &messages);
        let draft = self.answer_draft(visitor, id).await?;
        let acts = store.acts_of(id).await.map_err(from_store)?;
        let last_try = acts.iter().find(|act| act.kind == ActKind::Reply).and_then(|act| match act.state {
            ActState::Refused => Some(format!("The network did not take your last answer: {}.", act.detail)),
            ActState::Unknown | ActState::Intent => {
                Some("Your last answer may be there: Kith got no word back. Look on the network before you send it again.".into())
            }
            ActState::Done => None,
        });
        let channel = store.channel(view.channel).await.map_err(from_store)?;
        let text_max = channel.as_ref().and_then(|row| crate::plan::capabilities(row).ok()).map_or(500, |c| c.limits.text_max);
        let may_reply = match (visitor.role().may(Deed::Converse), channel.as_ref()) {
            (Err(refusal), _) => Err(refusal.to_string()),
            (Ok(()), None) => Err("This channel was disconnected.".into()),
            (Ok(()), Some(row)) if !self.speaks(row) => Err("Kith can't answer on this network; open it there.".into()),
            (Ok(()), Some(_)) => Ok(()),
        };
        let shown = messages.iter().filter(|message| message.conversation.is_some()).count();
        // The latest stands: what was given and taken back is not given.
        let stands = |given: ActKind, back: ActKind, remote: &str| {
            let about = |act: &&ActRow| act.state == ActState::Done && act.target_remote_id == remote && [given, back].contains(&act.kind);
            acts.iter().find(about).is_some_and(|act| act.kind == given)
        };
        let press = |theirs: bool| (theirs && may_reply.is_ok()).then(|| self.new_gesture().to_string());
        let message = |row: &Stored| MessageRow {
            like: press(!row.ours),
            repost: press(!row.ours && matches!(row.audience, Audience::Public | Audience::Unlisted)),
            liked: stands(ActKind::Like, ActKind::Unlike, &row.remote_id),
            reposted: stands(ActKind::Repost, ActKind::Unrepost, &row.remote_id),
            ..message_row(row, channel.as_ref(), &calendar)
        };
        let row = self.known_rows(visitor, std::slice::from_ref(&view), &calendar).await?.pop().ok_or_else(not_there)?;
        Ok(ConversationPage {
            messages: messages.iter().map(message).collect(),
            earlier: u64::from(view.message_count).saturating_sub(shown as u64),
            earlier_last: last.saturating_add(THREAD_MESSAGES).min(THREAD_MESSAGES_MAX),
            person: self.person_of(visitor, &view, &calendar).await?,
            row,
            draft: draft.text,
            draft_version: draft.version,
            beside: draft.beside,
            text_max,
            may_reply,
            last_try,
        })
    }

    async fn person_of(&self, visitor: &Visitor, view: &ConversationView, calendar: &Calendar) -> Result<PersonView, Problem> {
        let store = self.store().in_workspace(visitor.workspace);
        let known = store.known(&[view.handle.id]).await.map_err(from_store)?.pop();
        let others = match view.handle.contact {
            Some(contact) => store.conversations_with(contact, view.id, OTHERS_MAX).await.map_err(from_store)?,
            None => Vec::new(),
        };
        let mut also: Vec<(Stamp, Face)> = Vec::new();
        for other in others.iter().filter(|other| other.handle.id != view.handle.id) {
            let face = words::face(other.handle.profile.name(), &other.handle.profile.address, Some(other.handle.id));
            if also.iter().all(|(_, seen)| seen.address != face.address) {
                also.push((self.stamp(&other.network, &other.channel_name), face));
            }
        }
        Ok(PersonView {
            handle: view.handle.id,
            channel: view.channel,
            contact: view.handle.contact,
            url: view.handle.profile.url.clone(),
            known_since: known.map(|known| calendar.moment(known.first_at)),
            theirs: known.map_or(0, |known| known.messages - known.ours),
            ours: known.map_or(0, |known| known.ours),
            last_ours: known.and_then(|known| known.last_ours).map(|at| calendar.moment(at)),
            others: others.iter().map(|row| self.conversation_row(row, calendar)).collect(),
            also,
        })
    }

    fn speaks(&self, channel: &kith_store::ChannelRow) -> bool {
        self.network(&channel.network).is_ok_and(|network| network.speaker().is_some())
    }

    /// "No answer needed."
    pub async fn close(&self, visitor: &Visitor, id: ConversationId) -> Result<(), Problem> {
        visitor.role().may(Deed::Sort).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let store = self.store().in_workspace(visitor.workspace);
        store.close_conversation(id, &visitor.actor(), self.now()).await.map_err(from_store)?;
        self.heard(visitor.workspace, id).await;
        Ok(())
    }

    /// The same at the command line.
    pub async fn close_by(&self, operator: &Operator, id: ConversationId) -> Result<(), Problem> {
        let store = self.store().in_workspace(operator.workspace);
        store.close_conversation(id, &operator.actor, self.now()).await.map_err(from_store)?;
        self.heard(operator.workspace, id).await;
        Ok(())
    }

    /// Takes that back.
    pub async fn reopen(&self, visitor: &Visitor, id: ConversationId) -> Result<(), Problem> {
        visitor.role().may(Deed::Sort).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let store = self.store().in_workspace(visitor.workspace);
        store.reopen_conversation(id, &visitor.actor(), self.now()).await.map_err(from_store)?;
        self.heard(visitor.workspace, id).await;
        Ok(())
    }

    pub(crate) fn conversation_row(&self, row: &ConversationView, calendar: &Calendar) -> ConversationRow {
        let profile = &row.handle.profile;
        ConversationRow {
            id: row.id,
            face: words::face(profile.name(), &profile.address, Some(row.handle.id)),
            stamp: self.stamp(&row.network, &row.channel_name),
            standing: row.standing,
            waiting_since: row.waiting_since.map(|at| calendar.moment(at)),
            hours: hours(row.waiting_since, calendar.now()),
            last: calendar.moment(row.last_at),
            text: words::cut(words::without_mentions(&row.last_text)),
            automated: row.automated.as_ref().map(reasons),
            unread: row.unread > 0,
            why: String::new(),
            later_until: row.later_until.filter(|at| *at > calendar.now()).map(|at| calendar.moment(at)),
            closed: closed_words(row),
        }
    }
}

/// A place in a list from its text, `milliseconds-id`.
fn place_of(text: &str) -> Option<InboxCursor> {
    let (at, id) = text.rsplit_once('-')?;
    Some(InboxCursor { at: Timestamp::from_millisecond(at.parse().ok()?).ok()?, id: id.parse().ok()? })
}

/// Why we know somebody, from what has passed between us.
fn why(known: &KnownRow, calendar: &Calendar) -> String {
    let theirs = known.messages - known.ours;
    match (known.last_ours, theirs) {
        (None, 0 | 1) => "New to you".into(),
        (None, n) => format!("Wrote {n} times, not answered yet"),
        (Some(at), 0) => format!("You wrote {}", ago(at, calendar)),
        (Some(at), n) => format!("Wrote {}, you last wrote {}", times(n), ago(at, calendar)),
    }
}

fn ago(at: Timestamp, calendar: &Calendar) -> String {
    match words::distance(calendar.now().duration_since(at)) {
        now if now == "just now" => now,
        span => format!("{span} ago"),
    }
}

fn times(n: u64) -> String {
    match n {
        1 => "once".into(),
        2 => "twice".into(),
        n => format!("{n} times"),
    }
}

/// Who closed a conversation, and how.
fn closed_words(row: &ConversationView) -> Option<String> {
    let closed = row.sorting.closed.as_ref().filter(|_| row.standing == Standing::Closed)?;
    let how = match closed.how {
        ClosedAs::Done => "Done",
        ClosedAs::NoAnswer => "No answer needed",
    };
    Some(match &closed.by {
        Actor::Member { name, .. } => format!("{how}, says {}", words::first_name(name)),
        _ => how.to_owned(),
    })
}

fn hours(since: Option<Timestamp>, now: Timestamp) -> f64 {
    since.map_or(0.0, |at| (now.duration_since(at).as_secs_f64() / 36.0).round().max(0.0) / 100.0)
}

fn reasons(automated: &Automated) -> String {
    automated.reasons.iter().map(|reason| reason.words()).collect::<Vec<_>>().join("; ")
}

fn message_row(row: &Stored, channel: Option<&kith_store::ChannelRow>, calendar: &Calendar) -> MessageRow {
    let face = match &row.author {
        Some(author) => words::face(author.profile.name(), &author.profile.address, Some(author.id)),
        None => {
            let address = channel.map(|channel| channel.address.clone()).unwrap_or_default();
            let name = channel.map(|channel| channel.display_name.clone()).unwrap_or_default();
            words::face(row.member_name.as_deref().unwrap_or(&name), &address, None)
        }
    };
    let provenance_words = row.ours.then(|| match (&row.member_name, row.dispatch) {
        (Some(name), _) => format!("Written by {name}, by hand."),
        (None, Some(_)) => "A broadcast: planned words, sent by Kith's scheduler.".to_owned(),
        (None, None) => "Sent outside Kith.".to_owned(),
    });
    MessageRow {
        id: row.id,
        face,
        ours: row.ours,
        broadcast: row.ours && (row.dispatch.is_some() || row.kind == MessageKind::Context),
        html: row.html.clone(),
        warning: row.warning.clone(),
        at: calendar.moment(row.at),
        url: row.url.clone(),
        audience: words::audience(row.audience).to_owned(),
        provenance_words,
        automated: row.automated.as_ref().map(reasons),
        liked: false,
        reposted: false,
        like: None,
        repost: None,
    }
}

pub(crate) fn not_there() -> Problem {
    Problem::NotThere("there is no such conversation in this workspace".into())
}
