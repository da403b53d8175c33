//! Feeds as a source of announcements (B8): followed, read when it is time, each new entry once.
//!
//! `follow` is what a person decides about a feed, `reading` is what a reading brings and plans, `drafts` is the news that
//! waits for a person, `page` shows both, `reader` is the worker. A feed is a source of the store with its [`Definition`], each of its news an
//! item with a [`Draft`].

mod drafts;
mod follow;
mod hub;
mod page;
mod reader;
mod reading;

use jiff::Timestamp;
use kith_domain::ids::{ItemId, WorkspaceId};
use kith_domain::plan::feed::{FeedEntry, Template};
use kith_networks::feed::Seen;
use kith_store::{ItemRow, PlanChange, SaveError, SourceChange, SourceRow};
use serde::{Deserialize, Serialize};

use crate::kith::Kith;
use crate::problem::{Problem, from_store, internal};

pub use drafts::FeedDraft;
pub use follow::{FeedLine, FeedPreview, FeedSays, NewFeed};
pub(crate) use hub::HubCalls;
pub use hub::{HUB_PATH, HubAsks};
pub use page::{DraftCard, FeedCard, FeedWish, FeedsView};
pub use reader::FeedReader;
pub use reading::FeedReading;

/// The kind of these sources in the store.
const KIND: &str = "feed";
/// Minutes between two askings of a feed that answers.
const EVERY_MIN: i64 = 30;

/// Everything about a feed, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Definition {
    url: String,
    title: String,
    channels: Vec<String>,
    #[serde(default)]
    template: Template,
    per_day: u32,
    windows: Option<String>,
    #[serde(default)]
    seen: Seen,
    read_at: Option<Timestamp>,
    next_at: Timestamp,
    #[serde(default)]
    failures: u32,
    trouble: Option<String>,
    /// The day of the last announcements, in the workspace's zone, and how many.
    #[serde(default)]
    announced: Option<(jiff::civil::Date, u32)>,
    /// What is agreed with its hub, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hub: Option<hub::Agreed>,
}

/// A draft, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Draft {
    entry: FeedEntry,
    #[serde(default)]
    trouble: Option<String>,
}

impl Kith {
    async fn set_source(&self, workspace: WorkspaceId, row: SourceRow, now: Timestamp) -> Result<(), Problem> {
        let change = PlanChange { sources: vec![SourceChange::Set(row)], ..PlanChange::default() };
        self.store().in_workspace(workspace).change_plan(&change, now).await.map_err(save)
    }

    async fn named_feed(&self, workspace: WorkspaceId, name: &str) -> Result<SourceRow, Problem> {
        let rows = self.store().in_workspace(workspace).sources(KIND).await.map_err(from_store)?;
        let names = rows.iter().map(|row| format!("{:?}", row.name)).collect::<Vec<_>>().join(", ");
        let known = if names.is_empty() { "none is followed yet".to_owned() } else { format!("there are {names}") };
        rows.into_iter()
            .find(|row| row.name == name || row.id.to_string() == name)
            .ok_or_else(|| Problem::NotThere(format!("no feed is called {name:?}; {known}")))
    }
}

fn definition(row: &SourceRow) -> Result<Definition, Problem> {
    serde_json::from_value(row.definition.clone()).map_err(|error| internal(&format!("feed {}: {error}", row.id)))
}

fn draft(item: &ItemRow) -> Result<Draft, Problem> {
    serde_json::from_value(item.body.clone()).map_err(|error| internal(&format!("draft {}: {error}", item.id)))
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(value).map_err(|error| internal(&error.to_string()))
}

/// Occurrence keys of an item's post begin with this.
fn series(item: ItemId) -> String {
    format!("feed-{item}")
}

fn invalid(field: &str, why: String) -> Problem {
    Problem::Invalid { field: field.to_owned(), why }
}

fn save(error: SaveError) -> Problem {
    match error {
        SaveError::Fenced => Problem::Conflict("somebody else has changed it meanwhile; look again and decide anew".into()),
        SaveError::Store(error) => from_store(error),
    }
}
