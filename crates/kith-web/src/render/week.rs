//! A week of the plan by the hour, and the same days as an agenda for a narrow page; beside it one post whole.
//!
//! Places are classes (`h7 m30`), as the content policy takes no style of an element's own. Every day carries a mark of
//! what is in it, so that the script swaps only days that changed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use kith_engine::views::{WeekBand, WeekDay, WeekPost, WeekView};
use maud::{Markup, html};

use super::panel::{Chosen, panel};
use super::part::{Tone, stamp, time};
use super::planbar::{self, Part, Turn};
use super::{Shell, icon, page, tray};

/// Minutes of an hour to which places are rounded.
const STEP_MIN: u16 = 5;
/// Bars of a day's head.
const BARS_MAX: usize = 8;

/// The whole page. `chosen` is the post that stands open beside the week.
pub(crate) fn week(shell: &Shell, view: &WeekView, chosen: Option<&Chosen>, done: Option<&str>) -> Markup {
    let [before, this, after] = &view.mondays;
    let at = |monday: &str| format!("/plan?view=week&from={monday}");
    let turn = Turn { title: &view.title, before: at(before), after: at(after), now: "/plan", step: "Week" };
    page::page_styled(
        shell,
        Some(page::WEEK),
        &html! {
            main.plan.open[chosen.is_some()] #main {
                (planbar::turning(Part::Week, Some(&turn)))
                @if let Some(words) = done.and_then(told) { p.notice.done role="status" { (icon::check()) span { (words) } } }
                p.notice.told #move-told role="status" {}
                div.weekly #live data-week={ "/plan?view=week&from=" (this) "&fragment=live" } { (week_live(view, chosen.map(|chosen| chosen.page.row.id.to_string()).as_deref())) }
                @if let Some(chosen) = chosen { (panel(chosen)) }
            }
        },
    )
}

fn told(done: &str) -> Option<&'static str> {
    match done {
        "planned" => Some("Planned. It goes out by itself."),
        "file_planned" => Some("The file is planned. Each post goes out by itself at its time."),
        "file_asked" => Some("The file is stored. Its posts go out when the owner says yes."),
        "asked" => Some("Stored. It goes out when the owner says yes."),
        "moved" => Some("It has its new time."),
        "changed" => Some("Changed. It goes out with its new words."),
        "held_back" => Some("It is held back until somebody lets it go."),
        "allowed" => Some("It goes out at its time."),
        "sending" => Some("It goes out now."),
        "dropped" => Some("It does not go out."),
        _ => None,
    }
}

/// What is inside its live part. `on` is the post that stands open.
pub(crate) fn week_live(view: &WeekView, on: Option<&str>) -> Markup {
    let (first, count) = (view.hours.first().map_or(7, |hour| hour.hour), view.hours.len());
    html! {
        div.week role="region" tabindex="0" aria-label={ "Week of " (view.title) } {
            div class={ "grid from" (first) " n" (count) } data-first=(first) data-may[view.may] {
                div.dh.corner { span { (view.place) } @if let Some(market) = &view.market { span.ny title=(market) { span aria-hidden="true" { (page::initials(market)) } span.vh { (market) } } } }
                @for day in &view.days { (head(day)) }
                div.hours aria-hidden="true" {
                    @for hour in &view.hours {
                        span class={ "h" (hour.hour) } { (format!("{:02}", hour.hour)) @if let Some((there, inside)) = &hour.there { i.ok[*inside] { (there) } } }
                    }
                }
                @for (index, day) in view.days.iter().enumerate() {
                    (column(view, day, view.now.filter(|(now, _)| *now == index).map(|(_, minute)| minute), on))
                }
            }
        }
        (agenda(view))
        (tray::tray(&view.tray, view.may))
        @if view.more { p.dim.over { "There is more in this week than fits here; the list has all of it." } }
    }
}

