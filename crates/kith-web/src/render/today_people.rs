//! Today's people: what was promised and is due, who drifts away, who began to follow.
//!
//! A part of its own, since it changes with other things than who waits. An empty kind is left out: the page ends.

use kith_engine::{DriftCard, FollowerLine, PromiseLine};
use maud::{Markup, html};

use super::part::{face, first_name, stamp};

/// What the part shows.
pub(crate) struct TodayPeople {
    /// Promises that are due (C9).
    pub promises: Vec<PromiseLine>,
    /// People who drift away (R2).
    pub drifting: Vec<DriftCard>,
    /// How many followers nobody has looked at, and the first few (C6).
    pub followers: (u64, Vec<FollowerLine>),
}

/// The part with its inside.
pub(crate) fn today_people(people: &TodayPeople) -> Markup {
    html! { div.stack #today-people data-live="/today/people" data-on="people inbox" { (today_people_live(people)) } }
}

/// The inside alone.
pub(crate) fn today_people_live(people: &TodayPeople) -> Markup {
    html! {
        @if !people.promises.is_empty() {
            section.card aria-labelledby="pd" {
                header { h2.t #pd { "You promised" } a.link.more href="/people" { "People" } }
                ul.rows { @for line in &people.promises { (promise(line)) } }
            }
        }
        @if !people.drifting.is_empty() {
            section.card aria-labelledby="df" {
                header { h2.t #df { "Drifting" } span.dim { "kind to you, and long without a word from you" } }
                ul.rows { @for card in &people.drifting { (drifting(card)) } }
            }
        }
        @if people.followers.0 > 0 {
            section.card aria-labelledby="nf" {
                header {
                    h2.t #nf { "New followers" }
                    span.dim { (people.followers.0) @if people.followers.0 == 1 { " person" } @else { " people" } ", one at a time" }
                    a.link.more href="/people/followers" { "Meet them" }
                }
                ul.rows {
                    @for line in &people.followers.1 {
                        li.row { (face(&line.face, "")) div { p.nm { span { (line.face.name) } (stamp(&line.stamp)) } p.ctx { (line.face.address) } } }
                    }
                }
            }
        }
    }
}

fn promise(line: &PromiseLine) -> Markup {
    let way = |what: &str, name: &str| {
        html! {
            form method="post" action={ "/people/promises/" (line.id) } data-busy="Storing" {
                input type="hidden" name="what" value=(what);
                input type="hidden" name="back" value="/";
                button.btn.s aria-label={ (name) ": " (line.text) } { (name) }
            }
        }
    };
    html! {
        li.row {
            (face(&line.face, ""))
            div {
                p.nm { a href={ "/people/" (line.contact) } { (line.face.name) } }
                p { (line.text) }
                p.ctx { "promised " (line.given.day_short) ", due " (line.due.day_short) }
            }
            div.act { (way("kept", "Kept")) (way("let_go", "Let go")) }
        }
    }
}

fn drifting(card: &DriftCard) -> Markup {
    let way = |what: &str, name: &str| {
        html! {
            form method="post" action={ "/people/" (card.contact) "/drift" } data-busy="Storing" {
                input type="hidden" name="what" value=(what);
                input type="hidden" name="back" value="/";
                button.btn.s aria-label={ (name) ": " (card.face.name) } { (name) }
            }
        }
    };
    html! {
        li.row {
            (face(&card.face, ""))
            div {
                p.nm { a href={ "/people/" (card.contact) } { (card.face.name) } }
                @if let Some(words) = &card.words { p.voice { (words) } }
                p.ctx { (card.why) }
            }
            div.act {
                @if let Some(conversation) = card.conversation {
                    a.btn.hand.s.speaks href={ "/inbox/" (conversation) } aria-label={ (card.button) ": " (first_name(&card.face)) } { (card.button) }
                }
                (way("later", "Later"))
                (way("let_go", "Let go"))
            }
        }
    }
}
