//! People in every state: who follows anew, who is known, what was promised, who drifts away, and what was just done.

use maud::{Markup, html};

use super::super::followers::{FollowersAsked, triage};
use super::super::toast::{self, Said};
use super::super::{ReplyForm, begin, memory_panel, people, person, sample, today_people_live};
use super::{apart, shelf};

/// The shelves.
pub(super) fn shelves() -> Markup {
    let view = sample::conversation();
    let beside = ReplyForm {
        reach: sample::reach().into_iter().map(|reach| (reach, "0".to_owned(), "1".to_owned())).collect(),
        ..ReplyForm::default()
    };
    let asked = |told, undo, wrong| FollowersAsked { told, undo, wrong, gesture: "0".into() };
    let delegate = kith_engine::FollowersView { may_converse: false, next: Vec::new(), ..sample::followers() };
    let memory = sample::memory();
    let looked_at = kith_engine::MemoryBeside { may_write: false, notes: Vec::new(), facts: Vec::new(), ..sample::memory() };
    html! {
        (shelf("What was done a moment ago", &html! { div.people { @for said in Said::ALL { (told(said)) } } }))
        (shelf("Answering one after another", &html! { div { (begin::faces(&sample::begin(), 8)) } }))
        (shelf("Today’s people: promised, drifting, new", &html! { div.stack { (apart("today", &today_people_live(&sample::today_people()))) } }))
        (shelf("People, each by what is owed next", &html! { div.people { ol.rows { @for row in &sample::lines() { (people::person(row)) } } } }))
        (shelf("What you know of a person: promises, facts, notes, a year of messages; and as a delegate sees it", &html! {
            div.people {
                div.card.remembered { (apart("known", &memory_panel(&memory, "/people"))) }
                ul.facts { @for promise in &sample::ended() { (people::ended(promise, "/people")) } }
                div.card.remembered { (apart("seen", &memory_panel(&looked_at, "/people"))) }
                ol.passed { @for line in &sample::passed() { (people::passed(line, "Jo")) } }
            }
        }))
        (shelf("The person beside a conversation, who may be followed and written to", &html! { (apart("beside", &person::person(&view, &beside))) }))
        (shelf("New followers: the card, what was done, as a delegate sees it, nobody", &html! {
            div.people {
                (apart("follower", &triage(&sample::followers(), &asked(Some("Pots and Pans Ltd is let be."), Some("1"), None))))
                (apart("looks", &triage(&delegate, &asked(None, None, Some("Somebody else sorted them meanwhile.")))))
                (apart("nobody", &triage(&sample::no_followers(), &asked(None, None, None))))
            }
        }))
    }
}

/// A toast without its place at the foot of the page, so that all can be seen at once.
fn told(said: Said) -> Markup {
    let row = &sample::waiting()[0];
    let change = matches!(said, Said::Done | Said::Later | Said::NoAnswer | Said::Machine).then_some(1);
    html! { div.told { (toast::told(said, row, change, false)) } }
}
