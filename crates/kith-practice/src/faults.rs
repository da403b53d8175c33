//! Faults on request: which requests go wrong, and how.
//!
//! A rule matches by method and path prefix and strikes either a number of times or every k-th time. This file only
//! decides; `http::gate` carries the decision out.

use serde::{Deserialize, Serialize};

use crate::limits::FAULT_RULES_MAX;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    /// Done, then the connection closes without an answer.
    DropAfterCommit,
    /// Done, then answered with 500.
    #[serde(rename = "status_500_after_commit")]
    Status500AfterCommit,
    /// The connection closes at once; done so many milliseconds of the server's clock later.
    LateAcceptMs(u32),
    /// Not done; 429 with this `Retry-After`.
    RateLimited { retry_after_s: u32 },
    /// Not done and never answered.
    Hang,
    /// Done, then answered with JSON that breaks off.
    MalformedJson,
    /// Not done; answered with this status.
    Status(u16),
}

/// Which requests a rule means; empty parts mean any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Match {
    pub method: Option<String>,
    pub path_prefix: Option<String>,
}

/// A rule as it is asked for. Without `count` and `every` it strikes once; with `every` alone it never ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(rename = "match", default)]
    pub when: Match,
    pub effect: Effect,
    #[serde(default)]
    pub count: Option<u32>,
    #[serde(default)]
    pub every: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
struct Armed {
    #[serde(flatten)]
    rule: Rule,
    seen: u32,
    struck: u32,
}

/// The rules in force.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Faults {
    rules: Vec<Armed>,
}

impl Faults {
    /// Puts a rule in force; false when too many are already.
    pub(crate) fn arm(&mut self, rule: Rule) -> bool {
        self.rules.retain(|armed| !armed.is_spent());
        if self.rules.len() >= FAULT_RULES_MAX {
            return false;
        }
        self.rules.push(Armed { rule, seen: 0, struck: 0 });
        true
    }

    /// Ends all rules.
    pub(crate) fn reset(&mut self) {
        self.rules.clear();
    }

    /// What shall go wrong with this request: the first rule that strikes decides.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Option<Effect> {
        self.rules.iter_mut().find_map(|armed| armed.strike(method, path))
    }
}

impl Armed {
    fn is_spent(&self) -> bool {
        let times = match (self.rule.count, self.rule.every) {
            (Some(count), _) => count,
            (None, Some(_)) => return false,
            (None, None) => 1,
        };
        self.struck >= times
    }

    fn strike(&mut self, method: &str, path: &str) -> Option<Effect> {
        let when = &self.rule.when;
        let matches = when.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method))
            && when.path_prefix.as_ref().is_none_or(|p| path.starts_with(p.as_str()));
        if !matches || self.is_spent() {
            return None;
        }
        self.seen += 1;
        if self.rule.every.is_some_and(|every| every > 1 && !self.seen.is_multiple_of(every)) {
            return None;
        }
        self.struck += 1;
        Some(self.rule.effect.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).expect("a rule")
    }

    #[test]
    fn every_effect_has_its_name_in_json() {
        for (name, effect) in [
            (r#""drop_after_commit""#, Effect::DropAfterCommit),
            (r#""status_500_after_commit""#, Effect::Status500AfterCommit),
            (r#"{"late_accept_ms":20}"#, Effect::LateAcceptMs(20)),
            (r#"{"rate_limited":{"retry_after_s":7}}"#, Effect::RateLimited { retry_after_s: 7 }),
            (r#""hang""#, Effect::Hang),
            (r#""malformed_json""#, Effect::MalformedJson),
            (r#"{"status":503}"#, Effect::Status(503)),
        ] {
            assert_eq!(rule(&format!(r#"{{"effect":{name}}}"#)).effect, effect);
        }
    }

    #[test]
    fn a_rule_strikes_its_count_or_every_kth_time() {
        let mut faults = Faults::default();
        faults.arm(rule(r#"{"match":{"method":"POST","path_prefix":"/a"},"effect":"hang","count":2}"#));
        let strikes = |faults: &mut Faults, method: &str| faults.strike(method, "/a/b").is_some();
        assert!(!strikes(&mut faults, "GET"));
        assert_eq!([0; 3].map(|_| strikes(&mut faults, "post")), [true, true, false]);
        faults.arm(rule(r#"{"effect":"hang","every":3}"#));
        assert_eq!([0; 6].map(|_| strikes(&mut faults, "GET")), [false, false, true, false, false, true]);
        faults.reset();
        assert!(!strikes(&mut faults, "GET"));
    }
}
