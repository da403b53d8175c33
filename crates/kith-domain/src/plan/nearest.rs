//! "Did you mean …": the nearest of some known words to one that is not known.

/// How many edits a word may be away and still be offered, for each started group of this many letters.
const LETTERS_PER_EDIT: usize = 4;
/// Longer words are not compared: nobody meant them.
const WORD_CHARS_MAX: usize = 64;

/// The candidate nearest to `word` (case and outer blanks do not count), or `None` if none is near.
///
/// Near means one edit (insert, drop, replace, swap neighbours) for each four letters begun. The first of equals wins.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.trim().to_lowercase().chars().take(WORD_CHARS_MAX + 1).collect();
    if word.is_empty() || word.len() > WORD_CHARS_MAX {
        return None;
    }
    let allowed = word.len().div_ceil(LETTERS_PER_EDIT);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().collect();
            if letters.len().abs_diff(word.len()) > allowed {
                return None;
            }
            let edits = edits(&word, &letters);
            (edits <= allowed && edits < letters.len()).then_some((edits, candidate))
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |line: &[usize], k: usize| line.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["text", "at", "zone", "channels", "category", "media", "alt", "cw", "lang"];
        let table = [
            ("txt", Some("text")),
            ("Text ", Some("text")),
            ("chanels", Some("channels")),
            ("categroy", Some("category")),
            ("zoen", Some("zone")),
            ("medai", Some("media")),
            ("language", None),
            ("xyzzy", None),
            ("", None),
            ("b", None),
        ];
        for (word, expected) in table {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }

    #[test]
    fn a_very_long_word_is_not_compared() {
        assert_eq!(nearest(&"a".repeat(100_000), ["aaaa"]), None);
    }
}
