//! Connecting a channel: which network, the way to its page, and the look at who came back.

use std::collections::BTreeMap;

use kith_engine::views::SignInField;
use kith_engine::{ConsentCard, FieldsCard, Offered, SentAway};
use maud::{Markup, html};

use super::part::{problem, stamp};
use super::{Shell, icon, page};

/// What was typed on the page, and what is wrong with it.
#[derive(Default)]
pub(crate) struct ConnectTyped<'a> {
    /// Which form, by its network and whether it is the one with a token.
    pub form: &'a str,
    /// What stood in it, but for secrets.
    pub typed: BTreeMap<String, String>,
    /// The field that is wrong, and why.
    pub wrong: Option<(&'a str, &'a str)>,
}

/// The choice of networks. `practice` is the address of the practice network, where there is one.
pub(crate) fn connect(
    shell: &Shell,
    consents: &[ConsentCard],
    fields: &[FieldsCard],
    practice: Option<&str>,
    form: &ConnectTyped,
) -> Markup {
    page::page(
        shell,
        &html! {
            main.page #main {
                a.up href="/settings" { (icon::left()) "Settings" }
                h1 { "Connect a channel" }
                @if form.form.is_empty() && let Some((_, why)) = form.wrong { (problem("connect-problem", why)) }
                @if let Some(practice) = practice { (practice_card(practice)) }
                @for card in consents {
                    section.card aria-labelledby={ "by-" (card.network) } {
                        header { (stamp(&card.stamp)) h2.t id={ "by-" (card.network) } { (card.stamp.name) } }
                        div.body {
                            p { (card.about) }
                            @if form.form == card.network && let Some((_, why)) = form.wrong { (problem(&format!("wrong-{}", card.network), why)) }
                            form.fields method="post" action={ "/settings/connect/" (card.network) } data-busy="Asking the server" {
                                (one_field(&card.network, &card.field, form))
                                p.dim { "You go to your server’s own page and say yes there. Kith never sees your password." }
                                div { button.btn.hand { "Go to the server" } }
                            }
                            @if let Some(other) = fields.iter().find(|other| other.network == card.network) { (by_fields(other, &card.other_way, form)) }
                        }
                    }
                }
                @for card in fields.iter().filter(|card| consents.iter().all(|consent| consent.network != card.network)) {
                    section.card aria-labelledby={ "by-" (card.network) } {
                        header { (stamp(&card.stamp)) h2.t id={ "by-" (card.network) } { (card.stamp.name) } }
                        div.body { p { (card.about) } (fields_form(card, form)) }
                    }
                }
            }
        },
    )
}

pub(super) fn practice_card(practice: &str) -> Markup {
    html! {
        section.card aria-labelledby="by-practice" {
            header { h2.t #by-practice { "The practice network" } span.dim { "no account needed" } }
            div.body {
                p { "A small network on this machine, with people who read, answer and ask. Nothing leaves the machine." }
                form method="post" action="/settings/connect/practice" data-busy="Going there" {
                    input type="hidden" name="server" value=(practice);
                    button.btn { "Try it on the practice network" }
                }
            }
        }
    }
}

/// The other way in, folded: a token or a password for apps.
fn by_fields(card: &FieldsCard, other_way: &str, form: &ConnectTyped) -> Markup {
    let open = form.form == format!("{}-fields", card.network);
    html! {
        details.fold open[open] {
            summary { (other_way) }
            (fields_form(card, form))
        }
    }
}

pub(super) fn fields_form(card: &FieldsCard, form: &ConnectTyped) -> Markup {
    let name = format!("{}-fields", card.network);
    html! {
        @if form.form == name && let Some((_, why)) = form.wrong { (problem(&format!("wrong-{name}"), why)) }
        form.fields method="post" action={ "/settings/connect/" (card.network) "/fields" } data-busy="Asking the network" {
            @for field in &card.fields { (one_field(&name, field, form)) }
            div { button.btn { "Connect " (card.stamp.name) } }
        }
    }
}

fn one_field(name: &str, field: &SignInField, form: &ConnectTyped) -> Markup {
    let (id, hint) = (format!("{name}-{}", field.name), format!("{name}-{}-hint", field.name));
    let here = form.form == name;
    let is_wrong = here && form.wrong.is_some_and(|(wrong, _)| wrong == field.name);
    let value = if field.secret || !here { "" } else { form.typed.get(&field.name).map_or("", String::as_str) };
    html! {
        div.field {
            label for=(id) { (field.label) }
            input id=(id) type=(if field.secret { "password" } else { "text" }) name=(field.name) value=(value) required[!field.optional] autocomplete="off"
                autocapitalize="off" spellcheck="false"
                aria-describedby={ (hint) @if is_wrong { " wrong-" (name) } } aria-invalid=[is_wrong.then_some("true")];
            small id=(hint) { (field.hint) }
        }
    }
}

/// On the way to the server's page. A form's answer may not lead elsewhere, so a page does.
pub(crate) fn sent_away(away: &SentAway) -> Markup {
    page::bare_to(
        "On the way",
        &away.go_to,
        &html! {
            h1 { "To " (away.host) }
            p { "Your server asks you there whether Kith may come in. You are sent back here afterwards." }
            a.btn.hand href=(away.go_to) rel="noreferrer" { "Go to " (away.host) }
            a.btn href="/settings/connect" { "Not now" }
        },
    )
}

/// Who came back, before anything is kept.
pub(crate) fn offered(shell: &Shell, offered: &Offered, name: Option<&str>, wrong: Option<&str>) -> Markup {
    page::page(
        shell,
        &html! {
            main.page #main {
                a.up href="/settings/connect" { (icon::left()) "Connect a channel" }
                h1 { "Is this the one?" }
                section.card aria-labelledby="who" {
                    header { (stamp(&offered.stamp)) h2.t #who { (offered.address) } }
                    div.body {
                        p { b { (offered.display_name) } " on " (offered.host) " becomes a channel of " b { (shell.workspace) } ". Nothing is kept before you press." }
                        @if let Some(why) = wrong { (problem("offer-problem", why)) }
                        @if let Some(known) = &offered.known { p { "It is connected already, as " b { (known) } ": it gets its new sign-in, and what was held goes on." } }
                        form.fields method="post" action="/settings/connect/keep" data-busy="Connecting" {
                            input type="hidden" name="key" value=(offered.key);
                            @if offered.known.is_none() {
                                div.field {
                                    label for="name" { "Name in Kith" }
                                    input #name name="name" value=(name.unwrap_or(&offered.name)) required maxlength="60" autocomplete="off" aria-describedby="name-hint";
                                    small #name-hint { "As you call it to yourself, such as lark or studio. No commas." }
                                }
                            }
                            div.does { button.btn.hand { "Connect it" } a.btn.quiet href="/settings/connect" { "No, another one" } }
                        }
                    }
                }
            }
        },
    )
}
