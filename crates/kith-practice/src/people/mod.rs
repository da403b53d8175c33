//! The simulated people: who they are, when they are awake, what they do and when they give up.
//!
//! People act only through the same functions as any client (publish, favourite, follow), at instants planned ahead
//! in the world's list of acts. To add a habit: a variant of [`Act`], the place that plans it, and its line in `act`.

mod cast;
mod cue;
mod habits;
mod hours;
mod react;
mod regard;
mod visits;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use cast::settle;
pub use cue::Cue;
pub(crate) use cue::{catch_up, give, pass_over};
pub(crate) use react::heard;
pub(crate) use regard::liked;
pub(crate) use visits::followed;

use crate::words::Topic;
use crate::world::{Id, World};

/// What somebody is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A person with interests, time and feelings.
    Neighbour,
    /// Answers everything with a link.
    LinkSpammer,
    /// Knows how you double your coins.
    CryptoSpammer,
    /// Wants to be followed back.
    FollowBackBeggar,
    /// Sends everybody who follows, or is followed, the same direct message.
    AutoDm,
    /// Sends mailings whose placeholders nobody filled.
    MailMerge,
}

impl Kind {
    /// Whether a machine writes for it.
    pub(crate) fn is_machine(self) -> bool {
        self != Self::Neighbour
    }
}

/// A simulated person's habits and what they think of the owner. Shares are per thousand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub id: Id,
    /// Their place in the cast, which names their dice.
    pub number: u64,
    pub kind: Kind,
    pub zone: String,
    /// Minutes after midnight, local time.
    pub wakes: i64,
    pub sleeps: i64,
    pub interests: Vec<Topic>,
    pub chattiness: u32,
    pub patience_hours: i64,
    /// How much they like talking to the owner.
    pub regard: u32,
    pub answered: u32,
    pub unanswered: u32,
    pub drifted_at: Option<Timestamp>,
    /// Own statuses that still wait for the owner, with how much an answer is expected.
    pub waiting: BTreeMap<Id, u32>,
    /// Thread → how often they have answered back in it.
    pub turns: BTreeMap<Id, u32>,
}

impl Person {
    fn chatty(&self) -> f64 {
        f64::from(self.chattiness) / 1000.0
    }

    fn fond(&self) -> f64 {
        f64::from(self.regard) / 1000.0
    }
}

/// What somebody does to the owner's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reaction {
    Like,
    Boost,
    Reply,
    Follow,
    Message,
}

/// A planned act of a simulated person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Act {
    /// Writes something of their own, and plans the next time.
    Write { person: Id },
    /// Reacts to a status of the owner's.
    React { person: Id, status: Id, how: Reaction },
    /// Answers the owner's answer.
    AnswerBack { person: Id, status: Id },
    /// Sees whether the owner has answered yet.
    LookForAnswer { person: Id, status: Id },
    /// Follows the owner out of the blue.
    Discover { person: Id },
    /// A machine writes to the owner, and plans the next time.
    Pester { person: Id },
    /// A machine greets the owner after a follow.
    Greet { person: Id },
}

/// Carries out an act that has come due. `number` is the act's own, for its dice.
pub(crate) fn act(world: &mut World, act: &Act, number: u64) {
    match *act {
        Act::Write { person } => habits::write(world, person, number),
        Act::React { person, status, how } => react::react(world, person, status, how),
        Act::AnswerBack { person, status } => react::answer_back(world, person, status),
        Act::LookForAnswer { person, status } => regard::look_for_answer(world, person, status),
        Act::Discover { person } => visits::discover(world, person),
        Act::Pester { person } => visits::pester(world, person, number),
        Act::Greet { person } => visits::greet(world, person),
    }
}
