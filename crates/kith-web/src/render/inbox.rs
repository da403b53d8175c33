//! The inbox: one list at a time, people by the longest wait.
//!
//! The list is the same beside an open conversation; there its heading is smaller, as a page has one first heading.

use kith_domain::converse::Standing;
use kith_domain::ids::ConversationId;
use kith_engine::views::{ConversationRow, InboxView};
use maud::{Markup, html};

use super::part::{face, nothing, stamp};
use super::today::{age, unread};
use super::{Shell, icon, page};

/// The whole page: the list, and a quiet place where a conversation will open.
pub(crate) fn inbox(shell: &Shell, view: &InboxView) -> Markup {
    let (title, text) = if view.owed == 0 {
        ("Nobody is waiting.", "Everyone who wrote has heard from you.")
    } else {
        ("Choose somebody.", "The one at the top has waited longest.")
    };
    page::page(
        shell,
        &html! {
            main.inbox.alone #main {
                (list(view, None))
                section.thread.quiet aria-label="Conversation" { (icon::inbox()) p.none { b { (title) } (text) } }
            }
        },
    )
}

/// The column with the list; `open` is the conversation beside it.
pub(super) fn list(view: &InboxView, open: Option<ConversationId>) -> Markup {
    let show = name(view.standing);
    let live = open.map_or_else(|| format!("/inbox?show={show}&fragment=live"), |id| format!("/inbox?show={show}&fragment=live&open={id}"));
    html! {
        section.list aria-label="Conversations" {
            header { @if open.is_some() { h2.name { a href="/inbox" { "Inbox" } } } @else { h1 { "Inbox" } } }
            div #live-list data-live=(live) data-on="inbox" { (inbox_live(view, open)) }
        }
    }
}

/// What is inside its live part: the numbers and the rows.
pub(crate) fn inbox_live(view: &InboxView, open: Option<ConversationId>) -> Markup {
    let lists = [
        (Standing::Owed, "Owed", view.owed, "owed"),
        (Standing::Answered, "Answered", view.answered, ""),
        (Standing::Apart, "Apart", view.apart, ""),
        (Standing::Closed, "Closed", view.closed, ""),
    ];
    html! {
        div.head {
            nav.seg aria-label="Which conversations" {
                @for (standing, words, count, class) in lists {
                    a href={ "/inbox?show=" (name(standing)) } aria-current=[(view.standing == standing).then_some("page")] {
                        (words) @if count > 0 { " " span class={ "c " (class) } { (count) } }
                    }
                }
            }
        }
        @if view.rows.is_empty() { (empty(view.standing)) } @else {
            p.part { (order(view.standing)) }
            ol.rows { @for row in &view.rows { (person(row, open == Some(row.id))) } }
        }
    }
}

fn person(row: &ConversationRow, open: bool) -> Markup {
    html! {
        li.row.on[open].unread[row.unread] aria-current=[open.then_some("true")] {
            (face(&row.face, ""))
            p.nm { span { (row.face.name) } (stamp(&row.stamp)) @if row.unread { (unread()) } }
            (age(row))
            div.said-by {
                a.q href={ "/inbox/" (row.id) } { @if row.text.is_empty() { "(no words)" } @else { (row.text) } }
                p.ctx { @if let Some(why) = &row.automated { "Set apart: " (why) } @else { (row.face.address) } }
            }
        }
    }
}

/// A list's name in its address.
pub(super) fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Owed => "owed",
        Standing::Answered => "answered",
        Standing::Apart => "apart",
        Standing::Closed => "closed",
    }
}

fn order(standing: Standing) -> &'static str {
    match standing {
        Standing::Owed => "Longest wait first",
        Standing::Answered => "You wrote last",
        Standing::Apart => "Only machines wrote here",
        Standing::Closed => "No answer needed",
    }
}

fn empty(standing: Standing) -> Markup {
    match standing {
        Standing::Owed => nothing("You owe nobody an answer.", "When somebody writes, they stand here, the longest wait first."),
        Standing::Answered => nothing("No answers yet.", "People you have answered stand here, until they write again."),
        Standing::Apart => nothing("Nothing was set apart.", "What machines write stands here, so that it never hides a person."),
        Standing::Closed => nothing("Nothing is closed.", "Where you said that no answer is needed, it stands here and can be taken back."),
    }
}
