//! Reminders of an event as offsets, and as people say them.
//!
//! ```text
//! each morning at 9 from seven days before       2 h, 1 h, 30 min, 10 min before
//! doors open                                     thank you, the day after at 10
//! ```
//! Hours and minutes are real time before the start, days are dates on the event's own wall clock. Commas, semicolons
//! and line ends divide; words that are no offset name the next one.

use std::fmt;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::presence::minutes_of;
use super::rhythm_text::number_of;

/// The most reminders of one event.
pub const REMINDERS_MAX: usize = 40;
/// The farthest that a reminder lies before or behind.
pub const REMINDER_DAYS_MAX: u32 = 366;
/// The longest text that is read.
const TEXT_CHARS_MAX: usize = 2_000;
const MORNING: Time = jiff::civil::time(9, 0, 0, 0);
const NOON: Time = jiff::civil::time(12, 0, 0, 0);
const EVENING: Time = jiff::civil::time(19, 0, 0, 0);
/// The day before and the day after without a time.
const DAY: Time = jiff::civil::time(10, 0, 0, 0);

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// What it is called, such as `doors open`; chooses its words.
    pub label: Option<String>,
    /// When.
    #[serde(flatten)]
    pub offset: Offset,
}

/// When a reminder goes out, seen from its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "offset", rename_all = "snake_case")]
pub enum Offset {
    /// Once on each day, `first` to `last` days before the day of the event (0), if that is before its start.
    EachDay {
        /// The first day, so many days before.
        first: u32,
        /// The last day.
        last: u32,
        /// The time on the event's wall clock.
        at: Time,
    },
    /// Real minutes before the start.
    Before {
        /// How many.
        minutes: u32,
    },
    /// At the start.
    AtStart,
    /// A day before (negative) or after (positive) the day of the event, or that day.
    OnDay {
        /// How many days.
        days: i32,
        /// The time on the event's wall clock.
        at: Time,
    },
    /// Real minutes after the end.
    AfterEnd {
        /// How many.
        minutes: u32,
    },
}

/// Why reminders were not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReminderError {
    #[error("no reminder is written; write some such as: each morning at 9 from seven days before, 2 h, 30 min before, doors open")]
    Empty,
    #[error("{0:?} is not understood; write one such as: 2 h before, 3 days before at 9, doors open, the day after at 10")]
    Unreadable(String),
    #[error("{0:?} does not say whether before or after; write: {0} before")]
    NoSide(String),
    #[error("the time of day in {0:?} is not understood; write it on the 24-hour clock, such as 09:00 or 19:30")]
    NoTime(String),
    #[error("{0:?} lies farther than {REMINDER_DAYS_MAX} days from the event; give a nearer one")]
    TooFar(String),
    #[error("there are more than {REMINDERS_MAX} reminders, or the text is longer than {TEXT_CHARS_MAX} characters; take some out")]
    TooMany,
}

impl fmt::Display for Offset {
    /// As [`parse_reminders`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |at: Time| at.strftime("%H:%M").to_string();
        match self {
            Self::EachDay { first, last: 0, at } => write!(f, "each day at {} from {first} days before", clock(*at)),
            Self::EachDay { first, last, at } => write!(f, "each day at {} from {first} days before until {last} days before", clock(*at)),
            Self::Before { minutes } => write!(f, "{} before", span(*minutes)),
            Self::AtStart => f.write_str("at the start"),
            Self::OnDay { days: 0, at } => write!(f, "on the day at {}", clock(*at)),
            Self::OnDay { days, at } if *days < 0 => write!(f, "{} days before at {}", -days, clock(*at)),
            Self::OnDay { days, at } => write!(f, "{days} days after at {}", clock(*at)),
            Self::AfterEnd { minutes } => write!(f, "{} after", span(*minutes)),
        }
    }
}

fn span(minutes: u32) -> String {
    if minutes.is_multiple_of(60) { format!("{} h", minutes / 60) } else { format!("{minutes} min") }
}

