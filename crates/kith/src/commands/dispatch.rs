//! `kith dispatch …`: deliveries and every attempt at them.

use crate::cli;
use crate::commands::{Refused, Session, line, say};

/// Characters of a text in a list's line.
const SHOWN_CHARS: usize = 60;

pub(crate) async fn run(session: &Session, command: cli::Dispatch) -> Result<(), Refused> {
    match command {
        cli::Dispatch::List(args) => list(session, args).await,
        cli::Dispatch::Show { id, json } => show(session, &id, json.json).await,
    }
}

pub(crate) async fn list(session: &Session, args: cli::ListDispatches) -> Result<(), Refused> {
    let workspace = session.operator.workspace;
    let rows = session.kith.dispatch_lines(workspace, args.state.as_deref(), args.channel.as_deref(), args.limit).await?;
    if args.json.json {
        return rows.iter().try_for_each(line);
    }
    for row in &rows {
        let text: String = row.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN_CHARS).collect();
        // The end of an id tells more than its beginning, which is the time of its birth; the whole is printed.
        say(&format!("{}  {}  {:<12} {:<20} {text}", row.id, row.local, row.state, row.channel))?;
    }
    if rows.is_empty() { say("Nothing is planned. Plan a file: kith plan import FILE") } else { Ok(()) }
}

pub(crate) async fn show(session: &Session, id: &str, json: bool) -> Result<(), Refused> {
    let whole = session.kith.dispatch_page(session.operator.workspace, id).await?;
    if json {
        return line(&whole);
    }
    let row = &whole.line;
    say(&format!("{}  {} on {} ({})", row.id, row.local, row.channel, row.network))?;
    say(&format!("state: {} - {}", row.state, row.words))?;
    say(&format!("text:  {}", row.text))?;
    say(&format!("hash:  {}", whole.hash))?;
    say(&row.provenance)?;
    if let Some(url) = &row.url {
        say(&format!("link:  {url}"))?;
    }
    for attempt in &whole.tries {
        let took = attempt
            .ended_at
            .map_or_else(|| "no end known".into(), |end| format!("{} ms", end.duration_since(attempt.started_at).as_millis()));
        say(&format!("\n{}. {} at {} ({took})", attempt.n, attempt.kind, attempt.started_at))?;
        say(&format!("   sent:      {} {}", attempt.request_hash.get(..12).unwrap_or_default(), attempt.request))?;
        say(&format!("   came back: {} {}", attempt.outcome, attempt.answer))?;
        say(&format!("   concluded: {}", attempt.conclusion))?;
    }
    Ok(())
}
