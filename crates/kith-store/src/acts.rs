//! Acts of present persons: the intent before anything leaves, the end after, and the texts kept meanwhile.
//!
//! An act's id is its gesture's, so the same press sent twice is found instead of done twice.

use jiff::Timestamp;
use kith_domain::ids::{ActId, ConversationId, MemberId};
use kith_domain::listen::RemotePost;
use kith_domain::mandate::ActKind;

use crate::db::{Row, Tx, args, statements};
use crate::messages::NewMessage;
use crate::store::{InWorkspace, hit};
use crate::{ActEnd, ActRow, ActState, BegunAct, DraftRow, MessageKind, NewAct, StoreError, Unique};

/// Most acts of one answer, the latest.
const ACTS_MAX: u32 = 50;

macro_rules! act {
    ($($rest:tt)*) => {
        concat!(
            "SELECT id, session_id, member_id, kind, channel_id, conversation_id, target_remote_id, text, state, detail, ",
            "remote_id, at, finished_at FROM act WHERE workspace_id = $1 ",
            $($rest)*
        )
    };
}

statements! {
    BEGIN_ACT = concat!(
        "INSERT INTO act (id, workspace_id, session_id, member_id, kind, channel_id, conversation_id, target_remote_id, ",
        "text, state, detail, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'intent', '', $10) ON CONFLICT (id) DO NOTHING"
    );
    ACT = act!("AND id = $2");
    ACT_TO_FINISH = act!("AND id = $2"), postgres act!("AND id = $2 FOR UPDATE");
    ACTS_OF = act!("AND conversation_id = $2 ORDER BY at DESC, id DESC LIMIT $3");
    FINISH_ACT = concat!(
        "UPDATE act SET state = $3, detail = $4, remote_id = COALESCE($5, remote_id), finished_at = $6 ",
        "WHERE workspace_id = $1 AND id = $2"
    );
    ROOT = "SELECT root_remote_id FROM conversation WHERE workspace_id = $1 AND id = $2";
    SAVE_DRAFT = concat!(
        "INSERT INTO draft (member_id, conversation_id, workspace_id, text, saved_at) ",
        "SELECT m.id, v.id, v.workspace_id, $4, $5 FROM member m JOIN conversation v ON v.workspace_id = m.workspace_id ",
        "WHERE m.workspace_id = $1 AND m.id = $2 AND v.id = $3 ",
        "ON CONFLICT (member_id, conversation_id) DO UPDATE SET text = excluded.text, saved_at = excluded.saved_at"
    );
    DRAFT = "SELECT text, saved_at FROM draft WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = $3";
    DROP_DRAFT = "DELETE FROM draft WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = $3";
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
    /// anew, and the member's draft there is dropped. An act that is done or refused stays so.
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
        if let (ActState::Done, Some(conversation)) = (state, act.conversation) {
            if let Some(post) = &end.posted {
                self.keep_posted(tx, &act, conversation, post, now).await?;
            }
            tx.run(&DROP_DRAFT, args![self.id, act.member, conversation]).await?;
        }
        Ok(())
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

    /// Keeps a text that was typed and not sent.
    pub async fn save_draft(&self, member: MemberId, conversation: ConversationId, text: &str, now: Timestamp) -> Result<(), StoreError> {
        hit(self.store.write(&SAVE_DRAFT, args![self.id, member, conversation, text, now]).await?)
    }

    /// The text that a member typed and did not send.
    pub async fn draft(&self, member: MemberId, conversation: ConversationId) -> Result<Option<DraftRow>, StoreError> {
        let row = self.store.row(&DRAFT, args![self.id, member, conversation]).await?;
        row.map(|row| Ok(DraftRow { text: row.text("text")?, saved_at: row.at("saved_at")? })).transpose()
    }

    /// Forgets it.
    pub async fn drop_draft(&self, member: MemberId, conversation: ConversationId) -> Result<(), StoreError> {
        self.store.write(&DROP_DRAFT, args![self.id, member, conversation]).await.map(drop)
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
    })
}

fn act_kind(text: &str) -> Option<ActKind> {
    [ActKind::Reply, ActKind::DirectMessage, ActKind::Follow, ActKind::Unfollow, ActKind::Like, ActKind::Repost]
        .into_iter()
        .find(|kind| kind.as_str() == text)
}
