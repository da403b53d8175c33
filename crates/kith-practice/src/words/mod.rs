//! What the simulated people say: a small grammar around pottery and the life of a small business.
//!
//! A sentence is a pattern in which `[a|b|c]` stands for one of its choices and `<name>` for a word from a list in
//! `grammar`. To add to it, add a pattern to a list; nothing else needs to know.

mod chatter;
mod grammar;
mod machines;
mod replies;
mod topics;

pub(crate) use machines::{machine_handle, machine_name, machine_note, pestering};
pub(crate) use topics::{Topic, topic_of};

use crate::chance::Dice;

/// What a message wants from the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Only the owner can answer it.
    Question,
    /// A remark that an answer would please.
    Comment,
    /// Kind words that need nothing.
    Thanks,
}

/// A reply to the owner's post about `topic`, without the leading mention.
pub(crate) fn reply(topic: Topic, intent: Intent, dice: &mut Dice) -> String {
    let specific = match intent {
        Intent::Question => replies::questions(topic),
        Intent::Comment => replies::comments(topic),
        Intent::Thanks => &[],
    };
    let general = match intent {
        Intent::Question => replies::QUESTIONS,
        Intent::Comment => replies::COMMENTS,
        Intent::Thanks => replies::THANKS,
    };
    let list = if !specific.is_empty() && dice.happens(0.72) { specific } else { general };
    let text = grammar::expand(dice.text(list), dice);
    let openers = if intent == Intent::Question { replies::QUESTION_OPENERS } else { replies::REMARK_OPENERS };
    if dice.happens(0.2) { format!("{} {text}", grammar::expand(dice.text(openers), dice)) } else { written(&text, dice) }
}

/// A direct message to the owner.
pub(crate) fn direct(topic: Topic, dice: &mut Dice) -> String {
    let list = if topic == Topic::Workshop && dice.happens(0.6) { replies::DIRECT_CLASS } else { replies::DIRECT };
    let text = grammar::expand(dice.text(list), dice);
    written(&text, dice)
}

/// What somebody says to the owner's answer: `asked` when it held a question, `goes_on` to ask on, `warm` among friends.
pub(crate) fn answer_back(topic: Topic, asked: bool, goes_on: bool, warm: bool, dice: &mut Dice) -> String {
    let first = if asked {
        grammar::expand(dice.text(replies::WHEN_ASKED), dice)
    } else if warm {
        grammar::expand(dice.text(replies::WARM), dice)
    } else {
        grammar::expand(dice.text(replies::CLOSING), dice)
    };
    if !goes_on {
        return written(&first, dice);
    }
    let list = if dice.happens(0.6) { replies::questions(topic) } else { replies::FOLLOW_UPS };
    let list = if list.is_empty() { replies::FOLLOW_UPS } else { list };
    written(&format!("{first} {}", grammar::expand(dice.text(list), dice)), dice)
}

/// The text with its sentences capitalised, as most people write; some never do.
fn written(text: &str, dice: &mut Dice) -> String {
    if dice.happens(0.2) {
        return text.to_owned();
    }
    let mut begins = true;
    let mut after_stop = false;
    text.chars()
        .map(|c| {
            let out = if begins && c.is_lowercase() { c.to_ascii_uppercase() } else { c };
            begins = after_stop && c == ' ' || begins && !c.is_alphanumeric();
            after_stop = matches!(c, '.' | '?' | '!');
            out
        })
        .collect()
}

/// A status of somebody's own about a topic they care for.
pub(crate) fn own_status(topic: Topic, dice: &mut Dice) -> String {
    let list = if dice.happens(0.75) { chatter::about(topic) } else { chatter::ANY };
    let list = if list.is_empty() { chatter::ANY } else { list };
    let text = grammar::expand(dice.text(list), dice);
    if dice.happens(0.45) { format!("{text} {}", dice.text(topic.tags())) } else { text }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_pattern_expands_to_clean_text() {
        let lists = Topic::ALL.iter().flat_map(|t| [replies::questions(*t), replies::comments(*t), chatter::about(*t)]).chain([
            replies::QUESTIONS,
            replies::COMMENTS,
            replies::THANKS,
            replies::QUESTION_OPENERS,
            replies::REMARK_OPENERS,
            replies::DIRECT,
            replies::DIRECT_CLASS,
            replies::WHEN_ASKED,
            replies::WARM,
            replies::CLOSING,
            replies::FOLLOW_UPS,
            chatter::ANY,
        ]);
        for (n, pattern) in lists.flatten().enumerate() {
            for round in 0..4 {
                let text = grammar::expand(pattern, &mut Dice::new(round, "pattern", &[n as u64]));
                assert!(!text.contains(['[', ']', '<', '>', '|']), "{pattern} gave {text}");
                assert!(text.chars().count() < 300 && !text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn replies_are_varied() {
        let texts: BTreeSet<String> = (0..200).map(|n| reply(Topic::Glaze, Intent::Question, &mut Dice::new(n, "reply", &[]))).collect();
        assert!(texts.len() > 60, "only {} different replies in 200", texts.len());
    }
}
