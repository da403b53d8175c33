//! One person's page: handles, what passed on all networks, what is remembered, who writes to whom.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kith_domain::ids::{ContactId, ConversationId, HandleId};
use kith_domain::people::{Memory, tags};
use kith_store::{HandleRow, Passed};
use serde::Serialize;
use serde_json::json;

use super::memory::promise_line;
use super::{MemoryBeside, MergeLine, PromiseLine, event, may_sort};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Moment, Stamp};
use crate::words::{self, Calendar};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Months of the chart.
const MONTHS: i32 = 12;

/// A person's address.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HandleLine {
    /// The handle.
    pub id: HandleId,
    /// Where.
    pub stamp: Stamp,
    /// The address, without a leading `@`.
    pub address: String,
    /// Link to the profile.
    pub url: Option<String>,
    /// Whether the network marks it as automated.
    pub is_bot: bool,
}

/// Messages of one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Month {
    /// Such as `Nov`.
    pub name: String,
    /// Such as `November 2026`.
    pub full: String,
    /// Theirs.
    pub theirs: u32,
    /// Ours.
    pub ours: u32,
}

/// Something that passed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassedLine {
    /// When.
    pub at: Moment,
    /// Where.
    pub stamp: Stamp,
    /// Whether we did it.
    pub ours: bool,
    /// What happened, in words, such as `liked a post of yours`.
    pub what: String,
    /// The words that were said; `None` for what has none.
    pub words: Option<String>,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// By whose hand, for ours.
    pub provenance: Option<String>,
}

/// One person's page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContactPage {
    /// What is remembered.
    pub memory: MemoryBeside,
    /// Promises that were kept or let go, the latest first.
    pub ended: Vec<PromiseLine>,
    /// What passed, the latest first.
    pub passed: Vec<PassedLine>,
    /// Others who were merged into this person.
    pub merges: Vec<MergeLine>,
    /// People who may be the same: their names are alike. Never merged by themselves.
    pub alike: Vec<(ContactId, String, String)>,
}

impl Kith {
    /// One person's page. A merged one is the one that stayed.
    pub async fn contact_page(&self, visitor: &Visitor, id: ContactId) -> Result<ContactPage, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let memory = self.memory(visitor, id).await?;
        let id = memory.contact;
        let ended = store.memories_of(id).await.map_err(from_store)?;
        let ended = ended.iter().filter(|row| row.kind == Memory::Promise && row.ended.is_some());
        let ended = ended.filter_map(|row| promise_line(row, &memory.face, &calendar)).collect();
        // The instant itself belongs to what passed.
        let passed = store.passed(id, self.now().checked_add(1.second()).unwrap_or(self.now())).await.map_err(from_store)?;
        let merges = self.merge_lines(visitor, id).await?;
        let alike = store.contact_lines(&memory.face.name, 6, 0, self.now()).await.map_err(from_store)?;
        let alike =
            alike.into_iter().filter(|line| line.contact.id != id && line.contact.name.to_lowercase() == memory.face.name.to_lowercase());
        Ok(ContactPage {
            ended,
            passed: passed.iter().map(|passed| self.passed_line(passed, &calendar)).collect(),
            merges,
            alike: alike.map(|line| (line.contact.id, line.contact.name, line.handle.profile.address)).collect(),
            memory,
        })
    }

    /// Another name and other tags (`kiln, glaze`).
    pub async fn name_contact(&self, visitor: &Visitor, id: ContactId, name: &str, typed_tags: &str) -> Result<(), Problem> {
        may_sort(visitor)?;
        let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(Problem::Invalid { field: "name".into(), why: "write a name of at most 200 characters".into() });
        }
        let tags = tags(typed_tags).map_err(|no| Problem::Invalid { field: "tags".into(), why: no.to_string() })?;
        let told = event(visitor, "contact.named", &id.to_string(), json!({ "tags": tags }));
        self.store().in_workspace(visitor.workspace).set_contact(id, &name, &tags, &told, self.now()).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(id.to_string())).await;
        Ok(())
    }

    pub(super) fn handle_line(&self, row: &HandleRow) -> HandleLine {
        let profile = &row.profile;
        HandleLine {
            id: row.id,
            stamp: self.stamp(&profile.network, &profile.address),
            address: profile.address.clone(),
            url: profile.url.clone().filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            is_bot: profile.is_bot,
        }
    }

    /// Who wrote to whom in the last twelve months, the oldest first.
    pub(super) async fn months(&self, visitor: &Visitor, id: ContactId) -> Result<Vec<Month>, Problem> {
        let zone = TimeZone::get(&visitor.zone).unwrap_or(TimeZone::UTC);
        let this = self.now().to_zoned(zone.clone()).date().first_of_month();
        let months: Vec<_> = (0..MONTHS).rev().filter_map(|back| this.checked_sub(back.months()).ok()).collect();
        let since = months.first().and_then(|first| first.to_zoned(zone.clone()).ok()).map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp());
        let spoken = self.store().in_workspace(visitor.workspace).spoken(id, since).await.map_err(from_store)?;
        let mut counts: HashMap<(Date, bool), u32> = HashMap::new();
        for (at, is_ours) in spoken {
            let month = zone.to_datetime(at).date().first_of_month();
            *counts.entry((month, is_ours)).or_default() += 1;
        }
        let count = |month, ours| counts.get(&(month, ours)).copied().unwrap_or(0);
        Ok(months
            .into_iter()
            .map(|month| Month {
                name: month.strftime("%b").to_string(),
                full: month.strftime("%B %Y").to_string(),
                theirs: count(month, false),
                ours: count(month, true),
            })
            .collect())
    }

    fn passed_line(&self, passed: &Passed, calendar: &Calendar) -> PassedLine {
        let what = match (passed.kind.as_str(), passed.ours) {
            ("like", false) => "liked a post of yours",
            ("repost", false) => "passed a post of yours on",
            ("follow", false) => "began to follow you",
            ("quote", _) => "quoted you",
            ("mention", _) => "named you",
            ("direct", false) => "wrote to you alone",
            (_, false) => "wrote",
            ("follow", true) => "You followed them",
            ("unfollow", true) => "You stopped following them",
            ("like", true) => "You liked a post of theirs",
            ("repost", true) => "You passed a post of theirs on",
            ("unlike", true) => "You took your like of a post of theirs back",
            ("unrepost", true) => "You took back that you passed a post of theirs on",
            (_, true) => "You wrote",
        };
        PassedLine {
            at: calendar.moment(passed.at),
            stamp: self.stamp(&passed.network, &passed.channel),
            ours: passed.ours,
            what: what.into(),
            words: Some(words::without_mentions(&passed.text).trim().to_owned()).filter(|text| !text.is_empty()),
            conversation: passed.conversation,
            provenance: passed.ours.then(|| match &passed.member {
                Some(name) => format!("By {name}, by hand"),
                None => "Sent outside Kith".to_owned(),
            }),
        }
    }
}
