//! Making two contacts one, side by side, by a person alone; and parting them again for thirty days.

use kith_domain::ids::{ContactId, MergeId};
use kith_domain::people::{MERGE_UNDO_DAYS, may_part};
use serde::Serialize;
use serde_json::json;

use super::{MemoryBeside, event, may_sort};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::Moment;

/// Somebody who was merged into a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MergeLine {
    /// The merge.
    pub id: MergeId,
    /// The name of the one that went.
    pub name: String,
    /// When.
    pub at: Moment,
    /// Whether they can still be parted.
    pub may_part: bool,
}

/// Two people side by side, before they are made one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MergeView {
    /// Who would stay.
    pub kept: MemoryBeside,
    /// Who would become a part of them.
    pub gone: MemoryBeside,
}

impl Kith {
    /// Two people side by side. Nothing is changed.
    pub async fn merge_view(&self, visitor: &Visitor, kept: ContactId, gone: ContactId) -> Result<MergeView, Problem> {
        let (kept, gone) = (self.memory(visitor, kept).await?, self.memory(visitor, gone).await?);
        if kept.contact == gone.contact {
            return Err(Problem::Conflict("they are one person already".into()));
        }
        Ok(MergeView { kept, gone })
    }

    /// Makes `gone` a part of `kept`.
    pub async fn merge_contacts(&self, visitor: &Visitor, kept: ContactId, gone: ContactId) -> Result<MergeId, Problem> {
        may_sort(visitor)?;
        let view = self.merge_view(visitor, kept, gone).await?;
        let now = self.now();
        let id = self.chance().id(now, MergeId::new);
        let told = event(visitor, "contact.merged", &view.kept.contact.to_string(), json!({ "gone": view.gone.contact, "merge": id }));
        let store = self.store().in_workspace(visitor.workspace);
        store.merge(id, view.kept.contact, view.gone.contact, &visitor.actor(), &told, now).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(view.kept.contact.to_string())).await;
        Ok(id)
    }

    /// Parts them again, exactly as they were. Returns the one that stayed.
    pub async fn part_contacts(&self, visitor: &Visitor, id: MergeId) -> Result<ContactId, Problem> {
        may_sort(visitor)?;
        let store = self.store().in_workspace(visitor.workspace);
        let merge = store.merging(id).await.map_err(from_store)?;
        let merge = merge.ok_or_else(|| Problem::NotThere("they are two people already".into()))?;
        let told = event(visitor, "contact.parted", &merge.kept.to_string(), json!({ "gone": merge.gone, "merge": id }));
        if !store.part(id, &told, self.now()).await.map_err(from_store)? {
            return Err(Problem::Refused(format!("they were made one more than {MERGE_UNDO_DAYS} days ago and stay so")));
        }
        self.tell(visitor.workspace, "people", Some(merge.kept.to_string())).await;
        Ok(merge.kept)
    }

    pub(super) async fn merge_lines(&self, visitor: &Visitor, id: ContactId) -> Result<Vec<MergeLine>, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let rows = store.merges_of(id).await.map_err(from_store)?;
        let line = |row: kith_store::MergeRow| MergeLine {
            id: row.id,
            name: row.gone_name,
            at: calendar.moment(row.at),
            may_part: may_part(row.at, calendar.now()),
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
