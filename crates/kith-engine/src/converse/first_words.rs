//! The first direct message to a person, and thanks: a present person's own words, sent while she waits (C2, C6).
//!
//! Nothing here has words of its own: no greeting, no thanks by rule. The words are kept under the person's name until
//! they are sent, whatever happens to the page.

use kith_domain::ids::{ActId, ChannelId, HandleId};
use kith_domain::listen::{Audience, RemotePost};
use kith_domain::mandate::{ActKind, HumanAct};
use kith_domain::publish::{Content, Looked, Outcome, PublishError, Receipt};
use kith_networks::{FirstWords, Speaker};
use kith_store::{ActEnd, ActState, BegunAct};
use serde::Serialize;

use super::reply::paragraphs;
use super::touch::{Acted, may};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::publish::Line;

/// The box of a first message among the kept texts.
const BOX: &str = "first words";
/// Longest text that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// What may be done to a person from one channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reach {
    /// The channel.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// Whether they can be followed from it, or why not.
    pub follow: Result<(), String>,
    /// Whether they can be written to alone, or why not.
    pub message: Result<(), String>,
    /// Most characters of a message there.
    pub text_max: u32,
    /// Whether we follow them, as far as this Kith has done it: `None` if nobody pressed here yet.
    pub followed_here: Option<bool>,
}

impl Kith {
    /// Through which of our channels a person can be reached, and what for. No network is asked.
    pub async fn reach(&self, visitor: &Visitor, handle: HandleId) -> Result<Vec<Reach>, Problem> {
        let store = self.store().in_workspace(visitor.workspace);
        let person = store.handle(handle).await.map_err(from_store)?;
        let person = person.ok_or_else(|| Problem::NotThere("there is no such person in this workspace".into()))?;
        let acts = store.acts_with(handle).await.map_err(from_store)?;
        let allowed = may(visitor).map_err(|problem| problem.to_string());
        let mut reach = Vec::new();
        for channel in store.channels().await.map_err(from_store)? {
            if channel.network != person.profile.network || !store.met_on(channel.id, handle).await.map_err(from_store)? {
                continue;
            }
            let network = self.network(&channel.network)?;
            let speaks = if network.speaker().is_some() { Ok(()) } else { Err("Kith can't do that on this network".to_owned()) };
            let last = acts.iter().find(|act| {
                act.channel == channel.id && act.state == ActState::Done && matches!(act.kind, ActKind::Follow | ActKind::Unfollow)
            });
            reach.push(Reach {
                channel: channel.id,
                follow: allowed.clone().and(speaks.clone()),
                message: allowed.clone().and(speaks).and(network.writes_privately().map_err(str::to_owned)),
                text_max: crate::plan::capabilities(&channel).map_or(500, |capabilities| capabilities.limits.text_max),
                followed_here: last.map(|act| act.kind == ActKind::Follow),
                name: channel.name,
            });
        }
        Ok(reach)
    }

    /// Keeps a first message that is being written; empty words forget it.
    pub async fn save_first_words(&self, visitor: &Visitor, handle: HandleId, text: &str) -> Result<(), Problem> {
        may(visitor)?;
        if text.len() > TEXT_BYTES_MAX {
            return Err(Problem::Invalid { field: "text".into(), why: "this is longer than any network takes; shorten it".into() });
        }
        let (store, about) = (self.store().in_workspace(visitor.workspace), handle.to_string());
        if text.trim().is_empty() {
            return store.drop_kept_text(visitor.session.member, &about, BOX).await.map_err(from_store);
        }
        store.handle(handle).await.map_err(from_store)?.ok_or_else(|| Problem::NotThere("there is no such person here".into()))?;
        store.keep_text(visitor.session.member, &about, BOX, text, self.now()).await.map_err(from_store)
    }

    /// The first message that was being written to a person; empty if none.
    pub async fn first_words_kept(&self, visitor: &Visitor, handle: HandleId) -> Result<String, Problem> {
        let store = self.store().in_workspace(visitor.workspace);
        let kept = store.kept_texts(visitor.session.member, &handle.to_string()).await.map_err(from_store)?;
        Ok(kept.into_iter().find(|kept| kept.from_box == BOX).map(|kept| kept.text).unwrap_or_default())
    }

    /// Writes to a person alone. `Done` names the conversation that began.
    pub async fn press_message(
        &self,
        visitor: Visitor,
        gesture: ActId,
        channel: ChannelId,
        handle: HandleId,
        text: &str,
    ) -> Result<(Visitor, Acted), Problem> {
        let text = text.to_owned();
        self.to_the_end(visitor, move |kith, visitor| async move {
            (kith.write_first(&visitor, gesture, channel, handle, &text).await, visitor)
        })
        .await
    }

