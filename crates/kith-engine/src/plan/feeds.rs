//! Feeds as a source of announcements (B8): followed, read when it is time, each new entry once.
//!
//! A reading learns the entries' keys, keeps the news as items and notes when to ask again, in one transaction; another
//! process that read the same version finds its write refused. Only then are items planned. An item's occurrence key
//! names it, so a crash between the two plans nothing twice.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{ItemId, SourceId, WorkspaceId};
use kith_domain::mandate::{Door, Provenance};
use kith_domain::plan::feed::{FeedEntry, PER_DAY_DEFAULT, PER_DAY_MAX, Template, keys, left_today, news};
use kith_domain::plan::{Parsed, PlanRow, Problem as PlanProblem};
use kith_domain::schedule::{Windows, ZoneName};
use kith_networks::feed::{Document, FeedError, Fetched, Seen, fetch};
use kith_store::{ItemChange, ItemRow, NewEvent, NewSource, PlanChange, SaveError, SourceChange, SourceRow, StoreError, Unique};
use serde::{Deserialize, Serialize};

use super::import::Imported;
use super::wish::PlanWish;
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store, internal};

/// The kind of these sources in the store.
const KIND: &str = "feed";
/// Minutes between two askings of a feed that answers.
const EVERY_MIN: i64 = 30;
/// Longest pause after failures, in minutes: a day.
const PAUSE_MIN_MAX: i64 = 24 * 60;
/// Entries of one reading that are kept as news, the latest; more at once is a feed that was moved, not news.
const NEWS_MAX: usize = 50;
/// Longest name of a feed in characters.
const NAME_CHARS_MAX: usize = 60;

/// A feed to follow, as a person gives it.
#[derive(Debug, Clone, Default)]
pub struct NewFeed {
    /// Its address.
    pub url: String,
    /// What it is called here; its own title if `None`.
    pub name: Option<String>,
    /// Channels to announce on, by name.
    pub channels: Vec<String>,
    /// The words; title and link if `None`.
    pub template: Option<String>,
    /// Announcements a day at most.
    pub per_day: Option<u32>,
    /// When they may go out, such as "Mon-Fri 08:00-18:00"; drafts only if `None`.
    pub windows: Option<String>,
}

/// A feed as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedLine {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Channels.
    pub channels: Vec<String>,
    /// The words of an announcement.
    pub template: String,
    /// `announce` or `draft`.
    pub mode: String,
    /// When they may go out.
    pub windows: Option<String>,
    /// Announcements a day at most.
    pub per_day: u32,
    /// When it was last read with success.
    pub read_at: Option<Timestamp>,
    /// When it is read next.
    pub next_at: Option<Timestamp>,
    /// Why it could not be read.
    pub trouble: Option<String>,
    /// Entries that wait for a yes or for their day.
    pub waiting: usize,
    /// Since when it rests.
    pub paused_at: Option<Timestamp>,
}

/// A draft from a feed: news that waits for a person or for its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedDraft {
    /// Its id.
    pub id: String,
    /// The feed's name.
    pub feed: String,
    /// The announcement as it would go out.
    pub text: String,
    /// The entry's page.
    pub link: Option<String>,
    /// When the entry says that it was published.
    pub published: Option<Timestamp>,
    /// Why it could not be planned by itself.
    pub trouble: Option<String>,
}

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

/// Everything about a feed, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Definition {
    url: String,
    title: String,
    channels: Vec<String>,
    #[serde(default)]
    template: Template,
    per_day: u32,
    windows: Option<String>,
    #[serde(default)]
    seen: Seen,
    read_at: Option<Timestamp>,
    next_at: Timestamp,
    #[serde(default)]
    failures: u32,
    trouble: Option<String>,
    /// The day of the last announcements, in the workspace's zone, and how many.
    #[serde(default)]
    announced: Option<(jiff::civil::Date, u32)>,
}

/// A draft, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Draft {
    entry: FeedEntry,
    #[serde(default)]
    trouble: Option<String>,
}

