//! What the database knows of how full its tables are: by it a question is begun at the smaller end.

use crate::StoreError;
use crate::db::{Db, args, statements};
use crate::store::Store;

statements! {
    /// SQLite looks again at what has grown since; PostgreSQL does that by itself.
    KEEP_STATISTICS = "PRAGMA optimize", postgres "SELECT 1";
    SETTLE_STATISTICS = "ANALYZE";
}

impl Store {
    /// Looks again at tables that have grown. Cheap where nothing has; meant for once an hour.
    pub async fn keep_statistics(&self) -> Result<(), StoreError> {
        match self.db() {
            Db::Sqlite { .. } => self.write(&KEEP_STATISTICS, args![]).await.map(drop),
            Db::Pg { .. } => Ok(()),
        }
    }

    /// For measuring: looks at everything at once.
    pub async fn settle_statistics(&self) -> Result<(), StoreError> {
        self.write(&SETTLE_STATISTICS, args![]).await.map(drop)
    }
}
