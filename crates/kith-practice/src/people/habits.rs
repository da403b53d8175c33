//! What people write of their own accord, so that timelines and profiles are alive.

use jiff::SignedDuration;

use super::{Act, hours};
use crate::words;
use crate::world::{Draft, Id, World};

/// Days between two statuses of the most and the least talkative person.
const OWN_POST_DAYS: (f64, f64) = (1.5, 12.0);
/// How often somebody boosts a neighbour's status instead, of a hundred.
const BOOST_PERCENT: usize = 15;
/// How far back a status may lie to be boosted, in statuses.
const BOOST_REACH: usize = 40;

/// Somebody writes a status, or boosts another's, and plans the next.
pub(super) fn write(world: &mut World, id: Id, number: u64) {
    let Some(person) = world.people.get(&id).cloned() else { return };
    let mut dice = world.dice("own status", &[person.number, number]);
    if dice.below(100) < BOOST_PERCENT {
        let owner = world.owner;
        let recent: Vec<Id> = world
            .statuses
            .values()
            .rev()
            .take(BOOST_REACH)
            .filter(|s| s.account != id && s.account != owner && s.reblog_of.is_none() && s.visibility.is_open() && s.in_reply_to.is_none())
            .map(|s| s.id)
            .collect();
        if !recent.is_empty() {
            // A boost of something that has just gone is no loss.
            let _ = world.reblog(id, *dice.pick(&recent));
        }
    } else {
        let topic = *dice.pick(&person.interests);
        let text = words::own_status(topic, &mut dice);
        // The texts are ours and short; a refusal would only mean one status less.
        let _ = world.publish(id, Draft::text(text));
    }
    let days = OWN_POST_DAYS.1 + (OWN_POST_DAYS.0 - OWN_POST_DAYS.1) * person.chatty();
    let minutes = days * (0.4 + 1.2 * dice.unit()) * 24.0 * 60.0;
    let next = world.now.saturating_add(SignedDuration::from_mins(minutes as i64)).unwrap_or(world.now);
    let next = hours::awake(&person, next, &mut dice);
    world.plan(next, Act::Write { person: id });
}
