//! How long people wait for the owner, what an answer does to them, and how they drift away without one.
//!
//! Somebody who wrote looks again when their patience is over. An answer in time raises their regard; none lowers it,
//! and whoever was left alone twice with a question, or has little regard left, loses interest for good and may unfollow.

use jiff::SignedDuration;

use super::{Act, hours};
use crate::words::Intent;
use crate::world::{Id, Status, World};

/// How much an answer is expected to a question and to a remark, per thousand; thanks expect none.
const QUESTION_WEIGHT: u32 = 1000;
const COMMENT_WEIGHT: u32 = 450;
/// What an answer, a like, and silence do to the regard, per thousand.
const ANSWER_GAIN: u32 = 160;
const LIKE_GAIN: u32 = 40;
const SILENCE_KEEPS: u32 = 520;
/// Left alone so often, or with so little regard, somebody drifts away.
const UNANSWERED_MAX: u32 = 2;
const REGARD_MIN: u32 = 320;
/// How often somebody who drifts away also unfollows.
const UNFOLLOW_CHANCE: f64 = 0.6;
/// Answers everybody is credited with at the start, so that the climate does not turn with the first silence.
const CLIMATE_CREDIT: f64 = 8.0;

/// How welcome people feel to write, from the share of waiting messages that were answered: 1 is fully.
pub(super) fn climate(world: &World) -> f64 {
    let answered = world.stats.answered as f64 + CLIMATE_CREDIT;
    answered / (answered + world.stats.given_up as f64)
}

/// Remembers that somebody hopes for an answer to what they just said.
pub(super) fn wait_for_answer(world: &mut World, id: Id, said: Id, intent: Intent) {
    let weight = match intent {
        Intent::Question => QUESTION_WEIGHT,
        Intent::Comment => COMMENT_WEIGHT,
        Intent::Thanks => return,
    };
    let Some(person) = world.people.get_mut(&id) else { return };
    person.waiting.insert(said, weight);
    let person = person.clone();
    let mut dice = world.dice("patience", &[said.0, person.number]);
    let over = world.now.saturating_add(SignedDuration::from_hours(person.patience_hours)).unwrap_or(world.now);
    let look = hours::awake(&person, over, &mut dice);
    world.plan(look, Act::LookForAnswer { person: id, status: said });
}

/// The owner answered somebody: everything of theirs that waits in that conversation is settled.
pub(super) fn was_answered(world: &mut World, id: Id, answer: &Status) {
    let Some(person) = world.people.get(&id) else { return };
    let settled: Vec<Id> = person
        .waiting
        .keys()
        .copied()
        .filter(|said| {
            let root = world.statuses.get(said).map(|s| s.root);
            answer.in_reply_to.is_none() || root == Some(answer.root)
        })
        .collect();
    world.stats.answered += settled.len() as u64;
    if let Some(person) = world.people.get_mut(&id) {
        for said in &settled {
            person.waiting.remove(said);
        }
        person.answered += 1;
        person.unanswered = 0;
        person.regard = (person.regard + ANSWER_GAIN).min(1000);
        person.drifted_at = None;
    }
}

/// Somebody liked a status; from the owner that is a small sign of life to its author.
pub(crate) fn liked(world: &mut World, who: Id, status: Id) {
    if who != world.owner {
        return;
    }
    let Some(author) = world.statuses.get(&status).map(|s| s.account) else { return };
    if let Some(person) = world.people.get_mut(&author) {
        person.regard = (person.regard + LIKE_GAIN).min(1000);
        if person.waiting.get(&status).is_some_and(|weight| *weight < QUESTION_WEIGHT) {
            person.waiting.remove(&status);
            world.stats.answered += 1;
        }
    }
}

/// Patience is over: if the owner has still not answered, somebody thinks less of them.
pub(super) fn look_for_answer(world: &mut World, id: Id, said: Id) {
    let (now, owner) = (world.now, world.owner);
    let still_there = world.statuses.contains_key(&said);
    let Some(person) = world.people.get_mut(&id) else { return };
    let Some(weight) = person.waiting.remove(&said) else { return };
    if !still_there {
        return;
    }
    let loss = (1000 - SILENCE_KEEPS) * weight / 1000;
    person.regard = person.regard * (1000 - loss) / 1000;
    person.unanswered += u32::from(weight >= QUESTION_WEIGHT);
    let drifts = person.drifted_at.is_none() && (person.unanswered >= UNANSWERED_MAX || person.regard < REGARD_MIN);
    if drifts {
        person.drifted_at = Some(now);
    }
    let number = person.number;
    world.stats.given_up += 1;
    if drifts {
        world.stats.drifted += 1;
        let mut dice = world.dice("drift", &[said.0, number]);
        if world.follows(id, owner) && dice.happens(UNFOLLOW_CHANCE) {
            world.stats.unfollows += 1;
            // Both accounts are there; unfollowing cannot be refused.
            let _ = world.unfollow(id, owner);
        }
    }
}
