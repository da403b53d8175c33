//! The settings in every state: what a network asks for, who helps, where one is signed in, what one is called for.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::connect::{ConnectTyped, fields_form, practice_card};
use super::super::you::{YouView, sessions};
use super::super::{Asked, calls, people_who_help, sample};
use super::{apart, shelf};

/// The shelves.
pub(super) fn shelves() -> Markup {
    let wrong = ConnectTyped {
        form: "sample-fields",
        typed: BTreeMap::from([("server".to_owned(), "clay".to_owned())]),
        wrong: Some(("token", "the server does not know this token")),
    };
    let blank = ConnectTyped { form: "", typed: BTreeMap::new(), wrong: None };
    let signed_in = sample::sessions();
    let you = YouView {
        email: "ana@lark.example",
        has_password: true,
        passkeys: &[],
        origin: None,
        sessions: &signed_in,
        spaces: &[],
        wrong: None,
    };
    html! {
        (shelf("Connecting: the practice network, what a network asks for, what it refused", &html! {
            (apart("practice", &practice_card("https://practice.example")))
            div.card.pad { (apart("blank", &fields_form(&sample::fields(), &blank))) }
            div.card.pad { (apart("refused", &fields_form(&sample::fields(), &wrong))) }
        }))
        (shelf("People who help, as the owner and as a delegate sees them", &html! {
            div.card { ul.chan { @for member in &sample::members() { (people_who_help::line(member, true)) } } }
            div.card { ul.chan { @for member in &sample::members() { (people_who_help::line(member, false)) } } }
        }))
        (shelf("Where one is signed in", &apart("you", &sessions(&you, None))))
        (shelf("What one is called for", &apart("calls", &calls::wishes(&sample::calls(), &Asked::default()))))
    }
}
