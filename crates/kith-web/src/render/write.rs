//! Writing a post: channels first, the words with a version for each channel, when, and how it will look.
//!
//! It is one form with two buttons, `Look` and `Plan it`. What is wrong stands at its field.

use kith_engine::views::{ChannelRow, FindingView, LookView, ProgramLine, VersionView, WriteView};
use maud::{Markup, html};

use super::part::{initial_letters, stamp};
use super::{Shell, icon, page};
use crate::routes::Typed;

/// The whole page. `look` is what was found in what was typed.
pub(crate) fn write(shell: &Shell, view: &WriteView, typed: &Typed, look: Option<&LookView>) -> Markup {
    page::page(
        shell,
        &html! {
            main.write #main {
                header { h1 { "Write a post" } a.btn.quiet href="/plan" { (icon::left()) "Plan" } }
                @if view.channels.is_empty() {
                    div.desk-col { p.none { b { "No channel is connected yet." } "A post needs a place to go. Connect one where Kith runs: kith channel add --help" } }
                } @else {
                    form #write method="post" action="/write" {
                        div.desk-col {
                            @if let Err(why) = &view.may { p.notice.wait { (icon::alert()) span { (why) } } }
                            (findings(look, "plan"))
                            (channels(view, typed, look))
                            (words(view, typed, look))
                            (more(typed, look))
                            (when(view, typed, look))
                        }
                        aside.see aria-label="How it will look" { (seen(shell, look)) }
                        footer.put {
                            (promise(look))
                            span.sp {}
                            button.btn name="do" value="look" { "Look" }
                            button.btn.hand name="do" value="plan" disabled[view.may.is_err()] { "Plan it" }
                        }
                    }
                }
            }
        },
    )
}

fn of<'l>(look: Option<&'l LookView>, field: &'l str) -> impl Iterator<Item = &'l FindingView> {
    look.into_iter().flat_map(|look| &look.findings).filter(move |finding| finding.field == field)
}

/// What is wrong with a field, under the field.
fn findings(look: Option<&LookView>, field: &str) -> Markup {
    html! {
        @if of(look, field).next().is_some() {
            div.wrongs id={ "wrong-" (id_of(field)) } role="alert" {
                @for finding in of(look, field) {
                    @if finding.reply {
                        p.problem { (icon::hand()) span { (finding.words) ". Answers are written now, by you, where they wrote: " a.under href="/inbox" { "open the Inbox" } "." } }
                    } @else {
                        p.notice.wait[!finding.refuses].problem[finding.refuses] { (icon::alert()) span { (finding.words) } }
                    }
                }
            }
        }
    }
}

fn id_of(field: &str) -> String {
    field.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

fn described(look: Option<&LookView>, field: &str) -> Option<String> {
    of(look, field).next().is_some().then(|| format!("wrong-{}", id_of(field)))
}

fn invalid(look: Option<&LookView>, field: &str) -> Option<&'static str> {
    of(look, field).any(|finding| finding.refuses).then_some("true")
}

fn channels(view: &WriteView, typed: &Typed, look: Option<&LookView>) -> Markup {
    html! {
        fieldset.to {
            legend.vh { "Where it goes" }
            @for (index, channel) in view.channels.iter().enumerate() {
                label.chip {
                    input.vh id={ "on-" (index) } type="checkbox" name="on" value=(channel.name) checked[typed.has("on", &channel.name)];
                    (stamp(&channel.stamp)) (channel.name)
                }
            }
        }
        (findings(look, "channels"))
    }
}

fn words(view: &WriteView, typed: &Typed, look: Option<&LookView>) -> Markup {
    let versions = look.map(|look| look.versions.as_slice()).unwrap_or_default();
    let many = view.channels.len() > 1;
    html! {
        div.ver.on {
            header { label for="text" { "The words" } @if many { span.end { "first version" } } }
            textarea id="text" name="text" rows="5" aria-describedby=[described(look, "text")] aria-invalid=[invalid(look, "text")] { "\n" (typed.get("text")) }
            @if versions.iter().any(|version| !version.own) {
                div.bar { @for version in versions.iter().filter(|version| !version.own) { (counter(version, many)) } }
            }
        }
        (findings(look, "text"))
        @if many {
            @for (index, channel) in view.channels.iter().enumerate() { (version(index, channel, typed, look, versions)) }
        }
    }
}

/// A channel's own words, folded away while it has none.
fn version(index: usize, channel: &ChannelRow, typed: &Typed, look: Option<&LookView>, versions: &[VersionView]) -> Markup {
    let (field, id) = (format!("text:{}", channel.name), format!("own-{index}"));
    let own = typed.get(&field);
    let seen = versions.iter().find(|version| version.own && version.channel.name == channel.name);
    html! {
        details.ver open[!own.trim().is_empty()] id={ "ver-" (index) } {
            summary {
                (stamp(&channel.stamp)) b { (channel.name) }
                span.end { @if own.trim().is_empty() { span.dim { "Say it differently here" } } @else { span.pill.ok { "its own words" } } }
            }
            label.vh for=(id) { "The words for " (channel.name) }
            textarea id=(id) name=(field) rows="3" aria-describedby=[described(look, &field)] aria-invalid=[invalid(look, &field)] { "\n" (own) }
            @if let Some(seen) = seen { div.bar { (counter(seen, false)) } }
            (findings(look, &field))
        }
    }
}

