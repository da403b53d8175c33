//! One idea on several channels, and one text from several accounts of a network (B9, X3, M4).

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use kith_domain::plan::framing::same::Sames;
use kith_domain::plan::framing::{self, Framed, Likeness, SAME_WITHIN_DAYS};
use kith_domain::plan::{Problem as PlanProblem, Severity, problem::Reason};
use kith_domain::schedule::PlannedItem;

use super::{Desk, Found, SAME_TEXT};

/// Where and when something is said, and in which row of the plan; `None` for what was planned before.
type Said<'s> = (&'s str, Timestamp, Option<usize>);

impl Desk<'_> {
    /// One idea on several channels.
    pub(super) fn framing(&self, found: &mut Found) {
        let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, (item, _, _)) in self.items.iter().enumerate() {
            rows.entry(item.row).or_default().push(index);
        }
        for of_row in rows.into_values().filter(|items| items.len() > 1) {
            let items: Vec<(usize, &PlannedItem)> = of_row.iter().filter_map(|index| Some((*index, &self.items.get(*index)?.0))).collect();
            let framed: Vec<Framed<'_>> = items
                .iter()
                .map(|(_, item)| Framed {
                    channel: &item.channel,
                    network: &item.network,
                    text: &item.text,
                    day: Some(item.civil.at.date()),
                })
                .collect();
            for likeness in framing::judge(&framed, None, self.policy) {
                let (rule, severity, channels) = match &likeness {
                    Likeness::Refused { rule, channels, .. } => (format!("policy.{rule}"), Severity::Refuse, channels.to_vec()),
                    Likeness::Held { channels, .. } => ("alike".to_owned(), Severity::Hold, channels.clone()),
                    Likeness::Same { channels, .. } => ("same".to_owned(), Severity::Warn, channels.to_vec()),
                };
                let day = if let Likeness::Held { day, .. } = &likeness { *day } else { None };
                let concerned =
                    items.iter().filter(|(_, item)| channels.contains(&item.channel) && day.is_none_or(|day| item.civil.at.date() == day));
                // A hold is each delivery's; what refuses or is worth a look is said once.
                let most = if severity == Severity::Hold { usize::MAX } else { 1 };
                for (index, item) in concerned.take(most) {
                    let words = self.dated(&rule, &likeness.to_string());
                    let reason = Reason::Safety { rule: rule.clone(), words, span: None };
                    let problem = PlanProblem::refuse(item.source.line, None, reason, likeness.way_out()).in_column(self.column(item));
                    if let Some(found) = found.get_mut(*index) {
                        found.push(PlanProblem { severity, ..problem });
                    }
                }
            }
        }
    }

    /// A network's rule is said with the day on which its source was read.
    fn dated(&self, rule: &str, words: &str) -> String {
        let rule = rule.strip_prefix("policy.").and_then(|id| self.policy.rule(id));
        rule.map_or_else(|| words.to_owned(), |rule| format!("{words}; the rule was read on {}", self.policy.as_of(rule)))
    }

    /// The same words from two accounts of one network, in other rows or planned before (X3, M4).
    pub(super) fn same_text(&self, found: &mut Found) {
        let within = SignedDuration::from_hours(24 * i64::from(SAME_WITHIN_DAYS));
        let mut seen: HashMap<&str, (Sames, Vec<Said<'_>>)> = HashMap::new();
        for channel in self.channels.iter().filter(|channel| self.policy.forbids(channel.network.as_str(), SAME_TEXT).is_some()) {
            let Some(around) = self.around.get(channel.name.as_str()) else { continue };
            let (sames, said) = seen.entry(channel.network.as_str()).or_default();
            for (text, at) in &around.texts {
                if sames.add(text).is_some() {
                    said.push((&channel.name, *at, None));
                }
            }
        }
        for (found, (item, _, _)) in found.iter_mut().zip(self.items) {
            let Some(rule) = self.policy.forbids(&item.network, SAME_TEXT) else { continue };
            let (sames, said) = seen.entry(item.network.as_str()).or_default();
            // Rows are judged as one idea already.
            let is_other = |(channel, at, row): &Said<'_>| {
                *channel != item.channel && *row != Some(item.row) && at.duration_since(item.due_at).abs() <= within
            };
            let other = sames
                .same_as(&item.text)
                .into_iter()
                .find_map(|(number, alike)| Some((said.get(number).filter(|one| is_other(one))?, alike)));
            if let Some(((other, at, _), alike)) = other {
                let at = at.to_zoned(item.civil.zone.rules().clone()).strftime("%Y-%m-%d").to_string();
                let same = if alike < 1.0 { "nearly the same" } else { "the same" };
                let words = format!("{other} says {same} on {at}, and {} forbids the same text from several accounts", item.network);
                let rule = format!("policy.{}", rule.id);
                let reason = Reason::Safety { words: self.dated(&rule, &words), rule, span: None };
                let way_out = "say it there in other words, or leave one of the two accounts out";
                found.push(PlanProblem::refuse(item.source.line, None, reason, way_out).in_column(self.column(item)));
            }
            if sames.add(&item.text).is_some() {
                said.push((&item.channel, item.due_at, Some(item.row)));
            }
        }
    }
}
