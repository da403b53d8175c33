//! The program: everything that posts come from (queue, series, events, recurrences, markets, absences) and the deliveries
//! that follow from it.
//!
//! A source is what a person meant, its deliveries follow by one pure function, `kith_domain::schedule::preview`. Every
//! change is the same walk: take the sources as they would be, ask what would go out, compare it with what is planned,
//! and show the difference (`preview_program`) or store it whole (`change_program`). What has begun is never touched.

mod caps;
mod changes;
mod context;
mod edit;
mod events;
mod home;
mod judged;
mod markets;
mod outcome;
mod owners;
mod queue;
mod repeat;
mod rests;
mod run;
mod series;
mod stored;
mod verbs;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_domain::ids::{SourceId, WorkspaceId};
use kith_domain::mandate::Deed;
use kith_domain::plan::{CategoryKinds, Problem as PlanProblem};
use kith_domain::publish::MediaItem;
use kith_domain::publish::extras::LinkCard;
use kith_domain::schedule::{Absence, CadenceCaps, Market, Pause, Presence, PreviewLine, QueueRule, Wanted, WithoutTime};
use kith_store::{SourceChange, SourceRow};
use serde::{Deserialize, Serialize};

pub use caps::CapsWish;
pub use edit::ProgramEdit;
pub use events::EventWish;
pub use home::{AbsenceWish, OnReturn};
pub use markets::MarketsWish;
pub(super) use queue::windows_text;
pub use queue::{QueueStep, QueueWish};
pub use repeat::RecurringWish;
pub use rests::{PauseWish, paused_in_words};
pub use series::SeriesWish;

use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store, internal};

/// Longest name of a source in characters.
const NAME_CHARS_MAX: usize = 80;

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Posts in the next free places of their categories.
    Queue,
    /// Numbered posts.
    Series,
    /// Reminders of an event.
    Event,
    /// The same post again and again.
    Recurring,
    /// Posts at the hours of readers elsewhere.
    Markets,
    /// A time away.
    Absence,
}

/// Everything about a source, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Meaning {
    /// Something to plan.
    Plan {
        /// What, in the domain's words.
        wanted: Wanted,
        /// What its posts carry besides words, by the post's key.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        extras: BTreeMap<String, Extra>,
    },
    /// A time away.
    Away {
        /// Which.
        absence: Absence,
    },
}

/// What a post carries besides its words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Extra {
    /// Content warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<MediaItem>,
    /// The answers of a poll, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub poll: Vec<String>,
    /// How long it is open, in minutes, as written; a day if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_minutes: Option<String>,
    /// Who asks for it and may not approve it, by name: it waits for the owner's yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
}

/// A source as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceLine {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: SourceKind,
    /// What it is called.
    pub name: String,
    /// Since when it rests.
    pub paused_at: Option<Timestamp>,
    /// Everything about it.
    pub meaning: Meaning,
    /// Grows by one with each change.
    pub version: i64,
}

/// What the owner has set for all plans.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlanRules {
    /// What categories are for.
    #[serde(default)]
    pub kinds: CategoryKinds,
    /// Weekly windows of the categories, by the channel's name.
    #[serde(default)]
    pub windows: BTreeMap<String, Vec<QueueRule>>,
    /// What a channel's cadence allows, by its name.
    #[serde(default)]
    pub caps: BTreeMap<String, CadenceCaps>,
    /// Where readers are, and their hours.
    #[serde(default)]
    pub markets: Vec<Market>,
    /// When the owner is there; `None` until she says so.
    #[serde(default)]
    pub presence: Option<Presence>,
    /// What stands still.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// The version that was read; an edit that names it is refused if somebody has changed the rules since.
    #[serde(skip)]
    pub read: Option<i64>,
}

