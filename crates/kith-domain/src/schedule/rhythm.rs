//! How many and on which days: "forty a month, Monday to Friday, two a day".
//!
//! A rhythm is weekly windows and an amount. How many posts a date takes follows from the date alone, so adding, moving
//! or pausing posts changes no date's number: an amount for a week or a month is laid evenly over its days.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

use super::chance::stirred;
use super::rhythm_text::{self, RhythmError};
use super::{WeekDays, Windows};

/// The hours of days that are named without any: a working day with room on both sides.
pub const HOURS_DEFAULT: (Time, Time) = (jiff::civil::time(9, 0, 0, 0), jiff::civil::time(18, 0, 0, 0));
/// A shorter window leaves nothing to chance.
pub const WINDOW_MINUTES_MIN: i64 = 15;
/// More a day from one category is a ticker.
pub const AMOUNT_PER_DAY_MAX: u32 = 24;

/// How many posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "per", content = "count", rename_all = "snake_case")]
pub enum Amount {
    /// One in each window.
    Window,
    /// So many on each day that has windows.
    Day(u32),
    /// So many a week from Monday on, laid evenly over its days.
    Week(u32),
    /// So many a calendar month, laid evenly over its days.
    Month(u32),
}

/// When and how often a category goes out on a channel; as text what [`Rhythm::parse`] reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rhythm {
    /// The hours.
    pub windows: Windows,
    /// How many.
    pub amount: Amount,
    /// Never more than this on one day.
    pub per_day_max: u32,
}

impl Rhythm {
    /// Reads one line such as `forty a month, Monday to Friday, two a day` or `Tue, Thu 16-18`.
    pub fn parse(text: &str) -> Result<Self, RhythmError> {
        rhythm_text::read(text)
    }

    /// One a day at any day, within the default hours: the rhythm of a series nobody said more about.
    pub fn one_a_day() -> Self {
        let (from, to) = HOURS_DEFAULT;
        let windows = Windows(vec![super::WeekWindow { days: WeekDays::ALL, from, to }]);
        Self { windows, amount: Amount::Day(1), per_day_max: 1 }
    }

    /// How many posts a date takes. `seed` decides which days of a month or week have one more than others.
    pub fn on(&self, date: Date, seed: u64) -> u32 {
        let windows = self.windows.on(date.weekday()).len() as u32;
        if windows == 0 {
            return 0;
        }
        let count = match self.amount {
            Amount::Window => windows,
            Amount::Day(count) => count,
            Amount::Week(count) => {
                let monday = date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days());
                self.share(count, monday, 7, date, seed)
            }
            Amount::Month(count) => self.share(count, date.first_of_month(), i64::from(date.days_in_month()), date, seed),
        };
        count.min(self.per_day_max)
    }

    /// The part of `count` that falls on `date`, laid evenly over those of `days` days from `first` that have windows.
    fn share(&self, count: u32, first: Date, days: i64, date: Date, seed: u64) -> u32 {
        let begin = i64::from(first.weekday().to_monday_zero_offset());
        let open = self.windows.days();
        let has = |day: i64| open.has(Weekday::Monday.wrapping_add(begin + day));
        let passed = i64::from((date - first).get_days());
        let index = (0..passed).filter(|day| has(*day)).count() as u64;
        let all = (0..days).filter(|day| has(*day)).count().max(1) as u64;
        let number = (i64::from(first.year()) * 12 + i64::from(first.month())) * 32 + i64::from(first.day());
        let phase = stirred(seed ^ number as u64) % all;
        let up_to = |index: u64| (index * u64::from(count) + phase) / all;
        (up_to(index + 1) - up_to(index)) as u32
    }

    /// The most days of a month or week times the most a day are fewer than what is asked for: the shortest month has
    /// `fits`. `None` when all find a day.
    pub(super) fn shortfall(&self) -> Option<(u32, u32)> {
        let days = self.windows.days().iter().count() as u32;
        let (asked, fits) = match self.amount {
            Amount::Window | Amount::Day(_) => return None,
            Amount::Week(count) => (count, days * self.per_day_max),
            // The shortest month has each day of the week four times.
            Amount::Month(count) => (count, 4 * days * self.per_day_max),
        };
        (asked > fits).then_some((asked, fits))
    }
}

impl fmt::Display for Rhythm {
    /// `40 a month, at most 2 a day, Mon-Fri 09:00-18:00`; [`Rhythm::parse`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.amount {
            Amount::Window => {}
            Amount::Day(count) => write!(f, "{count} a day, ")?,
            Amount::Week(count) => write!(f, "{count} a week, at most {} a day, ", self.per_day_max)?,
            Amount::Month(count) => write!(f, "{count} a month, at most {} a day, ", self.per_day_max)?,
        }
        write!(f, "{}", self.windows)
    }
}

impl std::str::FromStr for Rhythm {
    type Err = RhythmError;
    fn from_str(text: &str) -> Result<Self, RhythmError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Rhythm {
    type Error = RhythmError;
    fn try_from(text: String) -> Result<Self, RhythmError> {
        Self::parse(&text)
    }
}

impl From<Rhythm> for String {
    fn from(rhythm: Rhythm) -> Self {
        rhythm.to_string()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forty_a_month_are_forty_in_every_month_and_never_three_a_day() {
        let rhythm = Rhythm::parse("forty a month, Monday to Friday, two a day").unwrap();
        for month in 0..120_i32 {
            let first = date(2026 + (month / 12) as i16, (month % 12 + 1) as i8, 1);
            let days: Vec<Date> = (0..i64::from(first.days_in_month())).map(|day| first.saturating_add(day.days())).collect();
            let counts: Vec<u32> = days.iter().map(|day| rhythm.on(*day, 7)).collect();
            assert_eq!(counts.iter().sum::<u32>(), 40, "{first}");
            assert!(counts.iter().all(|count| *count <= 2), "{first}");
            // Laid evenly: any two weeks of the month differ by little.
            let half: u32 = counts.iter().take(14).sum();
            assert!((17..=21).contains(&half), "{first}: {half}");
        }
    }

    proptest! {
        #[test]
        fn a_week_has_what_is_asked(count in 1_u32..15, days in 1_u8..128, week in 0_i64..600, seed: u64) {
            let days = WeekDays::ALL.iter().enumerate().filter(|(index, _)| days & (1 << index) != 0);
            let days = days.fold(WeekDays::default(), |set, (_, day)| set.with(day));
            let text = format!("{count} a week, at most 24 a day, {days} 9-18");
            let rhythm = Rhythm::parse(&text).unwrap();
            let monday = date(2026, 1, 5).saturating_add((week * 7).days());
            let sum: u32 = (0..7).map(|day| rhythm.on(monday.saturating_add(day.days()), seed)).sum();
            prop_assert_eq!(sum, count);
            prop_assert_eq!(Rhythm::parse(&rhythm.to_string()), Ok(rhythm));
        }
    }
}
