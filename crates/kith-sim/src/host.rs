//! The workers' processes: how they look for what is due, die, start, stand still, and notice that a clock jumped.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::LEASE_S;

use crate::fault::Blow;
use crate::flight::Flight;
use crate::setting::{MINUTE, Point};
use crate::world::{Event, World};

/// Claims that one worker holds at once.
const IN_FLIGHT_MAX: usize = 32;
/// A forward jump of the wall clock beyond this holds claiming, in milliseconds (reliability.md A4).
const JUMP_MS: i64 = 5 * MINUTE;
/// For so long, in milliseconds.
const JUMP_HOLD_MS: i64 = MINUTE;
/// How often a worker without a database asks for it, in milliseconds.
const RETRY_MS: i64 = 10_000;
/// A worker asks at least this often while something is open, in milliseconds; it also learns so of jumps.
const SWEEP_MS: i64 = 20_000;

/// A dead worker is known to be dead after so long, in milliseconds: its connection has ended and it was silent.
const SILENT_MS: i64 = 15_000;
/// How often a worker is wrongly taken for dead when another asks for work: it is cut off from the database for a while,
/// and works on. Far more often than in life, so that any harm would show.
const CUT_OFF: f64 = 0.01;

/// One process.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) alive: bool,
    /// Its last life and when that ended; `None` once another has taken over from it.
    died: Option<(u64, i64)>,
    /// Counts its lives; events of an earlier one are nobody's.
    pub(crate) life: u64,
    /// Until when it stands still.
    pub(crate) frozen_until: i64,
    /// How long its monotonic clock has stood still.
    pub(crate) asleep_ms: i64,
    /// Claims in hand.
    pub(crate) flights: Vec<Option<Flight>>,
    /// The poll that counts.
    turn: u64,
    poll_at: i64,
    /// The wall and monotonic clock when it last looked.
    seen: (i64, i64),
    /// No claims before this, on its monotonic clock.
    hold_until: i64,
}

