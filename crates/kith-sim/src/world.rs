//! The world of one run: virtual time, the workers' processes, and what happens to them.
//!
//! Events are taken in the order of their time, and those of one instant in the order of their making, so a seed is a
//! whole history. `host` is the processes, `flight` carries claims, `person` answers, `wire` is the way to the networks and back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, DispatchId, PostId, VariantId, WorkspaceId};
use kith_domain::publish::{Content, Dispatch, Hold, State};

use crate::check::Watch;
use crate::dice::Dice;
use crate::fault::{LookFault, PrepareFault, SendFault};
use crate::flight::Answer;
use crate::host::Worker;
use crate::network::{Network, ms_after};
use crate::setting::{Act, MINUTE, Mishap, Point, Script, Setting};
use crate::store::{Row, Store, Unsaved};
use crate::story::Story;
use crate::wire::Request;

/// The start of every run, in seconds since 1970.
const START_S: i64 = 1_796_115_600;
/// A run that is still busy then has got stuck, in milliseconds.
const END_MS: i64 = 5 * 24 * 60 * MINUTE;

/// How often a process looks whether what waits for people may go on, in milliseconds.
const BEAT_MS: i64 = 5_000;

/// Something that is going to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A worker asks what is due.
    Poll { worker: usize, turn: u64 },
    /// A worker goes on with a claim.
    Go(Go),
    /// A crashed worker starts.
    Restart { worker: usize, life: u64 },
    /// A request reaches a handler of its network.
    Handle { request: usize },
    /// Its handler is done.
    Handled { request: usize },
    /// The nth mishap.
    Mishap(usize),
    /// A person has made up their mind about what they read.
    Decide(usize),
    /// A person comes to see what waits.
    Visit(usize),
    /// A process looks whether what waits for people may go on.
    Beat,
}

/// A step of a claim in a worker's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Go {
    pub(crate) worker: usize,
    /// The worker's life.
    pub(crate) life: u64,
    pub(crate) flight: usize,
    /// Which step.
    pub(crate) tick: u64,
}

/// What the program believes of a channel, as stored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Channel {
    /// Marked "sign in again".
    pub(crate) sign_in: bool,
    /// Paused by a person.
    pub(crate) paused: bool,
    /// Whether the network takes its token.
    pub(crate) token_dead: bool,
    /// Since when a pause of it lasts, truly.
    pub(crate) rests: Option<i64>,
}

/// What holds posts for people, as stored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stillness {
    /// Since when somebody has waited too long, truly.
    pub(crate) brakes: Option<i64>,
    /// Since when everything stands still, truly.
    pub(crate) rests: Option<i64>,
}

/// A person's decision under way.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) row: usize,
    pub(crate) was: Dispatch,
    pub(crate) act: Act,
}

/// Everything.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) setting: Setting,
    pub(crate) dice: Dice,
    pub(crate) now: i64,
    /// Wall clock less true time, in milliseconds.
    pub(crate) offset: i64,
    pub(crate) base: Timestamp,
    pub(crate) store: Store,
    pub(crate) down: bool,
    pub(crate) networks: Vec<Network>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) still: Stillness,
    pub(crate) workers: Vec<Worker>,
    pub(crate) requests: Vec<Request>,
    pub(crate) readings: Vec<Reading>,
    /// Answers under way: when they arrive and what they say.
    pub(crate) tickets: Vec<Option<(i64, Answer)>>,
    /// When each handle was staged.
    pub(crate) staged: Vec<i64>,
    pub(crate) watch: Watch,
    pub(crate) story: Story,
    /// Rows that a person has said they will visit.
    pub(crate) visits: Vec<bool>,
    pub(crate) script: Script,
    pub(crate) scripted: bool,
    /// How often each point has been reached, for a script.
    pub(crate) reached: Vec<(Point, u32)>,
    queue: BinaryHeap<Reverse<(i64, u64, Event)>>,
    made: u64,
}

impl World {
    /// The world of a setting, before its first instant.
    pub(crate) fn new(setting: Setting, dice: Dice, told: bool) -> Self {
        let base = Timestamp::from_second(START_S).unwrap_or_default();
        let mut script = setting.script.clone().unwrap_or_default();
        script.sends.reverse();
        script.looks.reverse();
        script.prepares.reverse();
        let mut world = Self {
            now: 0,
            offset: 0,
            base,
            store: Store::default(),
            down: false,
            networks: setting.channels.iter().enumerate().map(|(at, guard)| Network::new(at, *guard)).collect(),
            channels: vec![Channel::default(); setting.channels.len()],
            still: Stillness::default(),
            workers: (0..setting.workers).map(|_| Worker::new()).collect(),
            requests: Vec::new(),
            readings: Vec::new(),
            tickets: Vec::new(),
            staged: Vec::new(),
            watch: Watch::new(setting.posts.len()),
            story: Story::new(told),
            visits: vec![false; setting.posts.len()],
            scripted: setting.script.is_some(),
            script,
            reached: Vec::new(),
            queue: BinaryHeap::new(),
            made: 0,
            dice,
            setting,
        };
        world.plan();
        world
    }

