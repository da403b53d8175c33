//! The queue meets its windows: which post has which place.
//!
//! Each channel is filled by itself. Its places come in order of time; each goes to the first item of its category that
//! may have it. A pause, the channel's cap, or something that went out too near takes the place away; the item waits for
//! the next one. An item that asks something waits for a place at which somebody is there, for two weeks at most.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::chance::chance_of;
use super::free::Free;
use super::pause::held_for_good;
use super::places::{Drawing, Place};
use super::presence::PresenceSpans;
use super::spans::holding;
use super::spread::{GAP_MINUTES_MAX, GAP_MINUTES_MIN, uniform};
use super::{CivilTime, Pause, QueueRule, ZoneName, held_by};
use crate::plan::QueueItem;

/// How long an item that asks something waits for a place at which somebody is there.
const PRESENCE_WAIT_DAYS: i64 = 14;
/// Dates before today that are drawn too, so that what is drawn does not depend on the day on which it is drawn.
const WARM_UP_DAYS: i64 = 3;
/// The farthest east that a day begins before it does in UTC, with an hour to spare.
const EAST_SECONDS: i64 = 15 * 3600;
/// Places older than this are too far away to matter.
const NEAR_SECONDS: i64 = 4 * 86_400;
const DAY_SECONDS: i64 = 86_400;

/// A post that is out, or goes out at a time of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenPost {
    /// When.
    pub at: Timestamp,
    /// Its category, if it has one.
    pub category: Option<String>,
    /// It went out from the queue: its place is used, and no other moves because of it.
    pub queued: bool,
}

/// A channel with its windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelQueue {
    /// Its name, as the items name it.
    pub channel: String,
    /// One for each category, or several for several markets.
    pub rules: Vec<QueueRule>,
    /// The least minutes between any two posts on it.
    pub gap_minutes: u32,
    /// The most posts a day on it, of all kinds together.
    pub per_day_max: Option<u32>,
    /// The zone in which its days are counted.
    pub zone: ZoneName,
    /// What went out, and what goes out at a time of its own, in any order.
    pub taken: Vec<TakenPost>,
}

/// What is asked of [`fill`].
#[derive(Debug, Clone)]
pub struct FillRequest<'r> {
    /// The items in their order; see [`crate::plan::Queue`].
    pub items: &'r [QueueItem],
    /// The channels.
    pub channels: &'r [ChannelQueue],
    /// What stands still.
    pub pauses: &'r [Pause],
    /// When somebody is there; `None` places posts that ask as any other.
    pub presence: Option<&'r PresenceSpans>,
    /// Every place is later than this.
    pub now: Timestamp,
    /// How far ahead places are looked for, in days.
    pub days_max: u32,
    /// Chance.
    pub seed: u64,
}

/// An item's place on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePlace {
    /// The index of the item in [`FillRequest::items`].
    pub item: usize,
    /// The channel.
    pub channel: String,
    /// The wall clock in the zone of the category's windows; it resolves to `due_at`.
    pub civil: CivilTime,
    /// When it goes out.
    pub due_at: Timestamp,
}

/// An item without a place on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplaced {
    /// The index of the item in [`FillRequest::items`].
    pub item: usize,
    /// The channel.
    pub channel: String,
    /// Why.
    pub why: NoPlace,
}

/// Why there is no place; what stands behind the semicolon is the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum NoPlace {
    #[error("there is no channel {channel:?} with windows; give it some such as tips: Mon-Fri 07:30-09:00")]
    NoChannel { channel: String },
    #[error("the category {category:?} has no windows on {channel}; give it some such as Mon-Fri 07:30-09:00")]
    NoWindows { category: String, channel: String },
    #[error("it stands still until somebody says so ({why}); resume it")]
    Paused { why: String },
    #[error("no place is free within {days} days; ask for more a day, or widen the windows")]
    RunsOut { days: u32 },
}

/// What [`fill`] answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// By time, then by item.
    pub placed: Vec<QueuePlace>,
    /// By item.
    pub unplaced: Vec<Unplaced>,
}

