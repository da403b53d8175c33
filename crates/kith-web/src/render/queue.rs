//! The queue in its order, each post with the time it goes out; posts into it; and each channel's windows.

use kith_engine::views::{ProgramLine, ProgramShown, QueueView, QueuedPost, WindowsView};
use maud::{Markup, html};

use super::part::{day_time, nothing, problem, stamp};
use super::planbar::{self, Part};
use super::write::home;
use super::{Asked, Shell, icon, page};

/// The whole page.
pub(crate) fn queue(shell: &Shell, view: &QueueView, asked: &Asked) -> Markup {
    page::page(
        shell,
        &html! {
            main.page.wide #main {
                (planbar::bar(Part::Queue))
                @match asked.done {
                    Some("added") => { p.notice role="status" { (icon::check()) span { "It is in the queue." } } }
                    Some("windows") => { p.notice role="status" { (icon::check()) span { "Stored. The queue follows the new windows." } } }
                    _ => {}
                }
                @if let Some((_, why)) = asked.wrong { (problem("queue-problem", why)) }
                div.plan-days #live data-live="/plan/queue?fragment=live" data-on="plan" { (queue_live(view)) }
                @if view.may { (add(view, asked)) (windows(view, asked)) }
            }
        },
    )
}

/// What is inside its live part.
pub(crate) fn queue_live(view: &QueueView) -> Markup {
    html! {
        section.card aria-labelledby="qu" {
            header {
                h2.t #qu { "The queue" }
                span.dim { (view.posts.len()) @if view.posts.len() == 1 { " post" } @else { " posts" } ", " (view.place) " time" }
                @if view.may && !view.posts.is_empty() {
                    form.more method="post" action="/plan/queue/rest" {
                        input type="hidden" name="rests" value=(if view.rests { "no" } else { "yes" });
                        button.btn.s { @if view.rests { "Let it go on" } @else { "Pause the queue" } }
                    }
                }
            }
            @if view.rests { div.body { p.notice.wait { (icon::pause()) span { "The queue rests. Nothing of it goes out until you let it go on." } } } }
            @if view.posts.is_empty() {
                (nothing("The queue is empty.", "Put posts in below; each takes the next free place of its category."))
            } @else {
                ol.queue { @for (index, post) in view.posts.iter().enumerate() { (queued(view, index, post)) } }
            }
        }
    }
}

fn queued(view: &QueueView, index: usize, post: &QueuedPost) -> Markup {
    let about = format!(": {}", post.text.chars().take(40).collect::<String>());
    let last = index + 1 == view.posts.len();
    html! {
        li {
            div.at { @if let Some(line) = post.lines.first() { (day_time(&line.due)) } @else { span.dim { @if view.rests { "rests" } @else { "no place" } } } }
            div.what {
                p.txt { (post.text) }
                p.meta {
                    @for line in &post.lines { (stamp(&line.stamp)) }
                    span { (post.category) }
                    @if let Some(line) = post.lines.first() { @for there in &line.there { span { "· " (there) } } (home(line)) }
                }
                @for line in &post.lines { @if let Some(why) = &line.kept_back { p.why { (why) } } }
                @if let Some(why) = &post.why { p.why { (why) } }
            }
            @if view.may {
                form.moves method="post" action="/plan/queue/order" {
                    input type="hidden" name="post" value=(post.key);
                    (button("up", "Up", &about, index == 0)) (button("down", "Down", &about, last))
                    (button("first", "First", &about, index == 0)) (button("last", "Last", &about, last))
                    (button("out", "Take out", &about, false))
                }
            }
        }
    }
}

fn button(to: &str, words: &str, about: &str, disabled: bool) -> Markup {
    html! { button.btn.quiet.s name="to" value=(to) disabled[disabled] { (words) span.vh { (about) } } }
}

