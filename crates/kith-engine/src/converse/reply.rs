//! The answer: written by a present person, sent while she waits, kept if it could not be sent (C2).
//!
//! The text is kept as a draft before anything leaves. The gesture's id is the act's id, and the act fixes key and
//! bytes: the same press arriving twice, or pressed again after no word came back, is one answer. Nothing in this
//! file can be called by a worker: the proof needs the secret in the visitor's cookie.

use kith_domain::ids::{ActId, ConversationId};
use kith_domain::listen::RemotePost;
use kith_domain::mandate::{ActKind, ActTarget, Deed, Gesture, HumanAct};
use kith_domain::publish::{Content, Looked, Outcome, PublishError, Receipt};
use kith_networks::{Speaker, Words};
use kith_store::{ActEnd, ActState, BegunAct, ConversationView, MessageKind, MessageRow, NewAct};

use super::inbox::not_there;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::publish::Line;
use crate::views::Replied;

/// Longest text that is kept as a draft, in bytes.
pub(super) const DRAFT_BYTES_MAX: usize = 64 * 1024;

impl Kith {
    /// A name for the next press of a button; the page carries it.
    pub fn new_gesture(&self) -> ActId {
        self.chance().id(self.now(), ActId::new)
    }

    /// Keeps what was typed.
    pub async fn save_draft(&self, visitor: &Visitor, conversation: ConversationId, text: &str) -> Result<(), Problem> {
        visitor.role().may(Deed::Converse).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        if text.len() > DRAFT_BYTES_MAX {
            return Err(Problem::Invalid { field: "text".into(), why: "this is longer than any network takes; shorten it".into() });
        }
        let store = self.store().in_workspace(visitor.workspace);
        if text.trim().is_empty() {
            return store.drop_draft(visitor.session.member, conversation).await.map_err(from_store);
        }
        store.save_draft(visitor.session.member, conversation, text, self.now()).await.map_err(from_store)
    }

    /// Answers the last message of theirs in a conversation. The person waits for the outcome.
    pub async fn reply(&self, visitor: &Visitor, gesture: ActId, conversation: ConversationId, text: &str) -> Result<Replied, Problem> {
        self.save_draft(visitor, conversation, text).await?;
        self.reply_kept(visitor, gesture, conversation, text).await
    }

    /// The same with words that are kept already.
    pub(super) async fn reply_kept(
        &self,
        visitor: &Visitor,
        gesture: ActId,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Replied, Problem> {
        visitor.role().may(Deed::Converse).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::Invalid { field: "text".into(), why: "write something first".into() });
        }
        let store = self.store().in_workspace(visitor.workspace);
        let (view, messages) = store.conversation(conversation).await.map_err(from_store)?.ok_or_else(not_there)?;
        let channel = store.channel(view.channel).await.map_err(from_store)?;
        let channel = channel.ok_or_else(|| Problem::Refused("this channel was disconnected; connect it again to answer".into()))?;
        let line = Line::open(self, &channel)?;
        let speaker = line.network.speaker().ok_or_else(|| Problem::Refused("Kith can't answer on this network; open it there".into()))?;
        let to = answered(&messages, &view).ok_or_else(|| Problem::Refused("there is nothing of theirs to answer here".into()))?;
        let content = Content { text: text.to_owned(), warning: to.warning.clone(), ..Content::default() };
        if let Some(warning) = self.preview_on(&channel, &content)?.warnings.into_iter().find(|warning| warning.refuses) {
            return Err(Problem::Invalid { field: "text".into(), why: warning.text });
        }

        // An answer with these words to this message that may be out already is that answer, whatever box it comes from
        // (a page loaded anew, a second tab): the press is taken for the earlier one.
        let open = store.acts_of(conversation).await.map_err(from_store)?.into_iter().find(|act| {
            matches!(act.state, ActState::Intent | ActState::Unknown) && act.text == text && act.target_remote_id == to.remote_id
        });
        let gesture = open.map_or(gesture, |act| act.id);
        // The same press again keeps its first instant, so that its bytes are the same.
        let now = self.now();
        let known = store.act(gesture).await.map_err(from_store)?;
        let gesture = Gesture { id: gesture, at: now, first_at: known.map_or(now, |act| act.at) };
        let target = ActTarget { channel: channel.id, remote_id: to.remote_id.clone() };
        let act = visitor.session.act(&visitor.secret, gesture, ActKind::Reply, target, now);
        let act = act.map_err(|absent| Problem::SignIn(absent.to_string()))?;

