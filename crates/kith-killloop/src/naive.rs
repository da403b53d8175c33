//! The control: a worker as it is often written, under the same faults and kills, before the same judge.
//!
//! It sends what is due, tries again on any error with a new key, gives up after five tries, and takes what it had in
//! hand when it was killed for unsent. If the judge finds nothing wrong with it, the judge is worth nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use jiff::SignedDuration;
use serde_json::json;

use crate::check::{Said, Verdict, Wanted, judge};
use crate::dice::Dice;
use crate::records;
use crate::scene::{Channel, Kind, Scene};
use crate::shown::text_of;
use crate::statuses::token;
use crate::time::RunTime;
use crate::wire::post;

/// Tries until it gives up.
const TRIES_MAX: u32 = 5;
/// Pause between tries, in the run's seconds.
const PAUSE_S: u64 = 5;
/// Lives of the worker, in the world's milliseconds.
const LIFE_MS: (u64, u64) = (30, 450);
/// Time between two posts of the plan, in the world's milliseconds.
const STEP_MS: u64 = 40;

/// Its memory, which survives its kills as a database would.
type Ledger = Arc<Mutex<HashMap<u32, (String, Option<String>, u32)>>>;

/// Runs it; returns the judge's word and the number of kills.
pub async fn run(posts: u32, kills: usize, seed: u64, speed: u32) -> Result<(Verdict, usize)> {
    let time = RunTime::from_now(speed);
    let scene = Scene::start(seed, time, 2).await?;
    let dice = Dice::new(seed, 2);
    let step = SignedDuration::from_millis((STEP_MS * u64::from(speed)) as i64);
    let wanted: Vec<Wanted> = (1..=posts)
        .map(|no| {
            let channel = scene.channels[no as usize % scene.channels.len()].name.clone();
            Wanted { no, channel, due: time.now() + step * no as i32 }
        })
        .collect();
    let ledger = Ledger::default();
    let start = || -> Vec<_> {
        let worker = |channel: &Channel| tokio::spawn(work(channel.clone(), wanted.clone(), ledger.clone(), time));
        scene.channels.iter().map(worker).collect()
    };
    for _ in 0..kills {
        let workers = start();
        tokio::time::sleep(Duration::from_millis(dice.between(LIFE_MS.0, LIFE_MS.1))).await;
        for worker in workers {
            worker.abort();
        }
    }
    scene.faults.end();
    futures_util::future::join_all(start()).await;
    // What was accepted late is shown by now.
    tokio::time::sleep(time.in_world(150)).await;
    let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let said: Vec<Said> = wanted
        .iter()
        .filter_map(|want| {
            let (state, remote_id, _) = ledger.get(&want.no)?.clone();
            Some(Said { no: want.no, channel: want.channel.clone(), state, remote_id })
        })
        .collect();
    Ok((judge(&wanted, &said, &scene.board.all()), kills))
}

async fn work(channel: Channel, wanted: Vec<Wanted>, ledger: Ledger, time: RunTime) {
    for want in wanted.into_iter().filter(|want| want.channel == channel.name) {
        tokio::time::sleep(time.until(want.due)).await;
        loop {
            let (state, _, tries) = row(&ledger, want.no);
            if state == "published" || state == "failed" {
                break;
            }
            set(&ledger, want.no, "sending", None, tries + 1);
            match send(&channel, want.no, tries, time).await {
                Ok(id) => set(&ledger, want.no, "published", Some(id), tries + 1),
                Err(_) if tries + 1 >= TRIES_MAX => set(&ledger, want.no, "failed", None, tries + 1),
                Err(_) => {
                    set(&ledger, want.no, "planned", None, tries + 1);
                    tokio::time::sleep(time.in_world(PAUSE_S)).await;
                }
            }
        }
    }
}

fn row(ledger: &Ledger, no: u32) -> (String, Option<String>, u32) {
    let rows = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    rows.get(&no).cloned().unwrap_or_else(|| ("planned".into(), None, 0))
}

fn set(ledger: &Ledger, no: u32, state: &str, id: Option<String>, tries: u32) {
    ledger.lock().unwrap_or_else(PoisonError::into_inner).insert(no, (state.into(), id, tries));
}

/// One send under a key of its own.
async fn send(channel: &Channel, no: u32, tries: u32, time: RunTime) -> Result<String> {
    let (path, body, bearer, id) = if channel.kind == Kind::C {
        let login = json!({ "identifier": records::did(channel.account), "password": records::PASSWORD }).to_string();
        let (_, session) = post(channel.server, "/xrpc/com.atproto.server.createSession", &[], &login).await?;
        let record = json!({ "$type": "app.bsky.feed.post", "text": text_of(no), "createdAt": time.now().to_string() });
        let key = format!("try{no}x{tries}");
        let body = json!({ "repo": records::did(channel.account), "collection": "app.bsky.feed.post", "rkey": key, "record": record });
        let token = session["accessJwt"].as_str().unwrap_or_default().to_owned();
        ("/xrpc/com.atproto.repo.putRecord", body, token, "uri")
    } else {
        ("/api/v1/statuses", json!({ "status": text_of(no) }), token(channel.account), "id")
    };
    let (bearer, key) = (format!("Bearer {bearer}"), format!("naive-{no}-{tries}"));
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str()), ("content-type", "application/json")];
    let (status, answer) = post(channel.server, path, &headers, &body.to_string()).await?;
    anyhow::ensure!(status == 200, "HTTP {status}");
    answer[id].as_str().map(str::to_owned).ok_or_else(|| anyhow::anyhow!("an answer without an id"))
}