/// A piece of time as it was said.
#[derive(Debug, Clone, Copy)]
enum Span {
    Minutes(u32),
    Days(u32),
}

/// Reads reminders, in the order in which they stand.
pub fn parse_reminders(text: &str) -> Result<Vec<Reminder>, ReminderError> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(ReminderError::TooMany);
    }
    let mut reminders = Vec::new();
    let mut open: Vec<Span> = Vec::new();
    let mut open_text = String::new();
    let mut label: Option<String> = None;
    for piece in text.split([',', ';', '\n']).map(str::trim).filter(|piece| !piece.is_empty()) {
        let words = words_of(piece);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // `30 min and 10 min before`: all but the last are open.
        let mut parts: Vec<&[&str]> = words.split(|word| *word == "and").filter(|part| !part.is_empty()).collect();
        let Some(last) = parts.pop() else { continue };
        for part in parts {
            open.push(whole_span(part).ok_or_else(|| ReminderError::Unreadable(piece.to_owned()))?);
            piece.clone_into(&mut open_text);
        }
        if let Some(span) = whole_span(last) {
            open.push(span);
            piece.clone_into(&mut open_text);
            continue;
        }
        match offset(last, piece)? {
            Some((offset, own)) => {
                for span in open.drain(..) {
                    reminders.push(Reminder { label: label.clone(), offset: like(offset, span) });
                }
                reminders.push(Reminder { label: label.take().or(own), offset });
            }
            None if open.is_empty() && label.is_none() => label = Some(piece.to_owned()),
            None => return Err(ReminderError::Unreadable(piece.to_owned())),
        }
    }
    if !open.is_empty() {
        return Err(ReminderError::NoSide(open_text));
    }
    if let Some(label) = label {
        return Err(ReminderError::Unreadable(label));
    }
    let far = reminders.iter().find(|reminder| is_far(reminder.offset));
    match far {
        _ if reminders.is_empty() => Err(ReminderError::Empty),
        _ if reminders.len() > REMINDERS_MAX => Err(ReminderError::TooMany),
        Some(reminder) => Err(ReminderError::TooFar(reminder.offset.to_string())),
        None => Ok(reminders),
    }
}

fn is_far(offset: Offset) -> bool {
    let most = REMINDER_DAYS_MAX;
    match offset {
        Offset::EachDay { first, last, .. } => first > most || last > first,
        Offset::Before { minutes } | Offset::AfterEnd { minutes } => minutes > most * 24 * 60,
        Offset::OnDay { days, .. } => days.unsigned_abs() > most,
        Offset::AtStart => false,
    }
}

