//! `kith-sim`: runs many seeds, or one of them in words.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use kith_sim::report::Report;
use kith_sim::setting::Policy;
use kith_sim::{Wish, run_seed};

const HELP: &str = "kith-sim [--seeds N] [--from N] [--seed N] [--workers N] [--threads N] [--ordinary] [--naive]
  --seeds N    how many seeds to run (default 10000)
  --from N     the first of them (default 0)
  --seed N     run one seed and print its history
  --workers N  worker processes in every run (default: drawn, 1 to 5)
  --threads N  threads of this program (default: one a core)
  --ordinary   only lost, late and refused answers and crashes: no freezes, clock jumps, outages, dead tokens
  --naive      the control: a worker that tries again on any error, with a new key each time";
/// Breaches kept for printing.
const SHOWN_MAX: usize = 10;

#[derive(Debug)]
struct Order {
    seeds: u64,
    from: u64,
    seed: Option<u64>,
    threads: usize,
    wish: Wish,
}

fn main() -> ExitCode {
    match order(std::env::args().skip(1)) {
        Ok(order) => match order.seed {
            Some(seed) => replay(seed, order.wish),
            None => many(&order),
        },
        Err(why) => {
            say(&format!("{why}\n{HELP}"));
            ExitCode::from(2)
        }
    }
}

fn order(mut args: impl Iterator<Item = String>) -> Result<Order, String> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut order = Order { seeds: 10_000, from: 0, seed: None, threads, wish: Wish::default() };
    while let Some(name) = args.next() {
        match name.as_str() {
            "--naive" => order.wish.policy = Policy::Naive,
            "--ordinary" => order.wish.ordinary = true,
            _ => number(&mut order, &name, args.next())?,
        }
    }
    Ok(order)
}

fn number(order: &mut Order, name: &str, value: Option<String>) -> Result<(), String> {
    let value = value.ok_or_else(|| format!("{name} needs a number"))?;
    let number: u64 = value.parse().map_err(|_| format!("{name}: {value:?} is not a number"))?;
    match name {
        "--seeds" => order.seeds = number,
        "--from" => order.from = number,
        "--seed" => order.seed = Some(number),
        "--workers" => order.wish.workers = Some(number.clamp(1, 16) as usize),
        "--threads" => order.threads = number.clamp(1, 64) as usize,
        _ => return Err(format!("{name} is unknown")),
    }
    Ok(())
}

/// One seed in words.
fn replay(seed: u64, wish: Wish) -> ExitCode {
    let run = run_seed(seed, wish, true);
    for line in &run.story {
        say(line);
    }
    say(&run.report.to_string());
    for breach in &run.report.breaches {
        say(&format!("!! {breach}"));
    }
    close(&run.report, 1)
}

/// Many seeds, with a line now and then.
fn many(order: &Order) -> ExitCode {
    let wish = order.wish;
    let next = AtomicU64::new(order.from);
    let end = order.from + order.seeds;
    let step = (order.seeds / 10).max(1);
    let sum = Mutex::new((Report::default(), Vec::<(u64, String)>::new(), 0_u64));
    std::thread::scope(|scope| {
        for _ in 0..order.threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let report = run_seed(seed, wish, false).report;
                    let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    if let Some(breach) = report.breaches.first() {
                        sum.1.push((seed, breach.clone()));
                    }
                    sum.0.add(Report { breaches: Vec::new(), ..report });
                    sum.2 += 1;
                    if sum.2 % step == 0 && sum.2 < order.seeds {
                        say(&format!("{} of {} seeds, {} posts, {} seeds broke a promise", sum.2, order.seeds, sum.0.posts, sum.1.len()));
                    }
                }
            });
        }
    });
    let (mut report, mut broken, seeds) = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    broken.sort();
    say(&report.to_string());
    for (seed, breach) in broken.iter().take(SHOWN_MAX) {
        let workers = wish.workers.map_or(String::new(), |workers| format!(" --workers {workers}"));
        let naive = if wish.policy == Policy::Naive { " --naive" } else { "" };
        let ordinary = if wish.ordinary { " --ordinary" } else { "" };
        say(&format!("seed {seed}: {breach}\n  replay: cargo run --release -p kith-sim -- --seed {seed}{workers}{ordinary}{naive}"));
    }
    report.breaches = broken.into_iter().map(|(_, breach)| breach).collect();
    close(&report, seeds)
}

/// The closing line.
fn close(report: &Report, seeds: u64) -> ExitCode {
    say(&format!(
        "{} posts, {seeds} seeds: {} doubled, {} lost, {} wrongly failed, {} wrongly published, {} to a person, {} seeds broke a promise",
        report.posts,
        report.doubled,
        report.lost,
        report.wrongly_failed,
        report.wrongly_published,
        report.to_person,
        report.breaches.len().min(seeds as usize),
    ));
    if report.kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes a line to the reader.
fn say(line: &str) {
    use std::io::Write;
    // A closed pipe (`| head`) ends the reading, not the run.
    let _ = writeln!(std::io::stdout(), "{line}");
}
