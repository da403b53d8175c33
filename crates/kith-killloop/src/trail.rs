//! What Kith's own record of its attempts tells of a run: unknown outcomes and how they ended, and how long what a kill
//! broke off lay before it was taken up again. Figures only; the judge believes the networks.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Unknown outcomes are to be settled within this, in the run's time.
const SOON: SignedDuration = SignedDuration::from_mins(15);

/// Unknown outcomes on the channels of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Posts that had one: an answer that told nothing, or none at all.
    pub posts: usize,
    /// Those that ended published without a person.
    pub alone: usize,
    /// Those of them that did within a quarter of an hour.
    pub soon: usize,
}

/// The figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// By the channel's first letter.
    pub unknown: BTreeMap<char, Unknown>,
    /// Attempts that a kill broke off: time from their beginning to the next of the same post, in the world's time,
    /// shortest first.
    pub taken_up: Vec<Duration>,
    /// Attempts that a kill broke off and that nobody took up.
    pub left: usize,
    /// How the sends ended, by the word that Kith stored.
    pub outcomes: BTreeMap<String, usize>,
}

/// Reads it from the lines of `kith export`.
pub fn read(lines: &[Value], speed: u32) -> Result<Trail> {
    let of = |kind: &'static str| lines.iter().filter(move |line| line["kind"] == kind);
    let names: BTreeMap<&str, char> =
        of("channel").filter_map(|row| Some((row["id"].as_str()?, row["name"].as_str()?.chars().next()?))).collect();
    let mut attempts: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in of("attempt") {
        attempts.entry(row["dispatch_id"].as_str().unwrap_or_default()).or_default().push(row);
    }
    let mut trail = Trail::default();
    for dispatch in of("dispatch") {
        let Some(tries) = attempts.get(dispatch["id"].as_str().unwrap_or_default()) else { continue };
        let letter = names.get(dispatch["channel_id"].as_str().unwrap_or_default()).copied().unwrap_or('?').to_ascii_uppercase();
        let published = dispatch["state"] == "published";
        trail.add(tries, letter, published, speed)?;
    }
    trail.taken_up.sort();
    Ok(trail)
}

impl Trail {
    fn add(&mut self, tries: &[&Value], letter: char, published: bool, speed: u32) -> Result<()> {
        for (place, attempt) in tries.iter().enumerate() {
            if attempt["type"] == "send" {
                let word = attempt["outcome"].as_str().filter(|word| !word.is_empty()).unwrap_or("broken off");
                *self.outcomes.entry(word.to_owned()).or_default() += 1;
            }
            if instant(attempt, "ended_at")?.is_some() {
                continue;
            }
            let began = instant(attempt, "started_at")?;
            match (began, tries.get(place + 1).map(|next| instant(next, "started_at")).transpose()?.flatten()) {
                (Some(began), Some(next)) => self.taken_up.push(Duration::try_from(next.duration_since(began)).unwrap_or_default() / speed),
                _ => self.left += 1,
            }
        }
        let is_unknown =
            |attempt: &&&Value| attempt["type"] == "send" && matches!(attempt["outcome"].as_str(), Some("unknown" | "") | None);
        let Some(first) = tries.iter().find(is_unknown) else { return Ok(()) };
        let unknown = self.unknown.entry(letter).or_default();
        unknown.posts += 1;
        if published {
            unknown.alone += 1;
            let (from, to) = (instant(first, "started_at")?, tries.last().map(|last| instant(last, "ended_at")).transpose()?.flatten());
            unknown.soon += usize::from(from.zip(to).is_some_and(|(from, to)| to.duration_since(from) <= SOON));
        }
        Ok(())
    }

    /// Of all unknown outcomes, the share that was settled alone and soon, and how many there were.
    pub fn settled(&self) -> (usize, f64) {
        let (posts, soon) = self.unknown.values().fold((0, 0), |(posts, soon), one| (posts + one.posts, soon + one.soon));
        (posts, if posts == 0 { 1.0 } else { soon as f64 / posts as f64 })
    }
}

fn instant(row: &Value, name: &str) -> Result<Option<Timestamp>> {
    Ok(row[name].as_str().map(str::parse).transpose()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_outcomes_and_broken_off_attempts_are_counted() {
        let attempt = |n: u32, kind: &str, from: &str, to: Option<&str>, outcome: &str| json!({ "kind": "attempt", "dispatch_id": "d", "n": n, "type": kind, "started_at": from, "ended_at": to, "outcome": outcome });
        let lines = [
            json!({ "kind": "channel", "id": "c", "name": "k0" }),
            json!({ "kind": "dispatch", "id": "d", "channel_id": "c", "state": "published" }),
            attempt(1, "send", "2026-11-22T10:00:00Z", None, ""),
            attempt(2, "look", "2026-11-22T10:01:00Z", Some("2026-11-22T10:01:01Z"), "found"),
        ];
        let trail = read(&lines, 60).unwrap();
        assert_eq!(trail.unknown[&'K'], Unknown { posts: 1, alone: 1, soon: 1 });
        assert_eq!((trail.taken_up, trail.left), (vec![Duration::from_secs(1)], 0));
    }
}
