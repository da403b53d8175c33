//! When somebody is there and when not: weekly hours, single promises, readers' hours, absences, what stands still.
//!
//! Every form is looked at first: its preview says what would go out and when, from the function that also stores.

use kith_engine::views::{HomeView, RuleLine};
use maud::{Markup, html};

use super::part::{nothing, problem};
use super::planbar::{self, Part};
use super::queue::preview;
use super::{Asked, Shell, icon, page};

/// The whole page.
pub(crate) fn hours(shell: &Shell, view: &HomeView, asked: &Asked) -> Markup {
    page::page(
        shell,
        &html! {
            main.page.wide #main {
                (planbar::bar(Part::Hours))
                @if asked.done.is_some() { p.notice role="status" { (icon::check()) span { "Stored. The plan follows it." } } }
                (presence(view, asked))
                (markets(view, asked))
                (absences(view, asked))
                (pauses(view, asked))
                (waits(view))
            }
        },
    )
}

fn card(id: &str, title: &str, about: &str, inner: &Markup) -> Markup {
    html! { section.card id=(id) aria-labelledby={ (id) "-t" } { header { h2.t id={ (id) "-t" } { (title) } span.dim { (about) } } (inner) } }
}

/// A form that looks first and stores then; what is wrong is said at its top and marked at its field.
fn form(kind: &str, asked: &Asked, store: &str, inner: &Markup) -> Markup {
    let mine = asked.get("form") == kind;
    html! {
        form.fields.broad method="post" action={ "/plan/hours/" (kind) "#" (kind) } data-busy="Looking" {
            @if mine { @if let Some((_, why)) = asked.wrong { (problem(&format!("{kind}-problem"), why)) } }
            (inner)
            @if mine { @if let Some(shown) = asked.shown { (preview("With this, the next ones go out like this", shown)) } }
            div.do {
                button.btn name="do" value="look" { "Look what it changes" }
                button.btn.hand[mine && asked.shown.is_some()] name="do" value="store" { (store) }
            }
        }
    }
}

/// One field of a form.
struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    hint: &'a str,
    /// What stands in it when nothing was typed.
    now: &'a str,
    required: bool,
}

impl<'a> Field<'a> {
    fn text(name: &'a str, label: &'a str, hint: &'a str) -> Self {
        Self { name, label, kind: "text", hint, now: "", required: false }
    }
}

fn field(form: &str, one: &Field, asked: &Asked) -> Markup {
    let (mine, id) = (asked.get("form") == form, format!("{form}-{}", one.name));
    let wrong = mine && asked.wrong.is_some_and(|(field, _)| field == one.name);
    html! {
        div.field {
            label for=(id) { (one.label) }
            input id=(id) name=(one.name) type=(one.kind) value=(if mine { asked.get(one.name) } else { one.now }) required[one.required] autocomplete="off"
                aria-invalid=[wrong.then_some("true")]
                aria-describedby=[if wrong { Some(format!("{form}-problem")) } else { (!one.hint.is_empty()).then(|| format!("{id}-hint")) }];
            @if !one.hint.is_empty() { small id={ (id) "-hint" } { (one.hint) } }
        }
    }
}

