//! Calendars (RFC 5545) as events come from them and go to them: titles, times, places, links, and whether they are off.
//!
//! A calendar is somebody else's file, so everything is bounded and nothing in it is believed: what can't be read is left
//! out and named. Only single events are read; what repeats is a matter of `kith repeat`.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use kith_domain::schedule::{Event, ZoneName};

use crate::commands::Refused;

/// Largest calendar in bytes.
pub(crate) const BYTES_MAX: usize = 1024 * 1024;
/// Most events of one calendar.
const EVENTS_MAX: usize = 500;
/// Longest title, place or link in characters.
const TEXT_CHARS_MAX: usize = 300;
/// Longest title in characters; a source's name holds no more.
const TITLE_CHARS_MAX: usize = 60;
/// Longest line that is written, in bytes (RFC 5545, 3.1).
const LINE_BYTES_MAX: usize = 75;

/// An event as a calendar has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) begins: DateTime,
    pub(crate) ends: DateTime,
    pub(crate) zone: ZoneName,
    pub(crate) place: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) cancelled: bool,
}

/// What a calendar says.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    pub(crate) events: Vec<Entry>,
    /// What was left out, and why.
    pub(crate) left_out: Vec<String>,
}

/// Values of one event by the property's name, the last of each.
#[derive(Default)]
struct Fields(Vec<Field>);

/// A line of a calendar: its name, its parameters, its value.
type Field = (String, Vec<(String, String)>, String);

/// Reads a calendar; times without a zone are those of `home`.
pub(crate) fn read(text: &str, home: &ZoneName) -> Result<Calendar, Refused> {
    let lines = unfolded(text);
    if !lines.first().is_some_and(|line| line.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return Err(Refused::one("this is no calendar: it does not begin with BEGIN:VCALENDAR; export it as iCalendar (.ics)"));
    }
    let (mut calendar, mut open, mut inner) = (Calendar::default(), None::<Fields>, 0_u32);
    for line in &lines {
        let Some((name, parameters, value)) = parts(line) else { continue };
        match (name.as_str(), value.trim().to_ascii_uppercase().as_str()) {
            ("BEGIN", "VEVENT") if open.is_none() => (open, inner) = (Some(Fields::default()), 0),
            ("BEGIN", _) if open.is_some() => inner = inner.saturating_add(1),
            ("END", "VEVENT") if inner == 0 => {
                let Some(fields) = open.take() else { continue };
                if calendar.events.len() >= EVENTS_MAX {
                    return Err(Refused::one(format!("the calendar has more than {EVENTS_MAX} events; divide it")));
                }
                match fields.entry(home) {
                    Ok(entry) => calendar.events.push(entry),
                    Err(why) => calendar.left_out.push(format!("{:?} is left out: {why}", fields.title())),
                }
            }
            ("END", _) => inner = inner.saturating_sub(1),
            _ if inner == 0 => {
                if let Some(fields) = &mut open {
                    fields.0.push((name, parameters, value));
                }
            }
            _ => {}
        }
    }
    // Two events with one title are told apart by their dates.
    let names: Vec<String> = calendar.events.iter().map(|event| event.name.clone()).collect();
    for event in &mut calendar.events {
        if names.iter().filter(|name| **name == event.name).count() > 1 {
            event.name = format!("{} {}", event.name, event.begins.strftime("%Y-%m-%d %H:%M"));
        }
    }
    Ok(calendar)
}

impl Fields {
    fn get(&self, name: &str) -> Option<(&[(String, String)], &str)> {
        self.0.iter().rev().find(|(known, ..)| known == name).map(|(_, parameters, value)| (parameters.as_slice(), value.as_str()))
    }

    fn text(&self, name: &str) -> Option<String> {
        let text = plain(self.get(name)?.1);
        (!text.is_empty()).then_some(text)
    }

    fn title(&self) -> String {
        self.text("SUMMARY").unwrap_or_else(|| "Event".to_owned()).chars().take(TITLE_CHARS_MAX).collect()
    }

