//! What a reading brings: news are kept, and planned where the feed announces by itself.
//!
//! A reading learns the entries' keys, keeps the news as items and notes when to ask again, in one transaction; another
//! process that read the same version finds its write refused. Only then are items planned. An item's occurrence key
//! names it, so a crash between the two plans nothing twice.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::ItemId;
use kith_domain::mandate::Door;
use kith_domain::plan::feed::{keys, left_today, news};
use kith_domain::plan::{Parsed, PlanRow};
use kith_domain::schedule::ZoneName;
use kith_networks::feed::{Document, FeedError, Fetched, fetch};
use kith_store::{ItemChange, ItemRow, PlanChange, SaveError, SourceChange, SourceRow};
use serde::Serialize;

use super::follow::address;
use super::{Definition, Draft, EVERY_MIN, KIND, definition, draft, json, save, series};
use crate::kith::{Kith, Operator};
use crate::plan::wish::PlanWish;
use crate::problem::{Problem, from_store, internal};

/// Longest pause after failures, in minutes: a day.
const PAUSE_MIN_MAX: i64 = 24 * 60;
/// Entries of one reading that are kept as news, the latest; more at once is a feed that was moved, not news.
const NEWS_MAX: usize = 50;
/// What a reading brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FeedReading {
    /// The feed's name.
    pub feed: String,
    /// News kept.
    pub news: usize,
    /// Announcements planned.
    pub planned: usize,
    /// What went wrong.
    pub trouble: Option<String>,
}

impl Kith {
    /// Reads one feed now, whenever it is due.
    pub async fn check_feed(&self, operator: &Operator, name: &str) -> Result<FeedReading, Problem> {
        let row = self.named_feed(operator.workspace, name).await?;
        self.read_feed(&row).await
    }

    /// Reads every feed whose time has come, in all workspaces, and plans what waits for its day. For the worker.
    pub async fn read_due_feeds(&self) -> Result<Vec<FeedReading>, Problem> {
        let mut readings = Vec::new();
        for space in self.store().workspaces().await.map_err(from_store)? {
            for row in self.store().in_workspace(space.id).sources(KIND).await.map_err(from_store)? {
                if row.paused_at.is_some() {
                    continue;
                }
                // One feed's trouble is its own: it is noted on the feed and the others are read.
                let reading = match definition(&row) {
                    Ok(definition) if definition.next_at <= self.now() => self.read_feed(&row).await,
                    Ok(_) => self.announce(&row).await,
                    Err(problem) => Err(problem),
                };
                match reading {
                    Ok(reading) => readings.push(reading),
                    Err(problem) => tracing::warn!(feed = row.name, %problem, "a feed could not be read"),
                }
            }
        }
        Ok(readings)
    }

    async fn read_feed(&self, row: &SourceRow) -> Result<FeedReading, Problem> {
        let (mut definition, now) = (definition(row)?, self.now());
        let url = address(&definition.url)?;
        let fetched = fetch(&self.0.http, &url, &definition.seen, now).await;
        let document = note(&mut definition, fetched, now);
        let mut change = PlanChange::default();
        let mut kept = 0;
        if let Some(document) = document {
            let known = self.store().in_workspace(row.workspace).keys_of(row.id).await.map_err(from_store)?;
            let found = news(&document.entries, &known, known.is_empty());
            kept = found.len().min(NEWS_MAX);
            let first = found.len() - kept;
            for (place, index) in (0i64..).zip(found.into_iter().skip(first)) {
                let Some(entry) = document.entries.get(index) else { continue };
                let item = ItemRow {
                    id: self.chance().id(now, ItemId::new),
                    // By reading, then in the order of the news.
                    rank: now.as_millisecond() * 1_000 + place,
                    body: json(&Draft { entry: entry.clone(), trouble: None })?,
                    ended_at: None,
                };
                change.items.push(ItemChange { source: row.id, item });
            }
            change.keys =
                keys(&document.entries).into_iter().flatten().filter(|key| !known.contains(key)).map(|key| (row.id, key)).collect();
            definition.note_hub(document.hub.as_ref());
            if !document.title.is_empty() {
                definition.title = document.title;
            }
        }
        let trouble = definition.trouble.clone();
        change.sources.push(SourceChange::Set(SourceRow { definition: json(&definition)?, ..row.clone() }));
        match self.store().in_workspace(row.workspace).change_plan(&change, now).await {
            Ok(()) => {}
            // Another process has just read it, or a person has changed it.
            Err(SaveError::Fenced) => return Ok(FeedReading { feed: row.name.clone(), ..FeedReading::default() }),
            Err(error) => return Err(save(error)),
        }
        if kept > 0 {
            self.tell(row.workspace, "plan", None).await;
        }
        let row = self.store().in_workspace(row.workspace).source(row.id).await.map_err(from_store)?.unwrap_or_else(|| row.clone());
        let planned = self.announce(&row).await?.planned;
        // Its row may have changed while it announced.
        if let Some(row) = self.store().in_workspace(row.workspace).source(row.id).await.map_err(from_store)? {
            self.tend_hub(&row).await?;
        }
        Ok(FeedReading { feed: row.name, news: kept, planned, trouble })
    }

