//! One person, one press, one act: like, repost, follow, and taking it back. The same rules as for an answer (C2).
//!
//! The gesture's id is the act's id, so the same press arriving twice is one act. The intent is stored before anything
//! leaves; after no word came back, the network is asked how it stands before anything is said or done again. None of
//! this can be called by a worker, a program's key or the command line: the proof needs the secret in the visitor's
//! cookie, and a member who is not the owner is refused before anything is stored.

use kith_domain::ids::{ActId, ChannelId, ConversationId, HandleId, MessageId};
use kith_domain::mandate::{ActKind, ActTarget, Deed, Gesture, HumanAct};
use kith_domain::publish::PublishError;
use kith_networks::{Speaker, Touched};
use kith_store::{ActEnd, ActState, BegunAct, ChannelRow, HandleRow, NewAct};
use serde::Serialize;

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::publish::Line;
use crate::views::Moment;

/// What became of a press.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Acted {
    /// It is so on the network.
    Done {
        /// More of it where it is not as simple: they confirm each follower themselves.
        note: Option<&'static str>,
        /// The conversation that it belongs to or began.
        conversation: Option<ConversationId>,
    },
    /// The network did not do it, and said why. Nothing was changed.
    NotDone {
        /// Why, and the way out.
        why: String,
        /// From when it may work, where the network asked to wait.
        again: Option<Moment>,
    },
    /// No word came back, and it is not to be seen. The same press again looks first and can't double it.
    Unconfirmed {
        /// What happened.
        why: String,
    },
}

/// One act on a person or a post.
pub(super) struct Press {
    pub(super) gesture: ActId,
    pub(super) kind: ActKind,
    pub(super) channel: ChannelRow,
    pub(super) handle: Option<HandleRow>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) target: String,
    pub(super) text: String,
}

impl Kith {
    /// Likes a message of theirs.
    pub async fn press_like(&self, visitor: Visitor, gesture: ActId, message: MessageId) -> Result<(Visitor, Acted), Problem> {
        self.to_the_end(visitor, move |kith, visitor| async move {
            let press = kith.on_message(&visitor, gesture, ActKind::Like, message).await;
            (kith.acted(&visitor, press).await, visitor)
        })
        .await
    }

    /// Reposts a message of theirs.
    pub async fn press_repost(&self, visitor: Visitor, gesture: ActId, message: MessageId) -> Result<(Visitor, Acted), Problem> {
        self.to_the_end(visitor, move |kith, visitor| async move {
            let press = kith.on_message(&visitor, gesture, ActKind::Repost, message).await;
            (kith.acted(&visitor, press).await, visitor)
        })
        .await
    }

    /// Takes our own like of a message of theirs back; one that is gone already is taken back.
    pub async fn press_unlike(&self, visitor: Visitor, gesture: ActId, message: MessageId) -> Result<(Visitor, Acted), Problem> {
        self.to_the_end(visitor, move |kith, visitor| async move {
            let press = kith.on_message(&visitor, gesture, ActKind::Unlike, message).await;
            (kith.acted(&visitor, press).await, visitor)
        })
        .await
    }

    /// Takes our own repost of a message of theirs back, likewise.
    pub async fn press_unrepost(&self, visitor: Visitor, gesture: ActId, message: MessageId) -> Result<(Visitor, Acted), Problem> {
        self.to_the_end(visitor, move |kith, visitor| async move {
            let press = kith.on_message(&visitor, gesture, ActKind::Unrepost, message).await;
            (kith.acted(&visitor, press).await, visitor)
        })
        .await
    }

    /// Follows a person from one of our channels.
    pub async fn press_follow(
        &self,
        visitor: Visitor,
        gesture: ActId,
        channel: ChannelId,
        handle: HandleId,
    ) -> Result<(Visitor, Acted), Problem> {
        self.to_the_end(visitor, move |kith, visitor| async move {
            let press = kith.on_person(&visitor, gesture, ActKind::Follow, channel, handle).await;
            (kith.acted(&visitor, press).await, visitor)
        })
        .await
    }

    /// Stops following a person.
    pub async fn press_unfollow(
        &self,
        visitor: Visitor,
        gesture: ActId,
        channel: ChannelId,
        handle: HandleId,
    ) -> Result<(Visitor, Acted), Problem> {
        self.to_the_end(visitor, move |kith, visitor| async move {
            let press = kith.on_person(&visitor, gesture, ActKind::Unfollow, channel, handle).await;
            (kith.acted(&visitor, press).await, visitor)
        })
        .await
    }

    /// What is known of one press, for a page that was closed meanwhile; `None` if it never arrived.
    pub async fn acted_before(&self, visitor: &Visitor, gesture: ActId) -> Result<Option<Acted>, Problem> {
        let known = self.store().in_workspace(visitor.workspace).act(gesture).await.map_err(from_store)?;
        Ok(known.map(|act| match act.state {
            ActState::Done => Acted::Done { note: None, conversation: act.conversation },
            ActState::Refused => Acted::NotDone { why: act.detail, again: None },
            ActState::Intent | ActState::Unknown => Acted::Unconfirmed { why: no_word(&act.detail) },
        }))
    }

