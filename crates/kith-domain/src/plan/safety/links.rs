//! What follows from what is known of a post's links. Looking them up is the engine's, with the safe client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Field, Finding, rule};
use crate::plan::Severity;
use crate::plan::entity::{link_starts_with_scheme, links};

/// What was seen of each address, by the address as [`addresses`] writes it.
pub type LinkReport = BTreeMap<String, LinkState>;

/// What was seen when a link was looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LinkState {
    /// It answers.
    Alive,
    /// It answers that there is nothing: 404 or 410, or the name does not exist.
    Gone {
        /// What it said.
        why: String,
    },
    /// It does not answer as it should: 5xx, a time-out, a broken certificate. It may work tomorrow.
    Failing {
        /// What it said.
        why: String,
    },
    /// It answers only to those who are let in (401, 403, 429): nothing can be said.
    Closed,
    /// It leads to a private network, where no reader can follow.
    Private,
}

/// The addresses of a text, each once, with a scheme: what the engine looks up.
pub fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for span in links(text) {
        let address = address(span.of(text));
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

fn address(link: &str) -> String {
    if link_starts_with_scheme(link) { link.to_owned() } else { format!("https://{link}") }
}

/// What is wrong with the links of a text. A link that was not looked up is not spoken of.
pub fn judge(text: &str, report: &LinkReport) -> Vec<Finding> {
    if report.is_empty() {
        return Vec::new();
    }
    let found = links(text).into_iter().filter_map(|span| {
        let link = span.of(text);
        let (severity, words, way_out) = match report.get(&address(link))? {
            LinkState::Alive | LinkState::Closed => return None,
            LinkState::Gone { why } => {
                (Severity::Refuse, format!("the link {link} leads nowhere ({why})"), "correct the address, or take the link out")
            }
            LinkState::Failing { why } => (
                Severity::Warn,
                format!("the link {link} does not answer now ({why})"),
                "look whether it works; it is tried again before the post goes out",
            ),
            LinkState::Private => {
                (Severity::Refuse, format!("the link {link} leads to a private network"), "give an address that your readers can open")
            }
        };
        Some(Finding::new(rule::DEAD_LINK, severity, Field::Text, words, way_out).at(span))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_is_refused_and_a_slow_one_is_told() {
        let text = "One https://a.example/gone two b.example.com three https://c.example/slow four http://d.example/ok https://e.example/x";
        assert_eq!(addresses("see a.com and a.com, https://a.com/x"), ["https://a.com", "https://a.com/x"]);
        let text = text.replace(".example/", ".com/");
        let gone = LinkState::Gone { why: "404".into() };
        let report = LinkReport::from([
            ("https://a.com/gone".to_owned(), gone),
            ("https://b.example.com".to_owned(), LinkState::Private),
            ("https://c.com/slow".to_owned(), LinkState::Failing { why: "no answer in 5 s".into() }),
            ("http://d.com/ok".to_owned(), LinkState::Alive),
        ]);
        let found = judge(&text, &report);
        let shown: Vec<(Severity, &str)> = found.iter().map(|f| (f.severity, f.span.unwrap().of(&text))).collect();
        assert_eq!(
            shown,
            [(Severity::Refuse, "https://a.com/gone"), (Severity::Refuse, "b.example.com"), (Severity::Warn, "https://c.com/slow")]
        );
        assert_eq!(found[0].words, "the link https://a.com/gone leads nowhere (404)");
    }
}
