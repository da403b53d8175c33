//! When a person is called to the page (C10): somebody is close to the brake, a post was not sent, a yes is wanted, and
//! one morning call. Never in quiet hours, never twice for the same thing, never more than a few words.
//!
//! Pure: the shell loads what is true now and what each person was called for already, asks, and pushes.

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// How long before the brake holds somebody is called, in hours: the brake's own "closing".
pub const BRAKE_CALL_H: i64 = 3;
/// The morning call waits so long for a morning that began in quiet hours or with Kith stopped, in hours; then it is no
/// morning any more.
pub const MORNING_H_MAX: i64 = 3;
/// Names in a call; more are a number.
const NAMES_MAX: usize = 1;

/// What one may be called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Somebody has waited so long that the brake is about to hold.
    Brake,
    /// A post was not sent and a person must decide.
    NotSent,
    /// A post waits for a yes.
    YesWanted,
    /// Once a day: who waits.
    Morning,
}

/// What a person wants to hear, and when not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallWish {
    /// The kinds that are on.
    pub kinds: BTreeSet<CallKind>,
    /// The hours without calls, from and until, in the person's zone; over midnight if the first is later. `None`: never
    /// quiet.
    pub quiet: Option<(Time, Time)>,
    /// When the morning call comes.
    pub morning: Time,
}

/// What is true now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFacts {
    /// People who wait for an answer.
    pub owed: u64,
    /// The first name of whoever waits longest.
    pub longest: Option<String>,
    /// When the brake will hold if nothing is done; in the past if it holds.
    pub holds_at: Option<Timestamp>,
    /// Posts that were not sent and need a person, each by its id.
    pub not_sent: Vec<String>,
    /// Posts that wait for a yes that this person may give, each by its id.
    pub yes_wanted: Vec<String>,
}

/// A call to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What for.
    pub kind: CallKind,
    /// The things it is about: noted once it is made, so that nobody is called for them again.
    pub about: Vec<String>,
    /// A few words.
    pub title: String,
    /// A sentence; never anything that somebody wrote, since a locked screen shows it.
    pub body: String,
    /// Where it leads.
    pub path: &'static str,
}

impl CallKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Brake, Self::NotSent, Self::YesWanted, Self::Morning];

    /// Its stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brake => "brake",
            Self::NotSent => "not_sent",
            Self::YesWanted => "yes_wanted",
            Self::Morning => "morning",
        }
    }

    /// What it is, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Brake => "Somebody is close to the brake",
            Self::NotSent => "A post was not sent",
            Self::YesWanted => "A post waits for your yes",
            Self::Morning => "One call in the morning: who waits",
        }
    }
}

impl Default for CallWish {
    /// All kinds, quiet from nine in the evening until half past seven, the morning call at eight.
    fn default() -> Self {
        Self {
            kinds: CallKind::ALL.into(),
            quiet: Some((Time::constant(21, 0, 0, 0), Time::constant(7, 30, 0, 0))),
            morning: Time::constant(8, 0, 0, 0),
        }
    }
}

impl CallWish {
    /// Is this a quiet hour?
    pub fn is_quiet(&self, at: Time) -> bool {
        match self.quiet {
            None => false,
            Some((from, until)) if from <= until => from <= at && at < until,
            Some((from, until)) => at >= from || at < until,
        }
    }
}

/// The calls to make now. `told` holds what this person was called for before.
pub fn calls(wish: &CallWish, facts: &CallFacts, told: &BTreeSet<String>, now: &Zoned) -> Vec<Call> {
    if wish.is_quiet(now.time()) {
        return Vec::new();
    }
    let all = [brake(facts, now.timestamp()), not_sent(facts, told), yes_wanted(facts, told), morning(wish, facts, now)];
    all.into_iter().flatten().filter(|call| wish.kinds.contains(&call.kind) && call.about.iter().any(|one| !told.contains(one))).collect()
}

