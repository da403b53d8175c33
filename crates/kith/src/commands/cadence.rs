//! `kith cadence …`: what the owner allows each channel; what passes it is stored held until her yes.

use clap::Subcommand;
use kith_domain::mandate::Door;
use kith_domain::schedule::CadenceCaps;
use kith_engine::CapsWish;

use crate::cli;
use crate::commands::{Refused, Session, line, say};

#[derive(Debug, Subcommand)]
pub(crate) enum Cadence {
    /// Set a channel's limits; what is left out stays as it is, 0 takes a limit away
    Set {
        /// The channel's name
        channel: String,
        /// Most posts a day
        #[arg(long, value_name = "N")]
        per_day: Option<u32>,
        /// Least minutes between two posts
        #[arg(long, value_name = "MINUTES")]
        gap: Option<u32>,
        /// Greatest share of promotion in 30 days
        #[arg(long, value_name = "PERCENT")]
        promotion: Option<u32>,
        /// Most broadcasts for each answer in 30 days
        #[arg(long, value_name = "N")]
        broadcasts_per_answer: Option<u32>,
    },
    /// All channels' limits
    List(cli::Json),
}

pub(crate) async fn run(session: &Session, command: Cadence) -> Result<(), Refused> {
    let workspace = session.operator.workspace;
    match command {
        Cadence::List(json) => {
            let rules = session.kith.plan_rules(workspace).await?;
            for (channel, caps) in &rules.caps {
                if json.json {
                    line(&serde_json::json!({ "channel": channel, "caps": caps }))?;
                } else {
                    say(&format!("{channel}: {}", words(caps)))?;
                }
            }
            Ok(())
        }
        Cadence::Set { channel, per_day, gap, promotion, broadcasts_per_answer } => {
            let wish = CapsWish { per_day, gap, promotion, broadcasts_per_answer };
            let edit = session.kith.caps_edit(workspace, &channel, &wish).await?;
            session.kith.change_program(&session.operator, &edit, Door::Cli).await?;
            let rules = session.kith.plan_rules(workspace).await?;
            let said = rules.caps.get(&channel).map_or_else(|| words(&CadenceCaps::default()), words);
            say(&format!("{channel}: {said}. What passes this is held until your yes."))
        }
    }
}

fn words(caps: &CadenceCaps) -> String {
    let parts = [
        caps.per_day_max.map(|n| format!("at most {n} a day")),
        caps.gap_minutes_min.map(|n| format!("at least {n} minutes apart")),
        caps.promotion_percent_max.map(|n| format!("at most {n} percent promotion")),
        caps.broadcasts_per_answer_max.map(|n| format!("at most {n} broadcasts for each answer")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no limit of your own".to_owned() } else { parts.join(", ") }
}
