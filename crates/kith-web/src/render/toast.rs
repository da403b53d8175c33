//! What was done a moment ago, with its undo: at the foot of the page that follows.
//!
//! It comes from the address alone, so it is there without a script too; the script takes it away after ten seconds.

use kith_engine::views::ConversationRow;
use maud::{Markup, html};

use super::icon;
use super::part::first_name;

/// Everything that a toast can say, by its name in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// An answer went out.
    Sent,
    /// Dealt with.
    Done,
    /// Put off.
    Later,
    /// No answer needed.
    NoAnswer,
    /// A machine's.
    Machine,
    /// A person's.
    Person,
    /// Open again.
    Reopen,
    /// Taken back.
    Undone,
    /// Could not be taken back.
    Kept,
    /// Liked.
    Liked,
    /// Reposted.
    Reposted,
    /// A like was taken back.
    Unliked,
    /// A repost was taken back.
    Unreposted,
    /// Followed.
    Followed,
    /// No longer followed.
    Unfollowed,
    /// Written to alone.
    Written,
}

impl Said {
    /// All of them, as the style guide shows them.
    pub(super) const ALL: [Self; 16] = [
        Self::Sent,
        Self::Done,
        Self::Later,
        Self::NoAnswer,
        Self::Machine,
        Self::Person,
        Self::Reopen,
        Self::Undone,
        Self::Kept,
        Self::Liked,
        Self::Reposted,
        Self::Unliked,
        Self::Unreposted,
        Self::Followed,
        Self::Unfollowed,
        Self::Written,
    ];

    /// Its name in an address.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Later => "later",
            Self::NoAnswer => "no_answer",
            Self::Machine => "machine",
            Self::Person => "person",
            Self::Reopen => "reopen",
            Self::Undone => "undone",
            Self::Kept => "kept",
            Self::Liked => "liked",
            Self::Reposted => "reposted",
            Self::Unliked => "unliked",
            Self::Unreposted => "unreposted",
            Self::Followed => "followed",
            Self::Unfollowed => "unfollowed",
            Self::Written => "written",
        }
    }
}

/// The toast about a conversation. `change` is what its undo takes back; `begun` leads back to the answering.
pub(crate) fn toast(said: Said, row: &ConversationRow, change: Option<i64>, begun: bool) -> Markup {
    html! { div.toast role="status" data-toast { (told(said, row, change, begun)) } }
}

/// What stands in it.
pub(super) fn told(said: Said, row: &ConversationRow, change: Option<i64>, begun: bool) -> Markup {
    let name = first_name(&row.face);
    let words = match said {
        Said::Sent => format!("{name} has your answer."),
        Said::Done => format!("Done with {name}."),
        Said::Later => match &row.later_until {
            Some(back) => format!("{name} comes back {} {}. The wait goes on.", back.day_short, back.time),
            None => format!("{name} comes back later."),
        },
        Said::NoAnswer => format!("No answer needed for {name}."),
        Said::Machine => format!("{name} is set apart as a machine."),
        Said::Person => format!("{name} is a person."),
        Said::Reopen => format!("{name} is back in the list."),
        Said::Undone => "Taken back.".to_owned(),
        Said::Kept => format!("{name} was sorted again since, so nothing was taken back."),
        Said::Liked => format!("You liked what {name} wrote."),
        Said::Reposted => format!("You reposted what {name} wrote."),
        Said::Unliked => format!("You took your like of what {name} wrote back."),
        Said::Unreposted => format!("You took back that you reposted what {name} wrote."),
        Said::Followed => format!("You follow {name}."),
        Said::Unfollowed => format!("You no longer follow {name}."),
        Said::Written => format!("{name} has your message."),
    };
    html! {
        @if said == Said::Sent || said == Said::Written { (icon::hand()) } @else { (icon::check()) }
        div {
            p { (words) " " @if said != Said::Written { a.under href={ "/inbox/" (row.id) } { "Look" } } }
            @if said == Said::Sent && row.standing == kith_domain::converse::Standing::Answered { div.said.voice { (row.text) } }
        }
        @if let Some(change) = change {
            form method="post" action={ "/inbox/" (row.id) "/undo" } {
                input type="hidden" name="change" value=(change);
                @if begun { input type="hidden" name="begin" value="1"; }
                button.btn.s data-key="u" { "Undo " kbd { "U" } }
            }
        }
    }
}
