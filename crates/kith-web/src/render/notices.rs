//! The strip of notices over every page: what everybody should know of this Kith, until it is over or read.

use kith_engine::views::NoticeView;
use maud::{Markup, html};

use super::icon;
use super::part::day_time;

/// The strip, empty where there is nothing to say.
pub(super) fn notices(all: &[NoticeView]) -> Markup {
    html! { div.strip #notices data-live="/notices" data-on="notices" aria-live="polite" { (notices_live(all)) } }
}

/// What is inside it.
pub(crate) fn notices_live(all: &[NoticeView]) -> Markup {
    html! {
        @if !all.is_empty() {
            section aria-label="From Kith itself" { @for notice in all { (one(notice)) } }
        }
    }
}

fn one(notice: &NoticeView) -> Markup {
    html! {
        div.tell {
            (icon::alert())
            p { b { (notice.title) } " (since " (day_time(&notice.since)) "). " (notice.words) " " (notice.way_out) }
            @if notice.may_go_on {
                form method="post" action={ "/notices/" (notice.kind) "/goes-on" } data-busy="Going on" {
                    button.btn.s { "This copy goes on; the other one is off" }
                }
            }
            @if notice.may_put_away {
                form method="post" action={ "/notices/" (notice.kind) "/away" } { button.btn.s.quiet { "Understood" span.vh { ": " (notice.title) } } }
            }
        }
    }
}
