//! The inbox: who waits, longest first, and a conversation with its thread.

use jiff::Timestamp;
use kith_domain::converse::{Automated, Standing};
use kith_domain::ids::{ConversationId, WorkspaceId};
use kith_domain::mandate::Deed;
use kith_store::{ActState, ConversationView, InboxFilter, MessageKind, MessageRow as Stored};
use serde::Serialize;

use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{ConversationPage, ConversationRow, InboxView, MessageRow};
use crate::words::{self, Calendar};

/// Rows of a page of the inbox.
const PAGE_ROWS: u32 = 200;

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

    /// One list of the inbox, for the page.
    pub async fn inbox(&self, visitor: &Visitor, standing: Standing) -> Result<InboxView, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let rows = store.inbox(&InboxFilter { standing, limit: PAGE_ROWS, after: None }).await.map_err(from_store)?;
        let counts = store.counts_by_standing().await.map_err(from_store)?;
        Ok(InboxView {
            standing,
            rows: rows.iter().map(|row| self.conversation_row(row, &calendar)).collect(),
            owed: counts.owed,
            answered: counts.answered,
            apart: counts.apart,
            closed: counts.closed,
        })
    }

    /// A conversation in full, for the page. Opening it marks it as read and looks whether it was answered elsewhere.
    pub async fn conversation(&self, visitor: &Visitor, id: ConversationId) -> Result<ConversationPage, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let (view, messages) = store.conversation(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        if view.unread > 0 {
            store.mark_read(id).await.map_err(from_store)?;
        }
        self.refresh_soon(visitor.workspace, &view, &messages);
        let draft = store.draft(visitor.session.member, id).await.map_err(from_store)?.map(|draft| draft.text).unwrap_or_default();
        let acts = store.acts_of(id).await.map_err(from_store)?;
        let last_try = acts.first().and_then(|act| match act.state {
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
        Ok(ConversationPage {
            messages: messages.iter().map(|message| message_row(message, channel.as_ref(), &calendar)).collect(),
            row: self.conversation_row(&view, &calendar),
            draft,
            text_max,
            may_reply,
            last_try,
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
        }
    }
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
    }
}

pub(crate) fn not_there() -> Problem {
    Problem::NotThere("there is no such conversation in this workspace".into())
}
