//! Notices: what everybody who uses this Kith should know about it or its computer, until it is over.
//!
//! A worker raises one by its kind and settles it when it is over; raising it again keeps its beginning, so that it is
//! told once. They are rows of the store; what the store can't take (a full disk is one of the kinds) is kept in memory
//! and stored as soon as it can be.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kith_domain::mandate::Deed;
use serde::{Deserialize, Serialize};

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::plan::Sorting;
use crate::problem::{Problem, from_store};
use crate::views::NoticeView;

/// How a notice's row is named in the store: this and the kind.
const PREFIX: &str = "notice.";

/// What a notice is about. To add one, add a line to `ALL`, `name`, `title` and `way_out`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The database does not answer, or a write to it failed.
    StoreUnwell,
    /// Less room than Kith needs to go on.
    DiskNearlyFull,
    /// The data folder may be a copy of one that runs: a person must say which goes on.
    SecondCopy,
    /// The data folder is a restored backup, or a copy of another's.
    RestoredCopy,
    /// The computer's clock was set.
    ClockJumped,
    /// The rules of a time zone changed and posts moved with them.
    TimesMoved,
}

/// A notice as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// What happened, in a sentence for people, such as "37 posts would have gone out at once."
    pub words: String,
    /// Since when.
    pub since: Timestamp,
}

/// The part of a notice that its row holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    words: String,
    since: Timestamp,
}

/// What the store would not take: raised ones, and settled ones as `None`.
#[derive(Debug, Default)]
pub(crate) struct Unsaved(Mutex<BTreeMap<NoticeKind, Option<Kept>>>);

impl NoticeKind {
    /// All of them, the most pressing first.
    pub const ALL: [Self; 6] =
        [Self::SecondCopy, Self::StoreUnwell, Self::DiskNearlyFull, Self::RestoredCopy, Self::ClockJumped, Self::TimesMoved];

    /// The stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StoreUnwell => "store_unwell",
            Self::DiskNearlyFull => "disk_nearly_full",
            Self::SecondCopy => "second_copy",
            Self::RestoredCopy => "restored_copy",
            Self::ClockJumped => "clock_jumped",
            Self::TimesMoved => "times_moved",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn title(self) -> &'static str {
        match self {
            Self::StoreUnwell => "Kith can't keep its notes",
            Self::DiskNearlyFull => "The disk is nearly full",
            Self::SecondCopy => "Two copies of this Kith may be running",
            Self::RestoredCopy => "This is a restored copy",
            Self::ClockJumped => "The computer's clock was set",
            Self::TimesMoved => "A time zone changed its rules",
        }
    }

    fn way_out(self) -> &'static str {
        match self {
            Self::StoreUnwell => "Nothing goes out until it can. Look at the database where Kith runs: kith doctor",
            Self::DiskNearlyFull => "Nothing goes out until there is room. Free some space where Kith runs; it goes on by itself.",
            Self::SecondCopy => {
                "If this copy is to go on and the other one is off, the owner says so here, or where Kith runs: kith doctor --this-copy-goes-on"
            }
            Self::RestoredCopy => "What may be out already is looked for, and nothing goes out unseen. See what needs you in the plan.",
            Self::ClockJumped => "Look at the time on the computer where Kith runs. What is late now asks you before it goes out.",
            Self::TimesMoved => "Look at the coming posts in the plan.",
        }
    }

    /// Whether it is over once a person has read it. The others end when what they tell of ends.
    const fn may_put_away(self) -> bool {
        matches!(self, Self::RestoredCopy | Self::ClockJumped | Self::TimesMoved)
    }
}

impl Unsaved {
    fn all(&self) -> MutexGuard<'_, BTreeMap<NoticeKind, Option<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kith {
    /// Tells everybody of something, until it is settled. Told once: raised again, it keeps its beginning and takes the
    /// new words. Returns whether it is new. Never fails: what the store can't take is kept in memory.
    pub async fn raise(&self, kind: NoticeKind, words: impl Into<String> + Send) -> bool {
        let (before, words) = (self.notice(kind).await, words.into());
        if before.as_ref().is_some_and(|before| before.words == words) {
            return false;
        }
        let is_new = before.is_none();
        if is_new {
            tracing::warn!(kind = kind.name(), %words, "notice");
        }
        let since = before.map_or_else(|| self.now(), |before| before.since);
        self.keep(kind, Some(Kept { words, since })).await;
        self.tell_everyone("notices");
        is_new
    }

    /// It is over. Returns whether there was one.
    pub async fn settle(&self, kind: NoticeKind) -> bool {
        if self.notice(kind).await.is_none() {
            return false;
        }
        self.keep(kind, None).await;
        self.tell_everyone("notices");
        true
    }

