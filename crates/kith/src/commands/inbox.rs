//! `kith inbox …`: what people wrote. Reading only: answering takes a person at the page.

use crate::cli;
use crate::commands::{Refused, Session, line, say};

/// Characters of a message in a list's line.
const SHOWN_CHARS: usize = 70;

pub(crate) async fn run(session: &Session, command: cli::Inbox) -> Result<(), Refused> {
    let cli::Inbox::List { standing, json } = command;
    let rows = session.kith.inbox_lines(session.operator.workspace, &standing).await?;
    if json.json {
        return rows.iter().try_for_each(line);
    }
    if rows.is_empty() {
        return say(if standing == "owed" { "Nobody is waiting for you." } else { "Nothing here." });
    }
    for row in &rows {
        let text: String = row.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN_CHARS).collect();
        say(&format!("{:>7.1} h  {:<24} {:<20} {text}", row.hours, row.from, row.channel))?;
    }
    say(&format!("\nAnswer on the page: {}/inbox", session.kith.public_url()))
}
