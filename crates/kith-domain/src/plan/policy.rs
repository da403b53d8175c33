//! What the networks allow machines to do: rules as data, each with its source and the date on which that was read.
//!
//! A [`Policy`] is read from `policy.toml` by the engine and handed in; [`Policy::decide`] says for an action, the way
//! it came in and who asks whether it may happen. The strictest rule that speaks of the action decides, and an action
//! that no rule names is forbidden. A new rule is a table in that file.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Severity;
use super::count::Limit;
use crate::mandate::Role;

/// A rule whose source was read longer ago is stale, in days (2026-11; half a year, in which most sources changed).
pub const STALE_AFTER_DAYS: i32 = 180;

/// The network of rules that hold everywhere.
const EVERYWHERE: &str = "*";

/// All rules, their sources and what the networks take.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The day of this edition; the date of rules that name no source.
    pub version: Date,
    /// Where rules come from, by short name.
    pub sources: BTreeMap<String, Source>,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// How texts are counted and how much a network takes, by the network's id.
    pub limits: BTreeMap<String, Limit>,
    /// How grave a link is that does not work.
    #[serde(default)]
    pub links: LinkRules,
}

/// How grave a link is, by what was seen when it was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRules {
    /// The server says that there is nothing: 404 or 410.
    pub gone: Severity,
    /// The machine is there and no web server listens.
    pub refused: Severity,
    /// It leads into a private network.
    pub private: Severity,
    /// It does not answer as it should just now.
    pub failing: Severity,
}

impl Default for LinkRules {
    fn default() -> Self {
        Self { gone: Severity::Refuse, refused: Severity::Hold, private: Severity::Refuse, failing: Severity::Warn }
    }
}

/// Where a rule was read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The page.
    pub url: String,
    /// The file behind the page, if it is public.
    #[serde(default)]
    pub file: Option<String>,
    /// The day on which it was read.
    pub as_of: Date,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its short name, such as `X3`; refusals say `policy.X3`.
    pub id: String,
    /// The network's id, or `*`.
    pub network: String,
    /// What it is about, such as `same_text_many_accounts`.
    pub action: String,
    /// Further actions for which it holds.
    #[serde(default)]
    pub covers: Vec<String>,
    /// What it says.
    pub verdict: Saying,
    /// The short name of its source; house rules have none.
    #[serde(default)]
    pub source: Option<String>,
    /// Under which condition, in words for the owner.
    #[serde(default)]
    pub condition: Option<String>,
}

/// What a rule says of its action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Saying {
    /// It may be planned and delegated.
    ScheduleOk,
    /// Allowed, with a condition that must be shown.
    Warn,
    /// Only the owner, present on the page, at that moment.
    HumanOnly,
    /// The network's API does not offer it.
    Unavailable,
    /// No code path.
    Forbidden,
}

/// The way by which an act comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The page, in a browser's session.
    Page,
    /// The REST API, with a token.
    Rest,
    /// The command line.
    Cli,
    /// An agent's tools.
    Mcp,
    /// A series, a queue or an event that places posts by itself.
    Series,
    /// A file.
    Import,
    /// A feed or a hook from outside.
    Webhook,
}

/// Whether an act may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may.
    Allowed,
    /// Not this way or not by this member: the owner may, present on the page.
    HumanOnly,
    /// The network does not offer it.
    Unavailable,
    /// It may not, by anyone.
    Forbidden,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'p> {
    /// Whether it may happen.
    pub verdict: Verdict,
    /// The rule that decided; `None` if no rule names the action, which forbids it.
    pub rule: Option<&'p Rule>,
    /// Conditions of the rules that allow it, to be shown.
    pub conditions: Vec<&'p Rule>,
}

/// A rule whose source is old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale<'p> {
    /// The rule.
    pub rule: &'p Rule,
    /// When its source was read.
    pub as_of: Date,
    /// How long ago, in days.
    pub days: i32,
}

/// What is wrong with the file itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Two rules have one name.
    #[error("the rule {id} stands there twice")]
    RuleTwice {
        /// The name.
        id: String,
    },
    /// A rule or limit names a source that is not listed.
    #[error("{whose} names the source {source_name}, which is not listed")]
    NoSuchSource {
        /// The rule's or network's name.
        whose: String,
        /// The source's short name.
        source_name: String,
    },
}

impl Entry {
    /// Every way in.
    pub const ALL: [Self; 7] = [Self::Page, Self::Rest, Self::Cli, Self::Mcp, Self::Series, Self::Import, Self::Webhook];
}

