//! The only place that speaks to the script library: forms and links whose answer is put in place.
//!
//! Every one works without a script: the form posts, the server answers with a redirect to a whole page, and the script
//! only takes the named part out of that page and morphs it. So no handler knows whether a script asked.

use maud::{Markup, html};

/// A form whose answer replaces the part with the id `part` (of the page that the post leads to).
/// `busy` is what its button says while it is on its way.
pub(super) fn form(action: &str, part: &str, busy: &str, inner: &Markup) -> Markup {
    let target = format!("#{part}");
    html! {
        form method="post" action=(action) data-busy=(busy)
            hx-post=(action) hx-target=(target) hx-select=(target) hx-swap="outerMorph" { (inner) }
    }
}

/// A link that shows another state of the part `part` in place and takes its address along.
pub(super) fn link(href: &str, part: &str, class: &str, is_current: bool, inner: &Markup) -> Markup {
    let target = format!("#{part}");
    html! {
        a class=(class) href=(href) aria-current=[is_current.then_some("true")]
            hx-get=(href) hx-target=(target) hx-select=(target) hx-swap="outerMorph" hx-push-url="true" { (inner) }
    }
}

/// A part that is fetched anew from `url` when one of the kinds in `on` happens (`inbox plan channels notices people
/// drafts`). `url` answers with the part's inside alone.
pub(super) fn live(id: &str, url: &str, on: &str, inner: &Markup) -> Markup {
    html! { div id=(id) data-live=(url) data-on=(on) { (inner) } }
}
