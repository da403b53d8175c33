//! How people take what the owner says: like, boost, reply, answer back.
//!
//! The shares below are set so that forty posts a month bring some thirty to eighty messages. Everything scales with
//! interest in the topic, talkativeness, regard for the owner, and the climate: where nobody gets an answer, fewer ask.

use super::{Act, Kind, Person, Reaction, hours, regard};
use crate::chance::Dice;
use crate::words::{self, Intent, Topic};
use crate::world::{Draft, Id, Status, Visibility, World};

/// Chances that a keen follower with full regard does it on seeing a post.
const LIKE_CHANCE: f64 = 0.13;
const BOOST_CHANCE: f64 = 0.022;
const REPLY_CHANCE: f64 = 0.09;
const MESSAGE_CHANCE: f64 = 0.012;
/// The same for somebody who does not follow but finds the post by its hashtag.
const STRANGER_LIKE_CHANCE: f64 = 0.02;
const STRANGER_FOLLOW_CHANCE: f64 = 0.008;
/// How a topic of interest, or none, and a question in the post change the chances.
const INTERESTED: f64 = 1.7;
const NOT_INTERESTED: f64 = 0.6;
const ASKED: f64 = 1.5;
/// Most replies of people and of machines to one post.
const REPLIES_PER_POST_MAX: usize = 5;
const MACHINE_REPLY_CHANCE: f64 = 0.006;
/// How often a machine takes an answer as an invitation.
const MACHINE_ANSWER_CHANCE: f64 = 0.25;
/// Typical minutes until somebody reacts, answers back, or writes a direct message.
const REACT_MINUTES: f64 = 75.0;
const ANSWER_BACK_MINUTES: f64 = 25.0;
const MESSAGE_MINUTES: f64 = 180.0;
/// Chance to answer the owner's answer: the first and the second time in a thread; more when asked something.
const ANSWER_BACK_CHANCES: [f64; 2] = [0.45, 0.2];
const ANSWER_BACK_IF_ASKED: f64 = 0.35;
/// How often an answer is at least liked.
const LIKE_ANSWER_CHANCE: f64 = 0.5;

/// Called for every new status: plans what people make of the owner's, and counts what reaches the owner.
pub(crate) fn heard(world: &mut World, status: &Status) {
    if status.account == world.owner {
        let names_somebody = status.mentions.iter().any(|m| world.people.contains_key(m));
        if names_somebody {
            world.stats.owner_answers += 1;
            for person in status.mentions.clone() {
                addressed(world, person, status);
            }
        }
        if status.in_reply_to.is_none() && status.visibility != Visibility::Direct {
            world.stats.owner_posts += 1;
            posted(world, status);
        }
    } else if status.mentions(world.owner) {
        count_message(world, status);
    }
}

fn count_message(world: &mut World, status: &Status) {
    let machine = world.people.get(&status.account).is_some_and(|p| p.kind.is_machine());
    if machine {
        world.stats.messages_from_machines += 1;
    } else {
        world.stats.messages_from_people += 1;
        world.stats.direct_messages += u64::from(status.visibility == Visibility::Direct);
    }
}

