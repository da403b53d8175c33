//! Today: the sentence, who waits, what goes out, what needs a decision.
//!
//! Everything on it can change while it is looked at, so all of it is the live part.

use std::collections::BTreeMap;

use kith_domain::ids::DispatchId;
use kith_domain::publish::State;
use kith_engine::views::{BrakeView, ChannelRow, ConversationRow, DispatchRow, Moment, TodayView};
use maud::{Markup, html};

use super::part::{Tone, WAIT_LONG_HOURS, day_time, distance, face, first_name, nothing, stamp, state_pill, time};
use super::{Shell, decide, icon, page, waiting};

/// Rows of people on Today; the inbox has all of them.
const PEOPLE_MAX: usize = 12;

/// The whole page; `above` stands before all of it, such as the steps of a first day, `below` after it: the people.
pub(crate) fn today(shell: &Shell, view: &TodayView, above: &Markup, below: &Markup) -> Markup {
    page::page(
        shell,
        &html! {
            main.today #main {
                (above)
                div #live data-live="/?fragment=live" data-on="inbox plan channels" { (today_live(view)) }
                (below)
                p.foot aria-hidden="true" {
                    span { kbd { "J" } kbd { "K" } "move" }
                    span { kbd { "⏎" } "begin, open" }
                    span { kbd { "R" } "answer, in a conversation" }
                }
            }
        },
    )
}

