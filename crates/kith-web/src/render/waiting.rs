//! The waiting line: everyone who waits, placed by the root of the hours they have waited, and the brake as a mark on it.
//!
//! Places are 21 steps that the style sheet knows by class, so that no style is written into the page. Faces stand at
//! least two steps apart; those for whom no room is left are counted at the young end. The mark lies on the same scale,
//! so whoever stands right of it has waited too long.

use kith_engine::views::{BrakeView, ConversationRow};
use maud::{Markup, html};

use super::icon;
use super::part::{face, first_name};

/// The last step of the line; the style sheet has `at-0` to `at-20`.
const STEP_LAST: i32 = 20;
/// Steps between two faces, so that they can be told apart on a phone.
const GAP_STEPS: i32 = 2;
/// Where the mark stands while nobody is past it.
const MARK_STEP: f64 = 17.0;

/// Somebody's step on the line.
#[derive(Debug, PartialEq)]
pub(super) struct Place<'a> {
    pub(super) row: &'a ConversationRow,
    pub(super) step: i32,
}

/// The line with everybody's step on it.
#[derive(Debug, PartialEq)]
pub(super) struct Places<'a> {
    /// Those who found a place, the longest wait first.
    pub(super) placed: Vec<Place<'a>>,
    /// How many found none.
    pub(super) rest: usize,
    /// The brake's step.
    pub(super) mark: i32,
}

/// Gives everyone and the mark a step. `rows` come by the longest wait; `mark_hours` is how long a wait may be.
pub(super) fn places(rows: &[ConversationRow], mark_hours: f64) -> Places<'_> {
    let last = f64::from(STEP_LAST);
    let reach = mark_hours.max(1.0) * (last / MARK_STEP).powi(2);
    let scale = rows.iter().map(|row| row.hours).fold(reach, f64::max);
    let step_of = |hours: f64| ((hours / scale).max(0.0).sqrt() * last).round() as i32;
    let mark = step_of(mark_hours);
    let mut free = STEP_LAST;
    let mut placed = Vec::new();
    for row in rows {
        // Whoever has not waited so long stands left of the mark, whatever the rounding.
        let wanted = if row.hours < mark_hours { step_of(row.hours).min(mark - 1) } else { step_of(row.hours).max(mark) };
        // The first two steps are kept for the count of the rest, unless this is the last one.
        let lowest = if placed.len() + 1 == rows.len() { 0 } else { GAP_STEPS };
        if free < lowest {
            break;
        }
        let step = wanted.clamp(0, free);
        placed.push(Place { row, step });
        free = step - GAP_STEPS;
    }
    let rest = rows.len() - placed.len();
    Places { placed, rest, mark }
}

/// The brake's state as a pill: icon and words.
pub(super) fn pill(brake: &BrakeView) -> Markup {
    let until = brake.holds_at.as_ref().map_or("", |at| at.time.as_str());
    html! {
        @if let Some(until) = brake.paused_until.as_ref().filter(|_| !brake.holds()) {
            span.pill.calm.more { (icon::pause()) "Brake rests until " (until.day_short) " " (until.time) }
        } @else if brake.holds() {
            span.pill.wait.more { (icon::pause()) "Posts on hold" }
        } @else if brake.closes() {
            span.pill.wait.more { (icon::clock()) "Brake closing: holds at " (until) }
        } @else {
            span.pill.ok.more { (icon::check()) "Brake open" }
        }
    }
}

/// The line as a list of links, longest wait first in the markup, rightmost on the page.
pub(super) fn track(rows: &[ConversationRow], brake: &BrakeView) -> Markup {
    let Places { placed, rest, mark } = places(rows, brake.mark_hours);
    let last = placed.last().map_or(STEP_LAST, |place| place.step);
    let rule =
        if brake.rule.owed.is_some() && brake.holds() && brake.first.as_ref().is_none_or(|first| (first.hours as f64) < brake.mark_hours) {
            format!("{} wait: posts hold", brake.owed)
        } else {
            format!("{} h: posts hold", brake.mark_hours.round())
        };
    html! {
        ol.track.holding[brake.holds()] {
            @for (n, Place { row, step }) in placed.iter().enumerate() {
                li class={ "at-" (step) @if row.hours >= brake.mark_hours { " long" } @else if n == 0 && brake.closes() { " soon" } } {
                    a href={ "/inbox/" (row.id) } {
                        (face(&row.face, ""))
                        span { b { (first_name(&row.face)) } @if let Some(since) = &row.waiting_since { (since.distance) } }
                    }
                }
            }
            @if rest > 0 {
                li class="rest at-0" { a href="/inbox" { span.av aria-hidden="true" { "+" (rest) } span { b { (rest) " more" } "in the inbox" } } }
            } @else if last > GAP_STEPS {
                li class="end from" aria-hidden="true" { "just now" }
            }
            // Where a face stands past the mark, the face says it.
            li class={ "past at-" (mark) } aria-hidden="true" { @if placed.first().is_none_or(|first| first.step < mark) { span { (rule) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn rows(hours: &[f64]) -> Vec<ConversationRow> {
        hours.iter().map(|hours| ConversationRow { hours: *hours, ..sample::waiting().remove(0) }).collect()
    }

    fn steps(hours: &[f64]) -> (Vec<i32>, usize, i32) {
        let rows = rows(hours);
        let line = places(&rows, 24.0);
        (line.placed.iter().map(|place| place.step).collect(), line.rest, line.mark)
    }

    #[test]
    fn the_mark_stands_near_the_end_and_a_quarter_of_its_hours_in_the_middle_before_it() {
        assert_eq!(steps(&[22.0, 6.0, 0.0]), (vec![16, 9, 0], 0, 17));
    }

    #[test]
    fn faces_stand_two_steps_apart_and_keep_their_order() {
        assert_eq!(steps(&[22.0, 21.5, 21.0]), (vec![16, 14, 12], 0, 17));
    }

    #[test]
    fn whoever_waits_too_long_stands_past_the_mark_and_nobody_else() {
        assert_eq!(steps(&[96.0, 24.0, 23.9]), (vec![20, 10, 8], 0, 10));
        assert_eq!(steps(&[24.0]).0, [17]);
        assert_eq!(steps(&[23.99]).0, [16]);
    }

    #[test]
    fn nobody_is_left_out_of_the_count() {
        let (placed, rest, _) = steps(&[30.0; 50]);
        assert_eq!(placed.len() + rest, 50);
        assert!(placed.iter().all(|step| (GAP_STEPS..=STEP_LAST).contains(step)), "{placed:?}");
    }
}