    /// Plans what waits, as many as the day has room for. Only feeds with windows announce by themselves.
    async fn announce(&self, row: &SourceRow) -> Result<FeedReading, Problem> {
        let mut reading = FeedReading { feed: row.name.clone(), ..FeedReading::default() };
        let (mut definition, now) = (definition(row)?, self.now());
        let Some(windows) = definition.windows.clone() else { return Ok(reading) };
        let space = self.store().workspace(row.workspace).await.map_err(from_store)?;
        let Some(space) = space else { return Ok(reading) };
        let zone = ZoneName::parse(&space.zone).map_err(|error| internal(&error.to_string()))?;
        let today = now.to_zoned(zone.rules().clone()).date();
        let done = definition.announced.filter(|(day, _)| *day == today).map_or(0, |(_, count)| count);
        let room = left_today(definition.per_day, done) as usize;
        let store = self.store().in_workspace(row.workspace);
        let items = if room == 0 { Vec::new() } else { store.items(row.id).await.map_err(from_store)? };
        let operator = Operator { workspace: row.workspace, zone: space.zone, actor: row.provenance.written_by.clone() };
        for item in items.into_iter().take(room) {
            let mut kept = draft(&item)?;
            if kept.trouble.is_some() {
                continue;
            }
            let words = definition.template.fill(&kept.entry, &definition.title);
            let plan = PlanRow { text: words, channels: Some(definition.channels.clone()), ..PlanRow::default() };
            let wish = PlanWish { windows: Some(windows.clone()), per_day: Some(definition.per_day), ..PlanWish::default() };
            let door = Door::Feed { url: definition.url.clone() };
            let parsed = Parsed { rows: vec![plan], problems: Vec::new() };
            let planned = self.plan_rows(&operator, parsed, series(item.id), None, &wish, door).await;
            match planned {
                Ok(Ok(_)) => reading.planned += 1,
                // It was planned by a run that ended before it could say so.
                Err(Problem::Conflict(_)) => {}
                Ok(Err(problems)) => {
                    // It stays as a draft, with what is wrong, and a person decides.
                    kept.trouble = Some(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
                    let item = ItemRow { body: json(&kept)?, ..item };
                    let change = PlanChange { items: vec![ItemChange { source: row.id, item }], ..PlanChange::default() };
                    store.change_plan(&change, now).await.map_err(save)?;
                    continue;
                }
                Err(problem) => return Err(problem),
            }
            self.end_item(row.workspace, row.id, item).await?;
        }
        if reading.planned > 0 {
            definition.announced = Some((today, done + u32::try_from(reading.planned).unwrap_or(u32::MAX)));
            self.set_source(row.workspace, SourceRow { definition: json(&definition)?, ..row.clone() }, now).await?;
        }
        Ok(reading)
    }
}

/// What a fetch means for the feed: when to ask again, and the document if there is a new one.
fn note(definition: &mut Definition, fetched: Result<Fetched, FeedError>, now: Timestamp) -> Option<Document> {
    let every = SignedDuration::from_mins(EVERY_MIN);
    match fetched {
        Ok(fetched) => {
            (definition.failures, definition.trouble, definition.read_at) = (0, None, Some(now));
            definition.next_at = now + every;
            match fetched {
                Fetched::Same => None,
                Fetched::New { document, seen, url } => {
                    definition.seen = seen;
                    definition.url = url.into();
                    Some(document)
                }
            }
        }
        Err(error) => {
            definition.failures = definition.failures.saturating_add(1);
            let asked = match &error {
                FeedError::Later { after_s: Some(after), .. } => i64::try_from(*after).unwrap_or(0) / 60,
                _ => 0,
            };
            let pause = EVERY_MIN.saturating_mul(1 << definition.failures.min(6)).max(asked).min(PAUSE_MIN_MAX);
            definition.next_at = now + SignedDuration::from_mins(pause);
            definition.trouble = Some(error.to_string());
            None
        }
    }
}
