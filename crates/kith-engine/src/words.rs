//! Putting rows into words for people: times in their zone, states, provenance. Pure functions.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kith_domain::converse::{Because, BrakeRule};
use kith_domain::ids::HandleId;
use kith_domain::listen::Audience;
use kith_domain::mandate::{Actor, Deed, Door, Provenance, Role};
use kith_domain::people::initials;
use kith_domain::publish::{Dispatch, Hold, NeedsPerson, State};
use kith_store::AttemptRow;

use crate::views::{Choice, Face, Mend, Moment};

/// Characters of a text in a row.
const ROW_CHARS_MAX: usize = 160;
/// Tints of faces in the style sheet.
const TINTS: u128 = 6;
/// A suggested time is at least so far ahead, in minutes, at a full or half hour.
const SUGGESTED_MIN: i64 = 30;

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

    /// A time soon, as a form's field takes it: the full or half hour that is at least half an hour ahead.
    pub(crate) fn suggested(&self) -> String {
        let soon = self.now.saturating_add(SignedDuration::from_mins(2 * SUGGESTED_MIN)).unwrap_or(self.now).to_zoned(self.zone.clone());
        let half = soon.clone().with().minute(soon.minute() / 30 * 30).second(0).subsec_nanosecond(0).build();
        half.unwrap_or(soon).strftime("%Y-%m-%dT%H:%M").to_string()
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
        State::Planned { not_before: Some(at), late_until: None } if *at > calendar.now() => {
            ("Planned".into(), Some(format!("The network asked for patience; next try at {}.", calendar.moment(*at).time)))
        }
        State::Planned { late_until: Some(_), .. } => ("Planned".into(), Some("It goes out now, although it is late, as you said.".into())),
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
        State::Missed { .. } => {
            ("Missed".into(), Some("Its time passed while Kith could not send it. Send it now, give it another time, or let it go.".into()))
        }
        State::Held { why, detail, .. } => ("Held".into(), Some(held(*why, detail))),
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

fn held(why: Hold, detail: &str) -> String {
    match why {
        Hold::Token => format!("The channel must be signed in again: {detail}. It goes out by itself after that."),
        Hold::Paused => "You paused this channel.".into(),
        Hold::Media => format!("A picture is missing: {detail}."),
        Hold::Changed => "Its words are not the ones that were approved, so it was not sent.".into(),
        Hold::Yes => format!("It waits for the owner's yes: {detail}."),
        Hold::Thread => format!("The part of its thread before it is not out: {detail}. Try again once that is there."),
        Hold::Brake => format!("The brake holds it: {detail}. It goes out by itself once they have heard from you."),
        Hold::Resting => {
            format!("It stands still: {detail}. Once that is over it goes out by itself; what is too late by then asks first.")
        }
        Hold::ByHand => format!("{detail} holds it back. It goes out once somebody lets it."),
    }
}

/// Why the brake holds, without a name: this is stored with the post.
pub(crate) fn held_by_brake<T>(because: &Because<T>, rule: BrakeRule, owed: u64) -> String {
    match because {
        Because::WaitsTooLong(_) if rule.hours == 1 => "somebody has waited an hour for you".into(),
        Because::WaitsTooLong(_) => format!("somebody has waited {} hours for you", rule.hours),
        Because::TooMany(_) if owed == 1 => "a person waits for you".into(),
        Because::TooMany(_) => format!("{owed} people wait for you"),
    }
}

/// What somebody is called in a sentence.
pub(crate) fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// What a person is needed for: the words over all posts for which it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// The lower, the more pressing.
    pub(crate) rank: u8,
    /// A stable name.
    pub(crate) kind: &'static str,
    /// In a few words.
    pub(crate) title: &'static str,
    /// What happened and what can be done.
    pub(crate) lead: &'static str,
}

/// What a person is needed for in this state, if for anything.
pub(crate) fn need(state: &State) -> Option<Need> {
    let (rank, kind, title, lead) = match state {
        State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. } => (
            0,
            "unconfirmed",
            "Is it there?",
            "These were sent and no clear answer came, and Kith could not find out. Look on the network, then say; nothing is sent \
             twice meanwhile.",
        ),
        State::Missed { .. } => {
            (1, "missed", "Missed their time", "They were due while Kith could not send, and so late nothing goes out unasked.")
        }
        State::Held { why, .. } => return Some(held_need(*why)),
        State::NeedsPerson { why: NeedsPerson::KeepsFailing, .. } => (
            7,
            "keeps_failing",
            "Tried again and again",
            "The network never took them. They are certainly not out; try again, later if it has trouble.",
        ),
        State::Failed { .. } => (
            8,
            "refused",
            "Not taken by the network",
            "They are certainly not out, and the network said why. Try again once that is mended, or let them go.",
        ),
        _ => return None,
    };
    Some(Need { rank, kind, title, lead })
}

