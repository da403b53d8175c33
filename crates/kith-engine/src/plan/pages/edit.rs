//! A planned post on the desk again: as it stands, as it would be, and saved over the version that was read.

use kith_domain::ids::DispatchId;
use kith_domain::mandate::{Deed, Door};
use kith_domain::plan::question::asks;
use kith_domain::publish::{Hold, State};

use super::super::editing::{Editing, Hand};
use super::Composed;
use super::times::{Times, own_time};
use super::write::{capital, presence};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::Problem;
use crate::views::{LookView, Moment};

/// A planned post that stands open on the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct EditView {
    /// The delivery that was asked for.
    pub id: DispatchId,
    /// What was read: a save names it.
    pub version: String,
    /// What it says, where and when.
    pub post: Composed,
    /// When it goes out as it stands.
    pub due: Moment,
    /// Who holds it back by hand, if somebody does: other words do not let it go.
    pub held_by: Option<String>,
    /// Who changed it last and when, such as `Priya, Mon 23 Nov, 10:40`; `None` while it is as it came in.
    pub changed: Option<String>,
}

/// What became of a save.
#[derive(Debug, Clone, PartialEq)]
pub enum EditSaved {
    /// Stored; whether it waits for the owner's yes now.
    Done {
        /// It does.
        asks: bool,
    },
    /// Something is wrong with it; nothing was stored.
    Wrong(Box<LookView>),
    /// Somebody has changed it since it was read: theirs is as it was, this one was not stored.
    Theirs(Box<EditView>),
}

impl Kith {
    /// A planned post, to be changed. `Conflict` says why it can't be (any more), and the way out.
    pub async fn edit_page(&self, visitor: &Visitor, id: DispatchId) -> Result<EditView, Problem> {
        visitor.role().may(Deed::Plan).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let editing = self.editing(visitor.workspace, id).await?;
        Ok(self.edit_view(visitor, id, &editing))
    }

    /// What would become of it with these words. Stores nothing, and asks nobody outside.
    pub async fn look_edit(&self, visitor: &Visitor, id: DispatchId, post: &Composed) -> Result<LookView, Problem> {
        let editing = self.editing(visitor.workspace, id).await?;
        Ok(self.looked_edit(visitor, &editing, &editing.bound(post.clone()), true).await?.0)
    }

    /// Stores it, judged like a new post, over the version `seen` that was read.
    pub async fn save_edit(&self, visitor: &Visitor, id: DispatchId, seen: &str, post: &Composed) -> Result<EditSaved, Problem> {
        let operator = self.planner(visitor)?;
        let editing = self.editing(visitor.workspace, id).await?;
        if editing.version() != seen {
            return Ok(EditSaved::Theirs(Box::new(self.edit_view(visitor, id, &editing))));
        }
        let post = editing.bound(post.clone());
        let (view, ready) = self.looked_edit(visitor, &editing, &post, false).await?;
        // Left out of none: who reads one version would read the old words, and the others the new.
        let fits = view.may_plan() && !view.versions.iter().any(|version| version.blocked);
        let Some(ready) = ready.filter(|_| fits) else { return Ok(EditSaved::Wrong(Box::new(view))) };
        let hand = Hand { operator, asks: visitor.role().may(Deed::Approve).is_err() };
        let door = Door::Web { session: visitor.session.id };
        let asks = self.store_edit(&hand, &editing, (&post, ready), door).await?;
        Ok(EditSaved::Done { asks })
    }

    async fn looked_edit(
        &self,
        visitor: &Visitor,
        editing: &Editing,
        post: &Composed,
        quick: bool,
    ) -> Result<(LookView, Option<super::super::arrange::Ready>), Problem> {
        let rows = self.living_channels(visitor).await?;
        let rules = self.plan_rules(visitor.workspace).await?;
        let d = &editing.asked.dispatch;
        let zone = if post.zone.trim().is_empty() { visitor.zone.clone() } else { post.zone.trim().to_owned() };
        let at = if editing.same_time(post, &visitor.zone) { d.civil.clone() } else { post.at.trim().to_owned() };
        let mut times = Times {
            slots: Vec::new(),
            own: None,
            chosen: "at".into(),
            by_channel: post.channels.iter().map(|name| (name.clone(), (at.clone(), zone.clone()))).collect(),
            without: Vec::new(),
            at,
            zone,
            asks: post.channels.iter().any(|name| asks(post.words(name))) || !post.poll.is_empty(),
        };
        times.own = own_time(&times, &self.calendar(&visitor.zone), &presence(visitor, &rules)?);
        post.at.trim().clone_into(&mut times.at);
        let (view, _, ready) = self.looked_at(visitor, post, (&rows, &rules, times), (quick, &editing.views())).await?;
        Ok((view, ready))
    }

    fn edit_view(&self, visitor: &Visitor, id: DispatchId, editing: &Editing) -> EditView {
        let (calendar, asked) = (self.calendar(&visitor.zone), &editing.asked);
        let changed = asked.provenance.changed_by.as_ref().zip(asked.provenance.changed_at).map(|(who, at)| {
            let at = calendar.moment(at);
            capital(&format!("{who}, {}, {}", at.day_short, at.time))
        });
        EditView {
            id,
            version: editing.version(),
            post: editing.composed(),
            due: calendar.moment(asked.dispatch.due_at),
            held_by: match &asked.dispatch.state {
                State::Held { why: Hold::ByHand, detail, .. } => Some(detail.clone()),
                _ => None,
            },
            changed,
        }
    }
}
