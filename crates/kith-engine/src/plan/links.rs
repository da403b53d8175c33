//! The links of a plan, looked up before it is stored (B10).
//!
//! Each address is asked for once, a bounded number at a time and in a bounded time; what was seen is remembered for a
//! while in memory, and a finding says how old it is. What was not looked at is said too, never taken for good.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use kith_domain::plan::safety::links::{LinkReport, LinkState, addresses};
use kith_domain::plan::{Problem as PlanProblem, Reason};
use kith_networks::link;
use url::Url;

use crate::kith::Kith;

/// Most links that are looked up for one plan; the others are told as not looked at (2026-11).
const LINKS_MAX: usize = 200;
/// Links that are asked for at the same time.
const AT_ONCE: usize = 12;
/// Longest time for all links of a plan, in seconds of the world.
const ALL_S: u64 = 40;
/// How long what was seen holds, in seconds: a link that works an hour; one that does not a minute, so that whoever mends
/// it is believed soon.
const GOOD_FOR_S: i64 = 3_600;
const BAD_FOR_S: i64 = 60;
/// Links remembered; beyond, those that are no longer fresh are forgotten, or else all.
const REMEMBERED_MAX: usize = 5_000;
/// The rule under which it is told that links were not looked at.
const NOT_LOOKED_AT: &str = "links_not_looked_at";

/// What was seen of links lately.
#[derive(Debug, Default)]
pub(crate) struct LinksSeen(Mutex<HashMap<String, (Timestamp, LinkState)>>);

/// What is known of a plan's links.
#[derive(Debug, Default)]
pub(crate) struct LookedUp {
    /// By address.
    pub(crate) report: LinkReport,
    /// How many were not looked at: too many, or no time.
    pub(crate) left_out: usize,
}

impl LinksSeen {
    /// What is still fresh, with its age in the words where it is not of this moment.
    fn fresh(&self, address: &str, now: Timestamp) -> Option<LinkState> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, state) = seen.get(address).filter(|(at, state)| is_fresh(*at, state, now))?;
        Some(aged(state.clone(), now.duration_since(*at)))
    }

    fn note(&self, address: String, state: LinkState, now: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED_MAX {
            seen.retain(|_, (at, state)| is_fresh(*at, state, now));
        }
        if seen.len() >= REMEMBERED_MAX {
            seen.clear();
        }
        seen.insert(address, (now, state));
    }
}

fn is_fresh(at: Timestamp, state: &LinkState, now: Timestamp) -> bool {
    let good = matches!(state, LinkState::Alive | LinkState::Closed | LinkState::Private);
    let age = now.duration_since(at).as_secs();
    (0..if good { GOOD_FOR_S } else { BAD_FOR_S }).contains(&age)
}

fn aged(state: LinkState, age: SignedDuration) -> LinkState {
    let age = age.as_secs();
    let old = |why: String| if age > 0 { format!("{why}, as seen {age} s ago") } else { why };
    match state {
        LinkState::Gone { why } => LinkState::Gone { why: old(why) },
        LinkState::Refused { why } => LinkState::Refused { why: old(why) },
        LinkState::Failing { why } => LinkState::Failing { why: old(why) },
        other => other,
    }
}

impl LookedUp {
    /// That some were not looked at, if so.
    pub(super) fn problem(&self) -> Option<PlanProblem> {
        if self.left_out == 0 {
            return None;
        }
        let words = format!("{} links were not looked at; Kith looks at {LINKS_MAX} of a plan, for {ALL_S} s", self.left_out);
        let reason = Reason::Safety { rule: NOT_LOOKED_AT.into(), words, span: None };
        Some(PlanProblem::warn(None, None, reason, "look at a part of the plan with kith lint, or open the links yourself"))
    }
}

impl Kith {
    /// What is still fresh of these texts' links; nobody is asked.
    pub(super) fn links_seen<'t>(&self, texts: impl Iterator<Item = &'t str>) -> LinkReport {
        let now = self.now();
        texts.flat_map(addresses).filter_map(|address| Some((address.clone(), self.0.links.fresh(&address, now)?))).collect()
    }

    /// Looks the links of these texts up, those that were not seen lately.
    pub(crate) async fn look_up_links<'t>(&self, texts: impl Iterator<Item = &'t str>) -> LookedUp {
        let (now, mut looked, mut asked) = (self.now(), LookedUp::default(), BTreeSet::new());
        for address in texts.flat_map(addresses) {
            if looked.report.contains_key(&address) || asked.contains(&address) {
                continue;
            }
            match self.0.links.fresh(&address, now) {
                Some(state) => _ = looked.report.insert(address, state),
                None => _ = asked.insert(address),
            }
        }
        let most = asked.len().min(LINKS_MAX);
        looked.left_out = asked.len() - most;
        let http = &self.0.http;
        let questions = asked.into_iter().take(most).map(|address| async move {
            let state = match Url::parse(&address) {
                Ok(mut url) => {
                    url.set_fragment(None);
                    link::look(http, &url).await
                }
                // No address at all is told elsewhere, if it matters.
                Err(_) => LinkState::Closed,
            };
            (address, state)
        });
        let mut answers = futures_util::stream::iter(questions).buffer_unordered(AT_ONCE);
        let all = tokio::time::sleep(Duration::from_secs(ALL_S));
        tokio::pin!(all);
        let mut open = most;
        while open > 0 {
            tokio::select! {
                () = &mut all => break,
                answer = answers.next() => {
                    let Some((address, state)) = answer else { break };
                    self.0.links.note(address.clone(), state.clone(), now);
                    looked.report.insert(address, state);
                    open -= 1;
                }
            }
        }
        looked.left_out += open;
        looked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_says_its_age_and_is_forgotten_a_broken_link_first() {
        let (seen, at) = (LinksSeen::default(), |s| Timestamp::from_second(1_000 + s).unwrap());
        seen.note("https://a.example".into(), LinkState::Alive, at(0));
        seen.note("https://b.example".into(), LinkState::Gone { why: "HTTP 404".into() }, at(0));
        assert_eq!(seen.fresh("https://b.example", at(0)), Some(LinkState::Gone { why: "HTTP 404".into() }));
        assert_eq!(seen.fresh("https://b.example", at(7)), Some(LinkState::Gone { why: "HTTP 404, as seen 7 s ago".into() }));
        assert_eq!(seen.fresh("https://b.example", at(BAD_FOR_S)), None);
        assert_eq!(seen.fresh("https://a.example", at(GOOD_FOR_S - 1)), Some(LinkState::Alive));
        assert_eq!(seen.fresh("https://a.example", at(GOOD_FOR_S)), None);
        assert_eq!(seen.fresh("https://a.example", at(-1)), None, "a clock that was put back makes nothing fresh");
        for n in 0..=REMEMBERED_MAX {
            seen.note(format!("https://{n}.example"), LinkState::Alive, at(0));
        }
        assert!(seen.0.lock().unwrap().len() <= REMEMBERED_MAX);
    }
}
