//! What a post is for: promotion, help, or something personal.
//!
//! A category is the owner's own word ("tips", "offers"); its kind is what the cadence counts. A word that everybody
//! uses the same way has a kind by itself, any other is told once, and until then it counts as neither.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest name of a category, in characters.
pub const CATEGORY_CHARS_MAX: usize = 40;

/// What a post does for those who read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostKind {
    /// It wants something sold, booked or signed up for.
    Promotion,
    /// It gives something: a tip, an answer, a link to somebody else's work.
    Help,
    /// It lets people see who is there.
    Personal,
}

impl PostKind {
    /// The kind of a word that everybody uses the same way, in any case, singular or plural.
    pub fn of_word(word: &str) -> Option<Self> {
        let lower = word.trim().to_lowercase();
        let word = lower.strip_suffix('s').filter(|word| word.len() > 2).unwrap_or(&lower);
        WORDS.iter().find(|(known, _)| *known == word || *known == lower).map(|(_, kind)| *kind)
    }
}

/// The words, in the singular.
const WORDS: [(&str, PostKind); 24] = [
    ("promotion", PostKind::Promotion),
    ("promo", PostKind::Promotion),
    ("offer", PostKind::Promotion),
    ("sale", PostKind::Promotion),
    ("advert", PostKind::Promotion),
    ("ad", PostKind::Promotion),
    ("event", PostKind::Promotion),
    ("launch", PostKind::Promotion),
    ("shop", PostKind::Promotion),
    ("help", PostKind::Help),
    ("tip", PostKind::Help),
    ("how-to", PostKind::Help),
    ("howto", PostKind::Help),
    ("advice", PostKind::Help),
    ("link", PostKind::Help),
    ("article", PostKind::Help),
    ("question", PostKind::Help),
    ("personal", PostKind::Personal),
    ("story", PostKind::Personal),
    ("storie", PostKind::Personal),
    ("diary", PostKind::Personal),
    ("life", PostKind::Personal),
    ("photo", PostKind::Personal),
    ("thank", PostKind::Personal),
];

impl fmt::Display for PostKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Promotion => "promotion",
            Self::Help => "help",
            Self::Personal => "personal",
        })
    }
}

/// What the owner said about her categories, by name in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CategoryKinds(pub BTreeMap<String, PostKind>);

impl CategoryKinds {
    /// The kind of a category: what the owner said, else what the word says by itself.
    pub fn of(&self, category: &str) -> Option<PostKind> {
        self.0.get(&category.trim().to_lowercase()).copied().or_else(|| PostKind::of_word(category))
    }

    /// Says what a category is for.
    pub fn tell(&mut self, category: &str, kind: PostKind) {
        self.0.insert(category.trim().to_lowercase(), kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owners_word_comes_before_the_usual_one() {
        let mut kinds = CategoryKinds::default();
        assert_eq!(kinds.of("Tips"), Some(PostKind::Help));
        assert_eq!(kinds.of("stories"), Some(PostKind::Personal));
        assert_eq!(kinds.of("offers"), Some(PostKind::Promotion));
        assert_eq!(kinds.of("kiln"), None);
        kinds.tell("Tips", PostKind::Promotion);
        kinds.tell("Kiln", PostKind::Help);
        assert_eq!((kinds.of("tips"), kinds.of("KILN ")), (Some(PostKind::Promotion), Some(PostKind::Help)));
    }
}
