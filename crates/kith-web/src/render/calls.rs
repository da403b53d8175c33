//! Calls: what one hears about when the page is closed, on which browser, and when it is quiet.

use kith_domain::converse::CallKind;
use kith_engine::CallsView;
use maud::{Markup, html};

use super::part::{problem, time};
use super::settings_frame::{SettingsAt, frame};
use super::{Asked, Shell, icon};

/// The whole page.
pub(crate) fn calls(shell: &Shell, view: &CallsView, asked: &Asked) -> Markup {
    let told = asked.done.map(|_| "Stored.");
    frame(shell, SettingsAt::Calls, told, &html! { (here(view)) (wishes(view, asked)) })
}

/// This browser, and the others.
fn here(view: &CallsView) -> Markup {
    html! {
        section.card aria-labelledby="cb" {
            header { h2.t #cb { "Where you hear" } }
            div.body {
                p { "Kith calls you to the page with a few words of its own. What somebody wrote to you never stands on a locked screen." }
                div #push data-key-for-push=(view.public_key) {
                    button.btn.hand type="button" data-push-on hidden { "Call me on this browser" }
                    p.notice.wait data-push-no hidden role="status" { (icon::alert()) span {} }
                    noscript { p.dim { "A browser can be called only where scripts may run. The page itself needs none." } }
                }
            }
            @if !view.browsers.is_empty() {
                ul.lines {
                    @for (id, device, since) in &view.browsers {
                        li {
                            b { (device) }
                            span.dim { "since " (since.day_short) ", " (time(since)) }
                            form method="post" action={ "/settings/calls/" (id) "/end" } data-busy="Ending" { button.btn.s aria-label={ "Call no more on " (device) } { "Call no more" } }
                        }
                    }
                }
            }
        }
    }
}

/// What for, and when not.
pub(super) fn wishes(view: &CallsView, asked: &Asked) -> Markup {
    let typed = |name: &str, kept: String| asked.typed.map_or(kept, |typed| typed.get(name).to_owned());
    let on = |kind: CallKind| asked.typed.map_or_else(|| view.wish.kinds.contains(&kind), |typed| typed.has("kind", kind.name()));
    let (from, until) = view.wish.quiet.map_or((String::new(), String::new()), |(from, until)| (hour(from), hour(until)));
    let wrong = |field: &str| asked.wrong.is_some_and(|(name, _)| name == field).then_some("true");
    html! {
        section.card aria-labelledby="cw" {
            header { h2.t #cw { "What you hear about, and when" } }
            div.body {
                @if let Some((_, why)) = asked.wrong { (problem("calls-problem", why)) }
                form.fields method="post" action="/settings/calls" data-busy="Storing" {
                    input type="hidden" name="version" value=(view.version);
                    fieldset {
                        legend { "Call me when" }
                        @for kind in CallKind::ALL {
                            label.tick { input type="checkbox" name="kind" value=(kind.name()) checked[on(kind)]; span { (kind.words()) } }
                        }
                    }
                    div.pair {
                        div.field {
                            label for="quiet-from" { "Quiet from" }
                            input #quiet-from type="time" name="from" value=(typed("from", from)) aria-invalid=[wrong("from")];
                        }
                        div.field {
                            label for="quiet-until" { "until" }
                            input #quiet-until type="time" name="until" value=(typed("until", until)) aria-invalid=[wrong("until")];
                        }
                    }
                    small.dim { "In these hours nobody calls; what is still true is said after them. Leave both empty to be called at any hour." }
                    div.field {
                        label for="morning" { "The morning call comes at" }
                        input #morning type="time" name="morning" required value=(typed("morning", hour(view.wish.morning))) aria-invalid=[wrong("morning")];
                        small { "Once a day, and only when somebody waits." }
                    }
                    div { button.btn { "Store" } }
                }
            }
        }
    }
}

fn hour(time: jiff::civil::Time) -> String {
    time.strftime("%H:%M").to_string()
}
