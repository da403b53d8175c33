//! The inbox: one list at a time, people by the longest wait, and what is found in conversations.
//!
//! The list is the same beside an open conversation; there its heading is smaller, as a page has one first heading.

use kith_domain::converse::Standing;
use kith_domain::ids::ConversationId;
use kith_engine::SearchView;
use kith_engine::views::{ConversationRow, InboxList, InboxView};
use maud::{Markup, html};

use super::part::{face, nothing, query_value, stamp, time};
use super::today::{age, unread};
use super::{Shell, icon, page};

/// The whole page: the list, and a quiet place where a conversation will open.
pub(crate) fn inbox(shell: &Shell, view: &InboxView, toast: Option<&Markup>) -> Markup {
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
                @if let Some(toast) = toast { (toast) }
            }
        },
    )
}

/// The column with the list; `open` is the conversation beside it.
pub(super) fn list(view: &InboxView, open: Option<ConversationId>) -> Markup {
    let mut live = format!("/inbox?show={}&fragment=live", view.list.as_str());
    if let Some(id) = open {
        live.push_str(&format!("&open={id}"));
    }
    if let Some(after) = &view.after {
        live.push_str(&format!("&after={after}"));
    }
    html! {
        section.list aria-label="Conversations" {
            header {
                @if open.is_some() { h2.name { a href="/inbox" { "Inbox" } } } @else { h1 { "Inbox" } }
                (find(""))
            }
            div #live-list data-live=(live) data-on="inbox" { (inbox_live(view, open)) }
        }
    }
}

/// The box in which words are looked for.
fn find(words: &str) -> Markup {
    html! {
        form.find role="search" action="/inbox" {
            label.vh for="find" { "Look in conversations" }
            (icon::look())
            input #find type="search" name="q" value=(words) placeholder="Look in conversations" maxlength="200" autocomplete="off" data-key="/";
            kbd aria-hidden="true" { "/" }
        }
    }
}

/// What is inside its live part: the numbers and the rows.
pub(crate) fn inbox_live(view: &InboxView, open: Option<ConversationId>) -> Markup {
    let lists = [
        (InboxList::Owed, "Owed", view.owed, "owed"),
        (InboxList::Later, "Later", view.later, ""),
        (InboxList::Answered, "Answered", 0, ""),
    ];
    let owed = view.list == InboxList::Owed;
    let (close, rest): (Vec<_>, Vec<_>) = view.rows.iter().partition(|row| owed && row.hours >= view.close_hours);
    html! {
        div.head {
            nav.seg aria-label="Which conversations" {
                @for (list, words, count, class) in lists {
                    a href={ "/inbox?show=" (list.as_str()) } aria-current=[(view.list == list).then_some("page")] {
                        (words) @if count > 0 { " " span class={ "c " (class) } { (count) } }
                    }
                }
            }
        }
        @if view.rows.is_empty() { (empty(view.list)) }
        @if !close.is_empty() {
            p.part.warm { "Close to the brake" }
            ol.rows.close { @for row in &close { (person(row, open == Some(row.id))) } }
        }
        @if !rest.is_empty() {
            p.part { (order(view.list)) }
            ol.rows { @for row in &rest { (person(row, open == Some(row.id))) } }
        }
        @if let Some(next) = &view.next {
            p.on-to { a.btn href={ "/inbox?show=" (view.list.as_str()) "&after=" (next) } { "The next ones" } }
        }
        @if view.after.is_some() { p.on-to { a.link href={ "/inbox?show=" (view.list.as_str()) } { "Back to the beginning of the list" } } }
        p.besides {
            a href="/inbox?show=closed" aria-current=[(view.list == InboxList::Closed).then_some("page")] { "Done or no answer needed " (view.closed) }
            a href="/inbox?show=apart" aria-current=[(view.list == InboxList::Apart).then_some("page")] { "Set apart " (view.apart) }
        }
    }
}

