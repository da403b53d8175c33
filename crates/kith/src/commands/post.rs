//! `kith post …`: one post at a time. A post's deliveries are its dispatches, so the lists are the same.

use std::io::Read as _;

use kith_domain::mandate::Door;
use kith_engine::{EditedWords, SinglePost};

use crate::cli;
use crate::commands::{Refused, Session, dispatch, line, plan, say};

/// Longest text read from standard input, in bytes.
const TEXT_BYTES_MAX: u64 = 100_000;

pub(crate) async fn run(session: &Session, command: cli::Post) -> Result<(), Refused> {
    match command {
        cli::Post::Add(args) => add(session, args).await,
        cli::Post::List(args) => dispatch::list(session, args).await,
        cli::Post::Show { id, json } => dispatch::show(session, &id, json.json).await,
        cli::Post::Cancel { id } => {
            let row = session.kith.cancel(&session.operator, &id).await?;
            say(&format!("Called off: {} on {} at {}.", row.id, row.channel, row.local))
        }
        cli::Post::Edit(args) => edit(session, args).await,
        cli::Post::Hold { id } => {
            let row = session.kith.hold(&session.operator, &id).await?;
            say(&format!("Held back: {} on {}. It goes out once you say: kith post release {}", row.id, row.channel, row.id))
        }
        cli::Post::Release { id } => {
            let row = session.kith.let_go_at_its_time(&session.operator, &id).await?;
            say(&format!("It goes out on {} at {}.", row.channel, row.local))
        }
    }
}

/// The text itself, or what standard input says for `-`.
fn words(text: String) -> Result<String, Refused> {
    if text != "-" {
        return Ok(text);
    }
    let mut text = String::new();
    std::io::stdin().lock().take(TEXT_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.trim_end().to_owned())
}

async fn edit(session: &Session, args: cli::EditPost) -> Result<(), Refused> {
    let words = EditedWords { text: args.text.map(words).transpose()?, warning: args.cw, no_link_check: args.no_link_check };
    match session.kith.edit_words(&session.operator, &args.id, &words, Door::Cli).await? {
        Ok(row) if args.json.json => line(&row),
        Ok(row) if row.state == "held" => say(&format!("Changed, and held: {}", row.words)),
        Ok(row) => say(&format!("Changed: {} on {} at {}.", row.id, row.channel, row.local)),
        Err(problems) => Err(Refused::of(problems.iter().map(ToString::to_string).collect())),
    }
}

async fn add(session: &Session, args: cli::AddPost) -> Result<(), Refused> {
    let text = words(args.text)?;
    let post = SinglePost {
        channel: args.channel,
        at: args.at,
        zone: args.zone,
        text,
        cw: args.cw,
        lang: args.lang,
        media: args.media,
        alt: args.alt,
        poll: args.poll.iter().map(|answer| answer.trim().to_owned()).collect(),
        poll_minutes: args.poll_minutes.map(|minutes| minutes.to_string()),
        card: args.card.iter().map(|entry| entry.trim().to_owned()).collect(),
        no_link_check: args.no_link_check,
        folder: None,
    };
    match session.kith.add_post(&session.operator, post, Door::Cli).await? {
        Ok(planned) if args.json.json => line(&planned),
        Ok(planned) => {
            let at = planned.first_due_at.map(|at| at.to_string()).unwrap_or_default();
            say(&format!("Planned for {at}.{}", plan::held(planned.held)))
        }
        Err(problems) => Err(Refused::of(problems.iter().map(ToString::to_string).collect())),
    }
}
