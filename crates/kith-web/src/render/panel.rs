//! One post beside the week: its versions as they will look, whose words they are, what happened, and what can be done.

use kith_domain::ids::DispatchId;
use kith_engine::views::{Choice, DispatchPage, Stamp};
use maud::{Markup, html};

use super::decide::{Target, choices, mend};
use super::dispatch::trail;
use super::icon;
use super::part::{Tone, problem, stamp, state_pill};

/// A post that stands open.
pub(crate) struct Chosen<'a> {
    /// The version that is shown.
    pub page: &'a DispatchPage,
    /// All versions with their networks.
    pub versions: &'a [(DispatchId, Stamp)],
    /// Monday of the week beside it.
    pub monday: &'a str,
    /// Whether it can be given another time.
    pub may_move: bool,
    /// The time that was typed, and why it can't be then.
    pub wrong: Option<(&'a str, &'a str)>,
}

/// The panel.
pub(super) fn panel(chosen: &Chosen) -> Markup {
    let page = chosen.page;
    let row = &page.row;
    let week = format!("/plan?view=week&from={}", chosen.monday);
    let others: Vec<Choice> = page.choices.iter().copied().filter(|choice| *choice != Choice::AnotherTime || !chosen.may_move).collect();
    let target = Target {
        id: row.id,
        state: &row.state,
        choices: &others,
        look: page.look.as_deref(),
        suggested: &page.suggested,
        about: "",
        list: None,
        beside: true,
        version: row.version,
    };
    html! {
        aside.side #side aria-label="Chosen post" {
            div {
                p.when { (icon::clock()) time datetime=(row.due.iso) { (row.due.day_short) " " (row.due.time) } (state_pill(row)) a.btn.quiet.sq.close href=(week) data-key="Escape" aria-label="Close" { (icon::cross()) } }
                h2 { (title(&page.text)) }
            }
            @if chosen.versions.len() > 1 {
                nav.vtabs aria-label="Versions" {
                    @for (id, one) in chosen.versions {
                        a href={ (week) "&post=" (id) } aria-current=[(*id == row.id).then_some("true")] { (stamp(one)) (one.channel) }
                    }
                }
            }
            div.pv {
                div.by { (stamp(&row.stamp)) div { b { (row.stamp.channel) } small { (row.stamp.name) } } }
                @if let Some(warning) = &page.warning { p.facts { span.pill.wait { (icon::alert()) "Content warning" } (warning) } }
                p.words { (page.text) }
                @for alt in &page.pictures { p.pic { (icon::image()) span { @if alt.is_empty() { "A picture without a description" } @else { (alt) } } } }
                @if let Some(url) = &row.url { p { a.link href=(url) target="_blank" rel="noopener noreferrer" { "See it there" } } }
            }
            @if let Some(sentence) = &row.state_sentence {
                p class={ "nudge " (Tone::of(&row.state).class()) } { (icon::alert()) span { (sentence) } }
            }
            @if let Some(way) = &page.mend { div.do { (mend(way)) } }
            @if page.may_edit { p { a.btn href={ "/write?edit=" (row.id) } data-key="e" { (icon::pen()) "Change the words " kbd { "E" } } } }
            @if chosen.may_move { (moving(chosen)) }
            @if !others.is_empty() { div.decide { (choices(&target, None)) } }
            section aria-label="Whose words, whose yes" {
                p.prov.auto { (icon::clock()) span { (page.provenance_words) } }
                p.prov { span { "hash " span.code { (page.hash) } } }
            }
            (trail(page))
            p { a.link href={ "/plan/" (row.id) } { "This post on its own page" } }
        }
    }
}

/// Another time by hand, for whoever does not drag.
fn moving(chosen: &Chosen) -> Markup {
    let (typed, why) = chosen.wrong.unzip();
    let local = local(&chosen.page.civil);
    html! {
        details.fold #move open[why.is_some()] {
            summary.btn data-key="m" { "Move " kbd { "M" } }
            form.field.along method="post" action={ "/plan/" (chosen.page.row.id) "/move" } data-busy="Moving" {
                @if let Some(why) = why { (problem("move-problem", why)) }
                label for="move-at" { "Goes out at" }
                input #move-at type="datetime-local" name="at" required step="900" value=(typed.unwrap_or(local)) aria-invalid=[why.map(|_| "true")] aria-describedby=[why.map(|_| "move-problem")];
                button.btn { "Move it there" }
            }
        }
    }
}

/// `2026-12-01T09:30:00` as a form's field takes it.
fn local(civil: &str) -> &str {
    civil.get(..16).unwrap_or(civil)
}

/// The first line of a post, as its name.
fn title(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("A post without words");
    let cut: String = line.chars().take(80).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}