fn person(row: &ConversationRow, open: bool) -> Markup {
    html! {
        li.row.on[open].unread[row.unread] data-swipe=[(row.standing == Standing::Owed).then(|| format!("/inbox/{}/sort", row.id))] aria-current=[open.then_some("true")] {
            (face(&row.face, ""))
            p.nm { span { (row.face.name) } (stamp(&row.stamp)) @if row.unread { (unread()) } }
            (age(row))
            div.said-by {
                a.q href={ "/inbox/" (row.id) } { @if row.text.is_empty() { "(no words)" } @else { (row.text) } }
                p.ctx {
                    @if let Some(why) = &row.automated { "Set apart: " (why) }
                    @else if let Some(back) = &row.later_until { "Back " (back.day_short) " " (back.time) ", still waiting" }
                    @else if let Some(closed) = &row.closed { (closed) }
                    @else if row.why.is_empty() { (row.face.address) } @else { (row.why) }
                }
            }
        }
    }
}

fn order(list: InboxList) -> &'static str {
    match list {
        InboxList::Owed => "Longest wait first",
        InboxList::Later => "Next to come back first",
        InboxList::Answered => "You wrote last",
        InboxList::Apart => "Only machines wrote here",
        InboxList::Closed => "Done, or no answer needed",
    }
}

fn empty(list: InboxList) -> Markup {
    match list {
        InboxList::Owed => nothing("You owe nobody an answer.", "When somebody writes, they stand here, the longest wait first."),
        InboxList::Later => {
            nothing("Nobody is put off.", "Put somebody off with Later, and they stand here until the hour you chose. Their wait goes on.")
        }
        InboxList::Answered => nothing("No answers yet.", "People you have answered stand here, until they write again."),
        InboxList::Apart => nothing("Nothing was set apart.", "What machines write stands here, so that it never hides a person."),
        InboxList::Closed => {
            nothing("Nothing is closed.", "Where you said that no answer is needed, it stands here and can be taken back.")
        }
    }
}

/// What was found: people and messages.
pub(crate) fn found(shell: &Shell, view: &SearchView) -> Markup {
    let again = format!("/inbox?q={}", query_value(&view.words));
    let nobody = view.people.is_empty() && view.messages.is_empty();
    page::page(
        shell,
        &html! {
            main.page.found #main {
                header { h1 { "Found" } a.link href="/inbox" { "Back to the inbox" } }
                (find(&view.words))
                @if nobody {
                    (nothing(
                        &format!("Nothing with “{}” was found.", view.words),
                        "Fewer words find more. Upper and lower case are alike.",
                    ))
                }
                @if !view.people.is_empty() {
                    section.card aria-labelledby="found-people" {
                        header { h2.t #found-people { "People" } }
                        ul.rows {
                            @for person in &view.people {
                                li.row { (face(&person.face, "")) p.nm { span { (person.face.name) } } p.ctx.said-by { (person.face.address) } }
                            }
                        }
                        @if let Some(more) = &view.more_people { p.on-to { a.btn href={ (again) "&people=" (more) } { "Further people" } } }
                    }
                }
                @if !view.messages.is_empty() {
                    section.card aria-labelledby="found-messages" {
                        header { h2.t #found-messages { "Messages" } span.dim { "the newest first" } }
                        ol.rows {
                            @for line in &view.messages {
                                li.row {
                                    (face(&line.with, ""))
                                    p.nm { span { @if line.ours { "You to " (line.with.name) } @else { (line.with.name) } } }
                                    p.age { (line.at.day_short) " " (time(&line.at)) }
                                    div.said-by { a.q href={ "/inbox/" (line.conversation) } { (line.text) } }
                                }
                            }
                        }
                    }
                }
                @if let Some(more) = &view.more_messages { p.on-to { a.btn href={ (again) "&before=" (more) } { "Look further back" } } }
            }
        },
    )
}
