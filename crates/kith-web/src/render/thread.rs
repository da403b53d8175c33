//! One conversation: what they answered, their words, ours, and the box to answer by hand.
//!
//! The box is outside the live part: what somebody types is never touched. There is no box, and no button that sends,
//! for those who may not converse.

use kith_domain::converse::Standing;
use kith_domain::mandate::{Deed, Role};
use kith_engine::views::{ConversationPage, InboxView, MessageRow};
use maud::{Markup, PreEscaped, html};

use super::inbox::{list, name};
use super::part::{day_time, face, first_name, problem, stamp, time};
use super::{ReplyForm, Shell, icon, page};

/// The whole page: the list, the thread with its box, the person. On a phone the thread alone.
pub(crate) fn conversation(shell: &Shell, beside: &InboxView, view: &ConversationPage, form: &ReplyForm) -> Markup {
    let row = &view.row;
    let audience = view.messages.last().map_or("", |message| message.audience.as_str());
    page::page(
        shell,
        &html! {
            main.inbox.open #main {
                (list(beside, Some(row.id)))
                section.thread #thread aria-labelledby="with" {
                    div.head {
                        a.btn.quiet.sq.back href={ "/inbox?show=" (name(beside.standing)) } aria-label="Back to the list" { (icon::left()) }
                        (face(&row.face, ""))
                        div.id { h1 #with { (row.face.name) } p { (row.stamp.name) @if !audience.is_empty() { ", " (audience) } } }
                        @if view.may_reply.is_err() && shell.role.may(Deed::Sort).is_ok() {
                            div.do { (closure(view)) }
                        }
                    }
                    div.talk tabindex="0" role="region" aria-label="Messages" {
                        div #live-thread data-live={ "/inbox/" (row.id) "?fragment=live" } data-on="inbox" { (thread_live(view)) }
                    }
                    (reply(view, form, shell.role))
                }
                (person(view))
            }
        },
    )
}

/// What is inside the thread's live part: the messages, never the box.
pub(crate) fn thread_live(view: &ConversationPage) -> Markup {
    let days = std::iter::once(None).chain(view.messages.iter().map(|message| Some(message.at.day.as_str())));
    let audience = view.messages.last().map_or("", |message| message.audience.as_str());
    html! {
        @for (message, before) in view.messages.iter().zip(days) {
            @if message.broadcast { (cast(message)) } @else {
                @if before != Some(message.at.day.as_str()) { p.gap { (message.at.day) } }
                (said(message, audience))
            }
        }
        @if view.messages.is_empty() { p.none { "Their words are no longer there." } }
    }
}

fn cast(message: &MessageRow) -> Markup {
    html! {
        article.cast aria-label="What was answered: a post of yours" {
            p.lbl { (icon::clock()) "What was answered: a post of yours" }
            (body(message, "said"))
            p.prov.auto {
                span { (link(message, &day_time(&message.at))) }
                @if let Some(words) = &message.provenance_words { span { (words) } }
            }
        }
    }
}

/// A message of theirs, or ours by hand. Who can read it is said where it is not the `usual` of the conversation.
fn said(message: &MessageRow, usual: &str) -> Markup {
    html! {
        article.msg.me[message.ours] {
            (face(&message.face, ""))
            p.nm { span.by { (message.face.name) } (link(message, &time(&message.at))) @if message.audience != usual { span.to { (message.audience) } } }
            (body(message, "said voice"))
            @if let Some(words) = &message.provenance_words { p.prov.hand { (icon::hand()) span { (words) } } }
            @if let Some(why) = &message.automated { p.prov { (icon::ready()) span { "Set apart as automated: " (why) } } }
        }
    }
}

fn link(message: &MessageRow, inside: &Markup) -> Markup {
    match &message.url {
        Some(url) => html! { a href=(url) target="_blank" rel="noopener noreferrer" { (inside) span.vh { ", on the network" } } },
        None => inside.clone(),
    }
}

