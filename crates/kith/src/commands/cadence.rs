//! `kith cadence …`: what the owner allows each channel; what passes it is stored held until her yes.

use clap::Subcommand;
use kith_domain::mandate::Door;
use kith_domain::schedule::CadenceCaps;
use kith_engine::{Problem, ProgramEdit};

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
        #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
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
    let mut rules = session.kith.plan_rules(workspace).await?;
    match command {
        Cadence::List(json) => {
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
            let known = session.kith.channel_lines(workspace).await?;
            if !known.iter().any(|one| one.name == channel) {
                return Err(Problem::NotThere(format!("no channel is called {channel:?}; see: kith channel list")).into());
            }
            let caps = rules.caps.entry(channel.clone()).or_default();
            put(&mut caps.per_day_max, per_day);
            put(&mut caps.gap_minutes_min, gap);
            put(&mut caps.promotion_percent_max, promotion);
            put(&mut caps.broadcasts_per_answer_max, broadcasts_per_answer);
            let said = words(caps);
            session.kith.change_program(&session.operator, &ProgramEdit::Rules(Box::new(rules)), Door::Cli).await?;
            say(&format!("{channel}: {said}. What passes this is held until your yes."))
        }
    }
}

fn put(cap: &mut Option<u32>, wish: Option<u32>) {
    if let Some(wish) = wish {
        *cap = Some(wish).filter(|wish| *wish > 0);
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
