//! The judge: compares what was planned, what the scheduler says, and what the networks show.
//!
//! It knows nothing of how the scheduler works, so the naive control is judged by the same rules.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::shown::Shown;

/// How much earlier than planned a post may be by the server's clock: two clocks that start from one instant.
const EARLY_SLACK: SignedDuration = SignedDuration::from_secs(1);
/// Most sentences kept.
const BREACHES_MAX: usize = 40;

/// A planned post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its number, which its words hold.
    pub no: u32,
    /// Where it goes.
    pub channel: String,
    /// When, at the earliest.
    pub due: Timestamp,
}

/// What the scheduler says of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its number.
    pub no: u32,
    /// Its channel.
    pub channel: String,
    /// Its state's name, as `kith dispatch list` has it.
    pub state: String,
    /// The id under which it says the network has it.
    pub remote_id: Option<String>,
}

/// The sums, and every breach in a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Planned posts.
    pub posts: usize,
    /// Posts that a network shows more than once.
    pub doubled: usize,
    /// Extra copies of them.
    pub extra: usize,
    /// Posts of which nothing is known, or that were given up although no network refused them.
    pub lost: usize,
    /// Said not to be out (failed, missed, held, called off) although a network shows it.
    pub wrongly_failed: usize,
    /// Said to be published although no network shows it under that id.
    pub wrongly_published: usize,
    /// Shown before they were due.
    pub early: usize,
    /// Ids that are said of two posts.
    pub ids_twice: usize,
    /// Left to a person: missed, held, or nobody could tell.
    pub to_person: usize,
    /// Neither out nor given up nor left to a person.
    pub open: usize,
    /// Every breach.
    pub breaches: Vec<String>,
    /// Posts by channel's first letter and state.
    pub states: BTreeMap<String, usize>,
}

impl Verdict {
    /// Whether every promise was kept.
    pub fn kept(&self) -> bool {
        self.breaches.is_empty()
    }

    /// The closing line's sums.
    pub fn sums(&self, kills: usize) -> String {
        format!(
            "{} posts, {kills} kills, {} doubled, {} lost, {} wrongly failed, {} wrongly published, {} early, {} to a person, {} open",
            self.posts, self.doubled, self.lost, self.wrongly_failed, self.wrongly_published, self.early, self.to_person, self.open
        )
    }

    fn breach(&mut self, sentence: String) {
        if self.breaches.len() < BREACHES_MAX {
            self.breaches.push(sentence);
        }
    }
}

/// Judges a run that has come to rest.
pub fn judge(wanted: &[Wanted], said: &[Said], shown: &[Shown]) -> Verdict {
    let mut verdict = Verdict { posts: wanted.len(), ..Verdict::default() };
    for want in wanted {
        let here: Vec<&Shown> = shown.iter().filter(|shown| shown.no == want.no).collect();
        let says: Vec<&Said> = said.iter().filter(|said| said.no == want.no).collect();
        judge_one(&mut verdict, want, &here, &says);
    }
    let mut ids = BTreeSet::new();
    for row in said {
        if let Some(id) = &row.remote_id
            && !ids.insert((&row.channel, id))
        {
            verdict.ids_twice += 1;
            verdict.breach(format!("{} is said to be two posts on {}", id, row.channel));
        }
    }
    let strangers = shown.iter().filter(|shown| !wanted.iter().any(|want| want.no == shown.no && want.channel == shown.channel)).count();
    if strangers > 0 {
        verdict.breach(format!("{strangers} posts are shown that nobody planned there"));
    }
    verdict
}

