//! Finding the same text again among thousands, without comparing each with each (rules X3 and M4).
//!
//! Two wordings of which nine tenths are common share one of the word pairs that stand first in each, whatever the order
//! of pairs is; so only those that do are compared.

use std::collections::{BTreeSet, HashMap};

use super::{SAME_FROM, Wording};
use crate::plan::lint::compared;

/// Of two wordings that are alike by `SAME_FROM`, at most this part of either is not in the other: from 2S ≥ 0.9 (A + B)
/// and S ≤ B follows S ≥ 0.818 A.
const UNSHARED_MAX: f64 = 0.182;
/// Texts with fewer words are the same only if they are equal: "New: LINK" says the same of everything.
const WORDS_MIN: usize = 5;
/// Most texts that are remembered; later ones are compared with these.
const TEXTS_MAX: usize = 100_000;

/// Texts to compare with, each by the number under which it was added.
#[derive(Debug, Default)]
pub struct Sames {
    wordings: Vec<Wording>,
    equal: HashMap<String, Vec<usize>>,
    by_pair: HashMap<u64, Vec<usize>>,
}

impl Sames {
    /// Adds a text; numbers count from 0. `None` for an empty one, and when there are 100,000.
    pub fn add(&mut self, text: &str) -> Option<usize> {
        let plain = compared(text);
        if plain.is_empty() || self.wordings.len() >= TEXTS_MAX {
            return None;
        }
        let (number, wording) = (self.wordings.len(), Wording::new(text));
        for pair in first_pairs(&wording) {
            self.by_pair.entry(pair).or_default().push(number);
        }
        self.equal.entry(plain).or_default().push(number);
        self.wordings.push(wording);
        Some(number)
    }

    /// Those that say the same, in the order in which they were added, each with how alike it is (0.9 to 1).
    pub fn same_as(&self, text: &str) -> Vec<(usize, f64)> {
        let (plain, wording) = (compared(text), Wording::new(text));
        let mut found: BTreeSet<usize> = self.equal.get(&plain).into_iter().flatten().copied().collect();
        let equal = found.clone();
        for pair in first_pairs(&wording) {
            found.extend(self.by_pair.get(&pair).into_iter().flatten());
        }
        let alike = |number: usize| {
            if equal.contains(&number) { Some(1.0) } else { self.wordings.get(number).map(|other| wording.alike(other)) }
        };
        found.into_iter().filter_map(|number| Some((number, alike(number)?))).filter(|(_, alike)| *alike >= SAME_FROM).collect()
    }
}

/// The pairs that stand first by their hash, one of which every wording with nine tenths in common has among its first.
fn first_pairs(wording: &Wording) -> Vec<u64> {
    // A text of n words has n + 1 pairs, its edges counted.
    if wording.pairs.len() <= WORDS_MIN {
        return Vec::new();
    }
    let unshared = f64::from(wording.weight) * UNSHARED_MAX;
    let (mut first, mut weight) = (Vec::new(), 0.0);
    for (pair, own) in &wording.pairs {
        first.push(*pair);
        weight += f64::from(*own);
        if weight > unshared {
            break;
        }
    }
    first.dedup();
    first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(texts: &[&str], text: &str) -> Vec<usize> {
        let mut sames = Sames::default();
        for text in texts {
            _ = sames.add(text);
        }
        sames.same_as(text).into_iter().map(|(number, _)| number).collect()
    }

    #[test]
    fn the_same_text_is_found_whatever_was_changed_at_its_edges() {
        let words = "Ash from the bakery oven, sieved three times, goes on the bowls that we made in May and on nothing else at all";
        let near = words.replace("nothing else at all", "nothing else at all #ash");
        assert_eq!(found(&["A café throws away four kilos a week", words], &near), [1]);
        assert_eq!(found(&[words], &words.to_uppercase()), [0]);
        assert!(found(&[words], "Ash from the bakery oven makes a glaze that nobody can buy, and it costs nothing but time").is_empty());
    }

    #[test]
    fn short_texts_are_the_same_only_if_they_are_equal() {
        assert!(found(&["New: https://kiln.example/a"], "New: https://kiln.example/b").is_empty());
        assert_eq!(found(&["New: https://kiln.example/a", "Warm the shelf"], "warm  the SHELF"), [1]);
        assert!(found(&["", "  "], "").is_empty());
    }

    proptest! {
        #[test]
        fn none_is_missed_that_a_comparison_of_each_with_each_finds(
            texts in prop::collection::vec(prop::collection::vec(prop::sample::select(vec!["ash", "bowl", "clay", "#dry", "https://x.example"]), 5..40), 1..20),
            cut in 0_usize..3,
        ) {
            let texts: Vec<String> = texts.iter().map(|words| words.join(" ")).collect();
            let mut sames = Sames::default();
            for text in &texts {
                _ = sames.add(text);
            }
            let probe: String = texts[0].split(' ').skip(cut).collect::<Vec<_>>().join(" ");
            let wording = Wording::new(&probe);
            prop_assume!(wording.pairs.len() > WORDS_MIN);
            let all: Vec<usize> = (0..texts.len()).filter(|n| wording.alike(&Wording::new(&texts[*n])) >= SAME_FROM).collect();
            prop_assert_eq!(sames.same_as(&probe).into_iter().map(|(n, _)| n).collect::<Vec<_>>(), all);
        }
    }
}