/// How much room is left, as that network counts.
fn counter(version: &VersionView, named: bool) -> Markup {
    let over = version.count > version.max;
    let twentieths = (u64::from(version.count) * 20).checked_div(u64::from(version.max)).unwrap_or(20).min(20);
    html! {
        span.cnt.over[over] {
            @if named { (stamp(&version.channel.stamp)) }
            @if over { (version.count - version.max) " too many" } @else { (version.max - version.count) " left" }
            span class={ "ring at-" (twentieths) } aria-hidden="true" {}
        }
    }
}

fn more(typed: &Typed, look: Option<&LookView>) -> Markup {
    let (warning, language) = (typed.get("cw"), typed.get("lang"));
    let open = !warning.is_empty() || !language.is_empty() || of(look, "cw").chain(of(look, "lang")).next().is_some();
    html! {
        details.extra open[open] #more {
            summary { "Content warning, language" }
            div.pair {
                div.field { label for="cw" { "Content warning" }
                    input id="cw" name="cw" type="text" maxlength="200" autocomplete="off" value=(warning) aria-describedby=[described(look, "cw")];
                    small { "Stands before the words; readers open them." } (findings(look, "cw")) }
                div.field { label for="lang" { "Language" }
                    input id="lang" name="lang" type="text" maxlength="35" autocomplete="off" value=(language) aria-describedby=[described(look, "lang")];
                    small { "A tag such as en or pt-PT." } (findings(look, "lang")) }
            }
        }
    }
}

fn when(view: &WriteView, typed: &Typed, look: Option<&LookView>) -> Markup {
    let chosen = typed.get("when");
    let first = view.places.iter().find(|place| place.line.is_some()).map(|place| format!("place:{}", place.category));
    let chosen = if chosen.is_empty() { first.as_deref().unwrap_or("at") } else { chosen };
    let at = Some(typed.get("at")).filter(|at| !at.is_empty()).unwrap_or(&view.suggested);
    html! {
        fieldset.times {
            legend { "When" span.dim { (view.place) " time" } }
            div.when {
                @for place in view.places.iter() {
                    @let value = format!("place:{}", place.category);
                    label.slot {
                        input.vh type="radio" name="when" value=(value) checked[chosen == value] disabled[place.line.is_none()];
                        b { @if let Some(line) = &place.line { (line.due.day_short) ", " (line.due.time) } @else { "No free place" } }
                        span { "Next place for " (place.category) @if let Some(line) = &place.line { @for there in &line.there { ", " (there) } } }
                        @if let Some(line) = &place.line { (home(line)) }
                    }
                }
                label.slot.own {
                    input.vh type="radio" name="when" value="at" checked[chosen == "at"];
                    b { "Another time" }
                    span { "A day and an hour of your own" }
                    input.at type="datetime-local" name="at" value=(at) aria-label="Goes out at" aria-describedby=[described(look, "at")] aria-invalid=[invalid(look, "at")];
                    @if typed.get("at").is_empty() && !view.suggested_words.is_empty() { em { (view.suggested_words) } }
                }
            }
            (findings(look, "at")) (findings(look, "category")) (findings(look, "when"))
        }
    }
}

/// Whether somebody is there, in a word.
pub(super) fn home(line: &ProgramLine) -> Markup {
    html! {
        @match line.here {
            Some(true) => { em.in { (icon::today()) (line.presence) } }
            Some(false) => { em.no { (icon::pause()) (line.presence) } }
            None => {}
        }
    }
}

fn seen(shell: &Shell, look: Option<&LookView>) -> Markup {
    let Some(look) = look.filter(|look| !look.versions.is_empty()) else {
        return html! { p.none { b { "How it will look" } "Press Look: each channel’s version stands here, with what is left of its room. Nothing is stored by that." } };
    };
    html! {
        @for version in &look.versions {
            section {
                h2 { (stamp(&version.channel.stamp)) (version.channel.name) }
                div.pv {
                    div.by { span class="av s" aria-hidden="true" { (initial_letters(shell.workspace)) } div { b { (shell.workspace) } small { (version.channel.address) } } }
                    p.words { (version.text) }
                    @for line in look.lines.iter().filter(|line| line.stamp.channel == version.channel.name) {
                        p.prov.auto { (icon::clock()) span { b { (line.due.day_short) ", " (line.due.time) } @for there in &line.there { ", " (there) } } (home(line)) }
                        @if let Some(why) = &line.kept_back { p.notice.wait { (icon::pause()) span { "Kept back: " (why) } } }
                    }
                }
            }
        }
    }
}

/// The line at the foot that says what will happen.
fn promise(look: Option<&LookView>) -> Markup {
    let refused = look.is_some_and(|look| look.findings.iter().any(|finding| finding.refuses));
    html! {
        p.prov.auto role="status" {
            (icon::clock())
            span {
                @if refused { "Not yet: something above needs a look" }
                @else if let Some(line) = look.and_then(|look| look.lines.first()) {
                    "Goes out by itself on " b { (line.due.day) " at " (line.due.time) } ", as long as the brake is open"
                } @else { "Nothing goes out before you press Plan it" }
            }
        }
    }
}