/// What is inside its live part.
pub(crate) fn today_live(view: &TodayView) -> Markup {
    html! {
        header.hello {
            div {
                p.date { (view.now.day) " · " time datetime=(view.now.iso) { (view.now.time) } " in " (view.place) }
                h1 { (view.sentence) }
                p.say {
                    (view.detail)
                    @if let Some((deadline, then)) = &view.deadline { " " b.by { (deadline) } " " (then) }
                }
            }
            @if let Some(first) = view.waiting.first() {
                div.do { a.btn.hand.speaks data-begin href="/begin" { "Begin with " (first_name(&first.face)) " " kbd { "⏎" } } }
            }
        }
        @for channel in &view.troubled_channels { (trouble(channel)) }
        @if !view.waiting.is_empty() {
            section.card.line aria-labelledby="wl" {
                header { h2.t #wl { "The waiting line" } span.dim { "the further right, the longer" } (waiting::pill(&view.brake)) }
                (waiting::track(&view.waiting, &view.brake))
            }
        }
        div.cols {
            (wrote(view))
            div.stack {
                @if !view.brake.held.is_empty() { (held(&view.brake)) }
                @if !view.needs_you.is_empty() { (needs_you(&view.needs_you, view.needs_you_total)) }
                (goes_out(&view.goes_out, &view.now, &view.risks))
            }
        }
    }
}

fn wrote(view: &TodayView) -> Markup {
    html! {
        section.card aria-labelledby="wr" {
            header {
                h2.t #wr { "Wrote to you" }
                @if !view.waiting.is_empty() { span.dim { "longest wait first" } }
                a.link.more href="/inbox" { "Open inbox" }
            }
            @if view.waiting.is_empty() {
                (nothing("You owe nobody an answer.", "When somebody writes, they stand here, the longest wait first."))
            } @else {
                ol.rows { @for (n, row) in view.waiting.iter().take(PEOPLE_MAX).enumerate() { (person(row, n == 0)) } }
            }
            @if view.waiting.len() > PEOPLE_MAX {
                p.none { a.link href="/inbox" { (view.waiting.len() - PEOPLE_MAX) " more in the inbox" } }
            }
            @if view.apart > 0 {
                p.none { a.link href="/inbox?show=apart" { @if view.apart == 1 { "One conversation" } @else { (view.apart) " conversations" } " set apart as automated" } }
            }
        }
    }
}

fn person(row: &ConversationRow, first: bool) -> Markup {
    html! {
        li.row.on[first] {
            (face(&row.face, ""))
            div {
                p.nm { span { (row.face.name) } (stamp(&row.stamp)) @if row.unread { (unread()) } }
                a.q href={ "/inbox/" (row.id) } { (row.text) }
                p.ctx { (row.face.address) }
            }
            div {
                (age(row))
                @if first { div.act.speaks { a.btn.hand.s href={ "/inbox/" (row.id) } aria-label={ "Answer " (row.face.name) } { "Answer" } } }
            }
        }
    }
}

/// How long they have waited, or when the last word came or went.
pub(super) fn age(row: &ConversationRow) -> Markup {
    let moment = row.waiting_since.as_ref().unwrap_or(&row.last);
    let words = if row.waiting_since.is_some() { "waiting " } else { "last word " };
    html! {
        p.age.hot[row.hours >= WAIT_LONG_HOURS] { span.vh { (words) } time datetime=(moment.iso) title={ (moment.day) ", " (moment.time) } { (moment.distance) } }
    }
}

/// The dot of something that was not opened yet.
pub(super) fn unread() -> Markup {
    html! { span.new { span.vh { "not read yet" } } }
}

fn trouble(channel: &ChannelRow) -> Markup {
    html! {
        section.notice.wait aria-label={ "Trouble with " (channel.name) } {
            (icon::alert())
            p {
                b { (channel.stamp.name) " (" (channel.name) ") must be signed in again" }
                @if !channel.detail.is_empty() { ": " (channel.detail.trim_end_matches('.')) }
                ". Until then nothing goes out on it, and people may write unseen. "
                a.under href={ "/settings/channels/" (channel.id) } { "Sign in again" }
            }
        }
    }
}

/// What the brake holds, each with its way past it.
pub(super) fn held(brake: &BrakeView) -> Markup {
    html! {
        section.card.needs aria-labelledby="hb" {
            header {
                h2.t #hb { "On hold" }
                span.dim { @if brake.held_count() == 1 { "one post" } @else { (brake.held_count()) " posts" } }
            }
            p.lead { (brake.why) @if let Some(first) = &brake.first { @if brake.held_count() == 1 { " It goes on once " } @else { " They go on once " } (first.short) " has heard from you." } }
            ol.asks {
                @for row in &brake.held {
                    @let about = format!("{} {}, {}", row.due.day_short, row.due.time, row.text);
                    li {
                        p.meta { (day_time(&row.due)) (stamp(&row.stamp)) span { (row.stamp.channel) } }
                        h3 { a href={ "/plan/" (row.id) } { (row.text) } }
                        (decide::let_out_of(row.id, &row.state, &about))
                    }
                }
            }
            @if brake.held_more > 0 { p.none { a.link href="/plan?show=needs-you" { "and " (brake.held_more) " more" } } }
        }
    }
}

/// What went and goes out today, in order of time.
pub(super) fn goes_out(rows: &[DispatchRow], now: &Moment, risks: &BTreeMap<DispatchId, String>) -> Markup {
    html! {
        section.card aria-labelledby="go" {
            header { h2.t #go { "Goes out today" } a.link.more href="/plan" { "Plan" } }
            @if rows.is_empty() {
                (nothing("Nothing goes out today.", "A quiet day is a day for people."))
            } @else {
                ol.out { @for row in rows { (out_line(row, now, risks.get(&row.id))) } }
            }
        }
    }
}

/// One line of the out-list.
pub(super) fn out_line(row: &DispatchRow, now: &Moment, risk: Option<&String>) -> Markup {
    let words = match (&row.state, risk.or(row.state_sentence.as_ref())) {
        (_, Some(sentence)) => sentence.clone(),
        (State::Planned { .. }, None) if row.due.at >= now.at => format!("Goes out {}", distance(&row.due, now)),
        _ => row.state_words.clone(),
    };
    html! {
        li class=(if risk.is_some() { Tone::Ask } else { Tone::of(&row.state) }.class()) {
            (time(&row.due))
            span.dot aria-hidden="true" {}
            div {
                h3 { a href={ "/plan/" (row.id) } { (row.text) } (stamp(&row.stamp)) }
                p { (words) @if let Some(category) = &row.category { " · " (category) } }
            }
        }
    }
}

/// What needs a decision.
pub(super) fn needs_you(rows: &[DispatchRow], total: u64) -> Markup {
    html! {
        section.card aria-labelledby="ny" {
            header { h2.t #ny { "Needs you" } span.dim { (total) @if total == 1 { " post" } @else { " posts" } } a.link.more href="/plan?show=needs-you" { "Decide" } }
            ul.yes {
                @for row in rows {
                    li {
                        h3 { (row.text) }
                        p.meta { (state_pill(row)) (stamp(&row.stamp)) (day_time(&row.due)) }
                        @if let Some(sentence) = &row.state_sentence { p { (sentence) } }
                        div.do { a.btn.s href={ "/plan/" (row.id) } aria-label={ "Look at the post of " (row.due.day_short) " " (row.due.time) } { "Look" } }
                    }
                }
            }
        }
    }
}
