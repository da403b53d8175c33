//! Readers elsewhere (B6): markets as people define them, and plans that are addressed to them.

use kith_domain::ids::WorkspaceId;
use kith_domain::schedule::market::MARKETS_MAX;
use kith_domain::schedule::{Addressed, Draft, Market, Rhythm, Wanted, Windows, ZoneName};

use super::verbs::{invalid, put, zone_of};
use super::{ProgramEdit, SourceKind, named};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// Posts for readers elsewhere.
#[derive(Debug, Clone, Default)]
pub struct MarketsWish {
    /// What the plan is called.
    pub name: String,
    /// The markets by name.
    pub to: Vec<String>,
    /// Once, in the hours in which most of them look; else one post for each market at its own hour.
    pub overlap: bool,
    /// On which days and how many, such as `Mon-Fri, one a day`; one a day if `None`.
    pub rhythm: Option<String>,
    /// The zone of its days; the workspace's if `None`.
    pub zone: Option<String>,
    /// Channels by name.
    pub channels: Vec<String>,
    /// By which it is counted and paused.
    pub category: Option<String>,
    /// The texts, in their order.
    pub texts: Vec<String>,
    /// A market's own words for the only text, such as `New York: Good morning, Brooklyn`.
    pub wordings: Vec<String>,
}

impl Kith {
    /// A market, new or in place of the one with its name: `New York: America/New_York 6-7`.
    pub async fn market_edit(&self, workspace: WorkspaceId, text: &str) -> Result<ProgramEdit, Problem> {
        let market = parse_market(text)?;
        self.rules_edit(workspace, |rules| {
            if let Some(known) = rules.markets.iter_mut().find(|known| known.name == market.name) {
                *known = market;
            } else if rules.markets.len() < MARKETS_MAX {
                rules.markets.push(market);
            } else {
                return Err(invalid("market", &format!("there are {MARKETS_MAX} markets already; drop one first")));
            }
            Ok(())
        })
        .await
    }

    /// A market is no more. Plans that are addressed to it keep its hours until they are changed.
    pub async fn market_drop(&self, workspace: WorkspaceId, name: &str) -> Result<ProgramEdit, Problem> {
        self.rules_edit(workspace, |rules| {
            chosen(&rules.markets, name)?;
            rules.markets.retain(|market| market.name != name);
            Ok(())
        })
        .await
    }

    /// Posts for one or several markets, new or in place of the plan with this name.
    pub async fn markets_edit(&self, operator: &Operator, wish: &MarketsWish) -> Result<ProgramEdit, Problem> {
        let channels = self.checked_channels(operator.workspace, &wish.channels).await?;
        let known = self.plan_rules(operator.workspace).await?.markets;
        let mut markets: Vec<Market> = Vec::new();
        for name in &wish.to {
            let market = chosen(&known, name.trim())?;
            // Named twice, it is meant once: its readers would get everything twice.
            if !markets.iter().any(|one| one.name == market.name) {
                markets.push(market);
            }
        }
        if markets.is_empty() {
            return Err(invalid("to", "name the markets it is addressed to, such as New York"));
        }
        let rhythm = match wish.rhythm.as_deref() {
            Some(text) => Rhythm::parse(text).map_err(|error| invalid("rhythm", &error.to_string()))?,
            None => Rhythm::one_a_day(),
        };
        let texts: Vec<&str> = wish.texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err(invalid("text", "write at least one post"));
        }
        if !wish.wordings.is_empty() && (texts.len() > 1 || wish.overlap) {
            return Err(invalid(
                "wording",
                "a market's own words go with one text and a post for each market; plan the others by themselves",
            ));
        }
        let mut drafts: Vec<Draft> = texts
            .into_iter()
            .map(|text| Draft {
                channels: channels.clone(),
                category: category(wish.category.as_deref()),
                ..Draft::new(self.item_key(), text, &[])
            })
            .collect();
        for wording in &wish.wordings {
            let (name, words) = wording
                .split_once(':')
                .ok_or_else(|| invalid("wording", "write it as MARKET: TEXT, such as New York: Good morning, Brooklyn"))?;
            let market = chosen(&markets, name.trim())?;
            for draft in &mut drafts {
                draft.wordings.insert(market.name.clone(), words.trim().to_owned());
            }
        }
        let how = if wish.overlap { Addressed::BestOverlap } else { Addressed::Each };
        let zone = zone_of(wish.zone.as_deref(), operator)?;
        Ok(put(SourceKind::Markets, &wish.name, Wanted::Markets { drafts, markets, how, rhythm, zone }))
    }
}

/// A category as it is compared: in lower case, none if nothing is written.
pub(super) fn category(text: Option<&str>) -> Option<String> {
    text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())
}

fn chosen(markets: &[Market], name: &str) -> Result<Market, Problem> {
    markets.iter().find(|market| market.name == name).cloned().ok_or_else(|| {
        let names = markets.iter().map(|market| format!("{:?}", market.name)).collect::<Vec<_>>().join(", ");
        let known = if names.is_empty() {
            "define it first, such as New York: America/New_York 6-7".to_owned()
        } else {
            format!("there are {names}")
        };
        Problem::NotThere(format!("no market is called {name:?}; {known}"))
    })
}

/// Reads `New York: America/New_York 6-7`; hours without days are those of every day.
fn parse_market(text: &str) -> Result<Market, Problem> {
    let form = || invalid("market", "write it as NAME: ZONE HOURS, such as New York: America/New_York 6-7");
    let (name, rest) = text.split_once(':').ok_or_else(form)?;
    let (zone, hours) = rest.trim().split_once(char::is_whitespace).ok_or_else(form)?;
    let zone = ZoneName::parse(zone).map_err(|error| invalid("zone", &error.to_string()))?;
    let hours = hours.trim();
    let hours = if hours.starts_with(|c: char| c.is_ascii_digit()) { format!("daily {hours}") } else { hours.to_owned() };
    let hours = Windows::parse(&hours).map_err(|error| invalid("hours", &error.to_string()))?;
    Ok(Market { name: named(name)?, zone, hours })
}
