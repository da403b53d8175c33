//! When the owner is there, when she is away and what stands still: the one reading of it (B3, B7, C3, C4).
//!
//! The worker, the brake, the pages and the command line all ask here, so they can't say different things. Hours, single
//! promises and pauses are part of the rules for plans, absences are sources of the program; nothing else is read.

use jiff::Timestamp;
use kith_domain::ids::WorkspaceId;
use kith_domain::schedule::{Absence, Pause, Presence, held_by};
use kith_store::StoreError;

use super::program::{Meaning, SourceKind};
use crate::kith::Kith;

/// The setting that holds the rules for plans.
const RULES: &str = "plan_rules";

/// An absence that is planned, lasts or is over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Away {
    /// What it is called.
    pub(crate) name: String,
    /// Everything about it.
    pub(crate) absence: Absence,
    /// Its first instant.
    pub(crate) from: Timestamp,
    /// The first instant after it.
    pub(crate) until: Timestamp,
}

/// What holds in a workspace.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AtHome {
    /// The owner's hours and promises; `None` until she says so. Absences are not in it.
    pub(crate) presence: Option<Presence>,
    /// Her absences.
    pub(crate) away: Vec<Away>,
    /// What stands still, absences among it; `Err` says why nobody can tell.
    pub(crate) still: Result<Vec<Pause>, String>,
}

impl AtHome {
    /// The times of her absences.
    pub(crate) fn away_times(&self) -> Vec<(Timestamp, Timestamp)> {
        self.away.iter().map(|away| (away.from, away.until)).collect()
    }

    /// Why a post of this category on this channel would be held at an instant, if it would.
    pub(crate) fn still_at(&self, category: Option<&str>, channel: &str, at: Timestamp) -> Option<String> {
        match &self.still {
            Ok(pauses) => held_by(pauses, category, channel, at).map(|pause| pause.why.clone()),
            Err(why) => Some(why.clone()),
        }
    }

    /// The absence that lasts at an instant; of several the one that ends last.
    pub(crate) fn away_at(&self, at: Timestamp) -> Option<&Away> {
        self.away.iter().filter(|away| away.from <= at && at < away.until).max_by_key(|away| away.until)
    }
}

impl Kith {
    /// Presence, absences and pauses of a workspace. Hours and absences that can't be read are as if they were not there,
    /// which errs on the side of those who wait; pauses that can't be read hold, as nothing held is lost.
    pub(crate) async fn at_home(&self, workspace: WorkspaceId) -> Result<AtHome, StoreError> {
        let store = self.store().in_workspace(workspace);
        let (mut away, mut still) = (Vec::new(), Vec::new());
        let mut unread = None;
        for row in store.sources(SourceKind::Absence.as_str()).await?.into_iter().filter(|row| row.paused_at.is_none()) {
            let read = serde_json::from_value::<Meaning>(row.definition).map_err(|error| error.to_string());
            let absence = match read {
                Ok(Meaning::Away { absence }) => absence,
                Ok(Meaning::Plan { .. }) => continue,
                Err(error) => {
                    tracing::warn!(source = %row.id, %error, "an absence can't be read");
                    unread = Some(format!("the absence {:?} can't be read; store it anew", row.name));
                    continue;
                }
            };
            match (absence.check(), absence.pause()) {
                (Ok((from, until)), Ok(pause)) => {
                    still.push(pause);
                    away.push(Away { name: row.name, absence, from, until });
                }
                (Err(error), _) | (_, Err(error)) => {
                    tracing::warn!(source = %row.id, %error, "an absence can't be");
                    unread = Some(format!("the absence {:?} can't be read: {error}", row.name));
                }
            }
        }
        let mut rules = store.setting(RULES).await?.value;
        let mut part = |name: &str| rules.get_mut(name).map(serde_json::Value::take).filter(|value| !value.is_null());
        match part("pauses").map_or(Ok(Vec::new()), serde_json::from_value::<Vec<Pause>>) {
            Ok(pauses) => still.extend(pauses),
            Err(error) => {
                tracing::warn!(%error, "the pauses can't be read");
                unread = Some("what you paused can't be read; pause it anew or let it go on".into());
            }
        }
        let presence = part("presence").map_or(Ok(None), serde_json::from_value::<Option<Presence>>).unwrap_or_else(|error| {
            tracing::warn!(%error, "the hours of presence can't be read; every hour counts");
            None
        });
        Ok(AtHome { presence, away, still: unread.map_or(Ok(still), Err) })
    }
}
