//! Every part in every state, from views made by hand: for people who change the pages, and for the tests that look at them.

use kith_domain::mandate::Role;
use maud::{Markup, PreEscaped, html};

use super::part::{problem, stamp};
use super::{
    Here, ReplyForm, Shell, dispatch, icon, inbox, needs_you, page, plan as planning, sample, settings as set, thread, today, waiting,
    write_guide,
};

mod desk;
mod people;
mod plan;
mod settings;

/// One page with all of it.
pub(crate) fn styleguide() -> Markup {
    let shell = Shell {
        title: "Style guide",
        here: Here::Settings,
        name: "Ana Okonjo",
        workspace: "Lark & Co",
        role: Role::Owner,
        owed: 6,
        notices: sample::notices(),
        lamp: sample::lamps()[0].clone(),
    };
    let waiters = sample::waiting();
    let view = sample::conversation();
    let form = ReplyForm {
        gesture: "0".into(),
        text: "I don’t wax it, I wipe the foot and then the lowest centimetre again.",
        problem: Some("Not sent: the network answers that the post is gone. Your words are still here."),
        ..ReplyForm::default()
    };
    let mut refused = sample::conversation();
    refused.may_reply = Err("A delegate can't reply; an owner can.".into());
    page::page_styled(
        &shell,
        Some(page::WEEK),
        &html! {
            main.page.wide.guide #main {
                h1 { "Style guide" }
                (shelf("Buttons", &html! {
                    div.shelf {
                        button.btn.hand type="button" { "By hand " kbd { "⏎" } }
                        button.btn type="button" { "Plain" }
                        button.btn.quiet type="button" { "Quiet" }
                        button.btn.s type="button" { "Small" }
                        button.btn.hand type="button" disabled { "Sending" }
                    }
                }))
                (shelf("Pills, stamps, faces", &html! {
                    div.shelf {
                        span.pill.auto { (icon::clock()) "Planned" } span.pill.ok { (icon::check()) "Published" } span.pill.wait { (icon::alert()) "Missed" }
                        span.pill.bad { (icon::cross()) "Not sent" } span.pill.calm { (icon::pause()) "Paused" } span.pill.hand { (icon::hand()) "By hand" }
                        @for person in &waiters { (stamp(&person.stamp)) }
                        @for person in &waiters { (super::part::face(&person.face, "")) }
                    }
                }))
                (shelf("The lamp: you're here, nobody home, not said", &html! {
                    div.shelf { @for lamp in &sample::lamps() { (page::lamp(lamp)) } }
                    div.shelf { @for lamp in &sample::lamps() { (page::lamp_small(lamp)) } }
                }))
                (shelf("Chips", &html! {
                    div.shelf { a.chip href="#known" aria-current="page" { "Everyone" } a.chip href="#known" { "Promises" } a.chip href="#known" { "Followers" span.n { "3" } } }
                }))
                (shelf("Notices", &html! {
                    (problem("guide-problem", "The network did not take it: the text has 312 characters, 300 are allowed."))
                    p.notice { (icon::check()) "Stored." }
                    p.notice.wait { (icon::alert()) "Your last answer may be there: look on the network before you send it again." }
                }))
                (shelf("The waiting line: nobody's wait is long; six; fifty", &html! {
                    div.card.line { (waiting::pill(&sample::brake("open"))) (waiting::track(&waiters[4..], &sample::brake("open"))) }
                    div.card.line { (waiting::pill(&sample::brake("closing"))) (waiting::track(&waiters, &sample::brake("closing"))) }
                    div.card.line { (waiting::pill(&sample::brake("holding"))) (waiting::track(&waiters.iter().cycle().take(50).cloned().collect::<Vec<_>>(), &sample::brake("holding"))) }
                }))
                (shelf("What goes out", &html! { (today::held(&sample::today_held().brake)) (today::goes_out(&sample::dispatches(), &sample::today().now, &sample::today().risks)) (today::needs_you(&sample::today().needs_you, 4)) }))
                (shelf("Nothing there", &html! { (today_empty()) }))
                (shelf("Post cards, in all states", &html! { ol.posts { @for row in &sample::dispatches() { (planning::post(row)) } } }))
                (shelf("A decision and its trail", &html! { (dispatch::decide(&sample::dispatch_page(), Some(&sample::wrong()))) (dispatch::trail(&sample::dispatch_page())) }))
                (shelf("What needs you", &html! { div.plan-days { (needs_you::needs_you_parts(&sample::needs_you())) } }))
                (shelf("The inbox and a thread", &html! {
                    div.inbox {
                        div.list { (inbox::inbox_live(&sample::inbox(), waiters.first().map(|row| row.id))) }
                        div.talk { div #live-thread { (thread::thread_live(&view)) } }
                        (thread::reply(&view, &form, Role::Owner))
                        (thread::reply(&refused, &form, Role::Delegate))
                    }
                }))
                @if let Some(channel) = sample::channels().first() { (shelf("Versions of a post: counters, likeness, the two guards", &write_guide::desk(channel))) }
                (shelf("Channels", &html! { div.card { ul.chan { @for channel in &sample::channels() { (set::line(channel)) } } } }))
                (plan::shelves())
                (people::shelves())
                (desk::shelves())
                (settings::shelves())
            }
        },
    )
}

fn shelf(title: &str, parts: &Markup) -> Markup {
    html! { section aria-label=(title) { h2 { (title) } (parts) } }
}

/// A part in the company of its likes: its ids begin with a name of their own, and its landmarks are groups.
fn apart(name: &str, part: &Markup) -> Markup {
    let mut text = part.0.clone();
    for tag in ["section", "aside", "nav"] {
        text = text.replace(&format!("<{tag}"), "<div role=\"group\"").replace(&format!("</{tag}>"), "</div>");
    }
    for attribute in [" id=\"", " for=\"", " href=\"#", " aria-labelledby=\"", " aria-describedby=\""] {
        let mut pieces = text.split(attribute);
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (ids, rest) = piece.split_once('"').unwrap_or((piece, ""));
            let ids: Vec<_> = ids.split(' ').map(|id| format!("{name}-{id}")).collect();
            out.push_str(attribute);
            out.push_str(&ids.join(" "));
            out.push('"');
            out.push_str(rest);
        }
        text = out;
    }
    PreEscaped(text)
}

fn today_empty() -> Markup {
    let view = sample::today_done();
    html! { div.card { (super::part::nothing(&view.sentence, &view.detail)) } }
}
