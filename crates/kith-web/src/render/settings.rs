//! Settings: how the channels fare and what to do, signing one in again, and the way out.

use std::collections::BTreeMap;

use kith_domain::converse::{BRAKE_HOURS_MAX, BRAKE_HOURS_MIN, BRAKE_OWED_MAX};
use kith_domain::mandate::Deed;
use kith_engine::views::{BrakeView, ChannelRow, SignInField, SignInForm};
use maud::{Markup, html};

use super::part::{nothing, problem, stamp};
use super::settings_frame::{SettingsAt, frame};
use super::{Shell, icon, page, waiting};

/// The whole page.
pub(crate) fn settings(shell: &Shell, channels: &[ChannelRow], brake: &BrakeForm, told: Option<&str>) -> Markup {
    frame(
        shell,
        SettingsAt::Channels,
        told,
        &html! {
            div.plan-days #live data-live="/settings?fragment=live" data-on="channels" { (settings_live(channels)) }
            @if shell.role.may(Deed::Administer).is_ok() { p { a.btn.hand href="/settings/connect" { "Connect a channel" } } }
            (brake_card(shell, brake))
            section.card aria-labelledby="yo" {
                header { h2.t #yo { "You" } }
                div.account {
                    span.av.l aria-hidden="true" { (page::initials(shell.name)) }
                    div { b { (shell.name) } small { (shell.workspace) } small { (page::role(shell.role)) } }
                    form method="post" action="/sign-out" { button.btn { "Sign out" } }
                }
            }
        },
    )
}

/// The brake's rule as it is to be shown.
pub(crate) struct BrakeForm<'a> {
    /// The brake.
    pub view: &'a BrakeView,
    /// What was typed and could not be kept: hours, people.
    pub typed: Option<(&'a str, &'a str)>,
    /// The field that is wrong, and why.
    pub wrong: Option<(&'a str, &'a str)>,
    /// Whether it was just stored.
    pub stored: bool,
}

/// The rule after which posts are held.
fn brake_card(shell: &Shell, form: &BrakeForm) -> Markup {
    let rule = form.view.rule;
    let (hours, owed) = form.typed.map_or_else(
        || (rule.hours.to_string(), rule.owed.map(|owed| owed.to_string()).unwrap_or_default()),
        |(hours, owed)| (hours.to_owned(), owed.to_owned()),
    );
    let wrong = |field: &str| form.wrong.is_some_and(|(name, _)| name == field).then_some("true");
    html! {
        section.card #brake aria-labelledby="br" {
            header { h2.t #br { "The brake" } (waiting::pill(form.view)) }
            div.body {
                @if form.stored { p.notice role="status" { (icon::check()) span { "Stored. It counts from now on." } } }
                @if let Some((_, why)) = form.wrong { (problem("brake-problem", why)) }
                p { "When somebody has waited longer than this for an answer, planned posts are held until they have heard from you. \
                     Nothing held is lost: it goes out after your answer, and what is too late by then asks you first." }
                @if shell.role.may(Deed::Administer).is_ok() {
                    form.fields method="post" action="/settings/brake" data-busy="Storing" {
                        input type="hidden" name="version" value=(form.view.version);
                        div.field {
                            label for="brake-hours" { "Hours somebody may wait" }
                            input id="brake-hours" type="number" name="hours" min=(BRAKE_HOURS_MIN) max=(BRAKE_HOURS_MAX) required value=(hours)
                                aria-describedby="brake-hours-hint" aria-invalid=[wrong("hours")];
                            small #brake-hours-hint { "From " (BRAKE_HOURS_MIN) " to " (BRAKE_HOURS_MAX) ", which is a week. It can’t be switched off." }
                        }
                        div.field {
                            label for="brake-owed" { "People who may wait at once" }
                            input id="brake-owed" type="number" name="owed" min="1" max=(BRAKE_OWED_MAX) value=(owed)
                                aria-describedby="brake-owed-hint" aria-invalid=[wrong("owed")];
                            small #brake-owed-hint { "As many as this hold the posts too. Empty: their number does not matter." }
                        }
                        label.tick { input type="checkbox" name="only_presence" value="yes" checked[rule.only_presence]; span { "Only the hours in which I’m here count" } }
                        div { button.btn { "Store the rule" } }
                    }
                } @else {
                    p { "Somebody may wait " (rule.hours) " hours here" @if let Some(owed) = rule.owed { ", and fewer than " (owed) " people at once" } ". The owner can change that." }
                }
            }
        }
    }
}

