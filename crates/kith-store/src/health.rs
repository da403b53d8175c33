//! Whether the database is whole, for the doctor.

use crate::StoreError;
use crate::db::{Db, args, statements};
use crate::store::Store;

statements! {
    /// SQLite reads every page; PostgreSQL checks its pages itself.
    CHECK = "SELECT quick_check AS verdict FROM pragma_quick_check", postgres "SELECT 'ok' AS verdict";
    SIZE = concat!(
        "SELECT c.page_count * s.page_size AS bytes, f.freelist_count * s.page_size AS free_bytes ",
        "FROM pragma_page_count c, pragma_page_size s, pragma_freelist_count f"
    ), postgres "SELECT pg_database_size(current_database()) AS bytes, CAST(0 AS BIGINT) AS free_bytes";
    VERSION = "SELECT sqlite_version() AS version", postgres "SELECT current_setting('server_version') AS version";
    STEP = "SELECT COALESCE(MAX(version), 0) AS version FROM migration";
}

/// What the doctor tells of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `SQLite` or `PostgreSQL`, with its version.
    pub engine: String,
    /// The file, for SQLite.
    pub file: Option<std::path::PathBuf>,
    /// What is damaged; empty if nothing is.
    pub damage: Vec<String>,
    /// Size in bytes, without SQLite's write-ahead log.
    pub bytes: u64,
    /// Bytes inside it that are free for reuse.
    pub free_bytes: u64,
    /// The last step of its tables.
    pub step: i64,
}

impl Store {
    /// Checks the database; reads every page of a SQLite file, so it may take seconds.
    pub async fn health(&self) -> Result<Health, StoreError> {
        let version = self.row(&VERSION, args![]).await?.map_or(Ok(String::new()), |row| row.text("version"))?;
        let size = self.row(&SIZE, args![]).await?.ok_or_else(|| StoreError::Broken("the size is not known".into()))?;
        let verdicts = self.rows(&CHECK, args![]).await?;
        let damage = verdicts.iter().map(|row| row.text("verdict")).collect::<Result<Vec<_>, _>>()?;
        let (name, file) = match self.db() {
            Db::Sqlite { path, .. } => ("SQLite", Some(path.clone())),
            Db::Pg { .. } => ("PostgreSQL", None),
        };
        Ok(Health {
            engine: format!("{name} {version}"),
            file,
            damage: damage.into_iter().filter(|verdict| verdict != "ok").collect(),
            bytes: size.count("bytes")?,
            free_bytes: size.count("free_bytes")?,
            step: self.row(&STEP, args![]).await?.map_or(Ok(0), |row| row.int("version"))?,
        })
    }
}
