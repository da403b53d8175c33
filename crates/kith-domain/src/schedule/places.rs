//! The places of one channel on one date, of all its categories together.
//!
//! Places belong to the windows, not to the posts: they follow from the seed, the channel, the date and the rules, and
//! from what goes out there anyway. So a post added, moved or paused changes which post has a place, never where the
//! places are. No minute is used on days that lie one, two or three days, or a week, apart: each group of four minutes
//! is dealt out to the four kinds of dates (day number modulo four), in an order drawn for each group.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::chance::{chance_of, number_of, stirred};
use super::free::Free;
use super::market::{Market, overlap_spans};
use super::spans::{Span, real_spans_on};
use super::spread::{choose_windows, draw};
use super::{Rhythm, ZoneName};

/// How often a date is drawn anew if not all categories found room; the fullest drawing is kept.
const DRAWINGS_MAX: u32 = 12;
/// Dates are of this many kinds, and each minute is used by one kind.
const DATE_KINDS: i64 = 4;
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// When a category goes out on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRule {
    /// The category, as its items name it.
    pub category: String,
    /// How many, on which days, in which hours.
    pub rhythm: Rhythm,
    /// The zone of those hours.
    pub zone: ZoneName,
    /// The category by which pauses judge it, if that is another.
    #[serde(default)]
    pub judged_as: Option<String>,
    /// If there are any: the hours are not the rhythm's but those in which most of these markets look, on its days.
    #[serde(default)]
    pub overlap: Vec<Market>,
}

impl QueueRule {
    /// A category with its rhythm, in the hours of its windows.
    pub fn new(category: impl Into<String>, rhythm: Rhythm, zone: ZoneName) -> Self {
        Self { category: category.into(), rhythm, zone, judged_as: None, overlap: Vec::new() }
    }

    /// The category that pauses know.
    pub(super) fn known_as(&self) -> &str {
        self.judged_as.as_deref().unwrap_or(&self.category)
    }
}

/// A place that was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Seconds since 1970.
    pub(super) second: i64,
    /// The index of its rule.
    pub(super) rule: usize,
}

/// What places of a channel are drawn from.
#[derive(Debug, Clone)]
pub(super) struct Drawing<'r> {
    seed: u64,
    channel: &'r str,
    rules: &'r [QueueRule],
    gap: i64,
    /// What goes out anyway, sorted.
    taken: &'r [i64],
    /// Minutes not to be used, by rule: those of what goes out anyway, on the dates around it.
    avoided: Vec<BTreeSet<(Date, i64)>>,
    /// Stirs the dealing of minutes.
    dealing: u64,
}

impl<'r> Drawing<'r> {
    /// `taken` is sorted; `gap` is in seconds.
    pub(super) fn new(seed: u64, channel: &'r str, rules: &'r [QueueRule], gap: i64, taken: &'r [i64]) -> Self {
        let avoided = rules.iter().map(|rule| minutes_around(taken, &rule.zone)).collect();
        Self { seed, channel, rules, gap, taken, avoided, dealing: number_of(seed, &["minutes", channel]) }
    }

    /// The places of a date, in order of time; `near` are places of dates before, sorted.
    pub(super) fn on(&self, date: Date, near: &[i64]) -> Vec<Place> {
        let mut wanted: Vec<(usize, usize, Vec<Free>)> = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let count = rule.rhythm.on(date, stirred(self.dealing ^ index as u64)) as usize;
            if count > 0 {
                let left = |free: Free| free.without(self.taken, self.gap).without(near, self.gap);
                wanted.push((index, count, self.windows(index, date).into_iter().map(left).collect()));
            }
        }
        // Who has least room for what it wants is drawn first.
        wanted.sort_by_key(|(index, count, free)| (free.iter().map(Free::len).sum::<i64>() / *count as i64, *index));
        let all: usize = wanted.iter().map(|(_, count, _)| count).sum();
        let mut best: Vec<Place> = Vec::new();
        for attempt in 0..DRAWINGS_MAX {
            let places = self.draw(date, &wanted, attempt);
            let is_first = attempt == 0;
            if is_first || places.len() > best.len() {
                best = places;
            }
            if best.len() >= all {
                break;
            }
        }
        best.sort_unstable_by_key(|place| place.second);
        best
    }

    fn draw(&self, date: Date, wanted: &[(usize, usize, Vec<Free>)], attempt: u32) -> Vec<Place> {
        let mut chance = chance_of(self.seed, &["places", self.channel, &date.to_string(), &attempt.to_string()]);
        let mut places: Vec<Place> = Vec::new();
        let mut seconds: Vec<i64> = Vec::new();
        for (rule, count, free) in wanted {
            let left: Vec<Free> = free.iter().map(|free| free.clone().without(&seconds, self.gap)).collect();
            let windows = choose_windows(*count, &left, self.gap, &mut chance);
            let mut open_from = i64::MIN / 2;
            for place in 0..windows.len() {
                let Some(second) = draw(&windows, place, &left, open_from, self.gap, &mut chance) else { break };
                open_from = second + self.gap;
                places.push(Place { second, rule: *rule });
            }
            seconds = places.iter().map(|place| place.second).collect();
            seconds.sort_unstable();
        }
        places
    }

    /// What goes out anyway, sorted.
    pub(super) fn taken(&self) -> &[i64] {
        self.taken
    }

    /// The free seconds of a rule's windows on a date, whatever else goes out.
    pub(super) fn windows(&self, rule: usize, date: Date) -> Vec<Free> {
        let (Some(own), Some(avoided)) = (self.rules.get(rule), self.avoided.get(rule)) else { return Vec::new() };
        let usable = |date: Date, minute: i64| self.is_dealt(date, minute) && !avoided.contains(&(date, minute));
        hours_on(own, date).into_iter().map(|span| Free::of_span(span, &own.zone, &usable)).collect()
    }

    /// Whether a minute of the day is one of those dealt to this date.
    fn is_dealt(&self, date: Date, minute: i64) -> bool {
        let day = date.duration_since(EPOCH).as_hours() / 24;
        let order = stirred(self.dealing ^ (minute / DATE_KINDS) as u64) % DATE_KINDS as u64;
        (minute + order as i64).rem_euclid(DATE_KINDS) == day.rem_euclid(DATE_KINDS)
    }
}

/// The real hours of a rule on a date.
pub(super) fn hours_on(rule: &QueueRule, date: Date) -> Vec<Span> {
    if rule.overlap.is_empty() {
        return real_spans_on(&rule.rhythm.windows, &rule.zone, date);
    }
    if !rule.rhythm.windows.days().has(date.weekday()) {
        return Vec::new();
    }
    overlap_spans(&rule.overlap, date, &rule.zone).into_iter().map(|(span, _)| span).collect()
}

/// The minutes of what goes out anyway, on the day before and the day after it, by the clock of `zone`.
fn minutes_around(taken: &[i64], zone: &ZoneName) -> BTreeSet<(Date, i64)> {
    let mut minutes = BTreeSet::new();
    for second in taken {
        let Ok(instant) = jiff::Timestamp::from_second(*second) else { continue };
        let wall = zone.rules().to_datetime(instant);
        let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
        for date in [wall.date().yesterday(), wall.date().tomorrow()].into_iter().flatten() {
            minutes.insert((date, minute));
        }
    }
    minutes
}
