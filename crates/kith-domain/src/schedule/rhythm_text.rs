//! A rhythm as people say it: amounts, days and hours, in any order, on one line.
//!
//! ```text
//! forty a month, Monday to Friday, two a day          twice a week, Tue and Thu, between 16 and 18
//! 2/day, Mon-Fri 8-10, 16-18:30                       tips: Mon–Fri 7:30–9:00; offers: Tue, Thu 16–18
//! ```
//! Amounts are found first and taken out; what is left are windows. Without days it is every day, without hours the
//! default ones. Several categories stand on one line, each name before a colon.

use std::sync::LazyLock;

use jiff::civil::{Time, Weekday};
use regex::Regex;

use super::rhythm::{AMOUNT_PER_DAY_MAX, Amount, HOURS_DEFAULT, Rhythm, WINDOW_MINUTES_MIN};
use super::{WindowError, Windows};
use crate::plan::category::CATEGORY_CHARS_MAX;

/// The longest line that is read.
const TEXT_CHARS_MAX: usize = 1_000;
/// The most categories on one line.
const CATEGORIES_MAX: usize = 40;

/// Why a rhythm was not understood; each message ends with what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RhythmError {
    #[error("nothing is written; write one such as: two a day, Mon-Fri 08:00-10:00")]
    Empty,
    #[error("the line is longer than {TEXT_CHARS_MAX} characters; shorten it")]
    TooLong,
    #[error("{0:?} and {1:?} are both how many; write one of them, and with it at most one \"… a day\"")]
    TwoAmounts(String, String),
    #[error("{0:?} is none or too many; choose 1 to {AMOUNT_PER_DAY_MAX} a day")]
    Amount(String),
    #[error("{asked} do not find room, as the shortest month or week has days for {fits}; ask for {fits}, more days, or more a day")]
    NoRoom { asked: u32, fits: u32 },
    #[error("the hours {0} are shorter than {WINDOW_MINUTES_MIN} minutes; widen them, so that the time can vary")]
    TooShort(String),
    #[error("the name {0:?} is longer than {CATEGORY_CHARS_MAX} characters; shorten it")]
    LongName(String),
    #[error("the category {0:?} stands here twice; write all its hours behind one name")]
    NameTwice(String),
    #[error("the hours of no category come first; write its name before them, such as: tips: Mon-Fri 07:30-09:00")]
    NoName,
    #[error("a line has at most {CATEGORIES_MAX} categories; divide it")]
    TooManyNames,
    #[error(transparent)]
    Windows(#[from] WindowError),
}

const NUMBERS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// `two a day`, `at most 2 per day`, `forty posts a month`, `once a week`, `2/day`.
static AMOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let word = format!("(?:{})(?:[ -](?:{}))?|{}", TENS.join("|"), NUMBERS.join("|"), NUMBERS.join("|"));
    let count = format!(r"(?:[0-9]{{1,4}}|{word}|a\s+dozen)(?:\s*(?:posts?|times?))?");
    let per = r"(?:\s+(?:a|an|per|each|every)\s+|\s*/\s*)";
    Regex::new(&format!(r"(?i)\b(?:(at most|up to|no more than)\s+)?(once|twice|thrice|{count}){per}(day|week|month)\b")).ok()
});
/// `between 8 and 10`.
static BETWEEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:between|from)\s+([0-9][0-9:]*)\s*(?:and|to|till|until)\s+([0-9][0-9:]*)").ok());

/// Reads one rhythm.
pub(super) fn read(text: &str) -> Result<Rhythm, RhythmError> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(RhythmError::TooLong);
    }
    if text.trim().is_empty() {
        return Err(RhythmError::Empty);
    }
    let (amount, per_day_max, rest) = amounts(text)?;
    let windows = windows(&rest)?;
    for window in &windows.0 {
        let (from, to) = window.seconds();
        if to - from < WINDOW_MINUTES_MIN * 60 {
            return Err(RhythmError::TooShort(window.to_string()));
        }
    }
    let most = Weekday::Monday.cycle_forward().take(7).map(|day| windows.on(day).len() as u32).max().unwrap_or(1);
    let per_day_max = match amount {
        Amount::Window => most.min(AMOUNT_PER_DAY_MAX),
        Amount::Day(count) => count,
        Amount::Week(_) | Amount::Month(_) => per_day_max.unwrap_or_else(|| {
            let days = windows.days().iter().count() as u32;
            let (count, slots) = match amount {
                Amount::Month(count) => (count, days * 4),
                Amount::Week(count) | Amount::Day(count) => (count, days),
                Amount::Window => (1, 1),
            };
            count.div_ceil(slots.max(1))
        }),
    };
    let rhythm = Rhythm { windows, amount, per_day_max };
    match rhythm.shortfall() {
        _ if per_day_max > AMOUNT_PER_DAY_MAX => Err(RhythmError::Amount(format!("{per_day_max} a day"))),
        Some((asked, fits)) => Err(RhythmError::NoRoom { asked, fits }),
        None => Ok(rhythm),
    }
}

