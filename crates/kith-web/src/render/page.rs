//! The document around every page: head, rail, tabs, live announcements.
//!
//! Nothing in it is inline script or style, so the strictest content policy holds. To add a place, add it to `PLACES`.

use kith_domain::mandate::Role;
use kith_engine::Lamp;
use maud::{DOCTYPE, Markup, html};

use super::{Here, Shell, icon, notices, palette};
use crate::assets;

/// The mark as an address of its own, so that no page asks for a picture.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 28 28' fill='none' stroke-linecap='round' \
     stroke-width='3.2'%3E%3Crect width='28' height='28' rx='6' fill='%23FBFCFA'/%3E%3Cpath d='M6 4v20' stroke='%231E231E'/%3E\
     %3Cpath d='M7.5 14.5c5.5-.3 10-3.6 12.5-10' stroke='%23275A74'/%3E%3Cpath d='M22 24c-1.5-5.8-5.5-9-11-9.5' stroke='%238B2A58'/%3E%3C/svg%3E";

/// Numbers above this are shown as `99+` on the badge.
const BADGE_MAX: u64 = 99;

/// The places with their addresses, in the order of the rail.
/// The letter goes there after `g`.
const PLACES: [(Here, &str, &str, &str); 5] = [
    (Here::Today, "Today", "/", "t"),
    (Here::Inbox, "Inbox", "/inbox", "i"),
    (Here::Plan, "Plan", "/plan", "p"),
    (Here::People, "People", "/people", "e"),
    (Here::Settings, "Settings", "/settings", "s"),
];
/// How many of them are places; the rest is set-up.
const PLACES_ABOVE: usize = 4;

/// The style sheet of Plan's week and month.
pub(super) const WEEK: &str = "week.css";

/// What the script library may do: nothing inline, no copies of private pages, what is typed is never morphed.
const HTMX: &str = r#"includeIndicatorCSS:false, history:"reload", defaultSwap:"outerMorph", morphSkip:"[hx-morph-skip], textarea""#;

/// A whole page of a signed-in person. `main` holds the `<main id="main">`.
pub(super) fn page(shell: &Shell, main: &Markup) -> Markup {
    page_styled(shell, None, main)
}

/// The same with a style sheet of its own, which no other page has to carry.
pub(super) fn page_styled(shell: &Shell, sheet: Option<&str>, main: &Markup) -> Markup {
    let title = if shell.owed > 0 { format!("({}) {} · Kith", shell.owed, shell.title) } else { format!("{} · Kith", shell.title) };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title, sheet))
            body {
                a.skip href="#main" { "Skip to " (shell.title) }
                (notices::notices(&shell.notices))
                div.app.reads[shell.role != Role::Owner] {
                    aside.rail aria-label="Kith" {
                        a.mark href="/" { (icon::mark()) "Kith" }
                        button.btn.wide data-palette hidden { span { (icon::search()) "Go anywhere" } kbd { "⌘K" } }
                        nav.places aria-label="Places" { @for place in &PLACES[..PLACES_ABOVE] { (rail_link(shell, *place)) } }
                        div.rail-foot {
                            nav.places aria-label="Set-up" { @for place in &PLACES[PLACES_ABOVE..] { (rail_link(shell, *place)) } }
                            (lamp(&shell.lamp))
                            p.who { span class="av s" aria-hidden="true" { (initials(shell.name)) } span { (shell.name) small { (shell.workspace) } } }
                        }
                    }
                    header.bar-m {
                        a.mark href="/" { (icon::mark()) "Kith" }
                        span.sp {}
                        (lamp_small(&shell.lamp))
                    }
                    (main)
                }
                nav.tabs-m aria-label="Places, below" { @for place in PLACES { (tab_link(shell, place)) } }
                (palette::palette(shell, &PLACES))
                p.vh #announce role="status" aria-live="polite" {}
            }
        }
    }
}

