//! New followers, one card at a time. The keys 1 to 4 sort, L lets be; F and R are the owner's alone, and no other
//! visitor's page has those buttons.

use kith_domain::people::SortedAs;
use kith_engine::{FollowerCard, FollowerLine, FollowersView, Reach};
use maud::{Markup, html};

use super::part::{day_time, face, first_name, nothing, stamp};
use super::{Shell, hx, icon, page};

/// What was done on the page before.
pub(crate) struct FollowersAsked<'a> {
    /// In one sentence.
    pub told: Option<&'a str>,
    /// Whom it was done to, to take it back.
    pub undo: Option<&'a str>,
    /// Why the press did nothing.
    pub wrong: Option<&'a str>,
    /// Names this press.
    pub gesture: String,
}

/// The queue with its card.
pub(crate) fn followers(shell: &Shell, view: &FollowersView, asked: &FollowersAsked<'_>) -> Markup {
    page::page(
        shell,
        &html! {
            main.people.triage #main {
                header.top {
                    h1 { "New followers" }
                    span.dim { @if view.total == 1 { "One person." } @else { (view.total) " people." } " One by one; nothing happens by itself." }
                    span.sp {}
                    a.btn href="/people" { "All people" }
                }
                div #triage { (triage(view, asked)) }
            }
        },
    )
}

pub(super) fn triage(view: &FollowersView, asked: &FollowersAsked<'_>) -> Markup {
    let count = |name: &str| view.counts.iter().find(|(sorted, _)| sorted == name).map_or(0, |(_, n)| *n);
    html! {
        nav.seg aria-label="Which followers" {
            a href="/people/followers" aria-current=[view.shown.is_empty().then_some("page")] { "All " span.c { (view.total) } }
            @for sorted in SortedAs::ALL {
                a href={ "/people/followers?show=" (sorted.as_str()) } aria-current=[(view.shown == sorted.as_str()).then_some("page")] {
                    (words(sorted)) @if count(sorted.as_str()) > 0 { " " span.c { (count(sorted.as_str())) } }
                }
            }
        }
        @if let Some(wrong) = asked.wrong { (super::part::problem("wrong", wrong)) }
        @if let Some(told) = asked.told {
            div.told role="status" {
                (icon::check()) span { (told) }
                @if let Some(handles) = asked.undo {
                    form method="post" action="/people/followers/undo" {
                        input type="hidden" name="handles" value=(handles);
                        input type="hidden" name="show" value=(view.shown);
                        button.btn.s data-key="u" { "Undo" kbd { "U" } }
                    }
                }
            }
        }
        @match &view.card {
            Some(one) => { (card(view, one, &asked.gesture)) }
            None => { section.card { (nothing("Nobody is waiting to be met.", "Who begins to follow you stands here, one card at a time.")) } }
        }
        @if !view.next.is_empty() {
            section.card.after aria-labelledby="after" {
                header { h2.t #after { "After them" } span.dim { "the first to follow comes first" } }
                form method="post" action="/people/followers/let-be" {
                    input type="hidden" name="show" value=(view.shown);
                    ol { @for line in &view.next { (next(line, view)) } }
                    @if view.may_sort { p.together { button.btn.s { "Let those be that are marked" } span.dim { "There is no following of several at once." } } }
                }
            }
        }
    }
}

fn card(view: &FollowersView, card: &FollowerCard, gesture: &str) -> Markup {
    let line = &card.line;
    let at = format!("/people/followers/{}", line.handle);
    let hidden = html! { input type="hidden" name="show" value=(view.shown); };
    html! {
        article.card.follower aria-labelledby="who" {
            div.who-is {
                (face(&line.face, "l"))
                div {
                    h2 #who { (line.face.name) " " (stamp(&line.stamp)) }
                    p.dim {
                        @if let Some(url) = &card.url { a href=(url) rel="nofollow noopener noreferrer" target="_blank" { (line.face.address) } } @else { (line.face.address) }
                        ", follows " (card.channel_name) " since " (day_time(&line.at))
                        @if let Some(since) = &card.since { ", there since " (since.day) }
                    }
                }
            }
            @if !card.why.is_empty() || line.wrote > 0 || line.sorted.is_some() {
                p.marks {
                    @if line.wrote > 0 { span.pill.hand { (icon::hand()) "has written to you" } }
                    @for why in &card.why { span.pill.wait { (icon::alert()) (why) } }
                    @if let Some(sorted) = line.sorted { span.pill.ok { (icon::check()) (words(sorted)) @if let Some(by) = &line.sorted_by { ", says " (by) } } }
                }
            }
            @if !line.note.is_empty() { p.noted { b { (line.sorted_by.as_deref().unwrap_or("Somebody")) " noted: " } (line.note) } }
            @if let Some(unread) = &card.unread { p.dim { (unread) } }
            @if !card.bio.trim().is_empty() { p.bio { (card.bio) } }
            @if !card.posts.is_empty() {
                h3 { "What they said last" }
                ol.said-last { @for (words, at) in &card.posts { li { p.voice { (words) } (day_time(at)) } } }
            }
            @if view.may_sort {
                (hx::form(&format!("{at}/sorting"), "triage", "Keeping", &html! {
                    (hidden)
                    fieldset.sorts { legend { "What you think" }
                        label.vh for="note" { "A line to go with it" }
                        input #note name="note" value=(line.note) maxlength="280" placeholder="A line to go with it";
                        @for (n, sorted) in SortedAs::ALL.into_iter().enumerate() {
                            button.btn.s name="sorted" value=(sorted.as_str()) data-key=(n + 1) aria-pressed=(if line.sorted == Some(sorted) { "true" } else { "false" }) { (words(sorted)) kbd { (n + 1) } }
                        }
                    }
                }))
                div.decide {
                    @if view.may_converse {
                        form method="post" action={ (at) "/follow" } data-busy="Following" {
                            (hidden) input type="hidden" name="gesture" value=(gesture); input type="hidden" name="channel" value=(card.channel);
                            button.btn.hand data-key="f" { "Follow " (first_name(&line.face)) kbd { "F" } }
                        }
                        a.btn href={ (at) "/write" } data-key="r" { "Write" kbd { "R" } }
                    }
                    (hx::form(&format!("{at}/let-be"), "triage", "Letting be", &html! { (hidden) button.btn data-key="l" { "Let be" kbd { "L" } } }))
                    @if !view.may_converse { span.dim { "Following and writing are the owner's." } }
                }
            }
        }
    }
}

/// First words to a person alone, typed before, and why they were not sent.
pub(crate) struct FirstWordsForm<'a> {
    /// Names this press.
    pub gesture: String,
    /// What was typed.
    pub text: &'a str,
    /// Why nothing was sent.
    pub wrong: Option<&'a str>,
}

