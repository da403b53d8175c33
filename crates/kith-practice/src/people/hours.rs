//! When a person is awake, and when they get round to something.
//!
//! A person sees a status some time after it was sent, most often within the hour, sometimes in the evening; what
//! falls into their night waits until after they wake.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::Person;
use crate::chance::Dice;

const MINUTES_PER_DAY: i64 = 24 * 60;
/// How long after waking people take up what came in overnight, in minutes.
const MORNING_MINUTES: (i64, i64) = (4, 100);

/// The instant the person gets round to something that happened at `from`: after about `typical_minutes`, awake.
pub(super) fn round_to_it(person: &Person, from: Timestamp, typical_minutes: f64, dice: &mut Dice) -> Timestamp {
    // The sum of three even numbers is close enough to a bell; its exponent gives the long tail of real delays.
    let bell = (dice.unit() + dice.unit() + dice.unit() - 1.5) * 2.0;
    let minutes = (typical_minutes * (bell * 1.1).exp()).clamp(1.0, 40.0 * 60.0);
    let seconds = (minutes * 60.0) as i64 + dice.between(0, 59);
    let then = from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(from);
    awake(person, then, dice)
}

/// `at`, or a while after the person's next waking when `at` falls into their night.
pub(super) fn awake(person: &Person, at: Timestamp, dice: &mut Dice) -> Timestamp {
    let zone = TimeZone::get(&person.zone).unwrap_or(TimeZone::UTC);
    let local = at.to_zoned(zone);
    let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
    if (person.wakes..person.sleeps.min(MINUTES_PER_DAY)).contains(&minute) {
        return at;
    }
    let day = if minute < person.wakes { Ok(local.clone()) } else { local.checked_add(1.day()) };
    let woken = day
        .and_then(|day| day.start_of_day())
        .and_then(|midnight: Zoned| midnight.checked_add(person.wakes.minutes()))
        .map_or(at, |woken| woken.timestamp());
    let later = SignedDuration::from_mins(dice.between(MORNING_MINUTES.0, MORNING_MINUTES.1));
    woken.saturating_add(later).unwrap_or(woken).max(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::people::Kind;
    use crate::world::Id;

    #[test]
    fn what_happens_at_night_waits_for_the_morning() {
        let person = Person {
            id: Id(1),
            number: 1,
            kind: Kind::Neighbour,
            zone: "America/Chicago".to_owned(),
            wakes: 7 * 60,
            sleeps: 22 * 60,
            interests: Vec::new(),
            chattiness: 500,
            patience_hours: 24,
            regard: 500,
            answered: 0,
            unanswered: 0,
            drifted_at: None,
            waiting: BTreeMap::new(),
            turns: BTreeMap::new(),
        };
        let mut dice = Dice::new(1, "night", &[]);
        let night: Timestamp = "2026-12-01T09:30:00Z".parse().expect("an instant");
        let morning = awake(&person, night, &mut dice);
        let low: Timestamp = "2026-12-01T13:00:00Z".parse().expect("an instant");
        assert!(morning > low && morning < low + SignedDuration::from_hours(2), "{morning}");
        let noon: Timestamp = "2026-12-01T18:00:00Z".parse().expect("an instant");
        assert_eq!(awake(&person, noon, &mut dice), noon);
    }
}
