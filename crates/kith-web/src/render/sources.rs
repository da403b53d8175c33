//! Series and events: the lists with a form for a new one, and each whole, with every time before it is stored.

use kith_engine::SourceKind;
use kith_engine::views::{EntryView, SourcePage, SourceRow, SourcesView};
use maud::{Markup, html};

use super::part::{day_time, nothing, problem};
use super::planbar::{self, Part};
use super::queue::{lines, preview};
use super::{Asked, Shell, icon, page};

/// Reminders that a new event begins with.
const REMINDERS: &str = "each morning at 9 from 3 days before; 2 h, 30 min before";

fn is_event(kind: SourceKind) -> bool {
    kind == SourceKind::Event
}

fn slug(kind: SourceKind) -> &'static str {
    if is_event(kind) { "events" } else { "series" }
}

/// The list.
pub(crate) fn sources(shell: &Shell, kind: SourceKind, view: &SourcesView, asked: &Asked) -> Markup {
    page::page(
        shell,
        &html! {
            main.page.wide #main {
                (planbar::bar(if is_event(kind) { Part::Events } else { Part::Series }))
                @if asked.done.is_some() { p.notice role="status" { (icon::check()) span { "Stored, with every time." } } }
                section.card aria-labelledby="li" {
                    header { h2.t #li { @if is_event(kind) { "Events" } @else { "Series" } } span.dim { (view.place) " time" } }
                    @if view.rows.is_empty() {
                        @if is_event(kind) { (nothing("No event yet.", "An event has a time and a place; its reminders move with it, and nothing goes out after it that should go before.")) }
                        @else { (nothing("No series yet.", "A series is numbered posts, one after the other, until they are used up.")) }
                    } @else {
                        ul.asks { @for row in &view.rows { (in_list(kind, row)) } }
                    }
                }
                @if view.may { (new(kind, view, asked)) }
            }
        },
    )
}

pub(super) fn in_list(kind: SourceKind, row: &SourceRow) -> Markup {
    html! {
        li {
            h3 { a href={ "/plan/" (slug(kind)) "/one/" (row.id) } { (row.name) } }
            p.meta {
                span { (row.detail) }
                @if row.rests { span.pill.wait { (icon::pause()) "rests" } }
                @if let Some(next) = &row.next { span { "· next " (day_time(&next.due)) } }
            }
        }
    }
}

fn new(kind: SourceKind, view: &SourcesView, asked: &Asked) -> Markup {
    html! {
        section.card #new aria-labelledby="ne" {
            header { h2.t #ne { @if is_event(kind) { "A new event" } @else { "A new series" } } }
            div.body {
                @if let Some((_, why)) = asked.wrong { (problem("new-problem", why)) }
                form.fields.broad method="post" action={ "/plan/" (slug(kind)) "/all#new" } {
                    (field("name", "Name", "text", asked, "", true))
                    @if is_event(kind) {
                        (field("begins", "Begins", "datetime-local", asked, "", true))
                        (field("ends", "Ends", "datetime-local", asked, "An hour later if you leave it empty.", false))
                        (field("place", "Place", "text", asked, "", false))
                        (field("link", "Link", "url", asked, "", false))
                        (area("reminders", "Reminders", 2, asked, "Such as each morning at 9 from seven days before; 2 h, 1 h before; doors open; the day after.", REMINDERS))
                        (area("texts", "The words", 5, asked, "One text for each reminder, with an empty line between; the last holds for the rest. {event}, {date}, {time}, {in}, {place} and {link} are filled in.", ""))
                    } @else {
                        (field("heading", "Above each post", "text", asked, "Such as Kiln tip {n} of {total}", false))
                        (field("hashtag", "Hashtag", "text", asked, "", false))
                        (field("rhythm", "How often", "text", asked, "Such as Mon-Fri 8:00-9:30, one a day. One a day if you leave it empty.", false))
                        (area("texts", "The posts, in their order", 8, asked, "Leave an empty line between them, or a line of --- if a post has empty lines of its own.", ""))
                    }
                    (planbar::channels(view.channels.iter(), asked))
                    (field("category", "Category", "text", asked, "By which it is counted and paused.", false))
                    @if let Some(shown) = asked.shown { (preview("Goes out like this", shown)) }
                    div.do {
                        button.btn.hand[asked.shown.is_none()] name="do" value="look" { "Look at every time" }
                        @if asked.shown.is_some() { button.btn.hand name="do" value="store" { @if is_event(kind) { "Plan the event" } @else { "Plan the series" } } }
                    }
                }
            }
        }
    }
}

fn wrong(asked: &Asked, name: &str) -> Option<&'static str> {
    let field = asked.wrong.map_or("", |(field, _)| field);
    (field == name || (field == "text" && name == "texts")).then_some("true")
}

fn field(name: &str, label: &str, kind: &str, asked: &Asked, hint: &str, required: bool) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) type=(kind) value=(asked.get(name)) required[required] autocomplete="off" aria-invalid=[wrong(asked, name)]
                aria-describedby=[(!hint.is_empty()).then(|| format!("{name}-hint"))];
            @if !hint.is_empty() { small id={ (name) "-hint" } { (hint) } }
        }
    }
}

fn area(name: &str, label: &str, rows: u32, asked: &Asked, hint: &str, begin: &str) -> Markup {
    let text = if asked.typed.is_some() { asked.get(name) } else { begin };
    html! {
        div.field {
            label for=(name) { (label) }
            textarea id=(name) name=(name) rows=(rows) required aria-describedby={ (name) "-hint" } aria-invalid=[wrong(asked, name)] { "\n" (text) }
            small id={ (name) "-hint" } { (hint) }
        }
    }
}