/// The words. The HTML was cleaned when it came in: a closed list of tags, no attribute but a link's address.
fn body(message: &MessageRow, class: &str) -> Markup {
    let words = html! { div class=(class) { (PreEscaped(&message.html)) } };
    match &message.warning {
        Some(warning) => html! { details.cw id={ "m" (message.id) } { summary { (icon::alert()) (warning) } (words) } },
        None => words,
    }
}

/// Beside the box or alone: "No answer needed", or taking that back.
fn closure(view: &ConversationPage) -> Markup {
    let action = format!("/inbox/{}/closure", view.row.id);
    match view.row.standing {
        Standing::Owed => html! { form method="post" action=(action) { button.btn.quiet.s { (icon::check()) "No answer needed" } } },
        Standing::Closed => html! {
            form method="post" action=(action) { input type="hidden" name="undo" value="1"; button.btn.quiet.s { "Take back" } }
        },
        Standing::Answered | Standing::Apart => Markup::default(),
    }
}

/// The box, with what became of the last try above it; or why there is none.
pub(super) fn reply(view: &ConversationPage, form: &ReplyForm, role: Role) -> Markup {
    let row = &view.row;
    if let Err(why) = &view.may_reply {
        return html! { div.reply { p.cannot { (icon::hand()) span { (why) } } } };
    }
    let text = if form.text.is_empty() { &view.draft } else { form.text };
    html! {
        div.reply {
            @if row.standing == Standing::Closed { p.notice { (icon::check()) span { "You said that no answer is needed." } } }
            @if let Some(last_try) = &view.last_try { p.notice.wait { (icon::alert()) span { (last_try) } } }
            @if let Some(notice) = form.notice { p.notice role="status" { (icon::check()) span { (notice) } } }
            @if let Some(text) = form.problem { (problem("reply-problem", text)) }
            div.box.wrong[form.problem.is_some()] {
                form #answer method="post" action={ "/inbox/" (row.id) "/reply" } data-busy="Sending" {
                    input type="hidden" name="gesture" value=(form.gesture);
                    label.vh for="reply" { "Your answer to " (row.face.name) }
                    textarea #reply name="text" rows="3" placeholder={ "Answer " (first_name(&row.face)) }
                        data-draft={ "/inbox/" (row.id) "/draft" }
                        aria-invalid=[form.problem.map(|_| "true")]
                        aria-describedby={ "left" @if form.problem.is_some() { " reply-problem" } } { (text) }
                }
                div.bar {
                    span.left #left data-max=(view.text_max) { "Up to " (view.text_max) " characters" }
                    span.sp {}
                    @if role.may(Deed::Sort).is_ok() { (closure(view)) }
                    button.btn.hand form="answer" { "Send " kbd { "⌘⏎" } }
                }
            }
            div.mine {
                (icon::hand()) span { "Goes out as written by you, by hand" } span.saved #saved {}
                span.keys aria-hidden="true" { span { kbd { "J" } kbd { "K" } "next, back" } span { kbd { "R" } "answer" } }
            }
        }
    }
}

/// What is known of the person from this conversation.
fn person(view: &ConversationPage) -> Markup {
    let row = &view.row;
    let theirs = view.messages.iter().filter(|message| !message.ours).count();
    let ours = view.messages.iter().filter(|message| message.ours && !message.broadcast).count();
    let name = first_name(&row.face);
    html! {
        aside.person aria-label={ "About " (row.face.name) } {
            div.who-is { (face(&row.face, "l")) div { h2 { (row.face.name) } small { (row.face.address) } } }
            section {
                h3 { "In this conversation" }
                ul.also {
                    @if let Some(since) = &row.waiting_since { li { (icon::clock()) span { (name) " has waited since " (since.day_short) ", " (since.time) } } }
                    li { (icon::inbox()) span { (name) " wrote " (times(theirs)) } }
                    li { (icon::hand()) span { "You answered " (times(ours)) } }
                }
            }
            section {
                h3 { "Where" }
                ul.also { li { (stamp(&row.stamp)) span { (row.stamp.name) ", through your channel " (row.stamp.channel) } } }
            }
        }
    }
}

fn times(n: usize) -> String {
    match n {
        0 => "not yet".into(),
        1 => "once".into(),
        2 => "twice".into(),
        n => format!("{n} times"),
    }
}
