//! Times as people write them: `2026-12-01 09:30`, with seconds, or an exact instant with offset or zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::{CivilTime, ZoneError, ZoneName, civil};

/// The longest text that is looked at.
const TIME_CHARS_MAX: usize = 120;
const EXAMPLE: &str = "2026-12-01 09:30";

/// A time that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// The wall clock of a zone; its instant follows the zone's rules.
    Civil(CivilTime),
    /// An instant that was fixed by an offset; `shown` is the wall clock of the zone at it.
    Instant {
        /// The instant.
        due_at: Timestamp,
        /// The wall clock then.
        shown: CivilTime,
    },
}

/// Why a time was not understood; each message ends with what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    #[error("the time is empty; write one such as {EXAMPLE}")]
    Empty,
    #[error("{0:?} is not a time; write one such as {EXAMPLE}")]
    Unreadable(String),
    #[error("{raw:?} can be read in two ways; write {}, with the year first", either(*.a, *.b))]
    TwoReadings { raw: String, a: Date, b: Date },
    #[error("{raw:?} is not in the order year-month-day; write {date}")]
    OtherOrder { raw: String, date: Date },
    #[error("{0} has no time of day; write one such as {0} 09:30")]
    NoTimeOfDay(Date),
    #[error("{0:?} is on the 12-hour clock; write 21:30 for half past nine in the evening")]
    TwelveHours(String),
    #[error("24:00 belongs to two days; write {} 00:00", .0)]
    Midnight(Date),
    #[error("the date {0:?} does not exist; look at the month and the day")]
    NoSuchDate(String),
    #[error("the time of day {0:?} does not exist; hours go from 00 to 23, minutes and seconds from 00 to 59")]
    NoSuchTime(String),
    #[error("the offset {0:?} does not exist; write one such as +01:00, or Z for UTC")]
    NoSuchOffset(String),
    #[error("{zone} is at {right} then, not at {written}; take the offset or the zone out, or correct it")]
    OffsetAgainstZone { zone: ZoneName, written: Offset, right: Offset },
    #[error("the time names the zone {named}, the row {given}; name one zone")]
    TwoZones { named: ZoneName, given: ZoneName },
    #[error("{0:?} has no time zone; name one such as Europe/Lisbon beside it")]
    NoZone(String),
    #[error(transparent)]
    Zone(#[from] ZoneError),
    #[error(transparent)]
    OutOfRange(#[from] civil::TimeOutOfRange),
}

fn either(a: Date, b: Date) -> String {
    format!("{a} or {b}")
}

/// Reads a time.
///
/// `zone` is the zone given beside it, `fallback` that of the whole plan. The date and the time are divided by a blank
/// or `T`; seconds may be left out. An offset (`Z`, `+01:00`) fixes the instant; a zone in brackets (RFC 9557) counts
/// as `zone` would. An instant without any zone is shown in UTC.
pub fn parse_when(raw: &str, zone: Option<&ZoneName>, fallback: Option<&ZoneName>) -> Result<When, TimeError> {
    let text = raw.trim();
    if text.is_empty() {
        return Err(TimeError::Empty);
    }
    if text.chars().count() > TIME_CHARS_MAX {
        return Err(TimeError::Unreadable(text.chars().take(40).collect()));
    }
    let (text, named) = split_zone(text)?;
    if let (Some(named), Some(given)) = (&named, zone)
        && named != given
    {
        return Err(TimeError::TwoZones { named: named.clone(), given: given.clone() });
    }
    let (date, time, offset) = split_parts(text)?;
    let at = DateTime::from_parts(read_date(date)?, read_time(date, time)?);
    let zone = named.as_ref().or(zone).or(fallback);
    match offset {
        Written::Nothing => {
            let zone = zone.ok_or_else(|| TimeError::NoZone(text.to_owned()))?;
            Ok(When::Civil(CivilTime { at, zone: zone.clone() }))
        }
        Written::Utc => fixed(at, Offset::UTC, zone),
        Written::Offset(offset) => {
            if let Some(zone) = &named {
                agrees(at, offset, zone)?;
            }
            fixed(at, offset, zone)
        }
    }
}

/// What stands behind the time of day.
enum Written {
    Nothing,
    /// `Z` says nothing about the place, so any zone may stand beside it (RFC 9557, 2.2).
    Utc,
    Offset(Offset),
}

/// `…[Europe/Lisbon]`
fn split_zone(text: &str) -> Result<(&str, Option<ZoneName>), TimeError> {
    let Some(open) = text.find('[') else { return Ok((text, None)) };
    let (text, bracket) = text.split_at(open);
    let name = bracket.trim_start_matches('[').trim_start_matches('!');
    let Some(name) = name.strip_suffix(']').filter(|name| !name.contains(['[', ']'])) else {
        return Err(TimeError::Unreadable(format!("{text}{bracket}")));
    };
    Ok((text.trim_end(), Some(ZoneName::parse(name)?)))
}

/// Date, time of day and offset of `2026-12-01 09:30`, `2026-12-01T09:30:15+01:00`.
fn split_parts(text: &str) -> Result<(&str, &str, Written), TimeError> {
    // A blank, or a `T` behind the digits of the day.
    let divided = text.char_indices().zip(text.chars().skip(1)).find_map(|((at, before), letter)| {
        let divides = letter.is_whitespace() || (matches!(letter, 'T' | 't') && before.is_ascii_digit());
        let (head, tail) = text.split_at_checked(at + before.len_utf8())?;
        divides.then(|| (head, tail.get(letter.len_utf8()..).unwrap_or_default()))
    });
    let Some((date, rest)) = divided else {
        return Err(match read_date(text) {
            Ok(date) => TimeError::NoTimeOfDay(date),
            Err(error) if text.contains(['-', '/', '.']) => error,
            Err(_) => TimeError::Unreadable(text.to_owned()),
        });
    };
    let rest = rest.trim();
    let lower = rest.to_ascii_lowercase();
    if lower.ends_with("am") || lower.ends_with("pm") {
        return Err(TimeError::TwelveHours(rest.to_owned()));
    }
    if let Some(time) = rest.strip_suffix(['Z', 'z']) {
        return Ok((date, time.trim_end(), Written::Utc));
    }
    // A Unicode minus is what word processors make of a hyphen.
    match rest.find(['+', '-', '\u{2212}']) {
        None => Ok((date, rest, Written::Nothing)),
        Some(at) => {
            let (time, offset) = rest.split_at(at);
            Ok((date, time.trim_end(), Written::Offset(read_offset(offset)?)))
        }
    }
}

fn read_date(text: &str) -> Result<Date, TimeError> {
    let unreadable = || TimeError::Unreadable(text.to_owned());
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [first, second, third] = parts[..] else { return Err(unreadable()) };
    let number = |part: &str| -> Option<i16> {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse().ok() } else { None }
    };
    let (Some(a), Some(b), Some(c)) = (number(first), number(second), number(third)) else { return Err(unreadable()) };
    let date = |year: i16, month: i16, day: i16| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    if first.len() == 4 {
        let date = date(a, b, c).ok_or_else(|| TimeError::NoSuchDate(text.to_owned()))?;
        let plain = text.contains('-') && !text.contains(['/', '.']);
        return if plain { Ok(date) } else { Err(TimeError::OtherOrder { raw: text.to_owned(), date }) };
    }
    if third.len() != 4 {
        return Err(unreadable());
    }
    let raw = text.to_owned();
    match (date(c, b, a), date(c, a, b)) {
        (Some(a), Some(b)) if a != b => Err(TimeError::TwoReadings { raw, a, b }),
        (Some(date), _) | (None, Some(date)) => Err(TimeError::OtherOrder { raw, date }),
        (None, None) => Err(TimeError::NoSuchDate(raw)),
    }
}

