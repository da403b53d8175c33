//! `kith program`: everything that goes out ahead, with where it comes from; and how every change of it is shown.
//!
//! All nouns of the program end in `apply`: with `--preview` it shows what would go out and stores nothing, without it
//! the same is stored. Both print what the engine's one function answers.

use clap::Args;
use kith_domain::mandate::Door;
use kith_domain::schedule::{LineSource, PreviewLine};
use kith_engine::{ProgramDiff, ProgramEdit};
use serde::Serialize;

use crate::cli::Json;
use crate::commands::{Refused, Session, line, say};

/// Lines that are shown of what was stored; a preview shows all.
const SHOWN_MAX: usize = 12;
/// Largest file of texts in bytes.
const TEXTS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How a change is made.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct How {
    /// Show what would go out and when; store nothing
    #[arg(long)]
    pub(crate) preview: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// The words of posts.
#[derive(Debug, Args)]
pub(crate) struct Texts {
    /// A post's words; may be repeated
    #[arg(long, value_name = "TEXT")]
    text: Vec<String>,
    /// A file of posts, divided by empty lines; - reads standard input
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
}

impl Texts {
    /// All of them, those of the file last.
    pub(crate) fn all(&self) -> Result<Vec<String>, Refused> {
        let mut texts: Vec<String> = self.text.iter().map(|text| text.replace("\\n", "\n")).collect();
        if let Some(file) = &self.file {
            let content = read(file, TEXTS_BYTES_MAX)?.replace("\r\n", "\n");
            texts.extend(content.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned));
        }
        Ok(texts)
    }
}

/// A text file, or standard input, of at most so many bytes.
pub(crate) fn read(file: &str, bytes_max: usize) -> Result<String, Refused> {
    use std::io::Read as _;
    let input: Box<dyn std::io::Read> = match file {
        "-" => Box::new(std::io::stdin().lock()),
        path => Box::new(std::fs::File::open(path).map_err(|error| Refused::one(format!("{path} can't be read: {error}")))?),
    };
    let mut bytes = Vec::new();
    input.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        return Err(Refused::one(format!("{file} is larger than {} MiB; divide it", bytes_max / 1024 / 1024)));
    }
    String::from_utf8(bytes).map_err(|_| Refused::one(format!("{file} is not UTF-8; save it as UTF-8")))
}

/// `kith program`.
pub(crate) async fn run(session: &Session, json: Json) -> Result<(), Refused> {
    let diff = session.kith.preview_program(&session.operator, &ProgramEdit::TimePassed).await?;
    if json.json {
        return rows(&diff, false);
    }
    if diff.lines.is_empty() && diff.kept_back.is_empty() && diff.without_time.is_empty() {
        return say("Nothing is planned by queue, series, event or market. Begin with: kith windows set CHANNEL TEXT");
    }
    shown(&diff, usize::MAX)
}

/// Does the change, or shows it.
pub(crate) async fn apply(session: &Session, edit: ProgramEdit, how: How) -> Result<(), Refused> {
    let diff = if how.preview {
        session.kith.preview_program(&session.operator, &edit).await?
    } else {
        session.kith.change_program(&session.operator, &edit, Door::Cli).await?
    };
    if how.json.json {
        return rows(&diff, !how.preview);
    }
    shown(&diff, if how.preview { usize::MAX } else { SHOWN_MAX })?;
    let ProgramDiff { added, moved, reworded, cancelled, held, .. } = diff;
    diff.notes.iter().try_for_each(|note| say(&format!("look: {note}")))?;
    say(&format!("{added} new, {moved} at another time, {reworded} with other words, {cancelled} called off."))?;
    if held > 0 {
        say(&format!("{held} of the new ones are held until your yes: kith dispatch list --state held, then kith plan yes ID"))?;
    }
    if let Some(offer) = &diff.offer {
        say(&format!("People were told of it. You may say so: kith post add --text {offer:?} --channel NAME --at TIME"))?;
    }
    say(if how.preview { "Nothing is stored." } else { "Stored." })
}

/// A line of `--json`.
#[derive(Serialize)]
#[serde(tag = "row", rename_all = "snake_case")]
enum Row<'d> {
    GoesOut {
        from: String,
        #[serde(flatten)]
        line: &'d PreviewLine,
    },
    KeptBack {
        from: String,
        reasons: Vec<String>,
        #[serde(flatten)]
        line: &'d PreviewLine,
    },
    WithoutTime {
        post: &'d str,
        channel: Option<&'d str>,
        why: &'d str,
    },
    Sum {
        added: usize,
        moved: usize,
        reworded: usize,
        cancelled: usize,
        held: usize,
        offer: Option<&'d str>,
        stored: bool,
    },
}