    async fn write_first(
        &self,
        visitor: &Visitor,
        gesture: ActId,
        channel: ChannelId,
        handle: HandleId,
        text: &str,
    ) -> Result<Acted, Problem> {
        self.save_first_words(visitor, handle, text).await?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::Invalid { field: "text".into(), why: "write something first".into() });
        }
        let store = self.store().in_workspace(visitor.workspace);
        // The same words to the same person that may be out already are that message, whatever page they come from.
        let acts = store.acts_with(handle).await.map_err(from_store)?;
        let open = acts.into_iter().find(|act| {
            act.kind == ActKind::DirectMessage && matches!(act.state, ActState::Intent | ActState::Unknown) && act.text == text
        });
        let gesture = open.map_or(gesture, |act| act.id);
        let mut press = self.on_person(visitor, gesture, ActKind::DirectMessage, channel, handle).await?;
        text.clone_into(&mut press.text);
        let line = Line::open(self, &press.channel)?;
        line.network.writes_privately().map_err(|why| Problem::Refused(why.into()))?;
        let speaker = line.network.speaker().ok_or_else(|| Problem::Refused("Kith can't write on this network; open it there".into()))?;
        let content = Content { text: text.to_owned(), ..Content::default() };
        if let Some(warning) = self.preview_on(&press.channel, &content)?.warnings.into_iter().find(|warning| warning.refuses) {
            return Err(Problem::Invalid { field: "text".into(), why: warning.text });
        }
        let Some(person) = &press.handle else { return Err(Problem::NotThere("there is no such person here".into())) };
        let words = FirstWords { text: text.to_owned(), language: None, to: person.profile.clone() };

        let (act, begun) = self.begin(visitor, &press).await?;
        let outcome = match begun {
            BegunAct::New => self.write(&line, speaker, &act, &words).await,
            BegunAct::Already(row) if row.text != words.text || row.target_remote_id != press.target => {
                return Err(Problem::Conflict(
                    "the words have changed since they were sent; look at the conversation, then send anew".into(),
                ));
            }
            BegunAct::Already(row) => match row.state {
                ActState::Done => {
                    self.forget_first_words(visitor, handle, text).await?;
                    return Ok(Acted::Done { note: None, conversation: row.conversation });
                }
                ActState::Refused => return Ok(Acted::NotDone { why: row.detail, again: None }),
                ActState::Intent | ActState::Unknown => self.write_again(&line, speaker, &act, &words).await,
            },
        };
        let is_done = outcome.is_ok();
        let end = outcome.map(|receipt| ActEnd {
            remote_id: Some(receipt.remote_id.clone()),
            detail: String::new(),
            posted: Some(posted(&line, &words, &receipt)),
        });
        let acted = self.end(visitor, &press, act, None, end).await?;
        if is_done {
            self.forget_first_words(visitor, handle, text).await?;
        }
        Ok(acted)
    }

    /// What was sent is no draft any more; other words are.
    async fn forget_first_words(&self, visitor: &Visitor, handle: HandleId, sent: &str) -> Result<(), Problem> {
        if self.first_words_kept(visitor, handle).await?.trim() != sent {
            return Ok(());
        }
        let store = self.store().in_workspace(visitor.workspace);
        store.drop_kept_text(visitor.session.member, &handle.to_string(), BOX).await.map_err(from_store)
    }

    async fn write(&self, line: &Line, speaker: &dyn Speaker, act: &HumanAct, words: &FirstWords) -> Outcome {
        match speaker.first_words(&line.at(self.now()), act, words).await {
            Err(PublishError::Unknown { .. }) => self.write_again(line, speaker, act, words).await,
            outcome => outcome,
        }
    }

    async fn write_again(&self, line: &Line, speaker: &dyn Speaker, act: &HumanAct, words: &FirstWords) -> Outcome {
        match speaker.find_first_words(&line.at(self.now()), act, words).await {
            Looked::Found(receipt) => Ok(receipt),
            Looked::Absent if line.guards_against_doubles() => speaker.first_words(&line.at(self.now()), act, words).await,
            Looked::Absent => Err(PublishError::Unknown { why: "no word came back, and it is not to be seen yet".into() }),
            Looked::Failed { why, .. } => Err(PublishError::Unknown { why }),
            Looked::SignInAgain { why } => Err(PublishError::SignInAgain { why }),
        }
    }
}

/// Our words as the first message of a conversation.
fn posted(line: &Line, words: &FirstWords, receipt: &Receipt) -> RemotePost {
    RemotePost {
        remote_id: receipt.remote_id.clone(),
        url: receipt.url.clone(),
        author: line.own_profile(),
        html: paragraphs(&words.text),
        text: words.text.clone(),
        warning: None,
        at: receipt.at,
        in_reply_to: None,
        root: Some(receipt.remote_id.clone()),
        audience: Audience::Direct,
        is_ours: true,
    }
}
