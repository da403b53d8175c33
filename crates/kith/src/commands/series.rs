//! `kith series …`: numbered posts under a hashtag, one after the other until they are used up (B4).

use clap::{Args, Subcommand};
use kith_domain::plan::{EntryState, Series as Entries, SeriesEntry};
use kith_domain::schedule::Wanted;
use kith_engine::{Meaning, ProgramEdit, SeriesWish, SourceKind};

use crate::cli::Json;
use crate::commands::program::{How, Texts, apply};
use crate::commands::{Refused, Session, line, say};

/// The words of `kith series`.
#[derive(Debug, Subcommand)]
pub(crate) enum Series {
    /// A new series
    Add(AddSeries),
    /// All series
    List(Json),
    /// One with its entries and their numbers
    Show {
        /// Its name
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Put entries into it; numbers stay true, what is out keeps its own
    Insert {
        /// Its name
        name: String,
        /// Before the entry at this place of `kith series show`; at the end if left out
        #[arg(long, value_name = "PLACE")]
        at: Option<usize>,
        #[command(flatten)]
        texts: Texts,
        #[command(flatten)]
        how: How,
    },
    /// Take an entry out that has not gone out
    Remove {
        /// Its name
        name: String,
        /// The entry's place in `kith series show`
        place: usize,
        #[command(flatten)]
        how: How,
    },
    /// Let it rest, or leave one entry out for now
    Pause(RestSeries),
    /// Let it go on
    Resume(RestSeries),
    /// End it; what is out stays out
    Drop {
        /// Its name
        name: String,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddSeries {
    /// What to call it
    name: String,
    /// Channels by name, divided by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
    channels: Vec<String>,
    /// Above each text, such as "Kiln tip {n} of {total}"
    #[arg(long, default_value = "", value_name = "TEXT")]
    heading: String,
    /// A hashtag below each text
    #[arg(long, value_name = "TAG")]
    hashtag: Option<String>,
    /// How often, such as "Mon-Fri 8:00-9:30, one a day"; one a day if left out
    #[arg(long, value_name = "TEXT")]
    rhythm: Option<String>,
    /// Time zone of those hours; the workspace's if left out
    #[arg(long)]
    zone: Option<String>,
    /// By which it is counted and paused
    #[arg(long)]
    category: Option<String>,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
pub(crate) struct RestSeries {
    /// Its name
    name: String,
    /// Only the entry at this place
    place: Option<usize>,
    #[command(flatten)]
    how: How,
}

pub(crate) async fn run(session: &Session, command: Series) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    let space = operator.workspace;
    match command {
        Series::Add(AddSeries { name, channels, heading, hashtag, rhythm, zone, category, texts, how }) => {
            let wish = SeriesWish { name, heading, hashtag, rhythm, zone, channels, category, texts: texts.all()? };
            apply(session, kith.series_edit(operator, &wish).await?, how).await
        }
        Series::List(json) => {
            let lines = kith.sources_of(space, SourceKind::Series).await?;
            for one in &lines {
                if json.json {
                    line(one)?;
                } else if let Meaning::Plan { wanted: Wanted::Series { series, rhythm, channels, .. }, .. } = &one.meaning {
                    let rests = if one.paused_at.is_some() { ", rests" } else { "" };
                    say(&format!("{}  {} entries, {rhythm} on {}{rests}", one.name, series.entries.len(), channels.join(", ")))?;
                }
            }
            if lines.is_empty() && !json.json {
                say("There is no series yet. Begin one with: kith series add NAME --channels NAMES --file FILE")
            } else {
                Ok(())
            }
        }
        Series::Show { name, json } => {
            let one = kith.program_source(space, SourceKind::Series, &name).await?;
            match &one.meaning {
                _ if json.json => line(&one),
                Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } => show(series),
                _ => Ok(()),
            }
        }
        Series::Insert { name, at, texts, how } => {
            let texts = texts.all()?;
            if texts.is_empty() {
                return Err(Refused::one("text: write at least one entry, with --text or --file"));
            }
            let insert = |series: &mut Entries, key: String| {
                let begin = at.map_or(series.entries.len(), |place| place.saturating_sub(1));
                for (index, text) in texts.iter().enumerate() {
                    // One key is given; those of further entries follow from it.
                    let key = if index == 0 { key.clone() } else { kith.new_item_key() };
                    series.insert(SeriesEntry::new(key, text.trim()), begin + index)?;
                }
                Ok(())
            };
            apply(session, kith.series_change(space, &name, insert).await?, how).await
        }
        Series::Remove { name, place, how } => {
            let key = entry(session, &name, place).await?;
            let edit = kith.series_change(space, &name, |series, _| series.remove(&key).map(drop)).await?;
            apply(session, edit, how).await
        }
        Series::Pause(rest) => rests(session, rest, true).await,
        Series::Resume(rest) => rests(session, rest, false).await,
        Series::Drop { name, how } => apply(session, ProgramEdit::Drop { kind: SourceKind::Series, name }, how).await,
    }
}

async fn rests(session: &Session, rest: RestSeries, rests: bool) -> Result<(), Refused> {
    let RestSeries { name, place, how } = rest;
    let edit = match place {
        None => ProgramEdit::Rest { kind: SourceKind::Series, name, rests },
        Some(place) => {
            let key = entry(session, &name, place).await?;
            session.kith.series_change(session.operator.workspace, &name, |series, _| series.pause(&key, rests)).await?
        }
    };
    apply(session, edit, how).await
}

/// The key of the entry at a place.
async fn entry(session: &Session, name: &str, place: usize) -> Result<String, Refused> {
    let one = session.kith.program_source(session.operator.workspace, SourceKind::Series, name).await?;
    let Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } = one.meaning else { return Err(Refused::quiet()) };
    let found = place.checked_sub(1).and_then(|index| series.entries.get(index));
    found
        .map(|entry| entry.key.clone())
        .ok_or_else(|| Refused::one(format!("there is no place {place}; look at: kith series show {name:?}")))
}

fn show(series: &Entries) -> Result<(), Refused> {
    let numbered = series.numbered();
    for (index, entry) in series.entries.iter().enumerate() {
        let number = numbered.iter().find(|one| one.key == entry.key).map(|one| format!("{} of {}", one.n, one.total));
        let state = match entry.state {
            EntryState::Waiting => "waits",
            EntryState::Paused => "left out",
            EntryState::Fixed { .. } => "out",
        };
        let text = entry.text.lines().next().unwrap_or_default();
        say(&format!("{:>3}  {:<10} {state:<8} {text}", index + 1, number.unwrap_or_default()))?;
    }
    Ok(())
}
