//! When the owner is there to answer: her hours, and what she promised for single days.
//!
//! Every planned instant can be asked: *you're here*, and how long still; or *nobody home*, and for how long. Promises
//! come before the weekly hours, an absence before both.

use std::fmt;

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::spans::{Span, holding, merged, real_spans, without};
use super::{CivilTime, DAYS_AHEAD_MAX, Windows, ZoneName, civil};

/// The most promises that are kept.
pub const PROMISES_MAX: usize = 500;
/// How far around an instant "since" and "until" are looked for.
const LOOK_DAYS: i64 = 14;

/// When the owner is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The zone of her weekly hours.
    pub zone: ZoneName,
    /// Her hours, such as `Mon-Fri 09:00-12:00`; none if she gave none.
    pub hours: Option<Windows>,
    /// What she promised for single days.
    pub promises: Vec<Promise>,
    /// When she is away altogether.
    pub away: Vec<(Timestamp, Timestamp)>,
}

/// A single promise: here, or not, from then to then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The first instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub until: Timestamp,
    /// Whether she is here then.
    pub here: bool,
}

/// What an instant is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "presence", rename_all = "snake_case")]
pub enum PresenceAnswer {
    /// She is here, for this long still; no end if it lies beyond two weeks.
    Here {
        /// The instant at which she goes.
        until: Option<Timestamp>,
        /// How long after the asked instant that is.
        for_seconds: Option<i64>,
    },
    /// Nobody is there; the next time she comes, unless that lies beyond two weeks.
    NobodyHome {
        /// The instant at which she comes.
        until: Option<Timestamp>,
        /// How long after the asked instant that is.
        for_seconds: Option<i64>,
    },
    /// She said nothing about her hours.
    NotSaid,
}

impl PresenceAnswer {
    /// Whether somebody is there.
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Here { .. })
    }
}

impl fmt::Display for PresenceAnswer {
    /// `you're here for 2 h 10 min more`, `nobody home, you're back in 3 days`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here { for_seconds: Some(seconds), .. } => write!(f, "you're here for {} more", in_words(*seconds)),
            Self::Here { .. } => f.write_str("you're here"),
            Self::NobodyHome { for_seconds: Some(seconds), .. } => write!(f, "nobody home, you're back in {}", in_words(*seconds)),
            Self::NobodyHome { .. } => f.write_str("nobody home"),
            Self::NotSaid => f.write_str("your hours are not set"),
        }
    }
}

/// `45 min`, `2 h 10 min`, `3 days`.
pub(super) fn in_words(seconds: i64) -> String {
    let minutes = (seconds + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (hours, _) if hours >= 48 => format!("{} days", (hours + 12) / 24),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// The spans of presence of a stretch of time, worked out once.
#[derive(Debug, Clone, Default)]
pub struct PresenceSpans {
    spans: Vec<Span>,
    /// Outside these seconds nothing is known.
    known: Span,
    said: bool,
}

impl Presence {
    /// Nothing said yet.
    pub fn unsaid(zone: ZoneName) -> Self {
        Self { zone, hours: None, promises: Vec::new(), away: Vec::new() }
    }

    /// Presence at an instant.
    pub fn at(&self, instant: Timestamp) -> PresenceAnswer {
        self.between(instant, instant).at(instant)
    }

    /// Presence from `from` to `to` and two weeks around, for many questions.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> PresenceSpans {
        let date = |at: Timestamp, days: i64| self.zone.rules().to_datetime(at).date().saturating_add(days.days());
        let (first, last) = (date(from, -LOOK_DAYS), date(to, LOOK_DAYS));
        let second = |at: Timestamp| at.as_second();
        let known = (second(from) - LOOK_DAYS * 86_400, second(to) + LOOK_DAYS * 86_400);
        let week = self.hours.as_ref().map_or_else(Vec::new, |hours| real_spans(hours, &self.zone, first, last));
        let of = |here: bool| {
            merged(self.promises.iter().filter(|one| one.here == here).map(|one| (second(one.from), second(one.until))).collect())
        };
        // Not here beats the week, here beats both: who says "until 17:30" means it, whatever she said for the day.
        let mut spans = without(&week, &of(false));
        spans.extend(of(true));
        let away = merged(self.away.iter().map(|(from, to)| (second(*from), second(*to))).collect());
        let spans = without(&merged(spans), &away);
        PresenceSpans { spans, known, said: self.hours.is_some() || !self.promises.is_empty() || !self.away.is_empty() }
    }

    /// Keeps a promise; those that ended more than two weeks before `now` are forgotten, the oldest go first.
    pub fn promise(&mut self, promise: Promise, now: Timestamp) {
        let old = now.checked_sub(SignedDuration::from_hours(24 * LOOK_DAYS)).unwrap_or(Timestamp::MIN);
        self.promises.retain(|known| known.until > old);
        self.promises.push(promise);
        self.promises.sort_by_key(|known| known.until);
        let surplus = self.promises.len().saturating_sub(PROMISES_MAX);
        self.promises.drain(..surplus);
    }
}

impl PresenceSpans {
    /// Presence at an instant of the stretch.
    pub fn at(&self, instant: Timestamp) -> PresenceAnswer {
        if !self.said {
            return PresenceAnswer::NotSaid;
        }
        let second = instant.as_second();
        let told = |then: i64| {
            let near = then < self.known.1 && then - second <= LOOK_DAYS * 86_400;
            (Timestamp::from_second(then).ok().filter(|_| near), near.then_some(then - second))
        };
        match holding(&self.spans, second) {
            Some((_, until)) => {
                let (until, for_seconds) = told(until);
                PresenceAnswer::Here { until, for_seconds }
            }
            None => {
                let next = self.spans.get(self.spans.partition_point(|(from, _)| *from <= second));
                let (until, for_seconds) = next.map_or((None, None), |(from, _)| told(*from));
                PresenceAnswer::NobodyHome { until, for_seconds }
            }
        }
    }

    /// Whether she said anything about when she is there.
    pub fn said(&self) -> bool {
        self.said
    }

    /// When she is there, sorted and apart, each with the instant after its last.
    pub fn here(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.spans.iter().filter_map(|(from, to)| Some((Timestamp::from_second(*from).ok()?, Timestamp::from_second(*to).ok()?)))
    }

    /// The spans of seconds, sorted and apart.
    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }
}

