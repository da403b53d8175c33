//! `kith event …`: an event and its reminders, which move with it and stop with it (B5), and calendars in and out.

use clap::{Args, Subcommand};
use kith_domain::schedule::{Wanted, ZoneName};
use kith_engine::{EventWish, Meaning, ProgramEdit, SourceKind};

use crate::cli::Json;
use crate::commands::program::{How, Texts, apply, read};
use crate::commands::{Refused, Session, line, say};
use crate::ics;

/// The words of `kith event`.
#[derive(Debug, Subcommand)]
pub(crate) enum Event {
    /// A new event, or the one with this name anew
    Add(AddEvent),
    /// All events
    List(Json),
    /// Move it: its reminders move with it
    Move {
        /// Its name
        name: String,
        /// Local time of its begin, such as "2026-12-05 18:30"
        #[arg(long, value_name = "TIME")]
        begins: String,
        /// Of its end; as long as before if left out
        #[arg(long, value_name = "TIME")]
        ends: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Call it off: nothing more goes out for it
    Cancel {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// Take it out of the list; what has not gone out is called off
    Drop {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// Take the events of a calendar file, all with the same reminders; read again, those that moved move
    Import {
        /// An .ics file; - reads standard input
        calendar: String,
        #[command(flatten)]
        tells: Tells,
        #[command(flatten)]
        how: How,
    },
    /// Write all events as a calendar
    Export {
        /// The file to write; - writes to standard output
        #[arg(long, default_value = "-", value_name = "FILE")]
        out: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddEvent {
    /// What to call it
    name: String,
    /// Local time of its begin, such as "2026-12-05 18:30"
    #[arg(long, value_name = "TIME")]
    begins: String,
    /// Of its end; an hour later if left out
    #[arg(long, value_name = "TIME")]
    ends: Option<String>,
    /// Its time zone; the workspace's if left out
    #[arg(long)]
    zone: Option<String>,
    /// Where
    #[arg(long)]
    place: Option<String>,
    /// Its page
    #[arg(long)]
    link: Option<String>,
    #[command(flatten)]
    tells: Tells,
    #[command(flatten)]
    how: How,
}

/// When and with which words people are reminded.
#[derive(Debug, Args)]
pub(crate) struct Tells {
    /// Such as "each morning at 9 from seven days before; 2 h, 1 h, 30 min before; doors open; the day after"
    #[arg(long, value_name = "TEXT")]
    reminders: String,
    /// Channels by name, divided by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
    channels: Vec<String>,
    /// By which it is counted and paused
    #[arg(long)]
    category: Option<String>,
    /// The words of its reminders in their order, the last holds for the rest; {event}, {date}, {time}, {in}, {place} and
    /// {link} are filled in
    #[command(flatten)]
    texts: Texts,
}

pub(crate) async fn run(session: &Session, command: Event) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    let space = operator.workspace;
    match command {
        Event::Add(AddEvent { name, begins, ends, zone, place, link, tells, how }) => {
            let wish = EventWish { name, begins, ends, zone, place, link, ..wish(&tells)? };
            apply(session, kith.event_edit(operator, &wish).await?, how).await
        }
        Event::Move { name, begins, ends, how } => {
            apply(session, kith.event_move(space, &name, &begins, ends.as_deref()).await?, how).await
        }
        Event::Cancel { name, how } => apply(session, kith.event_cancel(space, &name).await?, how).await,
        Event::Drop { name, how } => apply(session, ProgramEdit::Drop { kind: SourceKind::Event, name }, how).await,
        Event::List(json) => list(session, json).await,
        Event::Import { calendar, tells, how } => {
            let home = ZoneName::parse(&operator.zone).map_err(|error| Refused::one(error.to_string()))?;
            let ics::Calendar { events, left_out } = ics::read(&read(&calendar, ics::BYTES_MAX)?, &home)?;
            if !how.json.json {
                left_out.iter().try_for_each(|why| say(why))?;
            }
            let (shared, now) = (wish(&tells)?, kith.now());
            let mut edits = Vec::with_capacity(events.len());
            for ics::Entry { uid, name, begins, ends, zone, place, link, cancelled } in events {
                // What is over needs no reminders.
                if zone.rules().to_timestamp(ends).is_ok_and(|ends| ends < now) {
                    continue;
                }
                let (begins, ends, zone) = (begins.to_string(), Some(ends.to_string()), Some(zone.to_string()));
                let event = EventWish { name, begins, ends, zone, place, link, ..shared.clone() };
                edits.push(kith.calendar_event_edit(operator, &event, &uid, cancelled).await?);
            }
            if edits.is_empty() {
                return Err(Refused::one("the calendar has no single event to come; nothing is stored"));
            }
            apply(session, ProgramEdit::All(edits), how).await
        }
        Event::Export { out } => {
            let lines = kith.sources_of(space, SourceKind::Event).await?;
            let text = ics::write(
                lines.iter().filter_map(|one| match &one.meaning {
                    Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } => Some(event),
                    _ => None,
                }),
                kith.now(),
            );
            if out == "-" { say(text.trim_end()) } else { Ok(std::fs::write(&out, text)?) }
        }
    }
}

fn wish(tells: &Tells) -> Result<EventWish, Refused> {
    let Tells { reminders, channels, category, texts } = tells;
    let (reminders, channels, category) = (reminders.clone(), channels.clone(), category.clone());
    Ok(EventWish { reminders, channels, category, texts: texts.all()?, ..EventWish::default() })
}

async fn list(session: &Session, json: Json) -> Result<(), Refused> {
    let lines = session.kith.sources_of(session.operator.workspace, SourceKind::Event).await?;
    for one in &lines {
        if json.json {
            line(one)?;
        } else if let Meaning::Plan { wanted: Wanted::Event { event, reminders, .. }, .. } = &one.meaning {
            let off = if event.cancelled_at.is_some() { ", called off" } else { "" };
            let place = event.place.as_deref().map(|place| format!(", {place}")).unwrap_or_default();
            say(&format!(
                "{}  {} {}{place}, {} reminders{off}",
                one.name,
                event.begins.strftime("%a %Y-%m-%d %H:%M"),
                event.zone,
                reminders.len()
            ))?;
        }
    }
    if lines.is_empty() && !json.json { say("There is no event yet. Add one with: kith event add NAME --begins TIME …") } else { Ok(()) }
}
