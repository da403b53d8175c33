//! Cues: somebody acts at once rather than when chance has it, for a demonstration that must open with people in it.
//!
//! Who it is, what they say and about which status come from the same seed as everything else.

use jiff::{SignedDuration, Timestamp};

use super::{Person, react};
use crate::words;
use crate::world::{Draft, Id, Status, Visibility, World};

/// How far back somebody looks for a status of the owner's to answer, in statuses.
const LOOK_BACK: usize = 4;
/// The owner who catches up scrolls back so far, in days; what is older stays as it is.
const CATCH_UP_DAYS: i64 = 7;

/// What somebody is asked to do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// Somebody who follows the owner, and does not wait for her yet, answers one of her latest statuses.
    Reply,
    /// The same with a question, which wants an answer.
    Question,
    /// Somebody like that writes to the owner alone.
    Message,
    /// The first of those who follow the owner writes to her alone, whether or not they wait already: the same each time.
    Regular,
    /// A stranger begins to follow the owner.
    Follow,
}

/// Gives a cue; whether anybody was there to take it. `nth` tells cues of one kind apart.
pub(crate) fn give(world: &mut World, cue: Cue, nth: u64) -> bool {
    let owner = world.owner;
    let mut dice = world.dice("cue", &[cue as u64, nth]);
    let takers: Vec<Person> = world
        .people
        .values()
        .filter(|p| !p.kind.is_machine() && p.drifted_at.is_none() && (p.waiting.is_empty() || cue == Cue::Regular))
        .filter(|p| world.follows(p.id, owner) != (cue == Cue::Follow))
        .cloned()
        .collect();
    let latest: Vec<Status> = world.statuses.values().rev().filter(|s| begins_a_thread(s, owner)).take(LOOK_BACK).cloned().collect();
    if takers.is_empty() {
        return false;
    }
    let taker = if cue == Cue::Regular { takers[0].clone() } else { dice.pick(&takers).clone() };
    match cue {
        Cue::Follow => world.follow(taker.id, owner).is_ok(),
        Cue::Message | Cue::Regular => {
            let topic = latest.first().map_or_else(|| *dice.pick(&taker.interests), |status| words::topic_of(&status.text));
            react::message(world, &taker, topic, None);
            true
        }
        Cue::Reply | Cue::Question if latest.is_empty() => false,
        Cue::Reply => {
            let status = dice.pick(&latest).clone();
            react::reply(world, &taker, &status);
            true
        }
        Cue::Question => {
            let status = dice.pick(&latest).clone();
            react::ask(world, &taker, &status);
            true
        }
    }
}

/// Time in which nobody does anything: what was planned comes that much later.
pub(crate) fn pass_over(world: &mut World, to: Timestamp) {
    if to > world.now {
        world.put_off(to.duration_since(world.now));
        world.now = to;
    }
}

/// The owner answers everybody who waits, from another client, each with one of these words; how many she answered.
pub(crate) fn catch_up(world: &mut World, answers: &[&str]) -> usize {
    let waiting: Vec<Id> = world.people.values().flat_map(|person| person.waiting.keys().copied()).collect();
    let mut answered = 0;
    for said in waiting {
        let Some(status) = world.statuses.get(&said).cloned() else { continue };
        if world.now.duration_since(status.created_at) > SignedDuration::from_hours(24 * CATCH_UP_DAYS) {
            continue;
        }
        let Some(name) = world.accounts.get(&status.account).map(crate::world::Account::acct) else { continue };
        let mut dice = world.dice("catch up", &[said.0]);
        if answers.is_empty() {
            return answered;
        }
        let text = format!("@{name} {}", dice.text(answers));
        let draft = Draft { visibility: status.visibility, in_reply_to: Some(said), ..Draft::text(text) };
        answered += usize::from(world.publish(world.owner, draft).is_ok());
    }
    answered
}

fn begins_a_thread(status: &Status, owner: Id) -> bool {
    status.account == owner && status.in_reply_to.is_none() && status.reblog_of.is_none() && status.visibility != Visibility::Direct
}
