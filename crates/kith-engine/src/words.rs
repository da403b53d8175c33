//! Putting rows into words for people: times in their zone, states, provenance. Pure functions.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::HandleId;
use kith_domain::listen::Audience;
use kith_domain::mandate::{Actor, Door, Provenance};
use kith_domain::people::initials;
use kith_domain::publish::{Hold, NeedsPerson, State};

use crate::views::{Choice, Face, Moment};

/// Characters of a text in a row.
const ROW_CHARS_MAX: usize = 160;
/// Tints of faces in the style sheet.
const TINTS: u128 = 6;

/// A zone and the instant that counts as now: what every time on a page depends on.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    zone: TimeZone,
    name: String,
    now: Timestamp,
}

impl Calendar {
    /// For a zone by its IANA name; an unknown one counts as UTC.
    pub(crate) fn new(zone: &str, now: Timestamp) -> Self {
        match TimeZone::get(zone) {
            Ok(tz) => Self { zone: tz, name: zone.to_owned(), now },
            Err(_) => Self { zone: TimeZone::UTC, name: "UTC".to_owned(), now },
        }
    }

    /// The place in the zone's name, such as `Lisbon` of `Europe/Lisbon`.
    pub(crate) fn place(&self) -> String {
        self.name.rsplit('/').next().unwrap_or(&self.name).replace('_', " ")
    }

    /// The instant that counts as now.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// An instant in words.
    pub(crate) fn moment(&self, at: Timestamp) -> Moment {
        let zoned = at.to_zoned(self.zone.clone());
        Moment {
            at,
            time: zoned.strftime("%H:%M").to_string(),
            day: zoned.strftime("%A %-d %B").to_string(),
            day_short: zoned.strftime("%a %-d %b").to_string(),
            iso: zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            distance: distance(self.now.duration_since(at)),
        }
    }

    /// The first and last instant of the day that holds now.
    pub(crate) fn today(&self) -> (Timestamp, Timestamp) {
        let zoned = self.now.to_zoned(self.zone.clone());
        let start = zoned.start_of_day().map_or(self.now, |day| day.timestamp());
        let end = zoned.end_of_day().map_or(self.now, |day| day.timestamp());
        (start, end)
    }