/// One of them whole.
pub(crate) fn source(shell: &Shell, kind: SourceKind, view: &SourcePage, asked: &Asked) -> Markup {
    let action = format!("/plan/{}/one/{}/change", slug(kind), view.row.id);
    page::page(
        shell,
        &html! {
            main.page.wide #main {
                a.up href={ "/plan/" (slug(kind)) "/all" } { (icon::left()) @if is_event(kind) { "Events" } @else { "Series" } }
                header {
                    h1 { (view.row.name) }
                    p.facts { span { (view.row.detail) } @if view.row.rests { span.pill.wait { (icon::pause()) "rests" } } @for fact in &view.facts { span { "· " (fact) } } }
                }
                @if asked.done.is_some() { p.notice role="status" { (icon::check()) span { "Stored." } } }
                @if let Some((_, why)) = asked.wrong { (problem("change-problem", why)) }
                @if let Some(shown) = asked.shown { (sure(view, asked, shown, &action)) }
                @if view.may && !view.row.over { (acts(kind, view, asked, &action)) }
                @if is_event(kind) { (times(view)) } @else { (entries(view, &action)) }
            }
        },
    )
}

/// What a move or a calling-off would do, and the button that does it.
fn sure(view: &SourcePage, asked: &Asked, shown: &kith_engine::views::ProgramShown, action: &str) -> Markup {
    let off = asked.get("what") == "call_off";
    html! {
        section.card aria-labelledby="su" {
            header { h2.t #su { @if off { "Call " (view.row.name) " off?" } @else { "Move " (view.row.name) "?" } } }
            div.body {
                (preview(if off { "After that" } else { "Its posts go out like this then" }, shown))
                @if let Some(offer) = &shown.offer {
                    p.notice.wait { (icon::alert()) span { "People were told of it already. Perhaps say so: “" (offer) "” " a.under href="/write" { "Write it" } } }
                }
                form method="post" action=(action) {
                    input type="hidden" name="what" value=(asked.get("what"));
                    input type="hidden" name="begins" value=(asked.get("begins"));
                    div.do { button.btn.hand name="do" value="store" { @if off { "Call it off" } @else { "Move it" } } a.btn.quiet href={ (action.trim_end_matches("/change")) } { "Leave it as it is" } }
                }
            }
        }
    }
}

fn acts(kind: SourceKind, view: &SourcePage, asked: &Asked, action: &str) -> Markup {
    let begins = Some(asked.get("begins")).filter(|typed| !typed.is_empty()).unwrap_or(&view.begins);
    html! {
        div.decide { div.do {
            @if is_event(kind) {
                details.fold #move open[wrong(asked, "begins").is_some()] {
                    summary.btn { "Another time" }
                    form.field.along method="post" action=(action) {
                        input type="hidden" name="what" value="move";
                        label for="begins" { "Begins" }
                        input #begins type="datetime-local" name="begins" required value=(begins) aria-invalid=[wrong(asked, "begins")];
                        button.btn name="do" value="look" { "Look at every time" }
                    }
                }
                form method="post" action=(action) { input type="hidden" name="what" value="call_off"; button.btn name="do" value="look" { "Call it off" } }
            }
            form method="post" action=(action) {
                input type="hidden" name="what" value=(if view.row.rests { "go_on" } else { "rest" });
                button.btn { @if view.row.rests { "Let it go on" } @else { "Pause it" } }
            }
        } }
    }
}

fn times(view: &SourcePage) -> Markup {
    html! {
        section.card aria-labelledby="ti" {
            header { h2.t #ti { "Goes out" } }
            div.body {
                @if view.lines.is_empty() { p.dim { "Nothing more goes out for it." } }
                (lines(&view.lines))
                @for why in &view.without_time { p.notice.wait { (icon::alert()) span { (why) } } }
            }
        }
    }
}

fn entries(view: &SourcePage, action: &str) -> Markup {
    html! {
        section.card aria-labelledby="en" {
            header { h2.t #en { "The posts" } }
            ol.queue { @for entry in &view.entries { (entry_of(view, entry, action)) } }
            @for why in &view.without_time { div.body { p.notice.wait { (icon::alert()) span { (why) } } } }
            @if view.may {
                div.body { form.fields.broad method="post" action=(action) {
                    input type="hidden" name="what" value="add";
                    div.field { label for="text" { "One more" } textarea #text name="text" rows="3" required { "\n" } }
                    div { button.btn { "Add it at the end" } }
                } }
            }
        }
    }
}

fn entry_of(view: &SourcePage, entry: &EntryView, action: &str) -> Markup {
    let about = entry.number.map_or_else(String::new, |(n, _)| format!(" number {n}"));
    let button = |what: &str, words: &str| html! { button.btn.quiet.s name="what" value=(what) { (words) span.vh { (about) } } };
    html! {
        li {
            div.at {
                @if let Some(line) = entry.lines.first() { (day_time(&line.due)) }
                @else { span.dim { @if entry.is_out { "is out" } @else if entry.left_out { "left out" } @else if view.row.rests { "rests" } @else { "no time" } } }
            }
            div.what {
                p.txt { (entry.text) }
                p.meta { @if let Some((n, total)) = entry.number { span { (n) " of " (total) } } @for line in &entry.lines { @if let Some(why) = &line.kept_back { span.why { (why) } } } }
            }
            @if view.may && !entry.is_out {
                form.moves method="post" action=(action) {
                    input type="hidden" name="entry" value=(entry.key);
                    (button("up", "Up")) (button("down", "Down"))
                    @if entry.left_out { (button("take_in", "Take in again")) } @else { (button("leave_out", "Leave out")) }
                    (button("remove", "Take out"))
                }
            }
        }
    }
}
