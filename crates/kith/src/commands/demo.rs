//! `kith demo`: the whole product on the practice network, without an account.
//!
//! A practice server runs beside Kith and speaks the same protocol as a real one; only this file knows. The first
//! start plays the last four days by hand, so that posts are out and people wait when the page opens; then time runs
//! on, as fast as asked. Stopped and started again, it goes on where it was.

mod hand;
mod lived_in;
mod opening;
mod time;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kith_engine::{Clock as _, Kith, PlanFile, PlanWish, SystemChance, SystemClock};
use kith_networks::Secret;
use kith_practice::{Practice, Running};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::time::DemoTime;
use crate::cli;
use crate::commands::{Refused, say, serve};
use crate::setup::Settings;
use crate::{lock, setup};

/// How often the demonstration's time is kept, in the world's milliseconds.
const KEEP_MS: u64 = 500;
/// The forty posts.
const FORTY: &[u8] = include_bytes!("../../demo/forty.csv");
/// The protocol that the practice server speaks.
const NETWORK: &str = "mastodon";
const OWNER: &str = "Mara Okonjo";
const EMAIL: &str = "mara@hollinclay.example";
const WORKSPACE: &str = "Hollin Clay Studio";
const ZONE: &str = "Europe/London";

/// What a demonstration must know to go on.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    seed: u64,
    practice_port: u16,
    now: Timestamp,
    /// Whether it began without channel and plan.
    #[serde(default)]
    fresh: bool,
}

pub(crate) async fn run(data: Option<&Path>, args: cli::Demo) -> Result<(), Refused> {
    let folder = data.map_or_else(|| PathBuf::from("kith-demo"), Path::to_owned);
    std::fs::create_dir_all(&folder).map_err(|error| Refused::one(format!("{} can't be made: {error}", folder.display())))?;
    let lock = lock::take(&folder)?;
    let kept = read_kept(&folder)?;
    let opens = args.opens_at.unwrap_or_else(|| SystemClock.now());
    let fresh = kept.as_ref().map_or(args.fresh, |kept| kept.fresh);
    let played = if fresh { SignedDuration::ZERO } else { SignedDuration::from_hours(24 * opening::PLAYED_DAYS) };
    let lived_in = !fresh && lived_in::is_crowd(args.people);
    let before = SignedDuration::from_hours(if lived_in { 24 * lived_in::LONG_AGO_DAYS } else { 0 });
    let begins = kept.as_ref().map_or_else(|| opens - played - before, |kept| goes_on(kept.now, args.opens_at));
    let time = Arc::new(DemoTime::by_hand(begins));
    let practice = start_practice(&folder, kept.as_ref(), &args, time.clone()).await?;
    let listener = serve::listen(&args.listen).await?;
    let address = listener.local_addr()?;
    let settings = Settings { allow_private: true, public_url: Some(named(address)), ..setup::settings(&folder)? };
    let grace_s = grace_s(args.speed);
    let kith = setup::open_with(&folder, settings, time.clone(), Arc::new(SystemChance), Some(grace_s)).await?;

    let port = practice.url().rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok()).unwrap_or_default();
    let kept = Kept { seed: args.seed, practice_port: port, now: begins, fresh };
    kith.name_practice(NETWORK, &practice.url());
    if !fresh && !setup_is_done(&kith).await? {
        say("Setting up a month of forty posts, and letting four days pass …")?;
        if lived_in {
            lived_in::long_ago(&practice, &time, opens - played).await?;
        }
        set_up(&kith, &practice, args.seed).await?;
        opening::play(&kith, &practice, &time, opens, args.people).await?;
        if lived_in {
            lived_in::settle_in(&kith).await?;
        }
    }
    if !args.by_hand {
        time.run(args.speed);
    }

    let link = if fresh { kith.add_owner(OWNER, EMAIL, Some(WORKSPACE), ZONE).await?.link } else { kith.demo_link(EMAIL).await? };
    say(&format!(
        "\nKith runs on the practice network, {} times as fast as the world. Nothing leaves this machine.\n\n  Open  {link}\n\n\
         Practice server: {}   Data: {}\nCtrl-C stops it; started again, it goes on.\n",
        args.speed,
        practice.url(),
        folder.display()
    ))?;
    setup::note_served_at(&folder, kith.public_url())?;
    let stop = serve::stop_on_signal();
    let keeper = tokio::spawn(keep_time(folder.clone(), kept, time.clone(), stop.clone()));
    let practice = Arc::new(practice);
    let hand = args.by_hand.then(|| tokio::spawn(hand::move_by_lines(kith.clone(), practice.clone(), time.clone(), stop.clone())));
    serve::serve(kith, listener, stop.clone()).await?;
    stop.cancel();
    if let Some(hand) = hand {
        // It ends with the stop; that it was broken off is no loss.
        hand.abort();
        let _ = hand.await;
    }
    // The keeper only writes a file; its last write is what counts.
    let _ = keeper.await;
    if let Some(practice) = Arc::into_inner(practice) {
        practice.stop().await.map_err(|error| Refused::one(format!("the practice server did not stop well: {error}")))?;
    }
    drop(lock);
    Ok(())
}

/// When a kept demonstration goes on: where it stood, or later, as a machine does that was off meanwhile. Never earlier.
fn goes_on(stood: Timestamp, opens_at: Option<Timestamp>) -> Timestamp {
    opens_at.map_or(stood, |opens| opens.max(stood))
}