    fn entry(&self, home: &ZoneName) -> Result<Entry, String> {
        if self.get("RRULE").is_some() || self.get("RDATE").is_some() || self.get("RECURRENCE-ID").is_some() {
            return Err("it repeats; plan its posts with: kith repeat add".to_owned());
        }
        let kept = self.text("X-KITH-ZONE").and_then(|zone| ZoneName::parse(&zone).ok());
        let home = kept.as_ref().unwrap_or(home);
        let (begins, zone, is_day) = self.time("DTSTART", home)?.ok_or("it has no begin (DTSTART)")?;
        let ends = match (self.time("DTEND", &zone)?, self.text("DURATION")) {
            (Some((ends, there, _)), _) if there == zone => ends,
            (Some((ends, there, _)), _) => {
                let instant = there.rules().to_timestamp(ends).map_err(|error| error.to_string())?;
                zone.rules().to_datetime(instant)
            }
            (None, Some(length)) => {
                let length: Span = length.parse().map_err(|_| format!("its length {length:?} can't be read"))?;
                begins.checked_add(length).map_err(|error| error.to_string())?
            }
            (None, None) if is_day => begins.date().tomorrow().map_err(|error| error.to_string())?.to_datetime(Time::midnight()),
            (None, None) => begins,
        };
        let name = self.title();
        let uid = self.text("UID").unwrap_or_else(|| format!("{name} {begins}"));
        let cancelled = self.text("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED"));
        Ok(Entry { uid, name, begins, ends, zone, place: self.text("LOCATION"), link: self.text("URL"), cancelled })
    }

    /// A time with its zone, and whether it is a day alone.
    fn time(&self, field: &str, home: &ZoneName) -> Result<Option<(DateTime, ZoneName, bool)>, String> {
        let Some((parameters, value)) = self.get(field) else { return Ok(None) };
        let unreadable = || format!("its {field} {:?} can't be read", value.chars().take(40).collect::<String>());
        let value = value.trim();
        if !value.contains('T') {
            let date: Date = value.parse().map_err(|_| unreadable())?;
            return Ok(Some((date.to_datetime(Time::midnight()), home.clone(), true)));
        }
        if let Some(utc) = value.strip_suffix('Z') {
            let there: DateTime = utc.parse().map_err(|_| unreadable())?;
            let instant = TimeZone::UTC.to_timestamp(there).map_err(|_| unreadable())?;
            return Ok(Some((home.rules().to_datetime(instant), home.clone(), false)));
        }
        let zone = match parameters.iter().find(|(name, _)| name == "TZID") {
            Some((_, id)) => ZoneName::parse(id)
                .map_err(|_| format!("its time zone {id:?} is not known; export it with IANA names, such as Europe/Lisbon"))?,
            None => home.clone(),
        };
        Ok(Some((value.parse().map_err(|_| unreadable())?, zone, false)))
    }
}

/// Whole lines: what begins with a space goes on the line before.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Name, parameters and value of a line; a colon inside quotes divides nothing.
fn parts(line: &str) -> Option<Field> {
    let mut quoted = false;
    let at = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    })?;
    let (head, value) = line.split_at(at.0);
    let mut pieces = head.split(';');
    let name = pieces.next()?.trim().to_ascii_uppercase();
    let parameters = pieces.filter_map(|piece| piece.split_once('='));
    let parameters = parameters.map(|(name, value)| (name.to_ascii_uppercase(), value.trim_matches('"').to_owned())).collect();
    Some((name, parameters, value.get(1..).unwrap_or_default().to_owned()))
}

/// Text without its escapes, on one line, bounded.
fn plain(value: &str) -> String {
    let mut text = String::new();
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match (sign, if sign == '\\' { signs.next() } else { None }) {
            ('\\', Some('n' | 'N') | None) => text.push(' '),
            ('\\', Some(other)) => text.push(other),
            (other, _) => text.push(other),
        }
    }
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TEXT_CHARS_MAX).collect()
}

/// Writes events as a calendar, in UTC, which every program understands; the zone stands beside it for reading again.
pub(crate) fn write<'e>(events: impl Iterator<Item = &'e Event>, now: Timestamp) -> String {
    let mut text = String::new();
    let utc = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    put(&mut text, "BEGIN", "VCALENDAR");
    put(&mut text, "VERSION", "2.0");
    put(&mut text, "PRODID", "-//Kith//Events//EN");
    for event in events {
        let Ok((begins, ends)) = event.check() else { continue };
        put(&mut text, "BEGIN", "VEVENT");
        put(&mut text, "UID", &escaped(&event.key));
        put(&mut text, "DTSTAMP", &utc(now));
        put(&mut text, "DTSTART", &utc(begins));
        put(&mut text, "DTEND", &utc(ends));
        put(&mut text, "X-KITH-ZONE", &event.zone.to_string());
        put(&mut text, "SUMMARY", &escaped(&event.name));
        if let Some(place) = &event.place {
            put(&mut text, "LOCATION", &escaped(place));
        }
        if let Some(link) = &event.link {
            put(&mut text, "URL", &link.replace(char::is_control, ""));
        }
        put(&mut text, "STATUS", if event.cancelled_at.is_some() { "CANCELLED" } else { "CONFIRMED" });
        put(&mut text, "END", "VEVENT");
    }
    put(&mut text, "END", "VCALENDAR");
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace("\r\n", "\\n").replace('\n', "\\n").replace('\r', "")
}