/// `9:30`, `09:30`, `09:30:15`; a fraction of a second is cut off.
fn read_time(date: &str, text: &str) -> Result<Time, TimeError> {
    let whole = text.split(['.', ',']).next().unwrap_or_default();
    let fraction_is_digits = text.get(whole.len()..).unwrap_or_default().chars().skip(1).all(|c| c.is_ascii_digit());
    let parts: Vec<Option<i8>> = whole
        .split(':')
        .map(|part| {
            let digits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse().ok() } else { None }
        })
        .collect();
    let (hour, minute, second) = match parts[..] {
        [Some(hour), Some(minute)] => (hour, minute, 0),
        [Some(hour), Some(minute), Some(second)] => (hour, minute, second),
        _ => return Err(TimeError::Unreadable(text.to_owned())),
    };
    if !fraction_is_digits {
        return Err(TimeError::Unreadable(text.to_owned()));
    }
    if (hour, minute, second) == (24, 0, 0) {
        let next = read_date(date)?.tomorrow().map_err(|_| TimeError::NoSuchTime(text.to_owned()))?;
        return Err(TimeError::Midnight(next));
    }
    Time::new(hour, minute, second, 0).map_err(|_| TimeError::NoSuchTime(text.to_owned()))
}

/// `+01:00`, `+0100`, `-5`.
fn read_offset(text: &str) -> Result<Offset, TimeError> {
    let refused = || TimeError::NoSuchOffset(text.to_owned());
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.trim_start_matches(['-', '\u{2212}'])),
    };
    let (hours, minutes) = match (rest.split_once(':'), rest.len()) {
        (Some(parts), _) => parts,
        (None, 4) => rest.split_at_checked(2).ok_or_else(refused)?,
        (None, _) => (rest, "00"),
    };
    let number = |part: &str, max: i32| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse::<i32>().ok().filter(|number| *number <= max) } else { None }
    };
    let (Some(hours), Some(minutes)) = (number(hours, 18), number(minutes, 59)) else { return Err(refused()) };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).map_err(|_| refused())
}

/// An offset beside a zone must be one that the zone has at that time.
fn agrees(at: DateTime, written: Offset, zone: &ZoneName) -> Result<(), TimeError> {
    let instant = written.to_timestamp(at).map_err(|_| civil::TimeOutOfRange(at))?;
    let right = zone.rules().to_offset(instant);
    if right == written { Ok(()) } else { Err(TimeError::OffsetAgainstZone { zone: zone.clone(), written, right }) }
}

fn fixed(at: DateTime, offset: Offset, zone: Option<&ZoneName>) -> Result<When, TimeError> {
    let due_at = offset.to_timestamp(at).map_err(|_| civil::TimeOutOfRange(at))?;
    let zone = match zone {
        Some(zone) => zone.clone(),
        None => ZoneName::parse("UTC")?,
    };
    Ok(When::Instant { due_at, shown: CivilTime::of_instant(due_at, &zone) })
}

#[cfg(test)]
mod tests;