/// Whether the owner is there, as the rail says it, with the way to her hours.
pub(super) fn lamp(lamp: &Lamp) -> Markup {
    let (words, rest) = match lamp.here {
        Some(true) => ("You’re here", lamp.until.as_str()),
        Some(false) => ("Nobody home", lamp.until.as_str()),
        None => ("Your hours", "Say when you’re here"),
    };
    html! {
        a.here href="/plan/hours" {
            b { span.lamp.off[lamp.here != Some(true)] {} (words) }
            (rest)
        }
    }
}

/// The same in one line, for a phone.
pub(super) fn lamp_small(lamp: &Lamp) -> Markup {
    let words = match lamp.here {
        Some(true) => "Here",
        Some(false) => "Nobody home",
        None => "Your hours",
    };
    html! { a.at href="/plan/hours" { span.lamp.off[lamp.here != Some(true)] {} (words) @if !lamp.until.is_empty() { " " (lamp.until) } } }
}

/// A page for somebody who is not signed in: the mark, a card, nothing else.
pub(super) fn bare(title: &str, card: &Markup) -> Markup {
    bare_to(title, "", card)
}

/// The same, which goes on to another address by itself, unless that is empty.
pub(super) fn bare_to(title: &str, to: &str, card: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{title} · Kith"), None))
            @if !to.is_empty() { meta http-equiv="refresh" content={ "0; url=" (to) }; }
            body {
                main.door #main {
                    p.mark { (icon::mark()) "Kith" }
                    div.card { (card) }
                }
            }
        }
    }
}

fn head(title: &str, sheet: Option<&str>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
            title { (title) }
            meta name="description" content="Kith: automate the broadcast, keep the conversation.";
            meta name="theme-color" content="#F2F4F0" media="(prefers-color-scheme: light)";
            meta name="theme-color" content="#141714" media="(prefers-color-scheme: dark)";
            meta name="color-scheme" content="light dark";
            meta name="htmx-config" content=(HTMX);
            link rel="manifest" href="/manifest.webmanifest";
            link rel="apple-touch-icon" href=(assets::url("icon-192.png"));
            link rel="icon" type="image/svg+xml" href=(ICON);
            link rel="preload" as="font" type="font/woff2" href=(assets::url("figtree.woff2")) crossorigin;
            link rel="preload" as="font" type="font/woff2" href=(assets::url("newsreader.woff2")) crossorigin;
            link rel="stylesheet" href=(assets::url("kith.css"));
            @if let Some(sheet) = sheet { link rel="stylesheet" href=(assets::url(sheet)); }
            script src=(assets::url("kith.js")) defer {}
        }
    }
}

fn drawing(here: Here) -> Markup {
    match here {
        Here::Today => icon::today(),
        Here::Plan => icon::plan(),
        Here::Inbox => icon::inbox(),
        Here::People => icon::people(),
        Here::Settings => icon::gear(),
    }
}

fn rail_link(shell: &Shell, (here, name, address, key): (Here, &str, &str, &str)) -> Markup {
    html! {
        a href=(address) data-go=(key) aria-current=[(shell.here == here).then_some("page")] {
            (drawing(here)) (name)
            @if here == Here::Inbox { (badge(shell.owed)) }
        }
    }
}

fn tab_link(shell: &Shell, (here, name, address, _): (Here, &str, &str, &str)) -> Markup {
    html! {
        a href=(address) aria-current=[(shell.here == here).then_some("page")] {
            (drawing(here)) span { (name) }
            @if here == Here::Inbox { (badge(shell.owed)) }
        }
    }
}

/// The number of people who wait. The script changes its first text.
fn badge(owed: u64) -> Markup {
    let shown = if owed > BADGE_MAX { format!("{BADGE_MAX}+") } else { owed.to_string() };
    html! { span.n.owed data-owed=(owed) hidden[owed == 0] { (shown) span.vh { " waiting for your answer" } } }
}

pub(super) fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).flat_map(char::to_uppercase).collect()
}

/// A role in a word, as shown to people.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Delegate => "Delegate: plans and sorts, never answers",
        Role::Approver => "Approver: reads, says yes or no",
        Role::Analyst => "Analyst: reads",
    }
}