/// The owner began a thread: everybody who may see it decides what to do and when.
fn posted(world: &mut World, status: &Status) {
    let nth = world.stats.owner_posts;
    let topic = words::topic_of(&status.text);
    let asks = status.text.contains('?');
    let climate = regard::climate(world);
    let owner = world.owner;
    let mut plans = Vec::new();
    let mut replies = Vec::new();
    for person in world.people.values() {
        let mut dice = world.dice("reaction", &[nth, person.number]);
        let follows = world.follows(person.id, owner);
        let can_see = follows || (status.visibility == Visibility::Public && !status.tags.is_empty());
        if person.kind.is_machine() {
            let replies_with_spam = matches!(person.kind, Kind::LinkSpammer | Kind::CryptoSpammer);
            if status.visibility == Visibility::Public && replies_with_spam && dice.happens(MACHINE_REPLY_CHANCE) {
                let at = hours::round_to_it(person, world.now, 10.0, &mut dice);
                plans.push((at, person.id, Reaction::Reply));
            }
            continue;
        }
        if !can_see || person.drifted_at.is_some() && !dice.happens(0.1) {
            continue;
        }
        let interest = if person.interests.contains(&topic) { INTERESTED } else { NOT_INTERESTED };
        let mut maybe = |chance: f64, how: Reaction, minutes: f64, dice: &mut Dice| {
            if dice.happens(chance) {
                let at = hours::round_to_it(person, world.now, minutes, dice);
                match how {
                    Reaction::Reply => replies.push((at, person.id, how)),
                    _ => plans.push((at, person.id, how)),
                }
            }
        };
        if !follows {
            maybe(STRANGER_LIKE_CHANCE * interest, Reaction::Like, REACT_MINUTES, &mut dice);
            maybe(STRANGER_FOLLOW_CHANCE * interest * climate, Reaction::Follow, REACT_MINUTES * 2.0, &mut dice);
            continue;
        }
        let mood = interest * person.fond();
        let talk = mood * person.chatty() * climate * if asks { ASKED } else { 1.0 };
        maybe(LIKE_CHANCE * interest * (0.4 + person.fond()), Reaction::Like, REACT_MINUTES, &mut dice);
        maybe(BOOST_CHANCE * mood, Reaction::Boost, REACT_MINUTES, &mut dice);
        maybe(REPLY_CHANCE * talk, Reaction::Reply, REACT_MINUTES, &mut dice);
        maybe(MESSAGE_CHANCE * talk, Reaction::Message, MESSAGE_MINUTES, &mut dice);
    }
    replies.sort_by_key(|(at, person, _)| (*at, *person));
    replies.truncate(REPLIES_PER_POST_MAX);
    for (at, person, how) in plans.into_iter().chain(replies) {
        world.plan(at, Act::React { person, status: status.id, how });
    }
}

/// Somebody does what they had in mind, if the status is still there.
pub(super) fn react(world: &mut World, id: Id, status_id: Id, how: Reaction) {
    let (Some(person), Some(status)) = (world.people.get(&id).cloned(), world.statuses.get(&status_id).cloned()) else {
        return;
    };
    match how {
        Reaction::Like => {
            if world.favourite(id, status_id, true).is_ok() {
                world.stats.likes += 1;
            }
            vote(world, &person, &status);
        }
        Reaction::Boost => {
            if world.reblog(id, status_id).is_ok() {
                world.stats.boosts += 1;
            }
        }
        Reaction::Follow => {
            // Following twice or being refused changes nothing.
            let _ = world.follow(id, world.owner);
        }
        Reaction::Reply => reply(world, &person, &status),
        Reaction::Message => message(world, &person, words::topic_of(&status.text), Some(status_id)),
    }
}

pub(super) fn reply(world: &mut World, person: &Person, status: &Status) {
    let mut dice = world.dice("reply", &[status.id.0, person.number]);
    let topic = words::topic_of(&status.text);
    let (intent, text) = if person.kind.is_machine() {
        (Intent::Thanks, words::pestering(person.kind, &mut dice))
    } else {
        let intent = match dice.below(100) {
            0..45 => Intent::Question,
            45..85 => Intent::Comment,
            _ => Intent::Thanks,
        };
        (intent, fresh(world, &mut dice, |dice| words::reply(topic, intent, dice)))
    };
    let visibility = if status.visibility == Visibility::Public { Visibility::Public } else { status.visibility };
    say(world, person, Some(status.id), visibility, &text, intent);
}

/// Somebody asks the owner something about a status.
pub(super) fn ask(world: &mut World, person: &Person, status: &Status) {
    let mut dice = world.dice("question", &[status.id.0, person.number]);
    let topic = words::topic_of(&status.text);
    let text = fresh(world, &mut dice, |dice| words::reply(topic, Intent::Question, dice));
    say(world, person, Some(status.id), status.visibility, &text, Intent::Question);
}

/// Somebody writes to the owner directly.
pub(super) fn message(world: &mut World, person: &Person, topic: Topic, about: Option<Id>) {
    let mut dice = world.dice("message", &[about.map_or(world.now.as_millisecond() as u64, |a| a.0), person.number]);
    let text = fresh(world, &mut dice, |dice| words::direct(topic, dice));
    say(world, person, None, Visibility::Direct, &text, Intent::Question);
}

