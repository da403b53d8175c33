//! Films go from disk to the server a piece at a time, and a post waits until its server has worked on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt as _;
use kith_domain::publish::{Content, PublishError};
use kith_networks::http::Source;
use kith_networks::{MediaFile, Network};
use serde_json::json;

use crate::mastodon_answers::Stub;

const MEGABYTE: u32 = 1_000_000;

/// What the server saw.
#[derive(Default)]
struct Seen {
    bytes: AtomicU64,
    looks: AtomicU32,
}

/// A server that takes uploads and is ready at the `ready`-th look (never, if 0).
fn server(seen: Arc<Seen>, ready: u32) -> Router {
    Router::new()
        .route(
            "/api/v2/media",
            post(|State(seen): State<Arc<Seen>>, body: Body| async move {
                let mut pieces = body.into_data_stream();
                while let Some(piece) = pieces.next().await {
                    seen.bytes.fetch_add(piece.unwrap().len() as u64, Ordering::Relaxed);
                }
                (StatusCode::ACCEPTED, Json(json!({ "id": "9", "url": null })))
            }),
        )
        .route(
            "/api/v1/media/9",
            get(move |State(seen): State<Arc<Seen>>| async move {
                let look = seen.looks.fetch_add(1, Ordering::Relaxed) + 1;
                let status = if look == ready { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
                (status, Json(json!({ "id": "9" })))
            }),
        )
        .with_state(seen)
}

fn mastodon() -> Arc<dyn Network> {
    kith_networks::mastodon::network()
}

fn film(folder: &std::path::Path, bytes: u32) -> MediaFile {
    let path = folder.join("film.mp4");
    kith_testkit::film::write(&path, bytes, 12).unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    MediaFile { source: Source::Disk { path, bytes }, mime: "video/mp4".into(), width: 640, height: 360, alt: "A kiln glows".into() }
}

fn words() -> Content {
    Content { text: "Watch".into(), ..Content::default() }
}

/// The most memory that this process ever had, in bytes.
#[cfg(target_os = "linux")]
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_film_of_two_hundred_megabytes_is_sent_with_little_memory() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Arc::new(Seen::default()));
    let stub = Stub::of(server(seen.clone(), 1)).await;
    let film = film(folder.path(), 200 * MEGABYTE);
    let before = most_memory();
    let prepared = mastodon().prepare(&stub.call(), &words(), std::slice::from_ref(&film), "k").await.unwrap();
    assert!(prepared.contains(r#""media_ids":["9"]"#), "{prepared}");
    let sent = seen.bytes.load(Ordering::Relaxed);
    assert!((film.source.size()..film.source.size() + 2_000).contains(&sent), "{sent}");
    let more = most_memory() - before;
    assert!(more < 40 * u64::from(MEGABYTE), "{more} bytes more memory for a film of 200 MB");
}

/// Time stands still but for what waits.
#[tokio::test]
async fn a_post_waits_for_its_film_and_says_so_if_it_takes_too_long() {
    let folder = tempfile::tempdir().unwrap();
    for (ready, looks) in [(20, 20), (0, 67)] {
        let seen = Arc::new(Seen::default());
        let stub = Stub::of(server(seen.clone(), ready)).await;
        let (film, began) = (film(folder.path(), MEGABYTE), tokio::time::Instant::now());
        tokio::time::pause();
        let result = mastodon().prepare(&stub.call(), &words(), &[film], "k").await;
        tokio::time::resume();
        assert_eq!(seen.looks.load(Ordering::Relaxed), looks);
        match ready {
            0 => assert!(matches!(result, Err(PublishError::Later { .. })), "{result:?}"),
            _ => assert!(result.is_ok() && began.elapsed() > Duration::from_secs(100), "{result:?}"),
        }
    }
}

#[tokio::test]
async fn a_film_that_vanishes_before_it_is_sent_is_told_and_nothing_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Arc::new(Seen::default());
    let stub = Stub::of(server(seen.clone(), 1)).await;
    let film = film(folder.path(), MEGABYTE);
    drop(folder);
    let result = mastodon().prepare(&stub.call(), &words(), &[film], "k").await;
    assert!(matches!(&result, Err(PublishError::Later { why, .. }) if why.contains("can't be read")), "{result:?}");
    assert_eq!(seen.bytes.load(Ordering::Relaxed), 0);
}
