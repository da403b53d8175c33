//! People: the list by what is owed next, one person's page, and two side by side before they are made one.
//!
//! Words that people said stand in the serif, what the tool says in the sans. Every form posts and comes back.

use kith_domain::people::PromiseEnd;
use kith_engine::{ContactPage, MemoryBeside, MemoryLine, MergeView, Month, PassedLine, PeopleList, PeopleShown, PersonLine, PromiseLine};
use maud::{Markup, html};

use super::part::{day_time, face, first_name, nothing, query_value, stamp};
use super::{Shell, icon, page};

/// The chart's size and the largest bar, in units of its own.
const CHART_W: usize = 264;
const CHART_H: usize = 92;
const BAR_MAX: u32 = 36;

/// The list.
pub(crate) fn people(shell: &Shell, view: &PeopleList) -> Markup {
    let at = |page: u32| format!("/people?show={}&q={}&page={page}", view.shown.as_str(), query_value(&view.search));
    page::page(
        shell,
        &html! {
            main.people #main {
                header.top {
                    h1 { "People" }
                    form.find role="search" action="/people" {
                        label.vh for="find" { "Look for a person" }
                        (icon::look())
                        input #find type="search" name="q" value=(view.search) placeholder="Name, address, tag, what you know" maxlength="100" autocomplete="off" data-key="/";
                        kbd aria-hidden="true" { "/" }
                    }
                    span.sp {}
                    @if view.followers > 0 {
                        a.btn href="/people/followers" { (view.followers) @if view.followers == 1 { " new follower" } @else { " new followers" } }
                    }
                }
                (chips(view))
                section.card aria-labelledby="known" {
                    @let (title, rule, none, way) = shown_words(view.shown);
                    header { h2.t #known { @if view.search.is_empty() { (title) } @else { "Found" } } @if view.search.is_empty() { span.dim { (rule) } } }
                    @if view.rows.is_empty() {
                        @if view.search.is_empty() { (nothing(none, way)) }
                        @else { (nothing("Nobody by that.", "Names, addresses, tags and what you wrote down are looked through. Try fewer letters.")) }
                    }
                    ol.rows { @for row in &view.rows { (person(row)) } }
                }
                @if view.page > 0 || view.more {
                    nav.pages aria-label="Pages" {
                        @if view.page > 0 { a.btn href=(at(view.page - 1)) { "Before" } }
                        span.dim { "Page " (view.page + 1) }
                        @if view.more { a.btn href=(at(view.page + 1)) { "Next" } }
                    }
                }
            }
        },
    )
}

/// Which people: a link each, and the followers who wait for a decision.
fn chips(view: &PeopleList) -> Markup {
    let name = |shown| match shown {
        PeopleShown::Everyone => "Everyone",
        PeopleShown::Regulars => "Regulars",
        PeopleShown::Drifting => "Drifting",
        PeopleShown::Promises => "Promises",
    };
    html! {
        nav.shelf aria-label="Which people" {
            @for shown in PeopleShown::ALL {
                a.chip href={ "/people?show=" (shown.as_str()) } aria-current=[(view.search.is_empty() && view.shown == shown).then_some("page")] { (name(shown)) }
            }
            a.chip href="/people/followers" { "Followers" @if view.followers > 0 { span.n { (view.followers) } } }
        }
    }
}

/// The title of a list, by what rule it is made, and what is said when it is empty.
fn shown_words(shown: PeopleShown) -> (&'static str, &'static str, &'static str, &'static str) {
    match shown {
        PeopleShown::Everyone => (
            "By what is owed next",
            "promises, who waits, who drifts, who is new",
            "Nobody yet.",
            "People appear here when they write to you. There is nothing to import first.",
        ),
        PeopleShown::Regulars => (
            "Regulars",
            "wrote three times or more in ninety days and heard back",
            "No regulars yet.",
            "Who writes three times in ninety days and hears back from you stands here.",
        ),
        PeopleShown::Drifting => (
            "Drifting",
            "they kept writing, you went quiet",
            "Nobody is drifting.",
            "Who keeps writing and hears nothing from you for long stands here.",
        ),
        PeopleShown::Promises => (
            "Promises",
            "the next to come due first",
            "Nothing promised.",
            "Promise something beside a conversation or on a person's page; it stands here until it is kept.",
        ),
    }
}