/// What is inside its live part: the channels.
pub(crate) fn settings_live(channels: &[ChannelRow]) -> Markup {
    html! {
        section.card aria-labelledby="ch" {
            header { h2.t #ch { "Channels" } span.dim { "the profiles Kith writes and listens on" } }
            @if channels.is_empty() {
                (nothing("No channel is connected.", "Posts go out on a channel, and what people write comes in by it."))
            } @else {
                ul.chan { @for channel in channels { (line(channel)) } }
            }
        }
    }
}

/// Signing a channel in again. `typed` stays in its fields, but for secrets; `wrong` is a field's name and why.
pub(crate) fn sign_in_again(
    shell: &Shell,
    form: &SignInForm,
    by_page: bool,
    typed: &BTreeMap<String, String>,
    wrong: Option<&(String, String)>,
) -> Markup {
    let channel = &form.channel;
    page::page(
        shell,
        &html! {
            main.page #main {
                a.up href="/settings" { (icon::left()) "Settings" }
                h1 { "Sign " (channel.name) " in again" }
                section.card aria-labelledby="si" {
                    header { h2.t #si { (channel.stamp.name) ", " (channel.address) } }
                    div.body {
                        @if !channel.detail.is_empty() { p { (channel.detail) } }
                        p { "What is held goes out by itself after that. What is too late by then asks you first." }
                        @if let Some((_, why)) = wrong { (problem("sign-in-problem", why)) }
                        @if by_page {
                            form method="post" action={ "/settings/channels/" (channel.id) "/again" } data-busy="Asking the server" {
                                button.btn.hand { "Sign in on " (channel.server.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/')) }
                            }
                            p.dim { "Or with an access token:" }
                        }
                        form.fields method="post" action={ "/settings/channels/" (channel.id) } data-busy="Asking the network" {
                            @for field in &form.fields { (sign_in_field(field, typed.get(&field.name), wrong)) }
                            div { button.btn.hand[!by_page] { "Sign in again" } }
                        }
                    }
                }
            }
        },
    )
}

fn sign_in_field(field: &SignInField, typed: Option<&String>, wrong: Option<&(String, String)>) -> Markup {
    let (id, hint) = (format!("field-{}", field.name), format!("hint-{}", field.name));
    let is_wrong = wrong.is_some_and(|(name, _)| *name == field.name);
    let value = if field.secret { "" } else { typed.unwrap_or(&field.value) };
    html! {
        div.field {
            label for=(id) { (field.label) }
            input id=(id) type=(if field.secret { "password" } else { "text" }) name=(field.name) value=(value) required[!field.optional] autocomplete="off"
                aria-describedby={ (hint) @if is_wrong { " sign-in-problem" } } aria-invalid=[is_wrong.then_some("true")];
            small id=(hint) { (field.hint) }
        }
    }
}

/// A channel with its state and, where something is wrong, the way out.
pub(super) fn line(channel: &ChannelRow) -> Markup {
    let (class, drawing, words, way_out) = match channel.state.as_str() {
        "ok" => ("ok", icon::check(), "Connected", None),
        "sign_in_again" => {
            ("wait", icon::alert(), "Sign in again", Some("Nothing goes out on it until then, and people may write unseen."))
        }
        "paused" => ("calm", icon::pause(), "Paused", Some("What is planned on it is held.")),
        "removed" => ("calm", icon::cross(), "Disconnected", None),
        other => ("calm", icon::alert(), other, None),
    };
    html! {
        li {
            (stamp(&channel.stamp))
            div { b { (channel.name) } small { (channel.address) } small { (channel.stamp.name) " on " (channel.server) } }
            span class={ "pill " (class) } { (drawing) (words) }
            @if !channel.detail.is_empty() { p { (channel.detail) } }
            @if let Some(way_out) = way_out { p { (way_out) } }
            @if let Some((verb, words)) = rest_verb(&channel.state) {
                form method="post" action={ "/settings/channels/" (channel.id) "/" (verb) } { button.btn.s.quiet { (words) span.vh { ": " (channel.name) } } }
            }
            @if channel.state == "sign_in_again" { p { a.btn.s href={ "/settings/channels/" (channel.id) } { "Sign in again" span.vh { ": " (channel.name) } } } }
        }
    }
}

/// What a person can do about a channel's rest: the address's last part, and the button's words.
fn rest_verb(state: &str) -> Option<(&'static str, &'static str)> {
    match state {
        "ok" => Some(("pause", "Pause")),
        "paused" => Some(("resume", "Let it go on")),
        _ => None,
    }
}