fn held_need(why: Hold) -> Need {
    let (rank, kind, title, lead) = match why {
        Hold::Token => (
            2,
            "sign_in",
            "Waits for you to sign in again",
            "The network does not accept Kith's key any more. Sign in again and they go out by themselves; what is too late by then asks \
             first.",
        ),
        Hold::Media => (
            3,
            "media",
            "A picture is missing",
            "The stored picture is gone or spoiled. Put it back where Kith runs and try again, or let the post go.",
        ),
        Hold::Changed => (
            4,
            "changed",
            "Changed since they were approved",
            "Only what was approved goes out. Let them go, and plan them anew as they should be.",
        ),
        Hold::Brake => (
            5,
            "brake",
            "Held by the brake",
            "Somebody has waited for you longer than your rule allows. Answer, and these go out by themselves, spaced; what is too late by \
             then asks first. A single one can be let out, and you say why.",
        ),
        Hold::Resting => (
            6,
            "resting",
            "Stand still",
            "You are away, or their category, their channel or everything is paused. Once that is over they go out by themselves, spaced; \
             what is too late by then asks first. A single one can be let out by an owner, who says why.",
        ),
        Hold::Yes => (
            5,
            "yes",
            "Wait for the owner's yes",
            "Something was found when these were planned. Say yes and they go out at their time, give them another day, or let them go.",
        ),
        Hold::Thread => (
            5,
            "thread",
            "The rest of a thread",
            "The part before did not go out, so these were not sent past it. Settle that one first, then try again.",
        ),
        Hold::Paused => (6, "paused", "On a paused channel", "They wait until the channel goes on."),
        Hold::ByHand => (
            6,
            "by_hand",
            "Held back by hand",
            "They do not go out until somebody lets them. One whose time has passed meanwhile asks for another, or goes out now.",
        ),
    };
    Need { rank, kind, title, lead }
}

/// What must be mended elsewhere before this dispatch can go.
pub(crate) fn mend(dispatch: &Dispatch, channel_name: &str) -> Option<Mend> {
    match &dispatch.state {
        State::Held { why: Hold::Token, .. } => Some(Mend::SignIn { channel: dispatch.channel, name: channel_name.to_owned() }),
        State::Held { why: Hold::Brake, .. } => Some(Mend::Answer),
        State::Held { why: Hold::Resting, .. } => Some(Mend::Resting),
        State::Held { why: Hold::Paused, .. } => Some(Mend::Paused { name: channel_name.to_owned() }),
        _ => None,
    }
}

/// Whether nobody knows if it is there.
pub(crate) fn is_unsure(state: &State) -> bool {
    matches!(state, State::Uncertain { .. } | State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. })
}

/// What this member can do with a dispatch as it stands: nobody is shown a button that refuses them.
pub(crate) fn choices_of(role: Role, d: &Dispatch, now: Timestamp) -> Vec<Choice> {
    let mut choices = if role.may(Deed::Plan).is_ok() { choices(d, now) } else { Vec::new() };
    choices.retain(|choice| *choice != Choice::Yes || role == Role::Owner);
    choices
}

/// What a person can do with a dispatch as it stands, the likeliest first.
pub(crate) fn choices(d: &Dispatch, now: Timestamp) -> Vec<Choice> {
    use Choice::{AnotherTime, Cancel, Hold as HoldBack, ItIsThere, LetGo, LetOut, SendNow, Yes};
    match &d.state {
        State::Planned { .. } => vec![AnotherTime, HoldBack, Cancel],
        State::Held { why: Hold::ByHand, .. } if d.due_at > now => vec![LetGo, AnotherTime, Cancel],
        State::Held { why: Hold::ByHand, .. } => vec![SendNow, AnotherTime, Cancel],
        State::Held { why: Hold::Media | Hold::Thread, .. } => vec![SendNow, AnotherTime, Cancel],
        State::Held { why: Hold::Yes, .. } => vec![Yes, AnotherTime, Cancel],
        State::Held { why: Hold::Changed, .. } => vec![Cancel],
        State::Held { why: Hold::Brake | Hold::Resting, .. } => vec![LetOut, AnotherTime, Cancel],
        State::Held { .. } => vec![AnotherTime, Cancel],
        State::Uncertain { .. } => vec![ItIsThere],
        State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. } => vec![ItIsThere, SendNow, Cancel],
        State::Missed { .. } | State::NeedsPerson { why: NeedsPerson::KeepsFailing, .. } | State::Failed { .. } => {
            vec![SendNow, AnotherTime, Cancel]
        }
        _ => Vec::new(),
    }
}

/// What Kith concluded from an attempt.
pub(crate) fn conclusion(attempt: &AttemptRow) -> String {
    if attempt.ended_at.is_none() && attempt.conclusion.is_empty() {
        return "Kith stopped before it knew how this ended, so it is looked for before anything else.".into();
    }
    match attempt.outcome.as_str() {
        "accepted" => "The network took it and said where it is, so it is published.".into(),
        "found" => "It is there, so it is published and nothing is sent again.".into(),
        _ => attempt.conclusion.clone(),
    }
}

/// "Written by Mara from november.csv, line 12; sent by Kith's scheduler."
pub(crate) fn provenance(p: &Provenance, calendar: &Calendar) -> String {
    let through = match &p.through {
        Door::Web { .. } => "by hand, on the page".to_owned(),
        Door::Feed { url } => format!("from the feed {url}"),
        Door::Api { key } => format!("by a program, with the key {key:?}"),
        other => other.to_string(),
    };
    let mut text = format!("Written by {} {through}, {}", p.written_by, calendar.moment(p.written_at).day_short);
    if let (Some(who), Some(at)) = (&p.changed_by, p.changed_at) {
        text.push_str(&format!("; changed by {who}, {}", calendar.moment(at).day_short));
    }
    match (&p.approved_by, p.approved_at) {
        (Some(who), _) if *who == p.written_by && p.changed_by.as_ref().is_none_or(|changed| changed == who) => {}
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
