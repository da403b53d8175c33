//! Rows as callers see them: plain values made of the domain's types.
//!
//! `New…` is what is added, `…Row` is what is stored, `…View` is a row with what a reader needs beside it.
//! Instants are `Timestamp`; lengths are in the unit of the domain type; nothing here knows SQL.

mod act;
mod brake;
mod call;
mod channel;
mod contact;
mod conversation;
mod converse;
mod dispatch;
mod door;
mod edit;
mod event;
mod ingest;
mod post;
mod post_draft;
mod sign_in;
mod source;
mod token;
mod workspace;

pub use act::{ActEnd, ActRow, ActState, BegunAct, DraftRow, NewAct};
pub use brake::{BrakeFacts, WaiterRow};
pub use call::BrowserRow;
pub use channel::{ChannelRow, ChannelState, NewChannel, Profiled, Removal, Sealed};
pub use contact::{ContactLine, ContactRow, Due, FollowerRow, MemoryRow, MergeRow, NewMemory, Passed};
pub use conversation::{ConversationView, HandleRow, InboxCursor, InboxFilter, KnownRow, MessageKind, MessageRow, StandingCounts};
pub use converse::{FoundHandles, FoundMessage, FoundMessages, KeptDraft, KeptText, Sorted};
pub use dispatch::{
    AttemptEnd, AttemptKind, AttemptRow, AttemptStart, Charge, Claim, Claimed, DispatchCursor, DispatchFilter, DispatchView, DueChannel,
};
pub use door::{InvitationRow, NewInvitation, NewPasskey, Parted, PasskeyRow};
pub use edit::{EditedDispatch, PostEdit};
pub use event::{EventRow, NewEvent};
pub use ingest::{Ingest, Ingested};
pub use post::{MediaRow, NewMedia, NewPost, NewVariant};
pub use post_draft::{PostDraftRow, StarterRow};
pub use sign_in::{NewLink, NewSession, SessionRow};
pub use source::{
    ItemChange, ItemRow, Move, NewSource, PlanChange, Reword, SettingRow, SourceChange, SourceRow, SourcedDispatch, SourcedPost,
};
pub use token::{NewToken, TokenRow};
pub use workspace::{LoginRow, MemberRow, Membership, NewLogin, NewMember, WorkspaceRow};