/// Lower case, numbers apart from their units (`2h`), hyphens of `doors-open` kept.
fn words_of(piece: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut before = ' ';
    for letter in piece.to_lowercase().chars() {
        if before.is_ascii_digit() && letter.is_alphabetic() {
            spaced.push(' ');
        }
        spaced.push(letter);
        before = letter;
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// `2 h`, `half an hour`, `a week`: a span and nothing else.
fn whole_span(words: &[&str]) -> Option<Span> {
    read_span(words).filter(|(_, used)| *used == words.len()).map(|(span, _)| span)
}

/// A span at the beginning, and how many words it takes.
fn read_span(words: &[&str]) -> Option<(Span, usize)> {
    let (number, used) = match words {
        ["half", "an", "hour", ..] => return Some((Span::Minutes(30), 3)),
        ["a" | "an" | "one", ..] => (1, 1),
        ["a quarter", ..] => return None,
        [number, ..] => (number_of(number).filter(|_| !number.starts_with('a'))?, 1),
        [] => return None,
    };
    let number = number.min(1_000_000);
    let span = match words.get(used)?.trim_end_matches('.') {
        "m" | "min" | "mins" | "minute" | "minutes" => Span::Minutes(number),
        "h" | "hr" | "hrs" | "hour" | "hours" => Span::Minutes(number * 60),
        "d" | "day" | "days" => Span::Days(number),
        "w" | "week" | "weeks" => Span::Days(number * 7),
        _ => return None,
    };
    Some((span, used + 1))
}

/// One more span on the side of `offset`.
fn like(offset: Offset, span: Span) -> Offset {
    let after = matches!(offset, Offset::AfterEnd { .. }) || matches!(offset, Offset::OnDay { days, .. } if days > 0);
    let at = if let Offset::OnDay { at, .. } = offset { at } else { MORNING };
    on_side(span, after, at)
}

fn on_side(span: Span, after: bool, at: Time) -> Offset {
    match (span, after) {
        (Span::Minutes(minutes), false) => Offset::Before { minutes },
        (Span::Minutes(minutes), true) => Offset::AfterEnd { minutes },
        (Span::Days(days), after) => {
            let days = i32::try_from(days).unwrap_or(i32::MAX);
            Offset::OnDay { days: if after { days } else { -days }, at }
        }
    }
}

/// An offset with the name it has by itself; `None` if the words are none.
fn offset(words: &[&str], piece: &str) -> Result<Option<(Offset, Option<String>)>, ReminderError> {
    let named = |name: &str| Some(name.to_owned());
    if let ["doors", "open"] | ["doors", "are", "open"] = words {
        return Ok(Some((Offset::AtStart, named("doors open"))));
    }
    if let ["at" | "when", "the" | "it", "start" | "starts" | "begin" | "begins"] | ["start" | "now"] = words {
        return Ok(Some((Offset::AtStart, None)));
    }
    let (words, at) = match words.iter().position(|word| *word == "at") {
        Some(index) => {
            let (before, rest) = words.split_at(index);
            let twelve = matches!(rest.get(2), Some(&("am" | "pm" | "a.m." | "p.m.")));
            let time =
                rest.get(1).filter(|_| !twelve).and_then(|time| time_of(time)).ok_or_else(|| ReminderError::NoTime(piece.to_owned()))?;
            (before.iter().chain(rest.iter().skip(2)).copied().collect::<Vec<_>>(), Some(time))
        }
        None => (words.to_vec(), None),
    };
    let part = |word: &str| match word {
        "morning" => Some(MORNING),
        "noon" => Some(NOON),
        "evening" => Some(EVENING),
        "day" => Some(DAY),
        _ => None,
    };
    if let ["each" | "every", day, rest @ ..] = &words[..]
        && let Some(usual) = part(day)
    {
        let at = at.unwrap_or(if usual == DAY { MORNING } else { usual });
        return each_day(rest, at).map(|offset| Some((offset, None))).ok_or_else(|| ReminderError::Unreadable(piece.to_owned()));
    }
    let found = match &words[..] {
        ["the", day, "before"] => part(day).map(|usual| Offset::OnDay { days: -1, at: at.unwrap_or(usual) }),
        ["the", day, "after"] => part(day).map(|usual| Offset::OnDay { days: 1, at: at.unwrap_or(usual) }),
        ["on", "the", "day"] | ["the", "same", "day"] => Some(Offset::OnDay { days: 0, at: at.unwrap_or(MORNING) }),
        ["the", day, "of"] => part(day).map(|usual| Offset::OnDay { days: 0, at: at.unwrap_or(usual) }),
        _ => None,
    };
    if let Some(offset) = found {
        return Ok(Some((offset, None)));
    }
    let Some((span, used)) = read_span(&words) else { return Ok(None) };
    let rest = words.get(used..).unwrap_or_default();
    let rest: Vec<&str> = rest.iter().copied().filter(|word| !["the", "it", "start", "end", "starts", "ends"].contains(word)).collect();
    let after = match rest[..] {
        ["before"] => false,
        ["after"] => true,
        _ => return Ok(None),
    };
    // A real span has no time of day.
    if at.is_some() && matches!(span, Span::Minutes(_)) {
        return Err(ReminderError::Unreadable(piece.to_owned()));
    }
    Ok(Some((on_side(span, after, at.unwrap_or(DAY)), None)))
}

/// `from seven days before`, then perhaps `until the day before`, `until 2 days before`.
fn each_day(words: &[&str], at: Time) -> Option<Offset> {
    let words = words.strip_prefix(&["from"])?;
    let (first, used) = read_span(words)?;
    let Span::Days(first) = first else { return None };
    let rest = words.get(used..)?.strip_prefix(&["before"])?;
    let last = match rest {
        [] | ["until" | "to" | "till", "the", "day"] => 0,
        ["until" | "to" | "till", "the", "day", "before"] => 1,
        ["until" | "to" | "till", rest @ ..] => match read_span(rest)? {
            (Span::Days(last), used) if rest.get(used..) == Some(&["before"]) => last,
            _ => return None,
        },
        _ => return None,
    };
    Some(Offset::EachDay { first, last, at })
}

fn time_of(text: &str) -> Option<Time> {
    let minutes = minutes_of(text)?;
    Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let one = |reminder: &Reminder| match &reminder.label {
            Some(label) => format!("[{label}] {}", reminder.offset),
            None => reminder.offset.to_string(),
        };
        match parse_reminders(text) {
            Ok(reminders) => reminders.iter().map(one).collect::<Vec<_>>().join(" | "),
            Err(error) => format!("refused: {error}"),
        }
    }

    #[test]
    fn reminders_are_read_as_people_say_them() {
        let table = [
            ("each morning at 9 from seven days before", "each day at 09:00 from 7 days before"),
            ("each morning from a week before until the day before", "each day at 09:00 from 7 days before until 1 days before"),
            ("2 h, 1 h, 30 min, 10 min before", "2 h before | 1 h before | 30 min before | 10 min before"),
            ("2h, 90min and half an hour before the start", "2 h before | 90 min before | 30 min before"),
            ("doors open", "[doors open] at the start"),
            ("thank you, the day after", "[thank you] 1 days after at 10:00"),
            ("three days before at 18:30; the evening before", "3 days before at 18:30 | 1 days before at 19:00"),
            ("on the day at 8\n2 hours after the end", "on the day at 08:00 | 2 h after"),
            (
                "each morning at 9 from seven days before, 2 h, 1 h before, doors open, thank you, the day after",
                "each day at 09:00 from 7 days before | 2 h before | 1 h before | [doors open] at the start | [thank you] 1 days after at 10:00",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_says_what_to_write() {
        let table = [
            ("", "refused: no reminder is written"),
            ("2 h, 30 min", "refused: \"30 min\" does not say whether before or after; write: 30 min before"),
            ("thank you", "refused: \"thank you\" is not understood"),
            ("hello, there, 2 h before", "refused: \"there\" is not understood"),
            ("each morning at 9am from 7 days before", "refused: the time of day in"),
            ("2 h before at 9", "refused: \"2 h before at 9\" is not understood"),
            ("400 days before", "refused: \"400 days before at 10:00\" lies farther"),
        ];
        for (text, expected) in table {
            let found = shown(text);
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(kind in 0_u8..5, a in 0_u32..366, b in 0_u32..366, hour in 0_i8..24) {
            let at = Time::new(hour, 30, 0, 0).unwrap();
            let offset = match kind {
                0 => Offset::EachDay { first: a.max(b), last: a.min(b), at },
                1 => Offset::Before { minutes: a + 1 },
                2 => Offset::AtStart,
                3 => Offset::OnDay { days: a as i32 - 180, at },
                _ => Offset::AfterEnd { minutes: a + 1 },
            };
            let read = parse_reminders(&offset.to_string()).unwrap();
            prop_assert_eq!(read, vec![Reminder { label: None, offset }]);
        }

        #[test]
        fn any_text_is_answered(text in "[a-z0-9:,; ]{0,60}|\\PC{0,60}|(each (day|morning)|[0-9]{1,9} (h|min|days|weeks)|the day|doors open| at [0-9]+| before| after| from|,){0,8}") {
            let _ = parse_reminders(&text);
        }
    }
}
