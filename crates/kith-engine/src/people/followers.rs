//! New followers, one card at a time (C6): read when the card opens, sorted by a delegate, decided by a person.
//!
//! Nothing happens by default. Following back and writing are acts of the owner's hand in `converse`; what is kept here
//! is only that it was done.

use kith_domain::ids::{ChannelId, HandleId};
use kith_domain::people::{FollowerFacts, Handling, SortedAs, TRIAGE_NOTE_CHARS_MAX, why};
use kith_store::FollowerRow;
use serde::Serialize;
use serde_json::json;

use super::memory::who;
use super::{event, may_sort, nobody};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Face, Moment, Stamp};
use crate::words::{self, Calendar};

/// Followers of one list.
const LIST_MAX: u32 = 100;
/// Most followers that are let be at once.
const TOGETHER_MAX: usize = 100;

/// A follower in the queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FollowerLine {
    /// Their handle.
    pub handle: HandleId,
    /// As shown.
    pub face: Face,
    /// Where.
    pub stamp: Stamp,
    /// Since when they follow.
    pub at: Moment,
    /// As what they were sorted: `meet`, `shop`, `bot`, `unsure`, or nothing yet.
    pub sorted: Option<SortedAs>,
    /// The delegate's line to the owner.
    pub note: String,
    /// Who sorted.
    pub sorted_by: Option<String>,
    /// Messages of theirs so far.
    pub wrote: u32,
}

/// A card, read from the network as it opens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FollowerCard {
    /// Who.
    pub line: FollowerLine,
    /// The channel they follow.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// Link to their profile.
    pub url: Option<String>,
    /// What they say of themselves, plain.
    pub bio: String,
    /// Their last posts with their time, plain.
    pub posts: Vec<(String, Moment)>,
    /// Since when they are on the network.
    pub since: Option<Moment>,
    /// Why one looks twice, in words.
    pub why: Vec<String>,
    /// Why the profile can't be read now.
    pub unread: Option<String>,
}

/// The queue with its first card.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FollowersView {
    /// Which part is shown: a stored name, `none`, or empty for all.
    pub shown: String,
    /// The card at hand.
    pub card: Option<FollowerCard>,
    /// Those after it.
    pub next: Vec<FollowerLine>,
    /// How many wait, by the stored name of what they were sorted as (`none` for nothing yet).
    pub counts: Vec<(String, u64)>,
    /// How many wait in all.
    pub total: u64,
    /// Whether this visitor may follow and write.
    pub may_converse: bool,
    /// Whether this visitor may sort and let be.
    pub may_sort: bool,
}