impl Kith {
    /// Follows a feed: reads it once, so that a wrong address is said at once, and takes what is there for known.
    pub async fn add_feed(&self, operator: &Operator, new: NewFeed, door: Door) -> Result<FeedLine, Problem> {
        let url = address(&new.url)?;
        let template = new.template.as_deref().map_or(Ok(Template::default()), Template::parse);
        let template = template.map_err(|error| invalid("template", error.to_string()))?;
        let per_day = new.per_day.unwrap_or(PER_DAY_DEFAULT);
        if !(1..=PER_DAY_MAX).contains(&per_day) {
            return Err(invalid("per_day", format!("1 to {PER_DAY_MAX} announcements a day")));
        }
        if let Some(windows) = &new.windows {
            windows.parse::<Windows>().map_err(|error| invalid("windows", error.to_string()))?;
        }
        if new.channels.is_empty() {
            return Err(invalid("channels", "name the channels to announce on".into()));
        }
        for name in &new.channels {
            self.named_channel(operator.workspace, name).await?;
        }
        let now = self.now();
        let (document, seen, url) = match fetch(&self.0.http, &url, &Seen::default(), now).await {
            Ok(Fetched::New { document, seen, url }) => (document, seen, url),
            Ok(Fetched::Same) => return Err(Problem::NotNow("the feed's server answered nothing; try again".into())),
            Err(error) => return Err(invalid("url", error.to_string())),
        };
        let name = named(new.name.as_deref().unwrap_or(&document.title))?;
        let id = self.chance().id(now, SourceId::new);
        let definition = Definition {
            url: url.into(),
            title: document.title.clone(),
            channels: new.channels,
            template,
            per_day,
            windows: new.windows,
            seen,
            read_at: Some(now),
            next_at: now + SignedDuration::from_mins(EVERY_MIN),
            failures: 0,
            trouble: None,
            announced: None,
        };
        let provenance = Provenance {
            written_by: operator.actor.clone(),
            written_at: now,
            through: door,
            approved_by: Some(operator.actor.clone()),
            approved_at: Some(now),
            sent_by: kith_domain::mandate::Actor::Worker,
            on_behalf_of: operator.workspace,
        };
        let source = NewSource { id, kind: KIND.into(), name, definition: json(&definition)?, provenance };
        let change = PlanChange {
            sources: vec![SourceChange::Add(source)],
            keys: keys(&document.entries).into_iter().flatten().map(|key| (id, key)).collect(),
            events: vec![NewEvent {
                kind: "feed.followed".into(),
                subject: id.to_string(),
                actor: operator.actor.clone(),
                detail: serde_json::json!({ "url": definition.url, "known": document.entries.len() }),
            }],
            ..PlanChange::default()
        };
        self.store().in_workspace(operator.workspace).change_plan(&change, now).await.map_err(|error| match error {
            SaveError::Store(StoreError::Conflict { what: Unique::SourceName, which }) => {
                Problem::Conflict(format!("a feed is called {:?} already; give this one another name", which.unwrap_or_default()))
            }
            other => save(other),
        })?;
        self.feed_line(operator.workspace, id).await
    }

    /// The feeds that are followed, by name.
    pub async fn feeds(&self, workspace: WorkspaceId) -> Result<Vec<FeedLine>, Problem> {
        let store = self.store().in_workspace(workspace);
        let mut lines = Vec::new();
        for row in store.sources(KIND).await.map_err(from_store)? {
            let waiting = store.items(row.id).await.map_err(from_store)?.len();
            lines.push(line(&row, waiting)?);
        }
        Ok(lines)
    }

    async fn feed_line(&self, workspace: WorkspaceId, id: SourceId) -> Result<FeedLine, Problem> {
        let store = self.store().in_workspace(workspace);
        let row = store.source(id).await.map_err(from_store)?.ok_or_else(|| Problem::NotThere("this feed is gone".into()))?;
        let waiting = store.items(id).await.map_err(from_store)?.len();
        line(&row, waiting)
    }

    /// Follows it no longer; what is planned already stays planned.
    pub async fn drop_feed(&self, operator: &Operator, name: &str) -> Result<FeedLine, Problem> {
        let now = self.now();
        let mut row = self.named_feed(operator.workspace, name).await?;
        let told = line(&row, 0)?;
        row.ended_at = Some(now);
        self.set_source(operator.workspace, row, now).await?;
        Ok(told)
    }

    /// Rests, or goes on.
    pub async fn pause_feed(&self, operator: &Operator, name: &str, paused: bool) -> Result<FeedLine, Problem> {
        let now = self.now();
        let mut row = self.named_feed(operator.workspace, name).await?;
        let id = row.id;
        row.paused_at = paused.then_some(now);
        self.set_source(operator.workspace, row, now).await?;
        self.feed_line(operator.workspace, id).await
    }

    async fn set_source(&self, workspace: WorkspaceId, row: SourceRow, now: Timestamp) -> Result<(), Problem> {
        let change = PlanChange { sources: vec![SourceChange::Set(row)], ..PlanChange::default() };
        self.store().in_workspace(workspace).change_plan(&change, now).await.map_err(save)
    }

    /// Drafts of all feeds, the oldest first.
    pub async fn feed_drafts(&self, workspace: WorkspaceId) -> Result<Vec<FeedDraft>, Problem> {
        let store = self.store().in_workspace(workspace);
        let mut drafts = Vec::new();
        for row in store.sources(KIND).await.map_err(from_store)? {
            let definition = definition(&row)?;
            for item in store.items(row.id).await.map_err(from_store)? {
                let Draft { entry, trouble } = draft(&item)?;
                drafts.push(FeedDraft {
                    id: item.id.to_string(),
                    feed: row.name.clone(),
                    text: definition.template.fill(&entry, &definition.title),
                    link: entry.link.clone(),
                    published: entry.published,
                    trouble,
                });
            }
        }
        Ok(drafts)
    }

