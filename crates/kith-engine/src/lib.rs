//! Use-cases and workers: load, decide (in the domain), act (on a network), save.
//!
//! `Kith` is the one value that doors hold. Each use-case is a method in the file of its stage; each worker is a file
//! with one duty and a `run_once` or `run_due` for tests. Nothing here speaks to people on a network but `converse`,
//! and only with a `HumanAct` in hand.

mod chance;
mod clock;
mod kith;
mod notices;
mod problem;
mod recently;
pub mod views;
mod words;

mod mandate;
mod people;

mod plan;
mod presence;

mod publish;

mod listen;

mod converse;

mod measure;

pub use chance::{Chance, SeededChance, SystemChance};
pub use clock::{Clock, FastClock, HandClock, SPEED_MAX, SystemClock};
pub use converse::{
    Acted, AnswerDraft, Caller, CallsView, DraftKept, FoundLine, FoundPerson, InboxLine, Pressed, Reach, SearchView, SortDone, SortWish,
    Subscription,
};
pub use kith::{Kith, Operator, Setup};
pub use listen::Listeners;
pub use mandate::enter::{Entered, NextTry};
pub use mandate::first_day::FirstDay;
pub use mandate::key::{KeyLine, NewKey, Program};
pub use mandate::passkey::{PasskeyAsk, PasskeyLine, PasskeyMade, PasskeyShown};
pub use mandate::people::{InvitationLine, InvitationView, MemberLine, NewHelp, PeopleView, Takes};
pub use mandate::sessions::{SessionLine, SpaceLine};
pub use mandate::sign_in::{LinkView, NewOwner, NewSession, Visitor};
pub use mandate::space::SpaceView;
pub use measure::{Finding, Health};
pub use notices::{Notice, NoticeKind};
pub use people::{
    ContactPage, DriftCard, FollowerCard, FollowerLine, FollowersView, HandleLine, MemoryBeside, MemoryLine, MergeLine, MergeView, Month,
    PassedLine, PeopleList, PeopleShown, PersonLine, PromiseLine, PromiseWish, Remembered,
};
pub use plan::{
    AbsenceWish, CapsWish, ComposeWhen, Composed, ComposedPicture, DraftCard, EditSaved, EditView, EditedWords, EventWish, Extra,
    FILE_LINES_MAX, FeedCard, FeedDraft, FeedLine, FeedPreview, FeedReader, FeedReading, FeedSays, FeedWish, FeedsView, FilePress,
    HUB_PATH, HubAsks, Imported, KeptFile, Lamp, MarketsWish, Meaning, NewFeed, OnReturn, PauseWish, PlanFile, PlanRules, PlanWish,
    Planned, PlannedPost, PreviewItem, Previewed, ProgramDiff, ProgramEdit, QueueStep, QueueWish, RecurringWish, SeriesWish, SinglePost,
    Sorting, SourceKind, SourceLine, UPLOAD_BYTES_MAX, Uploaded, paused_in_words,
};
pub use presence::Presence;
pub use problem::Problem;
pub use publish::{
    AttemptLine, BroughtBack, ConsentCard, Courier, DispatchLine, DispatchQuery, DispatchWhole, FieldsCard, JsonChannel, Keeper, Offered,
    Point, Preflight, SentAway, Watcher,
};
