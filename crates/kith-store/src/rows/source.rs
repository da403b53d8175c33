//! Sources, their items, and a change of the plan as one whole.

use jiff::Timestamp;
use kith_domain::ids::{ItemId, SourceId, WorkspaceId};
use kith_domain::mandate::{Actor, Provenance};
use kith_domain::publish::{Content, Dispatch, State};

use super::{DispatchView, NewEvent, NewPost};

/// A source, to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSource {
    /// Its id.
    pub id: SourceId,
    /// What it is: `queue`, `series`, `event`, `feed`, `absence`.
    pub kind: String,
    /// What people call it; unique among the living ones of its kind.
    pub name: String,
    /// Everything about it, as the engine's type for its kind.
    pub definition: serde_json::Value,
    /// Who made it, when, through which door.
    pub provenance: Provenance,
}

/// A stored source.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRow {
    /// Its id.
    pub id: SourceId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What it is.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Everything about it.
    pub definition: serde_json::Value,
    /// Grows by one with each change; whoever changes it names the version they have read.
    pub version: i64,
    /// Since when nothing new goes out from it.
    pub paused_at: Option<Timestamp>,
    /// Since when it is no more.
    pub ended_at: Option<Timestamp>,
    /// Who made it.
    pub provenance: Provenance,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One thing to say in a source.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRow {
    /// Its id.
    pub id: ItemId,
    /// Its place among the others; the smallest goes first, and of two alike the older.
    pub rank: i64,
    /// Its words, as the engine's type.
    pub body: serde_json::Value,
    /// Since when it is taken out.
    pub ended_at: Option<Timestamp>,
}

/// A delivery that came from a source.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcedDispatch {
    /// The delivery.
    pub view: DispatchView,
    /// The item that its post says.
    pub item: Option<ItemId>,
    /// A person gave it a time or words of its own: its source leaves it as it is.
    pub own_time: bool,
    /// It still has the place that its source gave it.
    pub in_place: bool,
}

/// A post with where it came from, to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcedPost {
    /// The post.
    pub post: NewPost,
    /// Its source.
    pub source: SourceId,
    /// Its item in that source.
    pub item: Option<ItemId>,
}

/// What happens to a source.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceChange {
    /// It is new.
    Add(NewSource),
    /// It is as given now; `row.version` is the version that was read. Only its name, definition, pause and end move.
    Set(SourceRow),
}

/// What happens to an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemChange {
    /// Its source.
    pub source: SourceId,
    /// As it is now: added if it is new, else its rank, body and end move.
    pub item: ItemRow,
}

/// Another time for a delivery that has not begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// As it was read.
    pub was: Dispatch,
    /// Local time.
    pub civil: String,
    /// Its zone.
    pub zone: String,
    /// The instant.
    pub due_at: Timestamp,
}

/// Other words for a delivery that has not begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Reword {
    /// As it was read.
    pub was: Dispatch,
    /// What it says now.
    pub content: Content,
    /// Who said yes to these words; `None` if nobody did yet.
    pub approved_by: Option<Actor>,
}

/// Everything that changes together. Stored whole or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanChange {
    /// Sources.
    pub sources: Vec<SourceChange>,
    /// Items.
    pub items: Vec<ItemChange>,
    /// By what entries of a feed are known from now on; a key that is known already stays as it is.
    pub keys: Vec<(SourceId, String)>,
    /// New posts.
    pub posts: Vec<SourcedPost>,
    /// Deliveries at another time.
    pub moves: Vec<Move>,
    /// Deliveries with other words.
    pub rewords: Vec<Reword>,
    /// Deliveries that are called off because their source no longer has them. Their place in the plan is free again;
    /// what a person called off keeps its place, so that nothing plans it anew.
    pub cancels: Vec<Dispatch>,
    /// Deliveries in another state, such as held: each as it was read, with its fence as these changes leave it.
    pub states: Vec<(Dispatch, State)>,
    /// Settings, by name, each with the version that was read.
    pub settings: Vec<(String, SettingRow)>,
    /// What happened.
    pub events: Vec<NewEvent>,
}

/// A setting with the version that was read; 0 if there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingRow {
    /// Its value; null if there is none.
    pub value: serde_json::Value,
    /// Grows by one with each change.
    pub version: i64,
}
