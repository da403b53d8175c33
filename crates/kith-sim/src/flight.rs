//! A claim in a worker's hands: the same steps in the same order as the engine's `deliver`, each a point where the
//! worker may die, stand still or fail to write.
//!
//! All decisions are the domain's. What is kept here is what the engine keeps: the dispatch as claimed, the channel
//! as it was at the claim, and when the claim began.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{
    self as machine, ChannelFacts, Decision, Dispatch, Hold, LEASE_S, Looked, Notice, Outcome, PublishError, SEND_TIMEOUT_S, State, Task,
};

use crate::fault::PrepareFault;
use crate::network::Guard;
use crate::setting::{Point, Policy};
use crate::store::{Claimed, Kind, Row, Unsaved};
use crate::wire::Request;
use crate::world::{Event, Go, World};

/// A claim older than this starts no send, in milliseconds (reliability.md I10).
const SEND_UNTIL_MS: i64 = (LEASE_S - 2 * SEND_TIMEOUT_S) * 1_000;
/// Longest wait for an answer, in milliseconds.
pub(crate) const SEND_TIMEOUT_MS: i64 = SEND_TIMEOUT_S * 1_000;
/// Bytes fixed longer ago are made anew, in seconds.
const PREPARED_AGE_MAX_S: i64 = 3_600;

/// What comes back over the wire.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Sent(Outcome),
    Looked(Looked),
}

/// How a preparation ends.
#[derive(Debug, Clone)]
pub(crate) enum Preparation {
    Bytes(String),
    Failed(PublishError),
    PictureMissing,
}

/// Where a claim stands in its worker's hands.
#[derive(Debug, Clone)]
enum Phase {
    Woken,
    Preparing(Preparation),
    Prepared,
    ToSend(Decision),
    Intended(usize),
    Checked(usize, i64),
    Waiting(usize, Wait),
    Answered(usize, Outcome),
    LookBegan(usize),
    Looking(usize, Wait),
    Seen(usize, Looked),
    Save(Decision),
    Heed(Option<Notice>),
}

/// A wait for an answer.
#[derive(Debug, Clone, Copy)]
struct Wait {
    /// Where the answer will lie.
    ticket: usize,
    /// Since when, on the worker's monotonic clock.
    since_mono: i64,
}

/// What a step leaves to do.
enum Next {
    /// Go on after a moment.
    Step,
    /// Go on at this instant, or when an answer comes.
    Again(i64),
    /// The worker was struck.
    Struck,
    /// The claim is over.
    End,
}

/// A claim under way.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    pub(crate) channel: usize,
    row: usize,
    d: Dispatch,
    facts: ChannelFacts,
    sign_in_known: bool,
    began_mono: i64,
    began_wall: Timestamp,
    /// When it was claimed, truly.
    began: i64,
    /// Whether it has just been struck where it is, so that it is not struck there again.
    struck: bool,
    /// The look that led to a send and whose end is not stored yet.
    look: Option<usize>,
    /// The step that is awaited; an event that names another is an old one.
    tick: u64,
    phase: Phase,
}

impl Flight {
    fn bytes_are_fresh(&self, now: Timestamp) -> bool {
        let lately = |sent: Timestamp| now.duration_since(sent) < SignedDuration::from_secs(PREPARED_AGE_MAX_S);
        self.d.prepared.is_some() && self.d.last_send.is_some_and(lately)
    }

    fn to(&mut self, phase: Phase) -> Next {
        self.phase = phase;
        Next::Step
    }
}

impl World {
    /// A worker has claimed a dispatch.
    pub(crate) fn take_up(&mut self, worker: usize, claimed: Claimed) {
        let row = claimed.row;
        let channel = self.store.rows[row].channel;
        let here = self.channels[channel];
        let hold = if here.sign_in { Some((Hold::Token, String::new())) } else { here.paused.then(|| (Hold::Paused, String::new())) };
        let hold = hold.or_else(|| self.held_for_people(channel).map(|why| (why, String::new())));
        let facts = ChannelFacts { hold, class: self.networks[channel].class() };
        self.say(|| format!("worker {worker} claims post {row} ({:?}), fence {}", claimed.d.state, claimed.d.fence));
        let flight = Flight {
            channel,
            row,
            facts,
            sign_in_known: here.sign_in,
            began_mono: self.mono(worker),
            began_wall: self.wall(),
            began: self.now,
            struck: false,
            look: None,
            tick: 0,
            phase: Phase::Woken,
            d: claimed.d,
        };
        let flights = &mut self.workers[worker].flights;
        let at = flights.iter().position(Option::is_none).unwrap_or_else(|| {
            flights.push(None);
            flights.len() - 1
        });
        flights[at] = Some(flight);
        self.step_later(worker, at);
    }

