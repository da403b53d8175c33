//! `kith brake …`: whether posts are held, who waits, and the rule. Letting a single post out takes a person at the page.

use crate::cli;
use crate::commands::{Refused, Session, line, say};

pub(crate) async fn run(session: &Session, brake: cli::Brake) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    if let Some(cli::BrakeSet::Set { hours, owed }) = brake.set {
        if hours.is_none() && owed.is_none() {
            return Err(Refused::one("nothing is set; name --hours N or --owed N"));
        }
        kith.set_brake_rule(operator, hours, owed).await?;
    }
    let view = kith.brake(operator.workspace, &operator.zone).await?;
    if brake.json.json {
        return line(&view);
    }
    say(&format!("{} {}", view.headline, view.why))?;
    match (&view.holds_at, &view.first) {
        (Some(at), _) if view.holds() => say(&format!("Held since {} {}.", at.day_short, at.time))?,
        (Some(at), Some(first)) => say(&format!("It holds at {} {} unless {} hears from you.", at.day_short, at.time, first.name))?,
        _ => {}
    }
    if let Some(until) = &view.paused_until {
        say(&format!("The time until {} {} does not count.", until.day_short, until.time))?;
    }
    let owed = view.rule.owed.map(|owed| format!(", or as soon as {owed} people wait")).unwrap_or_default();
    let counted = if view.rule.only_presence { "hours in which you are here" } else { "hours" };
    say(&format!("Rule: posts are held once somebody has waited {} {counted}{owed}.", view.rule.hours))?;
    for post in &view.held {
        say(&format!("  held  {} {}  {:<20} {}", post.due.day_short, post.due.time, post.stamp.channel, post.text))?;
    }
    if view.held_more > 0 {
        say(&format!("  and {} more; all of them: kith dispatch list --needs-you", view.held_more))?;
    }
    if view.owed > 0 { say(&format!("\nAnswer on the page: {}/inbox", kith.public_url())) } else { Ok(()) }
}
