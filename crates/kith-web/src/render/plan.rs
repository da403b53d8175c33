//! The plan as a list by day: what goes out and went out, and what needs a decision.
//!
//! Filters are links, so that a list has an address. A row is one dispatch: one wording on one channel.

use kith_domain::measure::Conservation;
use kith_engine::views::{DispatchRow, PlanView};
use maud::{Markup, html};

use super::part::{Tone, nothing, query_value, stamp, state_pill, time};
use super::planbar::{self, Part};
use super::{Shell, icon, page};

/// The whole page.
pub(crate) fn plan(shell: &Shell, view: &PlanView, planned: bool) -> Markup {
    page::page(
        shell,
        &html! {
            main.page.wide #main {
                (planbar::bar(Part::List))
                @if planned { p.notice role="status" { (icon::check()) span { "Planned. It goes out by itself." } } }
                div.plan-days #live data-live={ "/plan?view=list&show=" (query_value(&view.filter)) "&fragment=live" } data-on="plan channels" { (plan_live(view)) }
            }
        },
    )
}

/// What is inside its live part.
pub(crate) fn plan_live(view: &PlanView) -> Markup {
    html! {
        div.top { (filters(&view.counts, &view.filter)) }
        @if view.rows.is_empty() { div.card { div.body { (empty(&view.filter)) } } }
        @for day in view.rows.chunk_by(|a, b| a.due.day == b.due.day) { (day_of(day, &view.now.day)) }
        @if let Some(next) = &view.next {
            p.nextpage { a.btn href={ "/plan?show=" (query_value(&view.filter)) "&from=" (query_value(next)) } {
                @if view.filter == "published" { "Earlier posts" } @else { "Later posts" }
            } }
        }
    }
}

/// The lists that there are, each with its number.
pub(super) fn filters(counts: &Conservation, shown: &str) -> Markup {
    let of = |names: &[&str]| names.iter().map(|name| counts.of(name)).sum::<u64>();
    let filters = [
        ("coming", "Coming", of(&["planned", "claimed", "sending", "uncertain"]), ""),
        ("published", "Published", of(&["published"]), ""),
        ("needs-you", "Needs you", of(&["missed", "held", "needs_person", "failed"]), "ask"),
        ("all", "All", counts.total(), ""),
    ];
    html! {
        nav.seg aria-label="Which posts" {
            @for (name, words, count, class) in filters {
                a href={ "/plan?show=" (name) } aria-current=[(shown == name).then_some("page")] {
                    (words) @if count > 0 { " " span class={ "c " (class) } { (count) } }
                }
            }
        }
    }
}

fn empty(filter: &str) -> Markup {
    match filter {
        "published" => nothing("Nothing has gone out yet.", "What went out stands here, with a link to each post."),
        "all" => from_file("The plan is empty."),
        _ => from_file("Nothing is planned from today on."),
    }
}

fn from_file(title: &str) -> Markup {
    html! { p.none { b { (title) } "Write a post, or " a.under href="/plan/file" { "bring a file of them" } "." } }
}

fn day_of(rows: &[DispatchRow], today: &str) -> Markup {
    let Some(first) = rows.first() else { return Markup::default() };
    html! {
        section.day aria-label=(first.due.day) {
            h2 { @if first.due.day == today { "Today" span { (first.due.day) } } @else { (first.due.day) } }
            ol.posts { @for row in rows { (post(row)) } }
        }
    }
}

/// A post card in any of its states.
pub(super) fn post(row: &DispatchRow) -> Markup {
    html! {
        li class={ "post " (Tone::of(&row.state).class()) } {
            (time(&row.due))
            div {
                a.txt href={ "/plan/" (row.id) } { (row.text) }
                @if let Some(sentence) = &row.state_sentence { p.why { (sentence) } }
                p.meta { (stamp(&row.stamp)) span { (row.stamp.channel) } @if let Some(category) = &row.category { span { "· " (category) } } }
            }
            div.end { (state_pill(row)) }
        }
    }
}
