//! Acts of present persons: the intent before anything leaves, the end after, and what they tell of the person.
//!
//! An act's id is its gesture's, so the same press sent twice is found instead of done twice.

use jiff::Timestamp;
use kith_domain::ids::{ActId, ChannelId, ConversationId, HandleId};
use kith_domain::listen::RemotePost;
use kith_domain::mandate::{ActKind, Actor};

use crate::db::{Row, Tx, args, statements};
use crate::handles::{handle_columns, handle_row};
use crate::messages::NewMessage;
use crate::store::InWorkspace;
use crate::{ActEnd, ActRow, ActState, BegunAct, HandleRow, MessageKind, NewAct, NewEvent, StoreError, Unique, events};

/// Most acts of one answer, the latest.
const ACTS_MAX: u32 = 50;

macro_rules! act {
    ($($rest:tt)*) => {
        concat!(
            "SELECT id, session_id, member_id, kind, channel_id, conversation_id, target_remote_id, text, state, detail, ",
            "remote_id, at, finished_at, handle_id FROM act WHERE workspace_id = $1 ",
            $($rest)*
        )
    };
}

statements! {
    BEGIN_ACT = concat!(
        "INSERT INTO act (id, workspace_id, session_id, member_id, kind, channel_id, conversation_id, target_remote_id, ",
        "text, state, detail, at, handle_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'intent', '', $10, $11) ",
        "ON CONFLICT (id) DO NOTHING"
    );
    ACT = act!("AND id = $2");
    ACT_TO_FINISH = act!("AND id = $2"), postgres act!("AND id = $2 FOR UPDATE");
    ACTS_OF = act!("AND conversation_id = $2 ORDER BY at DESC, id DESC LIMIT $3");
    FINISH_ACT = concat!(
        "UPDATE act SET state = $3, detail = $4, remote_id = COALESCE($5, remote_id), finished_at = $6 ",
        "WHERE workspace_id = $1 AND id = $2"
    );
    SET_CONVERSATION = "UPDATE act SET conversation_id = $3 WHERE workspace_id = $1 AND id = $2";
    MEMBER_NAME = "SELECT name FROM member WHERE workspace_id = $1 AND id = $2";
    ROOT = "SELECT root_remote_id FROM conversation WHERE workspace_id = $1 AND id = $2";
    /// The latest first; those of one person by that person's handle.
    ACTS_WITH = act!("AND handle_id = $2 ORDER BY at DESC, id DESC LIMIT $3");
    /// Whether a person was ever heard on a channel: ids are the server's own, and mean somebody else on another one.
    MET_ON = concat!(
        "SELECT 1 AS met WHERE EXISTS (SELECT 1 FROM conversation v WHERE v.workspace_id = $1 AND v.channel_id = $2 ",
        "AND v.handle_id = $3) OR EXISTS (SELECT 1 FROM reaction r WHERE r.workspace_id = $1 AND r.channel_id = $2 ",
        "AND r.handle_id = $3)"
    );
    HANDLE = concat!("SELECT ", handle_columns!(), " FROM handle h WHERE h.workspace_id = $1 AND h.id = $2");
}

