//! The simulator that proves the publishing machine: virtual time, virtual networks, workers that die, and a checker.
//!
//! It drives the same functions of `kith_domain::publish` in the same order as the engine does, against a model of the
//! store's contract and networks of every class that drop, delay, refuse and lie. A seed is a whole history, so a run
//! that breaks a promise is replayed by its number. Nothing here is async, reads a clock or touches a disk.

mod check;
pub mod dice;
pub mod fault;
mod flight;
mod host;
mod naive;
pub mod network;
mod person;
pub mod report;
pub mod setting;
mod store;
mod story;
mod wire;
mod world;

use dice::Dice;
use report::Report;
use setting::{Policy, Setting};
use world::World;

/// A run: what it came to and, if asked for, its history in sentences.
#[derive(Debug)]
pub struct Run {
    /// The sums.
    pub report: Report,
    /// Each dispatch's last state and how often its network shows it.
    pub ends: Vec<End>,
    /// What happened, in order; empty unless it was asked for.
    pub story: Vec<String>,
}

/// What is the same for all seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Who works.
    pub policy: Policy,
    /// How many workers; `None` draws.
    pub workers: Option<usize>,
    /// Only the prototype's faults and crashes.
    pub ordinary: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self { policy: Policy::Kith, workers: None, ordinary: false }
    }
}

/// Where a dispatch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The state's name.
    pub state: &'static str,
    /// Posts on the network that came from it.
    pub shown: usize,
    /// Sends.
    pub attempts: u32,
}

/// Runs the history of a seed.
pub fn run_seed(seed: u64, wish: Wish, told: bool) -> Run {
    let mut dice = Dice::new(seed);
    let mut setting = if wish.ordinary { Setting::ordinary(&mut dice, wish.workers) } else { Setting::drawn(&mut dice, wish.workers) };
    setting.policy = wish.policy;
    run(setting, dice, told)
}

/// Runs a setting written by hand.
pub fn run_setting(setting: Setting) -> Run {
    run(setting, Dice::new(1), true)
}

fn run(setting: Setting, dice: Dice, told: bool) -> Run {
    let mut world = World::new(setting, dice, told);
    world.name_letters();
    world.tell_setting();
    world.run();
    let report = world.judge();
    let ends = world.store.rows.iter().enumerate().map(|(at, row)| End {
        state: row.d.state.name(),
        shown: world.networks[row.channel].posts.iter().filter(|post| post.by == at).count(),
        attempts: row.d.attempts,
    });
    let ends = ends.collect();
    Run { report, ends, story: world.story.lines() }
}
