//! A plan from a file: the form that takes it, everything that is wrong by line and field, and every time before it is stored.

use kith_domain::mandate::Deed;
use kith_engine::views::{ChannelRow, FileLine, FileProblem, PlanFileView};
use maud::{Markup, html};

use super::part::{day_time, problem, stamp};
use super::planbar::{self, Part};
use super::{Shell, icon, page};
use crate::routes::Typed;

/// Characters of a line that stand beside what is wrong in it.
const LINE_CHARS: usize = 90;

/// The page as it is to be shown.
pub(crate) struct PlanFileSheet<'a> {
    /// What was looked at; `None` at first.
    pub view: Option<&'a PlanFileView>,
    /// Where it may go.
    pub channels: &'a [ChannelRow],
    /// What was typed beside the plan.
    pub typed: &'a Typed,
    /// The plan.
    pub text: &'a str,
    /// What its file was called.
    pub name: &'a str,
    /// Pictures that came along: id and name.
    pub pictures: &'a [(String, String)],
    /// Pictures that were not taken, and why.
    pub refused: &'a [String],
    /// Whether this visitor may plan.
    pub may: bool,
}

impl PlanFileSheet<'_> {
    /// Marks the field that a finding on the plan as a whole names.
    fn wrong(&self, field: &str) -> Option<&'static str> {
        let problems = self.view.map(|view| view.problems.as_slice()).unwrap_or_default();
        problems.iter().any(|one| one.refuses && one.line.is_none() && one.field == field).then_some("true")
    }
}

/// The whole page.
pub(crate) fn plan_file(shell: &Shell, sheet: &PlanFileSheet) -> Markup {
    page::page(
        shell,
        &html! {
            main.page.wide #main {
                (planbar::bar(Part::File))
                @if sheet.may {
                    // What is wrong stands above the box in which it is mended; the button that plans stands behind all else,
                    // so that the key Enter in a field only looks.
                    @if let Some(view) = sheet.view.filter(|view| !view.is_fine()) { (wrong(sheet, view)) }
                    (form(sheet))
                    @if let Some(view) = sheet.view.filter(|view| view.is_fine()) { (fine(shell, sheet, view)) }
                } @else {
                    p.notice.wait { (icon::alert()) span { "You read here. An owner or a delegate brings a plan; you see its posts in the week." } }
                }
            }
        },
    )
}

fn form(sheet: &PlanFileSheet) -> Markup {
    let typed = sheet.typed;
    html! {
        section.card aria-labelledby="pf" {
            header { h2.t #pf { "A plan from a file" } span.dim { "months in one sitting" } }
            div.body {
                form.fields.broad #plan-file method="post" action="/plan/file#shown" enctype="multipart/form-data" data-busy="Looking" {
                    p { "One post a row, as CSV, Markdown or JSON Lines. You see every time and every word first; nothing is stored until you press the button at the end." }
                    input type="hidden" name="name" value=(sheet.name);
                    @if let Some(view) = sheet.view.filter(|view| view.is_fine()) {
                        input type="hidden" name="seen" value=(view.seen);
                        input type="hidden" name="looked" value=(view.looked);
                    }
                    @for (id, name) in sheet.pictures { input type="hidden" name="pic" value={ (id) " " (name) }; }
                    div.field {
                        label for="file" { "The file" }
                        input #file type="file" name="file" accept=".csv,.md,.markdown,.jsonl,.ndjson,text/csv,text/markdown" aria-invalid=[sheet.wrong("file")] aria-describedby="file-hint";
                        small #file-hint { "In CSV the first line names the columns, such as text,at,channels. Up to 8 MB. A file takes the place of what stands in the box." }
                    }
                    div.field {
                        label for="plan" { "Or paste it, and mend it here" }
                        textarea #plan name="plan" rows="12" spellcheck="true" aria-invalid=[sheet.wrong("plan")] { "\n" (sheet.text) }
                    }
                    div.field {
                        label for="form" { "Written as" }
                        select #form name="form" {
                            @for (value, words) in [("", "As its name or first line says"), ("csv", "CSV"), ("md", "Markdown"), ("jsonl", "JSON Lines")] {
                                option value=(value) selected[typed.get("form") == value] { (words) }
                            }
                        }
                    }
                    div.field {
                        label for="pictures" { "Pictures and films that it names" }
                        input #pictures type="file" name="pictures" multiple aria-describedby="pictures-hint";
                        small #pictures-hint {
                            "The column media says the same names, such as oven.jpg."
                            @if !sheet.pictures.is_empty() { " Here already: " (sheet.pictures.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")) "." }
                        }
                    }
                    (channels(sheet))
                    (without_time(sheet))
                    label.tick { input type="checkbox" name="no_link_check" value="yes" checked[!typed.get("no_link_check").is_empty()]; "Leave the links as they are, without looking whether they lead somewhere" }
                    @if sheet.view.is_some_and(|view| view.before) || !typed.get("again").is_empty() {
                        label.tick { input type="checkbox" name="again" value="yes" checked[!typed.get("again").is_empty()]; "I mean it once more, though the same plan is stored already" }
                    }
                    div.do { button.btn.hand[!sheet.view.is_some_and(PlanFileView::is_fine)] name="do" value="look" { "Look at every time" } }
                }
            }
        }
    }
}

fn channels(sheet: &PlanFileSheet) -> Markup {
    // Where it goes is hers to say; with one channel there is nothing to say.
    let first = sheet.view.is_none() && sheet.channels.len() == 1;
    html! {
        fieldset.to {
            legend { "Posts that name no channel go to" }
            @for channel in sheet.channels {
                label.chip {
                    input.vh type="checkbox" name="on" value=(channel.name) checked[first || sheet.typed.has("on", &channel.name)];
                    (stamp(&channel.stamp)) (channel.name)
                }
            }
            @if sheet.channels.is_empty() { p.dim { "No channel is connected. " a.under href="/settings/connect" { "Connect one" } } }
        }
    }
}

