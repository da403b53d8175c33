//! Windows as text: days, then hours, any number of times.
//!
//! ```text
//! windows = group { ("," | ";") group }
//! group   = days hours { "," hours }          Mon-Fri 08:00-10:00, 16:00-18:30
//! days    = day { "," day }                   Mon,Wed,Fri   Sat-Sun   Monday to Friday   daily   weekdays   weekends
//! hours   = time "-" time                     8-10   08:00-10:30   22:00-01:00 (ends on the next day)
//! ```
//! A comma after days means one more day if a word follows, and after hours one more pair of hours if a digit follows,
//! so commas and semicolons both divide windows.

use jiff::civil::{Time, Weekday};

use super::window::{WINDOWS_MAX, WeekDays, WeekWindow, Windows};
use crate::plan::nearest::nearest;

/// The longest text that is read.
const TEXT_BYTES_MAX: usize = 2_000;

/// Why windows were not understood. Positions are characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    #[error("no windows are given; write some such as: Mon-Fri 08:00-10:00, Mon-Fri 16:00-18:30")]
    Empty,
    #[error("there are more than {WINDOWS_MAX} windows, or more than {TEXT_BYTES_MAX} bytes; join some of them")]
    TooMany,
    #[error("at character {at}: {found:?} is not a day{hint}; write Mon, Tue, Wed, Thu, Fri, Sat, Sun, daily, weekdays or weekends")]
    NotADay { at: usize, found: String, hint: String },
    #[error("at character {at}: {found:?} are not hours; write them on the 24-hour clock, such as 08:00-10:30")]
    NotHours { at: usize, found: String },
    #[error("at character {at}: {found:?} has no hours; write them after the day, such as: {found} 08:00-10:00")]
    NoHours { at: usize, found: String },
    #[error("at character {at}: the hours come before any day; write the day first, such as: Mon-Fri {found}")]
    NoDay { at: usize, found: String },
    #[error("at character {at}: {found:?} begins and ends at once; for the whole day write 00:00-24:00")]
    NoLength { at: usize, found: String },
}

pub(super) fn read(text: &str) -> Result<Windows, WindowError> {
    read_or(text, None)
}

/// Reads windows; days without hours have those of `default`, if there are any.
pub(super) fn read_or(text: &str, default: Option<(Time, Time)>) -> Result<Windows, WindowError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(WindowError::TooMany);
    }
    let text: String = text.chars().map(|c| if matches!(c, '–' | '—' | '\u{2212}' | '‐' | '‑') { '-' } else { c }).collect();
    let text = words_as_signs(&text);
    let mut windows = Vec::new();
    let mut days: Option<(usize, String, WeekDays)> = None;
    let mut days_have_hours = false;
    let whole = |days: WeekDays| default.map(|(from, to)| WeekWindow { days, from, to });
    for token in tokens(&text) {
        let Token { at, word, after_semicolon } = token;
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let Some((_, _, set)) = days else { return Err(WindowError::NoDay { at, found: word }) };
            let (from, to) = read_hours(at, &word)?;
            windows.push(WeekWindow { days: set, from, to });
            days_have_hours = true;
            if windows.len() > WINDOWS_MAX {
                return Err(WindowError::TooMany);
            }
            continue;
        }
        let set = read_days(at, &word)?;
        days = Some(match days {
            Some((found_at, found, before)) if !days_have_hours && after_semicolon => {
                windows.push(whole(before).ok_or(WindowError::NoHours { at: found_at, found })?);
                (at, word, set)
            }
            Some((at, found, before)) if !days_have_hours => (at, found, before.union(set)),
            _ => (at, word, set),
        });
        days_have_hours = false;
    }
    match days {
        None => Err(WindowError::Empty),
        Some((at, found, days)) if !days_have_hours => {
            windows.push(whole(days).ok_or(WindowError::NoHours { at, found })?);
            Ok(Windows(windows))
        }
        Some(_) => Ok(Windows(windows)),
    }
}

/// `Monday to Friday and Sunday` as `Monday -  Friday ,   Sunday`; every character keeps its place.
fn words_as_signs(text: &str) -> String {
    let mut signs = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let sign = match bare.to_ascii_lowercase().as_str() {
            "to" | "till" | "until" => "-",
            "and" => ",",
            _ => {
                signs.push_str(word);
                continue;
            }
        };
        signs.push_str(sign);
        signs.extend(std::iter::repeat_n(' ', word.chars().count() - 1));
    }
    signs
}

