//! `kith pause …` and `kith resume …`: a category, a channel or the whole program stands still, and goes on (B3).

use clap::{Args, Subcommand};
use kith_engine::PauseWish;

use crate::cli::Json;
use crate::commands::program::{How, apply};
use crate::commands::{Refused, Session, line, say};

/// The words of `kith pause`.
#[derive(Debug, Subcommand)]
pub(crate) enum Pause {
    /// The whole program
    Everything(Stillness),
    /// One category, on all channels or one
    Category {
        /// The category
        category: String,
        /// Only on this channel
        #[arg(long)]
        channel: Option<String>,
        #[command(flatten)]
        still: Stillness,
    },
    /// One channel
    Channel {
        /// Its name
        channel: String,
        #[command(flatten)]
        still: Stillness,
    },
    /// What stands still, until when and why
    List(Json),
}

#[derive(Debug, Args)]
pub(crate) struct Stillness {
    /// Until when, a date or a local time; until you say so if left out
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    how: How,
}

/// The words of `kith resume`.
#[derive(Debug, Subcommand)]
pub(crate) enum Resume {
    /// The whole program
    Everything(How),
    /// One category, as it was paused
    Category {
        /// The category
        category: String,
        /// Only on this channel
        #[arg(long)]
        channel: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// One channel
    Channel {
        /// Its name
        channel: String,
        #[command(flatten)]
        how: How,
    },
}

pub(crate) async fn run(session: &Session, command: Pause) -> Result<(), Refused> {
    let (category, channel, Stillness { until, why, how }) = match command {
        Pause::List(json) => return list(session, json).await,
        Pause::Everything(still) => (None, None, still),
        Pause::Category { category, channel, still } => (Some(category), channel, still),
        Pause::Channel { channel, still } => (None, Some(channel), still),
    };
    let wish = PauseWish { category, channel, until, why };
    apply(session, session.kith.pause_edit(&session.operator, &wish).await?, how).await
}

pub(crate) async fn resume(session: &Session, command: Resume) -> Result<(), Refused> {
    let (category, channel, how) = match command {
        Resume::Everything(how) => (None, None, how),
        Resume::Category { category, channel, how } => (Some(category), channel, how),
        Resume::Channel { channel, how } => (None, Some(channel), how),
    };
    let wish = PauseWish { category, channel, ..PauseWish::default() };
    apply(session, session.kith.resume_edit(&session.operator, &wish).await?, how).await
}

async fn list(session: &Session, json: Json) -> Result<(), Refused> {
    let (rules, now) = (session.kith.plan_rules(session.operator.workspace).await?, session.kith.now());
    let pauses: Vec<_> = rules.pauses.iter().filter(|pause| pause.until.is_none_or(|until| until > now)).collect();
    for pause in &pauses {
        if json.json {
            line(pause)?;
        } else {
            let until = pause.until.map_or("until you say so".to_owned(), |until| format!("until {until}"));
            say(&format!("{}, {until}: {}", kith_engine::paused_in_words(&pause.scope), pause.why))?;
        }
    }
    if pauses.is_empty() && !json.json { say("Nothing is paused.") } else { Ok(()) }
}
