//! What a content may hold beside words and pictures: further parts of a thread, a poll, a link card (B13).
//!
//! A content without any of it hashes and is stored as before they existed. A network that cannot send one of them
//! must refuse the content, never leave it out: what goes out is what was approved.

use serde::{Deserialize, Serialize};

use super::content::MediaItem;
use crate::ids::DispatchId;

/// Fewest options of a poll on every network (2026-11).
pub const POLL_OPTIONS_MIN: usize = 2;
/// Longest option in characters (Mastodon 50, X 25: the smaller holds for all; sources in policy.toml, 2026-11).
pub const POLL_OPTION_CHARS_MAX: usize = 25;
/// Shortest and longest time a poll is open, in minutes (Mastodon and X: five minutes; X: seven days; 2026-11).
pub const POLL_MINUTES_MIN: u32 = 5;
pub const POLL_MINUTES_MAX: u32 = 7 * 24 * 60;

/// All of it; empty for most posts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Extras {
    /// The parts of a thread behind the first, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// A poll in the first part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// The card of the first part's link, as it was when it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<LinkCard>,
    /// It goes out without a card: its writer wants none, or its page had none to give when it was approved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_card: bool,
    /// It answers what this delivery became: the part of its thread before it. It goes out only after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<DispatchId>,
}

/// A further part of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Part {
    /// The words.
    pub text: String,
    /// Its pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<MediaItem>,
    /// The card of its link, as it was when it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<LinkCard>,
    /// It goes out without a card.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_card: bool,
}

/// A question with answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// The answers, in order.
    pub options: Vec<String>,
    /// How long it is open, in minutes.
    pub minutes: u32,
    /// Whether more than one may be chosen.
    #[serde(default)]
    pub multiple: bool,
}

/// How a link is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCard {
    /// Where it leads.
    pub url: String,
    /// Its headline.
    pub title: String,
    /// A sentence or two.
    #[serde(default)]
    pub description: String,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<MediaItem>,
}

/// What is wrong with a poll.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollFault {
    /// Too few or too many answers.
    #[error("a poll has {POLL_OPTIONS_MIN} to {most} answers, not {found}")]
    Options {
        /// How many there are.
        found: usize,
        /// How many the network takes.
        most: usize,
    },
    /// An answer without words.
    #[error("answer {number} is empty")]
    Empty {
        /// From 1.
        number: usize,
    },
    /// An answer that is too long.
    #[error("answer {number} is longer than {POLL_OPTION_CHARS_MAX} characters by {over_by}")]
    Long {
        /// From 1.
        number: usize,
        /// By how many characters.
        over_by: usize,
    },
    /// The same answer twice.
    #[error("answers {first} and {second} are the same")]
    Twice {
        /// From 1.
        first: usize,
        /// From 1.
        second: usize,
    },
    /// Open too short or too long.
    #[error("a poll is open for {POLL_MINUTES_MIN} to {POLL_MINUTES_MAX} minutes, not {minutes}")]
    Time {
        /// As written.
        minutes: u32,
    },
    /// A poll beside pictures.
    #[error("a poll and pictures do not go together")]
    WithPictures,
}

impl Extras {
    /// Whether there is none of it.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.poll.is_none() && self.card.is_none() && !self.no_card && self.after.is_none()
    }

    /// Every field by name, for the hash; nothing if there is none of it.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        for part in &self.parts {
            fields.push(("part", part.text.clone()));
            fields.extend(part.media.iter().flat_map(picture));
            fields.extend(card(part.card.as_ref(), part.no_card));
        }
        if let Some(poll) = &self.poll {
            fields.push(("poll", format!("{} {}", poll.minutes, poll.multiple)));
            fields.extend(poll.options.iter().map(|option| ("option", option.clone())));
        }
        fields.extend(card(self.card.as_ref(), self.no_card));
        if let Some(after) = self.after {
            fields.push(("after", after.to_string()));
        }
        fields
    }
}

fn picture(item: &MediaItem) -> [(&'static str, String); 2] {
    [("sha256", item.sha256.clone()), ("alt", item.alt.clone())]
}

fn card(card: Option<&LinkCard>, no_card: bool) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    if let Some(card) = card {
        fields.extend([("card", card.url.clone()), ("title", card.title.clone()), ("description", card.description.clone())]);
        fields.extend(card.picture.iter().flat_map(picture));
    }
    if no_card {
        fields.push(("no_card", String::new()));
    }
    fields
}

impl Poll {
    /// What is wrong with it on a network that takes `options_max` answers, all at once.
    pub fn faults(&self, options_max: usize, pictures: usize) -> Vec<PollFault> {
        let mut faults = Vec::new();
        if !(POLL_OPTIONS_MIN..=options_max).contains(&self.options.len()) {
            faults.push(PollFault::Options { found: self.options.len(), most: options_max });
        }
        if !(POLL_MINUTES_MIN..=POLL_MINUTES_MAX).contains(&self.minutes) {
            faults.push(PollFault::Time { minutes: self.minutes });
        }
        let mut seen: Vec<String> = Vec::new();
        for (option, number) in self.options.iter().zip(1..) {
            let compared = option.trim().to_lowercase();
            if compared.is_empty() {
                faults.push(PollFault::Empty { number });
            } else if let Some(first) = seen.iter().position(|other| *other == compared) {
                faults.push(PollFault::Twice { first: first + 1, second: number });
            }
            if let Some(over_by) = option.chars().count().checked_sub(POLL_OPTION_CHARS_MAX).filter(|over| *over > 0) {
                faults.push(PollFault::Long { number, over_by });
            }
            seen.push(compared);
        }
        if pictures > 0 {
            faults.push(PollFault::WithPictures);
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_with_a_poll_is_said_at_once() {
        let poll =
            |options: &[&str], minutes| Poll { options: options.iter().map(ToString::to_string).collect(), minutes, multiple: false };
        assert_eq!(poll(&["Yes", "No"], 60).faults(4, 0), []);
        assert_eq!(poll(&["Yes"], 60).faults(4, 0), [PollFault::Options { found: 1, most: 4 }]);
        assert_eq!(
            poll(&["Yes", " yes", "", &"x".repeat(27), "b"], 4).faults(4, 1),
            [
                PollFault::Options { found: 5, most: 4 },
                PollFault::Time { minutes: 4 },
                PollFault::Twice { first: 1, second: 2 },
                PollFault::Empty { number: 3 },
                PollFault::Long { number: 4, over_by: 2 },
                PollFault::WithPictures,
            ]
        );
    }
}
