//! Other words for a post that is planned.

use kith_domain::ids::PostId;
use kith_domain::mandate::Provenance;
use kith_domain::publish::{Content, Dispatch};

use super::{NewEvent, NewVariant};

/// A delivery that says something else from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct EditedDispatch {
    /// As it was read.
    pub was: Dispatch,
    /// As it is now: its state, instant, civil time and zone; the rest is not read.
    pub now: Dispatch,
    /// What it says now.
    pub content: Content,
}

/// Everything of one post that changes together. Stored whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct PostEdit {
    /// The post.
    pub post: PostId,
    /// The thing to say, as it is now.
    pub text: String,
    /// Whose words these are now, and who said yes to them; `approved_by` is `None` while nobody has.
    pub provenance: Provenance,
    /// Deliveries with other words.
    pub changed: Vec<EditedDispatch>,
    /// Further parts of a thread.
    pub added: Vec<NewVariant>,
    /// Parts that are no more; their place in the plan is free again.
    pub cancelled: Vec<Dispatch>,
    /// What happened.
    pub events: Vec<NewEvent>,
}
