//! A run's setting: which networks, which posts, which mishaps. Drawn from a seed, or written by hand.

use kith_domain::publish::GRACE_DEFAULT_S;

use crate::dice::Dice;
use crate::fault::{Blow, LookFault, Odds, PrepareFault, SendFault};
use crate::network::Guard;

/// One post to be planned.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// Index of its channel.
    pub channel: usize,
    /// Its words; equal numbers are equal words.
    pub text: u32,
    /// When it is due, in milliseconds after the start.
    pub due_ms: i64,
    /// Its grace, in seconds.
    pub grace_s: i64,
}

/// What a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Calls it off.
    Cancel,
    /// Sends it (again).
    SendNow,
    /// Says that it is there, if they can see it.
    ItIsThere,
    /// Looks first, then says what is true.
    Honest,
    /// Lets it out of the brake or a pause, with a reason.
    LetOut,
}

/// Something that happens to the world at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The wall clock jumps by so many milliseconds.
    Jump(i64),
    /// The database stops answering.
    DatabaseDown,
    /// And answers again.
    DatabaseUp,
    /// The channel's token dies.
    TokenDies(usize),
    /// A person signs in again.
    SignedIn(usize),
    /// A person pauses the channel.
    Paused(usize),
    /// A person lets it go on.
    Resumed(usize),
    /// Posts of this channel stand still, or everything: a pause or an absence begins.
    Rests(Option<usize>),
    /// And is over.
    RestOver(Option<usize>),
    /// Somebody has waited too long: the brake holds.
    Brakes,
    /// They were answered.
    BrakeOpens,
    /// A blow to a worker, wherever it is.
    Blow(usize, Blow),
    /// A person does something to a dispatch.
    Person(usize, Act),
}

/// Points of a worker's way, named as in the failure matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// Before claiming.
    Select,
    /// After the claim.
    AfterClaim,
    /// The bytes are fixed.
    AfterPrepare,
    /// The intent is on disk.
    AfterIntent,
    /// The deadline is checked; the next step is the send.
    AfterCheck,
    /// The request has left.
    AfterSend,
    /// The answer is here, its result is not stored.
    BeforeResult,
    /// A look has begun.
    AfterLookBegan,
    /// A look has ended, its result is not stored.
    BeforeLookResult,
    /// The result is stored; nobody was told.
    InCommit,
}

/// Who works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Kith's machine.
    Kith,
    /// The control: tries again on any error, with a new key each time.
    Naive,
}

/// Faults in a fixed order, for a directed scenario; when a list is empty, nothing goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Of publish requests.
    pub sends: Vec<SendFault>,
    /// Of looks.
    pub looks: Vec<LookFault>,
    /// Of preparations.
    pub prepares: Vec<PrepareFault>,
    /// Blows at a point: when it is reached for the nth time (from 1), counted over all workers.
    pub blows: Vec<(Point, u32, Blow)>,
}

/// Everything that determines a run, beside its seed.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Worker processes.
    pub workers: usize,
    /// The networks.
    pub channels: Vec<Guard>,
    /// The posts.
    pub posts: Vec<Planned>,
    /// Rates of faults until `calm_ms`.
    pub odds: Odds,
    /// From when nothing goes wrong any more, in milliseconds.
    pub calm_ms: i64,
    /// What happens when.
    pub mishaps: Vec<(i64, Mishap)>,
    /// Whether a person answers what waits for them, and how often, 0 to 1.
    pub answers: f64,
    /// Most of a hidden post's time, in milliseconds.
    pub lag_ms_max: i64,
    /// Fixed faults; `None` draws them.
    pub script: Option<Script>,
    /// Who works.
    pub policy: Policy,
}

/// Milliseconds in a minute and an hour.
pub const MINUTE: i64 = 60_000;
/// See `MINUTE`.
pub const HOUR: i64 = 60 * MINUTE;
/// A jump of the clock by ten years, in milliseconds.
const TEN_YEARS: i64 = 3_652 * 24 * HOUR;
/// Posts of one run, fewest and most.
const POSTS: (i64, i64) = (8, 28);

impl Setting {
    /// Nothing goes wrong: one worker, these networks, no posts yet.
    pub fn quiet(channels: &[Guard]) -> Self {
        Self {
            workers: 1,
            channels: channels.to_vec(),
            posts: Vec::new(),
            odds: Odds::default(),
            calm_ms: 12 * HOUR,
            mishaps: Vec::new(),
            answers: 0.0,
            lag_ms_max: 0,
            script: Some(Script::default()),
            policy: Policy::Kith,
        }
    }

    /// A setting of a seed with the prototype's faults and crashes only: clocks go right, machines don't stand still, the
    /// database answers and tokens live. For figures that are compared.
    pub fn ordinary(dice: &mut Dice, workers: Option<usize>) -> Self {
        let odds = Odds { freeze: 0.0, ..Odds::PROTOTYPE };
        let mut setting = Self { odds, mishaps: Vec::new(), lag_ms_max: 5_000, ..Self::drawn(dice, workers) };
        for post in &mut setting.posts {
            post.grace_s = GRACE_DEFAULT_S;
        }
        setting
    }