    /// "this morning", "yesterday", "since Tuesday": how a wait that began at `at` is said.
    pub(crate) fn since(&self, at: Timestamp) -> String {
        let (then, now) = (at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let days = (now.date() - then.date()).get_days();
        match days {
            ..=0 => format!("for {}", distance_in_words(self.now.duration_since(at))),
            1 => "since yesterday".into(),
            2..=6 => format!("since {}", then.strftime("%A")),
            _ => format!("since {}", then.strftime("%-d %B")),
        }
    }
}

/// `40 min`, `22 h`, `3 days`; the same forwards and backwards.
pub(crate) fn distance(span: SignedDuration) -> String {
    let minutes = span.unsigned_abs().as_secs() / 60;
    match minutes {
        0 => "just now".into(),
        1..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

fn distance_in_words(span: SignedDuration) -> String {
    let minutes = span.unsigned_abs().as_secs() / 60;
    match minutes {
        0 | 1 => "a minute".into(),
        2..60 => format!("{minutes} minutes"),
        60..120 => "an hour".into(),
        _ => format!("{} hours", minutes / 60),
    }
}

/// Small numbers as words, at the beginning of a sentence.
pub(crate) fn number(n: u64) -> String {
    const WORDS: [&str; 13] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"];
    usize::try_from(n).ok().and_then(|i| WORDS.get(i)).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// A text for a row: one line, cut at a word's end.
pub(crate) fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= ROW_CHARS_MAX {
        return line;
    }
    let head: String = line.chars().take(ROW_CHARS_MAX).collect();
    let end = head.rfind(' ').unwrap_or(head.len());
    format!("{}…", head.get(..end).unwrap_or(&head))
}

/// A text without the names at its beginning, as clients put them into answers; whole if it is nothing but names.
pub(crate) fn without_mentions(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('@') {
        match rest.split_once(char::is_whitespace) {
            Some((_, after)) => rest = after.trim_start(),
            None => return text,
        }
    }
    rest
}

/// A person as shown in a row.
pub(crate) fn face(name: &str, address: &str, handle: Option<HandleId>) -> Face {
    let shown = if name.trim().is_empty() { address } else { name };
    let tint = handle.map_or(0, |id| (id.uuid().as_u128() % TINTS) as u8);
    Face { name: shown.to_owned(), initials: initials(shown), address: address.to_owned(), tint }
}

/// Who can read it.
pub(crate) fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "in public",
        Audience::Unlisted => "in public, unlisted",
        Audience::Followers => "to followers",
        Audience::Direct => "to you alone",
    }
}

/// A state in a word or two, and in a sentence where there is something to say.
pub(crate) fn state(state: &State, calendar: &Calendar) -> (String, Option<String>) {
    match state {
        State::Planned { not_before: Some(at), .. } if *at > calendar.now() => {
            ("Planned".into(), Some(format!("The network asked for patience; next try at {}.", calendar.moment(*at).time)))
        }
        State::Planned { .. } => ("Planned".into(), None),
        State::Claimed { .. } => ("Getting ready".into(), None),
        State::Sending { .. } => ("Sending".into(), None),
        State::Uncertain { why, look_at, .. } => (
            "Checking".into(),
            Some(format!(
                "It may be out: {why}. Kith looks for it on the network at {} before anything else.",
                calendar.moment(*look_at).time
            )),
        ),
        State::Published { .. } => ("Published".into(), None),
        State::Failed { why } => ("Not sent".into(), Some(format!("The network did not take it: {why}."))),
        State::Missed { .. } => ("Missed".into(), Some("Its time passed while Kith could not send. Send it now, or let it go.".into())),
        State::Held { why, detail, .. } => (
            "Held".into(),
            Some(match why {
                Hold::Token => format!("The channel must be signed in again: {detail}."),
                Hold::Paused => "You paused this channel.".into(),
                Hold::Media => format!("A picture is missing: {detail}."),
                Hold::Changed => "Its words are not the ones that were approved.".into(),
            }),
        ),
        State::NeedsPerson { why, detail, .. } => (
            "Needs you".into(),
            Some(match why {
                NeedsPerson::Unconfirmed => format!("Kith can't tell whether it is out: {detail}. Look on the network, then say."),
                NeedsPerson::KeepsFailing => format!("It was not accepted again and again: {detail}."),
            }),
        ),
        State::Cancelled => ("Called off".into(), None),
    }
}

/// What a person can do with a dispatch in this state.
pub(crate) fn choices(state: &State) -> Vec<Choice> {
    match state {
        State::Planned { .. } | State::Held { .. } => vec![Choice::Cancel],
        State::Missed { .. } => vec![Choice::SendNow, Choice::Cancel],
        State::NeedsPerson { .. } => vec![Choice::ItIsThere, Choice::SendNow, Choice::Cancel],
        _ => Vec::new(),
    }
}

/// "Written by Mara from november.csv, line 12; sent by Kith's scheduler."
pub(crate) fn provenance(p: &Provenance, calendar: &Calendar) -> String {
    let through = match &p.through {
        Door::Web { .. } => "by hand, on the page".to_owned(),
        other => other.to_string(),
    };
    let mut text = format!("Written by {} {through}, {}", p.written_by, calendar.moment(p.written_at).day_short);
    match (&p.approved_by, p.approved_at) {
        (Some(who), _) if *who == p.written_by => {}
        (Some(who), Some(at)) => text.push_str(&format!("; approved by {who}, {}", calendar.moment(at).day_short)),
        (Some(who), None) => text.push_str(&format!("; approved by {who}")),
        (None, _) => text.push_str("; nobody has approved it yet"),
    }
    match &p.sent_by {
        Actor::Worker => text.push_str("; goes out by Kith's scheduler"),
        who if *who == p.written_by => {}
        who => text.push_str(&format!("; sent by {who}")),
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        Calendar::new("Europe/London", "2026-11-19T09:42:00Z".parse().unwrap())
    }

    #[test]
    fn a_moment_is_said_in_the_zone_of_the_workspace() {
        let moment =
            Calendar::new("America/New_York", "2026-11-19T09:42:00Z".parse().unwrap()).moment("2026-11-19T14:00:00Z".parse().unwrap());
        assert_eq!(
            (moment.time.as_str(), moment.day.as_str(), moment.iso.as_str(), moment.distance.as_str()),
            ("09:00", "Thursday 19 November", "2026-11-19T09:00:00-05:00", "4 h")
        );
    }

    #[test]
    fn a_wait_is_said_as_people_say_it() {
        for (then, words) in [
            ("2026-11-19T09:00:00Z", "for 42 minutes"),
            ("2026-11-18T12:00:00Z", "since yesterday"),
            ("2026-11-16T12:00:00Z", "since Monday"),
            ("2026-11-01T12:00:00Z", "since 1 November"),
        ] {
            assert_eq!(calendar().since(then.parse().unwrap()), words);
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_words_end() {
        let long = "clay ".repeat(60);
        assert!(cut(&long).ends_with("clay…"));
        assert_eq!(cut("two\nlines"), "two lines");
    }

    #[test]
    fn a_row_begins_with_what_is_said_and_not_with_names() {
        assert_eq!(without_mentions("@mara @jo@clay.example Is it warm?"), "Is it warm?");
        assert_eq!(without_mentions("Is @mara there?"), "Is @mara there?");
        assert_eq!(without_mentions("@mara"), "@mara");
    }

    #[test]
    fn today_begins_and_ends_in_the_workspaces_zone() {
        let (start, end) = Calendar::new("Asia/Tokyo", "2026-11-19T16:00:00Z".parse().unwrap()).today();
        assert_eq!(start.to_string(), "2026-11-19T15:00:00Z");
        assert!(end > start);
    }

    #[test]
    fn an_uncertain_post_is_never_called_failed() {
        let (word, sentence) = state(
            &State::Uncertain {
                why: "no answer".into(),
                look_at: calendar().now(),
                absences: 0,
                unknowns: 1,
                late_until: None,
                cleared: false,
            },
            &calendar(),
        );
        assert_eq!(word, "Checking");
        assert!(sentence.unwrap().contains("may be out"));
    }
}
