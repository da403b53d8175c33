//! What all pages of Settings share: the heading, the way to the others, and what was done on the page before.

use kith_domain::mandate::{Deed, Role};
use maud::{Markup, html};

use super::{Shell, icon, page};

/// The pages of Settings, with their addresses; the last word says whether only an owner has use for it.
const PARTS: [(SettingsAt, &str, &str, bool); 7] = [
    (SettingsAt::Channels, "Channels and brake", "/settings", false),
    (SettingsAt::Limits, "Limits", "/settings/limits", false),
    (SettingsAt::People, "People who help", "/settings/people", false),
    (SettingsAt::You, "You", "/settings/you", false),
    (SettingsAt::Calls, "Calls", "/settings/calls", false),
    (SettingsAt::Keys, "Keys", "/settings/keys", true),
    (SettingsAt::Data, "Workspace and data", "/settings/data", true),
];

/// Where in Settings one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingsAt {
    /// Channels, the brake.
    Channels,
    /// What each channel allows.
    Limits,
    /// Who helps.
    People,
    /// Ways in and sessions.
    You,
    /// What one hears about, and when.
    Calls,
    /// Programs' keys.
    Keys,
    /// Name, zone, export, the end.
    Data,
}

/// A page of Settings. `told` is what was done before.
pub(super) fn frame(shell: &Shell, at: SettingsAt, told: Option<&str>, inner: &Markup) -> Markup {
    let is_owner = shell.role.may(Deed::Administer).is_ok();
    page::page(
        shell,
        &html! {
            main.page #main {
                h1 { "Settings" }
                nav.parts aria-label="Settings" {
                    @for (part, name, address, owners) in PARTS {
                        @if is_owner || !owners { a.chip href=(address) aria-current=[(part == at).then_some("page")] { (name) } }
                    }
                }
                @if let Some(told) = told { p.notice role="status" { (icon::check()) span { (told) } } }
                (inner)
            }
        },
    )
}

/// A role in two words and what it means, for a choice.
pub(super) fn role_words(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Owner => ("Owner", "speaks in this workspace’s name, connects channels, invites people"),
        Role::Delegate => ("Delegate", "drafts, plans and sorts; asks for a yes; never answers anybody"),
        Role::Approver => ("Approver", "reads, and says yes or no to what others drafted"),
        Role::Analyst => ("Analyst", "reads"),
    }
}