fn mark(inner: &Markup) -> String {
    let mut hasher = DefaultHasher::new();
    inner.0.hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

fn head(day: &WeekDay) -> Markup {
    let inner = html! {
        b { (day.name) " " span { (day.number) } } span.vh { ", " (day.words) }
        span.bal aria-hidden="true" { @for _ in 0..day.out.min(BARS_MAX) { i.o {} } @for _ in 0..day.planned.min(BARS_MAX) { i.f {} } }
        small { @if day.today { "Today" @if !day.sums.is_empty() { ", " } } (day.sums) @if !day.today && day.sums.is_empty() && day.rest { "Rest" } }
    };
    html! { div.dh.now[day.today] id={ "head-" (day.date) } data-v=(mark(&inner)) { (inner) } }
}

/// Classes of a minute of the day; `to` for an end.
fn place(to: &str, minute: u16) -> String {
    format!("{to}h{} {to}m{}", minute / 60, minute % 60 / STEP_MIN * STEP_MIN)
}

fn column(view: &WeekView, day: &WeekDay, now: Option<u16>, on: Option<&str>) -> Markup {
    let inner = html! {
        @for band in &day.bands { (home(band)) }
        @if let Some(minute) = now { div class={ "nowline " (place("", minute)) } {} }
        @for post in &day.posts { (card(view, post, on)) }
        @for (minute, count) in &day.folded {
            a class={ "folded " (place("", *minute)) } href="/plan?view=list" { "+" (count) span.vh { " more at about this time on " (day.words) ", in the list" } }
        }
    };
    html! {
        div.day.rest[day.rest] id={ "day-" (day.date) } data-day=(day.date) data-words=(day.words) data-v=(mark(&inner)) role="group" aria-label=(day.words) { (inner) }
    }
}

fn home(band: &WeekBand) -> Markup {
    html! {
        div class={ "home " (place("", band.from)) " " (place("t", band.to)) } { em { "you’re here" span.vh { " " (band.words) } } }
    }
}

/// A post as a card: what may be moved says so to the script.
fn card(view: &WeekView, post: &WeekPost, on: Option<&str>) -> Markup {
    let row = &post.row;
    let (lane, lanes) = post.lane;
    let id = row.id.to_string();
    let is_on = on == Some(id.as_str());
    html! {
        a class={ "wp " (Tone::of(&row.state).class()) " " (place("", post.minute)) " l" (lane) " w" (lanes) @if post.alone { " alone" } @if is_on { " on" } }
            href={ "/plan?view=week&from=" (view.mondays[1]) "&post=" (row.id) }
            aria-current=[is_on.then_some("true")]
            data-move=[post.may_move.then_some(&id)] data-at=[post.may_move.then_some(&post.local)] draggable="false" {
            (inside(post))
        }
    }
}

pub(super) fn inside(post: &WeekPost) -> Markup {
    let row = &post.row;
    let tone = Tone::of(&row.state);
    html! {
        span.w { (time(&row.due)) span.nets { @for one in &post.stamps { (stamp(one)) } } }
        b { (row.text) }
        @if matches!(tone, Tone::Ask | Tone::Fail) { span.flag { (row.state_words) } }
        @else if post.alone { span.flag { "nobody home" } }
        @else { span.vh { (row.state_words) } }
    }
}

/// The days one under the other, with a strip to go to each: the phone's view.
fn agenda(view: &WeekView) -> Markup {
    html! {
        div.agenda {
            nav.daystrip aria-label="Days" {
                @for day in &view.days {
                    a href={ "#a-" (day.date) } aria-current=[day.today.then_some("date")] {
                        (day.name) b { (day.number) } span.p aria-hidden="true" { @for _ in 0..(day.out + day.planned).min(4) { i {} } } span.vh { (day.sums) }
                    }
                }
            }
            @for day in &view.days { (agenda_day(day)) }
        }
    }
}

fn agenda_day(day: &WeekDay) -> Markup {
    let mut lines: Vec<(u16, Markup)> =
        day.bands.iter().map(|band| (band.from, html! { li.homeband { (icon::today()) (band.words) ", you’re here" } })).collect();
    lines.extend(day.posts.iter().map(|post| {
        (
            post.minute,
            html! { li { a class={ "wp " (Tone::of(&post.row.state).class()) } href={ "/plan/" (post.row.id) } { (inside(post)) } } },
        )
    }));
    lines.sort_by_key(|(minute, _)| *minute);
    let more: usize = day.folded.iter().map(|(_, count)| count).sum();
    let inner = html! {
        h2 { (day.words) span { @if day.today { "Today" @if !day.sums.is_empty() { ", " } } (day.sums) } }
        @if lines.is_empty() { p.dim { "Nothing yet." } }
        ol { @for (_, line) in lines { (line) } }
        @if more > 0 { p { a.link href="/plan?view=list" { (more) " more in the list" } } }
    };
    html! { section id={ "a-" (day.date) } data-v=(mark(&inner)) aria-label=(day.words) { (inner) } }
}
