//! `kith queue …` and `kith windows …`: posts that take the next free place of their category (B3).

use clap::{Args, Subcommand};
use kith_domain::plan::QueueSpot;
use kith_domain::schedule::Draft;
use kith_engine::{PauseWish, ProgramEdit, QueueWish, SourceKind};

use crate::cli::Json;
use crate::commands::program::{How, Texts, apply};
use crate::commands::{Refused, Session, line, say};

/// The words of `kith queue`.
#[derive(Debug, Subcommand)]
pub(crate) enum Queue {
    /// Put posts into the queue; they take the next free places of their category
    Add(AddQueue),
    /// What waits, the first to go out first
    List(Json),
    /// Move a post within the queue
    Move(MoveQueue),
    /// Take a post out
    Remove {
        /// Its number in the list, or its key
        post: String,
        #[command(flatten)]
        how: How,
    },
    /// Let the queue rest, or one category or channel of it
    Pause(RestQueue),
    /// Let it go on
    Resume(RestQueue),
}

#[derive(Debug, Args)]
pub(crate) struct AddQueue {
    /// The category whose windows they take, such as tips
    #[arg(long)]
    category: String,
    /// Channels by name, divided by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
    channels: Vec<String>,
    /// Before all others instead of behind them
    #[arg(long)]
    first: bool,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
pub(crate) struct MoveQueue {
    /// Its number in the list, or its key
    post: String,
    #[command(flatten)]
    spot: Spot,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Spot {
    /// Before all others
    #[arg(long)]
    first: bool,
    /// Behind all others
    #[arg(long)]
    last: bool,
    /// Before this one
    #[arg(long, value_name = "POST")]
    before: Option<String>,
    /// Behind this one
    #[arg(long, value_name = "POST")]
    after: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RestQueue {
    /// Only this category, on all channels; its series and events stand still too
    #[arg(long)]
    category: Option<String>,
    /// Only this channel
    #[arg(long)]
    channel: Option<String>,
    #[command(flatten)]
    how: How,
}

/// The words of `kith windows`.
#[derive(Debug, Subcommand)]
pub(crate) enum Windows {
    /// When each category goes out on a channel, such as "tips: Mon-Fri 7:30-9:00; offers: Tue, Thu 16-18"
    Set {
        /// The channel's name
        channel: String,
        /// Categories with their days, hours and amounts, such as "tips: forty a month, Monday to Friday, two a day"
        windows: String,
        #[command(flatten)]
        how: How,
    },
    /// All channels with their windows
    List(Json),
    /// Say what a category is for: promotion, help or personal
    Kind {
        /// The category
        category: String,
        /// promotion, help or personal
        kind: String,
        #[command(flatten)]
        how: How,
    },
}

pub(crate) async fn run(session: &Session, command: Queue) -> Result<(), Refused> {
    let (kith, space) = (&session.kith, session.operator.workspace);
    match command {
        Queue::Add(AddQueue { category, channels, first, texts, how }) => {
            let wish = QueueWish { texts: texts.all()?, category, channels, first };
            apply(session, kith.queue_add(space, &wish).await?, how).await
        }
        Queue::List(json) => list(&kith.queue_drafts(space).await?, json),
        Queue::Move(MoveQueue { post, spot, how }) => {
            let drafts = kith.queue_drafts(space).await?;
            let spot = match spot {
                Spot { before: Some(other), .. } => QueueSpot::Before(key(&drafts, &other)?),
                Spot { after: Some(other), .. } => QueueSpot::After(key(&drafts, &other)?),
                Spot { first: true, .. } => QueueSpot::First,
                _ => QueueSpot::Last,
            };
            apply(session, kith.queue_move(space, &key(&drafts, &post)?, &spot).await?, how).await
        }
        Queue::Remove { post, how } => {
            let drafts = kith.queue_drafts(space).await?;
            apply(session, kith.queue_remove(space, &key(&drafts, &post)?).await?, how).await
        }
        Queue::Pause(rest) => rests(session, rest, true).await,
        Queue::Resume(rest) => rests(session, rest, false).await,
    }
}

async fn rests(session: &Session, rest: RestQueue, rests: bool) -> Result<(), Refused> {
    let RestQueue { category, channel, how } = rest;
    let wish = PauseWish { category, channel, ..PauseWish::default() };
    let edit = match (wish.category.is_none() && wish.channel.is_none(), rests) {
        (true, _) => ProgramEdit::Rest { kind: SourceKind::Queue, name: "queue".into(), rests },
        (false, true) => session.kith.pause_edit(&session.operator, &wish).await?,
        (false, false) => session.kith.resume_edit(&session.operator, &wish).await?,
    };
    apply(session, edit, how).await
}

fn list(drafts: &[Draft], json: Json) -> Result<(), Refused> {
    if json.json {
        return drafts.iter().try_for_each(line);
    }
    for (index, draft) in drafts.iter().enumerate() {
        let category = draft.category.as_deref().unwrap_or("no category");
        say(&format!("{:>3}  {category} on {}: {}", index + 1, draft.channels.join(", "), draft.text.lines().next().unwrap_or_default()))?;
    }
    if drafts.is_empty() {
        say("The queue is empty. Fill it with: kith queue add --category tips --channels NAME --text TEXT")
    } else {
        Ok(())
    }
}

/// The key of a post by its number in the list.
fn key(drafts: &[Draft], post: &str) -> Result<String, Refused> {
    match post.parse::<usize>() {
        Ok(number) => {
            let draft = number.checked_sub(1).and_then(|index| drafts.get(index));
            let draft = draft.ok_or_else(|| Refused::one(format!("there is no number {number}; the queue has {} posts", drafts.len())))?;
            Ok(draft.key.clone())
        }
        Err(_) => Ok(post.to_owned()),
    }
}

pub(crate) async fn windows(session: &Session, command: Windows) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    match command {
        Windows::Set { channel, windows, how } => apply(session, kith.windows_edit(operator, &channel, &windows).await?, how).await,
        Windows::Kind { category, kind, how } => apply(session, kith.kind_edit(operator.workspace, &category, &kind).await?, how).await,
        Windows::List(json) => {
            let rules = kith.plan_rules(operator.workspace).await?;
            for (channel, windows) in &rules.windows {
                for rule in windows {
                    let kind = rules.kinds.of(&rule.category);
                    let text = rule.rhythm.to_string();
                    if json.json {
                        line(
                            &serde_json::json!({ "channel": channel, "category": rule.category, "windows": text, "zone": rule.zone, "kind": kind }),
                        )?;
                    } else {
                        let kind = kind.map(|kind| format!(", counted as {kind}")).unwrap_or_default();
                        say(&format!("{channel}  {}: {text} ({}{kind})", rule.category, rule.zone))?;
                    }
                }
            }
            if rules.windows.is_empty() && !json.json {
                return say("No channel has windows yet. Set some with: kith windows set CHANNEL \"tips: Mon-Fri 7:30-9:00\"");
            }
            Ok(())
        }
    }
}