/// The page's address by name: browsers bind passkeys to names, and this machine has one.
fn named(address: std::net::SocketAddr) -> String {
    if address.ip() == std::net::Ipv4Addr::LOCALHOST { format!("http://localhost:{}", address.port()) } else { format!("http://{address}") }
}

async fn start_practice(folder: &Path, kept: Option<&Kept>, args: &cli::Demo, time: Arc<DemoTime>) -> Result<Running, Refused> {
    let port = kept.map_or(0, |kept| kept.practice_port);
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        Refused::one(format!(
            "the practice server's port {port} can't be used ({error}); stop what uses it, or begin anew with another --data folder"
        ))
    })?;
    let seed = kept.map_or(args.seed, |kept| kept.seed);
    Practice::builder()
        .seed(seed)
        .clock(time)
        .data_dir(Some(folder.join("practice")))
        .owner("mara", OWNER)
        .people(usize::from(args.people))
        .start(listener)
        .await
        .map_err(|error| Refused::one(format!("the practice server can't be started: {error}")))
}

async fn setup_is_done(kith: &Kith) -> Result<bool, Refused> {
    match kith.operator(Some(WORKSPACE)).await {
        Ok(operator) => Ok(!kith.dispatch_lines(operator.workspace, None, None, 1).await?.is_empty()),
        Err(kith_engine::Problem::NotThere(_)) => Ok(false),
        Err(problem) => Err(problem.into()),
    }
}

/// The owner, the channel and the plan.
async fn set_up(kith: &Kith, practice: &Running, seed: u64) -> Result<(), Refused> {
    kith.add_owner(OWNER, EMAIL, Some(WORKSPACE), ZONE).await?;
    let operator = kith.operator(Some(WORKSPACE)).await?;
    // Mara is long past it.
    kith.end_first_day(operator.workspace).await?;
    let fields =
        BTreeMap::from([("server".to_owned(), Secret::new(practice.url())), ("token".to_owned(), Secret::new(practice.owner_token()))]);
    kith.add_channel(&operator, NETWORK, &fields, Some("practice")).await?;
    let plan = PlanFile { name: "forty.csv".into(), bytes: FORTY.to_vec(), format: None, folder: None };
    let wish = PlanWish {
        channels: vec!["practice".into()],
        windows: Some("daily 07:30-09:30, daily 16:30-19:00".into()),
        per_day: Some(2),
        seed,
        // The tips name nobody's real page, and a demo works without a network.
        no_link_check: true,
        ..PlanWish::default()
    };
    kith.import_plan(&operator, &plan, &wish).await?.map_err(|problems| Refused::of(problems.iter().map(ToString::to_string).collect()))?;
    Ok(())
}

/// At high speeds a grace of half an hour is a blink of the world's time; it grows with the speed.
fn grace_s(speed: u32) -> i64 {
    kith_domain::publish::GRACE_DEFAULT_S * i64::from(speed.max(60) / 60)
}

fn kept_path(folder: &Path) -> PathBuf {
    folder.join("demo.json")
}

fn read_kept(folder: &Path) -> Result<Option<Kept>, Refused> {
    let path = kept_path(folder);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let mut kept: Kept = serde_json::from_slice(&bytes)
                .map_err(|error| Refused::one(format!("{} is spoiled ({error}); begin anew with another --data folder", path.display())))?;
            // After a crash the practice server may know a later instant than was kept here; time never goes back.
            if let Ok(Some(last)) = kith_practice::last_instant(&folder.join("practice")) {
                kept.now = kept.now.max(last);
            }
            Ok(Some(kept))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refused::one(format!("{} can't be read: {error}", path.display()))),
    }
}

async fn keep_time(folder: PathBuf, mut kept: Kept, time: Arc<DemoTime>, stop: CancellationToken) {
    loop {
        kept.now = time.now();
        if let Err(error) = write_kept(&folder, &kept) {
            tracing::warn!(%error, "the demonstration's time could not be kept");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(std::time::Duration::from_millis(KEEP_MS)) => {}
        }
    }
    kept.now = time.now();
    if let Err(error) = write_kept(&folder, &kept) {
        tracing::warn!(%error, "the demonstration's time could not be kept");
    }
}

fn write_kept(folder: &Path, kept: &Kept) -> std::io::Result<()> {
    let part = folder.join("demo.part");
    std::fs::write(&part, serde_json::to_vec(kept)?)?;
    std::fs::rename(part, kept_path(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forty_are_forty() {
        let parsed = kith_domain::plan::file::parse(kith_domain::plan::PlanFormat::Csv, FORTY);
        assert_eq!((parsed.rows.len(), parsed.problems.len()), (40, 0), "{:?}", parsed.problems);
    }

    #[test]
    fn a_kept_demonstration_goes_on_where_it_stood_or_later() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        assert_eq!(goes_on(at(50), None), at(50));
        assert_eq!(goes_on(at(50), Some(at(90))), at(90));
        assert_eq!(goes_on(at(50), Some(at(10))), at(50), "time never goes back");
    }

    #[test]
    fn grace_grows_with_the_speed() {
        assert_eq!(grace_s(1), 1_800);
        assert_eq!(grace_s(3_600), 108_000);
    }

    #[test]
    fn time_is_moved_by_hand_until_it_runs() {
        let time = DemoTime::by_hand(Timestamp::UNIX_EPOCH);
        time.advance(SignedDuration::from_mins(30));
        assert_eq!(time.now(), Timestamp::from_second(1_800).unwrap());
        time.run(60);
        assert!(time.now() >= Timestamp::from_second(1_800).unwrap());
    }
}
