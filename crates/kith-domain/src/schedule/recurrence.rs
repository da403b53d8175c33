//! Something again and again: civil times of a zone, each exactly once.
//!
//! A recurrence is dates by a rule and times of day. Every occurrence has the key of its wall clock, so it is one however
//! often it is worked out and whatever the zone's rules become. A skipped time is later by the gap, a double one is the
//! first; if a time so moved meets another of the same recurrence, the other stands for both.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::presence::minutes_of;
use super::rhythm_text::number_of;
use super::window::day_name;
use super::{CivilTime, Shift, WeekDays, ZoneName, occurrence_key};

/// The most times a day.
pub const TIMES_MAX: usize = 24;
/// The longest step, in its own unit.
pub const STEP_MAX: u32 = 400;
/// The most occurrences of one answer.
pub const OCCURRENCES_MAX: usize = 10_000;
/// No recurrence is followed for longer than this from its begin.
const DAYS_FOLLOWED_MAX: u32 = 100 * 366;
/// The longest text that is read.
const TEXT_CHARS_MAX: usize = 300;

/// Dates by a rule. Steps are from 1 to [`STEP_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "every", rename_all = "snake_case")]
pub enum Every {
    /// Every so many days.
    Days {
        /// How many.
        step: u32,
    },
    /// On some days of every so many weeks, which begin on Monday.
    Weeks {
        /// How many.
        step: u32,
        /// The days.
        days: WeekDays,
    },
    /// On a day of every so many months.
    MonthDay {
        /// How many.
        step: u32,
        /// 1 to 28, or -1 for the last day: others do not come every month.
        day: i8,
    },
    /// On the first to fourth (1 to 4) or last (-1) of some days of the week, of every so many months.
    MonthWeekday {
        /// How many.
        step: u32,
        /// Which.
        nth: i8,
        /// The days of the week.
        days: WeekDays,
    },
    /// On a date of every year; 29 February only in leap years.
    Year {
        /// The month, 1 to 12.
        month: i8,
        /// The day.
        day: i8,
    },
}

/// When it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "ends", content = "at", rename_all = "snake_case")]
pub enum Ends {
    /// Never.
    Never,
    /// With this date.
    On(Date),
    /// After so many occurrences, counted from its begin.
    After(u32),
}

/// Something again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// A stable name; the keys of its occurrences begin with it.
    pub key: String,
    /// The first date on which it may be; steps are counted from here.
    pub from: Date,
    /// The dates.
    pub every: Every,
    /// The times of day, each once.
    pub times: BTreeSet<Time>,
    /// Whose clock.
    pub zone: ZoneName,
    /// When it ends.
    pub ends: Ends,
    /// Dates that are left out; they count for [`Ends::After`].
    pub skip: BTreeSet<Date>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The wall clock as the rule says it.
    pub civil: CivilTime,
    /// The instant.
    pub due_at: Timestamp,
    /// What a change of the clock did to it.
    pub shift: Shift,
    /// Unique for this recurrence and wall clock.
    pub occurrence_key: String,
}

