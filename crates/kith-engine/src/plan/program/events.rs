//! An event's verbs (B5): new or from a calendar, at another time, called off.

use kith_domain::ids::WorkspaceId;
use kith_domain::publish::Content;
use kith_domain::schedule::{Draft, Event, Wanted, parse_reminders};

use super::verbs::{invalid, moment, put, zone_of};
use super::{Meaning, ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// An event.
#[derive(Debug, Clone, Default)]
pub struct EventWish {
    /// What it is called.
    pub name: String,
    /// Local time of its begin, such as `2026-12-05 18:30`.
    pub begins: String,
    /// Of its end; an hour later if `None`.
    pub ends: Option<String>,
    /// Its zone; the workspace's if `None`.
    pub zone: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Its page.
    pub link: Option<String>,
    /// Such as `each morning at 9 from seven days before; 2 h, 1 h before; doors open; the day after`.
    pub reminders: String,
    /// Channels by name.
    pub channels: Vec<String>,
    /// By which it is counted and paused.
    pub category: Option<String>,
    /// The words, one for each reminder; the last holds for the rest.
    pub texts: Vec<String>,
}

impl Kith {
    /// An event (B5), new or in place of the one with its name.
    pub async fn event_edit(&self, operator: &Operator, wish: &EventWish) -> Result<ProgramEdit, Problem> {
        let key = self.key_of(operator.workspace, SourceKind::Event, &wish.name).await?;
        self.event_put(operator, wish, &wish.name, key, None).await
    }

    /// An event of a calendar by its name there: read again, it is the same event whatever its title says now.
    pub async fn calendar_event_edit(
        &self,
        operator: &Operator,
        wish: &EventWish,
        uid: &str,
        cancelled: bool,
    ) -> Result<ProgramEdit, Problem> {
        let (name, key) = self.event_of(operator.workspace, uid, wish).await?;
        self.event_put(operator, wish, &name, key, cancelled.then(|| self.now())).await
    }

    async fn event_put(
        &self,
        operator: &Operator,
        wish: &EventWish,
        name: &str,
        key: String,
        cancelled_at: Option<jiff::Timestamp>,
    ) -> Result<ProgramEdit, Problem> {
        let channels = self.checked_channels(operator.workspace, &wish.channels).await?;
        let begins = moment("begins", &wish.begins)?;
        let ends = match wish.ends.as_deref() {
            Some(text) => moment("ends", text)?,
            None => begins.checked_add(jiff::Span::new().hours(1)).map_err(|error| invalid("begins", &error.to_string()))?,
        };
        let event = Event {
            key,
            name: super::named(&wish.name)?,
            begins,
            ends,
            zone: zone_of(wish.zone.as_deref(), operator)?,
            place: wish.place.clone(),
            link: wish.link.clone(),
            cancelled_at,
        };
        event.check().map_err(|error| invalid("begins", &error.to_string()))?;
        let reminders = parse_reminders(&wish.reminders).map_err(|error| invalid("reminders", &error.to_string()))?;
        let drafts: Vec<Draft> = wish
            .texts
            .iter()
            .filter(|text| !text.trim().is_empty())
            .map(|text| Draft {
                channels: channels.clone(),
                category: wish.category.clone(),
                ..Draft::new(self.item_key(), text.trim(), &[])
            })
            .collect();
        if drafts.is_empty() {
            return Err(invalid(
                "text",
                "write the words of its reminders; {event}, {date}, {time}, {in}, {place} and {link} are filled in",
            ));
        }
        Ok(put(SourceKind::Event, name, Wanted::Event { event, reminders, drafts }))
    }

    /// What an event of a calendar is called here, and its key.
    async fn event_of(&self, workspace: WorkspaceId, uid: &str, wish: &EventWish) -> Result<(String, String), Problem> {
        // A foreign name may be of any length and have any signs.
        let hash = Content { text: uid.to_owned(), ..Content::default() }.hash();
        let key = format!("ics-{}", hash.as_str().chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>());
        let mut taken = false;
        for line in self.sources_of(workspace, SourceKind::Event).await? {
            let Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } = line.meaning else { continue };
            if event.key == key || event.key == uid {
                return Ok((line.name, event.key));
            }
            taken |= line.name == wish.name;
        }
        let name = if taken { format!("{:.60} {:.10}", wish.name, wish.begins) } else { wish.name.clone() };
        Ok((name, key))
    }

    /// An event at another time: its reminders move with it.
    pub async fn event_move(&self, workspace: WorkspaceId, name: &str, begins: &str, ends: Option<&str>) -> Result<ProgramEdit, Problem> {
        let begins = moment("begins", begins)?;
        let ends = ends.map(|text| moment("ends", text)).transpose()?;
        self.event_change(workspace, name, |event| {
            let length = event.begins.until(event.ends).unwrap_or_default();
            event.begins = begins;
            event.ends = ends.or_else(|| begins.checked_add(length).ok()).unwrap_or(begins);
            event.check().map(drop).map_err(|error| invalid("begins", &error.to_string()))
        })
        .await
    }

    /// An event is called off: nothing more goes out for it.
    pub async fn event_cancel(&self, workspace: WorkspaceId, name: &str) -> Result<ProgramEdit, Problem> {
        let now = self.now();
        self.event_change(workspace, name, |event| {
            event.cancelled_at = Some(now);
            Ok(())
        })
        .await
    }

    async fn event_change(
        &self,
        workspace: WorkspaceId,
        name: &str,
        change: impl FnOnce(&mut Event) -> Result<(), Problem> + Send,
    ) -> Result<ProgramEdit, Problem> {
        let mut line = self.program_source(workspace, SourceKind::Event, name).await?;
        if let Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } = &mut line.meaning {
            change(event)?;
        }
        Ok(ProgramEdit::Put { kind: SourceKind::Event, name: line.name, meaning: Box::new(line.meaning), read: Some(line.version) })
    }
}
