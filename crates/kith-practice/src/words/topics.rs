//! What a text is about, guessed from its words.

use serde::{Deserialize, Serialize};

/// A subject people care about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    Glaze,
    Firing,
    Throwing,
    Tableware,
    Market,
    Workshop,
    Shop,
    Business,
    Everyday,
}

impl Topic {
    pub(crate) const ALL: &[Topic] = &[
        Topic::Glaze,
        Topic::Firing,
        Topic::Throwing,
        Topic::Tableware,
        Topic::Market,
        Topic::Workshop,
        Topic::Shop,
        Topic::Business,
        Topic::Everyday,
    ];

    /// Words, and beginnings of words, that speak for the subject.
    fn words(self) -> &'static [&'static str] {
        match self {
            Topic::Glaze => &["glaz", "celadon", "tenmoku", "slip", "oxide", "cobalt", "ash ", "matte", "colour", "color"],
            Topic::Firing => &["kiln", "firing", "fired", "bisque", "cone", "raku", "reduction", "temperature"],
            Topic::Throwing => &["wheel", "throw", "clay", "trim", "wedg", "handle", "centering", "centring", "stoneware", "porcelain"],
            Topic::Tableware => &["mug", "bowl", "plate", "cup", "vase", "teapot", "pitcher", "jug", "dinner", "tableware"],
            Topic::Market => &["market", "fair", "stall", "stand", "exhibition", "open studio", "pop-up"],
            Topic::Workshop => &["class", "workshop", "course", "lesson", "learn", "beginner", "teach", "student", "webinar", "training"],
            Topic::Shop => &["shop", "order", "ship", "parcel", "stock", "sale", "restock", "commission", "gift", "voucher"],
            Topic::Business => &[
                "business",
                "customer",
                "client",
                "price",
                "pricing",
                "plan",
                "invoice",
                "tip",
                "marketing",
                "newsletter",
                "blog",
                "team",
                "work",
            ],
            Topic::Everyday => &["morning", "rain", "coffee", "tea", "garden", "bread", "cat ", "dog ", "walk", "weekend"],
        }
    }

    /// Hashtags people put under a status about it.
    pub(super) fn tags(self) -> &'static [&'static str] {
        match self {
            Topic::Glaze => &["#glaze", "#ceramics", "#glazetest"],
            Topic::Firing => &["#kiln", "#ceramics", "#pottery"],
            Topic::Throwing => &["#pottery", "#wheelthrown", "#clay"],
            Topic::Tableware => &["#handmade", "#tableware", "#mugs"],
            Topic::Market => &["#market", "#craftfair", "#shoplocal"],
            Topic::Workshop => &["#workshop", "#learning", "#pottery"],
            Topic::Shop => &["#smallshop", "#handmade", "#shoplocal"],
            Topic::Business => &["#smallbusiness", "#freelance", "#makers"],
            Topic::Everyday => &["#morning", "#smallthings", "#tea"],
        }
    }
}

/// The subject most words of the text speak for; the first of the list when several do, `Everyday` when none does.
pub(crate) fn topic_of(text: &str) -> Topic {
    let text = format!("{} ", text.to_lowercase());
    let hits = |topic: &Topic| topic.words().iter().map(|word| text.matches(word).count()).sum::<usize>();
    let mut best = (Topic::Everyday, 0);
    for topic in Topic::ALL {
        let count = hits(topic);
        if count > best.1 {
            best = (*topic, count);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_what_most_words_speak_for() {
        assert_eq!(topic_of("New celadon glaze on test tiles"), Topic::Glaze);
        assert_eq!(topic_of("Two seats left in the beginner class on Thursday"), Topic::Workshop);
        assert_eq!(topic_of("Find my stall at the Christmas market"), Topic::Market);
        assert_eq!(topic_of("Hm."), Topic::Everyday);
    }
}
