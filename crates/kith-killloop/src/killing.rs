//! One run on the real binary: plan, serve, kill and freeze at random, let it come to rest, judge.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::{RwLock, RwLockReadGuard};

use crate::check::{Said, Verdict, Wanted, judge};
use crate::database::Database;
use crate::dice::Dice;
use crate::program::{Life, Program};
use crate::scene::Scene;
use crate::shown::{no_of, text_of};
use crate::time::{RunTime, world_now};
use crate::trail::{Trail, read};

/// When a life ends, after it came up or, one time in five, after it was started; in milliseconds.
const LIFE_MS: (u64, u64) = (30, 1_200);
const EARLY_DEATH: f64 = 0.2;
/// Lives in which it also stands still for a while, and how long, in the world's milliseconds.
const FREEZES: f64 = 0.12;
const FREEZE_MS: (u64, u64) = (100, 1_500);
/// Lives in which a server refuses connections for a moment.
const SHUTS: f64 = 0.25;
/// Every so many lives one is let be until it sends or looks, so that recovery is measured without a cut.
const MEASURE_EVERY: usize = 8;
/// Longest time that such a life waits for its first request, in seconds; the target is 15.
const FIRST_REQUEST_S_MAX: u64 = 60;
/// A request so soon after the start is one that the killed server had sent.
const GHOST: Duration = Duration::from_millis(5);
/// Time between two posts' planning and their being due, in the run's seconds: importing takes a while.
const AHEAD_S: i64 = 180;
const AHEAD_S_PER_POST: f64 = 0.08;
/// Lives take about so long, with their start, in the world's milliseconds; posts are spread over all of them.
const LIFE_SPAN_MS: u64 = 850;
/// At most so many times as many kills as asked for, should the last posts be due late.
const KILLS_MAX_TIMES: usize = 3;
/// After the last kill everything must come to rest within this, in the run's seconds: grace, two settle times, looks
/// that were put off. And the pause between two looks at the list, in the world's milliseconds.
const REST_S_MAX: u64 = 5_400;
const LIST_PAUSE_MS: u64 = 1_500;
/// On a shared database the leases of the killed end by themselves, in the world's seconds.
const LEASE_S: u64 = 120;
/// How long a killed database is away, in the world's milliseconds, beside its recovery.
const DATABASE_AWAY_MS: (u64, u64) = (100, 1_500);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The binary.
    pub exe: PathBuf,
    /// Posts to plan.
    pub posts: u32,
    /// Times to kill.
    pub kills: usize,
    /// The run's seed.
    pub seed: u64,
    /// How many times as fast as the world.
    pub speed: u32,
    /// Channels of each kind.
    pub channels_each: usize,
    /// A PostgreSQL to share, instead of SQLite.
    pub database: Option<String>,
    /// Processes on that database, each killed by itself; one on SQLite.
    pub processes: usize,
    /// Long freezes, each so many of the world's seconds: beyond the time in which a claim may send (60) or the
    /// lease (120).
    pub freezes_s: Vec<u64>,
    /// A database of the run's own, and how many times it is killed meanwhile.
    pub database_stops: Option<(Arc<Database>, usize)>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The judge's word.
    pub verdict: Verdict,
    /// Kills.
    pub kills: usize,
    /// Freezes.
    pub freezes: usize,
    /// Times that the database was killed.
    pub database_stops: usize,
    /// Times from a restart to the first send or look, shortest first.
    pub recoveries: Vec<Duration>,
    /// What Kith's own record of its attempts tells.
    pub trail: Trail,
    /// Times from a start to "Kith is at", shortest first.
    pub starts: Vec<Duration>,
    /// What the database's own check found; empty if nothing.
    pub damage: String,
    /// How long it all took.
    pub took: Duration,
    /// Sends that Kith made, by its own count.
    pub sends: u64,
}

