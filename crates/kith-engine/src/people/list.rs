//! The list of people, by what is owed next.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::ContactId;
use kith_domain::people::drifting;
use kith_store::{ContactLine, DRIFTING_LOOKED_MAX};
use serde::Serialize;

use super::drift::why_drifting;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Face, Moment, Stamp};
use crate::words::{self, Calendar};

/// People on one page.
const PAGE_ROWS: u32 = 50;
/// Pages that can be asked for; who looks further searches.
const PAGES_MAX: u32 = 2_000;
/// Somebody is new for so many days.
const NEW_HOURS: i64 = 7 * 24;

/// Who has written so often in so many days, and was answered, is a regular.
const REGULAR_MESSAGES_MIN: u32 = 3;
const REGULAR_DAYS: i64 = 90;

/// Which people are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleShown {
    /// Everyone, by what is owed next.
    #[default]
    Everyone,
    /// Who wrote three times or more in ninety days and heard back.
    Regulars,
    /// Who kept writing and heard nothing.
    Drifting,
    /// To whom something is promised.
    Promises,
}

impl PeopleShown {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Everyone, Self::Regulars, Self::Drifting, Self::Promises];

    /// As it stands in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Regulars => "regulars",
            Self::Drifting => "drifting",
            Self::Promises => "promises",
        }
    }

    /// Read from an address; what is not known shows everyone.
    pub fn from_address(text: &str) -> Self {
        Self::ALL.into_iter().find(|shown| shown.as_str() == text).unwrap_or_default()
    }
}

/// A person in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonLine {
    /// The person.
    pub contact: ContactId,
    /// As shown.
    pub face: Face,
    /// The network on which they were heard last.
    pub stamp: Stamp,
    /// What is owed next: `promise`, `waiting`, `drifting`, `new`, or nothing.
    pub owed: &'static str,
    /// That in words, such as `Waits since yesterday`.
    pub owed_words: String,
    /// Their last words.
    pub words: Option<String>,
    /// The day on which we came to know them, for the page.
    pub since: Moment,
    /// Tags.
    pub tags: Vec<String>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeopleList {
    /// Which of them; a search is among everyone.
    pub shown: PeopleShown,
    /// What was searched for.
    pub search: String,
    /// Which page, from 0.
    pub page: u32,
    /// Whether there is another.
    pub more: bool,
    /// The people.
    pub rows: Vec<PersonLine>,
    /// New followers who wait for a decision.
    pub followers: u64,
}

impl Kith {
    /// People by what is owed next, fifty a page; `search` finds names, addresses, tags and what is remembered.
    pub async fn people_list(&self, visitor: &Visitor, search: &str, page: u32) -> Result<PeopleList, Problem> {
        self.people_shown(visitor, PeopleShown::Everyone, search, page).await
    }

    /// The same of some of them. A search looks among everyone.
    pub async fn people_shown(&self, visitor: &Visitor, shown: PeopleShown, search: &str, page: u32) -> Result<PeopleList, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let search: String = search.trim().chars().take(100).collect();
        let shown = if search.is_empty() { shown } else { PeopleShown::Everyone };
        let (page, now) = (page.min(PAGES_MAX), self.now());
        let (limit, offset) = (PAGE_ROWS + 1, page * PAGE_ROWS);
        let mut rows = match shown {
            PeopleShown::Everyone => store.contact_lines(&search, limit, offset, now).await,
            PeopleShown::Promises => store.promised_lines(limit, offset, now).await,
            PeopleShown::Regulars => {
                let since = now.checked_sub(SignedDuration::from_hours(24 * REGULAR_DAYS)).unwrap_or(Timestamp::UNIX_EPOCH);
                store.regular_lines(REGULAR_MESSAGES_MIN, since, limit, offset, now).await
            }
            // The domain judges who is drifting; they are few.
            PeopleShown::Drifting => store.may_drift(DRIFTING_LOOKED_MAX, 0, now).await.map(|lines| {
                let drift = lines.into_iter().filter(|line| drifting(&line.drift, now).is_some());
                drift.skip(offset as usize).take(limit as usize).collect()
            }),
        }
        .map_err(from_store)?;
        let more = rows.len() > PAGE_ROWS as usize;
        rows.truncate(PAGE_ROWS as usize);
        let followers = store.follower_counts().await.map_err(from_store)?.iter().map(|(_, n)| n).sum();
        Ok(PeopleList { shown, search, page, more, rows: rows.iter().map(|row| self.person_line(row, &calendar)).collect(), followers })
    }

    fn person_line(&self, line: &ContactLine, calendar: &Calendar) -> PersonLine {
        let now = calendar.now();
        let (owed, owed_words) = match (line.promised, line.waiting_since) {
            (Some(due), _) if due <= now => ("promise", format!("You promised: {}", line.promise.as_deref().unwrap_or_default())),
            (_, Some(since)) => ("waiting", format!("Waits {}", calendar.since(since))),
            (Some(due), None) => {
                ("promise", format!("By {}: {}", calendar.moment(due).day_short, line.promise.as_deref().unwrap_or_default()))
            }
            (None, None) => match why_drifting(line, calendar) {
                Some(why) => ("drifting", why),
                None if now.duration_since(line.contact.created_at).as_hours() < NEW_HOURS => ("new", "New to you".into()),
                None => ("", String::new()),
            },
        };
        PersonLine {
            contact: line.contact.id,
            face: words::face(&line.contact.name, &line.handle.profile.address, Some(line.handle.id)),
            stamp: self.stamp(&line.handle.profile.network, &line.handle.profile.address),
            owed,
            owed_words,
            words: line.last_words.as_deref().map(|text| words::cut(words::without_mentions(text))),
            since: calendar.moment(line.contact.created_at),
            tags: line.contact.tags.clone(),
        }
    }
}
