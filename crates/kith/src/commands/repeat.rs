//! `kith repeat …`: the same post again and again, such as every Monday at 9.

use clap::{Args, Subcommand};
use kith_domain::schedule::Wanted;
use kith_engine::{Meaning, ProgramEdit, RecurringWish, SourceKind};

use crate::cli::Json;
use crate::commands::program::{How, apply};
use crate::commands::{Refused, Session, line, say};

/// The words of `kith repeat`.
#[derive(Debug, Subcommand)]
pub(crate) enum Repeat {
    /// A new one, or the one with this name anew
    Add(AddRepeat),
    /// All of them
    List(Json),
    /// Let it rest
    Pause {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// Let it go on
    Resume {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// End it
    Drop {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddRepeat {
    /// What to call it
    name: String,
    /// Such as "every Monday at 9" or "every first Friday at 12:00"
    #[arg(long, value_name = "TEXT")]
    every: String,
    /// First date; today if left out
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last date
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Its time zone; the workspace's if left out
    #[arg(long)]
    zone: Option<String>,
    /// Channels by name, divided by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
    channels: Vec<String>,
    /// By which it is counted and paused
    #[arg(long)]
    category: Option<String>,
    /// The words
    #[arg(long)]
    text: String,
    #[command(flatten)]
    how: How,
}

pub(crate) async fn run(session: &Session, command: Repeat) -> Result<(), Refused> {
    let kind = SourceKind::Recurring;
    match command {
        Repeat::Add(AddRepeat { name, every, from, until, zone, channels, category, text, how }) => {
            let wish = RecurringWish { name, every, zone, from, until, channels, category, text };
            apply(session, session.kith.recurring_edit(&session.operator, &wish).await?, how).await
        }
        Repeat::Pause { name, how } => apply(session, ProgramEdit::Rest { kind, name, rests: true }, how).await,
        Repeat::Resume { name, how } => apply(session, ProgramEdit::Rest { kind, name, rests: false }, how).await,
        Repeat::Drop { name, how } => apply(session, ProgramEdit::Drop { kind, name }, how).await,
        Repeat::List(json) => {
            let lines = session.kith.sources_of(session.operator.workspace, kind).await?;
            for one in &lines {
                if json.json {
                    line(one)?;
                } else if let Meaning::Plan { wanted: Wanted::Recurring { recurrence, draft, .. }, .. } = &one.meaning {
                    let times = recurrence.times.iter().map(|time| time.strftime("%H:%M").to_string()).collect::<Vec<_>>().join(", ");
                    let rests = if one.paused_at.is_some() { ", rests" } else { "" };
                    let channels = draft.channels.join(", ");
                    say(&format!("{}  {} at {times} {} on {channels}{rests}", one.name, recurrence.every, recurrence.zone))?;
                }
            }
            if lines.is_empty() && !json.json {
                say("Nothing repeats yet. Add with: kith repeat add NAME --every \"every Monday at 9\" …")
            } else {
                Ok(())
            }
        }
    }
}