/// Runs it.
pub async fn run(wish: &Wish, folder: PathBuf) -> Result<Outcome> {
    let began = Instant::now();
    if wish.processes == 0 || (wish.processes > 1 && wish.database.is_none()) {
        bail!("several processes need a shared database");
    }
    // A copy, so that a build meanwhile changes nothing under the run.
    let exe = folder.join("kith-copy");
    std::fs::copy(&wish.exe, &exe)?;
    let programs: Vec<Program> = (0..wish.processes)
        .map(|no| Program {
            exe: exe.clone(),
            folder: folder.clone(),
            data: folder.join(format!("data{no}")),
            database: wish.database.clone(),
        })
        .collect();
    let program = &programs[0];
    // The networks' time begins before Kith's plan does; Kith's server gets the same two values.
    let time = RunTime::from_now(wish.speed);
    let scene = Scene::start(wish.seed, time, wish.channels_each).await?;
    program.set_up(&scene.channels).await?;
    let wanted = plan(program, wish, &scene, time).await?;
    // A life before anything is due proves nothing.
    tokio::time::sleep(wanted.first().map(|want| time.until(want.due)).unwrap_or_default()).await;
    let gate = RwLock::new(());
    let ended = AtomicBool::new(false);
    let last_due = wanted.last().map_or(time.now(), |want| want.due);
    let loops = programs.iter().zip(0..).map(|(program, no)| {
        let (dice, kills) = (Dice::new(wish.seed, 10 + no), wish.kills / wish.processes);
        let killing = Loop {
            program,
            scene: &scene,
            dice,
            time,
            wish,
            kills,
            freezes_s: if no + 1 == wish.processes as u64 { &wish.freezes_s } else { &[] },
            done: Done::default(),
            gate: &gate,
        };
        killing.until(last_due)
    });
    let loops = async {
        let done = futures_util::future::try_join_all(loops).await;
        ended.store(true, Ordering::Relaxed);
        done
    };
    let (loops, database_stops) = tokio::try_join!(loops, stop_database(wish, &gate, &ended))?;
    let (mut done, mut lives) = (Done::default(), Vec::new());
    for (one, life) in loops {
        done.add(one);
        lives.push(life);
    }
    scene.faults.end();
    rest(program, time, wish).await?;
    for life in lives {
        life.stop().await?;
    }
    let rows = program.dispatches().await?;
    let said: Vec<Said> = rows.iter().map(said).collect();
    let verdict = judge(&wanted, &said, &scene.board.all());
    done.starts.sort();
    done.recoveries.sort();
    Ok(Outcome {
        verdict,
        kills: done.kills,
        freezes: done.freezes,
        database_stops,
        recoveries: done.recoveries,
        starts: done.starts,
        trail: read(&program.exported().await?, wish.speed)?,
        damage: program.damage().await?,
        took: began.elapsed(),
        sends: rows.iter().filter_map(|row| row["attempts"].as_u64()).sum(),
    })
}

/// Plans the posts by a file, evenly over channels and time, and returns them.
async fn plan(program: &Program, wish: &Wish, scene: &Scene, time: RunTime) -> Result<Vec<Wanted>> {
    let ahead = AHEAD_S + (f64::from(wish.posts) * AHEAD_S_PER_POST) as i64;
    let first = time.now() + SignedDuration::from_secs(ahead);
    let span_s = wish.kills as u64 * LIFE_SPAN_MS * u64::from(wish.speed) / 1_000;
    let mut wanted = Vec::new();
    let mut file = String::from("text,at,channels\n");
    for no in 1..=wish.posts {
        let channel = &scene.channels[no as usize % scene.channels.len()];
        let offset = u64::from(no - 1) * span_s / u64::from(wish.posts.max(1));
        let due = jiff::Timestamp::from_second(first.as_second() + offset as i64)?;
        file.push_str(&format!("{},{},{}\n", text_of(no), due.strftime("%Y-%m-%d %H:%M:%S"), channel.name));
        wanted.push(Wanted { no, channel: channel.name.clone(), due });
    }
    let path = program.folder.join("plan.csv");
    std::fs::write(&path, file)?;
    program.run(&["plan", "import", &path.display().to_string()], "").await?;
    if time.now() > first {
        tell(&format!("importing took longer than planned for; the first posts are {} late", time.now().duration_since(first)));
    }
    let rows = program.dispatches().await?.len();
    if rows != wanted.len() || world_now() > first {
        bail!("{} posts were planned and {rows} are stored", wanted.len());
    }
    Ok(wanted)
}

/// A word for whoever watches the run.
#[expect(clippy::print_stderr, reason = "a long run says how it goes")]
fn tell(words: &str) {
    eprintln!("killloop: {words}");
}

fn said(row: &Value) -> Said {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    Said {
        no: no_of(&text("text")),
        channel: text("channel"),
        state: text("state"),
        remote_id: row["remote_id"].as_str().map(str::to_owned),
    }
}

/// What the killing came to.
#[derive(Debug, Default)]
struct Done {
    kills: usize,
    freezes: usize,
    starts: Vec<Duration>,
    recoveries: Vec<Duration>,
}

impl Done {
    fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.freezes += other.freezes;
        self.starts.extend(other.starts);
        self.recoveries.extend(other.recoveries);
    }
}

