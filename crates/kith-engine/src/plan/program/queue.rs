//! The queue's verbs (B3), and the windows that give its places.
//!
//! A verb says what is to happen to the queue, not what the queue is to be: two people who change it at the same time
//! both have their way.

use std::collections::BTreeMap;

use kith_domain::ids::WorkspaceId;
use kith_domain::plan::queue::QUEUE_ITEMS_MAX;
use kith_domain::plan::{Queue, QueueItem, QueueSpot};
use kith_domain::schedule::{Draft, QueueRule, Wanted, parse_categories};

use super::verbs::{invalid, zone_of};
use super::{Extra, Meaning, PlanRules, ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// The one queue of a workspace.
pub(crate) const QUEUE: &str = "queue";

/// Posts for the queue.
#[derive(Debug, Clone, Default)]
pub struct QueueWish {
    /// The texts, in their order.
    pub texts: Vec<String>,
    /// Whose windows they take.
    pub category: String,
    /// Channels by name.
    pub channels: Vec<String>,
    /// Before all others instead of behind them.
    pub first: bool,
}

/// What happens to the queue.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueStep {
    /// Posts come in, in their order.
    Add {
        /// The posts.
        drafts: Vec<Draft>,
        /// What they carry besides words, by their keys.
        extras: BTreeMap<String, Extra>,
        /// Before all others instead of behind them.
        first: bool,
    },
    /// A post goes to another place in the order.
    Move {
        /// Its key.
        key: String,
        /// Where to.
        spot: QueueSpot,
    },
    /// A post goes out of it.
    Remove {
        /// Its key.
        key: String,
    },
}

impl QueueStep {
    /// The queue after this step.
    pub(super) fn apply(&self, meaning: &Meaning) -> Result<Meaning, Problem> {
        let Meaning::Plan { wanted: Wanted::Queue { drafts }, extras } = meaning else { return Ok(meaning.clone()) };
        let (mut drafts, mut extras) = (drafts.clone(), extras.clone());
        match self {
            Self::Add { drafts: new, extras: more, first } => {
                if drafts.len() + new.len() > QUEUE_ITEMS_MAX {
                    return Err(invalid("text", &format!("a queue holds at most {QUEUE_ITEMS_MAX} posts; let some go out first")));
                }
                let at = if *first { 0 } else { drafts.len() };
                drafts.splice(at..at, new.iter().cloned());
                extras.extend(more.clone());
            }
            Self::Move { key, spot } => {
                let mut queue = Queue::of(drafts.iter().map(item));
                queue.reorder(key, spot).map_err(|error| invalid("post", &error.to_string()))?;
                let mut by_key: BTreeMap<String, Draft> = drafts.into_iter().map(|draft| (draft.key.clone(), draft)).collect();
                drafts = queue.items().iter().filter_map(|item| by_key.remove(&item.key)).collect();
            }
            Self::Remove { key } => {
                let before = drafts.len();
                drafts.retain(|draft| draft.key != *key);
                if drafts.len() == before {
                    return Err(Problem::NotThere("this post is not in the queue (any more); it may have gone out".into()));
                }
                extras.remove(key);
            }
        }
        Ok(Meaning::Plan { wanted: Wanted::Queue { drafts }, extras })
    }
}

fn item(draft: &Draft) -> QueueItem {
    QueueItem {
        key: draft.key.clone(),
        category: draft.category.clone().unwrap_or_default(),
        channels: draft.channels.clone(),
        asks: draft.asks(),
    }
}

/// A queue with nothing in it.
pub(super) fn empty() -> Meaning {
    Meaning::Plan { wanted: Wanted::Queue { drafts: Vec::new() }, extras: BTreeMap::new() }
}

/// A channel's windows as people write them, a category in each line.
pub(in crate::plan) fn windows_text(rules: &PlanRules, channel: &str) -> String {
    let rules = rules.windows.get(channel).map(Vec::as_slice).unwrap_or_default();
    rules.iter().map(|rule| format!("{}: {}", rule.category, rule.rhythm)).collect::<Vec<_>>().join("\n")
}

