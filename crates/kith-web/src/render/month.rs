//! A month of the plan: a table of days, each with its first posts; a day leads to its week.

use kith_engine::views::{MonthDay, MonthView};
use maud::{Markup, html};

use super::part::{Tone, stamp, time};
use super::planbar::{self, Part, Turn};
use super::{Shell, page};

/// Dots of a day on a narrow page.
const DOTS_MAX: usize = 4;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The whole page.
pub(crate) fn month(shell: &Shell, view: &MonthView) -> Markup {
    let [before, this, after] = &view.firsts;
    let at = |first: &str| format!("/plan?view=month&from={first}");
    let turn = Turn { title: &view.title, before: at(before), after: at(after), now: "/plan?view=month", step: "Month" };
    page::page_styled(
        shell,
        Some(page::WEEK),
        &html! {
            main.plan #main {
                (planbar::turning(Part::Month, Some(&turn)))
                div.monthly #live data-live={ "/plan?view=month&from=" (this) "&fragment=live" } data-on="plan" { (month_live(view)) }
            }
        },
    )
}

/// What is inside its live part.
pub(crate) fn month_live(view: &MonthView) -> Markup {
    html! {
        table.month aria-label={ (view.title) ", " (view.place) " time" } {
            thead { tr { @for day in DAYS { th scope="col" { (day) } } } }
            tbody { @for week in &view.weeks { tr { @for day in week { (cell(day)) } } } }
        }
        @if view.more { p.dim.over { "There is more in this month than fits here; the list has all of it." } }
    }
}

fn cell(day: &MonthDay) -> Markup {
    html! {
        td.out[!day.inside] {
            a.n.now[day.today] href={ "/plan?view=week&from=" (day.date) } { (day.number) span.p aria-hidden="true" { @for _ in 0..(day.posts.len() + day.more).min(DOTS_MAX) { i {} } } span.vh { ", " (day.words) ", " (day.posts.len() + day.more) " posts" } }
            @for post in &day.posts {
                a class={ "mp " (Tone::of(&post.row.state).class()) } href={ "/plan?view=week&from=" (day.date) "&post=" (post.row.id) } {
                    (time(&post.row.due)) span.t { (post.row.text) } span.nets { @for one in &post.stamps { (stamp(one)) } }
                    span.vh { ", " (post.row.state_words) }
                }
            }
            @if day.more > 0 { a.link href={ "/plan?view=week&from=" (day.date) } { (day.more) " more" span.vh { " on " (day.words) } } }
        }
    }
}
