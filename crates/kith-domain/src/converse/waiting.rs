//! Who waits, and since when (C3).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One message of a conversation, as far as waiting is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// When Kith heard it: a closing settles only what was heard before it.
    pub heard: Timestamp,
    /// Whether we wrote it.
    pub ours: bool,
    /// Whether it was sorted apart as automated.
    pub automated: bool,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They wrote last: we owe an answer.
    Owed,
    /// We wrote last.
    Answered,
    /// A person said that no answer is needed.
    Closed,
    /// Only machines wrote.
    Apart,
}

/// The result: where it stands and since when they wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Where the conversation stands.
    pub standing: Standing,
    /// Since when they wait; only while owed.
    pub since: Option<Timestamp>,
}

/// Judges a conversation by its messages (any order) and by when a person closed it, if so. A message of theirs that is
/// heard after the closing opens it again, even if it was written before: nobody has read it.
pub fn waiting(lines: &[Line], closed_at: Option<Timestamp>) -> Waiting {
    let last_ours = lines.iter().filter(|line| line.ours).map(|line| line.at).max();
    let is_open = |line: &Line| last_ours.is_none_or(|ours| line.at > ours) && closed_at.is_none_or(|closed| line.heard > closed);
    let since = lines.iter().filter(|line| !line.ours && !line.automated && is_open(line)).map(|line| line.at).min();
    let standing = match (since, last_ours, closed_at) {
        (Some(_), _, _) => Standing::Owed,
        (None, ours, Some(closed)) if ours.is_none_or(|ours| ours < closed) => Standing::Closed,
        (None, Some(_), _) => Standing::Answered,
        (None, None, _) => Standing::Apart,
    };
    Waiting { standing, since }
}

impl Standing {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Apart => "apart",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Owed, Self::Answered, Self::Closed, Self::Apart].into_iter().find(|s| s.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    fn theirs(s: i64) -> Line {
        Line { at: at(s), heard: at(s), ours: false, automated: false }
    }

    fn ours(s: i64) -> Line {
        Line { at: at(s), heard: at(s), ours: true, automated: false }
    }

    fn machine(s: i64) -> Line {
        Line { at: at(s), heard: at(s), ours: false, automated: true }
    }

    #[track_caller]
    fn check(lines: &[Line], closed: Option<i64>, standing: Standing, since: Option<i64>) {
        assert_eq!(waiting(lines, closed.map(at)), Waiting { standing, since: since.map(at) });
    }

    #[test]
    fn the_wait_begins_with_their_first_unanswered_message() {
        check(&[theirs(10), theirs(20)], None, Standing::Owed, Some(10));
        check(&[theirs(10), ours(15), theirs(20), theirs(30)], None, Standing::Owed, Some(20));
    }

    #[test]
    fn our_answer_ends_the_wait_whatever_the_order_of_arrival() {
        check(&[ours(20), theirs(10)], None, Standing::Answered, None);
    }

    #[test]
    fn a_machine_never_waits() {
        check(&[machine(10)], None, Standing::Apart, None);
        check(&[ours(5), machine(10)], None, Standing::Answered, None);
        check(&[machine(10), theirs(20)], None, Standing::Owed, Some(20));
    }

    #[test]
    fn a_person_may_say_that_no_answer_is_needed_and_a_new_message_opens_it_again() {
        check(&[theirs(10)], Some(15), Standing::Closed, None);
        check(&[theirs(10), theirs(20)], Some(15), Standing::Owed, Some(20));
        check(&[theirs(10), ours(20)], Some(15), Standing::Answered, None);
    }
}