impl Recurrence {
    /// All occurrences later than `after`, up to and with `until`, in order of time; at most [`OCCURRENCES_MAX`].
    pub fn between(&self, after: Timestamp, until: Timestamp) -> Vec<Occurrence> {
        let mut found: Vec<Occurrence> = Vec::new();
        let mut count = 0_u32;
        let last = self.zone.rules().to_datetime(until).date().tomorrow().unwrap_or(Date::MAX);
        // A counted recurrence is followed from its begin; any other from shortly before what is asked.
        let asked = self.zone.rules().to_datetime(after).date().saturating_sub(3.days());
        let mut date = if matches!(self.ends, Ends::After(_)) { self.from } else { self.from.max(asked) };
        let end = self.from.saturating_add(i64::from(DAYS_FOLLOWED_MAX).days()).min(last);
        while date <= end && found.len() < OCCURRENCES_MAX {
            if matches!(self.ends, Ends::On(end) if date > end) {
                break;
            }
            if self.has(date) {
                for time in &self.times {
                    if matches!(self.ends, Ends::After(most) if count >= most) {
                        return once(found, after, until);
                    }
                    count += 1;
                    let civil = CivilTime { at: date.to_datetime(*time), zone: self.zone.clone() };
                    let Ok(resolved) = civil.resolve() else { continue };
                    if !self.skip.contains(&date) && resolved.due_at.duration_since(after).as_hours() > -50 {
                        let occurrence_key = occurrence_key(&format!("every:{}", self.key), &civil);
                        found.push(Occurrence { civil, due_at: resolved.due_at, shift: resolved.shift, occurrence_key });
                    }
                }
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        once(found, after, until)
    }

    /// Whether the rule has the date.
    pub fn has(&self, date: Date) -> bool {
        if date < self.from {
            return false;
        }
        let months = |step: u32| {
            let apart =
                (i64::from(date.year()) - i64::from(self.from.year())) * 12 + i64::from(date.month()) - i64::from(self.from.month());
            apart % i64::from(step.clamp(1, STEP_MAX)) == 0
        };
        match &self.every {
            Every::Days { step } => days_between(self.from, date) % i64::from((*step).clamp(1, STEP_MAX)) == 0,
            Every::Weeks { step, days } => {
                let monday = |date: Date| date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days());
                let weeks = days_between(monday(self.from), monday(date)) / 7;
                days.has(date.weekday()) && weeks % i64::from((*step).clamp(1, STEP_MAX)) == 0
            }
            Every::MonthDay { step, day } => {
                let is_day = if *day < 0 { date.day() == date.days_in_month() } else { date.day() == *day };
                is_day && months(*step)
            }
            Every::MonthWeekday { step, nth, days } => {
                let is_nth = if *nth < 0 { date.day() + 7 > date.days_in_month() } else { (date.day() - 1) / 7 + 1 == *nth };
                is_nth && days.has(date.weekday()) && months(*step)
            }
            Every::Year { month, day } => date.month() == *month && date.day() == *day,
        }
    }

    /// The dates and times as an RRULE of RFC 5545, without `RRULE:` and without the zone, which stands in DTSTART.
    pub fn to_rrule(&self) -> String {
        let days = |days: &WeekDays, nth: Option<i8>| {
            let code = |day: Weekday| format!("{}{}", nth.map(|nth| nth.to_string()).unwrap_or_default(), code_of(day));
            days.iter().map(code).collect::<Vec<_>>().join(",")
        };
        let mut rule = match &self.every {
            Every::Days { step } => format!("FREQ=DAILY;INTERVAL={step}"),
            Every::Weeks { step, days: on } => format!("FREQ=WEEKLY;INTERVAL={step};WKST=MO;BYDAY={}", days(on, None)),
            Every::MonthDay { step, day } => format!("FREQ=MONTHLY;INTERVAL={step};BYMONTHDAY={day}"),
            Every::MonthWeekday { step, nth, days: on } => format!("FREQ=MONTHLY;INTERVAL={step};BYDAY={}", days(on, Some(*nth))),
            Every::Year { month, day } => format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}"),
        };
        if let Ends::After(count) = self.ends {
            rule.push_str(&format!(";COUNT={count}"));
        }
        rule
    }
}

