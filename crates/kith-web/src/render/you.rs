//! You: the ways in (password, passkeys), where you are signed in, and your workspaces.

use kith_engine::{PasskeyLine, SessionLine, SpaceLine};
use maud::{Markup, html};

use super::part::problem;
use super::settings_frame::{SettingsAt, frame};
use super::{Shell, icon, page};

/// Everything that the page shows.
pub(crate) struct YouView<'a> {
    /// The e-mail address.
    pub email: &'a str,
    /// Whether a password is set.
    pub has_password: bool,
    /// Passkeys.
    pub passkeys: &'a [PasskeyLine],
    /// Where browsers make passkeys for this Kith.
    pub origin: Option<&'a str>,
    /// Signed-in browsers.
    pub sessions: &'a [SessionLine],
    /// Workspaces.
    pub spaces: &'a [SpaceLine],
    /// Which card is wrong, and why.
    pub wrong: Option<(&'a str, &'a str)>,
}

/// The whole page.
pub(crate) fn you(shell: &Shell, view: &YouView, told: Option<&str>) -> Markup {
    let wrong = |card: &str| view.wrong.filter(|(at, _)| *at == card).map(|(_, why)| why);
    frame(
        shell,
        SettingsAt::You,
        told,
        &html! {
            section.card aria-labelledby="me" {
                header { h2.t #me { "You" } }
                div.account {
                    span.av.l aria-hidden="true" { (page::initials(shell.name)) }
                    div { b { (shell.name) } small { (view.email) } small { (page::role(shell.role)) } }
                    form method="post" action="/sign-out" { button.btn { "Sign out" } }
                }
                @if view.spaces.len() > 1 {
                    div.body {
                        form.along method="post" action="/settings/you/space" {
                            label for="space" { "Workspace shown in this browser" }
                            select #space name="space" { @for space in view.spaces { option value=(space.id) selected[space.is_this] { (space.name) } } }
                            button.btn { "Show" }
                        }
                    }
                }
            }
            (passkeys(view, wrong("passkeys")))
            (password(view, wrong("password")))
            (sessions(view, wrong("sessions")))
        },
    )
}

fn passkeys(view: &YouView, wrong: Option<&str>) -> Markup {
    html! {
        section.card #passkeys aria-labelledby="pk" {
            header { h2.t #pk { "Passkeys" } span.dim { "sign in with a finger, a face or a PIN" } }
            @if !view.passkeys.is_empty() {
                ul.chan {
                    @for key in view.passkeys {
                        li {
                            span.net aria-hidden="true" { (icon::check()) }
                            div {
                                b { (key.name) }
                                small { "Made " time datetime=(key.since.iso) { (key.since.day_short) } }
                                small { @if let Some(used) = &key.used { "Last used " time datetime=(used.iso) { (used.day_short) ", " (used.time) } } @else { "Not used yet" } }
                            }
                            form method="post" action={ "/settings/you/passkeys/" (key.id) "/end" } { button.btn.s.quiet { "Take away" span.vh { ": " (key.name) } } }
                            form.does.along method="post" action={ "/settings/you/passkeys/" (key.id) "/name" } {
                                label.vh for={ "name-" (key.id) } { "Another name for " (key.name) }
                                input id={ "name-" (key.id) } name="name" value=(key.name) maxlength="60" required autocomplete="off";
                                button.btn.s { "Rename" span.vh { " " (key.name) } }
                            }
                        }
                    }
                }
            }
            div.body {
                @if let Some(why) = wrong { (problem("passkeys-problem", why)) }
                @match view.origin {
                    Some(origin) => { (make(origin, "/settings/you/passkeys/ask", "/settings/you/passkeys", "Make a passkey")) }
                    None => { p.dim { "Browsers make passkeys only for an address with a name and https. This Kith has none." } }
                }
            }
        }
    }
}

/// The form by which a browser makes a passkey. Without a script it says what it needs.
pub(super) fn make(origin: &str, ask: &str, to: &str, words: &str) -> Markup {
    html! {
        form.passkey method="post" action=(to) data-passkey="make" data-ask=(ask) data-origin=(origin) {
            @for name in ["key", "client_data", "attestation"] { input type="hidden" name=(name); }
            div.field {
                label for="passkey-name" { "Name of the new passkey" }
                input #passkey-name name="name" maxlength="60" placeholder="My phone" autocomplete="off";
            }
            p.problem role="alert" hidden data-said {}
            button.btn hidden { (words) }
            p.dim data-without { "A passkey is made by your browser’s script, which does not run here." }
        }
    }
}

fn password(view: &YouView, wrong: Option<&str>) -> Markup {
    html! {
        section.card #password aria-labelledby="pw" {
            header { h2.t #pw { @if view.has_password { "Change your password" } @else { "Choose a password" } } }
            div.body {
                @if let Some(why) = wrong { (problem("password-problem", why)) }
                form.fields method="post" action="/settings/you/password" data-busy="Storing" {
                    input type="hidden" name="email" value=(view.email) autocomplete="username";
                    @if view.has_password {
                        div.field {
                            label for="old" { "Your password now" }
                            input #old type="password" name="old" required autocomplete="current-password";
                        }
                    }
                    div.field {
                        label for="new" { "New password" }
                        input #new type="password" name="new" required minlength="12" autocomplete="new-password" aria-describedby="new-hint";
                        small #new-hint { "At least 12 characters. Every other browser is signed out." }
                    }
                    div { button.btn { "Store the password" } }
                }
            }
        }
    }
}

pub(super) fn sessions(view: &YouView, wrong: Option<&str>) -> Markup {
    html! {
        section.card #sessions aria-labelledby="ss" {
            header { h2.t #ss { "Where you are signed in" } }
            @if let Some(why) = wrong { div.body { (problem("sessions-problem", why)) } }
            ul.chan {
                @for session in view.sessions {
                    li {
                        span.net aria-hidden="true" { (icon::clock()) }
                        div {
                            b { (session.device) @if session.is_this { " (this browser)" } }
                            small { "Since " time datetime=(session.since.iso) { (session.since.day_short) ", " (session.since.time) } }
                            small { @if session.is_this { "Here now" } @else { "Last seen " time datetime=(session.seen.iso) { (session.seen.day_short) ", " (session.seen.time) } } }
                        }
                        @if !session.is_this {
                            form method="post" action={ "/settings/you/sessions/" (session.id) "/end" } { button.btn.s.quiet { "Sign out" span.vh { ": " (session.device) } } }
                        }
                    }
                }
            }
            @if view.sessions.len() > 1 {
                div.body { form method="post" action="/settings/you/sessions/end-others" { button.btn { "Sign out everywhere else" } } }
            }
        }
    }
}
