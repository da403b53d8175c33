//! Bringing the tables up to date: each step once, all pending steps in one transaction.
//!
//! A step is a file in `migrations/sqlite` and its twin in `migrations/postgres`, listed in `STEPS`. A step that was
//! released is never edited: add the next one. A database with more steps than we know is `Newer` and is left alone.

use jiff::Timestamp;
use sqlx::Connection as _;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqliteConnection;

use crate::StoreError;
use crate::db::fault;

/// Number, SQLite's text, PostgreSQL's text.
const STEPS: [(i64, &str, &str); 16] = [
    (1, include_str!("../migrations/sqlite/0001_begin.sql"), include_str!("../migrations/postgres/0001_begin.sql")),
    (2, include_str!("../migrations/sqlite/0002_sources.sql"), include_str!("../migrations/postgres/0002_sources.sql")),
    (3, include_str!("../migrations/sqlite/0003_processes.sql"), include_str!("../migrations/postgres/0003_processes.sql")),
    (4, include_str!("../migrations/sqlite/0004_pace.sql"), include_str!("../migrations/postgres/0004_pace.sql")),
    (5, include_str!("../migrations/sqlite/0005_tokens.sql"), include_str!("../migrations/postgres/0005_tokens.sql")),
    (6, include_str!("../migrations/sqlite/0006_source_keys.sql"), include_str!("../migrations/postgres/0006_source_keys.sql")),
    (7, include_str!("../migrations/sqlite/0007_held.sql"), include_str!("../migrations/postgres/0007_held.sql")),
    (8, include_str!("../migrations/sqlite/0008_sorting.sql"), include_str!("../migrations/postgres/0008_sorting.sql")),
    (9, include_str!("../migrations/sqlite/0009_people.sql"), include_str!("../migrations/postgres/0009_people.sql")),
    (10, include_str!("../migrations/sqlite/0010_post_drafts.sql"), include_str!("../migrations/postgres/0010_post_drafts.sql")),
    (11, include_str!("../migrations/sqlite/0011_doors.sql"), include_str!("../migrations/postgres/0011_doors.sql")),
    (15, include_str!("../migrations/sqlite/0015_calls.sql"), include_str!("../migrations/postgres/0015_calls.sql")),
    (16, include_str!("../migrations/sqlite/0016_presence.sql"), include_str!("../migrations/postgres/0016_presence.sql")),
    (17, include_str!("../migrations/sqlite/0017_own_time.sql"), include_str!("../migrations/postgres/0017_own_time.sql")),
    (18, include_str!("../migrations/sqlite/0018_people_in_order.sql"), include_str!("../migrations/postgres/0018_people_in_order.sql")),
    (19, include_str!("../migrations/sqlite/0019_roots.sql"), include_str!("../migrations/postgres/0019_roots.sql")),
];

/// Any number that no other program on the same server uses for its locks: "Kith" in ASCII.
const PG_LOCK: i64 = 0x4b69_7468;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (version BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)";
const LATEST: &str = "SELECT MAX(version) FROM migration";
const DONE: &str = "INSERT INTO migration (version, at) VALUES ($1, $2)";

pub(crate) async fn sqlite(conn: &mut SqliteConnection, now: Timestamp) -> Result<(), StoreError> {
    // The lock is taken before the version is read: two processes that start together migrate once.
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(|error| fault(&error))?;
    sqlx::raw_sql(TABLE).execute(&mut *tx).await.map_err(|error| fault(&error))?;
    let latest: Option<i64> = sqlx::query_scalar(LATEST).fetch_one(&mut *tx).await.map_err(|error| fault(&error))?;
    for (version, text, _) in pending(latest)? {
        sqlx::raw_sql(*text).execute(&mut *tx).await.map_err(|error| fault(&error))?;
        sqlx::query(DONE).bind(version).bind(now.as_millisecond()).execute(&mut *tx).await.map_err(|error| fault(&error))?;
    }
    tx.commit().await.map_err(|error| fault(&error))
}

pub(crate) async fn pg(pool: &PgPool, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = pool.begin().await.map_err(|error| fault(&error))?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(PG_LOCK).execute(&mut *tx).await.map_err(|error| fault(&error))?;
    sqlx::raw_sql(TABLE).execute(&mut *tx).await.map_err(|error| fault(&error))?;
    let latest: Option<i64> = sqlx::query_scalar(LATEST).fetch_one(&mut *tx).await.map_err(|error| fault(&error))?;
    for (version, _, text) in pending(latest)? {
        sqlx::raw_sql(*text).execute(&mut *tx).await.map_err(|error| fault(&error))?;
        sqlx::query(DONE).bind(version).bind(now.as_millisecond()).execute(&mut *tx).await.map_err(|error| fault(&error))?;
    }
    tx.commit().await.map_err(|error| fault(&error))
}

type Step = (i64, &'static str, &'static str);

fn pending(latest: Option<i64>) -> Result<impl Iterator<Item = &'static Step>, StoreError> {
    let latest = latest.unwrap_or(0);
    if STEPS.iter().all(|(version, _, _)| *version < latest) {
        return Err(StoreError::Newer);
    }
    Ok(STEPS.iter().filter(move |(version, _, _)| *version > latest))
}
