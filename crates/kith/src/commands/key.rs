//! `kith key …`: keys for programs that use the API.

use crate::cli;
use crate::commands::{Refused, Session, line, say};

pub(crate) async fn run(session: &Session, command: cli::Key) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    match command {
        cli::Key::Add { name, scope, days, json } => {
            let key = kith.add_key(operator, &name, &scope, days).await?;
            if json.json {
                return line(&key);
            }
            say(&format!(
                "The key {:?} may {} until {}. It is shown only now:\n\n  {}\n",
                key.name,
                if key.scope == "plan" { "read and plan" } else { "read" },
                key.expires_at,
                key.key
            ))
        }
        cli::Key::List(json) => {
            let keys = kith.keys(operator).await?;
            if json.json {
                return keys.iter().try_for_each(line);
            }
            for key in &keys {
                let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {at}"));
                say(&format!("{}  {:<5} {:<24} until {}, {used}", key.id, key.scope, key.name, key.expires_at))?;
            }
            if keys.is_empty() { say("There are no keys. Make one: kith key add --name NAME") } else { Ok(()) }
        }
        cli::Key::End { which } => {
            let key = kith.end_key(operator, &which).await?;
            say(&format!("The key {:?} opens nothing any more.", key.name))
        }
    }
}
