//! A sign-in that ends and that only a person can renew: its owner hears of it a week and a day before, once each.

use jiff::tz::TimeZone;
use kith_domain::ids::WorkspaceId;
use kith_domain::mandate::Actor;
use kith_domain::publish::{EndsWithin, ends_within};
use kith_store::{ChannelRow, NewEvent};

use crate::kith::Kith;
use crate::problem::{Problem, from_store};

impl Kith {
    /// Gives the warnings that are due; returns how many were new.
    pub async fn warn_of_ending_sign_ins(&self) -> Result<usize, Problem> {
        let (now, mut count) = (self.now(), 0);
        for row in self.store().ending_channels(now + EndsWithin::LONGEST).await.map_err(from_store)? {
            let Some((ends_at, step)) = row.sign_in_ends_at.and_then(|at| Some((at, ends_within(at, now)?))) else { continue };
            let words = self.ending_words(&row).await?;
            let event = NewEvent {
                kind: "channel.sign_in_ends".into(),
                subject: row.id.to_string(),
                actor: Actor::Worker,
                detail: serde_json::json!({ "ends_at": ends_at, "within": step.as_str() }),
            };
            let store = self.store().in_workspace(row.workspace);
            if store.warn_of_end(row.id, step.as_str(), &words, &event, now).await.map_err(from_store)? {
                tracing::warn!(channel = %row.name, %ends_at, "a channel's sign-in ends soon");
                self.tell(row.workspace, "channels", None).await;
                count += 1;
            }
        }
        Ok(count)
    }

    /// When it ends, on the wall clock of its workspace, and what to do.
    async fn ending_words(&self, row: &ChannelRow) -> Result<String, Problem> {
        let day = match row.sign_in_ends_at {
            Some(at) => at.to_zoned(self.zone_of(row.workspace).await?).strftime("%-d %B %Y, %H:%M").to_string(),
            None => return Ok(String::new()),
        };
        Ok(format!("Its sign-in ends on {day}. Sign in again before that, or its posts will wait."))
    }

    async fn zone_of(&self, workspace: WorkspaceId) -> Result<TimeZone, Problem> {
        let spaces = self.store().workspaces().await.map_err(from_store)?;
        let zone = spaces
            .into_iter()
            .find(|space| space.id == workspace)
            .and_then(|space| kith_domain::schedule::ZoneName::parse(&space.zone).ok());
        Ok(zone.map_or(TimeZone::UTC, |zone| zone.rules().clone()))
    }
}
