//! Everything by name: a dialog with every place and every thing one may do here, filtered as one types.
//!
//! It is markup of the page; the script opens and filters it. To add an entry, add a line to `DOINGS`.

use kith_domain::mandate::{Deed, Role};
use maud::{Markup, html};

use super::{Here, Shell};

/// Name, address, key and what is needed to do it.
const DOINGS: [(&str, &str, &str, Deed); 16] = [
    ("Write a post", "/write", "C", Deed::Plan),
    ("Answer whoever waits longest", "/begin", "", Deed::Converse),
    ("Search conversations", "/inbox?show=all", "", Deed::Read),
    ("A plan from a file", "/plan/file", "", Deed::Plan),
    ("The week", "/plan?view=week", "", Deed::Read),
    ("What needs you", "/plan?show=needs-you", "", Deed::Read),
    ("Queue", "/plan/queue", "", Deed::Read),
    ("Series", "/plan/series/all", "", Deed::Read),
    ("Events", "/plan/events/all", "", Deed::Read),
    ("Followed blogs", "/plan/feeds", "", Deed::Read),
    ("New followers", "/people/followers", "", Deed::Read),
    ("Promises", "/people?show=promises", "", Deed::Read),
    ("Networks and their health", "/settings#networks", "", Deed::Read),
    ("The brake", "/settings#brake", "", Deed::Read),
    ("Limits of each channel", "/settings/limits", "", Deed::Read),
    ("People who help", "/settings#people", "", Deed::Administer),
];

/// The dialog; closed until the script opens it.
pub(super) fn palette(shell: &Shell, places: &[(Here, &str, &str, &str)]) -> Markup {
    html! {
        dialog #palette aria-label="Go anywhere" {
            form method="dialog" {
                label.vh for="palette-find" { "Where to, or what to do" }
                input #palette-find type="text" autocomplete="off" spellcheck="false" placeholder="Where to, or what to do"
                    role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list";
            }
            ul #palette-list role="listbox" aria-label="Found" {
                @for (_, name, address, key) in places { (entry(name, address, &format!("G {}", key.to_uppercase()))) }
                @for (name, address, key, _) in DOINGS.iter().filter(|one| may(shell.role, one.3)) { (entry(name, address, key)) }
            }
            p.none #palette-none hidden { "Nothing by that name. Enter looks for it in your conversations." }
        }
    }
}

fn entry(name: &str, address: &str, key: &str) -> Markup {
    html! { li role="option" aria-selected="false" data-href=(address) { span { (name) } @if !key.is_empty() { kbd { (key) } } } }
}

fn may(role: Role, deed: Deed) -> bool {
    role.may(deed).is_ok()
}