/// Those asked for, by time; of several at one instant the one that the clock did not move.
fn once(mut found: Vec<Occurrence>, after: Timestamp, until: Timestamp) -> Vec<Occurrence> {
    let moved = |one: &Occurrence| matches!(one.shift, Shift::Gap { .. });
    found.sort_by_key(|one| (one.due_at, moved(one), one.civil.at));
    found.dedup_by(|a, b| a.due_at == b.due_at);
    found.retain(|one| one.due_at > after && one.due_at <= until);
    found.truncate(OCCURRENCES_MAX);
    found
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

fn code_of(day: Weekday) -> String {
    day_name(day).chars().take(2).collect::<String>().to_uppercase()
}

/// Why a recurrence was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    #[error(
        "{0:?} is not understood; write one such as: every weekday at 7:30, every 2 weeks on Mon at 9, first Tuesday of the month at 18"
    )]
    Unreadable(String),
    #[error("{0:?} has no time of day; write it behind, such as: {0} at 9:00")]
    NoTime(String),
    #[error("{0:?} is not a time of day; write it on the 24-hour clock, such as 9:00 or 18:30")]
    BadTime(String),
    #[error("not every month has a day {0}; write: last day of the month")]
    NotEveryMonth(u32),
    #[error("{0} is too far a step; choose 1 to {STEP_MAX}")]
    Step(u32),
}

const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

/// Reads dates and times such as `every weekday at 7:30`, `every 2 weeks on Mon and Thu at 9`, `every third day at 8 and
/// 17`, `first Monday of the month at 10`, `on the 15th of each month at 9`, `every year on 3 May at 12`.
pub fn parse_every(text: &str) -> Result<(Every, BTreeSet<Time>), RecurrenceError> {
    let shown: String = text.trim().chars().take(80).collect();
    let unreadable = || RecurrenceError::Unreadable(shown.clone());
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(unreadable());
    }
    let lower = format!(" {} ", text.trim().to_lowercase());
    let Some((rule, times)) = lower.rsplit_once(" at ") else { return Err(RecurrenceError::NoTime(shown)) };
    let times: Result<BTreeSet<Time>, RecurrenceError> = times
        .split([',', ' '])
        .filter(|word| !word.is_empty() && *word != "and")
        .map(|word| time_of(word).ok_or_else(|| RecurrenceError::BadTime(word.to_owned())))
        .collect();
    let times = times?;
    if times.is_empty() || times.len() > TIMES_MAX {
        return Err(RecurrenceError::NoTime(shown));
    }
    let skipped = ["the", "of", "on", "each"];
    let words: Vec<&str> = rule.split_whitespace().filter(|word| !skipped.contains(word)).collect();
    let words: Vec<&str> = words.strip_prefix(&["every"]).map_or(words.clone(), <[&str]>::to_vec);
    let every = rule_of(&words).map_err(|error| error.unwrap_or_else(unreadable))?;
    Ok((every, times))
}

/// `Err(None)` where nothing better can be said than that it is not understood.
fn rule_of(words: &[&str]) -> Result<Every, Option<RecurrenceError>> {
    if let Some(nth) = words.first().and_then(|word| nth_of(word)) {
        return monthly(nth, words.get(1..).unwrap_or_default());
    }
    let (step, words) = step_of(words)?;
    let rest = words.get(1..).unwrap_or_default();
    let days = |words: &[&str]| WeekDays::parse(&words.join(" ")).ok();
    match words.first().copied() {
        Some("day" | "days" | "daily") if rest.is_empty() => Ok(Every::Days { step }),
        Some("week" | "weeks" | "weekly") => Ok(Every::Weeks { step, days: days(rest).ok_or(None)? }),
        Some("month" | "months" | "monthly") => match (rest.first().and_then(|word| nth_of(word)), rest.get(1..)) {
            (Some(nth), Some(what)) => match monthly(nth, &[what, &["month"]].concat())? {
                Every::MonthDay { day, .. } => Ok(Every::MonthDay { step, day }),
                Every::MonthWeekday { nth, days, .. } => Ok(Every::MonthWeekday { step, nth, days }),
                other => Ok(other),
            },
            _ => Err(None),
        },
        Some("year" | "yearly") if step == 1 => yearly(rest),
        Some(_) if step == 1 => Ok(Every::Weeks { step: 1, days: days(words).ok_or(None)? }),
        _ => Err(None),
    }
}