struct Token {
    /// The character it begins with, from 1.
    at: usize,
    word: String,
    after_semicolon: bool,
}

/// Words and ranges; a hyphen with blanks around it joins what stands beside it.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut after_semicolon = false;
    let mut joined = false;
    let mut open = false;
    for (index, letter) in text.chars().enumerate() {
        match letter {
            ',' | ';' | '&' => {
                after_semicolon = letter == ';';
                (open, joined) = (false, false);
            }
            c if c.is_whitespace() => open = false,
            c => {
                let continues = open || joined || (c == '-' && !tokens.is_empty() && !after_separator(text, index));
                match tokens.last_mut() {
                    Some(token) if continues => token.word.push(c),
                    _ => {
                        let starts_group = std::mem::take(&mut after_semicolon);
                        tokens.push(Token { at: index + 1, word: c.to_string(), after_semicolon: starts_group });
                    }
                }
                open = true;
                joined = c == '-';
            }
        }
    }
    tokens
}

/// Whether only blanks stand between the character and the separator before it.
fn after_separator(text: &str, index: usize) -> bool {
    let before: Vec<char> = text.chars().take(index).collect();
    before.iter().rev().find(|c| !c.is_whitespace()).is_none_or(|c| matches!(c, ',' | ';' | '&'))
}

fn read_days(at: usize, word: &str) -> Result<WeekDays, WindowError> {
    let lower = word.to_lowercase();
    match lower.as_str() {
        "daily" | "everyday" | "every" | "day" => return Ok(WeekDays::ALL),
        "weekday" | "weekdays" | "workdays" => return Ok(WeekDays::range(Weekday::Monday, Weekday::Friday)),
        "weekend" | "weekends" => return Ok(WeekDays::range(Weekday::Saturday, Weekday::Sunday)),
        _ => {}
    }
    let refused = |part: &str| {
        let near = nearest(part, LONG_NAMES.iter().flat_map(|(name, _)| [*name, name.get(..3).unwrap_or(name)]));
        let hint = near.map(|near| format!(", did you mean {near}?")).unwrap_or_default();
        WindowError::NotADay { at, found: word.to_owned(), hint }
    };
    let day = |part: &str| read_day(part).ok_or_else(|| refused(part));
    match lower.split_once('-') {
        Some((first, last)) => Ok(WeekDays::range(day(first)?, day(last)?)),
        None => Ok(WeekDays::default().with(day(&lower)?)),
    }
}

const LONG_NAMES: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Two letters or more of an English name, also in the plural and with a full stop.
fn read_day(word: &str) -> Option<Weekday> {
    let word = word.trim_end_matches('.');
    let whole = word.strip_suffix('s').filter(|word| word.ends_with("day")).unwrap_or(word);
    let long_enough = whole.chars().count() >= 2;
    LONG_NAMES.iter().find(|(name, _)| long_enough && name.starts_with(whole)).map(|(_, day)| *day)
}

fn read_hours(at: usize, word: &str) -> Result<(Time, Time), WindowError> {
    let refused = || WindowError::NotHours { at, found: word.to_owned() };
    let (from, to) = word.split_once('-').ok_or_else(refused)?;
    let (from, to) = (read_time(from).ok_or_else(refused)?, read_time(to).ok_or_else(refused)?);
    if from == (24, 0) {
        return Err(refused());
    }
    if from == to {
        return Err(WindowError::NoLength { at, found: word.to_owned() });
    }
    let time = |(hour, minute): (i8, i8)| Time::new(hour % 24, minute, 0, 0).map_err(|_| refused());
    Ok((time(from)?, time(to)?))
}

