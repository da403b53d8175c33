//! `kith dispatch …`: deliveries and every attempt at them.

use kith_engine::{DispatchLine, DispatchQuery, DispatchWhole};

use crate::cli;
use crate::commands::{Refused, Session, line, say};

/// Characters of a text in a list's line.
const SHOWN_CHARS: usize = 60;
/// Under which heading of `--needs-you` a post stands, by what it needs.
const HEADINGS: [(&str, &str); 9] = [
    ("unconfirmed", "Is it there? Look on the network, then say on the page:"),
    ("missed", "Missed their time; nothing goes out so late unasked:"),
    ("sign_in", "Wait for their channel to be signed in again; then they go out by themselves:"),
    ("media", "A picture is missing:"),
    ("changed", "Changed since they were approved; let them go and plan them anew:"),
    ("resting", "Stand still while you are away or something is paused; they go out by themselves after that:"),
    ("paused", "On a paused channel:"),
    ("keeps_failing", "Tried again and again, certainly not out:"),
    ("refused", "Not taken by the network, certainly not out:"),
];

pub(crate) async fn run(session: &Session, command: cli::Dispatch) -> Result<(), Refused> {
    match command {
        cli::Dispatch::List(args) => list(session, args).await,
        cli::Dispatch::Show { id, json } => show(session, &id, json.json).await,
    }
}

pub(crate) async fn list(session: &Session, args: cli::ListDispatches) -> Result<(), Refused> {
    let query =
        DispatchQuery { state: args.state.as_deref(), needs_you: args.needs_you, channel: args.channel.as_deref(), limit: args.limit };
    let rows = session.kith.dispatch_list(session.operator.workspace, &query).await?;
    if args.json.json {
        return rows.iter().try_for_each(line);
    }
    if args.needs_you {
        return needs_you(&rows);
    }
    rows.iter().try_for_each(|row| say(&row_line(row)))?;
    if rows.is_empty() { say("Nothing is planned. Plan a file: kith plan import FILE") } else { Ok(()) }
}

/// By what they need, the most pressing first; what has no heading of its own comes last.
fn needs_you(rows: &[DispatchLine]) -> Result<(), Refused> {
    if rows.is_empty() {
        return say("Nothing needs you.");
    }
    let needs = |row: &DispatchLine| row.needs.clone().unwrap_or_default();
    for (kind, heading) in HEADINGS {
        let mut under = rows.iter().filter(|row| needs(row) == kind).peekable();
        if under.peek().is_some() {
            say(heading)?;
        }
        under.try_for_each(|row| say(&format!("  {}\n      {}", row_line(row), row.words)))?;
    }
    let other = rows.iter().filter(|row| !HEADINGS.iter().any(|(kind, _)| *kind == needs(row)));
    other.into_iter().try_for_each(|row| say(&format!("{}\n      {}", row_line(row), row.words)))?;
    say("\nDecide on the page, under Plan, Needs you. Call one off here: kith post cancel ID")
}

fn row_line(row: &DispatchLine) -> String {
    let text: String = row.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN_CHARS).collect();
    // The end of an id tells more than its beginning, which is the time of its birth; the whole is printed.
    format!("{}  {}  {:<12} {:<20} {text}", row.id, row.local, row.state, row.channel)
}

pub(crate) async fn show(session: &Session, id: &str, json: bool) -> Result<(), Refused> {
    let whole = session.kith.dispatch_page(session.operator.workspace, id).await?;
    if json {
        return line(&whole);
    }
    head(&whole)?;
    whole.tries.iter().try_for_each(|attempt| {
        let took = attempt
            .ended_at
            .map_or_else(|| "no end known".into(), |end| format!("{} ms", end.duration_since(attempt.started_at).as_millis()));
        say(&format!("\n{}. {} at {} ({took})", attempt.n, attempt.kind, attempt.started_local))?;
        say(&format!("   sent:      {} {}", attempt.request_hash, attempt.request))?;
        say(&format!("   came back: {} {}", attempt.outcome, attempt.answer))?;
        say(&format!("   concluded: {}", attempt.conclusion))
    })
}

fn head(whole: &DispatchWhole) -> Result<(), Refused> {
    let row = &whole.line;
    say(&format!("{}  {} on {} ({})", row.id, row.local, row.channel, row.network))?;
    say(&format!("state: {} - {}", row.state, row.words))?;
    say(&format!("text:  {}", row.text))?;
    if let Some(warning) = &whole.warning {
        say(&format!("warning before it: {warning}"))?;
    }
    for alt in &whole.pictures {
        say(&format!("picture: {}", if alt.is_empty() { "decorative, without a description" } else { alt }))?;
    }
    say(&format!("hash:  {} (approved: the words and the pictures)", whole.hash))?;
    say(&row.provenance)?;
    whole.decisions.iter().try_for_each(|decision| say(&format!("{} {}, {}", decision.who, decision.what, decision.at.iso)))?;
    row.url.iter().try_for_each(|url| say(&format!("link:  {url}")))
}