/// One property, folded.
fn put(text: &mut String, name: &str, value: &str) {
    let mut length = 0;
    for sign in format!("{name}:{value}").chars() {
        if length + sign.len_utf8() > LINE_BYTES_MAX {
            text.push_str("\r\n ");
            length = 1;
        }
        length += sign.len_utf8();
        // Writing to a string does not fail.
        let _ = text.write_char(sign);
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lisbon() -> ZoneName {
        ZoneName::parse("Europe/Lisbon").unwrap()
    }

    fn calendar(lines: &str) -> Calendar {
        read(&format!("BEGIN:VCALENDAR\r\n{lines}\r\nEND:VCALENDAR\r\n"), &lisbon()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let event = Event {
            key: "one".into(),
            name: format!("Kiln; opening, \\ with an ünusually long title {}", "x".repeat(90)).chars().take(TITLE_CHARS_MAX).collect(),
            begins: "2026-12-05T18:30:00".parse().unwrap(),
            ends: "2026-12-05T20:00:00".parse().unwrap(),
            zone: ZoneName::parse("America/New_York").unwrap(),
            place: Some("Rua das Flores 3, Lisboa".into()),
            link: Some("https://example.test/kiln?a=1;b=2".into()),
            cancelled_at: Some(Timestamp::UNIX_EPOCH),
        };
        let text = write([&event].into_iter(), Timestamp::UNIX_EPOCH);
        assert!(text.lines().all(|line| line.len() <= LINE_BYTES_MAX), "{text}");
        let read = read(&text, &lisbon()).unwrap().events.remove(0);
        let Event { key, name, begins, ends, zone, place, link, .. } = event;
        assert_eq!(read, Entry { uid: key, name, begins, ends, zone, place, link, cancelled: true });
    }

    #[test]
    fn zones_days_lengths_and_alarms_are_understood() {
        let found = calendar(
            "BEGIN:VEVENT\nUID:a\nSUMMARY:Fair\\, big\nDTSTART;TZID=\"Europe/Berlin\":20261205T100000\nDURATION:PT1H30M\nBEGIN:VALARM\nSUMMARY:not me\nEND:VALARM\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nSUMMARY:Day\nDTSTART;VALUE=DATE:20261206\nEND:VEVENT",
        );
        let shown: Vec<_> = found.events.iter().map(|one| format!("{} {} {} {}", one.name, one.begins, one.ends, one.zone)).collect();
        assert_eq!(
            shown,
            [
                "Fair, big 2026-12-05T10:00:00 2026-12-05T11:30:00 Europe/Berlin",
                "Day 2026-12-06T00:00:00 2026-12-07T00:00:00 Europe/Lisbon"
            ]
        );
    }

    #[test]
    fn hostile_calendars_are_bounded_and_what_is_left_out_is_named() {
        assert!(read("<html>", &lisbon()).is_err());
        assert!(read("", &lisbon()).is_err());
        let deep = calendar(&format!("BEGIN:VEVENT\n{}", "BEGIN:X\n".repeat(100_000)));
        assert!(deep.events.is_empty());
        let many = "BEGIN:VEVENT\nDTSTART:20261205T100000Z\nEND:VEVENT\n".repeat(EVENTS_MAX + 1);
        assert!(read(&format!("BEGIN:VCALENDAR\n{many}"), &lisbon()).is_err());
        let odd = calendar(
            "BEGIN:VEVENT\nSUMMARY:Weekly\nRRULE:FREQ=WEEKLY\nDTSTART:20261205T100000Z\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Never\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Odd\nDTSTART:99999999T999999\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Where\nDTSTART;TZID=Romance Standard Time:20261205T100000\nEND:VEVENT\n\u{0}\n:::;;;\nEND:VEVENT",
        );
        assert!(odd.events.is_empty());
        assert_eq!(odd.left_out.len(), 4, "{:?}", odd.left_out);
        assert!(odd.left_out[0].contains("kith repeat add") && odd.left_out[3].contains("IANA"), "{:?}", odd.left_out);
    }
}