    fn plan(&mut self) {
        let (base, hash) = (self.base, Content::default().hash());
        let chance = |kind: u8, at: usize| [kind, (at >> 8) as u8, at as u8, 0, 0, 0, 0, 0, 0, 0];
        for (at, post) in self.setting.posts.iter().enumerate() {
            let due_at = ms_after(base, post.due_ms);
            let d = Dispatch {
                id: DispatchId::new(base, chance(1, at)),
                workspace: WorkspaceId::new(base, chance(2, 0)),
                post: PostId::new(base, chance(3, at)),
                variant: VariantId::new(base, chance(4, at)),
                channel: ChannelId::new(base, chance(5, post.channel)),
                occurrence_key: String::new(),
                civil: String::new(),
                zone: String::new(),
                due_at,
                grace_s: post.grace_s,
                payload_hash: hash.clone(),
                remote_key: format!("key-{at}"),
                prepared: None,
                state: State::planned(),
                fence: 0,
                attempts: 0,
                first_send: None,
                last_send: None,
            };
            let wake_at = d.wake_at(None);
            self.store.rows.push(Row {
                d,
                wake_at,
                lease_until: None,
                lease_by: (0, 0),
                attempts: Vec::new(),
                channel: post.channel,
                text: post.text,
            });
        }
        for at in 0..self.setting.mishaps.len() {
            self.at(self.setting.mishaps[at].0, Event::Mishap(at));
        }
        for worker in 0..self.workers.len() {
            self.poll_at(worker, 0);
        }
    }

    /// The story begins with who is there.
    pub(crate) fn tell_setting(&mut self) {
        let Setting { workers, channels, posts, odds, answers, lag_ms_max, .. } = self.setting.clone();
        self.say(|| format!("{workers} workers; a person answers {answers}; timelines lag up to {lag_ms_max} ms; {odds:?}"));
        for (at, guard) in channels.iter().enumerate() {
            self.say(|| format!("channel {at}: {guard:?}"));
        }
        for (at, post) in posts.iter().enumerate() {
            self.say(|| {
                format!("post {at}: channel {}, words {}, due {} s, grace {} s", post.channel, post.text, post.due_ms / 1_000, post.grace_s)
            });
        }
    }

    /// Runs until nothing is left to do.
    pub(crate) fn run(&mut self) {
        while let Some(Reverse((at, _, event))) = self.queue.pop() {
            if at > END_MS {
                break;
            }
            self.now = self.now.max(at);
            self.handle(event);
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Poll { worker, turn } => self.poll(worker, turn),
            Event::Go(go) => self.go_on(go),
            Event::Restart { worker, life } => self.restart(worker, life),
            Event::Handle { request } => self.reach(request),
            Event::Handled { request } => self.handled(request),
            Event::Mishap(at) => self.mishap(self.setting.mishaps[at].1),
            Event::Decide(reading) => self.decide(reading),
            Event::Visit(row) => self.visit(row),
            Event::Beat => self.let_go(),
        }
    }

    /// Makes something happen at an instant.
    pub(crate) fn at(&mut self, at: i64, event: Event) {
        self.made += 1;
        self.queue.push(Reverse((at.max(self.now), self.made, event)));
    }

    /// A number that was never given before.
    pub(crate) fn tick(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// What the wall clock shows.
    pub(crate) fn wall(&self) -> Timestamp {
        ms_after(self.base, self.now + self.offset)
    }

    /// A worker's monotonic clock.
    pub(crate) fn mono(&self, worker: usize) -> i64 {
        self.now - self.workers[worker].asleep_ms
    }

    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        self.story.say(self.now, self.offset, line);
    }

    /// Whether faults still happen.
    pub(crate) fn troubled(&self) -> bool {
        self.now < self.setting.calm_ms
    }

    pub(crate) fn send_fault(&mut self) -> SendFault {
        match (self.scripted, self.troubled()) {
            (true, _) => self.script.sends.pop().unwrap_or(SendFault::None),
            (false, true) => self.setting.odds.send(&mut self.dice),
            (false, false) => SendFault::None,
        }
    }

    pub(crate) fn look_fault(&mut self) -> LookFault {
        match (self.scripted, self.troubled()) {
            (true, _) => self.script.looks.pop().unwrap_or(LookFault::None),
            (false, true) => self.setting.odds.look(&mut self.dice),
            (false, false) => LookFault::None,
        }
    }

    pub(crate) fn prepare_fault(&mut self) -> PrepareFault {
        match (self.scripted, self.troubled()) {
            (true, _) => self.script.prepares.pop().unwrap_or(PrepareFault::None),
            (false, true) => self.setting.odds.prepare(&mut self.dice),
            (false, false) => PrepareFault::None,
        }
    }

