//! News that waits for a person: planned at a time of their choice and in their words, or let go.

use jiff::Timestamp;
use kith_domain::ids::{ItemId, SourceId, WorkspaceId};
use kith_domain::mandate::Door;
use kith_domain::plan::{Parsed, PlanRow, Problem as PlanProblem};
use kith_store::{ItemChange, ItemRow, PlanChange};
use serde::Serialize;

use super::{Draft, KIND, definition, draft, save, series};
use crate::kith::{Kith, Operator};
use crate::plan::import::Imported;
use crate::plan::wish::PlanWish;
use crate::problem::{Problem, from_store};

/// A draft from a feed: news that waits for a person or for its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedDraft {
    /// Its id.
    pub id: String,
    /// The feed's name.
    pub feed: String,
    /// The announcement as it would go out.
    pub text: String,
    /// The entry's page.
    pub link: Option<String>,
    /// When the entry says that it was published.
    pub published: Option<Timestamp>,
    /// Why it could not be planned by itself.
    pub trouble: Option<String>,
}

impl Kith {
    /// Drafts of all feeds, the oldest first.
    pub async fn feed_drafts(&self, workspace: WorkspaceId) -> Result<Vec<FeedDraft>, Problem> {
        let store = self.store().in_workspace(workspace);
        let mut drafts = Vec::new();
        for row in store.sources(KIND).await.map_err(from_store)? {
            let definition = definition(&row)?;
            for item in store.items(row.id).await.map_err(from_store)? {
                let Draft { entry, trouble } = draft(&item)?;
                drafts.push(FeedDraft {
                    id: item.id.to_string(),
                    feed: row.name.clone(),
                    text: definition.template.fill(&entry, &definition.title),
                    link: entry.link.clone(),
                    published: entry.published,
                    trouble,
                });
            }
        }
        Ok(drafts)
    }

    /// Plans a draft at a time of the person's choice, in the words given or the template's; or drops it (`at` is
    /// `None`). The inner `Err` says what is wrong with the post; the draft stays.
    pub async fn settle_draft(
        &self,
        operator: &Operator,
        id: &str,
        at: Option<&str>,
        text: Option<&str>,
        door: Door,
    ) -> Result<Result<Option<Imported>, Vec<PlanProblem>>, Problem> {
        let not_there = || Problem::NotThere("this draft is gone; somebody planned or dropped it".into());
        let id: ItemId = id.parse().map_err(|_| not_there())?;
        let store = self.store().in_workspace(operator.workspace);
        for row in store.sources(KIND).await.map_err(from_store)? {
            let Some(item) = store.items(row.id).await.map_err(from_store)?.into_iter().find(|item| item.id == id) else { continue };
            let definition = definition(&row)?;
            let planned = match at {
                None => None,
                Some(at) => {
                    let words = text.map_or_else(
                        || Ok(definition.template.fill(&draft(&item)?.entry, &definition.title)),
                        |text| Ok(text.to_owned()),
                    )?;
                    let row =
                        PlanRow { text: words, at: Some(at.to_owned()), channels: Some(definition.channels.clone()), ..PlanRow::default() };
                    let parsed = Parsed { rows: vec![row], problems: Vec::new() };
                    match self.plan_rows(operator, parsed, series(item.id), None, &PlanWish::default(), door).await? {
                        Ok(imported) => Some(imported),
                        Err(problems) => return Ok(Err(problems)),
                    }
                }
            };
            self.end_item(operator.workspace, row.id, item).await?;
            return Ok(Ok(planned));
        }
        Err(not_there())
    }

    pub(super) async fn end_item(&self, workspace: WorkspaceId, source: SourceId, mut item: ItemRow) -> Result<(), Problem> {
        let now = self.now();
        item.ended_at = Some(now);
        let change = PlanChange { items: vec![ItemChange { source, item }], ..PlanChange::default() };
        self.store().in_workspace(workspace).change_plan(&change, now).await.map_err(save)
    }
}
