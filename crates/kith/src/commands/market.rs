//! `kith market …`: where readers are and when they look, and plans addressed to them (B6).

use clap::{Args, Subcommand};
use kith_domain::schedule::{Addressed, Wanted};
use kith_engine::{MarketsWish, Meaning, ProgramEdit, SourceKind};

use crate::cli::Json;
use crate::commands::program::{How, Texts, apply};
use crate::commands::{Refused, Session, line, say};

/// The words of `kith market`.
#[derive(Debug, Subcommand)]
pub(crate) enum Market {
    /// A market with its zone and hours, such as "New York: America/New_York 6-7"
    Set {
        /// NAME: ZONE HOURS
        market: String,
        #[command(flatten)]
        how: How,
    },
    /// All markets, with what hour it is there
    List(Json),
    /// Take one away; plans addressed to it keep its hours
    Drop {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// Posts for one or several markets: each at its own hour, or once when most of them look
    Plan(PlanMarket),
    /// All plans that are addressed to markets
    Plans(Json),
    /// End such a plan; what has not gone out is called off
    End {
        /// The plan's name
        name: String,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PlanMarket {
    /// What to call the plan
    name: String,
    /// The markets by name, divided by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "MARKETS")]
    to: Vec<String>,
    /// Once, when most of them look; else one post for each market at its hour
    #[arg(long)]
    overlap: bool,
    /// On which days and how many, such as "Mon-Fri, one a day"; one a day if left out
    #[arg(long, value_name = "TEXT")]
    rhythm: Option<String>,
    /// Time zone of those days; the workspace's if left out
    #[arg(long)]
    zone: Option<String>,
    /// Channels by name, divided by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
    channels: Vec<String>,
    /// By which it is counted and paused
    #[arg(long)]
    category: Option<String>,
    /// A market's own words, such as "New York: Good morning, Brooklyn"; may be repeated
    #[arg(long, value_name = "MARKET: TEXT")]
    wording: Vec<String>,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    how: How,
}

pub(crate) async fn run(session: &Session, command: Market) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    let space = operator.workspace;
    match command {
        Market::Set { market, how } => apply(session, kith.market_edit(space, &market).await?, how).await,
        Market::Drop { name, how } => apply(session, kith.market_drop(space, &name).await?, how).await,
        Market::Plan(PlanMarket { name, to, overlap, rhythm, zone, channels, category, wording, texts, how }) => {
            let wish = MarketsWish { name, to, overlap, rhythm, zone, channels, category, texts: texts.all()?, wordings: wording };
            apply(session, kith.markets_edit(operator, &wish).await?, how).await
        }
        Market::End { name, how } => apply(session, ProgramEdit::Drop { kind: SourceKind::Markets, name }, how).await,
        Market::List(json) => {
            let markets = kith.plan_rules(space).await?.markets;
            for market in &markets {
                if json.json {
                    line(market)?;
                } else {
                    say(&format!("{}  {} {}; it is {}", market.name, market.zone, market.hours, market.at(kith.now())))?;
                }
            }
            if markets.is_empty() && !json.json {
                say("There is no market yet. Set one: kith market set \"New York: America/New_York 6-7\"")
            } else {
                Ok(())
            }
        }
        Market::Plans(json) => {
            for one in kith.sources_of(space, SourceKind::Markets).await? {
                if json.json {
                    line(&one)?;
                } else if let Meaning::Plan { wanted: Wanted::Markets { drafts, markets, how, .. }, .. } = &one.meaning {
                    let to = markets.iter().map(|market| market.name.as_str()).collect::<Vec<_>>().join(", ");
                    let how = if *how == Addressed::Each { "each at its hour" } else { "once for most of them" };
                    say(&format!("{}  {} posts for {to}, {how}", one.name, drafts.len()))?;
                }
            }
            Ok(())
        }
    }
}