impl InWorkspace<'_> {
    /// Stores that a person acts, before anything leaves. `Already` with what became of it if this press came before.
    pub async fn begin_act(&self, new: &NewAct, now: Timestamp) -> Result<BegunAct, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.begin_act_in(&mut tx, new, now).await;
        self.store.end(tx, done).await
    }

    async fn begin_act_in(&self, tx: &mut Tx, new: &NewAct, now: Timestamp) -> Result<BegunAct, StoreError> {
        if let Some(id) = new.conversation {
            // Also keeps an act from naming another tenant's conversation.
            tx.row(&ROOT, args![self.id, id]).await?.ok_or(StoreError::NotThere)?;
        }
        let args = args![
            new.id,
            self.id,
            new.session,
            new.member,
            new.kind.as_str(),
            new.channel,
            new.conversation,
            new.target_remote_id,
            new.text,
            now,
            new.handle,
        ];
        if tx.run(&BEGIN_ACT, args).await? == 1 {
            return Ok(BegunAct::New);
        }
        match tx.row(&ACT, args![self.id, new.id]).await? {
            Some(row) => Ok(BegunAct::Already(Box::new(act_row(&row)?))),
            None => Err(StoreError::Conflict { what: Unique::Other, which: Some(new.id.to_string()) }),
        }
    }

    /// Stores how an act ended. Words that were posted become a message of the conversation, its waiting is judged
    /// anew, and the member's draft of these words is dropped. First words to a person begin a conversation. What became
    /// of an act on a person is an event of that person. An act that is done or refused stays so.
    pub async fn finish_act(&self, id: ActId, state: ActState, end: &ActEnd, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.finish_act_in(&mut tx, id, state, end, now).await;
        self.store.end(tx, done).await
    }

    async fn finish_act_in(&self, tx: &mut Tx, id: ActId, state: ActState, end: &ActEnd, now: Timestamp) -> Result<(), StoreError> {
        let act = act_row(&tx.row(&ACT_TO_FINISH, args![self.id, id]).await?.ok_or(StoreError::NotThere)?)?;
        if matches!(act.state, ActState::Done | ActState::Refused) {
            return Ok(());
        }
        let remote_id = end.remote_id.as_deref().or(end.posted.as_ref().map(|post| post.remote_id.as_str()));
        tx.run(&FINISH_ACT, args![self.id, id, state.as_str(), end.detail, remote_id, now]).await?;
        if state == ActState::Done {
            let conversation = match (act.conversation, act.handle, &end.posted) {
                // First words to a person begin a conversation.
                (None, Some(handle), Some(post)) => {
                    let begun = self.conversation_with(tx, act.channel, &post.remote_id, handle, post.at, now).await?;
                    tx.run(&SET_CONVERSATION, args![self.id, id, begun]).await?;
                    Some(begun)
                }
                (conversation, _, _) => conversation,
            };
            if let Some(conversation) = conversation {
                if let Some(post) = &end.posted {
                    self.keep_posted(tx, &act, conversation, post, now).await?;
                }
                self.drop_sent_draft(tx, act.member, conversation, &act.text).await?;
            }
        }
        self.tell_of(tx, &act, state, &end.detail, now).await
    }

    /// What was done to a person is told on that person's timeline: an event whose subject is the handle.
    async fn tell_of(&self, tx: &mut Tx, act: &ActRow, state: ActState, detail: &str, now: Timestamp) -> Result<(), StoreError> {
        let Some(handle) = act.handle else { return Ok(()) };
        let row = tx.row(&MEMBER_NAME, args![self.id, act.member]).await?.ok_or(StoreError::NotThere)?;
        let event = NewEvent {
            kind: format!("act.{}", act.kind.as_str()),
            subject: handle.to_string(),
            actor: Actor::Member { id: act.member, name: row.text("name")? },
            detail: serde_json::json!({ "act": act.id, "state": state.as_str(), "target": act.target_remote_id, "detail": detail }),
        };
        events::add(tx, self.id, &event, now).await
    }

    async fn keep_posted(
        &self,
        tx: &mut Tx,
        act: &ActRow,
        conversation: ConversationId,
        post: &RemotePost,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let root = tx.row(&ROOT, args![self.id, conversation]).await?.ok_or(StoreError::NotThere)?.text("root_remote_id")?;
        let post = &RemotePost { is_ours: true, ..post.clone() };
        let new = NewMessage {
            channel: act.channel,
            conversation: Some(conversation),
            handle: None,
            root_remote_id: &root,
            event_remote_id: None,
            kind: MessageKind::Ours,
            post,
            automated: None,
            act: Some(act.id),
        };
        match self.add_message(tx, &new, now).await? {
            Some(_) => self.refresh(tx, conversation, 1, 0).await,
            // The listener was faster.
            None => self.set_act(tx, act.channel, &post.remote_id, act.id).await,
        }
    }

    /// One act.
    pub async fn act(&self, id: ActId) -> Result<Option<ActRow>, StoreError> {
        self.store.row(&ACT, args![self.id, id]).await?.as_ref().map(act_row).transpose()
    }

    /// Acts in a conversation, the latest first, at most 50.
    pub async fn acts_of(&self, conversation: ConversationId) -> Result<Vec<ActRow>, StoreError> {
        self.store.rows(&ACTS_OF, args![self.id, conversation, ACTS_MAX]).await?.iter().map(act_row).collect()
    }

    /// Acts done to a person, the latest first, at most 50.
    pub async fn acts_with(&self, handle: HandleId) -> Result<Vec<ActRow>, StoreError> {
        self.store.rows(&ACTS_WITH, args![self.id, handle, ACTS_MAX]).await?.iter().map(act_row).collect()
    }

    /// Whether this person was heard on that channel.
    pub async fn met_on(&self, channel: ChannelId, handle: HandleId) -> Result<bool, StoreError> {
        Ok(self.store.row(&MET_ON, args![self.id, channel, handle]).await?.is_some())
    }

    /// One person's address on a network.
    pub async fn handle(&self, id: HandleId) -> Result<Option<HandleRow>, StoreError> {
        self.store.row(&HANDLE, args![self.id, id]).await?.as_ref().map(handle_row).transpose()
    }
}

fn act_row(row: &Row) -> Result<ActRow, StoreError> {
    Ok(ActRow {
        id: row.id("id")?,
        session: row.id("session_id")?,
        member: row.id("member_id")?,
        kind: row.named("kind", act_kind)?,
        channel: row.id("channel_id")?,
        conversation: row.id_opt("conversation_id")?,
        target_remote_id: row.text("target_remote_id")?,
        text: row.text("text")?,
        state: row.named("state", ActState::from_stored)?,
        detail: row.text("detail")?,
        remote_id: row.text_opt("remote_id")?,
        at: row.at("at")?,
        finished_at: row.at_opt("finished_at")?,
        handle: row.id_opt("handle_id")?,
    })
}

fn act_kind(text: &str) -> Option<ActKind> {
    ActKind::ALL.into_iter().find(|kind| kind.as_str() == text)
}
