//! Numbered posts under a hashtag, such as "Kiln tip 12 of 30".
//!
//! Numbers are not stored but counted: what waits takes, in its order, the numbers that nothing published has. What went
//! out on any channel keeps number and total for good, so that no reader sees two different thirteenths.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The most entries of one series.
pub const SERIES_ENTRIES_MAX: usize = 1_000;
/// The longest heading, in characters.
pub const HEADING_CHARS_MAX: usize = 200;

/// A series; its rhythm is decided one stage later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// A stable name.
    pub key: String,
    /// Stands above each text; `{n}` and `{total}` become numbers there and in the texts. May be empty.
    pub heading: String,
    /// The hashtag with or without `#`; stands below each text that does not have it already.
    pub hashtag: Option<String>,
    /// In their order.
    pub entries: Vec<SeriesEntry>,
}

/// One text of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesEntry {
    /// A stable name, unique in the series.
    pub key: String,
    /// The words without the number.
    pub text: String,
    /// Where it stands.
    pub state: EntryState,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EntryState {
    /// It will go out.
    Waiting,
    /// It is left out for now; the others close ranks.
    Paused,
    /// It went out on at least one channel, or may have, as number `n` of `total`: never changed again.
    Fixed {
        /// Its number, from 1.
        n: u32,
        /// How many there were said to be.
        total: u32,
    },
}

/// An entry with its number and its words as they go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// The entry.
    pub key: String,
    /// Its number, from 1.
    pub n: u32,
    /// Of how many.
    pub total: u32,
    /// The words with heading, number and hashtag.
    pub text: String,
    /// It went out already.
    pub fixed: bool,
}

/// Why a series is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("there is no entry {0:?} in this series; look at its list")]
    Unknown(String),
    #[error("there is an entry {0:?} in this series already; give the new one another name")]
    Twice(String),
    #[error("number {n} went out already and keeps its place; change one that still waits")]
    Published { n: u32 },
    #[error("a series has at most {SERIES_ENTRIES_MAX} entries; begin another one")]
    Full,
    #[error("number {n} of this series went out already with other words; leave it as it is")]
    NumberTaken { n: u32 },
}

impl Series {
    /// All entries that go out or went out, each with its number, in their order.
    ///
    /// What waits takes the smallest free numbers. The total is what there will be if nothing changes, and never less
    /// than a number that is out.
    pub fn numbered(&self) -> Vec<Numbered> {
        let used: BTreeSet<u32> = self.entries.iter().filter_map(SeriesEntry::number).collect();
        let count = self.entries.iter().filter(|entry| entry.state != EntryState::Paused).count() as u32;
        let total = count.max(used.last().copied().unwrap_or(0));
        let mut free = (1..).filter(|n| !used.contains(n));
        let numbered = self.entries.iter().filter_map(|entry| {
            let (n, total, fixed) = match entry.state {
                EntryState::Fixed { n, total } => (n, total, true),
                EntryState::Waiting => (free.next()?, total, false),
                EntryState::Paused => return None,
            };
            Some(Numbered { key: entry.key.clone(), n, total, text: self.words(&entry.text, n, total), fixed })
        });
        numbered.collect()
    }

    /// What still goes out, in its order.
    pub fn waiting(&self) -> Vec<Numbered> {
        self.numbered().into_iter().filter(|entry| !entry.fixed).collect()
    }

