//! `kith feed …`: feeds that are followed, and the news of theirs that waits for a person.

use clap::{Args, Subcommand};
use kith_domain::mandate::Door;
use kith_engine::{FeedDraft, FeedLine, FeedPreview, FeedReading, NewFeed};

use crate::cli::Json;
use crate::commands::{Refused, Session, line, say};

/// The words of `kith feed`.
#[derive(Debug, Subcommand)]
pub(crate) enum Feed {
    /// Show what the latest entries would say; store nothing
    Preview {
        /// The feed's address
        url: String,
        /// The words, with {title}, {link}, {summary}, {author} and {feed}
        #[arg(long, value_name = "TEXT")]
        template: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Follow one: what it says now is known, what comes later is news
    Add(AddFeed),
    /// All that are followed, with what is wrong
    List(Json),
    /// Read one now
    Check {
        /// The feed's name
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Let one rest; what is planned stays planned
    Pause {
        /// The feed's name
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Let it go on
    Resume {
        /// The feed's name
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Follow it no longer; what is planned stays planned, its drafts are let go
    Drop {
        /// The feed's name
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// News that waits for you
    Drafts(Json),
    /// Plan a draft
    Plan {
        /// The draft's id
        draft: String,
        /// Local time, such as "2026-12-01 09:30"
        #[arg(long)]
        at: String,
        /// Other words than the template's
        #[arg(long)]
        text: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Let a draft go
    LetGo {
        /// The draft's id
        draft: String,
        #[command(flatten)]
        json: Json,
    },
}

/// A feed to follow.
#[derive(Debug, Args)]
pub(crate) struct AddFeed {
    /// Its address: RSS, Atom or JSON Feed
    url: String,
    /// Channels to announce on, by name, divided by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
    channels: Vec<String>,
    /// What to call it; its own title if left out
    #[arg(long)]
    name: Option<String>,
    /// The words, with {title}, {link}, {summary}, {author} and {feed}; title and link if left out
    #[arg(long, value_name = "TEXT")]
    template: Option<String>,
    /// Announcements a day at most
    #[arg(long, value_name = "N")]
    per_day: Option<u32>,
    /// When they go out by themselves, such as "Mon-Fri 08:00-18:00"; if left out, news wait as drafts
    #[arg(long, value_name = "WINDOWS")]
    windows: Option<String>,
    #[command(flatten)]
    json: Json,
}

pub(crate) async fn run(session: &Session, command: Feed) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    match command {
        Feed::Preview { url, template, json } => {
            let preview = kith.preview_feed(&url, template.as_deref()).await?;
            if json.json { line(&preview) } else { show_preview(&preview) }
        }
        Feed::Add(AddFeed { url, channels, name, template, per_day, windows, json }) => {
            let channels = channels.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
            let template = template.map(|text| text.replace("\\n", "\n"));
            let new = NewFeed { url, name, channels, template, per_day, windows };
            let feed = kith.add_feed(operator, new, Door::Cli).await?;
            if json.json {
                return line(&feed);
            }
            let then = if feed.windows.is_some() {
                format!("New entries are announced {}, at most {} a day.", how(&feed), feed.per_day)
            } else {
                "New entries wait for you: kith feed drafts".to_owned()
            };
            say(&format!("{:?} is followed. What it says now is known and not announced. {then}", feed.name))
        }
        Feed::List(json) => list(&kith.feeds(operator.workspace).await?, json),
        Feed::Check { name, json } => {
            let reading = kith.check_feed(operator, &name).await?;
            if json.json { line(&reading) } else { show_reading(&reading) }
        }
        Feed::Pause { name, json } => rest(session, &name, true, json).await,
        Feed::Resume { name, json } => rest(session, &name, false, json).await,
        Feed::Drop { name, json } => {
            let feed = kith.drop_feed(operator, &name).await?;
            if json.json { line(&feed) } else { say(&format!("{:?} is not followed any more. What is planned stays planned.", feed.name)) }
        }
        Feed::Drafts(json) => drafts(&kith.feed_drafts(operator.workspace).await?, json),
        Feed::Plan { draft, at, text, json } => match kith.settle_draft(operator, &draft, Some(&at), text.as_deref(), Door::Cli).await? {
            Err(problems) => Err(Refused::of(problems.iter().map(ToString::to_string).chain([STAYS.to_owned()]).collect())),
            Ok(Some(planned)) if json.json => line(&planned),
            Ok(planned) => {
                let at = planned.and_then(|planned| planned.first_due_at).map(|at| format!(" for {at}")).unwrap_or_default();
                say(&format!("Planned{at}."))
            }
        },
        Feed::LetGo { draft, json } => match kith.settle_draft(operator, &draft, None, None, Door::Cli).await? {
            Err(problems) => Err(Refused::of(problems.iter().map(ToString::to_string).collect())),
            Ok(_) if json.json => line(&serde_json::json!({ "let_go": draft })),
            Ok(_) => say("The draft is let go; its entry is not announced."),
        },
    }
}

/// Said after what is wrong with a draft.
const STAYS: &str = "nothing was stored; the draft stays";

async fn rest(session: &Session, name: &str, paused: bool, json: Json) -> Result<(), Refused> {
    let feed = session.kith.pause_feed(&session.operator, name, paused).await?;
    match (json.json, paused) {
        (true, _) => line(&feed),
        (false, true) => say(&format!("{:?} rests. Go on with: kith feed resume {:?}", feed.name, feed.name)),
        (false, false) => say(&format!("{:?} is read again.", feed.name)),
    }
}

fn list(feeds: &[FeedLine], json: Json) -> Result<(), Refused> {
    if json.json {
        return feeds.iter().try_for_each(line);
    }
    for feed in feeds {
        let state = match (&feed.paused_at, &feed.read_at) {
            (Some(at), _) => format!("rests since {at}"),
            (None, Some(at)) => format!("read {at}"),
            (None, None) => "never read yet".to_owned(),
        };
        say(&format!("{:<24} {}  {}, {} waiting, {state}", feed.name, feed.url, how(feed), feed.waiting))?;
        feed.trouble.iter().try_for_each(|why| say(&format!("    look: {why}")))?;
    }
    if feeds.is_empty() { say("No feed is followed. Look at one first: kith feed preview URL") } else { Ok(()) }
}

/// `drafts for lark` or `Mon-Fri 08:00-18:00 on lark`.
fn how(feed: &FeedLine) -> String {
    let channels = feed.channels.join(", ");
    feed.windows.as_ref().map_or_else(|| format!("drafts for {channels}"), |windows| format!("{windows} on {channels}"))
}

fn drafts(drafts: &[FeedDraft], json: Json) -> Result<(), Refused> {
    if json.json {
        return drafts.iter().try_for_each(line);
    }
    for draft in drafts {
        say(&format!("{}  {}", draft.id, draft.feed))?;
        draft.text.lines().try_for_each(|text| say(&format!("    {text}")))?;
        draft.trouble.iter().try_for_each(|why| say(&format!("    look: {why}")))?;
    }
    if drafts.is_empty() { say("Nothing waits.") } else { say("Plan one with: kith feed plan DRAFT --at TIME") }
}

fn show_preview(preview: &FeedPreview) -> Result<(), Refused> {
    let title = if preview.title.is_empty() { &preview.url } else { &preview.title };
    say(&format!("{title}: {} entries. The latest would say:", preview.entries))?;
    for entry in &preview.latest {
        let published = entry.published.map_or_else(|| "without a time".to_owned(), |at| at.to_string());
        say(&format!("\n{published}"))?;
        entry.text.lines().try_for_each(|text| say(&format!("    {text}")))?;
    }
    say("\nNothing is stored. Follow it with: kith feed add URL --channels NAMES")
}

fn show_reading(reading: &FeedReading) -> Result<(), Refused> {
    if let Some(why) = &reading.trouble {
        return Err(Refused::one(format!("{:?} could not be read: {why}", reading.feed)));
    }
    say(&format!("{:?}: {} new, {} planned.", reading.feed, reading.news, reading.planned))
}