    /// Plans a draft at a time of the person's choice, in the words given or the template's; or drops it (`at` is
    /// `None`). The inner `Err` says what is wrong with the post; the draft stays.
    pub async fn settle_draft(
        &self,
        operator: &Operator,
        id: &str,
        at: Option<&str>,
        text: Option<&str>,
        door: Door,
    ) -> Result<Result<Option<Imported>, Vec<PlanProblem>>, Problem> {
        let not_there = || Problem::NotThere("this draft is gone; somebody planned or dropped it".into());
        let id: ItemId = id.parse().map_err(|_| not_there())?;
        let store = self.store().in_workspace(operator.workspace);
        for row in store.sources(KIND).await.map_err(from_store)? {
            let Some(item) = store.items(row.id).await.map_err(from_store)?.into_iter().find(|item| item.id == id) else { continue };
            let definition = definition(&row)?;
            let planned = match at {
                None => None,
                Some(at) => {
                    let words = text.map_or_else(
                        || Ok(definition.template.fill(&draft(&item)?.entry, &definition.title)),
                        |text| Ok(text.to_owned()),
                    )?;
                    let row =
                        PlanRow { text: words, at: Some(at.to_owned()), channels: Some(definition.channels.clone()), ..PlanRow::default() };
                    let parsed = Parsed { rows: vec![row], problems: Vec::new() };
                    match self.plan_rows(operator, parsed, series(item.id), None, &PlanWish::default(), door).await? {
                        Ok(imported) => Some(imported),
                        Err(problems) => return Ok(Err(problems)),
                    }
                }
            };
            self.end_item(operator.workspace, row.id, item).await?;
            return Ok(Ok(planned));
        }
        Err(not_there())
    }

    async fn end_item(&self, workspace: WorkspaceId, source: SourceId, mut item: ItemRow) -> Result<(), Problem> {
        let now = self.now();
        item.ended_at = Some(now);
        let change = PlanChange { items: vec![ItemChange { source, item }], ..PlanChange::default() };
        self.store().in_workspace(workspace).change_plan(&change, now).await.map_err(save)
    }

    async fn named_feed(&self, workspace: WorkspaceId, name: &str) -> Result<SourceRow, Problem> {
        let rows = self.store().in_workspace(workspace).sources(KIND).await.map_err(from_store)?;
        let names = rows.iter().map(|row| format!("{:?}", row.name)).collect::<Vec<_>>().join(", ");
        let known = if names.is_empty() { "none is followed yet".to_owned() } else { format!("there are {names}") };
        rows.into_iter()
            .find(|row| row.name == name || row.id.to_string() == name)
            .ok_or_else(|| Problem::NotThere(format!("no feed is called {name:?}; {known}")))
    }

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
                let reading = if definition(&row)?.next_at <= self.now() { self.read_feed(&row).await } else { self.announce(&row).await };
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

fn address(text: &str) -> Result<url::Url, Problem> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    match url::Url::parse(&whole) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host_str().is_some() => Ok(url),
        _ => Err(invalid("url", format!("{text:?} is no address of the web; write one such as https://example.org/feed.xml"))),
    }
}

fn named(name: &str) -> Result<String, Problem> {
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(invalid("name", "this feed has no title; call it something".into()));
    }
    Ok(name.chars().take(NAME_CHARS_MAX).collect())
}

fn definition(row: &SourceRow) -> Result<Definition, Problem> {
    serde_json::from_value(row.definition.clone()).map_err(|error| internal(&format!("feed {}: {error}", row.id)))
}

fn draft(item: &ItemRow) -> Result<Draft, Problem> {
    serde_json::from_value(item.body.clone()).map_err(|error| internal(&format!("draft {}: {error}", item.id)))
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(value).map_err(|error| internal(&error.to_string()))
}

/// Occurrence keys of an item's post begin with this.
fn series(item: ItemId) -> String {
    format!("feed-{item}")
}

fn line(row: &SourceRow, waiting: usize) -> Result<FeedLine, Problem> {
    let definition = definition(row)?;
    Ok(FeedLine {
        id: row.id.to_string(),
        name: row.name.clone(),
        url: definition.url,
        channels: definition.channels,
        template: definition.template.as_str().to_owned(),
        mode: if definition.windows.is_some() { "announce" } else { "draft" }.to_owned(),
        windows: definition.windows,
        per_day: definition.per_day,
        read_at: definition.read_at,
        next_at: row.paused_at.is_none().then_some(definition.next_at),
        trouble: definition.trouble,
        waiting,
        paused_at: row.paused_at,
    })
}

fn invalid(field: &str, why: String) -> Problem {
    Problem::Invalid { field: field.to_owned(), why }
}

fn save(error: SaveError) -> Problem {
    match error {
        SaveError::Fenced => Problem::Conflict("somebody else has changed it meanwhile; look again and decide anew".into()),
        SaveError::Store(error) => from_store(error),
    }
}
