//! Feeds: the news that waits, what is followed with its trouble, and following one more.
//!
//! A draft has its words and its time beside it, so that a yes is one press. Everything is a plain form.

use kith_domain::plan::feed::{PER_DAY_DEFAULT, PER_DAY_MAX, TEMPLATE_CHARS_MAX, TEMPLATE_DEFAULT};
use kith_engine::{DraftCard, FeedCard, FeedsView};
use maud::{Markup, html};

use super::part::{day_time, nothing, problem};
use super::{Shell, icon, page};

/// What was typed into the form of a new feed.
#[derive(Debug, Default)]
pub(crate) struct TypedFeed {
    /// Its address.
    pub url: String,
    /// Its name.
    pub name: String,
    /// The words.
    pub template: String,
    /// Announcements a day.
    pub per_day: String,
    /// When they go out.
    pub windows: String,
    /// Channels that were ticked.
    pub channels: Vec<String>,
}

/// What could not be done.
#[derive(Debug)]
pub(crate) enum FeedTrouble {
    /// A feed could not be followed.
    Form {
        /// The field that is not right; empty if it is none.
        field: String,
        /// Why.
        why: String,
    },
    /// A draft could not be planned.
    Draft {
        /// The draft.
        id: String,
        /// The time that was typed.
        at: String,
        /// The words that were typed.
        text: String,
        /// Everything that is wrong.
        why: Vec<String>,
    },
}

/// The whole page.
pub(crate) fn feeds(shell: &Shell, view: &FeedsView, typed: &TypedFeed, trouble: Option<&FeedTrouble>) -> Markup {
    page::page(
        shell,
        &html! {
            main.page #main {
                a.up href="/plan" { (icon::left()) "Plan" }
                h1 { "Feeds" }
                div.plan-days #live data-live="/plan/feeds?fragment=live" data-on="plan channels" { (feeds_live(view, trouble)) }
                @if view.may_plan { (form(view, typed, trouble)) }
            }
        },
    )
}