impl Kith {
    /// The queue's posts, the first to go out first, without what has gone out.
    pub async fn queue_drafts(&self, workspace: WorkspaceId) -> Result<Vec<Draft>, Problem> {
        match self.program_source(workspace, SourceKind::Queue, QUEUE).await {
            Ok(line) => match line.meaning {
                Meaning::Plan { wanted: Wanted::Queue { drafts }, .. } => Ok(drafts),
                _ => Ok(Vec::new()),
            },
            Err(Problem::NotThere(_)) => Ok(Vec::new()),
            Err(problem) => Err(problem),
        }
    }

    /// Posts into the queue (B3).
    pub async fn queue_add(&self, workspace: WorkspaceId, wish: &QueueWish) -> Result<ProgramEdit, Problem> {
        let channels = self.checked_channels(workspace, &wish.channels).await?;
        let texts: Vec<&str> = wish.texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err(invalid("text", "write at least one post"));
        }
        if wish.category.trim().is_empty() {
            return Err(invalid("category", "name the category whose windows it takes, such as tips"));
        }
        let new = texts.into_iter().map(|text| Draft {
            channels: channels.clone(),
            category: Some(wish.category.trim().to_lowercase()),
            ..Draft::new(self.item_key(), text, &[])
        });
        Ok(ProgramEdit::Queue(QueueStep::Add { drafts: new.collect(), extras: BTreeMap::new(), first: wish.first }))
    }

    /// A post of the queue to another place in its order.
    pub async fn queue_move(&self, workspace: WorkspaceId, key: &str, spot: &QueueSpot) -> Result<ProgramEdit, Problem> {
        let step = QueueStep::Move { key: key.to_owned(), spot: spot.clone() };
        self.queue_step(workspace, step).await
    }

    /// A post out of the queue.
    pub async fn queue_remove(&self, workspace: WorkspaceId, key: &str) -> Result<ProgramEdit, Problem> {
        self.queue_step(workspace, QueueStep::Remove { key: key.to_owned() }).await
    }

    /// A step that fits the queue as it stands.
    async fn queue_step(&self, workspace: WorkspaceId, step: QueueStep) -> Result<ProgramEdit, Problem> {
        let drafts = self.queue_drafts(workspace).await?;
        step.apply(&Meaning::Plan { wanted: Wanted::Queue { drafts }, extras: BTreeMap::new() })?;
        Ok(ProgramEdit::Queue(step))
    }

    /// The weekly windows of a channel's categories, such as `tips: Mon–Fri 7:30–9:00; offers: Tue, Thu 16–18`.
    pub async fn windows_edit(&self, operator: &Operator, channel: &str, text: &str) -> Result<ProgramEdit, Problem> {
        self.windows_edit_since(operator, channel, text, None).await
    }

    /// The same from a form that showed these windows, `was`: `Conflict` if they are others by now.
    pub async fn windows_edit_since(
        &self,
        operator: &Operator,
        channel: &str,
        text: &str,
        was: Option<&str>,
    ) -> Result<ProgramEdit, Problem> {
        self.named_channel(operator.workspace, channel).await?;
        let zone = zone_of(None, operator)?;
        let rules = parse_categories(text).map_err(|error| invalid("windows", &error.to_string()))?;
        let rules = rules.into_iter().map(|(category, rhythm)| QueueRule::new(category, rhythm, zone.clone())).collect();
        self.rules_edit(operator.workspace, |all| {
            let now = windows_text(all, channel);
            if was.is_some_and(|was| !was.lines().map(str::trim).eq(now.lines().map(str::trim))) {
                let now = if now.is_empty() { "none".to_owned() } else { now.replace('\n', "; ") };
                return Err(Problem::Conflict(format!(
                    "the windows of {channel} were changed meanwhile and are {now} now; yours are not stored. Store them again if they shall hold instead"
                )));
            }
            all.windows.insert(channel.to_owned(), rules);
            Ok(())
        })
        .await
    }
}
