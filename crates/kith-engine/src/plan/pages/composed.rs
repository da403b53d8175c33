//! A post as somebody types it, and the rows of a plan that it means.

use std::collections::{BTreeMap, BTreeSet};

use kith_domain::plan::{ALT_DECORATIVE, Parsed, PlanRow, SourceLine};
use kith_store::ChannelRow;
use serde::{Deserialize, Serialize};

use super::super::drafts::kept_name;
use super::super::import::series_of;

/// Longest draft in bytes of its JSON: twelve channels with the longest texts of any network.
pub(crate) const COMPOSED_BYTES_MAX: usize = 400_000;

/// A post as it is typed. It is also what a draft keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Composed {
    /// The channels' names; the first version is written for the first of them.
    pub channels: Vec<String>,
    /// The words of the first version, and of every channel without its own.
    pub text: String,
    /// A channel's own words, by its name; never empty.
    pub wordings: BTreeMap<String, String>,
    /// Channels on which it goes out a day later.
    pub later: BTreeSet<String>,
    /// Content warning.
    pub warning: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// Pictures, in their order.
    pub pictures: Vec<ComposedPicture>,
    /// The answers of a poll, in order.
    pub poll: Vec<String>,
    /// How long the poll is open, in minutes, as written; a day if empty.
    pub poll_minutes: String,
    /// When.
    pub when: ComposeWhen,
    /// The local time of one's own, kept while another is chosen.
    pub at: String,
    /// The zone of that time; the workspace's if empty.
    pub zone: String,
}

/// A picture of a post that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComposedPicture {
    /// The stored file.
    pub id: String,
    /// What the file was called.
    pub name: String,
    /// What it shows.
    pub alt: String,
    /// It shows nothing that a listener misses.
    pub decorative: bool,
}

/// When a post is to go out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComposeWhen {
    /// Nobody chose; Kith proposes.
    #[default]
    Open,
    /// At the local time of `Composed::at`.
    At,
    /// In the next free place of this category.
    Place(String),
    /// In this market's hours, at this local time there, as it was proposed.
    Market {
        /// Its name.
        name: String,
        /// Such as `2026-11-24T06:20`.
        at: String,
    },
    /// While the owner is there, at this local time, as it was proposed.
    Here {
        /// Such as `2026-11-24T09:00`.
        at: String,
    },
}

/// When a channel's version goes out: local time and zone.
pub(in crate::plan) type LocalTime = (String, String);

impl Composed {
    /// The words of a channel.
    pub fn words(&self, channel: &str) -> &str {
        self.wordings.get(channel).unwrap_or(&self.text).trim()
    }

    /// The field in which they stand: the first channel's in the first version's.
    pub(super) fn field(&self, channel: &str) -> String {
        if self.channels.first().is_none_or(|first| first == channel) { "text".into() } else { format!("text:{channel}") }
    }

    /// The same post, with the first channel's words as those of the first version and no wording that says the same.
    pub fn settled(mut self) -> Self {
        if let Some(own) = self.channels.first().cloned().and_then(|first| self.wordings.remove(&first)) {
            let before = std::mem::replace(&mut self.text, own);
            for name in self.channels.iter().skip(1) {
                self.wordings.entry(name.clone()).or_insert_with(|| before.clone());
            }
        }
        let (text, channels) = (self.text.trim().to_owned(), &self.channels);
        self.wordings.retain(|name, words| channels.contains(name) && !words.trim().is_empty() && words.trim() != text);
        self.later.retain(|name| channels.iter().skip(1).any(|known| known == name));
        self
    }

    /// Whether anything was written.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty() && self.wordings.values().all(|text| text.trim().is_empty()) && self.pictures.is_empty()
    }

    /// Everything but words, channels and time.
    pub(in crate::plan) fn row(&self) -> PlanRow {
        // A missing description is said at its own field and stops the post there (`write.rs`); times are shown meanwhile.
        let bare = |picture: &ComposedPicture| picture.decorative || picture.alt.trim().is_empty();
        let alt = |picture: &ComposedPicture| if bare(picture) { ALT_DECORATIVE.to_owned() } else { picture.alt.trim().to_owned() };
        PlanRow {
            cw: self.warning.clone(),
            lang: self.language.clone(),
            media: self.pictures.iter().map(|picture| kept_name(&picture.id)).collect(),
            alt: self.pictures.iter().map(alt).collect(),
            poll: self.poll.iter().map(|answer| answer.trim().to_owned()).filter(|answer| !answer.is_empty()).collect(),
            poll_minutes: Some(self.poll_minutes.trim().to_owned()).filter(|text| !text.is_empty()),
            ..PlanRow::default()
        }
    }
}

/// The rows of a post, each line a number: channels with one time stand in one row, each network with its wording, so
/// that they are judged as one idea; two wordings on one network need two rows.
pub(in crate::plan) fn rows(post: &Composed, times: &BTreeMap<String, LocalTime>, channels: &[ChannelRow]) -> (Parsed, String) {
    let mut rows: Vec<PlanRow> = Vec::new();
    for name in &post.channels {
        let Some(channel) = channels.iter().find(|channel| channel.name == *name) else { continue };
        let Some((at, zone)) = times.get(name) else { continue };
        let (words, network) = (post.words(name), channel.network.as_str());
        let fits = |row: &&mut PlanRow| {
            let same_time = row.at.as_deref() == Some(at.as_str()) && row.zone.as_deref() == Some(zone.as_str());
            let others = row.channels.iter().flatten().filter_map(|other| channels.iter().find(|channel| channel.name == *other));
            let known = others.into_iter().any(|other| other.network.as_str() == network);
            same_time && (!known || row.text_for(network) == words)
        };
        match rows.iter_mut().find(fits) {
            Some(row) => {
                row.channels.get_or_insert_default().push(name.clone());
                if row.text != words {
                    row.wordings.insert(network.to_owned(), words.to_owned());
                }
            }
            None => rows.push(PlanRow {
                text: words.to_owned(),
                at: Some(at.clone()),
                zone: Some(zone.clone()),
                channels: Some(vec![name.clone()]),
                ..post.row()
            }),
        }
    }
    for (row, line) in rows.iter_mut().zip(1..) {
        row.source = SourceLine { line, row: line };
    }
    // The same words for the same time are the same post, however often the button is pressed.
    let whole = rows.iter().fold(String::new(), |whole, row| format!("{whole}\n{:?}\n{:?}\n{}", row.at, row.channels, row.text));
    let series = series_of("post", whole.as_bytes());
    (Parsed { rows, problems: Vec::new() }, series)
}