        let begun = NewAct {
            id: act.id(),
            session: act.session(),
            member: act.member(),
            kind: act.kind(),
            channel: channel.id,
            conversation: Some(conversation),
            target_remote_id: to.remote_id.clone(),
            text: text.to_owned(),
            handle: Some(view.handle.id),
        };
        let words = Words { text: text.to_owned(), warning: to.warning.clone(), language: None, audience: to.audience, to };
        let outcome = match store.begin_act(&begun, now).await.map_err(from_store)? {
            BegunAct::New => self.speak(&line, speaker, &act, &words).await,
            BegunAct::Already(row) if row.text != words.text => {
                return Err(Problem::Conflict("the text has changed since it was sent; look at the conversation, then send anew".into()));
            }
            BegunAct::Already(row) => match row.state {
                ActState::Done => {
                    // Kept as a draft a moment ago; it is not one.
                    store.forget_sent(visitor.session.member, conversation, text, &act.id().to_string()).await.map_err(from_store)?;
                    return Ok(Replied::Sent { url: None });
                }
                ActState::Refused => return Ok(Replied::NotSent { why: row.detail }),
                ActState::Intent | ActState::Unknown => self.speak_again(&line, speaker, &act, &words).await,
            },
        };
        let replied = self.conclude(visitor, conversation, &line, &act, &words, outcome).await?;
        act.spend();
        Ok(replied)
    }

    /// Says it; after no word came back, looks; if it is not there, says the same once more under the same key.
    async fn speak(&self, line: &Line, speaker: &dyn Speaker, act: &HumanAct, words: &Words) -> Outcome {
        match speaker.reply(&line.at(self.now()), act, words).await {
            Err(PublishError::Unknown { .. }) => self.speak_again(line, speaker, act, words).await,
            outcome => outcome,
        }
    }

    async fn speak_again(&self, line: &Line, speaker: &dyn Speaker, act: &HumanAct, words: &Words) -> Outcome {
        match speaker.find_reply(&line.at(self.now()), act, words).await {
            Looked::Found(receipt) => Ok(receipt),
            // Only where the network itself guards against doubles; elsewhere the person looks and decides.
            Looked::Absent if line.guards_against_doubles() => speaker.reply(&line.at(self.now()), act, words).await,
            Looked::Absent => Err(PublishError::Unknown { why: "no word came back, and it is not to be seen yet".into() }),
            Looked::Failed { why, .. } => Err(PublishError::Unknown { why }),
            Looked::SignInAgain { why } => Err(PublishError::SignInAgain { why }),
        }
    }

    async fn conclude(
        &self,
        visitor: &Visitor,
        conversation: ConversationId,
        line: &Line,
        act: &HumanAct,
        words: &Words,
        outcome: Outcome,
    ) -> Result<Replied, Problem> {
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let (state, end, replied) = match outcome {
            Ok(receipt) => {
                let end = ActEnd {
                    remote_id: Some(receipt.remote_id.clone()),
                    detail: String::new(),
                    posted: Some(posted(line, words, &receipt)),
                };
                (ActState::Done, end, Replied::Sent { url: receipt.url })
            }
            Err(PublishError::Unknown { why }) => {
                let end = ActEnd { detail: why.clone(), ..ActEnd::default() };
                (ActState::Unknown, end, Replied::Unconfirmed { why })
            }
            Err(error) => {
                if let PublishError::SignInAgain { why } = &error
                    && let Some(channel) = store.channel(act.target().channel).await.map_err(from_store)?
                {
                    self.needs_sign_in(&channel, why).await?;
                }
                let why = error.to_string();
                (ActState::Refused, ActEnd { detail: why.clone(), ..ActEnd::default() }, Replied::NotSent { why })
            }
        };
        store.finish_act(act.id(), state, &end, now).await.map_err(from_store)?;
        if state == ActState::Done {
            let from_box = act.id().to_string();
            store.forget_sent(visitor.session.member, conversation, &words.text, &from_box).await.map_err(from_store)?;
        }
        self.heard(visitor.workspace, conversation).await;
        Ok(replied)
    }
}

/// The last message of theirs, as the network's folder wants it.
fn answered(messages: &[MessageRow], view: &ConversationView) -> Option<RemotePost> {
    let row = messages.iter().rev().find(|row| matches!(row.kind, MessageKind::Theirs(_)) && row.conversation == Some(view.id))?;
    Some(RemotePost {
        remote_id: row.remote_id.clone(),
        url: row.url.clone(),
        author: row.author.as_ref().map_or_else(|| view.handle.profile.clone(), |author| author.profile.clone()),
        html: row.html.clone(),
        text: row.text.clone(),
        warning: row.warning.clone(),
        at: row.at,
        in_reply_to: row.in_reply_to.clone(),
        root: Some(row.root_remote_id.clone()),
        audience: row.audience,
        is_ours: false,
    })
}

/// Our answer as a message of the conversation, until the network's own form of it is read.
fn posted(line: &Line, words: &Words, receipt: &Receipt) -> RemotePost {
    RemotePost {
        remote_id: receipt.remote_id.clone(),
        url: receipt.url.clone(),
        author: line.own_profile(),
        html: paragraphs(&words.text),
        text: words.text.clone(),
        warning: words.warning.clone(),
        at: receipt.at,
        in_reply_to: Some(words.to.remote_id.clone()),
        root: words.to.root.clone(),
        audience: words.audience,
        is_ours: true,
    }
}

/// Plain text as HTML: escaped, a paragraph for each empty line.
pub(super) fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    escaped.split("\n\n").map(|part| format!("<p>{}</p>", part.replace('\n', "<br>"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_text_is_escaped_when_it_becomes_html() {
        assert_eq!(paragraphs("a < b\n& c\n\n<script>"), "<p>a &lt; b<br>&amp; c</p><p>&lt;script&gt;</p>");
    }
}
