//! The small parts of which pages are made: faces, stamps, pills, times, cards.
//!
//! A part is a function from plain values to markup, named as in the style sheet. To add one, add its class there and
//! show it in the style guide in every state.

use kith_domain::publish::State;
use kith_engine::views::{DispatchRow, Face, Moment, Stamp};
use maud::{Markup, html};

use super::icon;

/// Hours after which a wait is called long and lit.
pub(super) const WAIT_LONG_HOURS: f64 = 24.0;
/// Tints of faces in the style sheet.
const TINTS: u8 = 6;

/// How a dispatch looks, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Goes out by itself.
    Auto,
    /// Is out.
    Sent,
    /// Waits for a person, or for certainty.
    Ask,
    /// Was not taken.
    Fail,
    /// Was called off.
    Off,
}

impl Tone {
    pub(super) fn of(state: &State) -> Self {
        match state {
            State::Planned { .. } | State::Claimed { .. } | State::Sending { .. } => Self::Auto,
            State::Published { .. } => Self::Sent,
            State::Uncertain { .. } | State::Missed { .. } | State::Held { .. } | State::NeedsPerson { .. } => Self::Ask,
            State::Failed { .. } => Self::Fail,
            State::Cancelled => Self::Off,
        }
    }

    /// The class of a post card or of a line in the out-list.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Sent => "sent",
            Self::Ask => "ask",
            Self::Fail => "fail",
            Self::Off => "off",
        }
    }
}

/// A face: initials on a tint; the name stands beside it.
pub(super) fn face(face: &Face, size: &str) -> Markup {
    html! { span class={ "av tint-" (face.tint % TINTS) " " (size) } aria-hidden="true" { (face.initials) } }
}

/// Up to two letters of a name, for its face.
pub(super) fn initial_letters(name: &str) -> String {
    super::page::initials(name)
}

/// A network's two letters, with its name for those who can't see or know them.
pub(super) fn stamp(stamp: &Stamp) -> Markup {
    html! {
        span.net title={ (stamp.name) ", " (stamp.channel) } {
            span aria-hidden="true" { (stamp.letters) }
            span.vh { (stamp.name) }
        }
    }
}

/// A time of day that carries its instant.
pub(super) fn time(moment: &Moment) -> Markup {
    html! { time datetime=(moment.iso) title={ (moment.day) ", " (moment.time) } { (moment.time) } }
}

/// A short day and time that carry their instant.
pub(super) fn day_time(moment: &Moment) -> Markup {
    html! { time datetime=(moment.iso) { (moment.day_short) " " (moment.time) } }
}

/// The state of a dispatch as a pill: icon and word, never colour alone.
pub(super) fn state_pill(row: &DispatchRow) -> Markup {
    let (class, drawing) = match &row.state {
        State::Planned { .. } | State::Claimed { .. } | State::Sending { .. } => ("auto", icon::clock()),
        State::Uncertain { .. } => ("wait", icon::look()),
        State::Published { .. } => ("ok", icon::check()),
        State::Failed { .. } => ("bad", icon::cross()),
        State::Held { .. } => ("wait", icon::pause()),
        State::Missed { .. } | State::NeedsPerson { .. } => ("wait", icon::alert()),
        State::Cancelled => ("calm", icon::cross()),
    };
    html! { span class={ "pill " (class) } { (drawing) (row.state_words) } }
}

/// What went wrong, said at once by a screen reader.
pub(super) fn problem(id: &str, text: &str) -> Markup {
    html! { p.problem id=(id) role="alert" { (icon::alert()) span { (text) } } }
}

/// A kind word where a list is empty.
pub(super) fn nothing(title: &str, text: &str) -> Markup {
    html! { p.none { b { (title) } (text) } }
}

/// The first word of a name, for a button or a sentence.
pub(super) fn first_name(face: &Face) -> &str {
    face.name.split_whitespace().next().unwrap_or(&face.name)
}

/// `in 3 h`, `now`, `3 h ago`, seen from `now`.
pub(super) fn distance(moment: &Moment, now: &Moment) -> String {
    match moment.distance.as_str() {
        "just now" => "now".into(),
        span if moment.at > now.at => format!("in {span}"),
        span => format!("{span} ago"),
    }
}

/// A value for the query of an address: everything but letters, digits and `-._~` as percent codes (RFC 3986, 2.3).
pub(super) fn query_value(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
