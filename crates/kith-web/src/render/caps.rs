//! Limits: for each channel what the owner allows, what is usual, what is in force, and how it stands today.

use kith_domain::mandate::Deed;
use kith_domain::schedule::cadence::{
    BROADCASTS_PER_ANSWER_USUAL, COUNTED_DAYS, GAP_MINUTES_USUAL, PER_DAY_USUAL, PROMOTION_PERCENT_USUAL,
};
use kith_engine::views::CapsLine;
use maud::{Markup, html};

use super::part::{nothing, problem, stamp};
use super::settings_frame::{SettingsAt, frame};
use super::{Asked, Shell};

/// One limit as it is shown.
struct Limit {
    name: &'static str,
    label: &'static str,
    own: Option<u32>,
    usual: u32,
    /// How it stands.
    now: String,
}

/// The whole page.
pub(crate) fn caps(shell: &Shell, lines: &[CapsLine], asked: &Asked) -> Markup {
    let may = shell.role.may(Deed::Administer).is_ok();
    frame(
        shell,
        SettingsAt::Limits,
        asked.done,
        &html! {
            p { "What passes a limit of your own waits for your yes. Where you set none, what is more than usual is only said as you write." }
            @if lines.is_empty() { section.card { (nothing("No channel is connected.", "Each channel has limits of its own.")) } }
            @for (index, line) in lines.iter().enumerate() { (channel(index, line, may, asked)) }
        },
    )
}

pub(super) fn channel(index: usize, line: &CapsLine, may: bool, asked: &Asked) -> Markup {
    let mine = asked.get("channel") == line.channel.name && asked.wrong.is_some();
    let (id, has_own) = (format!("limits-{index}"), line.own != kith_domain::schedule::CadenceCaps::default());
    html! {
        section.card id=(id) aria-labelledby={ (id) "-t" } {
            header {
                h2.t id={ (id) "-t" } { (line.channel.name) } (stamp(&line.channel.stamp))
                span.dim { (line.today) @if line.today == 1 { " post" } @else { " posts" } " today" }
            }
            div.body {
                @if mine { @if let Some((_, why)) = asked.wrong { (problem(&format!("{id}-problem"), why)) } }
                @if may {
                    form.fields method="post" action={ "/settings/limits#" (id) } data-busy="Storing" {
                        input type="hidden" name="channel" value=(line.channel.name);
                        @for limit in &limits(line) { (field(&id, limit, mine, asked)) }
                        div.do {
                            button.btn { "Store the limits" span.vh { " of " (line.channel.name) } }
                            @if has_own { button.btn.quiet name="do" value="usual" { "Back to the usual" span.vh { " on " (line.channel.name) } } }
                        }
                    }
                } @else {
                    @for limit in &limits(line) { p { b { (limit.label) ": " } (in_force(limit)) " " span.dim { (limit.now) } } }
                    p.dim { "The owner sets them." }
                }
            }
        }
    }
}

fn field(id: &str, limit: &Limit, mine: bool, asked: &Asked) -> Markup {
    let id = format!("{id}-{}", limit.name);
    let wrong = mine && asked.wrong.is_some_and(|(field, _)| field == limit.name);
    let own = limit.own.map(|own| own.to_string()).unwrap_or_default();
    html! {
        div.field {
            label for=(id) { (limit.label) }
            input id=(id) name=(limit.name) type="text" inputmode="numeric" autocomplete="off" placeholder=(limit.usual) value=(if mine { asked.get(limit.name) } else { &own })
                aria-invalid=[wrong.then_some("true")] aria-describedby={ (id) "-hint" };
            small id={ (id) "-hint" } { (in_force(limit)) " " (limit.now) }
        }
    }
}

/// What holds now, with what is usual beside it.
fn in_force(limit: &Limit) -> String {
    match limit.own {
        Some(own) => format!("In force: {own}, yours; usual is {}.", limit.usual),
        None => format!("In force: the usual {}, which is only said.", limit.usual),
    }
}

fn limits(line: &CapsLine) -> [Limit; 4] {
    let own = &line.own;
    let promotion = line.promotion_percent.map(|percent| format!("Of {COUNTED_DAYS} days: {percent} percent."));
    [
        Limit {
            name: "per_day",
            label: "Most posts a day",
            own: own.per_day_max,
            usual: PER_DAY_USUAL,
            now: format!("Today: {}, out and planned.", line.today),
        },
        Limit {
            name: "gap",
            label: "Least minutes between two posts",
            own: own.gap_minutes_min,
            usual: GAP_MINUTES_USUAL,
            now: String::new(),
        },
        Limit {
            name: "promotion",
            label: "Most promotion, in percent",
            own: own.promotion_percent_max,
            usual: PROMOTION_PERCENT_USUAL,
            now: promotion.unwrap_or_else(|| "No post of the last month says what it is for.".into()),
        },
        Limit {
            name: "broadcasts_per_answer",
            label: "Most broadcasts for each answer",
            own: own.broadcasts_per_answer_max,
            usual: BROADCASTS_PER_ANSWER_USUAL,
            now: format!("Of {COUNTED_DAYS} days: {} broadcasts, {} answers.", line.broadcasts, line.answers),
        },
    ]
}
