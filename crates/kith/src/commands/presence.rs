//! `kith presence …` and `kith absence …`: when you are there to answer, and what happens while you are not (B7, C3).

use clap::{Args, Subcommand};
use kith_domain::schedule::{Absence as Away, Waiting, WaitingKind};
use kith_engine::{AbsenceWish, Meaning, SourceKind};

use crate::cli::Json;
use crate::commands::program::{How, apply};
use crate::commands::{Refused, Session, line, say};

/// The words of `kith presence`.
#[derive(Debug, Subcommand)]
pub(crate) enum Presence {
    /// Your weekly hours, such as "Mon-Fri 9-12, 14-17"; none takes them away
    Set {
        /// Days and hours
        hours: String,
        #[command(flatten)]
        how: How,
    },
    /// A promise for a single day, such as: today until 17:30, or: tomorrow 9-12
    Here(Single),
    /// The contrary, such as: Friday 14-18
    Away(Single),
    /// Your hours and promises, and whether you are here now
    Show(Json),
}

#[derive(Debug, Args)]
pub(crate) struct Single {
    /// The day and the hours
    #[arg(required = true)]
    when: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// The words of `kith absence`.
#[derive(Debug, Subcommand)]
pub(crate) enum Absence {
    /// A new one, or the one with this name anew
    Add(Box<AddAbsence>),
    /// All of them
    List(Json),
    /// What waits on your return: who wrote meanwhile and waits, and what was to go out and did not
    Waits {
        /// Which absence; if left out the one that lasts, else the last that is over
        name: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Everything that waits for you now, whenever it came
    Show(Json),
    /// You don't go, or are back before its end
    Drop {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddAbsence {
    /// What to call it, such as Winter
    name: String,
    /// Its begin, a date or a local time such as "2026-12-20 18:00"
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Its end; a date alone is the last day away
    #[arg(long, value_name = "TIME")]
    to: String,
    /// Its time zone; the workspace's if left out
    #[arg(long)]
    zone: Option<String>,
    /// Categories that go on, divided by commas; all else stands still
    #[arg(long, value_delimiter = ',', value_name = "CATEGORIES")]
    goes_on: Vec<String>,
    /// A post before it
    #[arg(long, value_name = "TEXT", requires = "channels")]
    before: Option<String>,
    /// When; at 17:00 on the day before if left out
    #[arg(long, value_name = "TIME", requires = "before")]
    before_at: Option<String>,
    /// A post when you are back
    #[arg(long, value_name = "TEXT", requires = "channels")]
    after: Option<String>,
    /// When; an hour after its end, not before 9:00, if left out
    #[arg(long, value_name = "TIME", requires = "after")]
    after_at: Option<String>,
    /// Channels of those posts by name, divided by commas
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    channels: Vec<String>,
    /// The member who sorts messages meanwhile; answering stays yours
    #[arg(long, value_name = "NAME")]
    sorter: Option<String>,
    #[command(flatten)]
    how: How,
}

pub(crate) async fn run(session: &Session, command: Presence) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    match command {
        Presence::Set { hours, how } => apply(session, kith.presence_hours_edit(operator, &hours).await?, how).await,
        Presence::Here(single) => promise(session, "here", single).await,
        Presence::Away(single) => promise(session, "away", single).await,
        Presence::Show(json) => {
            let (presence, now) = (kith.plan_rules(operator.workspace).await?.presence, kith.presence_now(operator).await?);
            if json.json {
                return line(&serde_json::json!({ "presence": presence, "now": now }));
            }
            say(&format!("Now: {now}."))?;
            let Some(presence) = presence else { return say("Set your hours: kith presence set \"Mon-Fri 9-17\"") };
            if let Some(hours) = &presence.hours {
                say(&format!("Each week: {hours} ({})", presence.zone))?;
            }
            for promise in presence.promises.iter().filter(|promise| promise.until > kith.now()) {
                let at =
                    |instant: jiff::Timestamp| instant.to_zoned(presence.zone.rules().clone()).strftime("%a %Y-%m-%d %H:%M").to_string();
                say(&format!("{} {} to {}", if promise.here { "here" } else { "away" }, at(promise.from), at(promise.until)))?;
            }
            Ok(())
        }
    }
}

async fn promise(session: &Session, word: &str, single: Single) -> Result<(), Refused> {
    let Single { when, how } = single;
    let edit = session.kith.presence_promise_edit(&session.operator, &format!("{word} {}", when.join(" "))).await?;
    apply(session, edit, how).await
}

pub(crate) async fn absence(session: &Session, command: Absence) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    match command {
        Absence::Add(add) => {
            let AddAbsence { name, from, to, zone, goes_on, before, before_at, after, after_at, channels, sorter, how } = *add;
            let wish = AbsenceWish { name, from, to, zone, goes_on, before, before_at, after, after_at, channels, sorter };
            apply(session, kith.absence_edit(operator, &wish).await?, how).await
        }
        Absence::Drop { name, how } => apply(session, kith.absence_drop(&name), how).await,
        Absence::List(json) => {
            let lines = kith.sources_of(operator.workspace, SourceKind::Absence).await?;
            for one in &lines {
                match &one.meaning {
                    _ if json.json => line(one)?,
                    Meaning::Away { absence } => say(&format!("{}  {}", one.name, in_words(absence)))?,
                    Meaning::Plan { .. } => {}
                }
            }
            if lines.is_empty() && !json.json {
                say("You are not away. Say so with: kith absence add NAME --from DATE --to DATE")
            } else {
                Ok(())
            }
        }
        Absence::Waits { name, json } => {
            let waits = kith.waits_of_absence(operator.workspace, name.as_deref()).await?;
            if json.json {
                return line(&waits);
            }
            let at = |instant: jiff::Timestamp| local(session, instant);
            let now = kith.now();
            let when = match (waits.over, waits.from > now) {
                (true, _) => format!("You were away from {} until {}", at(waits.from), at(waits.until)),
                (_, true) => format!("You will be away from {} until {}", at(waits.from), at(waits.until)),
                _ => format!("You are away since {}, until {}", at(waits.from), at(waits.until)),
            };
            say(&format!("{when} ({}).", waits.absence))?;
            waits.waiting.iter().try_for_each(|one| say(&waiting_line(session, one)))?;
            if waits.waiting.is_empty() { say("Nobody who wrote meanwhile waits, and no post stood still.") } else { Ok(()) }
        }
        Absence::Show(json) => {
            let waiting = kith.waits_on_return(operator.workspace).await?;
            for one in &waiting {
                if json.json {
                    line(one)?;
                } else {
                    say(&waiting_line(session, one))?;
                }
            }
            if waiting.is_empty() && !json.json { say("Nothing waits for you.") } else { Ok(()) }
        }
    }
}

/// An instant on the workspace's clock.
fn local(session: &Session, instant: jiff::Timestamp) -> String {
    let there = instant.in_tz(&session.operator.zone).unwrap_or_else(|_| instant.to_zoned(jiff::tz::TimeZone::UTC));
    there.strftime("%a %Y-%m-%d %H:%M").to_string()
}

fn waiting_line(session: &Session, one: &Waiting) -> String {
    let kind = match one.kind {
        WaitingKind::Person => "a person",
        WaitingKind::FollowUp => "promised",
        WaitingKind::HeldPost => "a post",
        WaitingKind::Approval => "a draft",
    };
    format!("{kind:<9} since {}  {}", local(session, one.since), one.shown)
}

fn in_words(absence: &Away) -> String {
    let at = |time: jiff::civil::DateTime| time.strftime("%a %Y-%m-%d %H:%M").to_string();
    let goes_on = match absence.goes_on.iter().map(String::as_str).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "everything stands still".to_owned(),
        names => format!("{names} goes on, all else stands still"),
    };
    let sorter = absence.sorter.as_deref().map(|name| format!("; {name} sorts messages")).unwrap_or_default();
    format!("{} to {} {}; {goes_on}{sorter}", at(absence.from), at(absence.to), absence.zone)
}