/// Kills the database at even distances of the run, and starts it again. Not while a process starts: one that finds no
/// database says so and ends, as it should.
async fn stop_database(wish: &Wish, gate: &RwLock<()>, ended: &AtomicBool) -> Result<usize> {
    let Some((database, stops)) = &wish.database_stops else { return Ok(0) };
    let (dice, mut count) = (Dice::new(wish.seed, 5), 0);
    let pause = Duration::from_millis(wish.kills as u64 * LIFE_SPAN_MS / wish.processes as u64) / (*stops as u32 + 1);
    for _ in 0..*stops {
        tokio::time::sleep(pause).await;
        let _closed = gate.write().await;
        if ended.load(Ordering::Relaxed) {
            break;
        }
        database.kill().await?;
        tokio::time::sleep(Duration::from_millis(dice.between(DATABASE_AWAY_MS.0, DATABASE_AWAY_MS.1))).await;
        database.start().await?;
        count += 1;
    }
    Ok(count)
}

/// The killing of one process.
struct Loop<'a> {
    program: &'a Program,
    scene: &'a Scene,
    dice: Dice,
    time: RunTime,
    wish: &'a Wish,
    kills: usize,
    /// Only the last process stands still for long, so that the others can take over what it has in hand.
    freezes_s: &'a [u64],
    done: Done,
    /// Held while a process starts: the database is there then.
    gate: &'a RwLock<()>,
}

impl Loop<'_> {
    /// Starts and kills until there were enough kills and everything was due once.
    /// The last life is not killed: it goes on with what the other processes leave, and until everything rests.
    async fn until(mut self, last_due: jiff::Timestamp) -> Result<(Done, Life)> {
        while (self.done.kills < self.kills || self.time.now() < last_due) && self.done.kills < self.kills * KILLS_MAX_TIMES {
            let gate = self.gate.read().await;
            let life = self.program.serve(self.time)?;
            self.live(life, self.done.kills, gate).await?.kill().await?;
            self.done.kills += 1;
            if self.done.kills.is_multiple_of(50) {
                tell(&format!("{} kills, {} posts shown", self.done.kills, self.scene.board.all().len()));
            }
        }
        let _gate = self.gate.read().await;
        let mut last = self.program.serve(self.time)?;
        self.done.starts.push(last.up().await?);
        Ok((self.done, last))
    }

    /// One life until shortly before its end.
    async fn live(&mut self, mut life: Life, no: usize, gate: RwLockReadGuard<'_, ()>) -> Result<Life> {
        let span = Duration::from_millis(self.dice.between(LIFE_MS.0, LIFE_MS.1));
        let every = (self.kills / (self.freezes_s.len() + 1)).max(1);
        let long = self.freezes_s.get(no / every).filter(|_| no % every == every - 1);
        if long.is_none() && self.dice.happens(EARLY_DEATH) {
            tokio::time::sleep(span).await;
            return Ok(life);
        }
        self.done.starts.push(life.up().await?);
        drop(gate);
        if let Some(seconds) = long {
            self.done.freezes += 1;
            // In the middle of its work: it claims as soon as it is up.
            tokio::time::sleep(span).await;
            life.freeze(Duration::from_secs(*seconds)).await?;
            tokio::time::sleep(Duration::from_millis(LIFE_MS.1)).await;
            return Ok(life);
        }
        if self.dice.happens(SHUTS) {
            self.scene.shut_one(&self.dice);
        }
        // With a second process nobody could tell whose the first request is.
        if self.wish.processes == 1 && no % MEASURE_EVERY == MEASURE_EVERY - 1 {
            self.measure(&life).await?;
        }
        if self.dice.happens(FREEZES) {
            self.done.freezes += 1;
            tokio::time::sleep(span / 2).await;
            life.freeze(Duration::from_millis(self.dice.between(FREEZE_MS.0, FREEZE_MS.1))).await?;
            tokio::time::sleep(span / 2).await;
            return Ok(life);
        }
        tokio::time::sleep(span).await;
        Ok(life)
    }

    /// How long after its start it sends or looks for the first time.
    async fn measure(&mut self, life: &Life) -> Result<()> {
        let first = self.scene.faults.first_after(life.begun + GHOST);
        match tokio::time::timeout(Duration::from_secs(FIRST_REQUEST_S_MAX), first).await {
            Ok(came) => self.done.recoveries.push(came.duration_since(life.begun)),
            Err(_) => tell("nothing was sent or looked for within a minute of a restart"),
        }
        Ok(())
    }
}

/// Waits until everything is at rest, or for so long as that may take.
async fn rest(program: &Program, time: RunTime, wish: &Wish) -> Result<()> {
    let leases = if wish.database.is_some() { Duration::from_secs(LEASE_S) } else { Duration::ZERO };
    let until = Instant::now() + time.in_world(REST_S_MAX) + leases;
    let at_rest = |row: &Value| !["planned", "claimed", "sending", "uncertain"].contains(&row["state"].as_str().unwrap_or_default());
    while Instant::now() < until && !program.dispatches().await?.iter().all(at_rest) {
        tokio::time::sleep(Duration::from_millis(LIST_PAUSE_MS)).await;
    }
    Ok(())
}
