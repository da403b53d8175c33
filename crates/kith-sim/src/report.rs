//! What a run, or many runs, came to.

use std::collections::BTreeMap;
use std::fmt;

/// Unknown outcomes of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// How many there were.
    pub unknown: u64,
    /// How many ended without a person.
    pub alone: u64,
    /// How many of those within 15 minutes.
    pub soon: u64,
}

/// The sums.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Dispatches planned.
    pub posts: u64,
    /// Publish requests made.
    pub requests: u64,
    /// Posts that a network shows twice, without an excuse.
    pub doubled: u64,
    /// Dispatches left open for ever.
    pub lost: u64,
    /// Called failed, missed, held or cancelled although live.
    pub wrongly_failed: u64,
    /// Called published although absent.
    pub wrongly_published: u64,
    /// Doubled because the worker stood still between check and send (N, D, B).
    pub by_freeze: u64,
    /// Doubled because a person asked for it again.
    pub by_person: u64,
    /// Doubled while the wall clock was wrong (N, D, B).
    pub by_clock: u64,
    /// Doubled by a server that reads a key when it begins and writes it when it ends (K before 2026-02-16), where a
    /// request that had waited for minutes met its own replay.
    pub by_race: u64,
    /// Sent late because the worker stood still between check and send.
    pub late_by_freeze: u64,
    /// Dispatches that asked a person whether they are out.
    pub to_person: u64,
    /// The same by class.
    pub to_person_by: BTreeMap<char, u64>,
    /// Dispatches still held although their channel works.
    pub left_held: u64,
    /// Writes refused under an old fence.
    pub fenced: u64,
    /// Bindings refused because the remote id was taken.
    pub conflicts: u64,
    /// Last states.
    pub states: BTreeMap<&'static str, u64>,
    /// Unknown outcomes by class.
    pub settled: BTreeMap<char, Settled>,
    /// Everything that breaks a promise, in sentences.
    pub breaches: Vec<String>,
}

impl Report {
    /// Whether every promise was kept.
    pub fn kept(&self) -> bool {
        self.breaches.is_empty()
    }

    /// Adds another run.
    pub fn add(&mut self, other: Self) {
        self.posts += other.posts;
        self.requests += other.requests;
        self.doubled += other.doubled;
        self.lost += other.lost;
        self.wrongly_failed += other.wrongly_failed;
        self.wrongly_published += other.wrongly_published;
        self.by_freeze += other.by_freeze;
        self.by_person += other.by_person;
        self.by_clock += other.by_clock;
        self.by_race += other.by_race;
        self.late_by_freeze += other.late_by_freeze;
        self.to_person += other.to_person;
        self.left_held += other.left_held;
        self.fenced += other.fenced;
        self.conflicts += other.conflicts;
        for (letter, count) in other.to_person_by {
            *self.to_person_by.entry(letter).or_default() += count;
        }
        for (state, count) in other.states {
            *self.states.entry(state).or_default() += count;
        }
        for (letter, settled) in other.settled {
            let sum = self.settled.entry(letter).or_default();
            sum.unknown += settled.unknown;
            sum.alone += settled.alone;
            sum.soon += settled.soon;
        }
        self.breaches.extend(other.breaches);
    }

    /// Of the unknown outcomes of C, S, K and N: how many there were, and the share that was settled within
    /// 15 minutes without a person, 0 to 1.
    pub fn settled_alone(&self) -> (u64, f64) {
        let of = self.settled.iter().filter(|(letter, _)| "CSKN".contains(**letter)).map(|(_, settled)| settled);
        let (unknown, soon) = of.fold((0, 0), |(unknown, soon), settled| (unknown + settled.unknown, soon + settled.soon));
        (unknown, if unknown == 0 { 1.0 } else { soon as f64 / unknown as f64 })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unknown, share) = self.settled_alone();
        writeln!(f, "last states: {}", list(self.states.iter().map(|(name, count)| format!("{name} {count}"))))?;
        writeln!(
            f,
            "unknown outcomes of C, S, K, N: {unknown}, settled alone within 15 minutes: {:.3} % ({})",
            share * 100.0,
            list(self.settled.iter().map(|(letter, s)| {
                format!("{letter} {:.2} % of {}, alone {:.2} %", percent(s.soon, s.unknown), s.unknown, percent(s.alone, s.unknown))
            }))
        )?;
        writeln!(f, "to a person by class: {}", list(self.to_person_by.iter().map(|(letter, count)| format!("{letter} {count}"))))?;
        write!(
            f,
            "outside the claim: doubled by a freeze between check and send {}, by a person's \"send again\" {}, by a wrong wall clock {}, by a server that races {}; \
             late by such a freeze {}; held on a working channel {}; results refused under an old fence {}, bindings refused {}; requests {}",
            self.by_freeze,
            self.by_person,
            self.by_clock,
            self.by_race,
            self.late_by_freeze,
            self.left_held,
            self.fenced,
            self.conflicts,
            self.requests
        )
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 / whole as f64 * 100.0 }
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