/// Gives every item its place on each of its channels, in their order, or says why it has none.
///
/// On a channel no two posts are closer than its gap, whatever their categories, and no day has more than its cap; each
/// place lies inside a window of its category, later than `now`, outside every pause; the wall clock's minute is never
/// that of a place a day, two, three or a week apart, never 0, 15, 30 or 45. The same request has the same answer.
pub fn fill(request: &FillRequest<'_>) -> Filled {
    let mut filled = Filled::default();
    let known: BTreeSet<&str> = request.channels.iter().map(|channel| channel.channel.as_str()).collect();
    for (item, one) in request.items.iter().enumerate() {
        let unknown = one.channels.iter().filter(|channel| !known.contains(channel.as_str()));
        let why = |channel: &String| NoPlace::NoChannel { channel: channel.clone() };
        filled.unplaced.extend(unknown.map(|channel| Unplaced { item, channel: channel.clone(), why: why(channel) }));
    }
    for channel in request.channels {
        Filler::new(request, channel, &mut filled).run();
    }
    filled.placed.sort_by(|a, b| (a.due_at, a.item, &a.channel).cmp(&(b.due_at, b.item, &b.channel)));
    filled.unplaced.sort_by(|a, b| (a.item, &a.channel).cmp(&(b.item, &b.channel)));
    filled
}

/// The next `count` free places of a category on a channel, behind everything that is in the queue already.
pub fn next_places(request: &FillRequest<'_>, category: &str, channel: &str, count: usize) -> Vec<QueuePlace> {
    let asked = QueueItem { key: String::new(), category: category.to_owned(), channels: vec![channel.to_owned()], asks: false };
    let mut items = request.items.to_vec();
    let before = items.len();
    items.extend(std::iter::repeat_n(asked, count));
    let channels: Vec<ChannelQueue> = request.channels.iter().filter(|known| known.channel == channel).cloned().collect();
    let request = FillRequest { items: &items, channels: &channels, ..request.clone() };
    fill(&request).placed.into_iter().filter(|place| place.item >= before).collect()
}

struct Filler<'r, 'f> {
    request: &'r FillRequest<'r>,
    channel: &'r ChannelQueue,
    filled: &'f mut Filled,
    gap: i64,
    /// What waits, by category in lower case.
    waiting: BTreeMap<String, VecDeque<usize>>,
    left: usize,
    /// How many go out on each day of the channel's zone.
    on_day: BTreeMap<Date, u32>,
    /// Posts that used a place already, sorted.
    used: Vec<i64>,
    /// Since when an item that asks has been passed over.
    passed_over: BTreeMap<usize, i64>,
    /// Seconds of places, sorted; those far back are dropped.
    near: Vec<i64>,
}

impl<'r, 'f> Filler<'r, 'f> {
    fn new(request: &'r FillRequest<'r>, channel: &'r ChannelQueue, filled: &'f mut Filled) -> Self {
        let mut waiting: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        let mut left = 0;
        for (item, one) in request.items.iter().enumerate().filter(|(_, one)| one.channels.contains(&channel.channel)) {
            let category = name(&one.category);
            let why = match channel.rules.iter().find(|rule| name(&rule.category) == category) {
                None => Some(NoPlace::NoWindows { category: one.category.clone(), channel: channel.channel.clone() }),
                Some(rule) => held_for_good(request.pauses, rule.known_as(), &channel.channel)
                    .filter(|pause| pause.lasts(request.now))
                    .map(|pause| NoPlace::Paused { why: pause.why.clone() }),
            };
            match why {
                Some(why) => filled.unplaced.push(Unplaced { item, channel: channel.channel.clone(), why }),
                None => {
                    left += 1;
                    waiting.entry(category).or_default().push_back(item);
                }
            }
        }
        let mut on_day: BTreeMap<Date, u32> = BTreeMap::new();
        for taken in &channel.taken {
            *on_day.entry(channel.zone.rules().to_datetime(taken.at).date()).or_default() += 1;
        }
        let mut used: Vec<i64> = channel.taken.iter().filter(|taken| taken.queued).map(|taken| taken.at.as_second()).collect();
        used.sort_unstable();
        let gap = i64::from(channel.gap_minutes.clamp(GAP_MINUTES_MIN, GAP_MINUTES_MAX)) * 60;
        Self { request, channel, filled, gap, waiting, left, on_day, used, passed_over: BTreeMap::new(), near: Vec::new() }
    }

    fn run(mut self) {
        let mut taken: Vec<i64> = self.channel.taken.iter().filter(|taken| !taken.queued).map(|taken| taken.at.as_second()).collect();
        taken.sort_unstable();
        taken.dedup();
        let drawing = Drawing::new(self.request.seed, &self.channel.channel, &self.channel.rules, self.gap, &taken);
        let today = jiff::tz::Offset::UTC.to_datetime(self.request.now).date();
        let first = today.saturating_sub(WARM_UP_DAYS.days());
        let last = today.saturating_add(i64::from(self.request.days_max).days());
        let mut open: Vec<(Place, Date)> = Vec::new();
        let mut date = first;
        while self.left > 0 && date <= last {
            let places = drawing.on(date, &self.near);
            self.near.extend(places.iter().map(|place| place.second));
            self.near.sort_unstable();
            open.extend(places.into_iter().map(|place| (place, date)));
            open.sort_unstable_by_key(|(place, _)| place.second);
            let Ok(next) = date.tomorrow() else { break };
            // No place of a later date comes before this.
            let sure = midnight_utc(next) - EAST_SECONDS;
            let ready = open.partition_point(|(place, _)| place.second < sure);
            for (place, date) in open.drain(..ready) {
                self.give(&drawing, place, date);
            }
            let far = self.near.partition_point(|second| *second < sure - NEAR_SECONDS);
            self.near.drain(..far);
            date = next;
        }
        for (place, date) in open {
            self.give(&drawing, place, date);
        }
        let why = NoPlace::RunsOut { days: self.request.days_max };
        let rest = self.waiting.values().flatten();
        self.filled.unplaced.extend(rest.map(|item| Unplaced { item: *item, channel: self.channel.channel.clone(), why: why.clone() }));
    }

