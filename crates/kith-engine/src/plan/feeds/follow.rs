//! What a person decides about a feed: to look at it, follow it, let it rest, let it go.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{SourceId, WorkspaceId};
use kith_domain::mandate::Door;
use kith_domain::plan::feed::{PER_DAY_DEFAULT, PER_DAY_MAX, Template, keys, news, plain_link};
use kith_domain::schedule::Windows;
use kith_networks::feed::{Document, Fetched, Seen, fetch};
use kith_store::{NewEvent, NewSource, PlanChange, SaveError, SourceChange, SourceRow, StoreError, Unique};
use serde::Serialize;

use super::super::keep::provenance;
use super::{Definition, EVERY_MIN, KIND, definition, invalid, json, save};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

/// Longest name of a feed in characters.
const NAME_CHARS_MAX: usize = 60;
/// Entries of a preview.
const PREVIEW_ENTRIES: usize = 5;

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

/// What a feed would say, before it is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedPreview {
    /// Where it is read, after redirects.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Entries that it has, of which at most 5,000 are looked at.
    pub entries: usize,
    /// Whether it names a hub that tells of news at once.
    pub hub: bool,
    /// The latest ones, as they would be announced.
    pub latest: Vec<FeedSays>,
}

/// One entry as it would be announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedSays {
    /// The announcement.
    pub text: String,
    /// The entry's page.
    pub link: Option<String>,
    /// When the entry says that it was published.
    pub published: Option<Timestamp>,
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

impl Kith {
    /// Follows a feed: reads it once, so that a wrong address is said at once, and takes what is there for known.
    pub async fn add_feed(&self, operator: &Operator, new: NewFeed, door: Door) -> Result<FeedLine, Problem> {
        let url = address(&new.url)?;
        let template = template(new.template.as_deref())?;
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
        let (document, seen, url) = self.read_whole(&url, now).await?;
        self.refuse_twice(operator.workspace, &url, &new.channels).await?;
        let name = named(new.name.as_deref().unwrap_or(&document.title))?;
        let id = self.chance().id(now, SourceId::new);
        let mut definition = Definition {
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
            hub: None,
        };
        definition.note_hub(document.hub.as_ref());
        let provenance = provenance(&operator.actor, now, door, operator.workspace);
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
        if let Some(row) = self.store().in_workspace(operator.workspace).source(id).await.map_err(from_store)? {
            self.tend_hub(&row).await?;
        }
        self.feed_line(operator.workspace, id).await
    }

    /// What the latest entries of a feed would say, in the words of a template. Stores nothing.
    pub async fn preview_feed(&self, url: &str, words: Option<&str>) -> Result<FeedPreview, Problem> {
        let (url, template) = (address(url)?, template(words)?);
        let (document, _, url) = self.read_whole(&url, self.now()).await?;
        // As news would be: by their own time, else in the feed's order; here the latest first.
        let mut order = news(&document.entries, &BTreeSet::new(), false);
        order.reverse();
        let latest = order.into_iter().take(PREVIEW_ENTRIES).filter_map(|index| document.entries.get(index));
        let latest = latest
            .map(|entry| FeedSays { text: template.fill(entry, &document.title), link: entry.link.clone(), published: entry.published })
            .collect();
        Ok(FeedPreview {
            url: url.into(),
            entries: document.entries.len(),
            hub: document.hub.is_some(),
            title: document.title.clone(),
            latest,
        })
    }

    /// The whole feed, whatever was seen of it.
    async fn read_whole(&self, url: &url::Url, now: Timestamp) -> Result<(Document, Seen, url::Url), Problem> {
        match fetch(&self.0.http, url, &Seen::default(), now).await {
            Ok(Fetched::New { document, seen, url }) => Ok((document, seen, url)),
            Ok(Fetched::Same) => Err(Problem::NotNow("the feed's server answered nothing; try again".into())),
            Err(error) => Err(invalid("url", error.to_string())),
        }
    }

    /// One feed may be followed in several wordings, but never twice for one channel: all would be said twice.
    async fn refuse_twice(&self, workspace: WorkspaceId, url: &url::Url, channels: &[String]) -> Result<(), Problem> {
        let link = plain_link(url.as_str());
        for row in self.store().in_workspace(workspace).sources(KIND).await.map_err(from_store)? {
            let there = definition(&row)?;
            let shared = there.channels.iter().find(|name| channels.contains(name));
            if let Some(channel) = shared.filter(|_| plain_link(&there.url) == link) {
                return Err(Problem::Conflict(format!(
                    "this feed is followed already as {:?} for the channel {channel:?}; let that one go first, or name other channels",
                    row.name
                )));
            }
        }
        Ok(())
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
}

fn template(words: Option<&str>) -> Result<Template, Problem> {
    words.map_or(Ok(Template::default()), Template::parse).map_err(|error| invalid("template", error.to_string()))
}

pub(super) fn address(text: &str) -> Result<url::Url, Problem> {
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
