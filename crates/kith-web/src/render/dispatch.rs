//! One dispatch in full: its words, whose they are, every attempt with its bytes, and what a person can do now.

use kith_domain::publish::{NeedsPerson, State};
use kith_engine::views::{AttemptRow, Choice, DispatchPage};
use maud::{Markup, html};

use super::part::{day_time, problem as problem_part, stamp, state_pill};
use super::{Shell, icon, page};

/// The whole page. `problem` says why the last decision could not be carried out.
pub(crate) fn dispatch(shell: &Shell, view: &DispatchPage, problem: Option<&str>) -> Markup {
    let row = &view.row;
    page::page(
        shell,
        &html! {
            main.page #main {
                a.up href="/plan" { (icon::left()) "Plan" }
                header {
                    h1 { (row.due.day) ", " time datetime=(row.due.iso) { (row.due.time) } }
                    div.facts {
                        (state_pill(row)) (stamp(&row.stamp)) span { (row.stamp.name) ", " (row.stamp.channel) }
                        @if let Some(category) = &row.category { span { "· " (category) } }
                        @if let Some(url) = &row.url { a.link href=(url) target="_blank" rel="noopener noreferrer" { "See it there" } }
                    }
                }
                @if !view.choices.is_empty() || problem.is_some() { (decide(view, problem)) }
                @else if let Some(sentence) = &row.state_sentence { p.notice.wait { (icon::alert()) span { (sentence) } } }
                (words(view))
                (trail(&view.attempts))
            }
        },
    )
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

/// The choices, each a form of its own; the first one is the filled button.
pub(super) fn decide(view: &DispatchPage, problem: Option<&str>) -> Markup {
    let action = format!("/plan/{}/decision", view.row.id);
    let asks_link = view.choices.contains(&Choice::ItIsThere);
    html! {
        section.card aria-labelledby="de" {
            header { h2.t #de { @if view.row.state.waits_for_person() { "It needs you" } @else { "What you can do" } } }
            div.body.decide {
                @if let Some(sentence) = &view.row.state_sentence { p { (sentence) } }
                @if let Some(text) = problem { (problem_part("decision-problem", text)) }
                @if asks_link {
                    form.field.along method="post" action=(action) data-busy="Storing" {
                        input type="hidden" name="choice" value="it_is_there";
                        label for="link" { "It is there: its address on the network" }
                        input #link type="url" name="link" required placeholder="https://" autocomplete="off"
                            aria-describedby=[problem.map(|_| "decision-problem")];
                        button.btn.hand { "It is there" }
                    }
                }
                div.do {
                    @for choice in view.choices.iter().filter(|choice| **choice != Choice::ItIsThere) {
                        form method="post" action=(action) data-busy="Working" {
                            input type="hidden" name="choice" value=(value(*choice));
                            button.btn.hand[*choice == Choice::SendNow && !asks_link] { (label(*choice, &view.row.state)) }
                        }
                    }
                }
            }
        }
    }
}

fn value(choice: Choice) -> &'static str {
    match choice {
        Choice::SendNow => "send_now",
        Choice::Cancel => "cancel",
        Choice::ItIsThere => "it_is_there",
    }
}

fn label(choice: Choice, state: &State) -> &'static str {
    match (choice, state) {
        (Choice::SendNow, State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. }) => "It is not there: send it again",
        (Choice::SendNow, State::NeedsPerson { .. }) => "Try again now",
        (Choice::SendNow, _) => "Send it now",
        (Choice::Cancel, State::Missed { .. } | State::NeedsPerson { .. }) => "Let it go",
        (Choice::Cancel, _) => "Call it off",
        (Choice::ItIsThere, _) => "It is there",
    }
}

/// Every attempt, oldest first.
pub(super) fn trail(attempts: &[AttemptRow]) -> Markup {
    html! {
        section.card aria-labelledby="tr" {
            header { h2.t #tr { "What happened" } }
            @if attempts.is_empty() { p.none { "Nothing was sent yet." } } @else { ol.trail { @for attempt in attempts { (attempt_line(attempt)) } } }
        }
    }
}

fn attempt_line(attempt: &AttemptRow) -> Markup {
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
                details {
                    summary { "Attempt " (attempt.n) @if let Some(took) = attempt.took_ms { ", " (took) " ms" } ", the bytes" }
                    dl {
                        @if !attempt.request.is_empty() {
                            dt { "What was asked" @if !attempt.request_hash.is_empty() { " (hash " (attempt.request_hash) ")" } }
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