    /// The words of one entry as they go out.
    fn words(&self, text: &str, n: u32, total: u32) -> String {
        let fill = |text: &str| text.replace("{n}", &n.to_string()).replace("{total}", &total.to_string());
        let text = fill(text.trim());
        let mut parts = vec![fill(self.heading.trim()), text];
        if let Some(tag) = self.tag().filter(|tag| !parts.iter().any(|part| has_tag(part, tag))) {
            parts.push(tag);
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    /// The hashtag with its `#`.
    pub fn tag(&self) -> Option<String> {
        let word = self.hashtag.as_deref()?.trim().trim_start_matches('#');
        (!word.is_empty()).then(|| format!("#{word}"))
    }

    /// Puts an entry before the one at `index` among all; at the end if there is none. It never comes before a number
    /// that is out: there it goes right behind the last one.
    pub fn insert(&mut self, entry: SeriesEntry, index: usize) -> Result<(), SeriesError> {
        if self.entries.len() >= SERIES_ENTRIES_MAX {
            return Err(SeriesError::Full);
        }
        if self.entries.iter().any(|known| known.key == entry.key) {
            return Err(SeriesError::Twice(entry.key));
        }
        let index = index.max(self.first_open()).min(self.entries.len());
        self.entries.insert(index, entry);
        Ok(())
    }

    /// Takes out an entry that has not gone out.
    pub fn remove(&mut self, key: &str) -> Result<SeriesEntry, SeriesError> {
        let index = self.open(key)?;
        Ok(self.entries.remove(index))
    }

    /// Moves an entry that has not gone out before the one at `index`.
    pub fn reorder(&mut self, key: &str, index: usize) -> Result<(), SeriesError> {
        let entry = self.remove(key)?;
        self.insert(entry, index)
    }

    /// Leaves an entry out for now, or takes it in again.
    pub fn pause(&mut self, key: &str, paused: bool) -> Result<(), SeriesError> {
        let index = self.open(key)?;
        if let Some(entry) = self.entries.get_mut(index) {
            entry.state = if paused { EntryState::Paused } else { EntryState::Waiting };
        }
        Ok(())
    }

    /// Fixes the number under which an entry goes out. To be stored with the intent, before the first byte leaves.
    pub fn fix(&mut self, key: &str, n: u32, total: u32) -> Result<(), SeriesError> {
        if self.entries.iter().any(|entry| entry.key != key && entry.number() == Some(n)) {
            return Err(SeriesError::NumberTaken { n });
        }
        let entry = self.entries.iter_mut().find(|entry| entry.key == key).ok_or_else(|| SeriesError::Unknown(key.to_owned()))?;
        match entry.state {
            // A second channel goes out under the same number.
            EntryState::Fixed { n: before, .. } if before != n => Err(SeriesError::Published { n: before }),
            EntryState::Fixed { .. } => Ok(()),
            _ => {
                entry.state = EntryState::Fixed { n, total };
                Ok(())
            }
        }
    }

    /// The index of an entry that may still be changed.
    fn open(&self, key: &str) -> Result<usize, SeriesError> {
        let found = self.entries.iter().position(|entry| entry.key == key);
        let index = found.ok_or_else(|| SeriesError::Unknown(key.to_owned()))?;
        match self.entries.get(index).and_then(SeriesEntry::number) {
            Some(n) => Err(SeriesError::Published { n }),
            None => Ok(index),
        }
    }

    /// The place behind the last number that is out.
    fn first_open(&self) -> usize {
        self.entries.iter().rposition(|entry| entry.number().is_some()).map_or(0, |index| index + 1)
    }
}

impl SeriesEntry {
    /// One that waits.
    pub fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { key: key.into(), text: text.into(), state: EntryState::Waiting }
    }

    fn number(&self) -> Option<u32> {
        match self.state {
            EntryState::Fixed { n, .. } => Some(n),
            EntryState::Waiting | EntryState::Paused => None,
        }
    }
}

/// Whether the text has the hashtag as a whole word, in any case.
fn has_tag(text: &str, tag: &str) -> bool {
    let (text, tag) = (text.to_lowercase(), tag.to_lowercase());
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&tag).any(|(at, _)| !text.get(at + tag.len()..).and_then(|rest| rest.chars().next()).is_some_and(letter))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(texts: &[&str]) -> Series {
        Series {
            key: "kiln".into(),
            heading: "Kiln tip {n} of {total}".into(),
            hashtag: Some("kilntips".into()),
            entries: texts.iter().map(|text| SeriesEntry::new(*text, *text)).collect(),
        }
    }

    fn shown(series: &Series) -> Vec<String> {
        series.numbered().iter().map(|entry| format!("{} {}/{}", entry.key, entry.n, entry.total)).collect()
    }

