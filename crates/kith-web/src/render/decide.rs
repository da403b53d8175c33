//! What a person can do with a post, as buttons: the same on its own page and in the list of what needs them.
//!
//! Each choice is a form of its own, so that it works without a script. What a choice asks for (a link, a time) stands
//! beside its button.

use kith_domain::ids::DispatchId;
use kith_domain::publish::{Hold, NeedsPerson, State};
use kith_engine::views::{Choice, Mend};
use maud::{Markup, html};

use super::part::problem;

/// A post as far as its choices need it.
pub(super) struct Target<'a> {
    pub(super) id: DispatchId,
    pub(super) state: &'a State,
    pub(super) choices: &'a [Choice],
    /// Where to look for it on the network.
    pub(super) look: Option<&'a str>,
    /// A time to begin with.
    pub(super) suggested: &'a str,
    /// Whose buttons these are, for those who don't see where they stand.
    pub(super) about: &'a str,
    /// The list in which they stand, to which one comes back.
    pub(super) list: Option<&'static str>,
    /// They stand beside the week, to which one comes back.
    pub(super) beside: bool,
    /// The version that is shown: a yes is said to no other.
    pub(super) version: i64,
}

impl Target<'_> {
    fn in_list(&self) -> bool {
        self.list.is_some()
    }
}

/// A choice that could not be carried out.
pub(crate) struct Wrong<'a> {
    /// Which.
    pub choice: Choice,
    /// What was typed.
    pub detail: &'a str,
    /// Why not.
    pub why: &'a str,
}

/// All choices of a post.
pub(super) fn choices(target: &Target, wrong: Option<&Wrong>) -> Markup {
    let has = |choice| target.choices.contains(&choice);
    html! {
        @if let Some(wrong) = wrong { (problem("decision-problem", wrong.why)) }
        @if has(Choice::ItIsThere) { (it_is_there(target, wrong)) }
        div.do {
            @if has(Choice::LetOut) { (let_out(target, wrong)) }
            @if has(Choice::Yes) { (button(target, Choice::Yes)) }
            @if has(Choice::LetGo) { (button(target, Choice::LetGo)) }
            @if has(Choice::SendNow) { (button(target, Choice::SendNow)) }
            @if has(Choice::AnotherTime) { (another_time(target, wrong)) }
            @if has(Choice::Hold) { (button(target, Choice::Hold)) }
            @if has(Choice::Cancel) { (button(target, Choice::Cancel)) }
        }
    }
}

/// The way to what must be mended first.
pub(super) fn mend(mend: &Mend) -> Markup {
    html! {
        @match mend {
            Mend::SignIn { channel, name } => { a.btn.hand href={ "/settings/channels/" (channel) } { "Sign in again" span.vh { ": " (name) } } }
            Mend::Answer => { a.btn.hand href="/inbox" { "Answer those who wait" } }
            Mend::Resting => { a.btn href="/plan/hours" { "Look at what stands still" } }
            Mend::Paused { .. } => { a.btn href="/settings" { "Look at the channel" } }
        }
    }
}

fn button(target: &Target, choice: Choice) -> Markup {
    // To hold back is never what a page proposes.
    let is_first = !target.in_list() && target.choices.first() == Some(&choice) && choice != Choice::Hold;
    html! {
        form method="post" action=(action(target)) data-busy="Working" {
            (hidden(target, choice))
            @if choice == Choice::Yes { input type="hidden" name="detail" value=(target.version); }
            button.btn.hand[is_first].s[target.in_list()].quiet[choice == Choice::Cancel && target.in_list()] data-key=[(target.beside && choice == Choice::Hold).then_some("h")] { (label(choice, target.state)) @if target.beside && choice == Choice::Hold { " " kbd { "H" } } (about(target)) }
        }
    }
}

/// Behind a fold, so that the list stays calm; open where the last time was not right.
fn another_time(target: &Target, wrong: Option<&Wrong>) -> Markup {
    let wrong = wrong.filter(|wrong| wrong.choice == Choice::AnotherTime);
    let id = format!("at-{}", target.id);
    html! {
        details.fold id={ "when-" (target.id) } open[wrong.is_some()] {
            summary.btn.s[target.in_list()] { "Another time" (about(target)) }
            form.field.along method="post" action=(action(target)) data-busy="Storing" {
                (hidden(target, Choice::AnotherTime))
                label for=(id) { "Goes out at" (about(target)) }
                input id=(id) type="datetime-local" name="detail" required value=(wrong.map_or(target.suggested, |wrong| wrong.detail))
                    aria-describedby=[wrong.map(|_| "decision-problem")] aria-invalid=[wrong.map(|_| "true")];
                button.btn { "Set this time" }
            }
        }
    }
}

