//! How alike the versions of a post are, for the person who writes them.
//!
//! The measure is the domain's (`plan::framing`), and so is what is refused or held. Here the first version is compared
//! with each other one, while there is still time to say it differently.

use kith_domain::plan::framing::{ALIKE_FROM, SAME_FROM, Wording};

use super::Composed;
use crate::views::AlikeView;

/// How alike a channel's words are to the first version's; `None` for the first and while nothing is written.
pub(super) fn alike(post: &Composed, channel: &str) -> Option<AlikeView> {
    let first = post.channels.first().filter(|first| *first != channel)?;
    let (a, b) = (post.words(first), post.words(channel));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let alike = if a == b { 1.0 } else { Wording::new(a).alike(&Wording::new(b)) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = (alike * 100.0).floor() as u32;
    (alike >= ALIKE_FROM).then(|| AlikeView { percent, with: first.clone(), nudge: alike >= SAME_FROM && !post.later.contains(channel) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(first: &str, other: &str) -> Composed {
        let mut post = Composed { channels: vec!["lark".into(), "wren".into()], text: first.into(), ..Composed::default() };
        if !other.is_empty() {
            post.wordings.insert("wren".into(), other.into());
        }
        post
    }

    #[test]
    fn words_that_were_not_changed_are_the_same_and_new_ones_are_not() {
        let same = alike(&post("Ash from the bakery oven, sieved three times.", ""), "wren").unwrap();
        assert_eq!((same.percent, same.with.as_str(), same.nudge), (100, "lark", true));
        assert_eq!(alike(&post("Ash from the bakery oven.", "A café throws away four kilos a week."), "wren"), None);
        assert_eq!(alike(&post("Ash from the oven.", ""), "lark"), None, "the first is compared with nothing");
        assert_eq!(alike(&post("", ""), "wren"), None);
    }

    #[test]
    fn a_version_of_another_day_is_no_repetition() {
        let mut later = post("Ash from the bakery oven, sieved three times.", "");
        later.later.insert("wren".into());
        assert!(!alike(&later, "wren").unwrap().nudge);
    }
}
