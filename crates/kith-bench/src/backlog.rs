//! W1: what is stored but not due must cost nothing: claims and the next wake as the store grows tenfold at a time.

use std::path::PathBuf;
use std::time::Instant;

use jiff::SignedDuration;
use kith_domain::publish::{LEASE_S, State};
use kith_engine::{Clock as _, SystemClock};
use kith_store::{Claim, Claimed};
use serde_json::json;

use crate::Trouble;
use crate::burst::Stub;
use crate::percentile::{median, round};
use crate::report::{Report, Row, load, time};
use crate::world::World;

/// Smallest store.
const FROM: u64 = 10_000;
/// Posts of one claim.
const CLAIM: u32 = 100;
/// Claims at each size; the median is told.
const CLAIMS: u64 = 15;
/// Looks for the next wake at each size.
const WAKES: usize = 300;
/// Channels the backlog is spread over.
const CHANNELS: u32 = 100;
/// Rows of one filling transaction.
const FILL: u64 = 100_000;
/// The backlog begins so far ahead, in hours, and has a post every second.
const AHEAD_H: i64 = 48;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Backlog {
    /// This program, which is run again as the stub.
    pub program: PathBuf,
    /// Folder in which the bench makes its own, on the disk that is meant.
    pub folder: PathBuf,
    /// Largest store, in planned posts.
    pub posts: u64,
    /// An empty PostgreSQL database instead of a file.
    pub database: Option<String>,
}

/// Takes the measure: one report for each size.
pub async fn run(backlog: &Backlog) -> Result<Vec<Report>, Trouble> {
    let folder = tempfile::tempdir_in(&backlog.folder)?;
    let stub = Stub::start(&backlog.program, 0).await?;
    let world = World::make(folder.path(), backlog.database.as_deref(), stub.url.as_str(), CHANNELS).await?;
    let begins = SystemClock.now() + SignedDuration::from_hours(AHEAD_H);
    // One post of each channel, as the pattern of the rest.
    world.plan(0, u64::from(CHANNELS), begins).await?;
    let (mut reports, mut stored, mut number) = (Vec::new(), u64::from(CHANNELS), 1_000_000_000_u64);
    let mut first: Option<(f64, f64)> = None;
    let mut size = FROM.min(backlog.posts);
    while size <= backlog.posts {
        let began = Instant::now();
        while stored < size {
            let count = (size - stored).min(FILL);
            world.store.in_workspace(world.workspace).multiply_plan(stored, count, begins).await?;
            stored += count;
        }
        let fill_s = began.elapsed().as_secs_f64();
        world.store.settle_statistics().await?;
        let wake_us = wakes(&world).await?;
        let claim_ms = claims(&world, &mut number).await?;
        let (wake_first, claim_first) = *first.get_or_insert((wake_us, claim_ms));
        let engine = if backlog.database.is_some() { "kith, PostgreSQL" } else { "kith, SQLite" };
        let json = json!({
            "bench": "backlog", "engine": engine, "stored": stored, "next_wake_us": round(wake_us, 1),
            "claim_100_ms": round(claim_ms, 3), "next_wake_ratio": round(wake_us / wake_first, 2),
            "claim_ratio": round(claim_ms / claim_first, 2), "fill_s": round(fill_s, 1), "load": load(),
        });
        let beside = |now: f64, first: f64| format!("{:.2} × that of {FROM}", now / first);
        let rows = vec![
            Row::new(format!("{engine}: {stored} posts planned ahead"), "", format!("filled in {fill_s:.1} s")),
            Row::new("  when is the next one due?", time(wake_us / 1_000.0), beside(wake_us, wake_first)),
            Row::new("  claim 100 of 100 due", time(claim_ms), beside(claim_ms, claim_first)),
        ];
        reports.push(Report { json, rows, holds: true });
        if size == backlog.posts {
            break;
        }
        size = (size * 10).min(backlog.posts);
    }
    world.store.close().await;
    Ok(reports)
}

async fn wakes(world: &World) -> Result<f64, Trouble> {
    let mut took = Vec::with_capacity(WAKES);
    for _ in 0..WAKES {
        let began = Instant::now();
        world.store.next_wake_after(SystemClock.now()).await?;
        took.push(began.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(&mut took))
}

/// Each claim takes 100 posts that have just come due, one of each channel.
async fn claims(world: &World, number: &mut u64) -> Result<f64, Trouble> {
    let mut took = Vec::new();
    for _ in 0..CLAIMS {
        let now = SystemClock.now();
        world.plan(*number, u64::from(CLAIM), now - SignedDuration::from_secs(1)).await?;
        *number += u64::from(CLAIM);
        let began = Instant::now();
        let due = world.store.due_channels(now).await?;
        let channels: Vec<_> = due.iter().map(|due| due.channel).collect();
        let claim = Claim { now, lease_until: now + SignedDuration::from_secs(LEASE_S), channels: &channels };
        let claimed = world.store.claim(&claim).await?;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
        // They are out of the way of the next claim: done, as far as this bench is concerned.
        for Claimed { dispatch, .. } in &claimed {
            world.store.save_step(dispatch, &State::Cancelled, None, None, now).await.map_err(|error| Trouble::new(error.to_string()))?;
        }
        if claimed.len() != CLAIM as usize {
            return Err(Trouble::new(format!("a claim took {} posts instead of {CLAIM}", claimed.len())));
        }
    }
    Ok(median(&mut took))
}
