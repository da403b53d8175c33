//! New followers one by one: what a delegate thinks of them, what the owner does, and why one looks twice (C6, L4).
//!
//! A reason is never a decision: it stands on the card in words, and a person decides. Nothing is decided by default.

use serde::{Deserialize, Serialize};

/// Longest note on a card, in characters.
pub const TRIAGE_NOTE_CHARS_MAX: usize = 280;
/// From so many followed on, following means little (the accounts of the follow-back trade hold thousands).
const FOLLOWS_MANY: u64 = 5_000;
/// And only if they follow so many times more than follow them.
const FOLLOWS_RATIO: u64 = 2;
/// An account of so many days is new.
const NEW_DAYS: i64 = 14;
/// So many posts are needed before their sameness says something.
const SAME_POSTS_MIN: usize = 2;

/// What a delegate, or the owner, thinks of a new follower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortedAs {
    /// Worth meeting.
    Meet,
    /// Sells something.
    Shop,
    /// A machine.
    Bot,
    /// Not clear.
    Unsure,
}

/// What was done about a new follower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Followed back, by the owner's hand.
    Followed,
    /// Written to, by the owner's hand.
    Wrote,
    /// Let be.
    LetBe,
}

/// One sorting with its note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sorted {
    /// As what.
    pub sorted: SortedAs,
    /// A line to the owner; may be empty.
    pub note: String,
}

/// What is known of a follower's profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FollowerFacts {
    /// The network marks them as automated.
    pub is_bot: bool,
    /// What they say of themselves, as plain text.
    pub bio: String,
    /// Their last posts, as plain text.
    pub posts: Vec<String>,
    /// How many they follow, where the network tells.
    pub follows: Option<u64>,
    /// How many follow them, where the network tells.
    pub followers: Option<u64>,
    /// Age of the account in days, where the network tells.
    pub age_days: Option<i64>,
}

/// Why one looks twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The network says that a machine posts.
    Machine,
    /// Every post we read is hardly more than a link.
    LinksOnly,
    /// Posts that repeat each other.
    Copies,
    /// Follows very many.
    FollowsMany(u64),
    /// Began a few days ago.
    New(i64),
    /// Says nothing of themselves and has posted nothing.
    Empty,
}

impl SortedAs {
    /// All, in the order of their keys 1 to 4.
    pub const ALL: [Self; 4] = [Self::Meet, Self::Shop, Self::Bot, Self::Unsure];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meet => "meet",
            Self::Shop => "shop",
            Self::Bot => "bot",
            Self::Unsure => "unsure",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sorted| sorted.as_str() == text)
    }
}

impl Handling {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::Wrote => "wrote",
            Self::LetBe => "let_be",
        }
    }

    /// Reads the stored name.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Followed, Self::Wrote, Self::LetBe].into_iter().find(|handling| handling.as_str() == text)
    }
}

impl Why {
    /// In words for the card.
    pub fn words(&self) -> String {
        match self {
            Self::Machine => "says it is automated".into(),
            Self::LinksOnly => "posts links and little else".into(),
            Self::Copies => "repeats the same words".into(),
            Self::FollowsMany(n) => format!("follows {}", grouped(*n)),
            Self::New(0) => "began today".into(),
            Self::New(days) => format!("began {days} days ago"),
            Self::Empty => "no words of their own yet".into(),
        }
    }
}

/// Every reason to look twice at a follower; none means only that none was seen.
pub fn why(facts: &FollowerFacts) -> Vec<Why> {
    let posts: Vec<String> = facts.posts.iter().map(|post| bare(post)).collect();
    let mut found = Vec::new();
    if facts.is_bot {
        found.push(Why::Machine);
    }
    if !facts.posts.is_empty() && facts.posts.iter().zip(&posts).all(|(post, bare)| has_link(post) && bare.chars().count() < 20) {
        found.push(Why::LinksOnly);
    }
    let mut distinct: Vec<&String> = posts.iter().filter(|post| !post.is_empty()).collect();
    let told = distinct.len();
    distinct.sort();
    distinct.dedup();
    if told >= SAME_POSTS_MIN && distinct.len() * 2 <= told {
        found.push(Why::Copies);
    }
    if let Some(follows) = facts.follows
        && follows >= FOLLOWS_MANY
        && facts.followers.is_none_or(|followers| follows >= followers.saturating_mul(FOLLOWS_RATIO))
    {
        found.push(Why::FollowsMany(follows));
    }
    if let Some(days) = facts.age_days.filter(|days| *days < NEW_DAYS) {
        found.push(Why::New(days.max(0)));
    }
    if facts.bio.trim().is_empty() && facts.posts.is_empty() {
        found.push(Why::Empty);
    }
    found
}

fn has_link(text: &str) -> bool {
    text.contains("http://") || text.contains("https://")
}

/// A post without links, tags, numbers and case: what it says.
fn bare(post: &str) -> String {
    let words = post.split_whitespace().filter(|word| !has_link(word) && !word.starts_with(['#', '@']));
    let letters = |word: &str| word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect::<String>();
    words.map(letters).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let (head, tail) = digits.split_at(digits.len() % 3);
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let all = Some(head.to_owned()).filter(|head| !head.is_empty()).into_iter().chain(groups);
    all.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> FollowerFacts {
        FollowerFacts {
            bio: "Potter in Otley".into(),
            posts: vec!["The ash glaze came out green.".into(), "Who fires at cone 9?".into(), "Rain all day.".into()],
            follows: Some(210),
            followers: Some(190),
            age_days: Some(900),
            ..FollowerFacts::default()
        }
    }

    #[test]
    fn nothing_is_said_of_a_person_who_talks() {
        assert_eq!(why(&person()), []);
    }

    #[test]
    fn each_reason_is_found_and_said() {
        let links = ["New: https://shop.example/1", "https://shop.example/2 #sale"].map(String::from).to_vec();
        let copies =
            ["Buy my lovely course today 1", "Buy my lovely course today 2", "buy my LOVELY course today"].map(String::from).to_vec();
        for (facts, expected, words) in [
            (FollowerFacts { is_bot: true, ..person() }, Why::Machine, "says it is automated"),
            (FollowerFacts { posts: links, ..person() }, Why::LinksOnly, "posts links and little else"),
            (FollowerFacts { posts: copies, ..person() }, Why::Copies, "repeats the same words"),
            (FollowerFacts { follows: Some(9_000), ..person() }, Why::FollowsMany(9_000), "follows 9,000"),
            (FollowerFacts { age_days: Some(3), ..person() }, Why::New(3), "began 3 days ago"),
            (FollowerFacts { posts: vec![], bio: String::new(), ..person() }, Why::Empty, "no words of their own yet"),
        ] {
            assert_eq!(why(&facts), std::slice::from_ref(&expected));
            assert_eq!(expected.words(), words);
        }
    }

    #[test]
    fn who_is_followed_by_as_many_may_follow_many() {
        assert_eq!(why(&FollowerFacts { follows: Some(9_000), followers: Some(8_000), ..person() }), []);
    }
}
