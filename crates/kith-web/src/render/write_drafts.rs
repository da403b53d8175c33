//! Drafts: their list, two versions side by side when two people wrote at once, and past posts to begin with.

use kith_engine::Composed;
use kith_engine::views::{DraftLine, DraftView, WriteView};
use maud::{Markup, html};

use super::part::{nothing, stamp};
use super::write::Sheet;
use super::{Shell, icon, page};

/// The list of drafts.
pub(crate) fn drafts(shell: &Shell, drafts: &[DraftLine], may: bool, done: Option<&str>) -> Markup {
    page::page(
        shell,
        &html! {
            main.drafts #main {
                header.top { h1 { "Drafts" } a.btn.hand href="/write" { (icon::pen()) "Write a post" } }
                @if done == Some("dropped") { p.notice role="status" { (icon::check()) span { "The draft is gone." } } }
                @if done == Some("gone") { p.notice.wait role="status" { (icon::alert()) span { "That draft was planned or thrown away meanwhile." } } }
                section.card aria-label="Drafts" {
                    @if drafts.is_empty() { (nothing("No drafts.", "What you write is kept here every two seconds, until you plan it or throw it away.")) }
                    @else { ul.draft-list { @for draft in drafts { (row(draft, may)) } } }
                }
            }
        },
    )
}

fn row(draft: &DraftLine, may: bool) -> Markup {
    let words = if draft.text.is_empty() { "Without words yet" } else { &draft.text };
    html! {
        li {
            a href={ "/write?draft=" (draft.id) } {
                span.nets { @for one in &draft.stamps { (stamp(one)) } }
                span.txt { (words) @if draft.pictures > 0 { span.dim { ", " (draft.pictures) @if draft.pictures == 1 { " picture" } @else { " pictures" } } } }
                small.dim { (draft.by) ", " (draft.saved.day_short) " " (draft.saved.time) }
            }
            @if may {
                form method="post" action={ "/write/drafts/" (draft.id) "/drop" } { button.btn.quiet.s { "Throw away" span.vh { ": " (words) } } }
            }
        }
    }
}

/// Both versions side by side, and the two ways on.
pub(super) fn conflict(sheet: &Sheet, theirs: &DraftView) -> Markup {
    html! {
        section.conflict aria-labelledby="conflict-title" {
            h2 #conflict-title { (icon::alert()) (theirs.by) " saved at " (theirs.saved.time) }
            p { "This draft was changed in the meantime. Nothing of yours is lost; say which one goes on." }
            div.both {
                div { h3 { @if theirs.by == "You" { "As saved in another window" } @else { "As " (theirs.by) " saved it" } } (words(&theirs.post))
                    a.btn href={ "/write?draft=" (theirs.id) } data-take { "Go on with this one" } }
                div { h3 { "As it stands here" } (words(sheet.post))
                    button.btn name="do" value={ "mine:" (theirs.version) } { "Keep this one" } }
            }
        }
    }
}

fn words(post: &Composed) -> Markup {
    html! {
        p.words { (post.text) }
        @for (name, own) in &post.wordings { p.words { b { (name) ": " } (own) } }
        @if !post.pictures.is_empty() { p.dim { (post.pictures.len()) " pictures" } }
    }
}

/// Past posts that started conversations, as a beginning.
pub(super) fn starters(view: &WriteView) -> Markup {
    html! {
        @if !view.starters.is_empty() {
            section.starters aria-labelledby="starters-title" {
                h2 #starters-title { "These started conversations" }
                ul { @for starter in &view.starters {
                    li { a href={ "/write?like=" (starter.id) } {
                        span.txt { (starter.text) }
                        small.dim { (stamp(&starter.stamp)) (starter.conversations) @if starter.conversations == 1 { " person wrote back" } @else { " people wrote back" } ". Begin with it" }
                    } }
                } }
            }
        }
    }
}
