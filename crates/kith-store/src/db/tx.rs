//! One transaction on either engine.

use sqlx::{Postgres, Transaction};

use super::fault::fault;
use super::lane::Turn;
use super::sql::{self, Arg, Row, Sql};
use crate::StoreError;

/// A transaction that may write; what is not ended is undone.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Turn),
    Pg(Transaction<'static, Postgres>),
}

impl Tx {
    /// Runs a statement; returns the number of rows it changed.
    pub(crate) async fn run(&mut self, sql: &'static Sql, args: Vec<Arg>) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(turn) => {
                sql::sqlite(sql, args).execute(turn.conn()?).await.map(|done| done.rows_affected()).map_err(|error| fault(&error))
            }
            Self::Pg(tx) => sql::pg(sql, args).execute(&mut **tx).await.map(|done| done.rows_affected()).map_err(|error| fault(&error)),
        }
    }

    /// Rows of a query, or of a statement with RETURNING.
    pub(crate) async fn rows(&mut self, sql: &'static Sql, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(turn) => {
                let rows = sql::sqlite(sql, args).fetch_all(turn.conn()?).await.map_err(|error| fault(&error))?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Pg(tx) => {
                let rows = sql::pg(sql, args).fetch_all(&mut **tx).await.map_err(|error| fault(&error))?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// The first row, if any.
    pub(crate) async fn row(&mut self, sql: &'static Sql, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(turn) => turn.end().await,
            Self::Pg(tx) => tx.commit().await.map_err(|error| fault(&error)),
        }
    }

    pub(crate) async fn undo(self) {
        match self {
            Self::Sqlite(turn) => turn.undo().await,
            Self::Pg(tx) => {
                if let Err(error) = tx.rollback().await {
                    tracing::debug!(%error, "the connection ended before its rollback");
                }
            }
        }
    }
}