fn judge_one(verdict: &mut Verdict, want: &Wanted, here: &[&Shown], says: &[&Said]) {
    let name = format!("post {} on {}", want.no, want.channel);
    if here.len() > 1 {
        verdict.doubled += 1;
        verdict.extra += here.len() - 1;
        let times: Vec<String> = here.iter().map(|shown| format!("{} at {}", shown.remote_id, shown.at)).collect();
        verdict.breach(format!("{name} is shown {} times: {}", here.len(), times.join(", ")));
    }
    if here.iter().any(|shown| shown.at + EARLY_SLACK < want.due) {
        verdict.early += 1;
        verdict.breach(format!("{name} was due at {} and came out before", want.due));
    }
    let [said] = says else {
        verdict.lost += 1;
        verdict.breach(format!("{name} has {} rows", says.len()));
        return;
    };
    let letter = want.channel.chars().next().unwrap_or('?').to_ascii_uppercase();
    *verdict.states.entry(format!("{letter} {}", said.state)).or_default() += 1;
    match said.state.as_str() {
        "published" if !here.iter().any(|shown| Some(&shown.remote_id) == said.remote_id.as_ref()) => {
            verdict.wrongly_published += 1;
            verdict.breach(format!("{name} is said to be published as {:?}; shown are {here:?}", said.remote_id));
        }
        "published" => {}
        "failed" | "missed" | "held" | "cancelled" if !here.is_empty() => {
            verdict.wrongly_failed += 1;
            verdict.breach(format!("{name} is said to be {} and is shown", said.state));
        }
        "failed" | "cancelled" => {
            verdict.lost += 1;
            verdict.breach(format!("{name} was given up ({}) although nobody refused it", said.state));
        }
        "missed" | "held" | "needs_person" => verdict.to_person += 1,
        _ => verdict.open += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    fn want(no: u32) -> Wanted {
        Wanted { no, channel: "k0".into(), due: at(100) }
    }

    fn says(no: u32, state: &str, id: Option<&str>) -> Said {
        Said { no, channel: "k0".into(), state: state.into(), remote_id: id.map(Into::into) }
    }

    fn there(no: u32, id: &str) -> Shown {
        Shown { channel: "k0".into(), no, remote_id: id.into(), at: at(101) }
    }

    #[test]
    fn what_is_out_once_and_said_so_is_kept() {
        let verdict = judge(&[want(1)], &[says(1, "published", Some("a"))], &[there(1, "a")]);
        assert!(verdict.kept() && verdict.open == 0, "{verdict:?}");
    }

    #[test]
    fn every_breach_is_seen() {
        let doubled = judge(&[want(1)], &[says(1, "published", Some("a"))], &[there(1, "a"), there(1, "b")]);
        assert_eq!((doubled.doubled, doubled.extra, doubled.kept()), (1, 1, false));
        assert_eq!(judge(&[want(1)], &[], &[]).lost, 1);
        assert_eq!(judge(&[want(1)], &[says(1, "failed", None)], &[]).lost, 1);
        assert_eq!(judge(&[want(1)], &[says(1, "failed", None)], &[there(1, "a")]).wrongly_failed, 1);
        assert_eq!(judge(&[want(1)], &[says(1, "missed", None)], &[there(1, "a")]).wrongly_failed, 1);
        assert_eq!(judge(&[want(1)], &[says(1, "published", Some("a"))], &[]).wrongly_published, 1);
        assert_eq!(judge(&[want(1)], &[says(1, "published", Some("b"))], &[there(1, "a")]).wrongly_published, 1);
        let early = Shown { at: at(98), ..there(1, "a") };
        assert_eq!(judge(&[want(1)], &[says(1, "published", Some("a"))], &[early]).early, 1);
        let two = [says(1, "published", Some("a")), says(2, "published", Some("a"))];
        assert_eq!(judge(&[want(1), want(2)], &two, &[there(1, "a")]).ids_twice, 1);
        assert!(!judge(&[], &[], &[there(9, "z")]).kept());
    }

    #[test]
    fn what_is_left_open_or_to_a_person_is_counted_and_no_breach() {
        let open = judge(&[want(1)], &[says(1, "uncertain", None)], &[there(1, "a")]);
        assert_eq!((open.open, open.kept()), (1, true));
        let asked = judge(&[want(1)], &[says(1, "needs_person", None)], &[]);
        assert_eq!((asked.to_person, asked.kept()), (1, true));
    }
}