/// Reads categories with their rhythms, in their order: `tips: Mon-Fri 7:30-9:00; offers: Tue, Thu 16-18`. Names are
/// in lower case. A line end divides as a semicolon does.
pub fn parse_categories(text: &str) -> Result<Vec<(String, Rhythm)>, RhythmError> {
    if text.chars().count() > TEXT_CHARS_MAX * 4 {
        return Err(RhythmError::TooLong);
    }
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    for part in text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        match (named(part), parts.last_mut()) {
            (Some((name, rest)), _) => {
                let name = name.to_lowercase();
                if name.chars().count() > CATEGORY_CHARS_MAX {
                    return Err(RhythmError::LongName(name));
                }
                if parts.iter().any(|(known, _)| *known == name) {
                    return Err(RhythmError::NameTwice(name));
                }
                parts.push((name, vec![rest]));
            }
            (None, Some((_, texts))) => texts.push(part),
            (None, None) => return Err(RhythmError::NoName),
        }
    }
    if parts.is_empty() {
        return Err(RhythmError::Empty);
    }
    if parts.len() > CATEGORIES_MAX {
        return Err(RhythmError::TooManyNames);
    }
    parts.into_iter().map(|(name, texts)| Ok((name, read(&texts.join("; "))?))).collect()
}

/// A name, a colon, and no digit right behind it (`7:30` is a time).
fn named(part: &str) -> Option<(&str, &str)> {
    let (name, rest) = part.split_once(':')?;
    let is_name = name.starts_with(char::is_alphabetic) && !rest.starts_with(|c: char| c.is_ascii_digit());
    is_name.then(|| (name.trim(), rest.trim()))
}

/// The amount, the most a day if said beside it, and the text without both.
fn amounts(text: &str) -> Result<(Amount, Option<u32>, String), RhythmError> {
    let Some(pattern) = AMOUNT.as_ref() else { return Ok((Amount::Window, None, text.to_owned())) };
    let mut long: Option<(Amount, String)> = None;
    let mut day: Option<(u32, String)> = None;
    let mut rest = String::with_capacity(text.len());
    let mut end = 0;
    for found in pattern.captures_iter(text) {
        let whole = found.get(0).map_or(0..0, |whole| whole.range());
        rest.push_str(text.get(end..whole.start).unwrap_or_default());
        // A comma keeps the windows on both sides apart.
        rest.push(',');
        end = whole.end;
        let said = found.get(0).map_or("", |whole| whole.as_str()).to_owned();
        let number = found.get(2).and_then(|number| number_of(number.as_str())).filter(|number| *number > 0);
        let Some(number) = number else { return Err(RhythmError::Amount(said)) };
        let unit = found.get(3).map_or("", |unit| unit.as_str()).to_ascii_lowercase();
        let amount = match unit.as_str() {
            "week" => Amount::Week(number),
            "month" => Amount::Month(number),
            _ => {
                if let Some((_, before)) = day {
                    return Err(RhythmError::TwoAmounts(before, said));
                }
                day = Some((number, said));
                continue;
            }
        };
        if let Some((_, before)) = long {
            return Err(RhythmError::TwoAmounts(before, said));
        }
        long = Some((amount, said));
    }
    rest.push_str(text.get(end..).unwrap_or_default());
    if let Some((number, said)) = &day
        && *number > AMOUNT_PER_DAY_MAX
    {
        return Err(RhythmError::Amount(said.clone()));
    }
    let day = day.map(|(number, _)| number);
    Ok(match long {
        Some((amount, _)) => (amount, day, rest),
        None => (day.map_or(Amount::Window, Amount::Day), day, rest),
    })
}

pub(super) fn number_of(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let plain = lower.trim_end_matches('s').trim_end_matches("time").trim_end_matches("post").trim();
    match plain {
        "once" => return Some(1),
        "twice" => return Some(2),
        "thrice" => return Some(3),
        _ if plain.starts_with('a') => return Some(12),
        _ => {}
    }
    if let Ok(number) = plain.parse() {
        return Some(number);
    }
    let small = |word: &str| NUMBERS.iter().position(|known| *known == word).map(|number| number as u32);
    let tens = |word: &str| TENS.iter().position(|known| *known == word).map(|index| (index as u32 + 2) * 10);
    match plain.split_once([' ', '-']) {
        Some((first, second)) => Some(tens(first)? + small(second)?),
        None => small(plain).or_else(|| tens(plain)),
    }
}