    /// Gives a place to the first item that may have it.
    fn give(&mut self, drawing: &Drawing<'_>, place: Place, date: Date) {
        let Some(rule) = self.channel.rules.get(place.rule) else { return };
        let category = name(&rule.category);
        let Some(first) = self.waiting.get(&category).and_then(VecDeque::front).copied() else { return };
        if !self.is_open(place.second, rule.known_as()) {
            return;
        }
        let asks = |item: &usize| self.request.items.get(*item).is_some_and(|item| item.asks);
        let mut chosen = (0, first, place.second);
        if let Some(presence) = self.request.presence.filter(|_| asks(&first))
            && holding(presence.spans(), place.second).is_none()
        {
            let since = *self.passed_over.entry(first).or_insert(place.second);
            if let Some(second) = self.moved_into_presence(drawing, place, date, presence) {
                chosen.2 = second;
            } else if place.second - since < PRESENCE_WAIT_DAYS * DAY_SECONDS {
                let queue = self.waiting.get(&category);
                let Some((index, item)) = queue.and_then(|queue| queue.iter().copied().enumerate().find(|(_, item)| !asks(item))) else {
                    return;
                };
                chosen = (index, item, place.second);
            }
        }
        let (index, item, second) = chosen;
        let Ok(due_at) = Timestamp::from_second(second) else { return };
        if let Some(queue) = self.waiting.get_mut(&category) {
            queue.remove(index);
        }
        self.left -= 1;
        *self.on_day.entry(self.day(due_at)).or_default() += 1;
        let civil = CivilTime::of_instant(due_at, &rule.zone);
        self.filled.placed.push(QueuePlace { item, channel: self.channel.channel.clone(), civil, due_at });
    }

    /// Whether a post of that category may go out at that second.
    fn is_open(&self, second: i64, category: &str) -> bool {
        let Ok(at) = Timestamp::from_second(second) else { return false };
        let next = self.used.partition_point(|used| *used <= second - self.gap);
        let is_near = self.used.get(next).is_some_and(|used| *used < second + self.gap);
        let full = self.channel.per_day_max.is_some_and(|cap| self.on_day.get(&self.day(at)).copied().unwrap_or(0) >= cap);
        at > self.request.now && !is_near && !full && held_by(self.request.pauses, Some(category), &self.channel.channel, at).is_none()
    }

    fn day(&self, at: Timestamp) -> Date {
        self.channel.zone.rules().to_datetime(at).date()
    }

    /// Another second of the place's own window, at which somebody is there.
    fn moved_into_presence(&mut self, drawing: &Drawing<'_>, place: Place, date: Date, presence: &PresenceSpans) -> Option<i64> {
        let rule = self.channel.rules.get(place.rule)?;
        let window = drawing.windows(place.rule, date).into_iter().find(|free| free.count(place.second, place.second) > 0)?;
        let others: Vec<i64> = self.near.iter().copied().filter(|second| *second != place.second).collect();
        let free: Free = window.within(presence.spans()).without(drawing.taken(), self.gap).without(&others, self.gap);
        if free.is_empty() {
            return None;
        }
        let mut chance = chance_of(self.request.seed, &["presence", &self.channel.channel, &place.second.to_string()]);
        let second = uniform(&free, i64::MIN / 2, i64::MAX / 2, &mut chance)?;
        if !self.is_open(second, rule.known_as()) {
            return None;
        }
        self.near.retain(|near| *near != place.second);
        let index = self.near.partition_point(|near| *near < second);
        self.near.insert(index, second);
        Some(second)
    }
}

fn midnight_utc(date: Date) -> i64 {
    date.duration_since(jiff::civil::date(1970, 1, 1)).as_secs()
}

/// Categories are the same in any case.
fn name(category: &str) -> String {
    category.trim().to_lowercase()
}

#[cfg(test)]
mod tests;
