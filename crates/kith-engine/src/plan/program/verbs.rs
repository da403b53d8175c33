//! What people say, as edits of the program: texts are read here, by the domain's own readers, and a wrong one names its
//! field and the way out. Each verb makes one `ProgramEdit`, to be previewed or done.

use jiff::civil::{Date, DateTime};
use kith_domain::ids::{ItemId, WorkspaceId};
use kith_domain::plan::{Queue, QueueItem, QueueSpot, Series, SeriesEntry};
use kith_domain::publish::Content;
use kith_domain::schedule::{
    Draft, Ends, Event, QueueRule, Recurrence, Rhythm, Wanted, ZoneName, parse_categories, parse_every, parse_reminders,
};

use super::{Meaning, ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// The one queue of a workspace.
pub(crate) const QUEUE: &str = "queue";
/// How many occurrences of a recurrence are planned ahead.
const RECURRING_AHEAD: u32 = 60;

/// Posts for the queue.
#[derive(Debug, Clone, Default)]
pub struct QueueWish {
    /// The texts, in their order.
    pub texts: Vec<String>,
    /// Whose windows they take.
    pub category: String,
    /// Channels by name.
    pub channels: Vec<String>,
    /// Before all others instead of behind them.
    pub first: bool,
}

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

    /// The queue's posts, the first to go out first, without what has gone out.
    pub async fn queue_drafts(&self, workspace: WorkspaceId) -> Result<Vec<Draft>, Problem> {
        match self.program_source(workspace, SourceKind::Queue, QUEUE).await {
            Ok(line) => match line.meaning {
                Meaning::Plan { wanted: Wanted::Queue { drafts }, .. } => Ok(drafts),
                _ => Ok(Vec::new()),
            },
            Err(Problem::NotThere(_)) => Ok(Vec::new()),
            Err(problem) => Err(problem),
        }
    }

    async fn put_queue(&self, workspace: WorkspaceId, drafts: Vec<Draft>) -> Result<ProgramEdit, Problem> {
        let extras = match self.program_source(workspace, SourceKind::Queue, QUEUE).await {
            Ok(line) => match line.meaning {
                Meaning::Plan { extras, .. } => extras,
                Meaning::Away { .. } => std::collections::BTreeMap::new(),
            },
            Err(Problem::NotThere(_)) => std::collections::BTreeMap::new(),
            Err(problem) => return Err(problem),
        };
        let meaning = Meaning::Plan { wanted: Wanted::Queue { drafts }, extras };
        Ok(ProgramEdit::Put { kind: SourceKind::Queue, name: QUEUE.into(), meaning: Box::new(meaning) })
    }

    /// Posts into the queue (B3).
    pub async fn queue_add(&self, workspace: WorkspaceId, wish: &QueueWish) -> Result<ProgramEdit, Problem> {
        let channels = self.checked_channels(workspace, &wish.channels).await?;
        let texts: Vec<&str> = wish.texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err(invalid("text", "write at least one post"));
        }
        if wish.category.trim().is_empty() {
            return Err(invalid("category", "name the category whose windows it takes, such as tips"));
        }
        let new = texts.into_iter().map(|text| Draft {
            channels: channels.clone(),
            category: Some(wish.category.trim().to_lowercase()),
            ..Draft::new(self.item_key(), text, &[])
        });
        let mut drafts = self.queue_drafts(workspace).await?;
        if wish.first {
            drafts.splice(0..0, new.collect::<Vec<_>>());
        } else {
            drafts.extend(new);
        }
        self.put_queue(workspace, drafts).await
    }

    /// A post of the queue to another place in its order.
    pub async fn queue_move(&self, workspace: WorkspaceId, key: &str, spot: &QueueSpot) -> Result<ProgramEdit, Problem> {
        let drafts = self.queue_drafts(workspace).await?;
        let item = |draft: &Draft| QueueItem {
            key: draft.key.clone(),
            category: draft.category.clone().unwrap_or_default(),
            channels: draft.channels.clone(),
            asks: draft.asks(),
        };
        let mut queue = Queue::of(drafts.iter().map(item));
        queue.reorder(key, spot).map_err(|error| invalid("post", &error.to_string()))?;
        let find = |item: &QueueItem| drafts.iter().find(|draft| draft.key == item.key).cloned();
        self.put_queue(workspace, queue.items().iter().filter_map(find).collect()).await
    }

    /// A post out of the queue.
    pub async fn queue_remove(&self, workspace: WorkspaceId, key: &str) -> Result<ProgramEdit, Problem> {
        let mut drafts = self.queue_drafts(workspace).await?;
        let before = drafts.len();
        drafts.retain(|draft| draft.key != key);
        if drafts.len() == before {
            return Err(Problem::NotThere("this post is not in the queue (any more); it may have gone out".into()));
        }
        self.put_queue(workspace, drafts).await
    }

    /// The weekly windows of a channel's categories, such as `tips: Mon–Fri 7:30–9:00; offers: Tue, Thu 16–18`.
    pub async fn windows_edit(&self, operator: &Operator, channel: &str, text: &str) -> Result<ProgramEdit, Problem> {
        self.named_channel(operator.workspace, channel).await?;
        let zone = zone_of(None, operator)?;
        let rules = parse_categories(text).map_err(|error| invalid("windows", &error.to_string()))?;
        let rules = rules.into_iter().map(|(category, rhythm)| QueueRule::new(category, rhythm, zone.clone())).collect();
        let mut all = self.plan_rules(operator.workspace).await?;
        all.windows.insert(channel.to_owned(), rules);
        Ok(ProgramEdit::Rules(Box::new(all)))
    }

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
        change: impl FnOnce(&mut Series, String) -> Result<(), kith_domain::plan::SeriesError> + Send,
    ) -> Result<ProgramEdit, Problem> {
        let mut line = self.program_source(workspace, SourceKind::Series, name).await?;
        if let Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } = &mut line.meaning {
            change(series, self.item_key()).map_err(|error| invalid("series", &error.to_string()))?;
        }
        Ok(ProgramEdit::Put { kind: SourceKind::Series, name: line.name, meaning: Box::new(line.meaning) })
    }

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
        Ok(ProgramEdit::Put { kind: SourceKind::Event, name: line.name, meaning: Box::new(line.meaning) })
    }

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

pub(super) fn put(kind: SourceKind, name: &str, wanted: Wanted) -> ProgramEdit {
    let meaning = Meaning::Plan { wanted, extras: std::collections::BTreeMap::new() };
    ProgramEdit::Put { kind, name: name.trim().to_owned(), meaning: Box::new(meaning) }
}

pub(super) fn zone_of(text: Option<&str>, operator: &Operator) -> Result<ZoneName, Problem> {
    ZoneName::parse(text.unwrap_or(&operator.zone)).map_err(|error| invalid("zone", &error.to_string()))
}

/// A local time as people write it.
pub(super) fn moment(field: &str, text: &str) -> Result<DateTime, Problem> {
    let whole = text.trim().replace(' ', "T");
    whole.parse().map_err(|_| invalid(field, &format!("{text:?} is no time; write one such as 2026-12-05 18:30")))
}

fn date(field: &str, text: &str) -> Result<Date, Problem> {
    text.trim().parse().map_err(|_| invalid(field, &format!("{text:?} is no date; write one such as 2026-12-05")))
}

pub(super) fn invalid(field: &str, why: &str) -> Problem {
    Problem::Invalid { field: field.to_owned(), why: why.to_owned() }
}
