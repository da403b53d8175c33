//! Drafts of answers, one for each member and conversation, with a version; and texts that are kept beside them.
//!
//! Two tabs that write at once conflict visibly: the draft that was kept first stays, and the other text is kept under
//! its own box. Nothing that a person typed is overwritten by what she typed elsewhere.

use jiff::Timestamp;
use kith_domain::ids::{ActId, ConversationId, MemberId};

use crate::db::{Tx, args, statements};
use crate::store::{InWorkspace, hit};
use crate::{DraftRow, KeptDraft, KeptText, StoreError};

/// Most texts that are kept beside one draft; the oldest make room for new ones.
const KEPT_TEXTS_MAX: u32 = 8;

statements! {
    SAVE_DRAFT = concat!(
        "INSERT INTO draft (member_id, conversation_id, workspace_id, text, saved_at) ",
        "SELECT m.id, v.id, v.workspace_id, $4, $5 FROM member m JOIN conversation v ON v.workspace_id = m.workspace_id ",
        "WHERE m.workspace_id = $1 AND m.id = $2 AND v.id = $3 ",
        "ON CONFLICT (member_id, conversation_id) DO UPDATE SET text = excluded.text, saved_at = excluded.saved_at, ",
        "version = draft.version + 1"
    );
    SAVE_DRAFT_OVER = concat!(
        "UPDATE draft SET text = $4, saved_at = $5, version = version + 1 ",
        "WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = $3 AND version = $6"
    );
    DRAFT = "SELECT text, saved_at, version FROM draft WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = $3";
    DRAFT_TO_SAVE = "SELECT text, saved_at, version FROM draft WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = $3",
        postgres "SELECT text, saved_at, version FROM draft WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = $3 FOR UPDATE";
    SENT_FROM = "SELECT id FROM act WHERE workspace_id = $1 AND id = $2 AND state = 'done'";
    DROP_DRAFT = "DELETE FROM draft WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = $3";
    KEEP_TEXT = concat!(
        "INSERT INTO kept_text (member_id, about, box, workspace_id, text, saved_at) ",
        "SELECT m.id, $3, $4, m.workspace_id, $5, $6 FROM member m WHERE m.workspace_id = $1 AND m.id = $2 ",
        "ON CONFLICT (member_id, about, box) DO UPDATE SET text = excluded.text, saved_at = excluded.saved_at"
    );
    KEPT_TEXTS = concat!(
        "SELECT box, text, saved_at FROM kept_text WHERE workspace_id = $1 AND member_id = $2 AND about = $3 ",
        "ORDER BY saved_at DESC, box LIMIT $4"
    );
    DROP_KEPT_TEXT = "DELETE FROM kept_text WHERE workspace_id = $1 AND member_id = $2 AND about = $3 AND box = $4";
    TRIM_KEPT_TEXTS = concat!(
        "DELETE FROM kept_text WHERE workspace_id = $1 AND member_id = $2 AND about = $3 AND box NOT IN (",
        "SELECT k.box FROM kept_text k WHERE k.workspace_id = $1 AND k.member_id = $2 AND k.about = $3 ",
        "ORDER BY k.saved_at DESC, k.box LIMIT $4)"
    );
}