impl World {
    /// A worker reaches a point. `true` if it is alive and awake afterwards.
    pub(crate) fn survives(&mut self, worker: usize, point: Point) -> bool {
        let blow = if self.scripted {
            if self.script.blows.is_empty() {
                return true;
            }
            let count = match self.reached.iter_mut().find(|(known, _)| *known == point) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    self.reached.push((point, 1));
                    1
                }
            };
            self.script.blows.iter().find(|(at, nth, _)| *at == point && *nth == count).map(|(_, _, blow)| *blow)
        } else if self.troubled() {
            self.setting.odds.blow(&mut self.dice)
        } else {
            None
        };
        let Some(blow) = blow else { return true };
        self.say(|| format!("worker {worker} at {point:?}: {blow:?}"));
        self.strike(worker, blow);
        false
    }

    /// Hits a worker.
    pub(crate) fn strike(&mut self, worker: usize, blow: Blow) {
        let now = self.now;
        let w = &mut self.workers[worker];
        if !w.alive || w.frozen_until > now {
            return;
        }
        match blow {
            Blow::Crash(restart) => {
                w.alive = false;
                w.died = Some((w.life, now));
                w.life += 1;
                w.flights.clear();
                let life = w.life;
                self.at(now + restart, Event::Restart { worker, life });
            }
            Blow::Freeze(long) => w.frozen_until = now + long,
            Blow::Suspend(long) => {
                w.frozen_until = now + long;
                w.asleep_ms += long;
            }
        }
    }

    pub(crate) fn restart(&mut self, worker: usize, life: u64) {
        if self.workers[worker].life != life {
            return;
        }
        if self.down {
            self.at(self.now + RETRY_MS, Event::Restart { worker, life });
            return;
        }
        self.say(|| format!("worker {worker} starts"));
        let (wall, mono) = (self.now + self.offset, self.mono(worker));
        let w = &mut self.workers[worker];
        w.alive = true;
        w.seen = (wall, mono);
        w.hold_until = 0;
        // Nobody who was away knows how the clock went meanwhile.
        let now = self.wall();
        self.store.clock_went_back(now);
        if self.workers.len() == 1 {
            // The folder's lock proves that no other worker lives.
            self.store.release_leases(now);
        }
        self.poll_at(worker, self.now);
    }

    /// Has a worker ask at this instant, unless it does so earlier anyway.
    pub(crate) fn poll_at(&mut self, worker: usize, at: i64) {
        let w = &mut self.workers[worker];
        if w.poll_at > self.now && w.poll_at <= at {
            return;
        }
        w.turn += 1;
        w.poll_at = at.max(self.now);
        let turn = w.turn;
        self.at(at, Event::Poll { worker, turn });
    }

    /// The store has changed: everybody looks when something wakes.
    pub(crate) fn changed(&mut self) {
        for worker in 0..self.workers.len() {
            let skip = self.busy(worker);
            if let Some(wake) = self.store.next_wake(&skip) {
                let at = wake.as_millisecond() - self.base.as_millisecond() - self.offset;
                let jitter = self.dice.between(1, 1_000);
                self.poll_at(worker, at.max(self.now) + jitter);
            }
        }
    }

    fn busy(&self, worker: usize) -> Vec<usize> {
        self.workers[worker].flights.iter().flatten().map(|flight| flight.channel).collect()
    }

    pub(crate) fn poll(&mut self, worker: usize, turn: u64) {
        let w = &mut self.workers[worker];
        if !w.alive || w.turn != turn {
            return;
        }
        w.poll_at = 0;
        if w.frozen_until > self.now {
            let thaw = w.frozen_until;
            return self.poll_at(worker, thaw);
        }
        if !self.survives(worker, Point::Select) {
            let thaw = self.workers[worker].frozen_until;
            return self.poll_at(worker, thaw);
        }
        if self.write_fault().is_some() {
            return self.poll_at(worker, self.now + RETRY_MS);
        }
        self.notice_jump(worker);
        let mono = self.mono(worker);
        let hold = self.workers[worker].hold_until;
        if hold > mono {
            return self.poll_at(worker, self.now + hold - mono);
        }
        let busy = self.busy(worker);
        let room = IN_FLIGHT_MAX.saturating_sub(busy.len());
        let now = self.wall();
        self.take_over(worker, now);
        let claimed = self.store.claim((worker, self.workers[worker].life), now, now + SignedDuration::from_secs(LEASE_S), room, &busy);
        for claimed in claimed {
            self.take_up(worker, claimed);
        }
        let busy = self.busy(worker);
        if let Some(wake) = self.store.next_wake(&busy) {
            let at = wake.as_millisecond() - self.base.as_millisecond() - self.offset;
            let sweep = match (self.setting.clock_jumps(), self.troubled()) {
                (true, true) => self.now + SWEEP_MS,
                (true, false) => self.now + 30 * SWEEP_MS,
                _ => i64::MAX,
            };
            let beat = self.workers.iter().filter_map(|w| w.died).map(|(_, at)| at + SILENT_MS).filter(|at| *at > self.now).min();
            self.poll_at(worker, at.clamp(self.now + 1, sweep).min(beat.unwrap_or(i64::MAX)));
        }
    }

    /// Takes over from the dead, and now and then from one that only seems to be. Where there is one worker, it is
    /// the next start that does so.
    fn take_over(&mut self, worker: usize, now: Timestamp) {
        let beaten = if !self.scripted && self.troubled() && self.workers.len() > 1 && self.dice.happens(CUT_OFF) {
            Some(self.dice.index(self.workers.len()))
        } else {
            None
        };
        for other in 0..self.workers.len() {
            let w = &mut self.workers[other];
            let dead = w.died.take_if(|(_, at)| self.now - *at >= SILENT_MS);
            if let Some((life, _)) = dead {
                let count = self.store.take_over((other, life), now);
                self.say(|| format!("worker {worker} takes {count} claims over from worker {other}"));
            }
            if beaten == Some(other) && other != worker {
                let count = self.store.take_over((other, self.workers[other].life), now);
                self.say(|| format!("worker {worker} takes {count} claims over from worker {other}, which lives"));
            }
        }
    }

    /// Compares the wall clock with its own: a jump forward holds claiming for a minute.
    fn notice_jump(&mut self, worker: usize) {
        let (wall, mono) = (self.now + self.offset, self.mono(worker));
        let w = &mut self.workers[worker];
        let jump = (wall - w.seen.0) - (mono - w.seen.1);
        w.seen = (wall, mono);
        if jump > JUMP_MS {
            w.hold_until = mono + JUMP_HOLD_MS;
            self.say(|| format!("worker {worker} sees the clock jump by {} s and holds", jump / 1_000));
        }
        if jump < -JUMP_MS {
            let now = self.wall();
            let woken = self.store.clock_went_back(now);
            self.say(|| format!("worker {worker} sees the clock go back by {} s and wakes {woken}", -jump / 1_000));
        }
    }
}

impl Worker {
    pub(crate) fn new() -> Self {
        Self {
            alive: true,
            died: None,
            life: 0,
            frozen_until: 0,
            asleep_ms: 0,
            flights: Vec::new(),
            turn: 0,
            poll_at: 0,
            seen: (0, 0),
            hold_until: 0,
        }
    }
}