fn without_time(sheet: &PlanFileSheet) -> Markup {
    let fields = [
        ("windows", "When they may go out", "Such as Mon-Fri 08:00-10:00, Sat 9-11", "text"),
        ("per_day", "How many a day", "One, if you leave it empty.", "text"),
        ("from", "From which day", "Today, if you leave it empty.", "date"),
        ("gap", "Least minutes between two", "45, if you leave it empty.", "text"),
        ("zone", "Time zone of times that name none", "Such as Europe/Lisbon. Yours, if you leave it empty.", "text"),
    ];
    let open = fields.iter().any(|(name, ..)| !sheet.typed.get(name).is_empty() || sheet.wrong(name).is_some());
    let asked = sheet.view.is_some_and(|view| view.problems.iter().any(|one| one.refuses && one.way_out.contains("windows")));
    html! {
        details.fold open[open || asked] {
            summary.btn { "Posts without a time" }
            div.fields {
                @for (name, label, hint, kind) in fields {
                    div.field {
                        label for=(name) { (label) }
                        input id=(name) type=(kind) name=(name) value=(sheet.typed.get(name)) autocomplete="off" inputmode=[matches!(name, "per_day" | "gap").then_some("numeric")]
                            aria-invalid=[sheet.wrong(name)] aria-describedby={ (name) "-hint" };
                        small id={ (name) "-hint" } { (hint) }
                    }
                }
            }
        }
    }
}

/// Everything that is wrong, each with its line, its field and the way out.
fn wrong(sheet: &PlanFileSheet, view: &PlanFileView) -> Markup {
    let (wrong, notes): (Vec<_>, Vec<_>) = view.problems.iter().partition(|one| one.refuses);
    html! {
        section.card #shown aria-labelledby="sh" {
            header { h2.t #sh { (wrong.len() + view.more_problems) " to put right" } span.dim { "nothing was stored" } }
            div.body {
                (problem("plan-problem", "Mend it in the box below, or in the file and choose it again. Lines are counted from 1."))
                (refused(sheet))
                (findings(&wrong, sheet.text))
                @if view.more_problems > 0 { p.dim { "And " (view.more_problems) " more." } }
                (findings(&notes, sheet.text))
            }
        }
    }
}

/// What the plan would do, and the button that stores exactly this.
fn fine(shell: &Shell, sheet: &PlanFileSheet, view: &PlanFileView) -> Markup {
    let notes: Vec<_> = view.problems.iter().collect();
    let (asks, posts) = (shell.role.may(Deed::Approve).is_err(), count(view.posts, "post"));
    html! {
        section.card #shown aria-labelledby="sh" {
            header { h2.t #sh { (posts) @if !sheet.name.is_empty() { " of " (sheet.name) } } span.dim { "nothing is stored yet" } }
            div.body {
                @if view.changed { p.notice.wait role="alert" { (icon::alert()) span { "Nothing was stored: this is not what you looked at before. Here is what it says now." } } }
                (refused(sheet))
                @if let (Some(first), Some(last)) = (view.lines.first(), view.lines.last()) {
                    p { (count(view.deliveries, "delivery")) ", the first on " b { (first.due.day) " at " (first.due.time) }
                        @if view.more == 0 && view.deliveries > 1 { ", the last on " b { (last.due.day) " at " (last.due.time) } } "."
                        @if view.held > 0 { " " (view.held) " of them will wait for the owner’s yes." } }
                }
                (findings(&notes, sheet.text))
                ol.lines { @for line in &view.lines { (delivery(line)) } }
                @if view.more > 0 { p.dim { "And " (view.more) " more, which are judged and planned with these." } }
                div.do { button.btn.hand form="plan-file" name="do" value="plan" { @if asks { "Ask for a yes to " } @else { "Plan " } (posts) } }
            }
        }
    }
}

fn refused(sheet: &PlanFileSheet) -> Markup {
    html! { @for (index, why) in sheet.refused.iter().enumerate() { (problem(&format!("refused-{index}"), why)) } }
}

/// Findings, each with the beginning of the line it stands in.
pub(super) fn findings(all: &[&FileProblem], text: &str) -> Markup {
    let lines: Vec<&str> = text.lines().collect();
    let line_of = |one: &FileProblem| {
        one.line.and_then(|line| lines.get((line as usize).saturating_sub(1))).map(|line| line.chars().take(LINE_CHARS).collect::<String>())
    };
    html! {
        @if !all.is_empty() {
            ol.lines {
                @for one in all {
                    li {
                        b { @if let Some(line) = one.line { "Line " (line) } @else { "The plan" } }
                        code { (one.field) }
                        span.txt { (one.why) @if !one.way_out.is_empty() { "; " (one.way_out) } }
                        @if let Some(words) = line_of(one) { span.meta { (words) } }
                    }
                }
            }
        }
    }
}

pub(super) fn delivery(line: &FileLine) -> Markup {
    html! {
        li {
            (day_time(&line.due)) (stamp(&line.stamp))
            span.txt { (line.text) }
            span.meta {
                span { "line " (line.line) }
                span { "· " (line.length.0) " of " (line.length.1) }
                @if let Some(there) = &line.there { span { "· " (there) } }
                @for card in &line.cards { span { "· card: " (card) } }
                @for note in &line.notes { span.why { (note) } }
            }
        }
    }
}

fn count(n: usize, what: &str) -> String {
    match (n, what) {
        (1, _) => format!("1 {what}"),
        (_, "delivery") => format!("{n} deliveries"),
        _ => format!("{n} {what}s"),
    }
}
