//! A week of the plan as a table of hours, readable without its style: who is there is a band, posts stand in their hour.

use kith_engine::views::{Home, WeekCell, WeekHour, WeekPost, WeekView};
use maud::{Markup, html};

use super::part::{Tone, stamp, time};
use super::planbar::{self, Part};
use super::{Shell, icon, page};

/// The whole page.
pub(crate) fn week(shell: &Shell, view: &WeekView) -> Markup {
    let [before, this, after] = &view.mondays;
    page::page(
        shell,
        &html! {
            main.page.wide.weekly #main {
                (planbar::bar(Part::Week))
                nav.turn aria-label="Weeks" {
                    a.btn.sq href={ "/plan?view=week&from=" (before) } aria-label="Week before" { (icon::left()) }
                    h2 { (view.title) }
                    a.btn.sq.turned href={ "/plan?view=week&from=" (after) } aria-label="Week after" { (icon::left()) }
                    a.btn.quiet href="/plan?view=week" { "This week" }
                }
                div #live data-live={ "/plan?view=week&from=" (this) "&fragment=live" } data-on="plan" { (week_live(view)) }
            }
        },
    )
}

/// What is inside its live part.
pub(crate) fn week_live(view: &WeekView) -> Markup {
    html! {
        div.week role="region" tabindex="0" aria-label={ "Week of " (view.title) } {
            table {
                thead {
                    tr {
                        th.corner scope="col" { (view.place) @if let Some(market) = &view.market { small { (market) } } }
                        @for day in &view.days {
                            th.now[day.today] scope="col" {
                                b { (day.name) " " span { (day.number) } } span.vh { " " (day.words) }
                                span.bal aria-hidden="true" { @for _ in 0..day.out.min(8) { i.o {} } @for _ in 0..day.planned.min(8) { i.f {} } }
                                small { @if day.today { "Today" @if !day.sums.is_empty() { ", " } } (day.sums) }
                            }
                        }
                    }
                }
                tbody { @for hour in &view.hours { (row(hour)) } }
            }
        }
        @if view.more { p.dim { "There is more in this week than fits here; the list has all of it." } }
    }
}

fn row(hour: &WeekHour) -> Markup {
    html! {
        tr {
            th scope="row" { (hour.hour) @if let Some((there, inside)) = &hour.there { i.ok[*inside] { (there) } } }
            @for (index, cell) in hour.cells.iter().enumerate() { (of_day(cell, index > 4)) }
        }
    }
}

fn of_day(cell: &WeekCell, rest: bool) -> Markup {
    let home = match cell.home {
        Home::Away => "",
        Home::First => "home first",
        Home::Second => "home second",
        Home::Whole => "home",
    };
    html! {
        td class={ (home) @if rest { " rest" } } {
            @if cell.begins { em { "you’re here" } }
            @for post in &cell.posts { (card(post)) }
        }
    }
}

fn card(post: &WeekPost) -> Markup {
    let row = &post.row;
    let tone = Tone::of(&row.state);
    html! {
        a class={ "wp " (tone.class()) } href={ "/plan/" (row.id) } {
            span.w { (time(&row.due)) (stamp(&row.stamp)) }
            b { (row.text) }
            @if matches!(tone, Tone::Ask | Tone::Fail) { span.flag { (row.state_words) } }
            @else if post.alone { span.flag { "nobody home" } }
            @else { span.vh { (row.state_words) } }
        }
    }
}
