//! What the planning pages share: their head with its parts, and the choice of channels.

use kith_engine::views::ChannelRow;
use maud::{Markup, html};

use super::part::stamp;
use super::{Asked, icon};

/// The parts of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Everything by day.
    List,
    /// A week by the hour.
    Week,
    /// What waits for a place.
    Queue,
    /// Numbered posts.
    Series,
    /// Reminders.
    Events,
    /// News of blogs.
    Feeds,
}

const PARTS: [(Part, &str, &str); 6] = [
    (Part::List, "List", "/plan"),
    (Part::Week, "Week", "/plan?view=week"),
    (Part::Queue, "Queue", "/plan/queue"),
    (Part::Series, "Series", "/plan/series/all"),
    (Part::Events, "Events", "/plan/events/all"),
    (Part::Feeds, "Feeds", "/plan/feeds"),
];

/// The head of a planning page.
pub(super) fn bar(part: Part) -> Markup {
    html! {
        header.planbar {
            h1 { "Plan" @if part != Part::List { span.vh { ": " (name(part)) } } }
            nav.seg aria-label="Parts of the plan" {
                @for (one, name, address) in PARTS { a href=(address) aria-current=[(one == part).then_some("page")] { (name) } }
            }
            a.btn.hand href="/write" { (icon::pen()) "Write a post" kbd { "C" } }
        }
    }
}

fn name(part: Part) -> &'static str {
    PARTS.iter().find(|(one, ..)| *one == part).map_or("", |(_, name, _)| name)
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
