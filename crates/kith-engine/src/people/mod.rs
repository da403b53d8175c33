//! People: what is remembered of each, what was promised, who is drifting, and who has begun to follow.
//!
//! Every line that is remembered was written by a person; owners and delegates may write, merge and sort. Nothing here
//! follows anybody or writes to them: that is `converse`, with a `HumanAct`.

mod drift;
mod followers;
mod list;
mod memory;
mod merging;
mod page;

pub use drift::DriftCard;
pub use followers::{FollowerCard, FollowerLine, FollowersView};
pub use list::{PeopleList, PeopleShown, PersonLine};
pub use memory::{MemoryBeside, MemoryLine, PromiseLine, PromiseWish, Remembered};
pub use merging::{MergeLine, MergeView};
pub use page::{ContactPage, HandleLine, Month, PassedLine};

use kith_domain::ids::ContactId;
use kith_domain::mandate::Deed;
use kith_store::{ContactRow, NewEvent};

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};

/// Owners and delegates keep what is remembered.
fn may_sort(visitor: &Visitor) -> Result<(), Problem> {
    visitor.role().may(Deed::Sort).map_err(|refusal| Problem::Refused(refusal.to_string()))
}

fn nobody() -> Problem {
    Problem::NotThere("there is no such person in this workspace".into())
}

fn event(visitor: &Visitor, kind: &str, subject: &str, detail: serde_json::Value) -> NewEvent {
    NewEvent { kind: kind.into(), subject: subject.to_owned(), actor: visitor.actor(), detail }
}

impl Kith {
    /// A person; one that was merged is the one that stayed.
    pub(crate) async fn living(&self, visitor: &Visitor, id: ContactId) -> Result<ContactRow, Problem> {
        let store = self.store().in_workspace(visitor.workspace);
        let mut row = store.contact(id).await.map_err(from_store)?.ok_or_else(nobody)?;
        // A chain of merges is short: each needs a person.
        for _ in 0..8 {
            match row.merged_into {
                Some(into) => row = store.contact(into).await.map_err(from_store)?.ok_or_else(nobody)?,
                None => break,
            }
        }
        Ok(row)
    }
}
