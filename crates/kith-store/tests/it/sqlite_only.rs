//! What is asked of the file alone: its settings and its versions.

use kith_store::{Store, StoreError};
use sqlx::{Connection as _, Executor as _, Row as _};

use crate::bench::{Bench, at};

async fn raw(bench: &Bench) -> sqlx::SqliteConnection {
    sqlx::SqliteConnection::connect(&bench.url).await.unwrap()
}

#[tokio::test]
async fn the_file_is_made_with_a_write_ahead_log() {
    let bench = Bench::sqlite();
    let _store = bench.open().await;
    let mode: String = raw(&bench).await.fetch_one("PRAGMA journal_mode").await.unwrap().get(0);
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_database_of_a_newer_kith_is_left_alone() {
    let bench = Bench::sqlite();
    bench.open().await.close().await;
    raw(&bench).await.execute("INSERT INTO migration (version, at) VALUES (999, 0)").await.unwrap();
    assert_eq!(Store::open(&bench.url, at(1)).await.unwrap_err(), StoreError::Newer);
}

#[tokio::test]
async fn two_processes_that_start_together_make_the_tables_once() {
    let bench = Bench::sqlite();
    let (a, b) = tokio::join!(Store::open(&bench.url, at(0)), Store::open(&bench.url, at(0)));
    a.unwrap().set_meta("k", "v").await.unwrap();
    assert_eq!(b.unwrap().meta("k").await.unwrap().as_deref(), Some("v"));
}

#[tokio::test]
async fn an_address_that_names_no_database_is_refused_without_repeating_it() {
    for url in ["mysql://u:secret@h/d", "", "sqlite://", "sqlite::memory:", "sqlite://x.db?mode=ro"] {
        let error = Store::open(url, at(0)).await.unwrap_err();
        assert!(matches!(&error, StoreError::Broken(why) if !why.contains("secret")), "{url}: {error}");
    }
}