/// `2`, `three`, `other`, `second` before a unit.
fn step_of<'w>(words: &'w [&'w str]) -> Result<(u32, &'w [&'w str]), Option<RecurrenceError>> {
    let Some(first) = words.first() else { return Err(None) };
    let step = match *first {
        "other" => Some(2),
        word => number_of(word).filter(|_| !word.starts_with('a')),
    };
    match step {
        Some(step) if (1..=STEP_MAX).contains(&step) => Ok((step, words.get(1..).unwrap_or_default())),
        Some(step) => Err(Some(RecurrenceError::Step(step))),
        None => Ok((1, words)),
    }
}

/// `first`, `15th`, `last`.
fn nth_of(word: &str) -> Option<i64> {
    match word {
        "first" => return Some(1),
        "second" => return Some(2),
        "third" => return Some(3),
        "fourth" => return Some(4),
        "last" => return Some(-1),
        _ => {}
    }
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end))?;
    digits.parse().ok().filter(|nth| (1..=31).contains(nth))
}

/// `15th month`, `last day month`, `first monday month`, `third day`.
fn monthly(nth: i64, words: &[&str]) -> Result<Every, Option<RecurrenceError>> {
    let (what, of_month) = match words {
        [what @ .., "month"] => (what, true),
        what => (what, false),
    };
    match what {
        [] | ["day"] if of_month => match i8::try_from(nth) {
            Ok(day) if day <= 28 => Ok(Every::MonthDay { step: 1, day }),
            _ => Err(Some(RecurrenceError::NotEveryMonth(nth.unsigned_abs() as u32))),
        },
        // "every third day"
        ["day"] if nth > 0 => Ok(Every::Days { step: nth as u32 }),
        ["week", days @ ..] if nth > 0 => Ok(Every::Weeks { step: nth as u32, days: WeekDays::parse(&days.join(" ")).map_err(|_| None)? }),
        days if of_month && (nth <= 4) && !days.is_empty() => {
            let days = WeekDays::parse(&days.join(" ")).map_err(|_| None)?;
            Ok(Every::MonthWeekday { step: 1, nth: nth as i8, days })
        }
        _ => Err(None),
    }
}

/// `3 may`, `may 3`, `3rd may`.
fn yearly(words: &[&str]) -> Result<Every, Option<RecurrenceError>> {
    let [a, b] = words else { return Err(None) };
    let month = |word: &str| MONTHS.iter().position(|name| word.len() >= 3 && name.starts_with(word)).map(|index| index as i8 + 1);
    let day = |word: &str| word.parse::<i8>().ok().or_else(|| i8::try_from(nth_of(word)?).ok());
    let (month, day) = match (month(a), month(b)) {
        (Some(month), _) => (month, day(b)),
        (_, Some(month)) => (month, day(a)),
        _ => return Err(None),
    };
    // A leap year has every date that there is.
    let day = day.filter(|day| Date::new(2028, month, *day).is_ok()).ok_or(None)?;
    Ok(Every::Year { month, day })
}

fn time_of(text: &str) -> Option<Time> {
    let minutes = minutes_of(text).filter(|minutes| *minutes < 24 * 60)?;
    Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = |step: &u32, unit: &str| if *step == 1 { format!("every {unit}") } else { format!("every {step} {unit}s") };
        let ordinal = |nth: i8| {
            ["last", "", "first", "second", "third", "fourth"].get(usize::try_from(nth + 1).unwrap_or(0)).copied().unwrap_or("last")
        };
        match self {
            Self::Days { step } => f.write_str(&steps(step, "day")),
            Self::Weeks { step, days } => write!(f, "{} on {days}", steps(step, "week")),
            Self::MonthDay { step, day: -1 } => write!(f, "{} on the last day", steps(step, "month")),
            Self::MonthDay { step, day } => write!(f, "{} on the {day}th", steps(step, "month")),
            Self::MonthWeekday { step, nth, days } => write!(f, "{} on the {} {days}", steps(step, "month"), ordinal(*nth)),
            Self::Year { month, day } => {
                let name = MONTHS.get(usize::try_from(*month - 1).unwrap_or(0)).copied().unwrap_or_default();
                write!(f, "every year on {day} {name}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