fn add(view: &QueueView, asked: &Asked) -> Markup {
    let first = view.categories.first().map_or("", String::as_str);
    let category = Some(asked.get("category")).filter(|typed| !typed.is_empty()).unwrap_or(first);
    html! {
        section.card aria-labelledby="qa" {
            header { h2.t #qa { "Put posts in" } }
            div.body {
                form.fields.broad method="post" action="/plan/queue" data-busy="Storing" {
                    div.field {
                        label for="texts" { "The posts" }
                        textarea #texts name="texts" rows="6" required aria-describedby="texts-hint" { "\n" (asked.get("texts")) }
                        small #texts-hint { "Several at once: leave an empty line between them, or a line of --- if a post has empty lines of its own." }
                    }
                    (planbar::channels(view.windows.iter().map(|one| &one.channel), asked))
                    div.field {
                        label for="category" { "Category" }
                        input #category name="category" type="text" required maxlength="40" autocomplete="off" list="categories" value=(category) aria-describedby="category-hint";
                        datalist #categories { @for one in &view.categories { option value=(one) {} } }
                        small #category-hint { "Its windows, below, give the times." }
                    }
                    label.tick { input type="checkbox" name="where" value="first" checked[asked.get("where") == "first"]; "Before all others" }
                    div { button.btn.hand { "Put in the queue" } }
                }
            }
        }
    }
}

fn windows(view: &QueueView, asked: &Asked) -> Markup {
    html! {
        section.card #windows aria-labelledby="wi" {
            header { h2.t #wi { "Windows" } span.dim { "when each category may go out" } }
            @for (index, one) in view.windows.iter().enumerate() { (windows_of(index, one, asked)) }
        }
    }
}

fn windows_of(index: usize, one: &WindowsView, asked: &Asked) -> Markup {
    let mine = asked.get("form") == "windows" && asked.get("channel") == one.channel.name;
    let text = if mine { asked.get("windows") } else { &one.text };
    let id = format!("windows-{index}");
    // The form says which windows it was made from, so that two people's changes do not take each other back. Once it has
    // been told of the others', storing again is meant.
    let told = mine && asked.wrong.is_some_and(|(field, _)| field.is_empty());
    let was = if mine && !told { asked.get("was") } else { &one.text };
    html! {
        div.body {
            form.fields.broad method="post" action="/plan/queue/windows" {
                input type="hidden" name="channel" value=(one.channel.name);
                input type="hidden" name="was" value=(was);
                div.field {
                    label for=(id) { (stamp(&one.channel.stamp)) " " (one.channel.name) }
                    textarea id=(id) name="windows" rows="3" aria-describedby={ (id) "-hint" } aria-invalid=[(mine && asked.wrong.is_some()).then_some("true")] { "\n" (text) }
                    small id={ (id) "-hint" } { "A line for each category, such as tips: Mon-Fri 7:30-9:00, or offers: 2 a week, Tue, Thu 16-18" }
                }
                @if mine { @if let Some(shown) = asked.shown { (preview("With these windows the next ones go out", shown)) } }
                div.do { button.btn name="do" value="look" { "Look" } button.btn.hand[mine && asked.shown.is_some()] name="do" value="store" { "Store the windows" } }
            }
        }
    }
}

/// What would go out, before it is stored.
pub(super) fn preview(title: &str, shown: &ProgramShown) -> Markup {
    html! {
        div.shown role="status" {
            h3 { (title) }
            @if shown.lines.is_empty() { p.dim { "Nothing goes out by this now." } }
            (lines(&shown.lines))
            @for why in &shown.without_time { p.notice.wait { (icon::alert()) span { (why) } } }
            @if !shown.sums.is_empty() { p.dim { "In the plan: " (shown.sums) "." } }
        }
    }
}

/// Posts with their times.
pub(super) fn lines(lines: &[ProgramLine]) -> Markup {
    html! {
        ol.lines {
            @for line in lines {
                li {
                    (day_time(&line.due)) (stamp(&line.stamp))
                    span.txt { (line.text) }
                    span.meta { @for there in &line.there { span { (there) } } (home(line)) @if let Some(why) = &line.kept_back { span.why { (why) } } }
                }
            }
        }
    }
}
