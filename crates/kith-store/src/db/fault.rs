//! From a driver's error to a decision.

use crate::{StoreError, Unique};

/// SQLite's primary result codes (sqlite.org/rescode.html, 2026-11).
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_FULL: i32 = 13;
/// Its extended codes for a failed fsync, of the file and of its folder. A write that fails says so at once and is undone;
/// a failed fsync takes away what was already believed to be kept, and the next one may succeed and lie
/// (danluu.com/fsyncgate, lwn.net/Articles/752063, 2018).
const SQLITE_IOERR_FSYNC: i32 = 1_034;
const SQLITE_IOERR_DIR_FSYNC: i32 = 1_290;
/// The shared memory beside the log could not grow: that is a full disk too.
const SQLITE_IOERR_SHMSIZE: i32 = 4_874;

/// What a driver's error means for the caller. The text of an error never holds bound values.
pub(crate) fn fault(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(database) => {
            if database.is_unique_violation() {
                return StoreError::Conflict { what: unique(database.as_ref()), which: None };
            }
            if database.is_foreign_key_violation() {
                return StoreError::NotThere;
            }
            let code = database.code().unwrap_or_default();
            by_code(&code).unwrap_or_else(|| StoreError::Broken(format!("{} ({code})", database.message())))
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => StoreError::Busy,
        sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => StoreError::Full,
        sqlx::Error::Io(_) => StoreError::Busy,
        other => StoreError::Broken(other.to_string()),
    }
}

/// SQLite gives a number of at most four digits, PostgreSQL five characters (PostgreSQL 15, appendix A: 40 rollback, 53 resources,
/// 55P03 lock not available, 57 operator intervention, 08 connection).
fn by_code(code: &str) -> Option<StoreError> {
    if code.len() == 5 {
        return match code {
            "53100" => Some(StoreError::Full),
            "55P03" => Some(StoreError::Busy),
            _ if ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)) => Some(StoreError::Busy),
            _ => None,
        };
    }
    let code = code.parse::<i32>().ok()?;
    match code {
        SQLITE_IOERR_FSYNC | SQLITE_IOERR_DIR_FSYNC => return Some(StoreError::DiskFailed),
        SQLITE_IOERR_SHMSIZE => return Some(StoreError::Full),
        _ => {}
    }
    match code & 0xff {
        SQLITE_BUSY | SQLITE_LOCKED => Some(StoreError::Busy),
        SQLITE_FULL => Some(StoreError::Full),
        _ => None,
    }
}

fn unique(database: &dyn sqlx::error::DatabaseError) -> Unique {
    let constraint = database.constraint().unwrap_or_default();
    let message = database.message();
    let columns = message.rsplit("UNIQUE constraint failed: ").next().unwrap_or_default();
    Unique::ALL.iter().find(|(_, name, sqlite)| *name == constraint || *sqlite == columns).map_or(Unique::Other, |(unique, _, _)| *unique)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_become_decisions() {
        for (code, expected) in [
            ("5", Some(StoreError::Busy)),
            ("261", Some(StoreError::Busy)),
            ("517", Some(StoreError::Busy)),
            ("6", Some(StoreError::Busy)),
            ("13", Some(StoreError::Full)),
            ("4874", Some(StoreError::Full)),
            ("1034", Some(StoreError::DiskFailed)),
            ("1290", Some(StoreError::DiskFailed)),
            ("778", None),
            ("1", None),
            ("53100", Some(StoreError::Full)),
            ("40001", Some(StoreError::Busy)),
            ("40P01", Some(StoreError::Busy)),
            ("55P03", Some(StoreError::Busy)),
            ("57P01", Some(StoreError::Busy)),
            ("42601", None),
        ] {
            assert_eq!(by_code(code), expected, "{code}");
        }
    }
}