    /// A setting of a seed. `workers` overrides how many there are.
    pub fn drawn(dice: &mut Dice, workers: Option<usize>) -> Self {
        let channels: Vec<Guard> = (0..dice.between(1, 6)).map(|_| guard(dice)).collect();
        let posts = posts(dice, channels.len());
        let workers = workers.unwrap_or(dice.between(1, 5) as usize);
        let calm_ms = 8 * HOUR;
        let mishaps = mishaps(dice, channels.len(), posts.len(), workers);
        Self {
            workers,
            odds: Odds::swarm(dice),
            calm_ms,
            answers: dice.pick(&[0.0, 0.7, 1.0]),
            lag_ms_max: dice.pick(&[0, 2_000, crate::fault::LAG_MS_MAX]),
            script: None,
            policy: Policy::Kith,
            channels,
            posts,
            mishaps,
        }
    }

    /// Whether the clock jumps forward in this run: only then may a settle time be cut short.
    pub fn clock_jumps(&self) -> bool {
        self.mishaps.iter().any(|(_, mishap)| matches!(mishap, Mishap::Jump(_)))
    }
}

fn guard(dice: &mut Dice) -> Guard {
    match dice.index(9) {
        0 | 1 => Guard::Record,
        2 => Guard::Staged { refuses: dice.happens(0.5) },
        3..=5 => Guard::Keyed { ttl_ms: HOUR, replay_500: dice.happens(0.3), racing: dice.happens(0.3) },
        6 => Guard::ReadBack,
        7 => Guard::Duplicate { window_ms: dice.pick(&[10 * MINUTE, 2 * HOUR, 24 * HOUR]) },
        _ => Guard::Blind,
    }
}

fn posts(dice: &mut Dice, channels: usize) -> Vec<Planned> {
    let spread = dice.pick(&[10 * MINUTE, HOUR, 3 * HOUR]);
    let same = dice.pick(&[0.0, 0.3, 0.8]);
    let grace_s = dice.pick(&[1_800, 1_800, 1_800, 600, 7_200]);
    let mut posts: Vec<Planned> = (0..dice.between(POSTS.0, POSTS.1))
        .map(|at| Planned {
            channel: dice.index(channels),
            // The words of a series come again; most are its own.
            text: if dice.happens(same) { dice.index(3) as u32 } else { 100 + at as u32 },
            due_ms: dice.between(MINUTE, MINUTE + spread),
            grace_s,
        })
        .collect();
    posts.sort_by_key(|post| post.due_ms);
    posts
}

fn mishaps(dice: &mut Dice, channels: usize, posts: usize, workers: usize) -> Vec<(i64, Mishap)> {
    let mut list = Vec::new();
    let moment = |dice: &mut Dice| dice.between(0, 4 * HOUR);
    if dice.happens(0.15) {
        let jump = dice.pick(&[HOUR, HOUR, -HOUR, -HOUR, TEN_YEARS, 4 * MINUTE, -2 * MINUTE]);
        let at = moment(dice);
        list.push((at, Mishap::Jump(jump)));
        if jump == TEN_YEARS || dice.happens(0.5) {
            let back = at + dice.skewed(20_000, 2 * HOUR);
            list.push((back, Mishap::Jump(-jump)));
        }
    }
    if dice.happens(0.15) {
        let at = moment(dice);
        list.push((at, Mishap::DatabaseDown));
        list.push((at + 30 * MINUTE, Mishap::DatabaseUp));
    }
    for channel in 0..channels {
        if dice.happens(0.15) {
            let at = moment(dice);
            list.push((at, Mishap::TokenDies(channel)));
            list.push((at + dice.skewed(MINUTE, 6 * HOUR), Mishap::SignedIn(channel)));
        }
        if dice.happens(0.05) {
            let at = moment(dice);
            list.push((at, Mishap::Paused(channel)));
            list.push((at + dice.skewed(MINUTE, 2 * HOUR), Mishap::Resumed(channel)));
        }
    }
    for _ in 0..dice.pick(&[0, 0, 2, 8, 40]) {
        let blow = match dice.index(4) {
            0 | 1 => Blow::Crash(dice.skewed(200, 400_000)),
            2 => Blow::Freeze(dice.skewed(1_000, HOUR)),
            _ => Blow::Suspend(dice.skewed(1_000, HOUR)),
        };
        let worker = dice.index(workers);
        list.push((moment(dice), Mishap::Blow(worker, blow)));
    }
    for _ in 0..dice.pick(&[0, 0, 3, 12]) {
        let act = dice.pick(&[Act::Cancel, Act::SendNow, Act::ItIsThere, Act::Honest]);
        let row = dice.index(posts);
        list.push((moment(dice), Mishap::Person(row, act)));
    }
    stillness(dice, channels, posts, &mut list);
    list
}

/// What waits for people and not for something broken: pauses, absences, the brake.
fn stillness(dice: &mut Dice, channels: usize, posts: usize, list: &mut Vec<(i64, Mishap)>) {
    let mut spell = |dice: &mut Dice, begins: Mishap, ends: Mishap| {
        let at = dice.between(0, 4 * HOUR);
        list.push((at, begins));
        list.push((at + dice.skewed(1_000, 3 * HOUR), ends));
    };
    if dice.happens(0.2) {
        spell(dice, Mishap::Brakes, Mishap::BrakeOpens);
    }
    if dice.happens(0.2) {
        spell(dice, Mishap::Rests(None), Mishap::RestOver(None));
    }
    if dice.happens(0.2) {
        let channel = Some(dice.index(channels));
        spell(dice, Mishap::Rests(channel), Mishap::RestOver(channel));
    }
    for _ in 0..dice.pick(&[0, 2, 6]) {
        let row = dice.index(posts);
        list.push((dice.between(0, 4 * HOUR), Mishap::Person(row, Act::LetOut)));
    }
}
