//! Making the connections.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Db, Lane, fault};
use crate::{StoreError, migrate};

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT_S: u64 = 5;
/// Longest wait for a free connection.
const ACQUIRE_TIMEOUT_S: u64 = 10;
/// Readers of SQLite; more would only contend for two cores.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL of one process.
const PG_CONNECTIONS_MAX: u32 = 10;
/// All statements of the crate fit, so that none is prepared twice.
const STATEMENT_CACHE: usize = 300;
/// Rows of SQLite that are read ahead of who asked: with fewer, two threads take turns for every few rows.
const SQLITE_ROWS_AHEAD: usize = 1_024;
/// Page cache of the writer, in KiB.
const SQLITE_CACHE_KIB: u32 = 8 * 1024;

impl Db {
    /// Opens `sqlite:///path/kith.db` or `postgres://…` and brings its tables up to date.
    pub(crate) async fn open(url: &str, now: Timestamp) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return sqlite(Path::new(path), now).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return pg(url, now).await;
        }
        // The address may hold a password: it is not repeated.
        Err(StoreError::Broken("the database address must begin with sqlite:// or postgres://".into()))
    }
}

async fn sqlite(path: &Path, now: Timestamp) -> Result<Db, StoreError> {
    if path.as_os_str().is_empty() || path.to_string_lossy().contains([':', '?']) {
        return Err(StoreError::Broken("the database address must name a file, such as sqlite:///srv/kith/kith.db".into()));
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(BUSY_TIMEOUT_S))
        .statement_cache_capacity(STATEMENT_CACHE)
        .row_buffer_size(SQLITE_ROWS_AHEAD)
        .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"))
        .disable_statement_logging();
    let mut writer = options.clone().create_if_missing(true).connect().await.map_err(|error| cannot_open(path, &error))?;
    migrate::sqlite(&mut writer, now).await?;
    // How full the tables are, so that a question begins at the smaller end; it reads a sample of each (sqlite.org, "PRAGMA
    // optimize", read 2026-11-23). A reader hears of it when it opens: those of the pool are made anew every half hour.
    // On a full disk, or while another process writes for long, it is left for the next time.
    if let Err(error) = sqlx::raw_sql("PRAGMA optimize=0x10002").execute(&mut writer).await {
        tracing::debug!(%error, "how full the tables are is looked at later");
    }
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_S))
        .connect_with(options.read_only(true))
        .await
        .map_err(|error| cannot_open(path, &error))?;
    Ok(Db::Sqlite { lane: Lane::new(writer), readers, path: path.to_owned() })
}

async fn pg(url: &str, now: Timestamp) -> Result<Db, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Broken("the postgres:// address can't be read; check its parts".into()))?
        .statement_cache_capacity(STATEMENT_CACHE)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(PG_CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_S))
        .connect_with(options)
        .await
        .map_err(|error| fault(&error))?;
    migrate::pg(&pool, now).await?;
    Ok(Db::Pg { pool })
}

fn cannot_open(path: &Path, error: &sqlx::Error) -> StoreError {
    match fault(error) {
        StoreError::Broken(why) => StoreError::Broken(format!("{} can't be opened: {why}", path.display())),
        other => other,
    }
}
