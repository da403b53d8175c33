//! One dispatch in full: its words, whose they are, every attempt with its bytes, and what a person can do now.

use kith_domain::publish::State;
use kith_engine::views::{AttemptRow, DecisionRow, DispatchPage, DispatchRow};
use maud::{Markup, html};

use super::decide::{Target, Wrong, choices, mend};
use super::part::{day_time, stamp, state_pill};
use super::{Shell, icon, page};

/// The whole page. `wrong` says why the last decision could not be carried out.
pub(crate) fn dispatch(shell: &Shell, view: &DispatchPage, wrong: Option<&Wrong>) -> Markup {
    page::page(
        shell,
        &html! {
            main.page #main {
                div.plan-days #live data-live={ "/plan/" (view.row.id) "?fragment=live" } data-on="plan channels" { (dispatch_live(view, wrong)) }
            }
        },
    )
}

/// What is inside its live part.
pub(crate) fn dispatch_live(view: &DispatchPage, wrong: Option<&Wrong>) -> Markup {
    let row = &view.row;
    html! {
        a.up href={ "/plan" @if needs(row) { "?show=needs-you" } } { (icon::left()) @if needs(row) { "Needs you" } @else { "Plan" } }
        header {
            h1 { (row.due.day) ", " time datetime=(row.due.iso) { (row.due.time) } }
            div.facts {
                (state_pill(row)) (stamp(&row.stamp)) span { (row.stamp.name) ", " (row.stamp.channel) }
                @if let Some(category) = &row.category { span { "· " (category) } }
                @if let Some(url) = &row.url { a.link href=(url) target="_blank" rel="noopener noreferrer" { "See it there" } }
            }
        }
        @if !view.choices.is_empty() || wrong.is_some() { (decide(view, wrong)) }
        @else if let Some(sentence) = &row.state_sentence { p.notice.wait { (icon::alert()) span { (sentence) } } }
        @if view.may_edit { p { a.btn href={ "/write?edit=" (row.id) } { (icon::pen()) "Change the words" } } }
        (words(view))
        (trail(view))
    }
}

fn needs(row: &DispatchRow) -> bool {
    row.state.waits_for_person() || matches!(row.state, State::Failed { .. })
}

fn words(view: &DispatchPage) -> Markup {
    html! {
        section.card aria-labelledby="wo" {
            header { h2.t #wo { "The words" } span.dim { "as they were approved" } }
            div.body {
                @if let Some(warning) = &view.warning { p.facts { span.pill.wait { (icon::alert()) "Content warning" } (warning) } }
                p.words { (view.text) }
                @if !view.pictures.is_empty() {
                    ul.alt { @for alt in &view.pictures { li {
                        (icon::image())
                        span { @if alt.is_empty() { "A picture without a description" } @else { "Picture: " (alt) } }
                    } } }
                }
                p.prov.auto { (icon::clock()) span { (view.provenance_words) } }
                p.prov {
                    span { "Planned for " (civil(&view.civil)) ", " (view.zone) }
                    span { "· hash " span.code { (view.hash) } }
                }
            }
        }
    }
}

/// `2026-12-01T09:30:00` as `2026-12-01 09:30`.
fn civil(text: &str) -> String {
    text.strip_suffix(":00").filter(|rest| rest.matches(':').count() == 1).unwrap_or(text).replace('T', " ")
}

/// What can be done about it.
pub(super) fn decide(view: &DispatchPage, wrong: Option<&Wrong>) -> Markup {
    let target = Target {
        id: view.row.id,
        state: &view.row.state,
        choices: &view.choices,
        look: view.look.as_deref(),
        suggested: &view.suggested,
        about: "",
        list: None,
        beside: false,
        version: view.row.version,
    };
    html! {
        section.card aria-labelledby="de" {
            header { h2.t #de { @if needs(&view.row) { "It needs you" } @else { "What you can do" } } }
            div.body.decide {
                @if let Some(sentence) = &view.row.state_sentence { p { (sentence) } }
                @if let Some(way) = &view.mend { p { (mend(way)) } }
                (choices(&target, wrong))
            }
        }
    }
}

/// Everything that happened, in order: what Kith tried, and what people decided.
pub(super) fn trail(view: &DispatchPage) -> Markup {
    let mut lines: Vec<_> = view.attempts.iter().map(|attempt| (attempt.started.at, attempt_line(attempt, view))).collect();
    lines.extend(view.decisions.iter().map(|decision| (decision.at.at, decision_line(decision))));
    lines.sort_by_key(|(at, _)| *at);
    html! {
        section.card aria-labelledby="tr" {
            header { h2.t #tr { "What happened" } }
            @if lines.is_empty() { p.none { "Nothing was sent yet." } } @else { ol.trail { @for (_, line) in lines { (line) } } }
        }
    }
}

fn decision_line(decision: &DecisionRow) -> Markup {
    html! {
        li {
            span.k aria-hidden="true" { (icon::hand()) }
            div { p { b { (decision.who) } " " (decision.what) "." } }
            (day_time(&decision.at))
        }
    }
}

fn attempt_line(attempt: &AttemptRow, view: &DispatchPage) -> Markup {
    let (word, drawing) = match attempt.kind.as_str() {
        "send" => ("Sent", icon::out()),
        "look" => ("Looked for it", icon::look()),
        "prepare" => ("Got it ready", icon::ready()),
        other => (other, icon::clock()),
    };
    html! {
        li {
            span.k.auto aria-hidden="true" { (drawing) }
            div {
                p { b { (word) } ": " (attempt.conclusion) }
                details id={ "attempt-" (attempt.n) } {
                    summary { "Attempt " (attempt.n) @if let Some(took) = attempt.took_ms { ", " (took) " ms" } ": what went and what came back" }
                    dl {
                        @if attempt.kind == "send" { (what_was_sent(view)) }
                        @if !attempt.request.is_empty() {
                            dt {
                                @if attempt.kind == "send" { "As it left" } @else { "What was looked for" }
                                @if !attempt.request_hash.is_empty() { " (hash " span.code { (attempt.request_hash) } ")" }
                            }
                            dd { pre { (attempt.request) } }
                        }
                        dt { "What came back" }
                        dd { pre { @if attempt.answer.is_empty() { "Nothing." } @else { (attempt.answer) } } }
                    }
                }
            }
            (day_time(&attempt.started))
        }
    }
}

/// The approved words and pictures: only they are ever sent.
fn what_was_sent(view: &DispatchPage) -> Markup {
    html! {
        dt { "The words" }
        dd { pre { (view.text) } }
        @for alt in &view.pictures {
            dt { "A picture" }
            dd { @if alt.is_empty() { "decorative, without a description" } @else { (alt) } }
        }
    }
}
