//! The person: reads what waits, looks at the network, and says what to do a moment later.
//!
//! They see of a network what its author sees. What they say is true when they look; whether it is still true when a
//! late request arrives is the network's affair.

use kith_domain::publish::{Answer, State, by_person};

use crate::network::Guard;
use crate::setting::{Act, MINUTE};
use crate::store::remote_id;
use crate::world::{Event, Reading, World};

/// How long a person takes from reading to pressing, in milliseconds.
const THINKS_MS: (i64, i64) = (500, 60_000);
/// After how long a person comes to see what waits, in milliseconds.
const COMES_MS: (i64, i64) = (20_000, 180 * MINUTE);

impl World {
    /// Something waits for a person, who may come.
    pub(crate) fn expect_visit(&mut self, row: usize) {
        if !self.visits[row] && self.dice.happens(self.setting.answers) {
            self.visits[row] = true;
            let at = self.now + self.dice.skewed(COMES_MS.0, COMES_MS.1);
            self.at(at, Event::Visit(row));
        }
    }

    pub(crate) fn visit(&mut self, row: usize) {
        self.visits[row] = false;
        if self.store.rows[row].d.state.name() == "held" {
            // They mend what is wrong: put the picture back, check the channel.
            let channel = self.store.rows[row].channel;
            if !self.channels[channel].token_dead && !self.channels[channel].paused {
                self.channels[channel].sign_in = false;
                self.release(channel);
            } else {
                self.expect_visit(row);
            }
            return;
        }
        let act = if self.dice.happens(0.15) { Act::Cancel } else { Act::Honest };
        self.read(row, act);
    }

    /// A person reads a dispatch and begins to think.
    pub(crate) fn read(&mut self, row: usize, act: Act) {
        self.readings.push(Reading { row, was: self.store.rows[row].d.clone(), act });
        let at = self.now + self.dice.skewed(THINKS_MS.0, THINKS_MS.1);
        self.at(at, Event::Decide(self.readings.len() - 1));
    }

    /// They press.
    pub(crate) fn decide(&mut self, reading: usize) {
        let Reading { row, was, act } = &self.readings[reading];
        let (row, was, act) = (*row, was.clone(), *act);
        let seen = self.seen_by_person(row);
        let answer = match (act, seen) {
            (Act::Cancel, _) => Answer::Cancel,
            (Act::LetOut, _) => Answer::LetOut,
            (Act::SendNow, _) | (Act::Honest, None) => Answer::SendNow,
            (Act::ItIsThere | Act::Honest, Some(at)) => {
                let channel = self.store.rows[row].channel;
                Answer::ItIsThere(self.networks[channel].receipt(at, self.base))
            }
            (Act::ItIsThere, None) => return,
        };
        // What is merely late has never been sent; nobody looks for it.
        let answer = if matches!(was.state, State::Missed { .. }) && act == Act::Honest { Answer::SendNow } else { answer };
        let now = self.wall();
        let Ok(decision) = by_person(&was, answer.clone(), now) else { return };
        if self.down {
            return;
        }
        let before = self.store.rows[row].d.state.name();
        let done = self.store.apply(row, &was, &decision.state);
        self.say(|| format!("a person decides on post {row} ({before}): {answer:?}: {done:?}"));
        match done {
            Ok(()) => {
                if matches!(answer, Answer::SendNow | Answer::LetOut) {
                    let true_now = self.now;
                    self.watch.said(row, now, true_now);
                }
                if answer == Answer::Cancel && before == "needs_person" {
                    self.watch.gave_up(row);
                }
                self.moved(row, before);
            }
            Err(_) if self.store.rows[row].d.state.waits_for_person() => self.expect_visit(row),
            Err(_) => {}
        }
    }

    /// The post that a person would take for this one: its words, not bound to another dispatch, not older than its
    /// first send.
    fn seen_by_person(&self, row: usize) -> Option<usize> {
        let here = &self.store.rows[row];
        let first = here.d.first_send?;
        let since = first.as_millisecond() - self.base.as_millisecond() - 2 * MINUTE;
        let network = &self.networks[here.channel];
        let bound: Vec<&str> =
            self.store.rows.iter().filter(|other| other.channel == here.channel).filter_map(|other| remote_id(&other.d.state)).collect();
        let named = !matches!(network.guard, Guard::Blind | Guard::ReadBack | Guard::Duplicate { .. } | Guard::Keyed { .. });
        network.posts.iter().position(|post| {
            let mine = if named { post.by == row } else { post.text == here.text && post.created_ms >= since };
            mine && post.visible_ms <= self.now && !bound.contains(&post.id.as_str())
        })
    }
}