/// Why a promise was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromiseError {
    #[error("{0:?} is not a promise; write one such as: here today until 17:30, here tomorrow 9-12, away Friday 14-18")]
    Unreadable(String),
    #[error("{0} is past already; give a later time")]
    Past(String),
    #[error("that is more than {DAYS_AHEAD_MAX} days ahead; begin with a nearer one")]
    Far,
}

/// Reads a single promise: `here today until 17:30`, `here tomorrow 9-12`, `away on Friday 14:00-18:00`,
/// `here 2026-12-24 9-11`. Without a day it is today; `until` begins now, or at midnight of another day.
pub fn parse_promise(text: &str, now: Timestamp, zone: &ZoneName) -> Result<Promise, PromiseError> {
    let unreadable = || PromiseError::Unreadable(text.trim().chars().take(60).collect());
    let today = zone.rules().to_datetime(now).date();
    let lower = text.trim().to_lowercase().replace(['–', '—'], "-").replace(" to ", "-").replace("here again", "here");
    let mut words: Vec<&str> =
        lower.split_whitespace().filter(|word| !["i'm", "i’m", "on", "from", "between", "am", "i"].contains(word)).collect();
    let here = match words.first() {
        Some(&"here") => true,
        Some(&"away" | &"out" | &"gone") => false,
        _ => return Err(unreadable()),
    };
    words.remove(0);
    let date = match words.first().and_then(|word| day_of(word, today)) {
        Some(date) => {
            words.remove(0);
            date
        }
        None => today,
    };
    let midnight = date.to_datetime(Time::midnight());
    let second = |minutes: i64| {
        let at = midnight.checked_add(minutes.minutes()).map_err(|_| unreadable())?;
        civil::resolve(at, zone).map(|found| found.due_at).map_err(|_| unreadable())
    };
    let (from, until) = match words[..] {
        [] if date > today => (second(0)?, second(24 * 60)?),
        [] => (now, second(24 * 60)?),
        ["until" | "till", time] => (if date > today { second(0)? } else { now }, second(minutes_of(time).ok_or_else(unreadable)?)?),
        [hours] => {
            let (from, to) = hours.split_once('-').ok_or_else(unreadable)?;
            let (from, to) = (minutes_of(from).ok_or_else(unreadable)?, minutes_of(to).ok_or_else(unreadable)?);
            (second(from)?, second(if to <= from { to + 24 * 60 } else { to })?)
        }
        _ => return Err(unreadable()),
    };
    if until <= now || until <= from {
        return Err(PromiseError::Past(CivilTime::of_instant(until, zone).at.strftime("%Y-%m-%d %H:%M").to_string()));
    }
    if from.duration_since(now).as_hours() / 24 > i64::from(DAYS_AHEAD_MAX) {
        return Err(PromiseError::Far);
    }
    Ok(Promise { from, until, here })
}