    /// A press is followed to its end even if the page is closed.
    pub(super) async fn to_the_end<F, R>(&self, visitor: Visitor, press: F) -> Result<(Visitor, Acted), Problem>
    where
        F: FnOnce(Self, Visitor) -> R,
        R: Future<Output = (Result<Acted, Problem>, Visitor)> + Send + 'static,
    {
        match tokio::spawn(press(self.clone(), visitor)).await {
            Ok((acted, visitor)) => acted.map(|acted| (visitor, acted)),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => Err(Problem::NotNow("Kith is stopping; look on the network before you press it again".into())),
        }
    }

    async fn on_message(&self, visitor: &Visitor, gesture: ActId, kind: ActKind, message: MessageId) -> Result<Press, Problem> {
        may(visitor)?;
        let store = self.store().in_workspace(visitor.workspace);
        let row = store.message(message).await.map_err(from_store)?;
        let row = row.ok_or_else(|| Problem::NotThere("there is no such message in this workspace".into()))?;
        if row.ours {
            return Err(Problem::Refused("this is your own message; there is nothing to like or repost".into()));
        }
        Ok(Press {
            gesture,
            kind,
            channel: self.connected(visitor, row.channel).await?,
            handle: row.author,
            conversation: row.conversation,
            target: row.remote_id,
            text: String::new(),
        })
    }

    pub(super) async fn on_person(
        &self,
        visitor: &Visitor,
        gesture: ActId,
        kind: ActKind,
        channel: ChannelId,
        handle: HandleId,
    ) -> Result<Press, Problem> {
        may(visitor)?;
        let store = self.store().in_workspace(visitor.workspace);
        let person = store.handle(handle).await.map_err(from_store)?;
        let person = person.ok_or_else(|| Problem::NotThere("there is no such person in this workspace".into()))?;
        let channel = self.connected(visitor, channel).await?;
        // A server numbers its people itself: on another server the same number is a stranger.
        if channel.network != person.profile.network || !store.met_on(channel.id, handle).await.map_err(from_store)? {
            return Err(Problem::Refused(format!(
                "{} was never heard on {}; choose the channel on which you know each other",
                person.profile.name(),
                channel.name
            )));
        }
        let target = person.profile.remote_id.clone();
        Ok(Press { gesture, kind, channel, handle: Some(person), conversation: None, target, text: String::new() })
    }

    async fn connected(&self, visitor: &Visitor, channel: ChannelId) -> Result<ChannelRow, Problem> {
        let row = self.store().in_workspace(visitor.workspace).channel(channel).await.map_err(from_store)?;
        row.ok_or_else(|| Problem::Refused("this channel was disconnected; connect it again first".into()))
    }

    async fn acted(&self, visitor: &Visitor, press: Result<Press, Problem>) -> Result<Acted, Problem> {
        let press = press?;
        let line = Line::open(self, &press.channel)?;
        let speaker = line.network.speaker().ok_or_else(|| Problem::Refused("Kith can't do that on this network; open it there".into()))?;
        let (act, begun) = self.begin(visitor, &press).await?;
        let outcome = match begun {
            BegunAct::New => self.touch(&line, speaker, &act).await,
            BegunAct::Already(row) if row.kind != press.kind || row.target_remote_id != press.target => {
                return Err(Problem::Conflict("this press was made for something else; load the page again".into()));
            }
            BegunAct::Already(row) => match row.state {
                ActState::Done => return Ok(Acted::Done { note: None, conversation: row.conversation }),
                ActState::Refused => return Ok(Acted::NotDone { why: row.detail, again: None }),
                ActState::Intent | ActState::Unknown => self.touch_again(&line, speaker, &act).await,
            },
        };
        let (note, outcome) = match outcome {
            Ok(Touched::Done) => (None, Ok(ActEnd::default())),
            Ok(Touched::Asked) => {
                let note = "they confirm each follower themselves; they have been asked";
                (Some(note), Ok(ActEnd { detail: note.into(), ..ActEnd::default() }))
            }
            Err(error) => (None, Err(error)),
        };
        self.end(visitor, &press, act, note, outcome).await
    }

