//! The networks' rules as this build has them, read once, and what they say at each door.

use std::sync::LazyLock;

use jiff::Timestamp;
use kith_domain::mandate::Door;
use kith_domain::plan::policy::{Entry, Policy};
use kith_domain::plan::{Problem as PlanProblem, problem::Reason};

use crate::kith::Kith;
use crate::problem::{Problem, internal};

/// The rules as this edition has them; they stand beside the code that knows what they mean.
const EDITION: &str = include_str!("../../../kith-domain/policy.toml");
/// The action that a broadcast is, by its name in the rules.
const POST: &str = "post";

static POLICY: LazyLock<Result<Policy, String>> = LazyLock::new(|| {
    let policy: Policy = toml::from_str(EDITION).map_err(|error| error.to_string())?;
    policy.check().map_err(|fault| fault.to_string())?;
    Ok(policy)
});

/// The rules, or why this build's own file can't be read.
pub(crate) fn policy() -> Result<&'static Policy, Problem> {
    POLICY.as_ref().map_err(|why| internal(&format!("policy.toml: {why}")))
}

/// The way in, as the rules name it.
pub(super) fn entry(door: &Door) -> Entry {
    match door {
        Door::Web { .. } => Entry::Page,
        Door::Cli | Door::Demo => Entry::Cli,
        Door::ImportFile { .. } => Entry::Import,
        Door::Feed { .. } => Entry::Webhook,
        Door::Api { .. } => Entry::Rest,
    }
}

/// Why nothing may be planned on `network` this way, if so: the rule, and the day on which its source was read.
pub(super) fn refused(network: &str, entry: Entry) -> Result<Option<PlanProblem>, Problem> {
    let policy = policy()?;
    let decision = policy.decide(network, POST, entry, None);
    if decision.is_allowed() {
        return Ok(None);
    }
    let as_of = decision.rule.map_or(policy.version, |rule| policy.as_of(rule));
    let words = format!("{decision}; the rule was read on {as_of}");
    let reason = Reason::Safety { rule: decision.code(), words, span: None };
    Ok(Some(PlanProblem::refuse(None, "channels", reason, format!("leave the channels on {network} out, and post there yourself"))))
}

impl Kith {
    /// Rules whose source was read too long ago to be sure of, the oldest first, each in a sentence.
    pub fn stale_rules(&self) -> Result<Vec<String>, Problem> {
        stale_at(self.now())
    }
}

fn stale_at(now: Timestamp) -> Result<Vec<String>, Problem> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    Ok(policy()?.stale(today).iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_this_build_are_read_and_age() {
        let told = stale_at("2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
        assert!(told.iter().any(|line| line.starts_with("the rule B2 ") && line.contains("was read on 2025-04-01")), "{told:?}");
        assert!(stale_at("2030-01-01T00:00:00Z".parse().unwrap()).unwrap().len() > told.len());
    }

    #[test]
    fn what_no_rule_allows_is_refused_with_the_rules_name_and_date() {
        assert_eq!(refused("mastodon", Entry::Import).unwrap(), None);
        let problem = refused("facebook", Entry::Rest).unwrap().unwrap();
        assert!(problem.refuses());
        assert_eq!(problem.code(), "policy.unnamed");
        assert!(problem.to_string().contains("read on 20"), "{problem}");
    }
}