    /// What holds now, the most pressing first.
    pub async fn notices(&self) -> Vec<Notice> {
        let mut found = BTreeMap::new();
        match self.store().metas(PREFIX).await {
            Ok(rows) => {
                for (key, value) in rows {
                    let kind = key.strip_prefix(PREFIX).and_then(NoticeKind::of_name);
                    if let (Some(kind), Ok(kept)) = (kind, serde_json::from_str::<Kept>(&value)) {
                        found.insert(kind, kept);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "notices could not be read"),
        }
        for (kind, kept) in self.save_again().await {
            match kept {
                Some(kept) => found.insert(kind, kept),
                None => found.remove(&kind),
            };
        }
        let in_order = NoticeKind::ALL.into_iter().filter_map(|kind| found.remove_entry(&kind));
        in_order.map(|(kind, Kept { words, since })| Notice { kind, words, since }).collect()
    }

    /// The same, for a page.
    pub async fn notices_for(&self, visitor: &Visitor) -> Vec<NoticeView> {
        let calendar = self.calendar(&visitor.zone);
        let view = |notice: Notice| NoticeView {
            kind: notice.kind.name().into(),
            title: notice.kind.title().into(),
            words: notice.words,
            way_out: notice.kind.way_out().into(),
            since: calendar.moment(notice.since),
            may_put_away: notice.kind.may_put_away(),
            may_go_on: notice.kind == NoticeKind::SecondCopy && visitor.role().may(Deed::Administer).is_ok(),
        };
        let mut all: Vec<NoticeView> = self.notices().await.into_iter().map(view).collect();
        match self.sorting_for(visitor).await {
            Ok(sorting) => all.extend(sorting.map(of_sorting)),
            Err(problem) => tracing::warn!(%problem, "nobody can tell who sorts meanwhile"),
        }
        all
    }

    /// A person has read it.
    pub async fn put_away(&self, visitor: &Visitor, kind: &str) -> Result<(), Problem> {
        if visitor.role() != kith_domain::mandate::Role::Owner {
            return Err(Problem::Refused("An owner puts such notices away".into()));
        }
        match NoticeKind::of_name(kind) {
            Some(kind) if kind.may_put_away() => {
                self.settle(kind).await;
                Ok(())
            }
            Some(_) => Err(Problem::Conflict("this notice goes away by itself when what it tells of is over".into())),
            None => Err(Problem::NotThere("there is no such notice".into())),
        }
    }

    async fn notice(&self, kind: NoticeKind) -> Option<Notice> {
        self.notices().await.into_iter().find(|notice| notice.kind == kind)
    }

    async fn keep(&self, kind: NoticeKind, kept: Option<Kept>) {
        if let Err(error) = self.save(kind, kept.as_ref()).await {
            tracing::warn!(?error, kind = kind.name(), "a notice is kept in memory until the store takes it");
            self.0.unsaved.all().insert(kind, kept);
        } else {
            self.0.unsaved.all().remove(&kind);
        }
    }

    async fn save(&self, kind: NoticeKind, kept: Option<&Kept>) -> Result<(), Problem> {
        let key = format!("{PREFIX}{}", kind.name());
        match kept {
            Some(kept) => {
                let value = serde_json::to_string(kept).map_err(|error| crate::problem::internal(&error.to_string()))?;
                self.store().set_meta(&key, &value).await.map_err(from_store)
            }
            None => self.store().drop_meta(&key).await.map(drop).map_err(from_store),
        }
    }

    /// Offers the store what it would not take; returns all of it, taken or not.
    async fn save_again(&self) -> Vec<(NoticeKind, Option<Kept>)> {
        let unsaved: Vec<_> = self.0.unsaved.all().iter().map(|(kind, kept)| (*kind, kept.clone())).collect();
        for (kind, kept) in &unsaved {
            if self.save(*kind, kept.as_ref()).await.is_ok() {
                let mut all = self.0.unsaved.all();
                if all.get(kind) == Some(kept) {
                    all.remove(kind);
                }
            }
        }
        unsaved
    }
}

/// Who sorts for somebody who is away hears it over every page, until the absence is over.
fn of_sorting(sorting: Sorting) -> NoticeView {
    let Sorting { owner, since, until, .. } = sorting;
    NoticeView {
        kind: "sorting".into(),
        title: format!("You sort for {owner} until {} {}", until.day_short, until.time),
        words: format!("Messages come to you while {owner} is away: note, put off and set apart in the inbox."),
        way_out: format!("Answering stays with {owner}."),
        since,
        may_put_away: false,
        may_go_on: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_by_its_name_and_says_what_to_do() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::of_name(kind.name()), Some(kind));
            assert!(!kind.title().is_empty() && !kind.way_out().is_empty());
        }
    }
}
