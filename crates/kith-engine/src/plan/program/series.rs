//! A series' verbs (B4): a new one, and changes inside one.

use kith_domain::ids::WorkspaceId;
use kith_domain::plan::{Series, SeriesEntry, SeriesError};
use kith_domain::schedule::{Rhythm, Wanted};

use super::verbs::{invalid, put, zone_of};
use super::{Meaning, ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// A series.
#[derive(Debug, Clone, Default)]
pub struct SeriesWish {
    /// What it is called.
    pub name: String,
    /// Above each text, such as `Kiln tip {n} of {total}`.
    pub heading: String,
    /// The hashtag.
    pub hashtag: Option<String>,
    /// How often, such as `one a day` or `Mon-Fri 8:00-9:30, one a day`.
    pub rhythm: Option<String>,
    /// Its zone; the workspace's if `None`.
    pub zone: Option<String>,
    /// Channels by name.
    pub channels: Vec<String>,
    /// By which it is counted and paused.
    pub category: Option<String>,
    /// The texts, in their order.
    pub texts: Vec<String>,
}

impl Kith {
    /// A new series (B4). One with this name is left alone, as its numbers may be out.
    pub async fn series_edit(&self, operator: &Operator, wish: &SeriesWish) -> Result<ProgramEdit, Problem> {
        match self.program_source(operator.workspace, SourceKind::Series, wish.name.trim()).await {
            Ok(known) => {
                let why = format!("the series {:?} exists already; insert into it, drop it, or choose another name", known.name);
                return Err(Problem::Conflict(why));
            }
            Err(Problem::NotThere(_)) => {}
            Err(problem) => return Err(problem),
        }
        let channels = self.checked_channels(operator.workspace, &wish.channels).await?;
        let rhythm = match wish.rhythm.as_deref() {
            Some(text) => Rhythm::parse(text).map_err(|error| invalid("rhythm", &error.to_string()))?,
            None => Rhythm::one_a_day(),
        };
        let mut series = Series { key: self.item_key(), heading: wish.heading.clone(), hashtag: wish.hashtag.clone(), entries: Vec::new() };
        for (index, text) in wish.texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).enumerate() {
            series.insert(SeriesEntry::new(self.item_key(), text), index).map_err(|error| invalid("text", &error.to_string()))?;
        }
        let wanted =
            Wanted::Series { series, rhythm, zone: zone_of(wish.zone.as_deref(), operator)?, channels, category: wish.category.clone() };
        Ok(put(SourceKind::Series, &wish.name, wanted))
    }

    /// A change inside a series: its entries as `change` leaves them.
    pub async fn series_change(
        &self,
        workspace: WorkspaceId,
        name: &str,
        change: impl FnOnce(&mut Series, String) -> Result<(), SeriesError> + Send,
    ) -> Result<ProgramEdit, Problem> {
        let mut line = self.program_source(workspace, SourceKind::Series, name).await?;
        if let Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } = &mut line.meaning {
            change(series, self.item_key()).map_err(|error| invalid("series", &error.to_string()))?;
        }
        Ok(ProgramEdit::Put { kind: SourceKind::Series, name: line.name, meaning: Box::new(line.meaning), read: Some(line.version) })
    }
}