    /// The next step of a claim, after the moment that a commit or a thought takes.
    fn step_later(&mut self, worker: usize, flight: usize) {
        let pause = if self.troubled() && self.dice.happens(0.01) { self.dice.skewed(100, 100_000) } else { self.dice.between(1, 20) };
        self.step_at(worker, flight, self.now + pause);
    }

    fn step_at(&mut self, worker: usize, flight: usize, at: i64) {
        let tick = self.tick();
        let w = &mut self.workers[worker];
        let life = w.life;
        if let Some(Some(here)) = w.flights.get_mut(flight) {
            here.tick = tick;
            self.at(at, Event::Go(Go { worker, life, flight, tick }));
        }
    }

    /// A worker goes on with a claim.
    pub(crate) fn go_on(&mut self, go: Go) {
        let Go { worker, life, flight, tick } = go;
        let w = &mut self.workers[worker];
        if w.life != life || !w.alive {
            return;
        }
        if w.frozen_until > self.now {
            let thaw = w.frozen_until;
            return self.at(thaw, Event::Go(go));
        }
        let Some(mut here) = w.flights.get_mut(flight).and_then(|here| here.take_if(|here| here.tick == tick)) else { return };
        let next = self.step(go, &mut here);
        let w = &mut self.workers[worker];
        if w.life != life {
            return;
        }
        let thaw = w.frozen_until;
        if matches!(next, Next::End) {
            return self.poll_at(worker, self.now);
        }
        w.flights[flight] = Some(here);
        match next {
            Next::Step => self.step_later(worker, flight),
            // The tick stays: the answer that is on its way bears it.
            Next::Again(at) => self.at(at, Event::Go(go)),
            Next::Struck => self.at(thaw, Event::Go(go)),
            Next::End => {}
        }
    }

    fn step(&mut self, go: Go, f: &mut Flight) -> Next {
        let (now, worker) = (self.wall(), go.worker);
        match f.phase.clone() {
            Phase::Woken => self.struck_or(worker, Point::AfterClaim, f, |world, f| world.woken(f, now)),
            Phase::Preparing(preparation) => self.prepared(f, preparation, now),
            Phase::Prepared => self.struck_or(worker, Point::AfterPrepare, f, |_, f| match machine::begin_send(&f.d) {
                Some(decision) => f.to(Phase::ToSend(decision)),
                None => Next::End,
            }),
            Phase::ToSend(decision) => self.intend(worker, f, decision, now),
            // The look's end is stored under the new state: any other would end the claim.
            Phase::Intended(_) if f.look.is_some() => {
                let n = f.look.take().unwrap_or_default();
                match self.write(f.row, |store| store.finish_attempt(f.row, &f.d, &f.d.state, n)) {
                    Ok(()) => Next::Step,
                    Err(why) => self.unsaved(f, why),
                }
            }
            Phase::Intended(n) => self.struck_or(worker, Point::AfterIntent, f, |world, f| {
                if world.twin_is_open(f) {
                    let (after, why) =
                        (Some(SignedDuration::from_secs(machine::TWIN_PAUSE_S)), "a post with the same words is open".into());
                    f.to(Phase::Answered(n, Err(PublishError::Later { after, why })))
                } else if world.in_time(worker, f) {
                    let checked = world.now;
                    f.to(Phase::Checked(n, checked))
                } else {
                    let why = "the claim grew too old before a byte was sent".into();
                    f.to(Phase::Answered(n, Err(PublishError::Later { after: None, why })))
                }
            }),
            Phase::Checked(n, checked) => {
                // The step after the check follows at once, unless the worker stands still exactly here.
                if !f.struck && !self.survives(worker, Point::AfterCheck) {
                    f.struck = true;
                    return Next::Struck;
                }
                f.struck = false;
                let wait = self.send(go, f, checked);
                f.phase = Phase::Waiting(n, wait);
                if self.survives(worker, Point::AfterSend) { Next::Again(self.now + SEND_TIMEOUT_MS) } else { Next::Struck }
            }
            Phase::Waiting(n, wait) => self.wait(worker, wait, f, |answer| match answer {
                Some(Answer::Sent(outcome)) => Phase::Answered(n, outcome),
                _ => Phase::Answered(n, Err(PublishError::Unknown { why: "no answer in time".into() })),
            }),
            Phase::Answered(n, outcome) => self.struck_or(worker, Point::BeforeResult, f, |world, f| {
                let decision = world.after_send(f, outcome, now);
                world.finish(f, n, decision)
            }),
            Phase::LookBegan(n) => self.struck_or(worker, Point::AfterLookBegan, f, |world, f| {
                let wait = world.new_wait(worker);
                let taken = world.store.taken(f.channel, f.row);
                world.depart_look(go, wait.ticket, f.row, f.channel, &taken);
                f.phase = Phase::Looking(n, wait);
                Next::Again(world.now + SEND_TIMEOUT_MS)
            }),
            Phase::Looking(n, wait) => self.wait(worker, wait, f, |answer| match answer {
                Some(Answer::Looked(looked)) => Phase::Seen(n, looked),
                _ => Phase::Seen(n, Looked::Failed { after: None, why: "no answer in time".into() }),
            }),
            Phase::Seen(n, looked) => self.struck_or(worker, Point::BeforeLookResult, f, |world, f| world.seen(f, n, looked, now)),
            Phase::Save(decision) => {
                match self.write(f.row, |store| store.save_step(f.row, &f.d, &decision.state, f.d.prepared.as_deref())) {
                    Ok(()) => {
                        self.tell(f, &decision);
                        f.to(Phase::Heed(decision.notice))
                    }
                    Err(why) => self.unsaved(f, why),
                }
            }
            Phase::Heed(notice) => self.struck_or(worker, Point::InCommit, f, |world, f| {
                // What holds it may have ended between the claim and the save.
                world.let_go_of(f.channel);
                if matches!(notice, Some(Notice::ChannelNeedsSignIn(_))) && !f.sign_in_known {
                    world.channels[f.channel].sign_in = true;
                }
                Next::End
            }),
        }
    }