pub(super) fn person(row: &PersonLine) -> Markup {
    html! {
        li.row {
            (face(&row.face, ""))
            p.nm { span { (row.face.name) } (stamp(&row.stamp)) }
            p.age.hot[matches!(row.owed, "promise" | "waiting")] { (row.owed_words) }
            div {
                a.q.plain[row.words.is_none()] href={ "/people/" (row.contact) } { @if let Some(words) = &row.words { (words) } @else { "No words between you yet" } }
                p.ctx { (row.face.address) ", known since " (row.since.day_short) @for tag in &row.tags { " " span.tag { (tag) } } }
            }
        }
    }
}

/// What a person wrote and why it was not taken, beside its form.
pub(crate) struct PersonAsked<'a> {
    /// What was done before.
    pub told: Option<&'a str>,
    /// The field that is wrong, and why.
    pub wrong: Option<(&'a str, &'a str)>,
    /// The merge that can be taken back at once.
    pub parts: Option<&'a str>,
}

/// One person's page.
pub(crate) fn contact(shell: &Shell, view: &ContactPage, asked: &PersonAsked<'_>) -> Markup {
    let memory = &view.memory;
    let here = format!("/people/{}", memory.contact);
    page::page(
        shell,
        &html! {
            main.people.one #main {
                header.top {
                    (face(&memory.face, "l"))
                    div { h1 { (memory.face.name) } p.dim { "Known since " (memory.known_since.day) } }
                    span.sp {}
                    a.btn href="/people" { "All people" }
                }
                @if let Some(told) = asked.told {
                    div.told role="status" {
                        (icon::check()) span { (told) }
                        @if let Some(merge) = asked.parts {
                            form method="post" action={ "/people/merges/" (merge) "/part" } { button.btn.s data-key="u" { "Undo" } }
                        }
                    }
                }
                @if let Some((_, why)) = asked.wrong { (super::part::problem("wrong", why)) }
                div.cols {
                    section.card aria-labelledby="passed" {
                        header { h2.t #passed { "Between you" } span.dim { "on all networks, the latest first" } }
                        @if view.passed.is_empty() { (nothing("Nothing yet.", "What you write to each other stands here.")) }
                        ol.passed { @for line in &view.passed { (passed(line, first_name(&memory.face))) } }
                    }
                    div.stack {
                        section.card.remembered aria-label="What you know" { (memory_panel(memory, &here)) }
                        @if !view.ended.is_empty() {
                            section.card.pad aria-labelledby="ended" {
                                h2.small #ended { "Promises before" }
                                ul.facts { @for promise in &view.ended { (ended(promise, &here)) } }
                            }
                        }
                        section.card.pad aria-labelledby="one" {
                            h2.small #one { "Name, tags, the same person" }
                            @if memory.may_write {
                                form.lines method="post" action={ (here) "/name" } {
                                    label for="name" { "Name" } input #name name="name" value=(memory.face.name) maxlength="200" required;
                                    label for="tags" { "Tags, with commas" } input #tags name="tags" value=(memory.tags.join(", ")) maxlength="600";
                                    button.btn.s { "Keep" }
                                }
                            }
                            @for (id, name, address) in &view.alike {
                                p.alike { span { (name) " " span.dim { (address) } " has the same name." } a.btn.s href={ (here) "/merge?with=" (id) } { "Side by side" } }
                            }
                            @if memory.may_write {
                                form.lines method="get" action={ (here) "/merge" } {
                                    label for="with" { "The address of the same person elsewhere" }
                                    input #with name="with" maxlength="200" placeholder="jo@clay.example" autocomplete="off" required;
                                    button.btn.s { "Side by side" }
                                }
                            }
                            @for merge in &view.merges {
                                div.alike {
                                    span { "One with " b { (merge.name) } " since " (merge.at.day) "." }
                                    @if merge.may_part && memory.may_write {
                                        form method="post" action={ "/people/merges/" (merge.id) "/part" } { button.btn.s { "Part them" } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

pub(super) fn passed(line: &PassedLine, name: &str) -> Markup {
    let who = if line.ours { String::new() } else { format!("{name} ") };
    html! {
        li.me[line.ours] {
            p.nm { span { (who) (line.what) } (stamp(&line.stamp)) (day_time(&line.at)) }
            @if let Some(words) = &line.words {
                @if let Some(id) = line.conversation { a.voice href={ "/inbox/" (id) } { (words) } } @else { p.voice { (words) } }
            }
            @if let Some(by) = &line.provenance { p.prov.hand { (icon::hand()) (by) } }
        }
    }
}

/// What is remembered, as it stands beside a thread and on a person's page. `back`: the page to come back to.
pub(crate) fn memory_panel(memory: &MemoryBeside, back: &str) -> Markup {
    let post = format!("/people/{}/memory", memory.contact);
    let heard_in = back.strip_prefix("/inbox/").unwrap_or_default();
    let form = |kind: &str, inner: &Markup| {
        html! {
            form.lines method="post" action=(post) {
                input type="hidden" name="kind" value=(kind);
                input type="hidden" name="back" value=(back);
                input type="hidden" name="heard_in" value=(heard_in);
                (inner)
            }
        }
    };
    html! {
        div.memory {
            @for promise in &memory.promises { (open_promise(promise, back, memory.may_write)) }
            h2.small { "What you know" }
            @if memory.facts.is_empty() { p.dim { "Nothing written down yet." } }
            ul.facts { @for fact in &memory.facts { (line(fact, back, memory.may_write)) } }
            @if memory.may_write {
                (form("fact", &html! {
                    label for="fact" { "Remember" }
                    input #fact name="text" maxlength="280" placeholder="kiln: Rohde 100" autocomplete="off" required data-key="m";
                    button.btn.s { "Remember" kbd { "M" } }
                }))
                details.fold { summary { "Promise something" }
                    (form("promise", &html! {
                        label for="promise" { "What you will do" }
                        input #promise name="text" maxlength="280" placeholder="send the recipe card" autocomplete="off" required data-key="f";
                        label for="due" { "By" }
                        select #due name="due" { option value="today" { "today" } option value="tomorrow" selected { "tomorrow" } option value="friday" { "Friday" } option value="monday" { "Monday" } option value="week" { "in a week" } }
                        label for="day" { "or on this day" } input #day type="date" name="day";
                        button.btn.s { "Promise" }
                    }))
                }
            }
            @if !memory.notes.is_empty() { h2.small { "Notes" } ul.facts { @for note in &memory.notes { (line(note, back, memory.may_write)) } } }
            @if memory.may_write {
                details.fold { summary data-key="n" { "Note for yourself " kbd { "N" } }
                    (form("note", &html! {
                        label for="note" { "Note" } textarea #note name="text" rows="3" maxlength="4000" required {}
                        button.btn.s { "Note" }
                    }))
                }
            }
            (chart(&memory.months, first_name(&memory.face)))
            h2.small { "Also here" }
            ul.also { @for handle in &memory.handles {
                li { (stamp(&handle.stamp)) @if let Some(url) = &handle.url { a href=(url) rel="nofollow noopener noreferrer" target="_blank" { (handle.address) } } @else { span { (handle.address) } } @if handle.is_bot { span.dim { "says it is automated" } } }
            } }
        }
    }
}

fn line(memory: &MemoryLine, back: &str, may_write: bool) -> Markup {
    html! {
        li {
            span { @if !memory.key.is_empty() { b { (memory.key) ": " } } (memory.text) }
            small { "by " (memory.by) ", " (memory.at.day_short) @if let Some(id) = memory.heard_in { ", " a href={ "/inbox/" (id) } { "heard here" } } }
            @if may_write {
                form method="post" action={ "/people/memories/" (memory.id) } {
                    input type="hidden" name="back" value=(back);
                    button.btn.quiet.s aria-label={ "Forget: " (memory.text) } { "Forget" }
                }
            }
        }
    }
}

fn open_promise(promise: &PromiseLine, back: &str, may_write: bool) -> Markup {
    let button = |what: &str, words: &str| html! { button.btn.s name="what" value=(what) { (words) } };
    html! {
        div.promise.due[promise.is_due] {
            p { b { "You promised: " (promise.text) } }
            p.dim { @if promise.is_due { "Due since " (promise.due.day) } @else { "By " (promise.due.day) } ". Still open." }
            @if may_write {
                form method="post" action={ "/people/promises/" (promise.id) } {
                    input type="hidden" name="back" value=(back);
                    (button("kept", "Kept"))
                    button.btn.s name="what" value="moved" { "In a week" }
                    (button("let_go", "Let go"))
                }
            }
        }
    }
}

pub(super) fn ended(promise: &PromiseLine, back: &str) -> Markup {
    let how = if promise.ended == Some(PromiseEnd::Kept) { "Kept" } else { "Let go" };
    html! {
        li {
            span { (promise.text) } small { (how) ", was due " (promise.due.day_short) }
            form method="post" action={ "/people/promises/" (promise.id) } {
                input type="hidden" name="back" value=(back);
                button.btn.quiet.s name="what" value="open" { "Open again" }
            }
        }
    }
}

/// Who writes to whom, month by month: theirs above the line, ours below.
fn chart(months: &[Month], name: &str) -> Markup {
    let (theirs, ours) = months.iter().fold((0, 0), |(theirs, ours), month| (theirs + month.theirs, ours + month.ours));
    let most = months.iter().map(|month| month.theirs.max(month.ours)).max().unwrap_or(0).max(1);
    let height = |n: u32| if n == 0 { 0 } else { (n * BAR_MAX / most).max(3) };
    let step = CHART_W / months.len().max(1);
    html! {
        h2.small { "Who writes to whom" }
        svg.give viewBox={ "0 0 " (CHART_W) " " (CHART_H) } role="img" aria-labelledby="give-t give-d" {
            title #give-t { "Who writes to whom, by month" }
            desc #give-d { (name) " wrote " (theirs) " times in twelve months; you wrote " (ours) " times." }
            @for (n, month) in months.iter().enumerate() {
                rect.th x=(n * step + 3) y=(39 - height(month.theirs)) width=(step - 7) height=(height(month.theirs)) rx="2" {}
                rect.me x=(n * step + 3) y="41" width=(step - 7) height=(height(month.ours)) rx="2" {}
            }
            line x1="0" y1="40" x2=(CHART_W) y2="40" {}
            @for (n, month) in months.iter().enumerate() {
                @if n == 0 || n + 1 == months.len() || n == months.len() / 2 { text x=(n * step + step / 2) y="90" { (month.name) } }
            }
        }
        p.key2 { span { i.th {} (name) " wrote " (theirs) } span { i.me {} "you wrote " (ours) } }
        details.fold.numbers { summary { "Show numbers" }
            table { caption.vh { "Messages by month" } thead { tr { th scope="col" { "Month" } th scope="col" { "Theirs" } th scope="col" { "Yours" } } }
                tbody { @for month in months { tr { th scope="row" { (month.full) } td { (month.theirs) } td { (month.ours) } } } } }
        }
    }
}

/// Two people side by side.
pub(crate) fn merge(shell: &Shell, view: &MergeView) -> Markup {
    let side = |memory: &MemoryBeside, what: &str| {
        html! {
            section.card.pad aria-label=(memory.face.name) {
                div.who-is { (face(&memory.face, "l")) div { h2.t { (memory.face.name) } p.dim { (what) } } }
                ul.also { @for handle in &memory.handles { li { (stamp(&handle.stamp)) span { (handle.address) } } } }
                p.dim { (memory.facts.len()) " facts, " (memory.notes.len()) " notes, " (memory.promises.len()) " open promises. Known since " (memory.known_since.day) "." }
                ul.facts { @for fact in memory.facts.iter().take(5) { li { @if !fact.key.is_empty() { b { (fact.key) ": " } } (fact.text) } } }
            }
        }
    };
    page::page(
        shell,
        &html! {
            main.people #main {
                header.top { h1 { "One person or two?" } }
                p.lead { "Side by side. As one person they keep the name on the left, with both handles and all that you know. You can part them again for thirty days, exactly as they were." }
                div.sides { (side(&view.kept, "stays")) (side(&view.gone, "becomes a part")) }
                form.decide method="post" action={ "/people/" (view.kept.contact) "/merge" } {
                    input type="hidden" name="with" value=(view.gone.contact);
                    a.btn href={ "/people/" (view.kept.contact) } { "They are two" }
                    button.btn { "They are one person" }
                }
            }
        },
    )
}
