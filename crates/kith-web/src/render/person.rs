//! The person beside a conversation: what has passed between us, where else they write, and what one may do.

use kith_engine::views::ConversationPage;
use maud::{Markup, html};

use super::part::{face, first_name, stamp};
use super::{ReplyForm, icon, memory_panel, thread};

/// Width of the drawing of who wrote how much.
const BAR_WIDTH: u64 = 200;

/// What is known of the person: promises, facts and notes first, then what passed between us.
pub(super) fn person(view: &ConversationPage, form: &ReplyForm) -> Markup {
    let (row, known) = (&view.row, &view.person);
    let name = first_name(&row.face);
    html! {
        aside.person tabindex="0" aria-label={ "About " (row.face.name) } {
            a.link.to-thread href={ "/inbox/" (row.id) } { (icon::left()) "Back to the conversation" }
            div.who-is {
                (face(&row.face, "l"))
                div {
                    @if form.about { h1 { (row.face.name) } } @else { h2 { (row.face.name) } }
                    small { (row.face.address) }
                    @if let Some(since) = &known.known_since { small.since { "Known since " (since.day) } }
                }
            }
            @if let Some(memory) = &form.memory { (memory_panel(memory, &format!("/inbox/{}", row.id))) } @else {
                section {
                    h3 { "Who writes to whom" }
                    (both_ways(known.theirs, known.ours, name))
                    ul.also {
                        @if let Some(since) = &row.waiting_since { li { (icon::clock()) span { (name) " has waited since " (since.day_short) ", " (since.time) } } }
                        @if let Some(last) = &known.last_ours { li { (icon::hand()) span { "You last wrote on " (last.day_short) ", " (last.time) } } }
                        @else { li { (icon::hand()) span { "You have not answered " (name) " yet" } } }
                        @for (network, address) in &known.also { li { (stamp(network)) span { (address.address) } } }
                    }
                }
            }
            @if !known.others.is_empty() {
                section {
                    h3 { "Other exchanges" }
                    ul.exchanges {
                        @for other in &known.others {
                            li {
                                a href={ "/inbox/" (other.id) } { (other.text) }
                                small { (stamp(&other.stamp)) (other.last.day_short) @if other.waiting_since.is_some() { ", waiting" } }
                            }
                        }
                    }
                }
            }
            @if !form.reach.is_empty() { (thread::touch(view, &form.reach)) }
            @if let Some(contact) = known.contact { p { a.link href={ "/people/" (contact) } { "All about " (name) } } }
        }
    }
}

/// Two bars, both inks: theirs above, ours below.
fn both_ways(theirs: u64, ours: u64, name: &str) -> Markup {
    let most = theirs.max(ours).max(1);
    let width = |n: u64| (n * BAR_WIDTH / most).max(u64::from(n > 0) * 2);
    html! {
        svg.give viewBox="0 0 200 26" role="img" aria-label={ (name) " wrote " (theirs) ", you wrote " (ours) } {
            rect.th x="0" y="2" width=(width(theirs)) height="9" rx="2" {}
            rect.me x="0" y="15" width=(width(ours)) height="9" rx="2" {}
        }
        p.key2 { span { i.th {} (name) " wrote " (theirs) } span { i.me {} "you wrote " (ours) } }
    }
}
