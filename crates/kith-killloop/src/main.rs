//! The long kill loop, as `make killloop` runs it; `OPTIONS` below are its options, each followed by a number.
//!
//! Two processes and more share a PostgreSQL: the empty one that `KITH_DATABASE` names, else a throw-away one of its
//! own, which `--database-stops` kills now and then. Ends with one line of sums and fails when a promise was broken, the database is damaged, or the control passes.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kith_killloop::database::Database;
use kith_killloop::{find_kith, killing, naive};

/// Options and what they are if not given. On PostgreSQL the lease of a killed process ends after two minutes of the
/// world's time, so time runs slower there, for posts not to grow too late meanwhile.
const OPTIONS: [(&str, u64); 7] =
    [("--posts", 5_000), ("--kills", 500), ("--seed", 0), ("--speed", 0), ("--processes", 1), ("--channels", 8), ("--database-stops", 0)];
const SPEED_ALONE: u64 = 30;
const SPEED_SHARED: u64 = 10;
/// The control's size.
const CONTROL_POSTS: u32 = 200;
const CONTROL_KILLS: usize = 40;

/// What was asked for, or why it can't be understood.
fn options(words: &[String]) -> Result<[u64; 7], String> {
    let mut values = OPTIONS.map(|(_, value)| value);
    for pair in words.chunks(2) {
        let place = OPTIONS.iter().position(|(name, _)| *name == pair[0]);
        match (place, pair.get(1).and_then(|word| word.parse().ok())) {
            (Some(place), Some(value)) => values[place] = value,
            _ => return Err(format!("{pair:?} is not understood; options are {:?}, each with a number", OPTIONS.map(|(name, _)| name))),
        }
    }
    Ok(values)
}

/// `FREEZES=65,130`: long stops, in seconds.
fn freezes() -> Vec<u64> {
    std::env::var("FREEZES").unwrap_or_default().split(',').filter_map(|word| word.parse().ok()).collect()
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [posts, kills, seed, speed, processes, channels, stops] = match options(&words) {
        Ok(values) => values,
        Err(why) => {
            eprintln!("killloop: {why}");
            return ExitCode::FAILURE;
        }
    };
    let seed = if seed == 0 { u64::from(std::process::id()) } else { seed };
    let speed = if speed > 0 {
        speed
    } else if processes > 1 {
        SPEED_SHARED
    } else {
        SPEED_ALONE
    };
    println!("killloop: seed {seed}, time {speed} times as fast");
    let result = tokio::runtime::Runtime::new().map_err(anyhow::Error::from).and_then(|runtime| {
        runtime.block_on(async {
            let folder = tempfile::tempdir()?;
            let named = std::env::var("KITH_DATABASE").ok();
            let shared = processes > 1 || stops > 0;
            let own = if shared && named.is_none() { Some(Arc::new(Database::start_fresh().await?)) } else { None };
            if stops > 0 && own.is_none() {
                anyhow::bail!("--database-stops kills a PostgreSQL of the run's own, so take KITH_DATABASE away");
            }
            let database = own.as_ref().map(|own| own.url()).or(named);
            let wish = killing::Wish {
                exe: find_kith()?,
                posts: posts as u32,
                kills: kills as usize,
                seed,
                speed: speed as u32,
                channels_each: channels as usize,
                database,
                processes: processes as usize,
                freezes_s: freezes(),
                database_stops: own.clone().filter(|_| stops > 0).map(|own| (own, stops as usize)),
            };
            let control = naive::run(CONTROL_POSTS, CONTROL_KILLS, seed, wish.speed).await?;
            let run = killing::run(&wish, folder.path().to_owned()).await;
            if run.as_ref().map_or(true, |run| !run.verdict.kept()) {
                eprintln!("killloop: the data folder is kept in {}", folder.keep().display());
            }
            Ok((control, run?))
        })
    });
    let ((control, control_kills), run) = match result {
        Ok(done) => done,
        Err(error) => {
            eprintln!("killloop: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let ms = |times: &[Duration], share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0, Duration::as_millis)
    };
    for breach in &run.verdict.breaches {
        println!("  {breach}");
    }
    println!("killloop: control (naive worker): {}", control.sums(control_kills));
    println!(
        "killloop: states {:?}; {} sends, {} freezes, {} database stops, {} s",
        run.verdict.states,
        run.sends,
        run.freezes,
        run.database_stops,
        run.took.as_secs()
    );
    println!(
        "killloop: up after p50 {} ms, max {} ms; first send or look after a kill p50 {} ms, max {} ms ({} measured)",
        ms(&run.starts, 0.5),
        ms(&run.starts, 1.0),
        ms(&run.recoveries, 0.5),
        ms(&run.recoveries, 1.0),
        run.recoveries.len()
    );
    let (unknown, soon) = run.trail.settled();
    println!("killloop: ends of sends {:?}", run.trail.outcomes);
    println!(
        "killloop: {unknown} unknown outcomes, {:.1} % settled within 15 minutes without a person; {:?}",
        soon * 100.0,
        run.trail.unknown
    );
    println!(
        "killloop: attempts that a kill broke off were taken up after p50 {} ms, p99 {} ms, max {} ms ({} of them, {} never)",
        ms(&run.trail.taken_up, 0.5),
        ms(&run.trail.taken_up, 0.99),
        ms(&run.trail.taken_up, 1.0),
        run.trail.taken_up.len(),
        run.trail.left
    );
    println!("killloop: database {}", if run.damage.is_empty() { "well" } else { &run.damage });
    println!("killloop: {} (seed {seed})", run.verdict.sums(run.kills));
    let kept = run.verdict.kept() && run.damage.is_empty();
    if control.kept() {
        eprintln!("killloop: the control passed, so the judge proves nothing");
    }
    if kept && !control.kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