/// `8`, `08`, `8:00`, `08:00`, `24:00`.
fn read_time(text: &str) -> Option<(i8, i8)> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute) || (hour, minute) == (24, 0)).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        Windows::parse(text).map(|windows| windows.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn windows_are_read_as_people_write_them() {
        let table = [
            ("Mon-Fri 08:00-10:00, Mon-Fri 16:00-18:30", "Mon-Fri 08:00-10:00; Mon-Fri 16:00-18:30"),
            ("Mon-Fri 08:00-10:00; Mon-Fri 16:00-18:30", "Mon-Fri 08:00-10:00; Mon-Fri 16:00-18:30"),
            ("Mon-Fri 8-10, 16:00-18:30", "Mon-Fri 08:00-10:00; Mon-Fri 16:00-18:30"),
            ("Sat 9:30-12", "Sat 09:30-12:00"),
            ("Mon,Wed,Fri 9-11", "Mon,Wed,Fri 09:00-11:00"),
            ("Mon, Wed, Fri 9-11, Sat 10-12", "Mon,Wed,Fri 09:00-11:00; Sat 10:00-12:00"),
            ("mon - fri 8 - 10", "Mon-Fri 08:00-10:00"),
            ("Mon–Fri 08:00–10:00", "Mon-Fri 08:00-10:00"),
            ("daily 6-7", "daily 06:00-07:00"),
            ("Every day 6-7", "daily 06:00-07:00"),
            ("weekdays 6-7; weekends 10-12", "Mon-Fri 06:00-07:00; Sat,Sun 10:00-12:00"),
            ("Fri-Mon 20-24", "Mon,Fri,Sat,Sun 20:00-24:00"),
            ("Fri 22:00-01:00", "Fri 22:00-01:00"),
            ("daily 0-24", "daily 00:00-24:00"),
            ("Mondays 08-09", "Mon 08:00-09:00"),
            ("tuesday, thurs 08-09,", "Tue,Thu 08:00-09:00"),
            ("Mon & Tue 08-09", "Mon,Tue 08:00-09:00"),
            ("Monday to Friday 8 to 10 and 16-18", "Mon-Fri 08:00-10:00; Mon-Fri 16:00-18:00"),
            ("Tuesday and Thursday 8 until 9:30", "Tue,Thu 08:00-09:30"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn windows_that_are_not_understood_say_where_and_what_to_write() {
        let table = [
            ("", "no windows are given"),
            (" , ; ", "no windows are given"),
            ("Mo-Fry 8-10", "at character 1: \"Mo-Fry\" is not a day, did you mean fri?; write Mon"),
            ("Mon-Fri 8-10, Xyz 8-10", "at character 15: \"Xyz\" is not a day; write Mon"),
            ("Mon-Fri", "at character 1: \"Mon-Fri\" has no hours; write them after the day, such as: Mon-Fri 08:00-10:00"),
            ("Mon; Wed 9-11", "at character 1: \"Mon\" has no hours"),
            ("8-10", "at character 1: the hours come before any day; write the day first, such as: Mon-Fri 8-10"),
            ("Mon 8-25", "at character 5: \"8-25\" are not hours; write them on the 24-hour clock"),
            ("Mon 8", "at character 5: \"8\" are not hours"),
            ("Mon 8am-10am", "at character 5: \"8am-10am\" are not hours"),
            ("Mon 8:5-9", "at character 5: \"8:5-9\" are not hours"),
            ("Mon 24:00-02:00", "at character 5: \"24:00-02:00\" are not hours"),
            ("Mon 8-8", "at character 5: \"8-8\" begins and ends at once; for the whole day write 00:00-24:00"),
            ("M 8-9", "at character 1: \"M\" is not a day"),
        ];
        for (text, expected) in table {
            let error = shown(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        assert_eq!(Windows::parse(&"Mon 8-9,".repeat(60)), Err(WindowError::TooMany));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(
            rows in prop::collection::vec((1_u8..128, 0_i64..1440, 0_i64..1440), 1..6),
        ) {
            let windows: Vec<WeekWindow> = rows
                .into_iter()
                .filter(|(_, from, to)| from != to || *from == 0)
                .map(|(days, from, to)| {
                    let time = |minutes: i64| Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).unwrap();
                    let days = WeekDays::ALL.iter().enumerate().filter(|(index, _)| days & (1 << index) != 0);
                    let days = days.fold(WeekDays::default(), |set, (_, day)| set.with(day));
                    WeekWindow { days, from: time(from), to: time(to) }
                })
                .collect();
            prop_assume!(!windows.is_empty());
            let windows = Windows(windows);
            prop_assert_eq!(Windows::parse(&windows.to_string()), Ok(windows));
        }

        #[test]
        fn any_text_is_answered(text in "[MonFriSat0-9:,; &-]{0,60}|\\PC{0,80}") {
            let _ = Windows::parse(&text);
        }
    }
}
