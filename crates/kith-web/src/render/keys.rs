//! Keys for programs: made, shown once, ended. None of them converses.

use kith_engine::{KeyLine, NewKey};
use maud::{Markup, html};

use super::part::{nothing, problem};
use super::settings_frame::{SettingsAt, frame};
use super::{Shell, icon};

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(crate) struct KeyTyped<'a> {
    /// The name.
    pub name: &'a str,
    /// The field that is wrong, and why.
    pub wrong: Option<(&'a str, &'a str)>,
    /// The key that was just made.
    pub made: Option<&'a NewKey>,
}

/// The whole page.
pub(crate) fn keys(shell: &Shell, keys: &[KeyLine], typed: &KeyTyped, told: Option<&str>) -> Markup {
    frame(
        shell,
        SettingsAt::Keys,
        told,
        &html! {
            @if let Some(key) = typed.made {
                section.card.fresh aria-labelledby="fresh" {
                    header { h2.t #fresh { "The key " (key.name) } }
                    div.body {
                        p { "Copy it now; it is not shown again. Whoever has it can do in your name what it allows." }
                        p.secret { code #secret { (key.key) } }
                        button.btn.s data-copy="#secret" hidden { "Copy the key" }
                    }
                }
            }
            section.card aria-labelledby="ks" {
                header { h2.t #ks { "Keys for programs" } span.dim { "scripts and assistants’ tools" } }
                @if keys.is_empty() {
                    (nothing("No program has a key.", "A key lets a script read or plan through the API. No key can answer, message, follow or like."))
                } @else {
                    ul.chan {
                        @for key in keys {
                            li {
                                span.net aria-hidden="true" { (icon::clock()) }
                                div {
                                    b { (key.name) }
                                    small { @if key.scope == "plan" { "Reads and plans" } @else { "Reads" } }
                                    small { "Ends " (day(&key.expires_at)) @if let Some(used) = &key.last_used_at { ", last used " (day(used)) } @else { ", not used yet" } }
                                }
                                form method="post" action={ "/settings/keys/" (key.id) "/end" } { button.btn.s.quiet { "End it" span.vh { ": " (key.name) } } }
                            }
                        }
                    }
                }
            }
            section.card aria-labelledby="kn" {
                header { h2.t #kn { "Make a key" } }
                div.body {
                    @if let Some((_, why)) = typed.wrong { (problem("key-problem", why)) }
                    form.fields method="post" action="/settings/keys" data-busy="Making it" {
                        div.field {
                            label for="key-name" { "Name" }
                            input #key-name name="name" value=(typed.name) required maxlength="60" autocomplete="off" aria-describedby="key-hint"
                                aria-invalid=[typed.wrong.is_some_and(|(field, _)| field == "name").then_some("true")];
                            small #key-hint { "What it is for. It stands beside everything that is planned with it." }
                        }
                        fieldset.ticks {
                            legend { "It may" }
                            label.tick { input type="radio" name="scope" value="read" checked; span { b { "read" } small { " what is planned and what went out" } } }
                            label.tick { input type="radio" name="scope" value="plan"; span { b { "read and plan" } small { " drafts and posts, which still need what your rules ask" } } }
                        }
                        div.field {
                            label for="key-days" { "Days until it ends" }
                            input #key-days type="number" name="days" min="1" max="365" value="90" required;
                        }
                        div { button.btn.hand { "Make the key" } }
                    }
                }
            }
        },
    )
}

fn day(at: &jiff::Timestamp) -> Markup {
    let text = at.to_string();
    html! { time datetime=(text) { (text.get(..10).unwrap_or(&text)) } }
}