    fn struck_or(&mut self, worker: usize, point: Point, f: &mut Flight, then: impl FnOnce(&mut Self, &mut Flight) -> Next) -> Next {
        if !f.struck && !self.survives(worker, point) {
            f.struck = true;
            return Next::Struck;
        }
        f.struck = false;
        then(self, f)
    }

    fn woken(&mut self, f: &mut Flight, now: Timestamp) -> Next {
        let decision = match self.setting.policy {
            Policy::Kith => machine::wake(&f.d, &f.facts, now),
            Policy::Naive => crate::naive::wake(&f.d),
        };
        match decision.task {
            Task::Rest => f.to(Phase::Save(decision)),
            Task::Send => f.to(Phase::ToSend(decision)),
            Task::Prepare => {
                f.d.state = decision.state;
                if f.bytes_are_fresh(now) {
                    return f.to(Phase::Prepared);
                }
                let (took, preparation) = self.prepare(f);
                f.phase = Phase::Preparing(preparation);
                Next::Again(self.now + took)
            }
            Task::Look => match self.write(f.row, |store| store.begin_attempt(f.row, &f.d, &f.d.state, None, Kind::Look, now)) {
                Ok(n) => f.to(Phase::LookBegan(n)),
                Err(why) => self.unsaved(f, why),
            },
        }
    }

    fn prepare(&mut self, f: &Flight) -> (i64, Preparation) {
        let fault = self.prepare_fault();
        let took = if let PrepareFault::Slow(long) = fault { long } else { self.dice.skewed(10, 3_000) };
        if self.channels[f.channel].token_dead {
            return (took, Preparation::Failed(PublishError::SignInAgain { why: "401".into() }));
        }
        let why = || "in preparing".to_owned();
        let preparation = match fault {
            PrepareFault::Later => Preparation::Failed(PublishError::Later { after: None, why: why() }),
            PrepareFault::Unknown => Preparation::Failed(PublishError::Unknown { why: why() }),
            PrepareFault::Refused => Preparation::Failed(PublishError::Refused { why: why() }),
            PrepareFault::Media => Preparation::PictureMissing,
            PrepareFault::None | PrepareFault::Slow(_) => {
                self.staged.push(self.now);
                let number = self.staged.len() - 1;
                // A staged network names the handle; elsewhere the bytes carry the instant of their making.
                let word = if matches!(self.networks[f.channel].guard, Guard::Staged { .. }) { "handle" } else { "bytes" };
                Preparation::Bytes(format!("{word} {number}"))
            }
        };
        (took, preparation)
    }

    fn prepared(&mut self, f: &mut Flight, preparation: Preparation, now: Timestamp) -> Next {
        match preparation {
            Preparation::Bytes(bytes) => {
                f.d.prepared = Some(bytes);
                f.to(Phase::Prepared)
            }
            Preparation::Failed(error) => {
                let jitter = self.dice.unit();
                let decision = machine::after_prepare_failed(&f.d, error, now, jitter);
                f.to(Phase::Save(decision))
            }
            Preparation::PictureMissing => {
                let state = State::Held { why: Hold::Media, detail: String::new(), since: now };
                f.to(Phase::Save(Decision { state, task: Task::Rest, notice: None }))
            }
        }
    }