/// The way past the brake alone, on the first page. Whoever may not decide is told so when they press it.
pub(super) fn let_out_of(id: DispatchId, state: &State, about: &str) -> Markup {
    let target =
        Target { id, state, choices: &[Choice::LetOut], look: None, suggested: "", about, list: Some("today"), beside: false, version: 0 };
    html! { div.decide { div.do { (let_out(&target, None)) } } }
}

/// Past the brake: behind a fold that asks why.
fn let_out(target: &Target, wrong: Option<&Wrong>) -> Markup {
    let wrong = wrong.filter(|wrong| wrong.choice == Choice::LetOut);
    let id = format!("why-{}", target.id);
    html! {
        details.fold id={ "out-" (target.id) } open[wrong.is_some()] {
            summary.btn.s[target.in_list()] { "Let this one out" (about(target)) }
            form.field.along method="post" action=(action(target)) data-busy="Storing" {
                (hidden(target, Choice::LetOut))
                label for=(id) { "Why it can’t wait" (about(target)) }
                input id=(id) type="text" name="detail" required maxlength="280" autocomplete="off" value=[wrong.map(|wrong| wrong.detail)]
                    aria-describedby=[wrong.map(|_| "decision-problem")] aria-invalid=[wrong.map(|_| "true")];
                button.btn { "Let it out" }
            }
        }
    }
}

fn it_is_there(target: &Target, wrong: Option<&Wrong>) -> Markup {
    let wrong = wrong.filter(|wrong| wrong.choice == Choice::ItIsThere);
    let id = format!("link-{}", target.id);
    html! {
        @if let Some(look) = target.look {
            p { a.btn.s[target.in_list()] href=(look) target="_blank" rel="noopener noreferrer" { "Look on the network" (about(target)) } }
        }
        form.field.along method="post" action=(action(target)) data-busy="Storing" {
            (hidden(target, Choice::ItIsThere))
            label for=(id) { "It is there, at this address" (about(target)) }
            input id=(id) type="url" name="detail" required placeholder="https://" autocomplete="off" value=[wrong.map(|wrong| wrong.detail)]
                aria-describedby=[wrong.map(|_| "decision-problem")] aria-invalid=[wrong.map(|_| "true")];
            button.btn.hand[!target.in_list()] { "It is there" }
        }
    }
}

fn hidden(target: &Target, choice: Choice) -> Markup {
    html! {
        input type="hidden" name="choice" value=(value(choice));
        @if let Some(list) = target.list.or(target.beside.then_some("week")) { input type="hidden" name="from" value=(list); }
    }
}

fn about(target: &Target) -> Markup {
    html! { @if target.in_list() { span.vh { ": " (target.about) } } }
}

fn action(target: &Target) -> String {
    format!("/plan/{}/decision", target.id)
}

fn value(choice: Choice) -> &'static str {
    match choice {
        Choice::SendNow => "send_now",
        Choice::AnotherTime => "another_time",
        Choice::Cancel => "cancel",
        Choice::ItIsThere => "it_is_there",
        Choice::LetOut => "let_out",
        Choice::Yes => "yes",
        Choice::Hold => "hold",
        Choice::LetGo => "let_go",
    }
}

fn label(choice: Choice, state: &State) -> &'static str {
    match (choice, state) {
        (Choice::SendNow, State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. }) => "It is not there: send it again",
        (Choice::SendNow, State::Held { why: Hold::ByHand, .. }) => "Send it now",
        (Choice::SendNow, State::NeedsPerson { .. } | State::Failed { .. } | State::Held { .. }) => "Try again now",
        (Choice::SendNow, _) => "Send it now",
        (Choice::AnotherTime, _) => "Another time",
        (Choice::Cancel, State::NeedsPerson { why: NeedsPerson::Unconfirmed, .. }) => "Leave it as it is",
        (Choice::Cancel, State::Missed { .. } | State::NeedsPerson { .. } | State::Failed { .. }) => "Let it go",
        (Choice::Cancel, _) => "Call it off",
        (Choice::ItIsThere, _) => "It is there",
        (Choice::LetOut, _) => "Let this one out",
        (Choice::Yes, _) => "Yes, as it is",
        (Choice::Hold, _) => "Hold it back",
        (Choice::LetGo, _) => "Let it go out",
    }
}
