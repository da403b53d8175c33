//! The two engines behind one enum, so that everything above speaks of rows and transactions only.
//!
//! SQLite: one writing connection whose turns are committed in groups (`lane`), and a pool of readers. PostgreSQL: one
//! pool. `sql` holds statements, arguments and rows; `open` makes the connections; `fault` turns errors into decisions.

mod fault;
mod lane;
mod open;
mod sql;
mod tx;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

pub(crate) use fault::fault;
pub(crate) use lane::Lane;
pub(crate) use sql::{Arg, Bind, Row, Sql, args, json, statements};
pub(crate) use tx::Tx;

use crate::StoreError;

/// Open connections to one database.
#[derive(Debug)]
pub(crate) enum Db {
    Sqlite { lane: Lane, readers: SqlitePool, path: std::path::PathBuf },
    Pg { pool: PgPool },
}

impl Db {
    /// Reads committed rows.
    pub(crate) async fn rows(&self, sql: &'static Sql, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite { readers, .. } => {
                let rows = sql::sqlite(sql, args).fetch_all(readers).await.map_err(|error| fault(&error))?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Pg { pool } => {
                let rows = sql::pg(sql, args).fetch_all(pool).await.map_err(|error| fault(&error))?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// Reads at most one committed row.
    pub(crate) async fn row(&self, sql: &'static Sql, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        match self {
            Self::Sqlite { readers, .. } => {
                Ok(sql::sqlite(sql, args).fetch_optional(readers).await.map_err(|error| fault(&error))?.map(Row::Sqlite))
            }
            Self::Pg { pool } => Ok(sql::pg(sql, args).fetch_optional(pool).await.map_err(|error| fault(&error))?.map(Row::Pg)),
        }
    }

    /// A whole transaction in one text: on SQLite several statements between `SAVEPOINT turn` and its release, on
    /// PostgreSQL one. Returns its rows, which are on disk.
    pub(crate) async fn at_once(&self, sql: &'static Sql, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite { lane, .. } => Ok(lane.whole_turn(sql::sqlite(sql, args)).await?.into_iter().map(Row::Sqlite).collect()),
            Self::Pg { .. } => self.rows(sql, args).await,
        }
    }

    /// Begins a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Sqlite { lane, .. } => Ok(Tx::Sqlite(lane.turn().await?)),
            Self::Pg { pool } => Ok(Tx::Pg(pool.begin().await.map_err(|error| fault(&error))?)),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { lane, readers, .. } => {
                readers.close().await;
                lane.rest().await;
            }
            Self::Pg { pool } => pool.close().await,
        }
    }
}