/// What holds now, each with the button that takes it back.
fn holding(kind: &str, lines: &[RuleLine], may: bool, words: &str) -> Markup {
    html! {
        @if !lines.is_empty() {
            ul.holding {
                @for line in lines {
                    li {
                        div { b { (line.name) } " " span.dim { (line.detail) } }
                        @if may {
                            form method="post" action={ "/plan/hours/" (kind) "/drop" } data-busy="Working" {
                                input type="hidden" name="key" value=(line.key[0]); input type="hidden" name="beside" value=(line.key[1]);
                                button.btn.s.quiet { (words) span.vh { ": " (line.name) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn presence(view: &HomeView, asked: &Asked) -> Markup {
    let inner = html! {
        div.body {
            p { (view.now) "." }
            @if view.may {
                (form("hours", asked, "Keep these hours", &field("hours", &Field { now: &view.hours, ..Field::text("hours", "Your weekly hours", "Such as Mon-Fri 9-12, 14-17. Write none to take them away.") }, asked)))
                @for promise in &view.promises { p.dim { (promise) } }
                (form("promise", asked, "Promise it", &field("promise", &Field { required: true, ..Field::text("promise", "A single promise", "Such as here today until 17:30, here tomorrow 9-12, away on Friday 14-18.") }, asked)))
            } @else if view.hours.is_empty() { p.dim { "No weekly hours are set." } } @else { p { (view.hours) } }
        }
    };
    card("presence", "When you’re here", &format!("{} time", view.place), &inner)
}

fn markets(view: &HomeView, asked: &Asked) -> Markup {
    let inner = html! {
        div.body {
            (holding("market", &view.markets, view.may, "Take away"))
            @if view.markets.is_empty() { p.dim { "A place with its own clock and the hours in which its people look. The first one stands beside the hours of the week." } }
            @if view.may {
                @let fields = html! {
                    (field("market", &Field { required: true, ..Field::text("name", "Place", "Such as New York") }, asked))
                    (field("market", &Field { required: true, ..Field::text("zone", "Time zone", "Such as America/New_York") }, asked))
                    (field("market", &Field { required: true, ..Field::text("hours", "When its people look", "On their own clock, such as 6-7, or Mon-Fri 18-20") }, asked))
                };
                (form("market", asked, "Keep this place", &fields))
            }
        }
    };
    card("market", "Readers elsewhere", "a second clock", &inner)
}

fn absences(view: &HomeView, asked: &Asked) -> Markup {
    let inner = html! {
        div.body {
            (holding("absence", &view.absences, view.may, "Call off"))
            @if view.may {
                @let fields = html! {
                    (field("absence", &Field { required: true, ..Field::text("name", "What it is called", "Such as Winter") }, asked))
                    div.pair {
                        (field("absence", &Field { kind: "date", required: true, ..Field::text("from", "First day", "") }, asked))
                        (field("absence", &Field { kind: "date", required: true, ..Field::text("to", "Last day", "You are back on the day after it.") }, asked))
                    }
                    (field("absence", &Field::text("goes_on", "What goes on", "Categories with commas between, such as tips. All else stands still until you are back."), asked))
                    (field("absence", &Field::text("before", "A post before you go", "Goes out at 17:00 on the day before. Leave it empty for none."), asked))
                    (field("absence", &Field::text("after", "A post when you are back", "Leave it empty for none."), asked))
                    @if !view.channels.is_empty() { (planbar::channels(view.channels.iter(), asked)) }
                    (field("absence", &Field::text("sorter", "Who sorts messages meanwhile", "They sort and note; nobody answers in your name."), asked))
                };
                (form("absence", asked, "Plan the absence", &fields))
            }
        }
    };
    card("absence", "Away", "what goes on and what waits", &inner)
}

fn pauses(view: &HomeView, asked: &Asked) -> Markup {
    let inner = html! {
        div.body {
            (holding("pause", &view.pauses, view.may, "Let it go on"))
            @if view.may {
                @let mine = asked.get("form") == "pause";
                @let chosen = |name: &str, value: &str| mine && asked.get(name) == value;
                @let fields = html! {
                    div.pair {
                        div.field {
                            label for="pause-category" { "Category" }
                            select #pause-category name="category" { option value="" { "All categories" } @for one in &view.categories { option value=(one) selected[chosen("category", one)] { (one) } } }
                        }
                        div.field {
                            label for="pause-channel" { "Channel" }
                            select #pause-channel name="channel" { option value="" { "All channels" } @for one in &view.channels { option value=(one.name) selected[chosen("channel", &one.name)] { (one.name) } } }
                        }
                    }
                    (field("pause", &Field { kind: "date", ..Field::text("until", "Until", "Until you let it go on, if you leave it empty.") }, asked))
                    (field("pause", &Field::text("why", "Why", ""), asked))
                };
                (form("pause", asked, "Let it stand still", &fields))
            }
        }
    };
    card("pause", "Standing still", "a category, a channel, or everything", &inner)
}

fn waits(view: &HomeView) -> Markup {
    let inner = html! {
        @if view.waits.is_empty() { (nothing("Nothing waits for you.", "People come first in this list, then posts, then drafts.")) }
        @else {
            ul.holding.body { @for (what, words, since, at) in &view.waits {
                li { div { b { (what) } " " a.link href=(at) { (words) } } span.dim { (since.distance) } }
            } }
        }
    };
    card("waits", "What waits on return", "longest first, people before posts", &inner)
}
