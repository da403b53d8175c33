//! `kith plan …`: many posts from a file. Preview and import are one function in the engine.

use std::io::Read as _;
use std::path::Path;

use kith_domain::plan::PlanFormat;
use kith_domain::plan::file::FILE_BYTES_MAX;
use kith_engine::{PlanFile, PlanWish, Previewed};

use crate::cli;
use crate::commands::{Refused, Session, line, say};

/// Words of a text in a preview's line.
const SHOWN_CHARS: usize = 60;

pub(crate) async fn run(session: &Session, command: cli::Plan) -> Result<(), Refused> {
    match command {
        cli::Plan::Preview(args) => {
            let (plan, wish) = (read(&args)?, wish(&args));
            let previewed = session.kith.preview_plan(session.operator.workspace, &plan, &wish).await?;
            show(&previewed, args.json.json)?;
            refuse_if_wrong(&previewed.problems)
        }
        cli::Plan::Import(args) => {
            let (plan, wish) = (read(&args)?, wish(&args));
            match session.kith.import_plan(&session.operator, &plan, &wish).await? {
                Err(problems) => refuse_if_wrong(&problems),
                Ok(imported) if args.json.json => line(&imported),
                Ok(imported) => {
                    let span = match (imported.first_due_at, imported.last_due_at) {
                        (Some(first), Some(last)) => format!(", the first at {first}, the last at {last}"),
                        _ => String::new(),
                    };
                    say(&format!("Planned {} posts, {} deliveries{span}.{}", imported.posts, imported.dispatches, held(imported.held)))
                }
            }
        }
        cli::Plan::Yes { id } => {
            let count = session.kith.say_yes(&session.operator, &id).await?;
            say(&format!("Yes is recorded; {count} deliveries go out at their time."))
        }
    }
}

/// What is stored held, in a sentence.
pub(crate) fn held(count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    format!(" {count} are held until the owner's yes: kith dispatch list --state held, then kith plan yes ID")
}

/// Every problem that refuses the plan, each on its own line; nothing was stored.
fn refuse_if_wrong(problems: &[kith_domain::plan::Problem]) -> Result<(), Refused> {
    let mut reasons: Vec<String> = problems.iter().filter(|problem| problem.refuses()).map(ToString::to_string).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    reasons.push(format!("{} to put right; nothing was stored", reasons.len()));
    Err(Refused::of(reasons))
}

fn show(previewed: &Previewed, json: bool) -> Result<(), Refused> {
    if json {
        return previewed.items.iter().try_for_each(line);
    }
    for item in &previewed.items {
        let text: String = item.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN_CHARS).collect();
        say(&format!("{}  {:<20} {:>4}/{:<4} {text}", item.local, item.channel, item.length, item.length_max))?;
        for card in &item.cards {
            let picture = if card.picture.is_some() { ", with its picture" } else { "" };
            let description: String = card.description.chars().take(SHOWN_CHARS).collect();
            say(&format!("    card: {} — {description} ({}{picture})", card.title, card.url))?;
        }
        item.warnings.iter().try_for_each(|warning| say(&format!("    look: {warning}")))?;
    }
    previewed.problems.iter().filter(|problem| !problem.refuses()).try_for_each(|problem| say(&format!("look: {problem}")))?;
    if previewed.items.is_empty() { Ok(()) } else { say(&format!("{} deliveries; nothing is stored yet.", previewed.items.len())) }
}

pub(crate) fn wish(args: &cli::PlanFile) -> PlanWish {
    PlanWish {
        channels: args.channels.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        zone: args.zone.clone(),
        windows: args.windows.clone(),
        per_day: args.per_day,
        from: args.from.clone(),
        gap_minutes: Some(args.gap),
        seed: args.seed,
        again: args.again,
        no_link_check: args.no_link_check,
        brought: None,
    }
}

pub(crate) fn read(args: &cli::PlanFile) -> Result<PlanFile, Refused> {
    let format = match args.form.as_deref() {
        None => None,
        Some("csv") => Some(PlanFormat::Csv),
        Some("md" | "markdown") => Some(PlanFormat::Markdown),
        Some("jsonl" | "json") => Some(PlanFormat::JsonLines),
        Some(other) => return Err(Refused::one(format!("{other:?} is no form; forms are csv, md and jsonl"))),
    };
    // One byte more than allowed is read, so that a file that is too large is known as such and never read whole.
    let most = FILE_BYTES_MAX as u64 + 1;
    let mut bytes = Vec::new();
    let fault = |error: std::io::Error| Refused::one(format!("{} can't be read: {error}", args.file.display()));
    if args.file == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(fault)?;
        return Ok(PlanFile { name: "standard input".into(), bytes, format: format.or(Some(PlanFormat::Csv)), folder: None });
    }
    std::fs::File::open(&args.file).map_err(fault)?.take(most).read_to_end(&mut bytes).map_err(fault)?;
    Ok(PlanFile {
        name: args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        bytes,
        format,
        folder: args.file.parent().map(Path::to_owned),
    })
}