/// The windows of what is left; without days it is every day, without hours the default ones.
fn windows(rest: &str) -> Result<Windows, RhythmError> {
    let joined = match BETWEEN.as_ref() {
        Some(pattern) => pattern.replace_all(rest, "$1-$2").into_owned(),
        None => rest.to_owned(),
    };
    let words = joined.split_inclusive([' ', ',', ';']).filter(|word| {
        let bare = word.trim_end_matches([' ', ',', ';']).to_ascii_lowercase();
        !["on", "at", "posts", "post", "o'clock", "in", "from"].contains(&bare.as_str())
    });
    let text: String = words.collect();
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == ',' || c == ';');
    if text.is_empty() {
        let (from, to) = HOURS_DEFAULT;
        return Ok(Windows(vec![super::WeekWindow { days: super::WeekDays::ALL, from, to }]));
    }
    let begins_with_hours = text.starts_with(|c: char| c.is_ascii_digit());
    let text = if begins_with_hours { format!("daily {text}") } else { text.to_owned() };
    let default: (Time, Time) = HOURS_DEFAULT;
    Ok(Windows::parse_or(&text, default)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        Rhythm::parse(text).map_or_else(|error| format!("refused: {error}"), |rhythm| rhythm.to_string())
    }

    #[test]
    fn one_line_is_a_rhythm() {
        let table = [
            ("forty a month, Monday to Friday, two a day", "40 a month, at most 2 a day, Mon-Fri 09:00-18:00"),
            (
                "Forty posts a month, Mon–Fri 8–10, 16–18:30, two a day",
                "40 a month, at most 2 a day, Mon-Fri 08:00-10:00; Mon-Fri 16:00-18:30",
            ),
            ("2/day, Mon-Fri 8-10", "2 a day, Mon-Fri 08:00-10:00"),
            ("one a day", "1 a day, daily 09:00-18:00"),
            ("once a day between 6 and 7", "1 a day, daily 06:00-07:00"),
            ("twice a week, Tue and Thu, between 16 and 18", "2 a week, at most 1 a day, Tue,Thu 16:00-18:00"),
            ("Tue, Thu 16–18", "Tue,Thu 16:00-18:00"),
            ("twenty-two posts per month on weekdays", "22 a month, at most 2 a day, Mon-Fri 09:00-18:00"),
            ("three times a week from 8 to 9:30", "3 a week, at most 1 a day, daily 08:00-09:30"),
            ("40 a month, at most 2 a day, Mon-Fri 09:00-18:00", "40 a month, at most 2 a day, Mon-Fri 09:00-18:00"),
            ("a dozen a month", "12 a month, at most 1 a day, daily 09:00-18:00"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_way_out() {
        let table = [
            ("", "refused: nothing is written"),
            ("fifty a month, Mon-Fri, two a day", "refused: 50 do not find room, as the shortest month or week has days for 40"),
            ("forty a month, ten a week", "refused: \"forty a month\" and \"ten a week\" are both how many"),
            ("forty a day", "refused: \"forty a day\" is none or too many"),
            ("zero a day", "refused: \"zero a day\" is none or too many"),
            ("one a day, 8:00-8:10", "refused: the hours daily 08:00-08:10 are shorter than 15 minutes"),
            ("two a day, Mon-Fry", "refused: at character 1: \"Mon-Fry\" is not a day, did you mean fri?"),
        ];
        for (text, expected) in table {
            let found = shown(text);
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }

    #[test]
    fn categories_have_their_own_windows() {
        let read = |text: &str| {
            let found = parse_categories(text).map_err(|error| error.to_string())?;
            Ok::<_, String>(found.iter().map(|(name, rhythm)| format!("{name} = {rhythm}")).collect::<Vec<_>>().join(" | "))
        };
        assert_eq!(
            read("tips: Mon–Fri 7:30–9:00; offers: Tue, Thu 16–18").unwrap(),
            "tips = Mon-Fri 07:30-09:00 | offers = Tue,Thu 16:00-18:00"
        );
        assert_eq!(
            read("Tips: two a day, Mon 8-9; Tue 9-10\nfrom the shop: once a week").unwrap(),
            "tips = 2 a day, Mon 08:00-09:00; Tue 09:00-10:00 | from the shop = 1 a week, at most 1 a day, daily 09:00-18:00"
        );
        assert_eq!(read("Mon 8-9").unwrap_err(), RhythmError::NoName.to_string());
        assert_eq!(read("tips: Mon 8-9; Tips: Tue 8-9").unwrap_err(), RhythmError::NameTwice("tips".into()).to_string());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[a-z0-9:,;/ -]{0,60}|\\PC{0,80}|(two|forty|9) (a|per) (day|week|month)[, MonFri0-9:-]{0,30}") {
            let _ = Rhythm::parse(&text);
            let _ = parse_categories(&text);
        }
    }
}
