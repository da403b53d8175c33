//! Where the reading of notifications stands, as stored between two pages.
//!
//! Bluesky sorts a notification by the time that the author's program wrote into it, if that is earlier than the
//! time of its arrival (AppView source, `sortAt`, 2026-11). So something new may show up behind what was read
//! already: a phone without a signal, a slow indexer. A bare "read until here" would lose it. The cursor therefore
//! keeps the names of what was handed on in the last two days, and reading goes back over a stretch of it: ten
//! minutes at every page, all of it once an hour.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How far back every page looks again, in minutes.
const LOOK_BACK_MIN: i64 = 10;
/// How far back a sweep looks, and how often it is made, in hours.
const SWEEP_BACK_H: i64 = 48;
const SWEEP_EVERY_H: i64 = 1;
/// Most names that are kept; a channel with more in two days looks back less far.
const NAMES_MAX: usize = 1_000;

/// What is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Newest time handed on.
    newest: Timestamp,
    /// What is older was handed on or is not wanted.
    floor: Timestamp,
    /// The last sweep.
    swept_at: Timestamp,
    /// What was handed on since `floor`: name and time.
    names: BTreeMap<String, Timestamp>,
}

impl Cursor {
    /// The beginning: everything that is still told.
    pub(super) fn first(now: Timestamp) -> Self {
        Self { newest: Timestamp::MIN, floor: Timestamp::MIN, swept_at: now, names: BTreeMap::new() }
    }

    /// Whether nothing was ever handed on.
    pub(super) fn is_first(&self) -> bool {
        self.newest == Timestamp::MIN
    }

    /// Reading may stop at what is older than this.
    pub(super) fn stop_at(&self, now: Timestamp) -> Timestamp {
        if self.is_first() || self.sweeps(now) {
            return self.floor;
        }
        back(self.newest, SignedDuration::from_mins(LOOK_BACK_MIN)).max(self.floor)
    }

    /// Whether this was not handed on yet.
    pub(super) fn is_new(&self, uri: &str, at: Timestamp) -> bool {
        at >= self.floor && !self.names.contains_key(&name(uri))
    }

    /// After handing these on. `is_whole`: reading went back as far as `stop_at`.
    pub(super) fn after<'a>(mut self, handed_on: impl Iterator<Item = (&'a str, Timestamp)>, now: Timestamp, is_whole: bool) -> Self {
        if is_whole && self.sweeps(now) {
            self.swept_at = now;
        }
        for (uri, at) in handed_on {
            self.newest = self.newest.max(at);
            self.names.insert(name(uri), at);
        }
        if !self.is_first() {
            self.floor = self.floor.max(back(self.newest, SignedDuration::from_hours(SWEEP_BACK_H)));
        }
        self.forget();
        self
    }

    /// Drops names below the floor, and the oldest where there are too many, raising the floor above them.
    fn forget(&mut self) {
        let floor = self.floor;
        self.names.retain(|_, at| *at >= floor);
        if self.names.len() > NAMES_MAX {
            let mut times: Vec<Timestamp> = self.names.values().copied().collect();
            times.sort_unstable_by(|a, b| b.cmp(a));
            if let Some(kept) = times.get(NAMES_MAX - 1) {
                self.floor = *kept;
                self.names.retain(|_, at| *at >= *kept);
            }
        }
    }

    fn sweeps(&self, now: Timestamp) -> bool {
        now.duration_since(self.swept_at) >= SignedDuration::from_hours(SWEEP_EVERY_H)
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::json!(self).to_string()
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Sixteen characters for an AT-URI: enough to tell thousands apart.
fn name(uri: &str) -> String {
    kith_domain::hex::lower(Sha256::digest(uri.as_bytes()).get(..8).unwrap_or_default())
}

fn back(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(1_764_576_000 + s).unwrap()
    }

    fn after(cursor: Cursor, items: &[(&str, i64)], now: i64) -> Cursor {
        cursor.after(items.iter().map(|(uri, s)| (*uri, at(*s))), at(now), true)
    }

    #[test]
    fn what_was_handed_on_is_not_new_and_what_comes_late_is() {
        let cursor = after(Cursor::first(at(0)), &[("at://a", 10), ("at://b", 20)], 30);
        assert!(!cursor.is_new("at://a", at(10)));
        assert!(!cursor.is_new("at://b", at(20)));
        assert!(cursor.is_new("at://late", at(15)));
        assert!(cursor.is_new("at://same-instant", at(20)));
        assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor));
    }

    #[test]
    fn every_page_looks_back_a_little_and_a_sweep_far() {
        let cursor = after(after(Cursor::first(at(0)), &[("at://a", 0)], 1), &[("at://b", 90_000)], 2);
        assert_eq!(cursor.stop_at(at(60)), at(90_000 - 600));
        assert_eq!(cursor.stop_at(at(3_600)), at(90_000 - 48 * 3_600));
        let swept = after(cursor, &[], 3_600);
        assert_eq!(swept.stop_at(at(3_700)), at(90_000 - 600));
    }

    #[test]
    fn what_is_older_than_two_days_is_not_wanted_again() {
        let cursor = after(after(Cursor::first(at(0)), &[("at://a", 0)], 1), &[("at://b", 3 * 24 * 3_600)], 2);
        assert!(!cursor.is_new("at://a", at(0)));
        assert!(!cursor.is_new("at://other", at(60)));
    }

    #[test]
    fn the_cursor_stays_small() {
        let uris: Vec<String> = (0..3_000).map(|n| format!("at://{n}")).collect();
        let items: Vec<(&str, i64)> = uris.iter().map(String::as_str).zip(0..).collect();
        let cursor = after(Cursor::first(at(0)), &items, 1);
        assert!(cursor.to_text().len() < 64_000, "{}", cursor.to_text().len());
        assert!(!cursor.is_new("at://0", at(0)) && !cursor.is_new("at://2999", at(2_999)));
        assert!(cursor.is_new("at://new", at(2_500)));
    }
}
