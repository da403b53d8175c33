//! The same post again and again.

use kith_domain::schedule::{Draft, Ends, Recurrence, Wanted, parse_every};

use super::verbs::{date, invalid, put, zone_of};
use super::{ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// How many occurrences of a recurrence are planned ahead.
const RECURRING_AHEAD: u32 = 60;

/// A post again and again.
#[derive(Debug, Clone, Default)]
pub struct RecurringWish {
    /// What it is called.
    pub name: String,
    /// Such as `every Monday at 9`.
    pub every: String,
    /// Its zone; the workspace's if `None`.
    pub zone: Option<String>,
    /// First date; today if `None`.
    pub from: Option<String>,
    /// Last date.
    pub until: Option<String>,
    /// Channels by name.
    pub channels: Vec<String>,
    /// By which it is counted and paused.
    pub category: Option<String>,
    /// The words.
    pub text: String,
}

impl Kith {
    /// A post again and again.
    pub async fn recurring_edit(&self, operator: &Operator, wish: &RecurringWish) -> Result<ProgramEdit, Problem> {
        let channels = self.checked_channels(operator.workspace, &wish.channels).await?;
        let zone = zone_of(wish.zone.as_deref(), operator)?;
        let (every, times) = parse_every(&wish.every).map_err(|error| invalid("every", &error.to_string()))?;
        let from = match wish.from.as_deref() {
            Some(text) => date("from", text)?,
            None => self.now().to_zoned(zone.rules().clone()).date(),
        };
        let ends = match wish.until.as_deref() {
            Some(text) => Ends::On(date("until", text)?),
            None => Ends::Never,
        };
        if wish.text.trim().is_empty() {
            return Err(invalid("text", "write the post"));
        }
        let key = self.key_of(operator.workspace, SourceKind::Recurring, &wish.name).await?;
        let recurrence = Recurrence { key, from, every, times, zone, ends, skip: std::collections::BTreeSet::new() };
        let draft = Draft { channels, category: wish.category.clone(), ..Draft::new(self.item_key(), wish.text.trim(), &[]) };
        Ok(put(SourceKind::Recurring, &wish.name, Wanted::Recurring { recurrence, draft, most: RECURRING_AHEAD }))
    }
}
