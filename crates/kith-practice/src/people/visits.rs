//! New faces and machines: who turns up without being asked.
//!
//! Machines write whatever the owner does: mentions with links, begging for follows, direct messages on every
//! follow, mailings with unfilled placeholders. They never wait for an answer.

use jiff::SignedDuration;

use super::{Act, Kind, hours};
use crate::words::{self, Intent};
use crate::world::{Id, Visibility, World};

/// Days between two messages of one machine.
const PESTER_DAYS: (i64, i64) = (14, 32);

/// Somebody follows the owner out of the blue.
pub(super) fn discover(world: &mut World, id: Id) {
    // Following twice changes nothing.
    let _ = world.follow(id, world.owner);
}

/// Called for every new follow: counts those of the owner, and lets machines greet.
pub(crate) fn followed(world: &mut World, who: Id, whom: Id) {
    let owner = world.owner;
    if whom == owner && world.people.contains_key(&who) {
        world.stats.follows += 1;
    }
    let other = if who == owner { whom } else { who };
    let Some(person) = world.people.get(&other).cloned() else { return };
    if person.kind == Kind::AutoDm && (who == owner || whom == owner) {
        let mut dice = world.dice("greeting", &[person.number, world.now.as_millisecond() as u64]);
        let at = world.now.saturating_add(SignedDuration::from_secs(dice.between(5, 90))).unwrap_or(world.now);
        world.plan(at, Act::Greet { person: other });
    }
    if who == owner && person.kind == Kind::Neighbour && !world.follows(other, owner) {
        let mut dice = world.dice("follow back", &[person.number]);
        if dice.happens(0.5) {
            let at = hours::round_to_it(&person, world.now, 120.0, &mut dice);
            world.plan(at, Act::Discover { person: other });
        }
    }
}

/// A machine writes to the owner and plans the next time.
pub(super) fn pester(world: &mut World, id: Id, number: u64) {
    let Some(person) = world.people.get(&id).cloned() else { return };
    let mut dice = world.dice("pester", &[person.number, number]);
    if person.kind == Kind::AutoDm && !world.follows(id, world.owner) {
        // Follows first; the greeting comes by itself a moment later.
        discover(world, id);
    } else if matches!(person.kind, Kind::FollowBackBeggar) && !world.follows(id, world.owner) {
        discover(world, id);
        let at = world.now.saturating_add(SignedDuration::from_mins(dice.between(5, 240))).unwrap_or(world.now);
        world.plan(at, Act::Pester { person: id });
        return;
    } else {
        let visibility = match person.kind {
            Kind::AutoDm | Kind::MailMerge => Visibility::Direct,
            _ => Visibility::Public,
        };
        let text = words::pestering(person.kind, &mut dice);
        super::react::say(world, &person, None, visibility, &text, Intent::Thanks);
    }
    let hours = dice.between(PESTER_DAYS.0 * 24, PESTER_DAYS.1 * 24);
    let next = world.now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(world.now);
    world.plan(next, Act::Pester { person: id });
}

/// A machine sends its ready-made direct message.
pub(super) fn greet(world: &mut World, id: Id) {
    let Some(person) = world.people.get(&id).cloned() else { return };
    let mut dice = world.dice("greet", &[person.number, world.stats.messages_from_machines]);
    let text = words::pestering(person.kind, &mut dice);
    super::react::say(world, &person, None, Visibility::Direct, &text, Intent::Thanks);
}
