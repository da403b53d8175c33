//! Feeds as a page shows them, and what a visitor may do there.

use kith_domain::mandate::{Deed, Door};
use kith_domain::plan::Problem as PlanProblem;

use super::{FeedDraft, FeedLine, NewFeed};
use crate::Visitor;
use crate::kith::{Kith, Operator};
use crate::problem::Problem;
use crate::views::Moment;
use crate::words::Calendar;

/// Everything on the page of feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedsView {
    /// What is followed.
    pub feeds: Vec<FeedCard>,
    /// What waits.
    pub drafts: Vec<DraftCard>,
    /// Channels to announce on, by name, with their networks.
    pub channels: Vec<(String, String)>,
    /// A time to begin with, as a form's field takes it.
    pub suggested: String,
    /// Whether the visitor may plan.
    pub may_plan: bool,
}

/// A feed with its times in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCard {
    /// The feed.
    pub line: FeedLine,
    /// When it was last read.
    pub read: Option<Moment>,
    /// When it is read next.
    pub next: Option<Moment>,
}

/// A draft with its time in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftCard {
    /// The draft.
    pub draft: FeedDraft,
    /// When its entry was published.
    pub published: Option<Moment>,
}

/// What a visitor wants of a feed that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedWish {
    /// Read it now.
    Check,
    /// Let it rest.
    Pause,
    /// Let it go on.
    Resume,
    /// Follow it no longer.
    Drop,
}

impl Kith {
    /// The page of feeds.
    pub async fn feeds_page(&self, visitor: &Visitor) -> Result<FeedsView, Problem> {
        let calendar = Calendar::new(&visitor.zone, self.now());
        let feeds = self.feeds(visitor.workspace).await?.into_iter().map(|line| FeedCard {
            read: line.read_at.map(|at| calendar.moment(at)),
            next: line.next_at.map(|at| calendar.moment(at)),
            line,
        });
        let drafts = self.feed_drafts(visitor.workspace).await?.into_iter();
        let drafts = drafts.map(|draft| DraftCard { published: draft.published.map(|at| calendar.moment(at)), draft });
        let channels = self.channel_lines(visitor.workspace).await?.into_iter().map(|channel| (channel.name, channel.network));
        Ok(FeedsView {
            feeds: feeds.collect(),
            drafts: drafts.collect(),
            channels: channels.collect(),
            suggested: calendar.suggested(),
            may_plan: visitor.role().may(Deed::Plan).is_ok(),
        })
    }

    /// Follows a feed, from a page.
    pub async fn follow_feed(&self, visitor: &Visitor, new: NewFeed) -> Result<FeedLine, Problem> {
        self.add_feed(&may_plan(visitor)?, new, web(visitor)).await
    }

    /// Does with a feed what a visitor wants.
    pub async fn change_feed(&self, visitor: &Visitor, feed: &str, wish: FeedWish) -> Result<(), Problem> {
        let operator = may_plan(visitor)?;
        match wish {
            FeedWish::Check => self.check_feed(&operator, feed).await.map(drop),
            FeedWish::Pause => self.pause_feed(&operator, feed, true).await.map(drop),
            FeedWish::Resume => self.pause_feed(&operator, feed, false).await.map(drop),
            FeedWish::Drop => self.drop_feed(&operator, feed).await.map(drop),
        }
    }

    /// Plans a draft at a time, in these words, or lets it go (`at` is `None`). The inner `Err` says what is wrong.
    pub async fn decide_draft(
        &self,
        visitor: &Visitor,
        draft: &str,
        at: Option<&str>,
        text: Option<&str>,
    ) -> Result<Result<(), Vec<PlanProblem>>, Problem> {
        let settled = self.settle_draft(&may_plan(visitor)?, draft, at, text, web(visitor)).await?;
        Ok(settled.map(drop))
    }
}

fn may_plan(visitor: &Visitor) -> Result<Operator, Problem> {
    visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
    Ok(Operator { workspace: visitor.workspace, zone: visitor.zone.clone(), actor: visitor.actor() })
}

fn web(visitor: &Visitor) -> Door {
    Door::Web { session: visitor.session.id }
}
