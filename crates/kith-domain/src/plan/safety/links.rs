//! What follows from what is known of a post's links. Looking them up is the engine's, with the safe client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Field, Finding, rule};
use crate::plan::entity::{Span, link_starts_with_scheme, links};
use crate::plan::policy::LinkRules;

/// What was seen of each address, by the address as [`addresses`] writes it.
pub type LinkReport = BTreeMap<String, LinkState>;

/// What was seen when a link was looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LinkState {
    /// It answers.
    Alive,
    /// It answers that there is nothing: 404 or 410.
    Gone {
        /// What it said.
        why: String,
    },
    /// The machine is there and nothing listens.
    Refused {
        /// What was seen.
        why: String,
    },
    /// It does not answer as it should: 5xx, a time-out, an unknown name, a broken certificate. It may work tomorrow.
    Failing {
        /// What it said.
        why: String,
    },
    /// It answers only to those who are let in (401, 403, 429), or Kith does not ask there: nothing can be said.
    Closed,
    /// It leads to a private network, where no reader can follow.
    Private,
}

/// The addresses of a text, each once, with a scheme: what the engine looks up.
pub fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for span in all(text) {
        let address = address(span.of(text));
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Links as people write them, and whatever begins with http:// or https:// though no public name follows: a reader's
/// app may make a link of `http://192.168.1.4/` too.
fn all(text: &str) -> Vec<Span> {
    let mut found = links(text);
    let lower = text.to_ascii_lowercase();
    for scheme in ["http://", "https://"] {
        for (start, _) in lower.match_indices(scheme) {
            let end = text.get(start..).and_then(|rest| rest.find(|c: char| c.is_whitespace() || "<>\"`".contains(c)));
            let link = text.get(start..end.map_or(text.len(), |end| start + end)).unwrap_or_default();
            let link = link.trim_end_matches(|c: char| ".,;:!?)]}'*_".contains(c));
            let is_known = found.iter().any(|span| span.start < start + link.len() && start < span.end);
            if !is_known && link.len() > scheme.len() {
                found.push(Span::new(start, start + link.len()));
            }
        }
    }
    found.sort_by_key(|span| span.start);
    found
}

fn address(link: &str) -> String {
    if link_starts_with_scheme(link) { link.to_owned() } else { format!("https://{link}") }
}

/// What is wrong with the links of a text. A link that was not looked up is not spoken of.
pub fn judge(text: &str, report: &LinkReport, rules: &LinkRules) -> Vec<Finding> {
    if report.is_empty() {
        return Vec::new();
    }
    let found = all(text).into_iter().filter_map(|span| {
        let link = span.of(text);
        let (severity, words, way_out) = match report.get(&address(link))? {
            LinkState::Alive | LinkState::Closed => return None,
            LinkState::Gone { why } => {
                (rules.gone, format!("the link {link} leads nowhere ({why})"), "correct the address, or take the link out")
            }
            LinkState::Refused { why } => (
                rules.refused,
                format!("nothing answers behind the link {link} ({why})"),
                "start the page's server, or correct the address",
            ),
            LinkState::Failing { why } => (
                rules.failing,
                format!("the link {link} could not be reached just now ({why})"),
                "open it yourself and see whether it works",
            ),
            LinkState::Private => {
                (rules.private, format!("the link {link} leads to a private network"), "give an address that your readers can open")
            }
        };
        Some(Finding::new(rule::DEAD_LINK, severity, Field::Text, words, way_out).at(span))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Severity;

    #[test]
    fn a_dead_link_is_refused_and_a_slow_one_is_told() {
        let text = "One https://a.example/gone two b.example.com three https://c.example/slow four http://d.example/ok https://e.example/x";
        assert_eq!(addresses("see a.com and a.com, https://a.com/x"), ["https://a.com", "https://a.com/x"]);
        assert_eq!(addresses("(http://192.168.1.4/x) HTTP://localhost:80/, https://"), ["http://192.168.1.4/x", "HTTP://localhost:80/"]);
        let text = text.replace(".example/", ".com/");
        let gone = LinkState::Gone { why: "404".into() };
        let report = LinkReport::from([
            ("https://a.com/gone".to_owned(), gone),
            ("https://b.example.com".to_owned(), LinkState::Private),
            ("https://c.com/slow".to_owned(), LinkState::Failing { why: "no answer in 5 s".into() }),
            ("http://d.com/ok".to_owned(), LinkState::Alive),
            ("https://e.com/x".to_owned(), LinkState::Refused { why: "refused".into() }),
        ]);
        let found = judge(&text, &report, &LinkRules::default());
        let shown: Vec<(Severity, &str)> = found.iter().map(|f| (f.severity, f.span.unwrap().of(&text))).collect();
        assert_eq!(
            shown,
            [
                (Severity::Refuse, "https://a.com/gone"),
                (Severity::Refuse, "b.example.com"),
                (Severity::Warn, "https://c.com/slow"),
                (Severity::Hold, "https://e.com/x")
            ]
        );
        assert_eq!(found[0].words, "the link https://a.com/gone leads nowhere (404)");
    }
}
