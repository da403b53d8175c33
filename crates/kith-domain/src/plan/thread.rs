//! A post in several parts: how a text is divided, and which part goes out next (B13).
//!
//! A line of `---` or `+++` alone divides two parts (`+++` is for Markdown plans, where `---` divides posts). Part two
//! goes out only when part one is published; when a part fails or nobody knows, the rest is held, never sent past it.

use serde::{Deserialize, Serialize};

/// Most parts of a thread (house rule, 2026-11: X's own composer stops at 25).
pub const PARTS_MAX: usize = 25;

/// The parts of a text, without the blank lines around them; one part if it is not divided. Empty parts are none.
pub fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if matches!(line.trim(), "---" | "+++") {
            parts.push(text.get(start..at).unwrap_or_default());
            start = end;
        }
        at = end;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts.iter().map(|part| part.trim_matches(['\n', '\r', ' '])).filter(|part| !part.is_empty()).collect()
}

/// What is known of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// It was not sent yet.
    Waiting,
    /// It is on its way, or nobody knows whether it arrived.
    Open,
    /// It is there.
    Published,
    /// It was refused for good.
    Failed,
}

/// What follows for the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadNext {
    /// Send this part, counted from 0, as an answer to the one before.
    Send(usize),
    /// Wait for what is open.
    Wait,
    /// The rest is held: this part, counted from 0, failed.
    Held(usize),
    /// All parts are there.
    Done,
}

/// Which part goes out next. The first that is not published decides.
pub fn next(parts: &[PartState]) -> ThreadNext {
    let unfinished = parts.iter().enumerate().find(|(_, part)| **part != PartState::Published);
    match unfinished {
        None => ThreadNext::Done,
        Some((index, PartState::Waiting)) => ThreadNext::Send(index),
        Some((index, PartState::Failed)) => ThreadNext::Held(index),
        Some((_, PartState::Open | PartState::Published)) => ThreadNext::Wait,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_dashes_divides_a_thread() {
        let table: [(&str, &[&str]); 8] = [
            ("One", &["One"]),
            ("One\n---\nTwo", &["One", "Two"]),
            ("One\n\n+++\r\n\nTwo\n---\nThree", &["One", "Two", "Three"]),
            ("One --- and the same", &["One --- and the same"]),
            ("One\n----\nsame", &["One\n----\nsame"]),
            ("---\nOne\n---\n---\nTwo\n---", &["One", "Two"]),
            ("", &[]),
            ("  \n---\n ", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(parts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn part_two_waits_for_part_one() {
        use PartState::{Failed, Open, Published, Waiting};
        let table: [(&[PartState], ThreadNext); 6] = [
            (&[Waiting, Waiting], ThreadNext::Send(0)),
            (&[Open, Waiting], ThreadNext::Wait),
            (&[Published, Waiting], ThreadNext::Send(1)),
            (&[Published, Failed, Waiting], ThreadNext::Held(1)),
            (&[Published, Published], ThreadNext::Done),
            (&[], ThreadNext::Done),
        ];
        for (parts, expected) in table {
            assert_eq!(next(parts), expected, "{parts:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_sent_only_when_all_before_it_are_published(states in proptest::collection::vec(0..4_u8, 0..12)) {
            let states: Vec<PartState> = states.into_iter().map(|n| match n {
                0 => PartState::Waiting,
                1 => PartState::Open,
                2 => PartState::Published,
                _ => PartState::Failed,
            }).collect();
            if let ThreadNext::Send(index) = next(&states) {
                prop_assert!(states[..index].iter().all(|part| *part == PartState::Published));
                prop_assert_eq!(states[index], PartState::Waiting);
            }
        }
    }
}
