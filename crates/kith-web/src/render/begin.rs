//! Begin: one person after another, the longest wait first, nothing else on the page, and an end.

use kith_engine::views::{BeginView, ConversationPage};
use maud::{Markup, html};

use super::part::{face, first_name};
use super::{ReplyForm, Shell, icon, page, thread};

/// Faces in the line at the top; the rest is counted.
const FACES_MAX: usize = 12;

/// The thread whose turn it is, in the whole window. `of`: how many waited when she began.
pub(crate) fn begin(shell: &Shell, line: &BeginView, of: u64, view: &ConversationPage, form: &ReplyForm) -> Markup {
    let at = line.waiting.iter().position(|row| Some(row.id) == line.turn).unwrap_or(0);
    let step = |to: Option<usize>| to.and_then(|to| line.waiting.get(to)).map(|row| format!("/begin?of={of}&turn={}", row.id));
    let (next, back) = (step(Some(at + 1)), step(at.checked_sub(1)));
    page::page(
        shell,
        &html! {
            main.begin #main {
                header.turns {
                    a.btn.quiet.s data-key="Escape" href="/" { (icon::left()) "Leave " kbd { "Esc" } }
                    div #live-faces data-live={ "/begin?fragment=faces&of=" (of) "&turn=" (view.row.id) } data-on="inbox" { (faces(line, of)) }
                    nav aria-label="Others who wait" {
                        @if let Some(back) = &back { a.btn.quiet.s data-key="k" href=(back) { "Back " kbd { "K" } } }
                        @if let Some(next) = &next { a.btn.quiet.s data-key="j" href=(next) { "Skip " kbd { "J" } } }
                    }
                }
                (thread::pane(view, form, shell.role, None))
                @if let Some(toast) = &form.toast { (toast) }
            }
        },
    )
}

/// Those who wait, the one whose turn it is lit, and how far she is.
pub(crate) fn faces(line: &BeginView, of: u64) -> Markup {
    let heard = of.saturating_sub(line.owed);
    html! {
        p.how-far {
            @if heard == 0 { (line.owed) @if line.owed == 1 { " person waits" } @else { " people wait" } } @else { (heard) " heard from you, " (line.owed) " to go" }
            progress.vh max=(of.max(1)) value=(heard) aria-label="Answered" {}
        }
        ol.faces {
            @for row in line.waiting.iter().take(FACES_MAX) {
                li.on[Some(row.id) == line.turn] aria-current=[(Some(row.id) == line.turn).then_some("true")] {
                    a href={ "/begin?of=" (of) "&turn=" (row.id) } { (face(&row.face, "s")) span.vh { (first_name(&row.face)) } }
                }
            }
            @if line.waiting.len() > FACES_MAX { li.rest { "+" (line.owed - FACES_MAX as u64) } }
        }
    }
}

/// The end: nobody waits.
pub(crate) fn nobody(shell: &Shell, of: u64, toast: Option<&Markup>) -> Markup {
    page::page(
        shell,
        &html! {
            main.begin.over #main {
                section.thread.quiet {
                    (icon::today())
                    h1 { "Nobody is waiting." }
                    p { @if of == 1 { "One person heard from you." } @else if of > 1 { (of) " people heard from you." } @else { "Everyone who wrote has heard from you." } }
                    a.btn data-key="Escape" data-begin href="/" { "Back to Today" }
                }
                @if let Some(toast) = toast { (toast) }
            }
        },
    )
}
