//! Planning: a file or a single post becomes dispatches, all or nothing, after everything wrong was said at once.

mod arrange;
mod at_home;
mod brought;
mod cards;
mod drafts;
mod editing;
mod feeds;
mod import;
mod judge;
mod keep;
mod lamp;
mod links;
mod media;
mod moving;
mod pages;
mod program;
mod ratio;
mod rulebook;
mod rules;
mod single;
mod sorter;
mod thread;
mod trends;
mod variants;
mod wish;

pub use arrange::PreviewItem;
pub use brought::{FILE_LINES_MAX, FilePress};
pub use drafts::{KeptFile, UPLOAD_BYTES_MAX, Uploaded};
pub use editing::EditedWords;
pub use feeds::{
    DraftCard, FeedCard, FeedDraft, FeedLine, FeedPreview, FeedReader, FeedReading, FeedSays, FeedWish, FeedsView, HUB_PATH, HubAsks,
    NewFeed,
};
pub use import::{Imported, PlanFile, Previewed};
pub use lamp::Lamp;
pub use pages::{ComposeWhen, Composed, ComposedPicture, EditSaved, EditView, Planned, PlannedPost};
pub use program::{
    AbsenceWish, CapsWish, EventWish, Extra, MarketsWish, Meaning, OnReturn, PauseWish, PlanRules, ProgramDiff, ProgramEdit, QueueStep,
    QueueWish, RecurringWish, SeriesWish, SourceKind, SourceLine, paused_in_words,
};
pub use single::SinglePost;
pub use sorter::Sorting;
pub use wish::PlanWish;

pub(crate) use arrange::capabilities;
pub(crate) use at_home::AtHome;
pub(crate) use cards::CardsSeen;
pub(crate) use feeds::HubCalls;
pub(crate) use links::LinksSeen;
pub(crate) use media::hex;
pub(crate) use trends::TrendsSeen;
