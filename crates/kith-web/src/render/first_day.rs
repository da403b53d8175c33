//! The first day on Today: five steps, what is done of them, and the next one as a button.

use kith_engine::FirstDay;
use maud::{Markup, html};

use super::{hx, icon};

/// The strip as a part of Today that changes by itself; nothing once it is over.
pub(crate) fn first_day_part(day: Option<&FirstDay>, practice: bool) -> Markup {
    html! { @if let Some(day) = day { (hx::live("first-day", "/first-day?fragment=live", "inbox plan channels", &first_day(*day, practice))) } }
}

/// The strip. `practice` says whether a practice network runs beside this Kith.
pub(crate) fn first_day(day: FirstDay, practice: bool) -> Markup {
    let steps = [
        (day.way_in, "A way in", "A password or a passkey, so that you come back.", "/settings/you", "Choose one"),
        (
            day.connected,
            "A channel",
            if practice { "Yours, or the practice network, which needs no account." } else { "The profile that you write with." },
            "/settings/connect",
            "Connect a channel",
        ),
        (day.planned, "A first post", "Written now, out when people are there.", "/write", "Write it"),
        (
            day.heard,
            "Somebody answers",
            "It appears here by itself. If nobody answers in time, the brake holds the next posts.",
            "/",
            "Wait a moment",
        ),
        (day.answered, "You answer", "By hand, as always. What was held goes on.", "/inbox", "Open the inbox"),
    ];
    let next = steps.iter().position(|(done, ..)| !done);
    html! {
        section.card.first-day aria-labelledby="fd" {
            header {
                h2.t #fd { "Your first day" }
                span.dim { (day.done()) " of " (steps.len()) " done" }
                form method="post" action="/first-day/end" { button.btn.s.quiet { "Put this away" } }
            }
            ol {
                @for (place, (done, name, what, to, words)) in steps.iter().enumerate() {
                    li.done[*done] aria-current=[(next == Some(place)).then_some("step")] {
                        span.at aria-hidden="true" { @if *done { (icon::check()) } @else { (place + 1) } }
                        div { b { (name) @if *done { span.vh { ", done" } } } small { (what) } }
                        @if next == Some(place) && *to != "/" { a.btn.s href=(to) { (words) } }
                    }
                }
            }
        }
    }
}
