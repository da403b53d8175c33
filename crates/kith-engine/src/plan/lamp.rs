//! The lamp on every page: whether the owner is there now and until when, from her hours, promises and absences.

use kith_domain::schedule::PresenceAnswer;
use serde::Serialize;

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};

/// What the lamp says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lamp {
    /// Whether somebody is there; `None` while nothing was said about hours.
    pub here: Option<bool>,
    /// Until when that holds, such as `until 17:30` or `until Tuesday 09:00`; empty if nobody can tell.
    pub until: String,
}

impl Kith {
    /// The lamp of a visitor's workspace, in her zone. An absence goes before hours, as it does for the posts.
    pub async fn lamp(&self, visitor: &Visitor) -> Result<Lamp, Problem> {
        let (home, now) = (self.at_home(visitor.workspace).await.map_err(from_store)?, self.now());
        let calendar = self.calendar(&visitor.zone);
        let until = |at: Option<jiff::Timestamp>| {
            at.map(|at| {
                let (at, today) = (calendar.moment(at), calendar.moment(now));
                if at.day == today.day { format!("until {}", at.time) } else { format!("until {} {}", at.day_short, at.time) }
            })
            .unwrap_or_default()
        };
        if let Some(away) = home.away_at(now) {
            return Ok(Lamp { here: Some(false), until: until(Some(away.until)) });
        }
        Ok(match home.presence.map_or(PresenceAnswer::NotSaid, |presence| presence.at(now)) {
            PresenceAnswer::Here { until: at, .. } => Lamp { here: Some(true), until: until(at) },
            PresenceAnswer::NobodyHome { until: at, .. } => Lamp { here: Some(false), until: until(at) },
            PresenceAnswer::NotSaid => Lamp { here: None, until: String::new() },
        })
    }
}
