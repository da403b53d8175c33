//! One conversation: what they answered, their words, ours, how it is sorted, and the box to answer by hand.
//!
//! The box is outside the live part: what somebody types is never touched. There is no box, and no button that sends,
//! likes or follows, for those who may not converse.

use kith_domain::converse::Standing;
use kith_domain::mandate::{Deed, Role};
use kith_engine::Reach;
use kith_engine::views::{ConversationPage, InboxView, MessageRow};
use maud::{Markup, PreEscaped, html};

use super::inbox::list;
use super::part::{day_time, face, first_name, problem, stamp, time};
use super::{ReplyForm, Shell, icon, page, person};

/// The whole page: the list, the thread with its box, the person. On a phone one of them.
pub(crate) fn conversation(shell: &Shell, beside: &InboxView, view: &ConversationPage, form: &ReplyForm) -> Markup {
    page::page(
        shell,
        &html! {
            main.inbox.open.about[form.about] #main {
                (list(beside, Some(view.row.id)))
                (pane(view, form, shell.role, Some(&format!("/inbox?show={}", beside.list.as_str()))))
                (person::person(view, form))
                @if let Some(toast) = &form.toast { (toast) }
            }
        },
    )
}

/// The thread with its head and its box. `back` leads to the list, where there is one.
pub(super) fn pane(view: &ConversationPage, form: &ReplyForm, role: Role, back: Option<&str>) -> Markup {
    let row = &view.row;
    let audience = view.messages.last().map_or("", |message| message.audience.as_str());
    html! {
        section.thread #thread aria-labelledby="with" {
            div.head {
                @if let Some(back) = back { a.btn.quiet.sq.back href=(back) aria-label="Back to the list" { (icon::left()) } }
                (face(&row.face, ""))
                div.id {
                    @if form.about { p.name #with { (row.face.name) } }
                    @else { h1 #with { @if back.is_some() { a href={ "/inbox/" (row.id) "?pane=person" } { (row.face.name) } } @else { (row.face.name) } } }
                    p { (row.stamp.name) @if !audience.is_empty() { ", " (audience) } }
                }
                @if role.may(Deed::Sort).is_ok() { div.do { (sorting(view, form.begin_of)) } }
            }
            div.talk tabindex="0" role="region" aria-label="Messages" {
                @if let Some(trouble) = form.trouble { (problem("trouble", trouble)) }
                div #live-thread data-live={ "/inbox/" (row.id) "?fragment=live" } data-on="inbox" { (thread_live(view)) }
            }
            (reply(view, form, role))
        }
    }
}

/// What is inside the thread's live part: the messages, never the box.
pub(crate) fn thread_live(view: &ConversationPage) -> Markup {
    let (casts, messages): (Vec<_>, Vec<_>) = view.messages.iter().partition(|message| message.broadcast);
    let days = std::iter::once(None).chain(messages.iter().map(|message| Some(message.at.day.as_str())));
    let audience = view.messages.last().map_or("", |message| message.audience.as_str());
    let last_theirs = messages.iter().rev().find(|message| !message.ours).map(|message| message.id);
    html! {
        @for message in &casts { (cast(message)) }
        @if view.earlier > 0 {
            p.earlier { a.btn.s href={ "/inbox/" (view.row.id) "?last=" (view.earlier_last) } { "Earlier: " (view.earlier) @if view.earlier == 1 { " message" } @else { " messages" } } }
        }
        @for (message, before) in messages.iter().zip(days) {
            @if before != Some(message.at.day.as_str()) { p.gap { (message.at.day) } }
            (said(view, message, audience, last_theirs == Some(message.id)))
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
fn said(view: &ConversationPage, message: &MessageRow, usual: &str, last: bool) -> Markup {
    html! {
        article.msg.me[message.ours].last[last] {
            (face(&message.face, ""))
            p.nm { span.by { (message.face.name) } (link(message, &time(&message.at))) @if message.audience != usual { span.to { (message.audience) } } }
            (body(message, "said voice"))
            @if let Some(words) = &message.provenance_words { p.prov.hand { (icon::hand()) span { (words) } } }
            @if let Some(why) = &message.automated { p.prov { (icon::ready()) span { "Set apart as automated: " (why) } } }
            @if !message.ours && view.may_reply.is_ok() { (acts(view, message, last)) }
        }
    }
}

/// Liking and reposting, each one press; done, the same button takes it back.
fn acts(view: &ConversationPage, message: &MessageRow, last: bool) -> Markup {
    let form = |what: &str, done: bool, gesture: Option<&String>, words: &str, over: &str, drawing: Markup, key: Option<&str>| {
        html! {
            @if let Some(gesture) = gesture {
                form method="post" action={ "/inbox/" (view.row.id) "/" @if done { "un" } (what) } data-busy="…" {
                    input type="hidden" name="gesture" value=(gesture);
                    input type="hidden" name="message" value=(message.id);
                    button.btn.quiet.s.done[done] aria-pressed=(done) title=[done.then_some("Take it back")] data-key=[key] {
                        (drawing)
                        @if done { (over) span.vh { ", what " (message.face.name) " wrote" } } @else { (words) span.vh { " what " (message.face.name) " wrote" } }
                        @if let Some(key) = key { " " kbd { (key.to_uppercase()) } }
                    }
                }
            } @else if done { span.done { (drawing) (over) } }
        }
    };
    html! {
        div.acts {
            (form("like", message.liked, message.like.as_ref(), "Like", "You liked this", icon::heart(), last.then_some("l")))
            (form("repost", message.reposted, message.repost.as_ref(), "Repost", "You reposted this", icon::again(), None))
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

/// Later, done, and the rest: each a form of its own, so that all of it works without a script.
fn sorting(view: &ConversationPage, begin_of: u64) -> Markup {
    let action = format!("/inbox/{}/sort", view.row.id);
    let hidden = html! { @if begin_of > 0 { input type="hidden" name="begin" value=(begin_of); } };
    let one = |verb: &str, words: Markup, key: Option<&str>, class: &str| {
        html! { form method="post" action=(action) { (hidden) button class=(class) name="verb" value=(verb) data-key=[key] { (words) } } }
    };
    let row = &view.row;
    html! {
        @if row.standing == Standing::Owed {
            details.menu {
                summary.btn.quiet.s data-key="h" { (icon::moon()) span { "Later " } kbd { "H" } }
                div.pop {
                    form method="post" action=(action) {
                        (hidden)
                        input type="hidden" name="verb" value="later";
                        button.btn.quiet name="when" value="tonight" { "Tonight at 19:00" }
                        button.btn.quiet name="when" value="tomorrow" { "Tomorrow at 08:00" }
                        button.btn.quiet name="when" value="monday" { "Monday at 08:00" }
                    }
                    form.at method="post" action=(action) {
                        (hidden)
                        input type="hidden" name="verb" value="later";
                        label for="later-at" { "Another time" }
                        input #later-at type="datetime-local" name="when" required;
                        button.btn.s { "Put off" }
                    }
                    p.dim { "The wait goes on, and the brake counts it." }
                }
            }
            (one("done", html! { (icon::check()) span { "Done " } kbd { "E" } }, Some("e"), "btn quiet s"))
        } @else if row.standing == Standing::Closed {
            (one("reopen", html! { (icon::again()) span { "Take back" } }, Some("e"), "btn quiet s"))
        }
        details.menu.rest {
            summary.btn.quiet.sq.s aria-label="More" { (icon::more()) }
            div.pop {
                @if row.later_until.is_some() { (one("reopen", html! { "Back into the list now" }, None, "btn quiet")) }
                @if row.standing == Standing::Owed { (one("no_answer", html! { "No answer needed" }, None, "btn quiet")) }
                @if row.standing == Standing::Apart { (one("person", html! { "A person wrote this" }, None, "btn quiet")) }
                @else { (one("machine", html! { "A machine wrote this" }, None, "btn quiet")) }
                @if let Some(url) = &view.person.url { a.btn.quiet href=(url) target="_blank" rel="noopener noreferrer" { (icon::out()) "On the network" } }
            }
        }
    }
}

/// The box, with what became of the last try above it; or why there is none.
pub(super) fn reply(view: &ConversationPage, form: &ReplyForm, role: Role) -> Markup {
    let row = &view.row;
    if let Err(why) = &view.may_reply {
        return html! {
            div.reply {
                @if let (true, Some(closed)) = (role.may(Deed::Sort).is_ok(), &row.closed) { p.notice { (icon::check()) span { (closed) "." } } }
                p.cannot { (icon::hand()) span { (why) } }
            }
        };
    }
    let text = if form.text.is_empty() { &view.draft } else { form.text };
    let and_next = row.standing == Standing::Owed;
    html! {
        div.reply {
            @if row.standing == Standing::Closed {
                p.notice { (icon::check()) span { @if let Some(closed) = &row.closed { (closed) ". An answer can still be sent." } @else { "You said that no answer is needed." } } }
            }
            @if let Some(last_try) = view.last_try.as_ref().filter(|_| form.problem.is_none()) { p.notice.wait { (icon::alert()) span { (last_try) } } }
            @if let Some(notice) = form.notice { p.notice role="status" { (icon::check()) span { (notice) } } }
            @if let Some(text) = form.problem { (problem("reply-problem", text)) }
            (others(view))
            div.box.wrong[form.problem.is_some()] {
                form #answer method="post" action={ "/inbox/" (row.id) "/reply" } data-busy="Sending" {
                    input type="hidden" name="gesture" value=(form.gesture);
                    input type="hidden" name="version" value=(view.draft_version);
                    @if form.begins() { input type="hidden" name="begin" value=(form.begin_of); }
                    label.vh for="reply" { "Your answer to " (row.face.name) }
                    textarea #reply name="text" rows="3" placeholder={ "Answer " (first_name(&row.face)) }
                        autofocus[form.begins()]
                        data-draft={ "/inbox/" (row.id) "/draft" }
                        aria-invalid=[form.problem.map(|_| "true")]
                        aria-describedby={ "left" @if form.problem.is_some() { " reply-problem" } } { (text) }
                }
                div.bar {
                    span.saved #saved aria-live="polite" {}
                    span.sp {}
                    span.left #left data-max=(view.text_max) { "Up to " (view.text_max) " characters" }
                    button.btn.hand form="answer" {
                        @if form.problem.is_some() { "Send again " } @else if and_next { "Send and next " } @else { "Send " }
                        kbd { "⌘⏎" }
                    }
                }
            }
            div.mine {
                (icon::hand()) span { "Goes out as written by you, by hand" }
                span.keys aria-hidden="true" { span { kbd { "J" } kbd { "K" } "next, back" } span { kbd { "R" } "answer" } }
            }
        }
    }
}

/// Texts that other tabs typed about the same conversation: nothing is lost, and she chooses.
fn others(view: &ConversationPage) -> Markup {
    html! {
        @for (name, text) in &view.beside {
            section.other aria-label="Typed in another tab" {
                p.dim { "Typed in another tab, and kept:" }
                p.voice { (text) }
                form method="post" action={ "/inbox/" (view.row.id) "/beside" } {
                    input type="hidden" name="box" value=(name);
                    button.btn.s name="what" value="use" { "Use this one" }
                    button.btn.quiet.s name="what" value="forget" { "Forget it" }
                }
            }
        }
    }
}

/// Follow, or stop following, and a message to them alone, through one of our channels.
pub(super) fn touch(view: &ConversationPage, reach: &[(Reach, String, String)]) -> Markup {
    let name = first_name(&view.row.face);
    let at = |what: &str| format!("/inbox/{}/{what}", view.row.id);
    html! {
        @for (reach, gesture, other) in reach.iter().filter(|(reach, ..)| reach.channel == view.person.channel) {
            div.touch {
                @if reach.follow.is_ok() {
                    @let (what, words) = if reach.followed_here == Some(true) { ("unfollow", "Unfollow") } else { ("follow", "Follow") };
                    form method="post" action=(at(what)) data-busy="…" {
                        input type="hidden" name="gesture" value=(gesture);
                        button.btn.s { (words) " " (name) }
                    }
                }
                @match &reach.message {
                    Ok(()) => {
                        details.fold {
                            summary.btn.s { "Write to " (name) " alone" }
                            form method="post" action=(at("message")) data-busy="Sending" {
                                input type="hidden" name="gesture" value=(other);
                                label.vh for="alone" { "Your message to " (view.row.face.name) " alone" }
                                textarea #alone name="text" rows="3" required maxlength=(reach.text_max) { }
                                button.btn.hand.s { "Send to " (name) " alone" }
                            }
                        }
                    }
                    Err(why) => p.dim { (why) }
                }
            }
        }
        @if !reach.is_empty() { span.vh { (stamp(&view.row.stamp)) } }
    }
}