/// `today`, `tomorrow`, the next such day of the week (today counts), or a date.
fn day_of(word: &str, today: Date) -> Option<Date> {
    match word {
        "today" => return Some(today),
        "tomorrow" => return today.tomorrow().ok(),
        _ => {}
    }
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return word.parse().ok();
    }
    let days: Vec<Weekday> = super::WeekDays::parse(word).ok()?.iter().collect();
    let [day] = days[..] else { return None };
    let ahead = i64::from((day.to_monday_zero_offset() - today.weekday().to_monday_zero_offset()).rem_euclid(7));
    today.checked_add(ahead.days()).ok()
}

/// `9`, `9:30`, `17:30`, `24`: minutes after midnight.
pub(super) fn minutes_of(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour, 2) || !digits(minute, 2) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    ((hour < 24 && minute < 60) || (hour, minute) == (24, 0)).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lisbon() -> ZoneName {
        ZoneName::parse("Europe/Lisbon").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_is_answered_with_how_long() {
        let mut presence = Presence { hours: Some(Windows::parse("Mon-Fri 9-12, 14-17").unwrap()), ..Presence::unsaid(lisbon()) };
        let shown = |presence: &Presence, text: &str| presence.at(at(text)).to_string();
        assert_eq!(shown(&presence, "2026-12-01T09:50:00Z"), "you're here for 2 h 10 min more");
        assert_eq!(shown(&presence, "2026-12-01T12:00:00Z"), "nobody home, you're back in 2 h");
        assert_eq!(shown(&presence, "2026-12-04T17:00:00Z"), "nobody home, you're back in 3 days");
        let now = at("2026-12-01T16:00:00Z");
        presence.promise(parse_promise("here today until 17:30", now, &lisbon()).unwrap(), now);
        assert_eq!(shown(&presence, "2026-12-01T16:50:00Z"), "you're here for 40 min more");
        presence.promise(parse_promise("away tomorrow 10-11", now, &lisbon()).unwrap(), now);
        assert_eq!(shown(&presence, "2026-12-02T10:30:00Z"), "nobody home, you're back in 30 min");
        presence.away.push((at("2026-12-03T00:00:00Z"), at("2027-01-03T00:00:00Z")));
        assert_eq!(shown(&presence, "2026-12-04T10:00:00Z"), "nobody home");
        assert_eq!(Presence::unsaid(lisbon()).at(now), PresenceAnswer::NotSaid);
    }

    #[test]
    fn many_questions_have_the_same_answers_as_single_ones() {
        let presence = Presence { hours: Some(Windows::parse("Mon-Fri 9-12; Sat 22-2").unwrap()), ..Presence::unsaid(lisbon()) };
        let begin = at("2026-10-01T00:13:00Z");
        let spans = presence.between(begin, begin + SignedDuration::from_hours(24 * 60));
        for hour in (0..24 * 60).step_by(7) {
            let instant = begin + SignedDuration::from_hours(hour);
            assert_eq!(spans.at(instant), presence.at(instant), "{instant}");
        }
    }

    #[test]
    fn promises_are_read_as_people_say_them() {
        let now = at("2026-12-01T16:00:00Z"); // a Tuesday
        let shown = |text: &str| match parse_promise(text, now, &lisbon()) {
            Ok(promise) => format!("{} {} {}", if promise.here { "here" } else { "away" }, promise.from, promise.until),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown("Here today until 17:30"), "here 2026-12-01T16:00:00Z 2026-12-01T17:30:00Z");
        assert_eq!(shown("here until 18"), "here 2026-12-01T16:00:00Z 2026-12-01T18:00:00Z");
        assert_eq!(shown("I'm here tomorrow from 9 to 12"), "here 2026-12-02T09:00:00Z 2026-12-02T12:00:00Z");
        assert_eq!(shown("away on Friday"), "away 2026-12-04T00:00:00Z 2026-12-05T00:00:00Z");
        assert_eq!(shown("here 2026-12-24 22-1"), "here 2026-12-24T22:00:00Z 2026-12-25T01:00:00Z");
        assert_eq!(shown("here today until 15:00"), "2026-12-01 15:00 is past already; give a later time");
        assert!(shown("perhaps later").starts_with("\"perhaps later\" is not a promise"));
        assert!(shown("here today 9am").contains("is not a promise"));
    }
}