impl InWorkspace<'_> {
    /// Keeps a text that was typed and not sent, over whatever was kept.
    pub async fn save_draft(&self, member: MemberId, conversation: ConversationId, text: &str, now: Timestamp) -> Result<(), StoreError> {
        hit(self.store.write(&SAVE_DRAFT, args![self.id, member, conversation, text, now]).await?)
    }

    /// Keeps a text over the version that its box has read (0: there was none). If another box was faster, the draft
    /// stays as it is and this text is kept beside it under the box's name.
    pub async fn save_draft_over(
        &self,
        member: MemberId,
        conversation: ConversationId,
        text: &str,
        seen: i64,
        from_box: &str,
        now: Timestamp,
    ) -> Result<KeptDraft, StoreError> {
        let mut tx = self.store.begin().await?;
        let kept = self.save_over_in(&mut tx, member, conversation, text, seen, from_box, now).await;
        self.store.end(tx, kept).await
    }

    #[expect(clippy::too_many_arguments, reason = "a transaction and what its one caller was given")]
    async fn save_over_in(
        &self,
        tx: &mut Tx,
        member: MemberId,
        conversation: ConversationId,
        text: &str,
        seen: i64,
        from_box: &str,
        now: Timestamp,
    ) -> Result<KeptDraft, StoreError> {
        let there = tx.row(&DRAFT_TO_SAVE, args![self.id, member, conversation]).await?;
        let there = there.map(|row| Ok::<_, StoreError>((row.text("text")?, row.int("version")?))).transpose()?;
        let about = conversation.to_string();
        // The box's name is its gesture. What it kept after its answer was sent is that answer or a part of it, late. It
        // is looked at after the draft's row is held: an answer that ends later than this forgets what is kept here.
        if let Ok(gesture) = from_box.parse::<ActId>()
            && tx.row(&SENT_FROM, args![self.id, gesture]).await?.is_some()
        {
            return Ok(KeptDraft::Kept { version: there.map_or(0, |(_, version)| version) });
        }
        match there {
            // The same words again, from whichever box, are the same draft.
            Some((stored, version)) if stored == text => {
                tx.run(&DROP_KEPT_TEXT, args![self.id, member, about, from_box]).await?;
                Ok(KeptDraft::Kept { version })
            }
            Some((_, version)) if version == seen => {
                hit(tx.run(&SAVE_DRAFT_OVER, args![self.id, member, conversation, text, now, seen]).await?)?;
                tx.run(&DROP_KEPT_TEXT, args![self.id, member, about, from_box]).await?;
                Ok(KeptDraft::Kept { version: version + 1 })
            }
            Some((stored, version)) => {
                hit(tx.run(&KEEP_TEXT, args![self.id, member, about, from_box, text, now]).await?)?;
                tx.run(&TRIM_KEPT_TEXTS, args![self.id, member, about, KEPT_TEXTS_MAX]).await?;
                Ok(KeptDraft::Beside { version, text: stored })
            }
            // It was sent or dropped meanwhile, or never begun: nothing is overwritten.
            None => {
                hit(tx.run(&SAVE_DRAFT, args![self.id, member, conversation, text, now]).await?)?;
                Ok(KeptDraft::Kept { version: 1 })
            }
        }
    }

    /// The text that a member typed and did not send.
    pub async fn draft(&self, member: MemberId, conversation: ConversationId) -> Result<Option<DraftRow>, StoreError> {
        let row = self.store.row(&DRAFT, args![self.id, member, conversation]).await?;
        row.map(|row| Ok(DraftRow { text: row.text("text")?, saved_at: row.at("saved_at")?, version: row.int("version")? })).transpose()
    }

    /// Forgets it.
    pub async fn drop_draft(&self, member: MemberId, conversation: ConversationId) -> Result<(), StoreError> {
        self.store.write(&DROP_DRAFT, args![self.id, member, conversation]).await.map(drop)
    }

    /// Forgets what was sent: the draft if it has these words, and the box that they were typed in.
    pub async fn forget_sent(&self, member: MemberId, conversation: ConversationId, sent: &str, from_box: &str) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let forgot = async {
            self.drop_sent_draft(&mut tx, member, conversation, sent).await?;
            tx.run(&DROP_KEPT_TEXT, args![self.id, member, conversation.to_string(), from_box]).await.map(drop)
        }
        .await;
        self.store.end(tx, forgot).await
    }

    /// Forgets it if it is what was sent: another tab's words stay.
    pub(crate) async fn drop_sent_draft(
        &self,
        tx: &mut Tx,
        member: MemberId,
        conversation: ConversationId,
        sent: &str,
    ) -> Result<(), StoreError> {
        let there = tx.row(&DRAFT_TO_SAVE, args![self.id, member, conversation]).await?.map(|row| row.text("text")).transpose()?;
        if there.is_some_and(|text| text.trim() == sent.trim()) {
            tx.run(&DROP_DRAFT, args![self.id, member, conversation]).await?;
        }
        Ok(())
    }

    /// Keeps a text about something (the text of a conversation's or a handle's id) under the name of its box.
    pub async fn keep_text(&self, member: MemberId, about: &str, from_box: &str, text: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let kept = async {
            hit(tx.run(&KEEP_TEXT, args![self.id, member, about, from_box, text, now]).await?)?;
            tx.run(&TRIM_KEPT_TEXTS, args![self.id, member, about, KEPT_TEXTS_MAX]).await.map(drop)
        }
        .await;
        self.store.end(tx, kept).await
    }

    /// Texts kept about something, the latest first, at most 8.
    pub async fn kept_texts(&self, member: MemberId, about: &str) -> Result<Vec<KeptText>, StoreError> {
        let rows = self.store.rows(&KEPT_TEXTS, args![self.id, member, about, KEPT_TEXTS_MAX]).await?;
        rows.iter().map(|row| Ok(KeptText { from_box: row.text("box")?, text: row.text("text")?, saved_at: row.at("saved_at")? })).collect()
    }

    /// Forgets one.
    pub async fn drop_kept_text(&self, member: MemberId, about: &str, from_box: &str) -> Result<(), StoreError> {
        self.store.write(&DROP_KEPT_TEXT, args![self.id, member, about, from_box]).await.map(drop)
    }
}