/// What is inside its live part: drafts and feeds.
pub(crate) fn feeds_live(view: &FeedsView, trouble: Option<&FeedTrouble>) -> Markup {
    html! {
        @if !view.drafts.is_empty() {
            section.card aria-labelledby="fd" {
                header { h2.t #fd { "News that waits" } span.dim { "nothing of it goes out before you say so" } }
                ul.asks { @for card in &view.drafts { (draft(card, view, trouble)) } }
            }
        }
        section.card aria-labelledby="ff" {
            header { h2.t #ff { "Followed" } span.dim { "their new entries become drafts or announcements" } }
            @if view.feeds.is_empty() {
                (nothing("No feed is followed.", "Follow your blog below: what it says from then on is news, what it says now is not."))
            } @else {
                ul.chan { @for card in &view.feeds { (line(card, view.may_plan)) } }
            }
        }
    }
}

fn draft(card: &DraftCard, view: &FeedsView, trouble: Option<&FeedTrouble>) -> Markup {
    let draft = &card.draft;
    let typed = match trouble {
        Some(FeedTrouble::Draft { id, at, text, why }) if *id == draft.id => Some((at, text, why)),
        _ => None,
    };
    let (words_id, at_id, why_id) = (format!("words-{}", draft.id), format!("at-{}", draft.id), format!("why-{}", draft.id));
    let action = format!("/plan/feeds/drafts/{}", draft.id);
    let about = draft.text.lines().next().unwrap_or_default();
    html! {
        li {
            h3 { (about) }
            p.meta {
                span { (draft.feed) }
                @if let Some(published) = &card.published { span { "· published " (day_time(published)) } }
            }
            @if let Some(why) = &draft.trouble { p.why { (why) } }
            @if let Some((_, _, why)) = typed { (problem(&why_id, &why.join("; "))) }
            @if view.may_plan {
                div.decide {
                    form.fields #{ "plan-" (draft.id) } method="post" action=(action) data-busy="Storing" {
                        input type="hidden" name="do" value="plan";
                        div.field {
                            label for=(words_id) { "Words" span.vh { ": " (about) } }
                            textarea id=(words_id) name="text" rows="4" required { (typed.map_or(&draft.text, |(_, text, _)| text)) }
                        }
                        div.field.along {
                            label for=(at_id) { "Goes out at" span.vh { ": " (about) } }
                            input id=(at_id) type="datetime-local" name="at" required value=(typed.map_or(&view.suggested, |(at, _, _)| at))
                                aria-describedby=[typed.map(|_| why_id.as_str())] aria-invalid=[typed.map(|_| "true")];
                            button.btn { "Plan it" span.vh { ": " (about) } }
                        }
                    }
                    form method="post" action=(action) {
                        input type="hidden" name="do" value="let_go";
                        button.btn.s.quiet { "Let go" span.vh { ": " (about) } }
                    }
                }
            }
        }
    }
}

fn line(card: &FeedCard, may_plan: bool) -> Markup {
    let feed = &card.line;
    let (class, drawing, words) = match (&feed.trouble, &feed.paused_at) {
        (_, Some(_)) => ("calm", icon::pause(), "Rests"),
        (Some(_), None) => ("wait", icon::alert(), "In trouble"),
        (None, None) => ("ok", icon::check(), "Followed"),
    };
    html! {
        li {
            span.net aria-hidden="true" { "Fe" }
            div {
                b { (feed.name) }
                small { (feed.url) }
                small {
                    @match &feed.windows {
                        Some(windows) => { "Announced " (windows) ", at most " (feed.per_day) " a day, on " (feed.channels.join(", ")) }
                        None => { "Drafts for " (feed.channels.join(", ")) }
                    }
                    @if feed.waiting > 0 { ", " (feed.waiting) " waiting" }
                }
                @if let Some(read) = &card.read { small { "Last read " (day_time(read)) } }
            }
            span class={ "pill " (class) } { (drawing) (words) }
            @if let Some(why) = &feed.trouble {
                p { (why) @if let (Some(next), None) = (&card.next, &feed.paused_at) { " It is asked again " (day_time(next)) "." } }
            }
            @if may_plan {
                div.does {
                    (button(card, "check", "Read now"))
                    @if feed.paused_at.is_some() { (button(card, "resume", "Go on")) } @else { (button(card, "pause", "Rest")) }
                    (button(card, "drop", "Follow no longer"))
                }
            }
        }
    }
}

fn button(card: &FeedCard, wish: &str, words: &str) -> Markup {
    html! {
        form method="post" action={ "/plan/feeds/" (card.line.id) } data-busy="Working" {
            input type="hidden" name="do" value=(wish);
            button.btn.s { (words) span.vh { ": " (card.line.name) } }
        }
    }
}

fn form(view: &FeedsView, typed: &TypedFeed, trouble: Option<&FeedTrouble>) -> Markup {
    let wrong = match trouble {
        Some(FeedTrouble::Form { field, why }) => Some((field.as_str(), why.as_str())),
        _ => None,
    };
    let is_wrong = |name: &str| wrong.is_some_and(|(field, _)| field == name);
    let text = |name: &str, label: &str, hint: &str, value: &str, required: bool| {
        html! {
            div.field {
                label for={ "feed-" (name) } { (label) }
                input id={ "feed-" (name) } type="text" name=(name) value=(value) required[required] autocomplete="off"
                    aria-describedby={ "feed-hint-" (name) @if is_wrong(name) { " feed-problem" } } aria-invalid=[is_wrong(name).then_some("true")];
                small id={ "feed-hint-" (name) } { (hint) }
            }
        }
    };
    html! {
        section.card aria-labelledby="fn" {
            header { h2.t #fn { "Follow a feed" } }
            div.body {
                @if let Some((_, why)) = wrong { (problem("feed-problem", why)) }
                form.fields method="post" action="/plan/feeds" data-busy="Reading the feed" {
                    (text("url", "Address", "RSS, Atom or JSON Feed, such as https://example.org/feed.xml", &typed.url, true))
                    fieldset.ticks aria-describedby=[is_wrong("channels").then_some("feed-problem")] {
                        legend { "Announce on" }
                        @for (name, network) in &view.channels {
                            label.tick { input type="checkbox" name="channels" value=(name) checked[typed.channels.contains(name)]; span { (name) " " small { (network) } } }
                        }
                        @if view.channels.is_empty() { small { "No channel is connected yet." } }
                    }
                    (text("windows", "Goes out by itself", "When, such as Mon-Fri 08:00-18:00. Left empty, each entry waits here for your yes.", &typed.windows, false))
                    (text("per_day", "At most a day", &format!("1 to {PER_DAY_MAX}; {PER_DAY_DEFAULT} if left empty"), &typed.per_day, false))
                    (text("name", "Name", "What to call it here; its own title if left empty", &typed.name, false))
                    div.field {
                        label for="feed-template" { "Words" }
                        textarea id="feed-template" name="template" rows="3" maxlength=(TEMPLATE_CHARS_MAX) aria-invalid=[is_wrong("template").then_some("true")]
                            aria-describedby={ "feed-hint-template" @if is_wrong("template") { " feed-problem" } } {
                            (if typed.template.is_empty() { TEMPLATE_DEFAULT } else { &typed.template })
                        }
                        small #feed-hint-template { "{title}, {link}, {summary}, {author} and {feed} are filled from each entry." }
                    }
                    div { button.btn { "Follow" } }
                }
            }
        }
    }
}
