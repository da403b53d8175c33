//! The waiting line: everyone who waits, placed by the root of the hours they have waited.
//!
//! Places are 21 steps that the style sheet knows by class, so that no style is written into the page. Faces stand at
//! least two steps apart; those for whom no room is left are counted at the young end.

use kith_engine::views::ConversationRow;
use maud::{Markup, html};

use super::part::{WAIT_LONG_HOURS, face, first_name};

/// The last step of the line; the style sheet has `at-0` to `at-20`.
const STEP_LAST: i32 = 20;
/// Steps between two faces, so that they can be told apart on a phone.
const GAP_STEPS: i32 = 2;

/// Somebody's step on the line.
#[derive(Debug, PartialEq)]
pub(super) struct Place<'a> {
    pub(super) row: &'a ConversationRow,
    pub(super) step: i32,
}

/// Gives everyone a step; also the number of those who found none. `rows` come by the longest wait.
pub(super) fn places(rows: &[ConversationRow]) -> (Vec<Place<'_>>, usize) {
    let scale = rows.iter().map(|row| row.hours).fold(WAIT_LONG_HOURS, f64::max);
    let mut free = STEP_LAST;
    let mut placed = Vec::new();
    for row in rows {
        let wanted = ((row.hours / scale).max(0.0).sqrt() * f64::from(STEP_LAST)).round() as i32;
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
    (placed, rest)
}

/// The line as a list of links, longest wait first in the markup, rightmost on the page.
pub(super) fn track(rows: &[ConversationRow]) -> Markup {
    let (placed, rest) = places(rows);
    let first = placed.first().map_or(0, |place| place.step);
    let last = placed.last().map_or(STEP_LAST, |place| place.step);
    html! {
        ol.track {
            @for Place { row, step } in &placed {
                li class={ "at-" (step) @if row.hours >= WAIT_LONG_HOURS { " long" } } {
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
            @if first <= STEP_LAST - 2 * GAP_STEPS { li class="end till" aria-hidden="true" { "a day" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn steps(hours: &[f64]) -> (Vec<i32>, usize) {
        let rows: Vec<_> = hours.iter().map(|hours| ConversationRow { hours: *hours, ..sample::waiting().remove(0) }).collect();
        let (placed, rest) = places(&rows);
        (placed.iter().map(|place| place.step).collect(), rest)
    }

    #[test]
    fn a_day_is_the_end_of_the_line_and_a_quarter_of_it_the_middle() {
        assert_eq!(steps(&[24.0, 6.0, 0.0]), (vec![20, 10, 0], 0));
    }

    #[test]
    fn faces_stand_two_steps_apart_and_keep_their_order() {
        assert_eq!(steps(&[22.0, 21.5, 21.0]), (vec![19, 17, 15], 0));
    }

    #[test]
    fn a_longer_wait_than_a_day_stretches_the_line() {
        assert_eq!(steps(&[96.0, 24.0]), (vec![20, 10], 0));
    }

    #[test]
    fn nobody_is_left_out_of_the_count() {
        let (placed, rest) = steps(&[30.0; 50]);
        assert_eq!(placed.len() + rest, 50);
        assert!(placed.iter().all(|step| (GAP_STEPS..=STEP_LAST).contains(step)), "{placed:?}");
    }
}
