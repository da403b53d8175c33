//! What somebody wants to plan, before it has times: the one question that [`preview`](fn@super::preview) answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CadenceCaps, CivilTime, Event, EventPost, Market, Phase, QueueRule, Recurrence, Reminder, Rhythm, TakenPost, ZoneName};
use crate::plan::question::asks;
use crate::plan::{PlanChannel, Problem, Series};

/// Words with the channels they are for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// A stable name, such as the post's id.
    pub key: String,
    /// The words of a channel without its own.
    pub text: String,
    /// A channel's own words, by its name.
    pub wordings: BTreeMap<String, String>,
    /// The names of the channels it goes to.
    pub channels: Vec<String>,
    /// The owner's word to sort by.
    pub category: Option<String>,
    /// Whether it asks its readers something; judged by its words if nobody said.
    pub asks: Option<bool>,
    /// What the checks of its words found.
    pub problems: Vec<Problem>,
}

/// One thing to plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum Wanted {
    /// At a time of its own.
    At {
        /// The post.
        draft: Draft,
        /// When.
        civil: CivilTime,
    },
    /// In the next free places of their categories, in this order.
    Queue {
        /// The posts.
        drafts: Vec<Draft>,
    },
    /// One after the other, numbered.
    Series {
        /// The texts.
        series: Series,
        /// How often.
        rhythm: Rhythm,
        /// Whose clock.
        zone: ZoneName,
        /// The channels.
        channels: Vec<String>,
        /// The category by which it is counted and paused.
        category: Option<String>,
    },
    /// Around an event.
    Event {
        /// The event.
        event: Event,
        /// Its reminders.
        reminders: Vec<Reminder>,
        /// The words of the reminder at the same place; those behind the last have its words. `{event}`, `{date}`,
        /// `{time}`, `{in}`, `{place}` and `{link}` are filled in.
        drafts: Vec<Draft>,
    },
    /// Again and again.
    Recurring {
        /// When.
        recurrence: Recurrence,
        /// The words, each time.
        draft: Draft,
        /// How many are shown and planned ahead.
        most: u32,
    },
    /// At the hours of readers elsewhere, in this order.
    Markets {
        /// The posts; `wordings` may name a market instead of a channel.
        drafts: Vec<Draft>,
        /// The markets.
        markets: Vec<Market>,
        /// Each at its own hour, or once for most of them.
        how: Addressed,
        /// On which days and how many; its hours are the markets'.
        rhythm: Rhythm,
        /// The zone of its days, and that of an overlap.
        zone: ZoneName,
    },
}

/// How a plan is addressed to several markets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressed {
    /// One post for each market, at its hour.
    Each,
    /// One post in the hours in which most of them look.
    BestOverlap,
}

/// A channel as a preview needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewChannel {
    /// Its name and network.
    pub channel: PlanChannel,
    /// What verdicts call it.
    pub shown: String,
    /// The zone in which its days are counted.
    pub zone: ZoneName,
    /// The windows of its categories.
    pub rules: Vec<QueueRule>,
    /// What the owner set.
    pub caps: CadenceCaps,
    /// What is out (the last thirty days at least) and what is planned at a time of its own.
    pub taken: Vec<TakenPost>,
    /// Answers by a person in the last thirty days, if they can be known.
    pub answers: Option<u32>,
}

impl Draft {
    /// One for these channels.
    pub fn new(key: impl Into<String>, text: impl Into<String>, channels: &[&str]) -> Self {
        Self {
            key: key.into(),
            text: text.into(),
            wordings: BTreeMap::new(),
            channels: channels.iter().map(|channel| (*channel).to_owned()).collect(),
            category: None,
            asks: None,
            problems: Vec::new(),
        }
    }

    /// The words for a channel, and if there are several markets for one of them.
    pub fn words(&self, channel: &str, market: Option<&str>) -> &str {
        let own = market.and_then(|market| self.wordings.get(market)).or_else(|| self.wordings.get(channel));
        own.unwrap_or(&self.text)
    }

    /// Whether it asks something on any channel.
    pub fn asks(&self) -> bool {
        self.asks.unwrap_or_else(|| std::iter::once(&self.text).chain(self.wordings.values()).any(|text| asks(text)))
    }

    /// The channels without those named twice.
    pub(super) fn each_channel(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        self.channels.iter().filter(|channel| seen.insert(channel.as_str())).cloned().collect()
    }
}

/// Fills in what an event's words may name.
pub fn event_words(text: &str, event: &Event, post: &EventPost, begins: Timestamp) -> String {
    let until = begins.as_second() - post.due_at.as_second();
    let days = (event.begins.date() - post.civil.at.date()).get_days();
    let away = match post.phase {
        Phase::Before if days > 1 => format!("in {days} days"),
        Phase::Before if days == 1 && until >= 6 * 3600 => "tomorrow".to_owned(),
        Phase::Before if until >= 6 * 3600 => "today".to_owned(),
        Phase::Before => format!("in {}", super::presence::in_words(until)),
        Phase::During => "now".to_owned(),
        Phase::After => "over".to_owned(),
    };
    let fields = [
        ("{event}", event.name.clone()),
        ("{date}", event.begins.strftime("%A %-d %B").to_string()),
        ("{time}", event.begins.strftime("%H:%M").to_string()),
        ("{in}", away),
        ("{place}", event.place.clone().unwrap_or_default()),
        ("{link}", event.link.clone().unwrap_or_default()),
    ];
    // What has nothing to fill in stays, so that the check for placeholders finds it.
    fields.iter().filter(|(_, value)| !value.is_empty()).fold(text.to_owned(), |text, (field, value)| text.replace(field, value))
}