    /// Whether an identical post on this channel may be out unseen.
    fn twin_is_open(&self, f: &Flight) -> bool {
        let open = |row: &Row| matches!(row.d.state.name(), "sending" | "uncertain") && row.channel == f.channel;
        let text = self.store.rows[f.row].text;
        self.setting.policy == Policy::Kith
            && f.facts.class.looks_by_words()
            && self.store.rows.iter().enumerate().any(|(at, row)| at != f.row && row.text == text && open(row))
    }

    /// Whether the claim is young enough to start a send.
    fn in_time(&self, worker: usize, f: &Flight) -> bool {
        let aged = self.wall().as_millisecond() - f.began_wall.as_millisecond();
        self.mono(worker) - f.began_mono < SEND_UNTIL_MS && aged < SEND_UNTIL_MS
    }

    fn intend(&mut self, worker: usize, f: &mut Flight, decision: Decision, now: Timestamp) -> Next {
        if !self.in_time(worker, f) {
            return Next::End;
        }
        let Some(bytes) = f.d.prepared.clone() else { return Next::End };
        match self.write(f.row, |store| store.begin_attempt(f.row, &f.d, &decision.state, Some(&bytes), Kind::Send, now)) {
            Ok(n) => {
                f.d.state = decision.state;
                f.d.attempts += 1;
                f.d.first_send = f.d.first_send.or(Some(now));
                f.d.last_send = Some(now);
                f.to(Phase::Intended(n))
            }

            Err(why) => self.unsaved(f, why),
        }
    }

    fn new_wait(&mut self, worker: usize) -> Wait {
        self.tickets.push(None);
        Wait { ticket: self.tickets.len() - 1, since_mono: self.mono(worker) }
    }

    fn send(&mut self, go: Go, f: &Flight, checked: i64) -> Wait {
        let key = match self.setting.policy {
            Policy::Kith => f.d.remote_key.clone(),
            Policy::Naive => format!("{}-{}", f.d.remote_key, f.d.attempts),
        };
        let wait = self.new_wait(go.worker);
        let request = Request {
            row: f.row,
            channel: f.channel,
            key,
            bytes: f.d.prepared.clone().unwrap_or_default(),
            from: go,
            ticket: wait.ticket,
            fault: self.send_fault(),
            reached: None,
            stale_ms: self.now - checked,
            by_person: self.watch.asked(f.row),
            left: self.now,
        };
        self.watch_send(&request, f.d.fence, (f.began_wall, f.began));
        self.depart(request);
        wait
    }

    /// Waits for an answer until the time-out on the worker's own clock; an answer that is here wins.
    fn wait(&mut self, worker: usize, wait: Wait, f: &mut Flight, then: impl FnOnce(Option<Answer>) -> Phase) -> Next {
        let now = self.now;
        let answer = self.tickets[wait.ticket].take_if(|(at, _)| *at <= now);
        let waited = self.mono(worker) - wait.since_mono;
        match answer {
            Some((_, answer)) => f.to(then(Some(answer))),
            None if waited >= SEND_TIMEOUT_MS => f.to(then(None)),
            None => Next::Again(now + SEND_TIMEOUT_MS - waited),
        }
    }

    fn after_send(&mut self, f: &Flight, outcome: Outcome, now: Timestamp) -> Decision {
        match self.setting.policy {
            Policy::Kith => machine::after_send(&f.d, outcome, now, self.dice.unit()),
            Policy::Naive => crate::naive::after_send(&f.d, outcome, now),
        }
    }

    fn seen(&mut self, f: &mut Flight, n: usize, looked: Looked, now: Timestamp) -> Next {
        let decision = machine::after_look(&f.d, f.facts.class, looked, now, self.dice.unit());
        if decision.task == Task::Send && f.facts.holds(&f.d.state).is_none() {
            f.look = Some(n);
            return f.to(Phase::ToSend(decision));
        }
        let decision = if decision.task == Task::Send { machine::look_later(&f.d, now) } else { decision };
        self.finish(f, n, decision)
    }

    /// Stores how an attempt ended.
    fn finish(&mut self, f: &mut Flight, n: usize, decision: Decision) -> Next {
        match self.write(f.row, |store| store.finish_attempt(f.row, &f.d, &decision.state, n)) {
            Ok(()) => {
                self.tell(f, &decision);
                f.to(Phase::Heed(decision.notice))
            }
            Err(why) => self.unsaved(f, why),
        }
    }

    /// Nothing was stored: the claim is over, and whoever claims next looks.
    fn unsaved(&mut self, f: &Flight, why: Unsaved) -> Next {
        self.watch.unsaved(why);
        self.say(|| format!("post {}: a result under fence {} is not stored: {why:?}", f.row, f.d.fence));
        Next::End
    }

    fn tell(&mut self, f: &Flight, decision: &Decision) {
        self.say(|| format!("post {} is {:?}", f.row, decision.state));
    }
}