    #[test]
    fn an_entry_has_its_heading_number_and_hashtag() {
        let numbered = series(&["open the lid slowly", "wear gloves #KilnTips", "see #kilntips2"]).numbered();
        assert_eq!(numbered[0].text, "Kiln tip 1 of 3\n\nopen the lid slowly\n\n#kilntips");
        assert_eq!(numbered[1].text, "Kiln tip 2 of 3\n\nwear gloves #KilnTips");
        assert_eq!(numbered[2].text, "Kiln tip 3 of 3\n\nsee #kilntips2\n\n#kilntips");
    }

    #[test]
    fn inserting_removing_and_pausing_keep_the_numbering_true() {
        let mut tips = series(&["a", "b", "c"]);
        tips.fix("a", 1, 3).unwrap();
        tips.insert(SeriesEntry::new("d", "d"), 0).unwrap();
        assert_eq!(shown(&tips), ["a 1/3", "d 2/4", "b 3/4", "c 4/4"], "what is out keeps its place");
        tips.pause("b", true).unwrap();
        assert_eq!(shown(&tips), ["a 1/3", "d 2/3", "c 3/3"]);
        tips.pause("b", false).unwrap();
        tips.remove("d").unwrap();
        tips.reorder("c", 1).unwrap();
        assert_eq!(shown(&tips), ["a 1/3", "c 2/3", "b 3/3"]);
    }

    #[test]
    fn what_was_published_is_never_renumbered() {
        let mut tips = series(&["a", "b", "c", "d", "e"]);
        tips.fix("e", 5, 5).unwrap();
        assert_eq!(tips.fix("e", 5, 5), Ok(()), "a second channel has the same number");
        assert_eq!(tips.fix("e", 4, 5), Err(SeriesError::Published { n: 5 }));
        assert_eq!(tips.fix("d", 5, 5), Err(SeriesError::NumberTaken { n: 5 }));
        assert_eq!(tips.remove("e"), Err(SeriesError::Published { n: 5 }));
        tips.remove("a").unwrap();
        tips.remove("b").unwrap();
        assert_eq!(shown(&tips), ["c 1/5", "d 2/5", "e 5/5"]);
        assert_eq!(tips.pause("x", true), Err(SeriesError::Unknown("x".into())));
    }

    proptest! {
        #[test]
        fn numbers_are_unique_and_what_is_out_stays(steps in prop::collection::vec((0_u8..6, 0_usize..12), 0..60)) {
            let mut tips = series(&["a", "b", "c", "d"]);
            let mut out: std::collections::BTreeMap<String, (u32, u32)> = std::collections::BTreeMap::new();
            for (index, (step, at)) in steps.into_iter().enumerate() {
                let key = tips.entries.get(at).map(|entry| entry.key.clone()).unwrap_or_default();
                let _ = match step {
                    0 => tips.insert(SeriesEntry::new(format!("n{index}"), "x"), at),
                    1 => tips.remove(&key).map(|_| ()),
                    2 => tips.pause(&key, true),
                    3 => tips.pause(&key, false),
                    4 => tips.reorder(&key, at / 2),
                    _ => match tips.waiting().first().cloned() {
                        Some(next) => {
                            out.insert(next.key.clone(), (next.n, next.total));
                            tips.fix(&next.key, next.n, next.total)
                        }
                        None => Ok(()),
                    },
                };
                let numbered = tips.numbered();
                let numbers: BTreeSet<u32> = numbered.iter().map(|entry| entry.n).collect();
                prop_assert_eq!(numbers.len(), numbered.len());
                for entry in &numbered {
                    prop_assert!(entry.n >= 1 && entry.n <= entry.total.max(1));
                    if let Some(before) = out.get(&entry.key) {
                        prop_assert_eq!(*before, (entry.n, entry.total));
                    }
                }
                prop_assert!(out.keys().all(|key| numbered.iter().any(|entry| entry.key == *key)));
            }
        }
    }
}
