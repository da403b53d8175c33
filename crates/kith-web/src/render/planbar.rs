//! What the planning pages share: their head with its views and parts, and the choice of channels.

use kith_engine::views::ChannelRow;
use maud::{Markup, html};

use super::part::stamp;
use super::{Asked, icon};

/// The parts of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A week by the hour.
    Week,
    /// A month by day.
    Month,
    /// Everything by day.
    List,
    /// What waits for a place.
    Queue,
    /// Numbered posts.
    Series,
    /// Reminders.
    Events,
    /// News of blogs.
    Feeds,
    /// When somebody is there.
    Hours,
    /// Many posts at once.
    File,
}

/// How the plan is shown, each with its key.
const VIEWS: [(Part, &str, &str, &str); 3] =
    [(Part::Week, "Week", "/plan", "1"), (Part::Month, "Month", "/plan?view=month", "2"), (Part::List, "List", "/plan?view=list", "3")];
/// What fills it.
const PARTS: [(Part, &str, &str); 6] = [
    (Part::Queue, "Queue", "/plan/queue"),
    (Part::Series, "Series", "/plan/series/all"),
    (Part::Events, "Events", "/plan/events/all"),
    (Part::Feeds, "Feeds", "/plan/feeds"),
    (Part::Hours, "Hours", "/plan/hours"),
    (Part::File, "From a file", "/plan/file"),
];

/// Where a view in time stands, and the ways on from it.
pub(super) struct Turn<'a> {
    /// Such as `16 to 22 November`.
    pub(super) title: &'a str,
    /// The address before.
    pub(super) before: String,
    /// The address after.
    pub(super) after: String,
    /// The address of now.
    pub(super) now: &'a str,
    /// What one step is, such as `Week`.
    pub(super) step: &'a str,
}

/// The head of a planning page.
pub(super) fn bar(part: Part) -> Markup {
    turning(part, None)
}

/// The same with the way to other weeks or months.
pub(super) fn turning(part: Part, turn: Option<&Turn>) -> Markup {
    html! {
        header.planbar {
            h1 { "Plan" @if part != Part::Week { span.vh { ": " (name(part)) } } }
            @if let Some(turn) = turn {
                nav.turn aria-label=(turn.step) {
                    a.btn.sq href=(turn.before) data-key="ArrowLeft" aria-label={ (turn.step) " before" } { (icon::left()) }
                    h2 { (turn.title) }
                    a.btn.sq.turned href=(turn.after) data-key="ArrowRight" aria-label={ (turn.step) " after" } { (icon::left()) }
                    a.btn.quiet href=(turn.now) data-key="t" { "Today " kbd { "T" } }
                }
            }
            span.sp {}
            nav.seg aria-label="View" {
                @for (one, name, address, key) in VIEWS { a href=(address) data-key=(key) aria-current=[(one == part).then_some("page")] { (name) } }
            }
            nav.parts aria-label="Parts of the plan" {
                @for (one, name, address) in PARTS { a href=(address) aria-current=[(one == part).then_some("page")] { (name) } }
            }
            a.btn.hand href="/write" { (icon::pen()) "Write a post" kbd { "C" } }
        }
    }
}

fn name(part: Part) -> &'static str {
    let view = VIEWS.iter().find(|(one, ..)| *one == part).map(|(_, name, ..)| *name);
    view.or_else(|| PARTS.iter().find(|(one, ..)| *one == part).map(|(_, name, _)| *name)).unwrap_or("")
}

/// The channels to choose from; all are chosen if there is one, or nothing was said yet.
pub(super) fn channels<'c>(channels: impl Iterator<Item = &'c ChannelRow>, asked: &Asked) -> Markup {
    let typed = asked.typed.is_some_and(|typed| typed.get("form") != "windows");
    html! {
        fieldset.to {
            legend { "Where it goes" }
            @for channel in channels {
                label.chip {
                    input.vh type="checkbox" name="on" value=(channel.name) checked[!typed || asked.typed.is_some_and(|typed| typed.has("on", &channel.name))];
                    (stamp(&channel.stamp)) (channel.name)
                }
            }
        }
    }
}