/// Publishes a text to the owner and remembers that an answer is hoped for.
pub(super) fn say(world: &mut World, person: &Person, in_reply_to: Option<Id>, visibility: Visibility, text: &str, intent: Intent) {
    let Some(owner) = world.accounts.get(&world.owner).map(|a| a.username.clone()) else { return };
    let text = format!("@{owner} {text}");
    // The parent may have gone, or not be visible any more; then the words stay unsaid.
    if let Ok(said) = world.publish(person.id, Draft { visibility, in_reply_to, ..Draft::text(text) })
        && !person.kind.is_machine()
    {
        regard::wait_for_answer(world, person.id, said, intent);
    }
}

/// The owner named somebody: their waiting is over, and they may answer back.
fn addressed(world: &mut World, id: Id, status: &Status) {
    let Some(person) = world.people.get(&id).cloned() else { return };
    let nth = world.stats.owner_answers;
    let mut dice = world.dice("addressed", &[nth, person.number]);
    if person.kind.is_machine() {
        if dice.happens(MACHINE_ANSWER_CHANCE) {
            let at = hours::round_to_it(&person, world.now, 3.0, &mut dice);
            world.plan(at, Act::Greet { person: id });
        }
        return;
    }
    regard::was_answered(world, id, status);
    if status.visibility != Visibility::Direct && dice.happens(LIKE_ANSWER_CHANCE) {
        let at = hours::round_to_it(&person, world.now, ANSWER_BACK_MINUTES, &mut dice);
        world.plan(at, Act::React { person: id, status: status.id, how: Reaction::Like });
    }
    let turns = person.turns.get(&status.root).copied().unwrap_or(0) as usize;
    let Some(base) = ANSWER_BACK_CHANCES.get(turns) else { return };
    let asked = if status.text.contains('?') { ANSWER_BACK_IF_ASKED } else { 0.0 };
    if dice.happens(base + asked) {
        let at = hours::round_to_it(&person, world.now, ANSWER_BACK_MINUTES, &mut dice);
        world.plan(at, Act::AnswerBack { person: id, status: status.id });
    }
}

/// Somebody answers the owner's answer, more warmly the better they know each other.
pub(super) fn answer_back(world: &mut World, id: Id, status_id: Id) {
    let (Some(person), Some(status)) = (world.people.get(&id).cloned(), world.statuses.get(&status_id).cloned()) else {
        return;
    };
    let turns = person.turns.get(&status.root).copied().unwrap_or(0);
    let mut dice = world.dice("answer back", &[status_id.0, person.number]);
    let topic = words::topic_of(&status.text);
    let asked = status.text.contains('?');
    let goes_on = turns == 0 && dice.happens(0.35);
    let warm = person.answered >= 2;
    let intent = if goes_on { Intent::Question } else { Intent::Thanks };
    let text = fresh(world, &mut dice, |dice| words::answer_back(topic, asked, goes_on, warm, dice));
    if let Some(person) = world.people.get_mut(&id) {
        person.turns.insert(status.root, turns + 1);
    }
    say(world, &person, Some(status_id), status.visibility, &text, intent);
}

fn vote(world: &mut World, person: &Person, status: &Status) {
    if let Some(poll) = &status.poll {
        let mut dice = world.dice("vote", &[poll.id.0, person.number]);
        let choice = dice.below(poll.options.len());
        // Too late or twice: then it is no vote.
        let _ = world.vote(person.id, poll.id, vec![choice]);
    }
}

/// A text that was not used lately, as far as a few tries find one.
fn fresh(world: &World, dice: &mut Dice, mut make: impl FnMut(&mut Dice) -> String) -> String {
    const TRIES_MAX: usize = 8;
    const LOOK_BACK: usize = 600;
    let mut text = make(dice);
    for _ in 1..TRIES_MAX {
        let used = world.statuses.values().rev().take(LOOK_BACK).any(|s| s.text.ends_with(&text));
        if !used {
            break;
        }
        text = make(dice);
    }
    text
}
