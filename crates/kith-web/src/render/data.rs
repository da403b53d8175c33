//! The workspace itself: its name and zone, everything in it to take away, and its end.

use kith_engine::SpaceView;
use maud::{Markup, html};

use super::part::problem;
use super::settings_frame::{SettingsAt, frame};
use super::{Shell, icon};

/// The whole page. `wrong` names the card and says why.
pub(crate) fn data(shell: &Shell, view: &SpaceView, wrong: Option<(&str, &str)>, told: Option<&str>) -> Markup {
    let why = |card: &str| wrong.filter(|(at, _)| *at == card).map(|(_, why)| why);
    frame(
        shell,
        SettingsAt::Data,
        told,
        &html! {
            section.card aria-labelledby="ws" {
                header { h2.t #ws { "This workspace" } }
                div.body {
                    @if let Some(why) = why("space") { (problem("space-problem", why)) }
                    form.fields method="post" action="/settings/data/space" data-busy="Storing" {
                        input type="hidden" name="was" value=(view.name);
                        div.field { label for="space-name" { "Name" } input #space-name name="name" value=(view.name) required maxlength="100" autocomplete="off"; }
                        div.field {
                            label for="zone" { "Time zone" }
                            input #zone name="zone" value=(view.zone) required list="zones" autocomplete="off" aria-describedby="zone-hint";
                            datalist #zones { @for zone in &view.zones { option value=(zone) {} } }
                            small #zone-hint { "The zone of your day, such as Europe/Lisbon. What is planned already keeps its time and zone." }
                        }
                        div { button.btn { "Store" } }
                    }
                }
            }
            section.card aria-labelledby="ex" {
                header { h2.t #ex { "Take everything with you" } }
                div.body {
                    p { "Posts, conversations, people, notes, rules and what happened, as JSON, one thing a line. Passwords and tokens are not in it." }
                    p { a.btn href="/settings/data/export" download { "Download everything" } }
                }
            }
            section.card #end aria-labelledby="en" {
                header { h2.t #en { "End this workspace" } }
                div.body {
                    @match &view.erase_at {
                        Some(at) => {
                            p.notice.wait { (icon::alert()) span { "Nothing goes out any more. Everything in it is erased on " time datetime=(at.iso) { (at.day) } "." } }
                            form method="post" action="/settings/data/keep" { button.btn { "Keep this workspace" } }
                        }
                        None => {
                            p { "At once, nothing goes out any more and every channel is paused. After " (view.grace_days) " days everything is erased for good; until then you can keep it. What is on the networks stays there." }
                            @if let Some(why) = why("end") { (problem("end-problem", why)) }
                            form.fields method="post" action="/settings/data/end" data-busy="Ending" {
                                div.field {
                                    label for="typed" { "Type the workspace’s name: " (view.name) }
                                    input #typed name="typed" required autocomplete="off" aria-invalid=[why("end").map(|_| "true")];
                                }
                                div { button.btn { "End this workspace" } }
                            }
                        }
                    }
                }
            }
        },
    )
}