impl Kith {
    /// New followers for Today and the page; `open` names the card at hand, else the first.
    pub async fn followers(&self, visitor: &Visitor, shown: &str, open: Option<HandleId>) -> Result<FollowersView, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let shown = if shown == "none" || SortedAs::from_stored(shown).is_some() { shown } else { "" };
        let mut rows = store.followers(shown, LIST_MAX).await.map_err(from_store)?;
        let at = open.and_then(|open| rows.iter().position(|row| row.handle.id == open)).unwrap_or(0);
        let first = if rows.is_empty() { None } else { Some(rows.remove(at)) };
        let counts = store.follower_counts().await.map_err(from_store)?;
        let card = match first {
            Some(row) => Some(self.follower_card(visitor, &row, &calendar).await?),
            None => None,
        };
        Ok(FollowersView {
            shown: shown.to_owned(),
            card,
            next: rows.iter().map(|row| self.follower_line(row, &calendar)).collect(),
            total: counts.iter().map(|(_, n)| n).sum(),
            counts,
            may_converse: visitor.role().may(kith_domain::mandate::Deed::Converse).is_ok(),
            may_sort: may_sort(visitor).is_ok(),
        })
    }

    /// How many wait, and the first few faces: for Today. No network is asked.
    pub async fn followers_waiting(&self, visitor: &Visitor, faces: u32) -> Result<(u64, Vec<FollowerLine>), Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let total = store.follower_counts().await.map_err(from_store)?.iter().map(|(_, n)| n).sum();
        let rows = store.followers("", faces.min(LIST_MAX)).await.map_err(from_store)?;
        Ok((total, rows.iter().map(|row| self.follower_line(row, &calendar)).collect()))
    }

    /// A delegate, or the owner, says what they think of a follower; `None` takes it back.
    pub async fn sort_follower(&self, visitor: &Visitor, handle: HandleId, sorted: Option<SortedAs>, note: &str) -> Result<(), Problem> {
        may_sort(visitor)?;
        let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
        if note.chars().count() > TRIAGE_NOTE_CHARS_MAX {
            let why = format!("a note has at most {TRIAGE_NOTE_CHARS_MAX} characters; shorten it");
            return Err(Problem::Invalid { field: "note".into(), why });
        }
        let told = event(visitor, "follower.sorted", &handle.to_string(), json!({ "sorted": sorted }));
        let store = self.store().in_workspace(visitor.workspace);
        store.sort_follower(handle, sorted, &note, &visitor.actor(), &told, self.now()).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(handle.to_string())).await;
        Ok(())
    }

    /// Keeps that a follower was let be, or, after the owner's own act, followed or written to. This does neither.
    pub async fn handled_follower(&self, visitor: &Visitor, handle: HandleId, handling: Handling) -> Result<(), Problem> {
        self.handle_all(visitor, &[handle], Some(handling)).await
    }

    /// Lets several be at once, each named. There is no such thing for following.
    pub async fn let_followers_be(&self, visitor: &Visitor, handles: &[HandleId]) -> Result<(), Problem> {
        if handles.is_empty() || handles.len() > TOGETHER_MAX {
            return Err(Problem::Invalid { field: "handle".into(), why: format!("choose one to {TOGETHER_MAX} followers") });
        }
        self.handle_all(visitor, handles, Some(Handling::LetBe)).await
    }

    /// Takes a decision back: they wait again. What was followed stays followed.
    pub async fn undo_followers(&self, visitor: &Visitor, handles: &[HandleId]) -> Result<(), Problem> {
        self.handle_all(visitor, handles, None).await
    }

    async fn handle_all(&self, visitor: &Visitor, handles: &[HandleId], handling: Option<Handling>) -> Result<(), Problem> {
        may_sort(visitor)?;
        let kind = handling.map_or_else(|| "follower.undone".to_owned(), |handling| format!("follower.{}", handling.as_str()));
        let subject = handles.first().map(ToString::to_string).unwrap_or_default();
        let told = event(visitor, &kind, &subject, json!({ "handles": handles }));
        let store = self.store().in_workspace(visitor.workspace);
        store.handle_followers(handles, handling, &visitor.actor(), &told, self.now()).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", None).await;
        Ok(())
    }

    async fn follower_card(&self, visitor: &Visitor, row: &FollowerRow, calendar: &Calendar) -> Result<FollowerCard, Problem> {
        let channel = self.store().in_workspace(visitor.workspace).channel(row.channel).await.map_err(from_store)?.ok_or_else(nobody)?;
        let (looked, unread) = match self.look_at(&channel, &row.handle.profile.remote_id).await {
            Ok(looked) => (looked, None),
            Err(why) => (kith_networks::LookedAt::default(), Some(why)),
        };
        let facts = FollowerFacts {
            is_bot: row.handle.profile.is_bot,
            bio: looked.bio.clone(),
            posts: looked.posts.iter().map(|post| post.text.clone()).collect(),
            follows: looked.follows,
            followers: looked.followers,
            age_days: looked.since.map(|since| calendar.now().duration_since(since).as_hours() / 24),
        };
        // Of a profile that was not read, nothing is said but what the network told before.
        let reasons = if unread.is_some() { Vec::new() } else { why(&facts) };
        Ok(FollowerCard {
            line: self.follower_line(row, calendar),
            channel: row.channel,
            channel_name: row.channel_name.clone(),
            url: row.handle.profile.url.clone().filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            bio: looked.bio,
            posts: looked.posts.iter().map(|post| (post.text.clone(), calendar.moment(post.at))).collect(),
            since: looked.since.map(|since| calendar.moment(since)),
            why: reasons.iter().map(kith_domain::people::Why::words).collect(),
            unread,
        })
    }

    fn follower_line(&self, row: &FollowerRow, calendar: &Calendar) -> FollowerLine {
        let profile = &row.handle.profile;
        FollowerLine {
            handle: row.handle.id,
            face: words::face(profile.name(), &profile.address, Some(row.handle.id)),
            stamp: self.stamp(&profile.network, &row.channel_name),
            at: calendar.moment(row.at),
            sorted: row.sorted,
            note: row.note.clone(),
            sorted_by: row.sorted_by.as_ref().map(who),
            wrote: row.wrote,
        }
    }
}
