//! What waits for a place in the week: drafts, and news of blogs.

use kith_engine::views::TrayLine;
use maud::{Markup, html};

use super::part::stamp;

/// The tray. Every line is a link; the script lets drafts be dropped on a time.
pub(super) fn tray(lines: &[TrayLine], may: bool) -> Markup {
    html! {
        section.tray #tray data-live-tray aria-label="To place" {
            b { "To place" }
            @if lines.is_empty() { span.dim { "No draft waits for a time." } }
            @for line in lines {
                a.draft href=(line.href) data-place=[(may && line.takes_time).then_some(&line.href)] draggable="false" {
                    span.grip aria-hidden="true" {}
                    span.words { (line.text) }
                    span.nets { @for one in &line.stamps { (stamp(one)) } }
                    span.vh { ", " (line.from) }
                }
            }
            span.legend aria-hidden="true" { span { i.o {} "out" } span { i.f {} "planned" } span { i.a {} "you’re here" } }
        }
    }
}
