//! Posts that are being written: drafts that save themselves, and what two people do who write the same one.
//!
//! A draft belongs to the workspace, so that an assistant can go on with the owner's and the other way round. Whoever
//! saves names the version they have read; a save over a newer one is not done, and both are shown.

mod media;

use jiff::SignedDuration;
use kith_domain::ids::{DispatchId, DraftId, MemberId};
use kith_domain::mandate::Deed;
use kith_store::{ChannelState, PostDraftRow, SaveError};

pub use self::media::{KeptFile, UPLOAD_BYTES_MAX, Uploaded};
pub(super) use self::media::{kept_name, on};
use super::pages::{COMPOSED_BYTES_MAX, Composed};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::{DraftLine, DraftView, SavedDraft, StarterView};
use crate::words::cut;

/// Most drafts of a list.
const DRAFTS_MAX: u32 = 100;
/// Past posts that are offered as a beginning.
const STARTERS_MAX: u32 = 3;
/// How far back their conversations are looked at, in days.
const STARTERS_DAYS: i64 = 180;

impl Kith {
    /// Drafts of the workspace, the last saved first.
    pub async fn post_drafts(&self, visitor: &Visitor) -> Result<Vec<DraftLine>, Problem> {
        let store = self.store().in_workspace(visitor.workspace);
        let rows = store.post_drafts(DRAFTS_MAX).await.map_err(from_store)?;
        let channels = store.channels().await.map_err(from_store)?;
        let members = store.members().await.map_err(from_store)?;
        let calendar = self.calendar(&visitor.zone);
        rows.into_iter()
            .map(|row| {
                let post = composed(&row)?;
                let to = post
                    .channels
                    .iter()
                    .filter_map(|name| channels.iter().find(|channel| channel.name == *name && channel.state != ChannelState::Removed));
                let words = if post.text.trim().is_empty() { post.wordings.values().next() } else { Some(&post.text) };
                Ok(DraftLine {
                    id: row.id.to_string(),
                    text: words.map(|words| cut(words)).unwrap_or_default(),
                    stamps: to.map(|channel| self.stamp(&channel.network, &channel.name)).collect(),
                    pictures: post.pictures.len(),
                    saved: calendar.moment(row.saved_at),
                    by: members.iter().find(|member| member.id == row.saved_by).map(|member| member.name.clone()).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// A draft as it was saved last; `None` if it was planned or thrown away.
    pub async fn post_draft(&self, visitor: &Visitor, id: &str) -> Result<Option<DraftView>, Problem> {
        let Ok(id) = id.parse::<DraftId>() else { return Ok(None) };
        let store = self.store().in_workspace(visitor.workspace);
        let Some(row) = store.post_draft(id).await.map_err(from_store)? else { return Ok(None) };
        let by = self.member_name(visitor, row.saved_by).await?;
        let saved = self.calendar(&visitor.zone).moment(row.saved_at);
        Ok(Some(DraftView { id: row.id.to_string(), version: row.version, saved, by, post: composed(&row)? }))
    }

    /// Keeps what was typed: a new draft, or the one that is named over the version that was read.
    pub async fn save_post_draft(&self, visitor: &Visitor, draft: Option<(&str, i64)>, post: &Composed) -> Result<SavedDraft, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let body = serde_json::to_value(post).map_err(|error| internal(&error.to_string()))?;
        if body.to_string().len() > COMPOSED_BYTES_MAX {
            return Err(Problem::Invalid { field: "text".into(), why: "this is more than a draft holds; make it several posts".into() });
        }
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let me = visitor.session.member;
        let calendar = self.calendar(&visitor.zone);
        let (id, version) = match draft {
            None => {
                let id = self.chance().id(now, DraftId::new);
                store.begin_post_draft(id, &body, me, now).await.map_err(from_store)?;
                (id, 1)
            }
            Some((id, version)) => {
                let Ok(id) = id.parse::<DraftId>() else { return Ok(SavedDraft::Gone) };
                match store.save_post_draft(id, version, &body, me, now).await {
                    Ok(()) => (id, version + 1),
                    Err(SaveError::Store(error)) => return Err(from_store(error)),
                    Err(SaveError::Fenced) => match self.post_draft(visitor, &id.to_string()).await? {
                        None => return Ok(SavedDraft::Gone),
                        // The same words from two windows are one draft.
                        Some(theirs) if theirs.post == *post => {
                            return Ok(SavedDraft::Kept { id: theirs.id, version: theirs.version, at: theirs.saved });
                        }
                        Some(theirs) => return Ok(SavedDraft::Theirs(Box::new(theirs))),
                    },
                }
            }
        };
        self.tell(visitor.workspace, "drafts", Some(id.to_string())).await;
        Ok(SavedDraft::Kept { id: id.to_string(), version, at: calendar.moment(now) })
    }

    /// Throws a draft away.
    pub async fn drop_post_draft(&self, visitor: &Visitor, id: &str) -> Result<(), Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let gone = || Problem::NotThere("This draft is gone; somebody planned it or threw it away.".into());
        let id: DraftId = id.parse().map_err(|_| gone())?;
        match self.store().in_workspace(visitor.workspace).end_post_draft(id, self.now()).await {
            Ok(()) => {}
            Err(kith_store::StoreError::NotThere) => return Err(gone()),
            Err(error) => return Err(from_store(error)),
        }
        self.tell(visitor.workspace, "drafts", Some(id.to_string())).await;
        Ok(())
    }

    /// A draft that was planned is no draft any more; one that is gone already is as well.
    pub async fn end_planned_draft(&self, visitor: &Visitor, id: &str) -> Result<(), Problem> {
        match self.drop_post_draft(visitor, id).await {
            Ok(()) | Err(Problem::NotThere(_)) => Ok(()),
            Err(problem) => Err(problem),
        }
    }

    /// How many drafts wait.
    pub(super) async fn drafts_total(&self, visitor: &Visitor) -> Result<usize, Problem> {
        Ok(self.store().in_workspace(visitor.workspace).post_drafts(DRAFTS_MAX).await.map_err(from_store)?.len())
    }

    /// Past posts that started conversations, those with most first.
    pub(super) async fn starters(&self, visitor: &Visitor) -> Result<Vec<StarterView>, Problem> {
        let since = self.now() - SignedDuration::from_hours(24 * STARTERS_DAYS);
        let rows = self.store().in_workspace(visitor.workspace).started_conversations(since, STARTERS_MAX).await.map_err(from_store)?;
        Ok(rows
            .into_iter()
            .map(|row| StarterView {
                id: row.dispatch.to_string(),
                text: row.content.text.clone(),
                stamp: self.stamp(&row.network, &row.channel_name),
                conversations: row.conversations,
            })
            .collect())
    }

    /// The words of a past post, to begin a new one with.
    pub async fn words_of(&self, visitor: &Visitor, id: &str) -> Result<Option<String>, Problem> {
        let Ok(id) = id.parse::<DispatchId>() else { return Ok(None) };
        let view = self.store().in_workspace(visitor.workspace).dispatch(id).await.map_err(from_store)?;
        Ok(view.map(|view| view.content.text))
    }

    async fn member_name(&self, visitor: &Visitor, id: MemberId) -> Result<String, Problem> {
        if id == visitor.session.member {
            return Ok("You".into());
        }
        let members = self.store().in_workspace(visitor.workspace).members().await.map_err(from_store)?;
        Ok(members.into_iter().find(|member| member.id == id).map_or_else(|| "Somebody".into(), |member| member.name))
    }
}

fn composed(row: &PostDraftRow) -> Result<Composed, Problem> {
    serde_json::from_value(row.body.clone()).map_err(|error| internal(&format!("draft {}: {error}", row.id)))
}
