//! People who help: who is here with which part, who is asked, and the page of an invitation.

use kith_domain::mandate::{Deed, Role};
use kith_engine::{InvitationView, MemberLine, NewHelp, PeopleView, Takes};
use maud::{Markup, html};

use super::part::{problem, query_value};
use super::settings_frame::{SettingsAt, frame, role_words};
use super::{Shell, page};

/// What was typed into the invitation, and what is wrong with it.
#[derive(Default)]
pub(crate) struct InviteTyped<'a> {
    /// The name.
    pub name: &'a str,
    /// The address.
    pub email: &'a str,
    /// The part.
    pub role: &'a str,
    /// The field that is wrong, and why.
    pub wrong: Option<(&'a str, &'a str)>,
    /// The invitation that was just made.
    pub made: Option<&'a NewHelp>,
}

/// The whole page.
pub(crate) fn people_who_help(shell: &Shell, view: &PeopleView, typed: &InviteTyped, told: Option<&str>) -> Markup {
    let is_owner = shell.role.may(Deed::Administer).is_ok();
    frame(
        shell,
        SettingsAt::People,
        told,
        &html! {
            @if let Some(help) = typed.made { (made(help)) }
            section.card aria-labelledby="here" {
                header { h2.t #here { "Who is here" } span.dim { "only an owner answers people" } }
                @if typed.wrong.is_some_and(|(field, _)| field == "list") && let Some((_, why)) = typed.wrong { div.body { (problem("list-problem", why)) } }
                ul.chan { @for member in &view.members { (line(member, is_owner)) } }
            }
            @if is_owner {
                @if !view.invitations.is_empty() {
                    section.card aria-labelledby="asked" {
                        header { h2.t #asked { "Asked to come" } }
                        ul.chan {
                            @for open in &view.invitations {
                                li {
                                    span.av.s aria-hidden="true" { (page::initials(&open.name)) }
                                    div { b { (open.name) } small { (open.email) } small { (role_words(open.role).0) ", link works until " time datetime=(open.until.iso) { (open.until.day_short) } } }
                                    form method="post" action={ "/settings/invitations/" (open.id) "/end" } { button.btn.s.quiet { "Take back" span.vh { ": " (open.name) } } }
                                }
                            }
                        }
                    }
                }
                (invite(typed))
            }
        },
    )
}

fn made(help: &NewHelp) -> Markup {
    html! {
        section.card.fresh aria-labelledby="link" {
            header { h2.t #link { "Give " (help.name) " this link" } }
            div.body {
                p { "It works once, for a week, and only for " (help.email) ". It is not shown again." }
                p.secret { code #secret { (help.link) } }
                button.btn.s data-copy="#secret" hidden { "Copy the link" }
            }
        }
    }
}

pub(super) fn line(member: &MemberLine, is_owner: bool) -> Markup {
    let (name, means) = role_words(member.role);
    html! {
        li {
            span.av.s aria-hidden="true" { (page::initials(&member.name)) }
            div {
                b { (member.name) @if member.is_me { " (you)" } }
                small { (member.email) }
                small { (name) ": " (means) }
            }
            span.pill.calm { (name) }
            @if is_owner {
                div.does {
                    form.along method="post" action={ "/settings/people/" (member.id) "/part" } {
                        label.vh for={ "part-" (member.id) } { "Part of " (member.name) }
                        (roles(&format!("part-{}", member.id), member.role.as_str()))
                        button.btn.s { "Change" span.vh { " the part of " (member.name) } }
                    }
                    form method="post" action={ "/settings/people/" (member.id) "/end" } {
                        button.btn.s.quiet { @if member.is_me { "Leave" } @else { "Let go" } span.vh { ": " (member.name) } }
                    }
                }
            }
        }
    }
}

fn roles(id: &str, chosen: &str) -> Markup {
    html! {
        select id=(id) name="role" {
            @for role in Role::ALL { option value=(role.as_str()) selected[role.as_str() == chosen] { (role_words(role).0) } }
        }
    }
}

fn invite(typed: &InviteTyped) -> Markup {
    let wrong = |field: &str| typed.wrong.is_some_and(|(name, _)| name == field).then_some("true");
    html! {
        section.card aria-labelledby="ask" {
            header { h2.t #ask { "Ask somebody to help" } }
            div.body {
                @if let Some((field, why)) = typed.wrong && field != "list" { (problem("invite-problem", why)) }
                form.fields method="post" action="/settings/people/invite" data-busy="Making the link" {
                    div.field {
                        label for="invite-name" { "Name" }
                        input #invite-name name="name" value=(typed.name) required maxlength="100" autocomplete="off" aria-invalid=[wrong("name")];
                    }
                    div.field {
                        label for="invite-email" { "E-mail address" }
                        input #invite-email type="email" name="email" value=(typed.email) required autocomplete="off" aria-describedby="invite-hint" aria-invalid=[wrong("email")];
                        small #invite-hint { "They sign in with it. Kith sends no mail: you get a link to give them." }
                    }
                    fieldset.ticks {
                        legend { "Part" }
                        @for role in [Role::Delegate, Role::Approver, Role::Analyst, Role::Owner] {
                            label.tick {
                                input type="radio" name="role" value=(role.as_str()) checked[typed.role == role.as_str() || (typed.role.is_empty() && role == Role::Delegate)];
                                span { b { (role_words(role).0) } small { " " (role_words(role).1) } }
                            }
                        }
                    }
                    div { button.btn.hand { "Make the link" } }
                }
            }
        }
    }
}

/// The page of an invitation.
pub(crate) fn join(view: &InvitationView, secret: &str, name: Option<&str>, wrong: Option<&str>) -> Markup {
    let (part, means) = role_words(view.role);
    let address = format!("/join/{}", query_value(secret));
    page::bare(
        "Invitation",
        &html! {
            h1 { (view.invited_by) " asks you to help" }
            p { "In " b { (view.workspace) } ", as " b { (part) } ": " (means) "." }
            @if let Some(text) = wrong { (problem("problem", text)) }
            @match view.takes {
                Takes::Password => {
                    form method="post" action=(address) data-busy="Joining" {
                        input type="hidden" name="email" value=(view.email) autocomplete="username";
                        div.field {
                            label for="name" { "Your name" }
                            input #name name="name" value=(name.unwrap_or(&view.name)) required maxlength="100" autocomplete="name";
                        }
                        div.field {
                            label for="password" { "Password" }
                            input #password type="password" name="password" required minlength="12" autocomplete="new-password" aria-describedby="rule";
                            small #rule { "At least 12 characters. A sentence is good. You sign in with " (view.email) "." }
                        }
                        button.btn.hand { "Join" }
                    }
                }
                Takes::Press => { form method="post" action=(address) data-busy="Joining" { button.btn.hand { "Join" } } }
                Takes::SignIn => {
                    p { (view.email) " has a way in already." }
                    a.btn.hand href={ "/sign-in?next=" (query_value(&address)) } { "Sign in, then join" }
                }
                Takes::SignOut => {
                    p { "This is for " (view.email) ", and somebody else is signed in here." }
                    form method="post" action="/sign-out" { input type="hidden" name="next" value=(address); button.btn.hand { "Sign out" } }
                }
            }
        },
    )
}
