//! What is remembered of a person: facts, notes, tags, and what was promised to them (R1, C9).
//!
//! A promise is due on a day of the zone in which it was given; the instant is the beginning of that day there, and it
//! is kept beside the day so that both can be read. Nothing is remembered by a rule: a person writes each line.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// Longest fact, key and value together, in characters.
pub const FACT_CHARS_MAX: usize = 280;
/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 4_000;
/// Longest tag, in characters.
pub const TAG_CHARS_MAX: usize = 40;
/// Most tags of one person.
pub const TAGS_MAX: usize = 20;
/// A promise is due at most so many days ahead.
pub const PROMISE_DAYS_MAX: i32 = 730;
/// Longest key of a fact, in characters; what is longer is a sentence with a colon in it.
const KEY_CHARS_MAX: usize = 40;

/// What kind of thing is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// Something about them.
    Fact,
    /// Something for us.
    Note,
    /// Something we owe them.
    Promise,
}

/// A fact, such as `kiln: Rohde 100`; without a key it is a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about; may be empty.
    pub key: String,
    /// What is so.
    pub value: String,
}

/// A tag, as it is kept: one line, no leading `#`.
pub type Tag = String;

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseEnd {
    /// Done.
    Kept,
    /// Not to be done any more.
    LetGo,
}

/// Why words or a day are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// Nothing is written.
    #[error("write a few words")]
    Empty,
    /// Too long, in characters.
    #[error("this is longer than {0} characters; shorten it")]
    TooLong(usize),
    /// Not a day.
    #[error("{0:?} is no day; write it as 2026-11-27, or choose tomorrow, friday, monday or week")]
    NoDay(String),
    /// Before today.
    #[error("{0} is over; choose today or a later day")]
    Past(Date),
    /// Too far ahead.
    #[error("{0} is more than two years ahead; choose a nearer day")]
    TooFar(Date),
    /// Too many tags.
    #[error("a person has at most {TAGS_MAX} tags; take one away first")]
    TooManyTags,
}

impl Memory {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Note => "note",
            Self::Promise => "promise",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Fact, Self::Note, Self::Promise].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl PromiseEnd {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::LetGo => "let_go",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Kept, Self::LetGo].into_iter().find(|end| end.as_str() == text)
    }
}

/// Reads a fact as it was typed: up to the first colon is its key, if that is short and no address.
pub fn fact(typed: &str) -> Result<Fact, MemoryError> {
    let line = one_line(typed, FACT_CHARS_MAX)?;
    let split = line.split_once(':').map(|(key, value)| (key.trim(), value.trim()));
    Ok(match split {
        Some((key, value)) if !key.is_empty() && !value.is_empty() && key.chars().count() <= KEY_CHARS_MAX && !value.starts_with("//") => {
            Fact { key: key.to_owned(), value: value.to_owned() }
        }
        _ => Fact { key: String::new(), value: line },
    })
}

/// Reads a note: several lines stay several lines.
pub fn note(typed: &str) -> Result<String, MemoryError> {
    let text = typed.trim();
    match text.chars().count() {
        0 => Err(MemoryError::Empty),
        n if n > NOTE_CHARS_MAX => Err(MemoryError::TooLong(NOTE_CHARS_MAX)),
        _ => Ok(text.to_owned()),
    }
}

/// Reads what was promised.
pub fn promise_words(typed: &str) -> Result<String, MemoryError> {
    one_line(typed, FACT_CHARS_MAX)
}

/// Reads tags as they were typed, between commas: each once, in their order.
pub fn tags(typed: &str) -> Result<Vec<Tag>, MemoryError> {
    let mut tags: Vec<Tag> = Vec::new();
    for tag in typed.split(',').map(|tag| tag.trim().trim_start_matches('#').trim()).filter(|tag| !tag.is_empty()) {
        let tag = one_line(tag, TAG_CHARS_MAX)?;
        if !tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
            tags.push(tag);
        }
    }
    if tags.len() > TAGS_MAX { Err(MemoryError::TooManyTags) } else { Ok(tags) }
}

/// Reads when a promise is due: a day such as `2026-11-27`, or `today`, `tomorrow`, `friday`, `monday` (the next one),
/// `week` (in seven days). Today is the day of `now` in `zone`.
pub fn due_day(typed: &str, now: Timestamp, zone: &TimeZone) -> Result<Date, MemoryError> {
    let today = now.to_zoned(zone.clone()).date();
    let no_day = || MemoryError::NoDay(typed.chars().take(40).collect());
    let next = |weekday| today.nth_weekday(1, weekday).map_err(|_| no_day());
    let day = match typed.trim() {
        "today" => today,
        "tomorrow" => today.checked_add(1.day()).map_err(|_| no_day())?,
        "week" => today.checked_add(7.days()).map_err(|_| no_day())?,
        "friday" => next(Weekday::Friday)?,
        "monday" => next(Weekday::Monday)?,
        text => text.parse().map_err(|_| no_day())?,
    };
    let last = today.checked_add(PROMISE_DAYS_MAX.days()).map_err(|_| no_day())?;
    match day {
        day if day < today => Err(MemoryError::Past(day)),
        day if day > last => Err(MemoryError::TooFar(day)),
        day => Ok(day),
    }
}

/// The first instant of a day in a zone; a day that begins in a gap begins after it.
pub fn due_at(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().and_then(|zoned| zoned.start_of_day().ok()).map(|start| start.timestamp())
}

fn one_line(typed: &str, chars_max: usize) -> Result<String, MemoryError> {
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => Err(MemoryError::Empty),
        n if n > chars_max => Err(MemoryError::TooLong(chars_max)),
        _ => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_has_a_key_before_its_first_colon() {
        let read = |text: &str| fact(text).map(|fact| (fact.key, fact.value));
        assert_eq!(read(" kiln:  Rohde   100 "), Ok(("kiln".into(), "Rohde 100".into())));
        assert_eq!(read("Came with her sister"), Ok((String::new(), "Came with her sister".into())));
        assert_eq!(read("https://jo.example"), Ok((String::new(), "https://jo.example".into())), "an address is no key");
        assert_eq!(read("  \n "), Err(MemoryError::Empty));
        assert_eq!(read(&"x".repeat(281)), Err(MemoryError::TooLong(280)));
    }

    #[test]
    fn a_day_is_named_or_written() {
        let zone = TimeZone::get("Europe/Lisbon").unwrap();
        let now: Timestamp = "2026-11-22T23:30:00Z".parse().unwrap(); // a Sunday
        for (typed, expected) in [
            ("today", "2026-11-22"),
            ("tomorrow", "2026-11-23"),
            ("friday", "2026-11-27"),
            ("monday", "2026-11-23"),
            ("week", "2026-11-29"),
            (" 2027-01-02", "2027-01-02"),
        ] {
            assert_eq!(due_day(typed, now, &zone).unwrap().to_string(), expected, "{typed}");
        }
        for typed in ["2026-11-21", "2029-01-01", "soon", ""] {
            assert!(due_day(typed, now, &zone).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_promise_is_due_when_its_day_begins_where_it_was_given() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = due_at("2026-11-27".parse().unwrap(), &zone).unwrap();
        assert_eq!(at.to_string(), "2026-11-27T05:00:00Z");
    }

    #[test]
    fn tags_are_kept_once() {
        assert_eq!(tags("#kiln, glaze ,Kiln,,").unwrap(), ["kiln", "glaze"]);
        assert_eq!(tags(&(0..21).map(|n| n.to_string()).collect::<Vec<_>>().join(",")), Err(MemoryError::TooManyTags));
    }
}