/// What a change does to what goes out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ProgramDiff {
    /// Everything that goes out from the program, by time.
    pub lines: Vec<PreviewLine>,
    /// What the rules keep back, each with the reason in its verdicts, problems or `held`.
    pub kept_back: Vec<PreviewLine>,
    /// What has no time, and why.
    pub without_time: Vec<WithoutTime>,
    /// New deliveries.
    pub added: usize,
    /// Of these, deliveries that are held until the owner's yes.
    pub held: usize,
    /// Deliveries at another time.
    pub moved: usize,
    /// Deliveries with other words.
    pub reworded: usize,
    /// Deliveries called off.
    pub cancelled: usize,
    /// A post that the change suggests, such as "the opening is called off".
    pub offer: Option<String>,
    /// What the sources of the lines are called, by the key that a line names.
    pub names: BTreeMap<String, String>,
    /// The cards below the links of what is new, by the line's occurrence key.
    pub cards: BTreeMap<String, Vec<LinkCard>>,
    /// What is worth a look in all of it, such as links that were not looked at.
    pub notes: Vec<PlanProblem>,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Queue, Self::Series, Self::Event, Self::Recurring, Self::Markets, Self::Absence];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Series => "series",
            Self::Event => "event",
            Self::Recurring => "recurring",
            Self::Markets => "markets",
            Self::Absence => "absence",
        }
    }
}

impl Kith {
    /// The sources of a kind, by name.
    pub async fn sources_of(&self, workspace: WorkspaceId, kind: SourceKind) -> Result<Vec<SourceLine>, Problem> {
        let rows = self.store().in_workspace(workspace).sources(kind.as_str()).await.map_err(from_store)?;
        rows.iter()
            .map(|row| {
                Ok(SourceLine {
                    id: row.id.to_string(),
                    kind,
                    name: row.name.clone(),
                    paused_at: row.paused_at,
                    meaning: meaning(row)?,
                    version: row.version,
                })
            })
            .collect()
    }

    /// One source by its kind and name.
    pub async fn program_source(&self, workspace: WorkspaceId, kind: SourceKind, name: &str) -> Result<SourceLine, Problem> {
        let lines = self.sources_of(workspace, kind).await?;
        let names = lines.iter().map(|line| format!("{:?}", line.name)).collect::<Vec<_>>().join(", ");
        let known = if names.is_empty() { "there is none yet".to_owned() } else { format!("there are {names}") };
        let found = lines.into_iter().find(|line| line.name == name || line.id == name);
        let mut line = found.ok_or_else(|| Problem::NotThere(format!("no {} is called {name:?}; {known}", kind.as_str())))?;
        let row = self.store().in_workspace(workspace).source(id_of(&line.id)?).await.map_err(from_store)?;
        let row = row.ok_or_else(|| Problem::NotThere(format!("{name:?} is gone")))?;
        line.version = row.version;
        line.meaning = self.settled(context::living(&row)?).await?;
        Ok(line)
    }

    /// What the owner has set for all plans.
    pub async fn plan_rules(&self, workspace: WorkspaceId) -> Result<PlanRules, Problem> {
        Ok(self.rules_with_version(workspace).await?.0)
    }

    /// Who may change the program from a page.
    pub fn planner(&self, visitor: &crate::Visitor) -> Result<Operator, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        Ok(Operator { workspace: visitor.workspace, zone: visitor.zone.clone(), actor: visitor.actor() })
    }
}

fn id_of(text: &str) -> Result<SourceId, Problem> {
    text.parse().map_err(|_| Problem::NotThere("there is no such source".into()))
}

/// A name for people, bounded.
fn named(name: &str) -> Result<String, Problem> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Problem::Invalid { field: "name".into(), why: format!("call it something in 1 to {NAME_CHARS_MAX} characters") });
    }
    Ok(name)
}

fn meaning(row: &SourceRow) -> Result<Meaning, Problem> {
    serde_json::from_value(row.definition.clone()).map_err(|error| internal(&format!("source {}: {error}", row.id)))
}

/// A source with what is changed about it.
#[derive(Debug, Clone)]
struct Living {
    id: SourceId,
    kind: SourceKind,
    name: String,
    paused: bool,
    meaning: Meaning,
    provenance: kith_domain::mandate::Provenance,
    /// What is to be stored of it, if anything.
    change: Option<SourceChange>,
}
