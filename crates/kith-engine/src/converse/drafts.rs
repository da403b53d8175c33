//! Drafts of answers with a version: two tabs that write at once see it, and both texts stay.

use kith_domain::ids::ConversationId;
use kith_domain::mandate::Deed;
use kith_store::KeptDraft;

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};

use super::inbox::not_there;
use super::reply::DRAFT_BYTES_MAX;

/// Longest name of a box, in bytes.
const BOX_BYTES_MAX: usize = 64;

/// A draft as it is kept, and what else was typed about the same conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerDraft {
    /// The text; empty if there is none.
    pub text: String,
    /// Its version, to be sent back with what is typed; 0 if there is none.
    pub version: i64,
    /// Texts of other boxes that came too late to be the draft: the box's name and the text, the latest first, at most 8.
    pub beside: Vec<(String, String)>,
}

/// What became of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftKept {
    /// It is the draft; send this version with the next keys.
    Kept {
        /// The version.
        version: i64,
    },
    /// Another box wrote meanwhile. Both texts are kept: the other one is the draft, this one stands beside it.
    Conflict {
        /// The draft's version: saving with it takes this box's text for the draft.
        version: i64,
        /// The draft's text.
        theirs: String,
    },
}

impl Kith {
    /// The member's draft in a conversation.
    pub async fn answer_draft(&self, visitor: &Visitor, conversation: ConversationId) -> Result<AnswerDraft, Problem> {
        let (store, member) = (self.store().in_workspace(visitor.workspace), visitor.session.member);
        let draft = store.draft(member, conversation).await.map_err(from_store)?;
        let beside = store.kept_texts(member, &conversation.to_string()).await.map_err(from_store)?;
        let (text, version) = draft.map(|draft| (draft.text, draft.version)).unwrap_or_default();
        Ok(AnswerDraft { text, version, beside: beside.into_iter().map(|kept| (kept.from_box, kept.text)).collect() })
    }

    /// Keeps what was typed over the version that the box has (0: none). `from_box` names the tab: the form's gesture.
    pub async fn keep_draft(
        &self,
        visitor: &Visitor,
        conversation: ConversationId,
        text: &str,
        version: i64,
        from_box: &str,
    ) -> Result<DraftKept, Problem> {
        visitor.role().may(Deed::Converse).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let invalid = |field: &str, why: &str| Problem::Invalid { field: field.into(), why: why.into() };
        if text.len() > DRAFT_BYTES_MAX {
            return Err(invalid("text", "this is longer than any network takes; shorten it"));
        }
        if from_box.is_empty() || from_box.len() > BOX_BYTES_MAX {
            return Err(invalid("box", "this page is broken; load it again"));
        }
        let store = self.store().in_workspace(visitor.workspace);
        let kept = store.save_draft_over(visitor.session.member, conversation, text, version, from_box, self.now()).await;
        match kept {
            Ok(KeptDraft::Kept { version }) => Ok(DraftKept::Kept { version }),
            Ok(KeptDraft::Beside { version, text }) => Ok(DraftKept::Conflict { version, theirs: text }),
            Err(kith_store::StoreError::NotThere) => Err(not_there()),
            Err(error) => Err(from_store(error)),
        }
    }

    /// Forgets a text that stands beside the draft.
    pub async fn drop_beside(&self, visitor: &Visitor, conversation: ConversationId, from_box: &str) -> Result<(), Problem> {
        let store = self.store().in_workspace(visitor.workspace);
        store.drop_kept_text(visitor.session.member, &conversation.to_string(), from_box).await.map_err(from_store)
    }
}