    /// Makes the proof and stores the intent. The same press again keeps its first instant.
    pub(super) async fn begin(&self, visitor: &Visitor, press: &Press) -> Result<(HumanAct, BegunAct), Problem> {
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let known = store.act(press.gesture).await.map_err(from_store)?;
        let gesture = Gesture { id: press.gesture, at: now, first_at: known.map_or(now, |act| act.at) };
        let target = ActTarget { channel: press.channel.id, remote_id: press.target.clone() };
        let act = visitor.session.act(&visitor.secret, gesture, press.kind, target, now);
        let act = act.map_err(|absent| Problem::SignIn(absent.to_string()))?;
        let begun = NewAct {
            id: act.id(),
            session: act.session(),
            member: act.member(),
            kind: act.kind(),
            channel: press.channel.id,
            conversation: press.conversation,
            target_remote_id: press.target.clone(),
            text: press.text.clone(),
            handle: press.handle.as_ref().map(|handle| handle.id),
        };
        let begun = store.begin_act(&begun, now).await.map_err(from_store)?;
        Ok((act, begun))
    }

    /// Stores how it ended and says it.
    pub(super) async fn end(
        &self,
        visitor: &Visitor,
        press: &Press,
        act: HumanAct,
        note: Option<&'static str>,
        outcome: Result<ActEnd, PublishError>,
    ) -> Result<Acted, Problem> {
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let (state, end) = match &outcome {
            Ok(end) => (ActState::Done, end.clone()),
            Err(PublishError::Unknown { why }) => (ActState::Unknown, ActEnd { detail: why.clone(), ..ActEnd::default() }),
            Err(error) => (ActState::Refused, ActEnd { detail: error.to_string(), ..ActEnd::default() }),
        };
        if let Err(PublishError::SignInAgain { why }) = &outcome {
            self.needs_sign_in(&press.channel, why).await?;
        }
        store.finish_act(act.id(), state, &end, now).await.map_err(from_store)?;
        let conversation = store.act(act.spend()).await.map_err(from_store)?.and_then(|row| row.conversation);
        if let Some(conversation) = conversation {
            self.heard(visitor.workspace, conversation).await;
        }
        let person = press.handle.as_ref().map(|handle| handle.id.to_string());
        self.tell(visitor.workspace, "people", person).await;
        Ok(match outcome {
            Ok(_) => Acted::Done { note, conversation },
            Err(PublishError::Unknown { why }) => Acted::Unconfirmed { why: no_word(&why) },
            Err(PublishError::Later { after, why }) => {
                let again = after.and_then(|after| now.checked_add(after).ok()).map(|at| self.calendar(&visitor.zone).moment(at));
                let why = match &again {
                    Some(at) => format!("{why}. It takes the next one at {}", at.time),
                    None => format!("{why}. Nothing was changed; try again in a while"),
                };
                Acted::NotDone { why, again }
            }
            Err(PublishError::SignInAgain { why }) => {
                Acted::NotDone { why: format!("{why}. Sign in to {} again, then press once more", press.channel.name), again: None }
            }
            Err(error) => Acted::NotDone { why: error.to_string(), again: None },
        })
    }

    async fn touch(&self, line: &Line, speaker: &dyn Speaker, act: &HumanAct) -> Result<Touched, PublishError> {
        match self.touch_once(line, speaker, act).await {
            Err(PublishError::Unknown { .. }) => self.touch_again(line, speaker, act).await,
            outcome => outcome,
        }
    }

    /// Looks first; what is not so yet is done once more, which is harmless: doing it twice is doing it once.
    async fn touch_again(&self, line: &Line, speaker: &dyn Speaker, act: &HumanAct) -> Result<Touched, PublishError> {
        match speaker.stands(&line.at(self.now()), act).await {
            Ok(Some(touched)) => Ok(touched),
            Ok(None) => self.touch_once(line, speaker, act).await,
            Err(kith_networks::ReadError::SignInAgain { why }) => Err(PublishError::SignInAgain { why }),
            Err(error) => Err(PublishError::Unknown { why: error.to_string() }),
        }
    }

    async fn touch_once(&self, line: &Line, speaker: &dyn Speaker, act: &HumanAct) -> Result<Touched, PublishError> {
        let call = line.at(self.now());
        match act.kind() {
            ActKind::Follow => speaker.follow(&call, act).await,
            ActKind::Unfollow => speaker.unfollow(&call, act).await,
            ActKind::Like => speaker.like(&call, act).await,
            ActKind::Repost => speaker.repost(&call, act).await,
            ActKind::Unlike => speaker.unlike(&call, act).await,
            ActKind::Unrepost => speaker.unrepost(&call, act).await,
            ActKind::Reply | ActKind::DirectMessage => Err(PublishError::Refused { why: "these are words; write them first".into() }),
        }
    }
}

/// Only the owner converses; asked before anything is read or stored.
pub(super) fn may(visitor: &Visitor) -> Result<(), Problem> {
    visitor.role().may(Deed::Converse).map_err(|refusal| Problem::Refused(refusal.to_string()))
}

pub(super) fn no_word(why: &str) -> String {
    let why = if why.is_empty() { "no word came back" } else { why };
    format!("{why}. It may be done: look on the network, or press the same button again, which looks first")
}
