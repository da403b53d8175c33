//! Planning in every state: the week, the month, a post beside them, the queue, series and events, limits, a plan file.

use kith_engine::SourceKind;
use maud::{Markup, html};

use super::super::panel::{Chosen, panel};
use super::super::{Asked, caps, month_live, plan_file, queue, queue_live, sample, sources, week, week_live};
use super::{apart, shelf};

/// The shelves.
pub(super) fn shelves() -> Markup {
    let panels = sample::panels();
    let versions: Vec<_> = panels.iter().take(2).map(|(_, page)| (page.row.id, page.row.stamp.clone())).collect();
    let hand = sample::in_hand();
    let (text, problems, deliveries) = sample::file();
    let asked = Asked::default();
    html! {
        (shelf("The week: hours of presence, a post in every state, drafts to place", &html! {
            div.weekly { (apart("week", &week_live(&sample::week(), None))) }
            div.shelf {
                div { a.wp.auto href="#main" { (week::inside(&hand)) } }
                div { a.wp.auto.on href="#main" { (week::inside(&hand)) } }
                div { a.wp.auto.moving href="#main" { (week::inside(&hand)) } }
            }
        }))
        (shelf("The month", &html! { div.monthly { (month_live(&sample::month())) } }))
        (shelf("A post beside the week: planned, asked, held by hand, out", &html! {
            @for (name, page) in &panels {
                @let chosen = Chosen { page, versions: &versions, monday: "2026-11-16", may_move: *name == "planned", wrong: None };
                // The panel's place in the week's page is none here.
                div { (apart(name, &panel(&chosen))) }
            }
        }))
        (shelf("The queue, and the queue at rest", &html! {
            (apart("queue", &queue_live(&sample::queue(false))))
            (apart("rests", &queue_live(&sample::queue(true))))
        }))
        (shelf("Series, events, and what they would put into the plan", &html! {
            ul.asks { @for row in &sample::sources(["Kiln tips", "Glazes", "Tools"]) { (sources::in_list(SourceKind::Series, row)) } }
            ul.asks { @for row in &sample::sources(["Glaze night", "Open studio", "Kiln opening"]) { (sources::in_list(SourceKind::Event, row)) } }
            (apart("shown", &queue::preview("With this the next ones go out", &sample::shown())))
        }))
        (shelf("Limits: one’s own, the usual, and as a delegate sees them", &html! {
            @for (index, line) in sample::caps().iter().enumerate() { (apart("mine", &caps::channel(index, line, true, &asked))) }
            (apart("theirs", &caps::channel(0, &sample::caps()[0], false, &asked)))
        }))
        (shelf("A plan file: what is wrong in it, and what it would send", &html! {
            (plan_file::findings(&problems.iter().collect::<Vec<_>>(), text))
            ol.lines { @for line in &deliveries { (plan_file::delivery(line)) } }
        }))
    }
}
