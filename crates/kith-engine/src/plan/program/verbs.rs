//! What all verbs of the program share: channels and keys that are known, and texts of people read by the domain's own
//! readers. A wrong one names its field and the way out.

use jiff::civil::{Date, DateTime};
use kith_domain::ids::{ItemId, WorkspaceId};
use kith_domain::schedule::{Wanted, ZoneName};

use super::{Meaning, ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

impl Kith {
    /// A key for a new entry of a series.
    pub fn new_item_key(&self) -> String {
        self.item_key()
    }

    pub(super) fn item_key(&self) -> String {
        self.chance().id(self.now(), ItemId::new).to_string()
    }

    pub(super) async fn checked_channels(&self, workspace: WorkspaceId, names: &[String]) -> Result<Vec<String>, Problem> {
        if names.is_empty() {
            return Err(invalid("channels", "name the channels it goes to"));
        }
        for name in names {
            self.named_channel(workspace, name).await?;
        }
        Ok(names.to_vec())
    }

    /// The stable key of a source: the one that it has, or a new one. With the same key nothing that went out is sent again.
    pub(super) async fn key_of(&self, workspace: WorkspaceId, kind: SourceKind, name: &str) -> Result<String, Problem> {
        let known = match self.program_source(workspace, kind, name.trim()).await {
            Ok(line) => match line.meaning {
                Meaning::Away { absence } => Some(absence.key),
                Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } => Some(series.key),
                Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } => Some(event.key),
                Meaning::Plan { wanted: Wanted::Recurring { recurrence, .. }, .. } => Some(recurrence.key),
                Meaning::Plan { .. } => None,
            },
            Err(Problem::NotThere(_)) => None,
            Err(problem) => return Err(problem),
        };
        Ok(known.unwrap_or_else(|| self.item_key()))
    }
}

pub(super) fn put(kind: SourceKind, name: &str, wanted: Wanted) -> ProgramEdit {
    let meaning = Meaning::Plan { wanted, extras: std::collections::BTreeMap::new() };
    ProgramEdit::Put { kind, name: name.trim().to_owned(), meaning: Box::new(meaning), read: None }
}

pub(super) fn zone_of(text: Option<&str>, operator: &Operator) -> Result<ZoneName, Problem> {
    ZoneName::parse(text.unwrap_or(&operator.zone)).map_err(|error| invalid("zone", &error.to_string()))
}

/// A local time as people write it.
pub(super) fn moment(field: &str, text: &str) -> Result<DateTime, Problem> {
    let whole = text.trim().replace(' ', "T");
    whole.parse().map_err(|_| invalid(field, &format!("{text:?} is no time; write one such as 2026-12-05 18:30")))
}

pub(super) fn date(field: &str, text: &str) -> Result<Date, Problem> {
    text.trim().parse().map_err(|_| invalid(field, &format!("{text:?} is no date; write one such as 2026-12-05")))
}

pub(super) fn invalid(field: &str, why: &str) -> Problem {
    Problem::Invalid { field: field.to_owned(), why: why.to_owned() }
}
