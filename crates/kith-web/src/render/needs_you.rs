//! Needs you: every post that waits for a person, gathered by what is wrong, each with its way out beside it.

use kith_domain::publish::{Hold, State};
use kith_engine::views::{MissedTogether, NeedsGroup, NeedsRow, NeedsYouView, Told};
use maud::{Markup, html};

use super::decide::{Target, choices, mend};
use super::part::{day_time, nothing, stamp};
use super::{Shell, icon, page, plan};

/// The whole page. `told` says what was done on the page before.
pub(crate) fn needs_you(shell: &Shell, view: &NeedsYouView, told: Option<Told>) -> Markup {
    page::page(
        shell,
        &html! {
            main.page.wide #main {
                @if let Some(told) = told { p.notice role="status" { (icon::check()) span { (told_words(told)) } } }
                div.plan-days #live data-live="/plan?show=needs-you&fragment=live" data-on="plan channels" { (needs_you_live(view)) }
            }
        },
    )
}

/// What is inside its live part.
pub(crate) fn needs_you_live(view: &NeedsYouView) -> Markup {
    html! {
        div.top { h1 { "Needs you" } (plan::filters(&view.counts, "needs-you")) }
        (needs_you_parts(view))
    }
}

/// All but the heading.
pub(super) fn needs_you_parts(view: &NeedsYouView) -> Markup {
    html! {
        @if view.groups.is_empty() {
            div.card { div.body { (nothing("Nothing needs you.", "What was missed, held or not taken would stand here, with the way out.")) } }
        }
        @for group in &view.groups { (group_card(group, view)) }
        @if view.more { p.dim { "More stand here once some of these are decided: " (view.total) " in all." } }
        @if !view.looking.is_empty() { (looking(&view.looking)) }
    }
}

fn group_card(group: &NeedsGroup, view: &NeedsYouView) -> Markup {
    let id = group.rows.first().map(|row| format!("need-{}", row.row.id)).unwrap_or_default();
    html! {
        section.card.needs aria-labelledby=(id) {
            header { h2.t id=(id) { (group.title) } span.dim { (posts(group.rows.len())) } }
            p.lead { (group.lead) }
            @if let Some(way) = &group.mend { p.lead { (mend(way)) } }
            @if group.kind == "missed" && let Some(together) = &view.missed { (all_at_once(together, view)) }
            ol.asks { @for row in &group.rows { (ask(row)) } }
        }
    }
}

fn ask(row: &NeedsRow) -> Markup {
    let post = &row.row;
    let about = format!("{} {}, {}", post.due.day_short, post.due.time, post.text);
    let target = Target {
        id: post.id,
        state: &post.state,
        choices: &row.choices,
        look: row.look.as_deref(),
        suggested: &row.suggested,
        about: &about,
        list: Some("needs-you"),
        beside: false,
        version: post.version,
    };
    html! {
        li {
            p.meta { (day_time(&post.due)) (stamp(&post.stamp)) span { (post.stamp.channel) } @if let Some(category) = &post.category { span { "· " (category) } } }
            h3 { a href={ "/plan/" (post.id) } { (post.text) } }
            @if let Some(sentence) = post.state_sentence.as_ref().filter(|_| says_more(&post.state)) { p.why { (sentence) } }
            @if !row.choices.is_empty() { div.decide { (choices(&target, None)) } }
        }
    }
}

/// Whether the post's own sentence says more than the words over its group.
fn says_more(state: &State) -> bool {
    !matches!(state, State::Missed { .. } | State::Held { why: Hold::Token | Hold::Changed | Hold::Paused | Hold::Brake, .. })
}

/// Both ways for all missed ones, behind a fold that shows what would happen.
fn all_at_once(together: &MissedTogether, view: &NeedsYouView) -> Markup {
    let ids = together.spaced.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(",");
    let count = together.spaced.len();
    html! {
        details.together #together {
            summary.btn.s { "All " (count) " at once" }
            p { "Sent from now on, at least " (together.gap_min) " minutes apart on each channel, they would go out like this, in " (view.place) " time:" }
            ol.times { @for (id, at) in &together.spaced {
                li { (day_time(at)) span { (text_of(view, *id)) } }
            } }
            div.do {
                form method="post" action="/plan/missed" data-busy="Working" {
                    input type="hidden" name="ids" value=(ids);
                    button.btn.s name="do" value="send" { "Send these " (count) ", spaced" }
                }
                form method="post" action="/plan/missed" data-busy="Working" {
                    input type="hidden" name="ids" value=(ids);
                    button.btn.s.quiet name="do" value="drop" { "Let these " (count) " go" }
                }
            }
        }
    }
}

fn text_of(view: &NeedsYouView, id: kith_domain::ids::DispatchId) -> &str {
    view.groups.iter().flat_map(|group| &group.rows).find(|row| row.row.id == id).map_or("", |row| &row.row.text)
}

fn looking(rows: &[NeedsRow]) -> Markup {
    html! {
        section.card.needs aria-labelledby="looking" {
            header { h2.t #looking { "Kith is finding out" } span.dim { (posts(rows.len())) } }
            p.lead { "No clear answer came for these, so Kith looks on the network before anything else. You need not do anything." }
            ol.asks { @for row in rows { (ask(&NeedsRow { choices: Vec::new(), ..row.clone() })) } }
        }
    }
}

fn posts(count: usize) -> String {
    if count == 1 { "one post".into() } else { format!("{count} posts") }
}

/// How it stands in an address.
pub(crate) fn told_name(told: Told) -> &'static str {
    match told {
        Told::Sending => "sending",
        Told::Moved => "moved",
        Told::Allowed => "allowed",
        Told::HeldBack => "held_back",
        Told::Dropped => "dropped",
        Told::Confirmed => "confirmed",
        Told::AllSending => "all_sending",
        Told::AllDropped => "all_dropped",
    }
}

fn told_words(told: Told) -> &'static str {
    match told {
        Told::Sending => "It goes out now.",
        Told::Moved => "It has its new time.",
        Told::Allowed => "It goes out at its time.",
        Told::HeldBack => "It is held back until somebody lets it go.",
        Told::Dropped => "It does not go out. The post stays in the plan, called off.",
        Told::Confirmed => "Stored: it is there.",
        Told::AllSending => "They go out from now on, spaced.",
        Told::AllDropped => "They do not go out. The posts stay in the plan, called off.",
    }
}
