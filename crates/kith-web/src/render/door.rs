//! Pages for those who are not inside: signing in, the first link, what went wrong.

use kith_engine::LinkView;
use maud::{Markup, html};

use super::{page, part, you};

/// Signing in. `next` is where they wanted to go.
/// `passkeys` is the address at which browsers show passkeys for this Kith.
pub(crate) fn sign_in(email: &str, next: &str, problem: Option<&str>, passkeys: Option<&str>) -> Markup {
    page::bare(
        "Sign in",
        &html! {
            h1 { "Sign in" }
            @if let Some(text) = problem { (part::problem("problem", text)) }
            form method="post" action="/sign-in" data-busy="Signing in" {
                input type="hidden" name="next" value=(next);
                div.field {
                    label for="email" { "E-mail address" }
                    input #email type="email" name="email" value=(email) required autocomplete="username" autofocus[email.is_empty()]
                        aria-describedby=[problem.map(|_| "problem")];
                }
                div.field {
                    label for="password" { "Password" }
                    input #password type="password" name="password" required autocomplete="current-password" autofocus[!email.is_empty()]
                        aria-describedby=[problem.map(|_| "problem")];
                }
                button.btn.hand { "Sign in" }
            }
            @if let Some(origin) = passkeys {
                form.passkey method="post" action="/sign-in/passkey" data-passkey="show" data-ask="/sign-in/passkey/ask" data-origin=(origin) {
                    @for name in ["key", "credential", "client_data", "data", "signature"] { input type="hidden" name=(name); }
                    input type="hidden" name="next" value=(next);
                    p.problem role="alert" hidden data-said {}
                    button.btn hidden { "Sign in with a passkey" }
                }
            }
        },
    )
}

/// The page of a one-time link. Looking at it uses nothing up; pressing the button does.
/// `passkeys` is the address at which browsers make passkeys for this Kith.
pub(crate) fn welcome(link: &LinkView, secret: &str, problem: Option<&str>, passkeys: Option<&str>) -> Markup {
    page::bare(
        "Welcome",
        &html! {
            h1 { "Welcome, " (link.name) "." }
            @if link.wants_password {
                p { "Choose a password. You sign in with it and " (link.email) "." }
            } @else {
                p { "Kith keeps the plan going out and the people in view. You come in as " (link.email) "." }
            }
            @if let Some(text) = problem { (part::problem("problem", text)) }
            form method="post" action={ "/welcome/" (part::query_value(secret)) } data-busy="Opening" {
                @if link.wants_password {
                    input type="hidden" name="email" value=(link.email) autocomplete="username";
                    div.field {
                        label for="password" { "Password" }
                        input #password type="password" name="password" required minlength="12" autocomplete="new-password" autofocus
                            aria-describedby="rule";
                        small #rule { "At least 12 characters. A sentence is good." }
                    }
                }
                button.btn.hand { "Open Kith" }
            }
            @if let Some(origin) = passkeys.filter(|_| link.wants_password) {
                p.or { "or without a password" }
                @let address = format!("/welcome/{}/passkey", part::query_value(secret));
                (you::make(origin, &format!("{address}/ask"), &address, "Open Kith with a passkey"))
            }
        },
    )
}

/// What stands on a device without a network when nothing of the page was kept.
pub(crate) fn offline() -> Markup {
    page::bare(
        "No network",
        &html! {
            h1 { "No network" }
            p { "Kith can’t be reached from here. Posts that are planned go out all the same, and what you were writing is kept on this device." }
            a.btn.hand href="/" { "Try again" }
        },
    )
}

/// What went wrong, in words, with a way out. `status` is the answer's HTTP status.
pub(crate) fn error(status: u16, title: &str, text: &str) -> Markup {
    let sign_in = status == 401;
    page::bare(
        title,
        &html! {
            h1 { (title) }
            p { (text) }
            p.dim { "Answer " (status) }
            a.btn.hand href=(if sign_in { "/sign-in" } else { "/" }) { @if sign_in { "Sign in" } @else { "Go to Today" } }
        },
    )
}
