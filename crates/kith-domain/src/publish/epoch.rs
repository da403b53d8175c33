//! Whether this database is the one that ran last, and what may not be believed if it is not.
//!
//! Every start and every beat is counted in the database and, right after, in witnesses outside it: a file in the data
//! folder and one beside the key. A witness that knows more than the database tells of a restored backup; a database
//! that stands where it did not stand before tells of a copy, whose other half may be running (reliability.md A4).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::class::Class;
use super::state::{Dispatch, NeedsPerson, State};
use super::step::{Decision, ask};

/// Starts that a database remembers; with processes that share one, each counts.
const RUNS_MAX: usize = 256;

/// What names the place of a database or folder. What is not known of one of two is not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The folder on it: a copied folder has another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// When the folder was made: a number that was given away and used again is told by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<String>,
    /// The database on its server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

/// What the database knows of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Counts starts and beats; never goes back.
    pub beat: u64,
    /// When it beat last.
    pub at: Timestamp,
    /// Where it beat last.
    pub place: Place,
    /// Names of its starts, the latest last.
    pub runs: Vec<String>,
}

/// What a file outside the database knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The Kith it is of.
    pub instance: String,
    /// The start that wrote it.
    pub run: String,
    /// The beat that it saw stored.
    pub beat: u64,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
}

/// Everything that can be compared at a start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The Kith that the database says it is.
    pub instance: String,
    /// What the database knows; `None` before its first start.
    pub history: Option<History>,
    /// The file in the data folder.
    pub beside: Option<Witness>,
    /// The file beside the key, which a restored data folder leaves as it was.
    pub apart: Option<Witness>,
    /// Where this is.
    pub here: Place,
    /// Whether processes of several folders share the database: then a folder may be new.
    pub shared: bool,
}

/// What the evidence says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one that ran last, or it never ran.
    GoesOn,
    /// An earlier state of what ran here: what was sent since is not known to it. Nobody else can be at it.
    Restored {
        /// Its last beat; `None` if it never had one.
        since: Option<Timestamp>,
    },
    /// It stands somewhere else than before, or nobody can tell: another one may be running.
    Copy {
        /// Its last beat; `None` if it never had one.
        since: Option<Timestamp>,
        /// What was noticed, in plain words.
        why: &'static str,
    },
}

impl Place {
    /// Whether both may be the same place: what both know is equal, and both know something in common or nothing at all.
    pub fn may_be(&self, other: &Self) -> bool {
        let parts = |place: &Self| [place.machine.clone(), place.folder.clone(), place.born.clone(), place.database.clone()];
        parts(self).iter().zip(&parts(other)).all(|(a, b)| a.is_none() || b.is_none() || a == b)
    }
}

impl History {
    /// The next beat of `run`, here and now.
    pub fn next(before: Option<&Self>, run: &str, place: &Place, now: Timestamp) -> Self {
        let (beat, mut runs) = before.map_or((0, Vec::new()), |before| (before.beat, before.runs.clone()));
        if !runs.iter().any(|known| known == run) {
            runs.push(run.to_owned());
        }
        let surplus = runs.len().saturating_sub(RUNS_MAX);
        runs.drain(..surplus);
        Self { beat: beat + 1, at: now, place: place.clone(), runs }
    }

    /// Whether it has seen what the witness saw.
    fn knows(&self, witness: &Witness) -> bool {
        witness.beat <= self.beat && self.runs.contains(&witness.run)
    }
}

/// Compares what the database knows with what lies beside it.
pub fn judge(evidence: &Evidence) -> Verdict {
    let Evidence { instance, history, beside, apart, here, shared } = evidence;
    let ours = |witness: &&Witness| witness.instance == *instance;
    let Some(history) = history else {
        // Older than its first beat, if somebody outside knows its name.
        let known = beside.iter().chain(apart).any(|witness| ours(&witness));
        return if known { Verdict::Restored { since: None } } else { Verdict::GoesOn };
    };
    let since = Some(history.at);
    let copy = |why| Verdict::Copy { since, why };
    if !history.place.may_be(here) {
        return copy(if *shared {
            "the database stands on another server, or under another name, than when it was last used"
        } else {
            "the data folder stands in another place than when it was last used"
        });
    }
    match beside {
        Some(witness) if !ours(&witness) => return copy("the data folder has the notes of another Kith"),
        Some(witness) if !witness.place.may_be(here) => return copy("the data folder was copied from another place"),
        // The very first beat is stored before the first note is written: a disk that fails between them leaves this, and
        // a folder that is known to be the same one has no other half. What was due since is looked for first.
        None if !shared && history.beat == 1 && here.folder.is_some() && here.folder == history.place.folder => {
            return Verdict::Restored { since };
        }
        None if !shared => return copy("the database came without the notes that lie beside it"),
        _ => {}
    }
    match apart.as_ref().filter(ours) {
        Some(witness) if !history.knows(witness) && !witness.place.may_be(here) => {
            return copy("another copy of this Kith has run on this computer since");
        }
        _ => {}
    }
    let unknown = beside.iter().chain(apart.iter().filter(ours)).any(|witness| !history.knows(witness));
    if unknown { Verdict::Restored { since } } else { Verdict::GoesOn }
}

/// What becomes of a dispatch that a lost part of the history may have sent: it is looked for first, or a person is
/// asked where nobody can look. `None` where nothing can have happened: it is not due yet, or it has ended.
pub fn doubt(d: &Dispatch, class: Class, why: &str, now: Timestamp) -> Option<Decision> {
    let look = |unknowns, late_until| {
        Some(Decision::rest(State::Uncertain { why: why.to_owned(), look_at: now, absences: 0, unknowns, late_until, cleared: false }))
    };
    match &d.state {
        State::Published { .. } | State::Failed { .. } | State::Cancelled => None,
        State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. } => None,
        // These may have been sent again since, so the settle time begins anew. Where nobody can look, waking asks.
        State::Sending { unknowns, late_until } => look(unknowns + 1, *late_until),
        State::Uncertain { unknowns, late_until, .. } => look(*unknowns, *late_until),
        _ if d.due_at > now => None,
        _ if class == Class::Blind => Some(ask(now, &format!("{why}; this network does not let Kith look"))),
        State::Planned { late_until, .. } | State::Claimed { late_until } => look(1, *late_until),
        // A person may have let them go since: signed in again, put the picture back, said "send it now".
        State::Held { .. } | State::Missed { .. } | State::NeedsPerson { .. } => look(1, None),
    }
}

/// The earliest instant at which the lost part of the history can have sent it.
pub fn sent_at_the_earliest(d: &Dispatch, since: Option<Timestamp>) -> Timestamp {
    let earliest = since.map_or(d.due_at, |since| since.max(d.due_at));
    d.first_send.map_or(earliest, |first| first.min(earliest))
}

#[cfg(test)]
#[path = "epoch_tests.rs"]
mod tests;
