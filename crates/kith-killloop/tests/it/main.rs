//! The kill loop in short, and its control.

use std::time::Duration;

use kith_killloop::{find_kith, killing, naive};

const SPEED: u32 = 60;
/// From a restart to the first send or look, on one node.
const RECOVERY_MAX: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_doubled_when_the_server_is_killed_and_its_networks_lie() {
    let folder = tempfile::tempdir().unwrap();
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let wish = killing::Wish {
        exe: find_kith().unwrap(),
        posts: 60,
        kills: 12,
        seed,
        speed: SPEED,
        channels_each: 2,
        database: None,
        processes: 1,
        freezes_s: Vec::new(),
        database_stops: None,
    };
    let run = killing::run(&wish, folder.path().to_owned()).await.unwrap();
    println!("{} (seed {seed}); {:?}; recovered in {:?}", run.verdict.sums(run.kills), run.verdict.states, run.recoveries);
    assert!(run.verdict.kept(), "seed {seed}: {:#?}", run.verdict.breaches);
    assert_eq!(run.verdict.open, 0, "seed {seed}: {:?}", run.verdict.states);
    assert_eq!(run.damage, "", "seed {seed}");
    assert!(run.kills >= 12);
    assert!(run.recoveries.iter().all(|time| *time <= RECOVERY_MAX), "seed {seed}: {:?}", run.recoveries);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_naive_worker_fails_before_the_same_judge() {
    let (verdict, kills) = naive::run(120, 12, 5, SPEED).await.unwrap();
    println!("{}", verdict.sums(kills));
    assert!(verdict.doubled > 0, "{}", verdict.sums(kills));
    assert!(!verdict.kept());
}