impl Rule {
    /// What this rule alone says to `entry` and `actor` (`None`: no member, such as a worker or an agent).
    pub fn decide(&self, entry: Entry, actor: Option<Role>) -> Verdict {
        match self.verdict {
            Saying::ScheduleOk | Saying::Warn => Verdict::Allowed,
            Saying::HumanOnly if entry == Entry::Page && actor == Some(Role::Owner) => Verdict::Allowed,
            Saying::HumanOnly => Verdict::HumanOnly,
            Saying::Unavailable => Verdict::Unavailable,
            Saying::Forbidden => Verdict::Forbidden,
        }
    }

    /// Whether it speaks of `action` on `network`.
    pub fn concerns(&self, network: &str, action: &str) -> bool {
        let here = self.network == network || self.network == EVERYWHERE;
        here && (self.action == action || self.covers.iter().any(|covered| covered == action))
    }
}

impl Policy {
    /// Whether names are unique and sources listed.
    pub fn check(&self) -> Result<(), PolicyFault> {
        let mut seen = std::collections::BTreeSet::new();
        for rule in &self.rules {
            if !seen.insert(rule.id.as_str()) {
                return Err(PolicyFault::RuleTwice { id: rule.id.clone() });
            }
        }
        let of_rules = self.rules.iter().filter_map(|rule| Some((&rule.id, rule.source.as_ref()?)));
        let of_limits = self.limits.iter().filter_map(|(network, limit)| Some((network, limit.source.as_ref()?)));
        match of_rules.chain(of_limits).find(|(_, source)| !self.sources.contains_key(*source)) {
            Some((whose, source)) => Err(PolicyFault::NoSuchSource { whose: whose.clone(), source_name: source.clone() }),
            None => Ok(()),
        }
    }

    /// Whether `action` on `network` may happen when it comes through `entry` from `actor`. The strictest rule decides.
    pub fn decide(&self, network: &str, action: &str, entry: Entry, actor: Option<Role>) -> Decision<'_> {
        let speaking: Vec<&Rule> = self.rules.iter().filter(|rule| rule.concerns(network, action)).collect();
        // Of equally strict rules the first stands, which is the network's own.
        let strictest = speaking.iter().copied().rev().max_by_key(|rule| rule.decide(entry, actor));
        let verdict = strictest.map_or(Verdict::Forbidden, |rule| rule.decide(entry, actor));
        let conditions =
            if verdict == Verdict::Allowed { speaking.into_iter().filter(|rule| rule.condition.is_some()).collect() } else { Vec::new() };
        Decision { verdict, rule: strictest, conditions }
    }

    /// The first rule that forbids `action` on `network` whoever asks.
    pub fn forbids(&self, network: &str, action: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.concerns(network, action) && rule.verdict == Saying::Forbidden)
    }

    /// A rule by its name.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// When a rule's source was read; the edition's day for house rules.
    pub fn as_of(&self, rule: &Rule) -> Date {
        rule.source.as_ref().and_then(|source| self.sources.get(source)).map_or(self.version, |source| source.as_of)
    }

    /// Rules whose source was read more than [`STALE_AFTER_DAYS`] before `today`, the oldest first.
    pub fn stale(&self, today: Date) -> Vec<Stale<'_>> {
        let aged = self.rules.iter().map(|rule| {
            let as_of = self.as_of(rule);
            Stale { rule, as_of, days: as_of.duration_until(today).as_hours().div_euclid(24) as i32 }
        });
        let mut stale: Vec<Stale<'_>> = aged.filter(|stale| stale.days > STALE_AFTER_DAYS).collect();
        stale.sort_by_key(|stale| stale.as_of);
        stale
    }
}

impl Decision<'_> {
    /// The code of a refusal, such as `policy.X3`.
    pub fn code(&self) -> String {
        format!("policy.{}", self.rule.map_or("unnamed", |rule| rule.id.as_str()))
    }

    /// Whether it may happen.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verdict {
            Verdict::Allowed => return f.write_str("it may be done"),
            Verdict::HumanOnly => f.write_str("only the owner may do this, on the page, at that moment")?,
            Verdict::Unavailable => f.write_str("the network does not offer this; open it there")?,
            Verdict::Forbidden => f.write_str("this is not done by a machine")?,
        }
        write!(f, " ({})", self.code())?;
        match self.rule.and_then(|rule| rule.condition.as_deref()) {
            Some(condition) => write!(f, ": {condition}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Stale<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, as_of, days } = self;
        write!(f, "the rule {} ({} on {}) was read on {as_of}, {days} days ago; read its source again", rule.id, rule.action, rule.network)
    }
}

#[cfg(test)]
mod tests;