    /// Whether a write goes wrong: `Some(true)` is stored without an answer, `Some(false)` is not stored.
    pub(crate) fn write_fault(&mut self) -> Option<bool> {
        if self.down {
            return Some(false);
        }
        (!self.scripted && self.troubled() && self.dice.happens(self.setting.odds.write)).then(|| self.dice.happens(0.5))
    }

    fn mishap(&mut self, mishap: Mishap) {
        if !matches!(mishap, Mishap::Blow(..) | Mishap::Person(..)) {
            self.say(|| format!("{mishap:?}"));
        }
        match mishap {
            Mishap::Jump(by) => {
                self.offset += by;
                self.changed();
            }
            Mishap::DatabaseDown => self.down = true,
            Mishap::DatabaseUp => {
                self.down = false;
                self.changed();
            }
            Mishap::TokenDies(channel) => self.channels[channel].token_dead = true,
            Mishap::SignedIn(channel) => {
                self.channels[channel].token_dead = false;
                self.channels[channel].sign_in = false;
                self.release(channel);
            }
            Mishap::Paused(channel) => self.channels[channel].paused = true,
            Mishap::Resumed(channel) => {
                self.channels[channel].paused = false;
                self.release(channel);
            }
            Mishap::Rests(Some(channel)) => self.channels[channel].rests = Some(self.now),
            Mishap::Rests(None) => self.still.rests = Some(self.now),
            Mishap::RestOver(whose) => {
                match whose {
                    Some(channel) => self.channels[channel].rests = None,
                    None => self.still.rests = None,
                }
                self.beat_soon();
            }
            Mishap::Brakes => self.still.brakes = Some(self.now),
            Mishap::BrakeOpens => {
                self.still.brakes = None;
                self.beat_soon();
            }
            Mishap::Blow(worker, blow) => {
                self.say(|| format!("worker {worker}: {blow:?}"));
                self.strike(worker, blow);
            }
            Mishap::Person(row, act) => self.read(row, act),
        }
    }

    /// What held the posts of a channel is mended.
    pub(crate) fn release(&mut self, channel: usize) {
        for why in [Hold::Token, Hold::Paused, Hold::Media] {
            let count = self.store.release_held(channel, why);
            if count > 0 {
                self.say(|| format!("{count} posts of channel {channel} held for {why:?} go on"));
            }
        }
        self.changed();
    }

    /// Why a post of this channel is held for people now.
    pub(crate) fn held_for_people(&self, channel: usize) -> Option<Hold> {
        let rests = self.still.rests.or(self.channels[channel].rests);
        rests.map(|_| Hold::Resting).or(self.still.brakes.map(|_| Hold::Brake))
    }

    /// Since when nothing of this channel may begin to go out by itself, truly.
    pub(crate) fn still_since(&self, channel: usize) -> Option<i64> {
        [self.still.rests, self.still.brakes, self.channels[channel].rests].into_iter().flatten().min()
    }

    /// A beat of some process within the next seconds.
    fn beat_soon(&mut self) {
        let at = self.now + self.dice.between(0, BEAT_MS);
        self.at(at, Event::Beat);
    }

    /// What waits for people no more goes on, on all channels.
    fn let_go(&mut self) {
        if self.down {
            return self.beat_soon();
        }
        for channel in 0..self.channels.len() {
            self.let_go_of(channel);
        }
        self.changed();
    }

    /// The same for one channel.
    pub(crate) fn let_go_of(&mut self, channel: usize) {
        let rests = self.still.rests.or(self.channels[channel].rests).is_some();
        for (why, over) in [(Hold::Resting, !rests), (Hold::Brake, self.still.brakes.is_none())] {
            let count = if over { self.store.release_held(channel, why) } else { 0 };
            if count > 0 {
                self.say(|| format!("{count} posts of channel {channel} held for {why:?} go on"));
            }
        }
    }

    /// A write by a worker, with what can go wrong; everybody hears of it.
    pub(crate) fn write<T>(&mut self, row: usize, write: impl FnOnce(&mut Store) -> Result<T, Unsaved>) -> Result<T, Unsaved> {
        let fault = self.write_fault();
        if fault == Some(false) {
            return Err(Unsaved::Down);
        }
        let before = self.store.rows[row].d.state.name();
        let done = write(&mut self.store);
        if done.is_ok() {
            self.moved(row, before);
        }
        if fault == Some(true) { Err(Unsaved::Down) } else { done }
    }

    /// A row has been written.
    pub(crate) fn moved(&mut self, row: usize, before: &'static str) {
        let after = self.store.rows[row].d.state.name();
        if before != after {
            let now = self.now;
            self.watch.moved(row, before, after, now);
            if self.store.rows[row].d.state.waits_for_person() {
                self.expect_visit(row);
            }
            if matches!(self.store.rows[row].d.state, State::Held { why, .. } if why.is_for_people()) {
                self.beat_soon();
            }
        }
        self.changed();
    }
}