/// Where the owner writes first words to a follower.
pub(crate) fn first_words(shell: &Shell, card: &FollowerLine, reach: &[Reach], form: &FirstWordsForm<'_>) -> Markup {
    page::page(
        shell,
        &html! {
            main.people.triage #main {
                header.top { (face(&card.face, "l")) div { h1 { "Write to " (card.face.name) } p.dim { (card.face.address) } } span.sp {} a.btn href={ "/people/followers?open=" (card.handle) } { "Back to the card" } }
                @if let Some(wrong) = form.wrong { (super::part::problem("wrong", wrong)) }
                @for one in reach {
                    section.card.pad aria-label=(one.name) {
                        @match &one.message {
                            Ok(()) => form.lines method="post" data-busy="Sending" {
                                input type="hidden" name="gesture" value=(form.gesture); input type="hidden" name="channel" value=(one.channel);
                                label for={ "w-" (one.channel) } { "From " (one.name) ", to them alone" }
                                textarea.voice id={ "w-" (one.channel) } name="text" rows="5" maxlength=(one.text_max) required { (form.text) }
                                p.prov.hand { (icon::hand()) "Goes out as written by you, by hand" }
                                button.btn.hand { "Send" }
                            },
                            Err(why) => p { (why) "." },
                        }
                    }
                }
                @if reach.is_empty() { section.card { (nothing("There is no way to them yet.", "None of your channels has met them.")) } }
            }
        },
    )
}

fn next(line: &FollowerLine, view: &FollowersView) -> Markup {
    let id = format!("h-{}", line.handle);
    html! {
        li {
            @if view.may_sort { input type="checkbox" name="handle" value=(line.handle) #(id) aria-label={ "Let " (line.face.name) " be" }; }
            (face(&line.face, "s"))
            a href={ "/people/followers?open=" (line.handle) "&show=" (view.shown) } { (line.face.name) }
            (stamp(&line.stamp))
            span.dim { @if let Some(sorted) = line.sorted { (words(sorted)) } @if !line.note.is_empty() { ": " (line.note) } }
        }
    }
}

fn words(sorted: SortedAs) -> &'static str {
    match sorted {
        SortedAs::Meet => "Meet",
        SortedAs::Shop => "Shop",
        SortedAs::Bot => "Bot",
        SortedAs::Unsure => "Unsure",
    }
}