/// Once for each moment at which it would hold.
fn brake(facts: &CallFacts, now: Timestamp) -> Option<Call> {
    let at = facts.holds_at?;
    if at.duration_since(now) > SignedDuration::from_hours(BRAKE_CALL_H) {
        return None;
    }
    let name = facts.longest.as_deref().unwrap_or("Somebody");
    let (title, body) = if at <= now {
        (format!("Posts are on hold: {name} waits"), "They go on once you have answered.")
    } else {
        (format!("{name} is close to the brake"), "Answer, and the next posts go out on time.")
    };
    Some(Call { kind: CallKind::Brake, about: vec![format!("brake {}", at.as_second())], title, body: body.into(), path: "/begin" })
}

fn not_sent(facts: &CallFacts, told: &BTreeSet<String>) -> Option<Call> {
    let about = news("not_sent", &facts.not_sent, told);
    let title = match about.len() {
        0 => return None,
        1 => "A post was not sent".to_owned(),
        n => format!("{n} posts were not sent"),
    };
    Some(Call { kind: CallKind::NotSent, about, title, body: "Look at why, and decide.".into(), path: "/plan?show=needs-you" })
}

fn yes_wanted(facts: &CallFacts, told: &BTreeSet<String>) -> Option<Call> {
    let about = news("yes", &facts.yes_wanted, told);
    let title = match about.len() {
        0 => return None,
        1 => "A post waits for your yes".to_owned(),
        n => format!("{n} posts wait for your yes"),
    };
    Some(Call { kind: CallKind::YesWanted, about, title, body: "Nothing goes out before.".into(), path: "/plan?show=needs-you" })
}

/// Once a day, when somebody waits; a morning on which nobody waits is left alone.
fn morning(wish: &CallWish, facts: &CallFacts, now: &Zoned) -> Option<Call> {
    let since = now.time().duration_since(wish.morning);
    if facts.owed == 0 || since.is_negative() || since > SignedDuration::from_hours(MORNING_H_MAX) {
        return None;
    }
    let people = if facts.owed == 1 { "One person waits".to_owned() } else { format!("{} people wait", facts.owed) };
    let first: Vec<_> = facts.longest.iter().take(NAMES_MAX).map(|name| format!("{name} first.")).collect();
    Some(Call { kind: CallKind::Morning, about: vec![format!("morning {}", now.date())], title: people, body: first.join(" "), path: "/" })
}