fn rows(diff: &ProgramDiff, stored: bool) -> Result<(), Refused> {
    for one in &diff.lines {
        line(&Row::GoesOut { from: from(diff, one), line: one })?;
    }
    for one in &diff.kept_back {
        line(&Row::KeptBack { from: from(diff, one), reasons: reasons(one), line: one })?;
    }
    for one in &diff.without_time {
        line(&Row::WithoutTime { post: &one.post, channel: one.channel.as_deref(), why: &one.why })?;
    }
    let ProgramDiff { added, moved, reworded, cancelled, held, .. } = *diff;
    line(&Row::Sum { added, moved, reworded, cancelled, held, offer: diff.offer.as_deref(), stored })
}

fn shown(diff: &ProgramDiff, most: usize) -> Result<(), Refused> {
    for one in diff.lines.iter().take(most) {
        say(&format!("{}  {}  {}, {}", wall(one), one.channel, from(diff, one), one.presence))?;
        words(one)?;
        for hour in &one.markets {
            let looks = if hour.inside { ", they look" } else { "" };
            say(&format!("    {hour}{looks}"))?;
        }
        for verdict in &one.verdicts {
            say(&format!("    look: {verdict}"))?;
        }
        for problem in &one.problems {
            say(&format!("    {}: {problem}", if problem.holds() { "held until your yes" } else { "look" }))?;
        }
        for card in diff.cards.get(&one.occurrence_key).into_iter().flatten() {
            say(&format!("    card: {} ({})", card.title, card.url))?;
        }
        if one.asks_nobody() {
            say("    look: it asks something while nobody is home; kith presence set, or another time")?;
        }
    }
    let more = diff.lines.len().saturating_sub(most);
    if more > 0 {
        say(&format!("… and {more} more; all of them: kith program"))?;
    }
    for one in diff.kept_back.iter().take(most) {
        say(&format!("kept back: {}  {}  {}", wall(one), one.channel, from(diff, one)))?;
        words(one)?;
        reasons(one).iter().try_for_each(|reason| say(&format!("    {reason}")))?;
    }
    let more = diff.kept_back.len().saturating_sub(most);
    if more > 0 {
        say(&format!("… and {more} more are kept back; all of them: kith program"))?;
    }
    for one in diff.without_time.iter().take(most) {
        let channel = one.channel.as_deref().map(|channel| format!(" on {channel}")).unwrap_or_default();
        let name = diff.names.get(&one.post).map(|name| format!(" ({name})")).unwrap_or_default();
        say(&format!("without a time{channel}{name}: {}", one.why))?;
    }
    let more = diff.without_time.len().saturating_sub(most);
    if more > 0 {
        say(&format!("… and {more} more have no time; all of them: kith program"))?;
    }
    Ok(())
}

fn words(one: &PreviewLine) -> Result<(), Refused> {
    one.text.lines().filter(|text| !text.is_empty()).try_for_each(|text| say(&format!("    {text}")))
}

/// `Tue 2026-12-01 08:12 Europe/Lisbon`, and the owner's hour where that is another.
fn wall(one: &PreviewLine) -> String {
    let there = one.civil.at.strftime("%a %Y-%m-%d %H:%M");
    let home = if one.home.zone == one.civil.zone { String::new() } else { format!(" ({} here)", one.home.at.strftime("%a %H:%M")) };
    format!("{there} {}{home}", one.civil.zone)
}

/// Where a line comes from, in words.
fn from(diff: &ProgramDiff, one: &PreviewLine) -> String {
    let name = |key: &str| diff.names.get(key).cloned().unwrap_or_default();
    let source = match &one.source {
        LineSource::At => "at its time".to_owned(),
        LineSource::Queue => "queue".to_owned(),
        LineSource::Series { series, n, total } => format!("series {:?}, {n} of {total}", name(series)),
        LineSource::Event { event, slot } => format!("event {:?}, {slot}", name(event)),
        LineSource::Recurring { recurrence } => format!("repeat {:?}", name(recurrence)),
        LineSource::Markets { markets } => format!("for {} ({:?})", markets.join(" and "), name(&one.post)),
        LineSource::Absence { absence } => format!("absence {:?}", name(absence)),
    };
    one.category.as_ref().map_or(source.clone(), |category| format!("{source} ({category})"))
}

/// Why it is kept back.
fn reasons(one: &PreviewLine) -> Vec<String> {
    let held = one.held.iter().map(|why| format!("it stands still: {why}"));
    let verdicts = one.verdicts.iter().map(ToString::to_string);
    held.chain(verdicts).chain(one.problems.iter().map(ToString::to_string)).collect()
}
