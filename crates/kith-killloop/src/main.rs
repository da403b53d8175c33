//! The long kill loop, as `make killloop` runs it: `kith-killloop POSTS KILLS [SEED] [SPEED]`.
//!
//! Ends with one line of sums and fails when a promise was broken, the database is damaged, or the control passes.

use std::process::ExitCode;
use std::time::Duration;

use kith_killloop::{find_kith, killing, naive};

const POSTS: u64 = 5_000;
const KILLS: u64 = 500;
const SPEED: u64 = 60;
const CHANNELS_EACH: usize = 4;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]
fn main() -> ExitCode {
    let asked: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let at = |place: usize, otherwise: u64| asked.get(place).copied().unwrap_or(otherwise);
    let seed = at(2, u64::from(std::process::id()));
    println!("killloop: seed {seed}");
    let result = tokio::runtime::Runtime::new().map_err(anyhow::Error::from).and_then(|runtime| {
        runtime.block_on(async {
            let folder = tempfile::tempdir()?;
            let wish = killing::Wish {
                exe: find_kith()?,
                posts: at(0, POSTS) as u32,
                kills: at(1, KILLS) as usize,
                seed,
                speed: at(3, SPEED) as u32,
                channels_each: CHANNELS_EACH,
                database: std::env::var("KITH_DATABASE").ok(),
                freezes_s: Vec::new(),
            };
            let control = naive::run(200, 40, seed, wish.speed).await?;
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
    println!("killloop: states {:?}; {} sends, {} freezes, {} s", run.verdict.states, run.sends, run.freezes, run.took.as_secs());
    println!(
        "killloop: up after p50 {} ms, max {} ms; first send or look after a kill p50 {} ms, max {} ms ({} measured)",
        ms(&run.starts, 0.5),
        ms(&run.starts, 1.0),
        ms(&run.recoveries, 0.5),
        ms(&run.recoveries, 1.0),
        run.recoveries.len()
    );
    println!("killloop: database {}", if run.damage.is_empty() { "well" } else { &run.damage });
    println!("killloop: {} (seed {seed})", run.verdict.sums(run.kills));
    let kept = run.verdict.kept() && run.damage.is_empty();
    if control.kept() {
        eprintln!("killloop: the control passed, so the judge proves nothing");
    }
    if kept && !control.kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