fn news(prefix: &str, ids: &[String], told: &BTreeSet<String>) -> Vec<String> {
    ids.iter().map(|id| format!("{prefix} {id}")).filter(|one| !told.contains(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn waits() -> CallFacts {
        CallFacts { owed: 6, longest: Some("Jo".into()), holds_at: Some("2026-11-23T11:42:00Z".parse().unwrap()), ..CallFacts::default() }
    }

    fn titles(facts: &CallFacts, told: &BTreeSet<String>, now: &str) -> Vec<String> {
        calls(&CallWish::default(), facts, told, &at(now)).into_iter().map(|call| call.title).collect()
    }

    #[test]
    fn nobody_is_called_in_quiet_hours_and_what_stays_true_is_said_after_them() {
        let mut facts = waits();
        facts.holds_at = Some("2026-11-23T06:00:00Z".parse().unwrap());
        facts.not_sent = vec!["a".into()];
        assert!(titles(&facts, &BTreeSet::new(), "2026-11-23T05:30:00[Europe/London]").is_empty());
        assert!(titles(&facts, &BTreeSet::new(), "2026-11-22T21:00:00[Europe/London]").is_empty());
        assert_eq!(
            titles(&facts, &BTreeSet::new(), "2026-11-23T07:30:00[Europe/London]"),
            ["Posts are on hold: Jo waits", "A post was not sent"]
        );
    }

    #[test]
    fn the_brake_calls_within_its_last_three_hours_and_once_for_each_end() {
        let mut told = BTreeSet::new();
        assert!(titles(&waits(), &told, "2026-11-23T08:41:00[UTC]").iter().all(|title| !title.contains("brake")));
        let call = calls(&CallWish::default(), &waits(), &told, &at("2026-11-23T12:00:00[UTC]")).remove(0);
        assert_eq!(call.title, "Posts are on hold: Jo waits");
        told.extend(call.about);
        assert!(titles(&waits(), &told, "2026-11-23T12:01:00[UTC]").is_empty());
        let another = CallFacts { holds_at: Some("2026-11-24T09:00:00Z".parse().unwrap()), ..waits() };
        assert_eq!(titles(&another, &told, "2026-11-24T06:30:00[Asia/Tokyo]"), ["6 people wait"; 0]);
        assert_eq!(titles(&another, &told, "2026-11-24T11:30:00[UTC]"), ["Posts are on hold: Jo waits"]);
    }

    #[test]
    fn the_morning_call_comes_once_a_day_and_only_when_somebody_waits() {
        let mut told = BTreeSet::new();
        let facts = CallFacts { holds_at: None, ..waits() };
        assert!(titles(&facts, &told, "2026-11-23T07:59:00[UTC]").is_empty());
        let call = calls(&CallWish::default(), &facts, &told, &at("2026-11-23T08:00:00[UTC]")).remove(0);
        assert_eq!((call.title.as_str(), call.body.as_str()), ("6 people wait", "Jo first."));
        told.extend(call.about);
        assert!(titles(&facts, &told, "2026-11-23T08:01:00[UTC]").is_empty());
        assert_eq!(titles(&facts, &told, "2026-11-24T10:00:00[UTC]").len(), 1);
        assert!(titles(&facts, &BTreeSet::new(), "2026-11-23T12:00:00[UTC]").is_empty(), "noon is no morning");
        assert!(titles(&CallFacts::default(), &BTreeSet::new(), "2026-11-23T08:00:00[UTC]").is_empty());
    }

    #[test]
    fn posts_are_called_for_once_each_and_several_in_one_call() {
        let mut facts = CallFacts { not_sent: vec!["a".into(), "b".into()], yes_wanted: vec!["c".into()], ..CallFacts::default() };
        let first = calls(&CallWish::default(), &facts, &BTreeSet::new(), &at("2026-11-23T15:00:00[UTC]"));
        assert_eq!(
            first.iter().map(|call| call.title.as_str()).collect::<Vec<_>>(),
            ["2 posts were not sent", "A post waits for your yes"]
        );
        let told: BTreeSet<_> = first.into_iter().flat_map(|call| call.about).collect();
        assert!(titles(&facts, &told, "2026-11-23T15:01:00[UTC]").is_empty());
        facts.not_sent.push("d".into());
        assert_eq!(titles(&facts, &told, "2026-11-23T15:02:00[UTC]"), ["A post was not sent"]);
    }

    #[test]
    fn a_kind_that_is_off_is_silent() {
        let wish = CallWish { kinds: [CallKind::Morning].into(), quiet: None, ..CallWish::default() };
        let facts = CallFacts { not_sent: vec!["a".into()], ..waits() };
        assert!(calls(&wish, &facts, &BTreeSet::new(), &at("2026-11-23T11:30:00[UTC]")).is_empty());
    }

    #[test]
    fn quiet_hours_may_lie_within_a_day_or_over_midnight() {
        let wish = |from: (i8, i8), until: (i8, i8)| CallWish {
            quiet: Some((Time::constant(from.0, from.1, 0, 0), Time::constant(until.0, until.1, 0, 0))),
            ..CallWish::default()
        };
        let noon = Time::constant(12, 30, 0, 0);
        assert!(wish((12, 0), (13, 0)).is_quiet(noon) && !wish((13, 0), (12, 0)).is_quiet(noon));
        assert!(wish((21, 0), (7, 0)).is_quiet(Time::constant(3, 0, 0, 0)));
    }
}
