//! Conversing: the inbox, a conversation, how it is sorted, and the acts that only a present person can do.

mod brake;
mod caller;
mod drafts;
mod first_words;
mod inbox;
mod press;
mod refresh;
mod reply;
mod search;
mod sort;
mod touch;

pub(crate) use brake::Unbraked;
pub use caller::{Caller, CallsView, Subscription};
pub use drafts::{AnswerDraft, DraftKept};
pub use first_words::Reach;
pub use inbox::InboxLine;
pub use press::Pressed;
pub use search::{FoundLine, FoundPerson, SearchView};
pub use sort::{SortDone, SortWish};
pub use touch::Acted;
