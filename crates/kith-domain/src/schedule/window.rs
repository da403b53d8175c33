//! The hours of a week in which posts may go out.

use std::fmt;

use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};

use super::window_text::{self, WindowError};

/// The most windows in one plan.
pub const WINDOWS_MAX: usize = 50;

/// The days with their bit in [`WeekDays`] and their short name.
const DAYS: [(Weekday, u8, &str); 7] = [
    (Weekday::Monday, 1, "Mon"),
    (Weekday::Tuesday, 1 << 1, "Tue"),
    (Weekday::Wednesday, 1 << 2, "Wed"),
    (Weekday::Thursday, 1 << 3, "Thu"),
    (Weekday::Friday, 1 << 4, "Fri"),
    (Weekday::Saturday, 1 << 5, "Sat"),
    (Weekday::Sunday, 1 << 6, "Sun"),
];

/// A set of days of the week; as text `daily`, `Mon-Fri` or `Mon,Wed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WeekDays(u8);

impl WeekDays {
    /// All seven.
    pub const ALL: Self = Self(0x7F);

    /// The days from `first` to `last`, over the end of the week if need be (`Fri-Mon`).
    pub fn range(first: Weekday, last: Weekday) -> Self {
        let steps = last.to_monday_zero_offset() - first.to_monday_zero_offset();
        (0..=steps.rem_euclid(7)).fold(Self::default(), |days, step| days.with(first.wrapping_add(step)))
    }

    /// Reads days as people write them, such as `Mon-Fri` or `Tuesday and Thursday`.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        Windows::parse_or(text, (Time::midnight(), Time::midnight())).map(|windows| windows.days())
    }

    /// These and one more.
    pub fn with(self, day: Weekday) -> Self {
        Self(self.0 | bit(day))
    }

    /// All of both.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the day is among them.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The days from Monday on.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        DAYS.into_iter().map(|(day, _, _)| day).filter(move |day| self.has(*day))
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

/// The short English name of a day.
pub fn day_name(day: Weekday) -> &'static str {
    DAYS.iter().find(|(known, _, _)| *known == day).map_or("", |(_, _, name)| name)
}

impl fmt::Display for WeekDays {
    /// `daily`, `Mon-Fri`, `Mon,Wed,Fri`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("daily");
        }
        let days: Vec<Weekday> = self.iter().collect();
        if let [first, _, .., last] = days[..]
            && days.len() > 2
            && Self::range(first, last) == *self
        {
            return write!(f, "{}-{}", day_name(first), day_name(last));
        }
        let names: Vec<&str> = days.into_iter().map(day_name).collect();
        f.write_str(&names.join(","))
    }
}

impl TryFrom<String> for WeekDays {
    type Error = WindowError;
    fn try_from(text: String) -> Result<Self, WindowError> {
        if text.is_empty() { Ok(Self::default()) } else { Self::parse(&text) }
    }
}

impl From<WeekDays> for String {
    fn from(days: WeekDays) -> Self {
        days.to_string()
    }
}

/// Some hours on some days. It begins on its day and, if `to` is not after `from`, ends on the next; `to` is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WeekWindow {
    /// The days on which it begins.
    pub days: WeekDays,
    /// Its first minute.
    pub from: Time,
    /// The minute after its last; midnight means 24:00.
    pub to: Time,
}

/// Seconds of a civil day.
pub(super) const DAY_SECONDS: i64 = 24 * 60 * 60;

impl WeekWindow {
    /// Begin and end in civil seconds after the midnight that opens its day; the end may be past 24 hours.
    pub(super) fn seconds(&self) -> (i64, i64) {
        let of = |time: Time| i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        let (from, to) = (of(self.from), of(self.to));
        (from, if to <= from { to + DAY_SECONDS } else { to })
    }
}

impl fmt::Display for WeekWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.to == Time::midnight() { "24:00".to_owned() } else { self.to.strftime("%H:%M").to_string() };
        write!(f, "{} {}-{end}", self.days, self.from.strftime("%H:%M"))
    }
}

/// The windows of a plan, such as `Mon-Fri 08:00-10:00, Mon-Fri 16:00-18:30`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Windows(pub Vec<WeekWindow>);

impl Windows {
    /// Reads windows as people write them; see [`WindowError`] for what is refused.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        window_text::read(text)
    }

    /// Reads windows in which days may stand without hours: they then have those from `from` to `to`.
    pub fn parse_or(text: &str, (from, to): (Time, Time)) -> Result<Self, WindowError> {
        window_text::read_or(text, Some((from, to)))
    }

    /// The days on which some window begins.
    pub fn days(&self) -> WeekDays {
        self.0.iter().fold(WeekDays::default(), |days, window| days.union(window.days))
    }

    /// The windows that begin on a day, as civil seconds after its midnight, in order; those that overlap are one.
    pub(super) fn on(&self, day: Weekday) -> Vec<(i64, i64)> {
        let mut spans: Vec<(i64, i64)> = self.0.iter().filter(|window| window.days.has(day)).map(WeekWindow::seconds).collect();
        spans.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (from, to) in spans {
            match merged.last_mut() {
                Some(last) if from < last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged
    }
}

impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, window) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{window}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Windows {
    type Err = WindowError;
    fn from_str(text: &str) -> Result<Self, WindowError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Windows {
    type Error = WindowError;
    fn try_from(text: String) -> Result<Self, WindowError> {
        Self::parse(&text)
    }
}

impl From<Windows> for String {
    fn from(windows: Windows) -> Self {
        windows.to_string()
    }
}
