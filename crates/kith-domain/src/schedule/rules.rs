//! When the rules of a zone change: what was planned by the wall clock moves with the wall clock.
//!
//! Each zone has a mark of its rules ([`ZoneRules`]); the store keeps the marks under which it was planned. After an
//! update the marks differ for the zones whose rules changed, and [`moved`] tells the new instant of each post in them.
//! What was given as an exact instant, with an offset, has the offset in its stored time and stays.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{CivilTime, PlannedItem, ZoneName};

/// The changes of the clock that a mark covers, in seconds since 1970: from 2026-01-01 until 2041-01-01. What is planned
/// lies inside it; beyond it a zone only repeats its last rule.
const COVERED_S: (i64, i64) = (1_767_225_600, 2_240_611_200);
/// Bytes of a mark; enough that two sets of rules never share one.
const MARK_BYTES: usize = 8;

/// Zones with the mark of their rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneRules(pub BTreeMap<String, String>);

impl ZoneRules {
    /// Of the rules that come with the program.
    pub fn bundled() -> Self {
        Self(ZoneName::all().into_iter().filter_map(|name| Some((name.clone(), mark(&ZoneName::parse(&name).ok()?)))).collect())
    }

    /// The zones whose rules are others than they were; a zone that was not known before has not changed.
    pub fn changed_since(&self, before: &Self) -> BTreeSet<String> {
        let differs = |(name, mark): &(&String, &String)| before.0.get(*name).is_some_and(|old| old != *mark);
        self.0.iter().filter(differs).map(|(name, _)| name.clone()).collect()
    }
}

/// The offset at the beginning and each change of it, as a short hash.
fn mark(zone: &ZoneName) -> String {
    let mut hasher = Sha256::new();
    let begin = Timestamp::from_second(COVERED_S.0).unwrap_or(Timestamp::UNIX_EPOCH);
    hasher.update(zone.rules().to_offset(begin).seconds().to_be_bytes());
    for change in zone.rules().following(begin).take_while(|change| change.timestamp().as_second() < COVERED_S.1) {
        hasher.update(change.timestamp().as_second().to_be_bytes());
        hasher.update(change.offset().seconds().to_be_bytes());
    }
    crate::hex::lower(hasher.finalize().get(..MARK_BYTES).unwrap_or_default())
}

impl PlannedItem {
    /// The time as it is stored: the wall clock as the person meant it, with the offset where an exact instant was given.
    pub fn civil_as_meant(&self) -> String {
        as_meant(&self.civil, self.due_at, self.fixed)
    }
}

fn as_meant(civil: &CivilTime, due_at: Timestamp, fixed: bool) -> String {
    if !fixed {
        return civil.at.to_string();
    }
    let offset = civil.zone.rules().to_offset(due_at).seconds();
    let (sign, offset) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    format!("{}{sign}{:02}:{:02}", civil.at, offset / 3_600, offset % 3_600 / 60)
}

/// The instant that the stored time of a post stands for now, if it is another one than `due_at`. `None` also for an
/// exact instant, and for what can't be read.
pub fn moved(civil: &str, zone: &str, due_at: Timestamp) -> Option<Timestamp> {
    let is_exact = civil.split_once('T').is_some_and(|(_, time)| time.contains(['+', '-', 'Z']));
    if is_exact {
        return None;
    }
    let at: DateTime = civil.parse().ok()?;
    let resolved = CivilTime { at, zone: ZoneName::parse(zone).ok()? }.resolve().ok()?;
    (resolved.due_at != due_at).then_some(resolved.due_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_zone_whose_rules_changed_is_told_from_the_others() {
        let now = ZoneRules::bundled();
        let mut before = now.clone();
        before.0.insert("Europe/Lisbon".into(), "0011223344556677".into());
        before.0.remove("Asia/Tokyo");
        assert_eq!(now.changed_since(&before), BTreeSet::from(["Europe/Lisbon".to_owned()]));
        assert_eq!(now.changed_since(&now.clone()), BTreeSet::new());
        assert_eq!(now.0["Europe/Lisbon"], now.0["Portugal"], "the same rules have the same mark");
        assert_ne!(now.0["Europe/Lisbon"], now.0["Europe/Berlin"]);
    }

    #[test]
    fn a_wall_clocks_time_moves_with_its_zone_and_an_exact_instant_does_not() {
        // Planned when Lisbon was thought to be an hour ahead in winter too.
        assert_eq!(moved("2026-12-01T09:30:00", "Europe/Lisbon", at("2026-12-01T08:30:00Z")), Some(at("2026-12-01T09:30:00Z")));
        assert_eq!(moved("2026-12-01T09:30:00", "Europe/Lisbon", at("2026-12-01T09:30:00Z")), None);
        for exact in ["2026-12-01T09:30:00+01:00", "2026-12-01T09:30:00-03:30"] {
            assert_eq!(moved(exact, "Europe/Lisbon", at("2026-12-01T08:30:00Z")), None, "{exact}");
        }
        for broken in ["", "soon", "2026-12-01"] {
            assert_eq!(moved(broken, "Mars/Olympus", at("2026-12-01T08:30:00Z")), None);
        }
    }

    #[test]
    fn an_exact_instant_is_stored_with_its_offset() {
        let civil = CivilTime { at: "2027-07-01T09:30:00".parse().unwrap(), zone: ZoneName::parse("America/St_Johns").unwrap() };
        let stored = as_meant(&civil, at("2027-07-01T12:00:00Z"), true);
        assert_eq!(stored, "2027-07-01T09:30:00-02:30");
        assert_eq!(moved(&stored, "America/St_Johns", at("2027-07-01T13:00:00Z")), None);
        assert_eq!(as_meant(&civil, at("2027-07-01T12:00:00Z"), false), "2027-07-01T09:30:00");
    }
}
