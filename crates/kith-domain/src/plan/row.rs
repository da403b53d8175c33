//! One row of a plan: a post as its writer put it into the file, nothing resolved yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The alternative text of a picture that shows nothing a listener misses.
pub const ALT_DECORATIVE: &str = "decorative";

/// What stands in `card` for a post without one.
pub const CARD_NONE: &str = "none";

/// Where a row stands in its file; kept as provenance with the post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceLine {
    /// The first line of the row, counted from 1.
    pub line: u32,
    /// The row among the posts of the file, counted from 1; headers and empty lines are not rows.
    pub row: u32,
}

/// A post as it stands in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Where it stands.
    pub source: SourceLine,
    /// What it says, unless a network has a wording of its own.
    pub text: String,
    /// When it goes out, as written; `None` means "put it into the windows".
    pub at: Option<String>,
    /// The time zone of `at`, as written.
    pub zone: Option<String>,
    /// The channels it goes to; `None` means the channels of the whole plan.
    pub channels: Option<Vec<String>>,
    /// A word of the writer's own to sort posts by.
    pub category: Option<String>,
    /// Paths or names of pictures and videos, in their order.
    pub media: Vec<String>,
    /// Alternative texts, one for each of `media`; [`ALT_DECORATIVE`] for a picture that says nothing.
    pub alt: Vec<String>,
    /// The content warning.
    pub cw: Option<String>,
    /// The language as a BCP 47 tag, as written.
    pub lang: Option<String>,
    /// Wordings of their own, by network id (`text:mastodon` → `mastodon`).
    pub wordings: BTreeMap<String, String>,
    /// The answers of a poll, in order; empty for most posts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub poll: Vec<String>,
    /// How long the poll is open, in minutes, as written; a day if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_minutes: Option<String>,
    /// The card of its link: its title and, behind it, its description; [`CARD_NONE`] alone for no card; empty for what the
    /// page says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub card: Vec<String>,
}

impl PlanRow {
    /// The words that go out on `network`: its own wording, or the text.
    pub fn text_for(&self, network: &str) -> &str {
        self.wordings.get(network).unwrap_or(&self.text)
    }
}

impl Default for SourceLine {
    fn default() -> Self {
        Self { line: 1, row: 1 }
    }
}

/// A channel that a plan may name, and the network it is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChannel {
    /// The name its owner gave it, unique in the workspace.
    pub name: String,
    /// The id of its network, such as `mastodon`.
    pub network: String,
}
