//! Statements, their arguments and their rows.
//!
//! A statement is one text with `$1` for both engines wherever that is possible; where it is not, it has two. Values
//! are bound through `Arg` and read through `Row`, so that no code above is written or compiled once per engine.

use std::str::FromStr;

use jiff::Timestamp;
use kith_domain::ids::NetworkId;
use kith_domain::mandate::SecretHash;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Postgres, Row as _, Sqlite};

use crate::StoreError;

/// One statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sql {
    /// The constant's name, for tests and errors.
    pub(crate) name: &'static str,
    /// Text for SQLite.
    pub(crate) sqlite: &'static str,
    /// Text for PostgreSQL.
    pub(crate) pg: &'static str,
}

/// Declares a file's statements: one static each, and `ALL` for the tests that walk them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sqlite:expr $(, postgres $pg:expr)?;)+) => {
        $($(#[$doc])* static $name: $crate::db::Sql = $crate::db::Sql {
            name: stringify!($name),
            sqlite: $sqlite,
            pg: $crate::db::statements!(@pg $sqlite $(, $pg)?),
        };)+

        /// Every statement of this file.
        #[cfg(test)]
        pub(crate) static ALL: &[&$crate::db::Sql] = &[$(&$name),+];
    };
    (@pg $sqlite:expr) => { $sqlite };
    (@pg $sqlite:expr, $pg:expr) => { $pg };
}
pub(crate) use statements;

/// A value on its way in; `None` is NULL of that type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arg {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// What can be bound.
pub(crate) trait Bind {
    fn arg(&self) -> Arg;
    fn null() -> Arg;
}

/// Collects arguments in the order of `$1`, `$2` …
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Bind::arg(&$value)),*] };
}
pub(crate) use args;

impl Bind for str {
    fn arg(&self) -> Arg {
        // PostgreSQL's text can't hold NUL; both engines store the replacement character instead.
        Arg::Text(Some(if self.contains('\0') { self.replace('\0', "\u{FFFD}") } else { self.to_owned() }))
    }
    fn null() -> Arg {
        Arg::Text(None)
    }
}

impl Bind for String {
    fn arg(&self) -> Arg {
        self.as_str().arg()
    }
    fn null() -> Arg {
        Arg::Text(None)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn arg(&self) -> Arg {
        (**self).arg()
    }
    fn null() -> Arg {
        T::null()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn arg(&self) -> Arg {
        self.as_ref().map_or_else(T::null, Bind::arg)
    }
    fn null() -> Arg {
        T::null()
    }
}

impl Bind for Timestamp {
    fn arg(&self) -> Arg {
        Arg::Int(Some(self.as_millisecond()))
    }
    fn null() -> Arg {
        Arg::Int(None)
    }
}

impl Bind for [u8] {
    fn arg(&self) -> Arg {
        Arg::Bytes(Some(self.to_vec()))
    }
    fn null() -> Arg {
        Arg::Bytes(None)
    }
}

impl Bind for bool {
    fn arg(&self) -> Arg {
        Arg::Bool(Some(*self))
    }
    fn null() -> Arg {
        Arg::Bool(None)
    }
}

macro_rules! bind_ints {
    ($($int:ty),+) => {$(
        impl Bind for $int {
            fn arg(&self) -> Arg { Arg::Int(Some(i64::try_from(*self).unwrap_or(i64::MAX))) }
            fn null() -> Arg { Arg::Int(None) }
        }
    )+};
}
bind_ints!(i64, u32, u64);

macro_rules! bind_ids {
    ($($id:ident),+) => {$(
        impl Bind for kith_domain::ids::$id {
            fn arg(&self) -> Arg { Arg::Text(Some(self.to_string())) }
            fn null() -> Arg { Arg::Text(None) }
        }
    )+};
}
bind_ids!(
    WorkspaceId,
    LoginId,
    MemberId,
    SessionId,
    ChannelId,
    PostId,
    VariantId,
    DispatchId,
    DraftId,
    MediaId,
    ContactId,
    HandleId,
    MemoryId,
    MergeId,
    ConversationId,
    MessageId,
    ActId,
    ItemId,
    SourceId,
    TokenId,
    BrowserId,
    InvitationId,
    PasskeyId
);

impl Bind for NetworkId {
    fn arg(&self) -> Arg {
        self.as_str().arg()
    }
    fn null() -> Arg {
        Arg::Text(None)
    }
}

impl Bind for SecretHash {
    fn arg(&self) -> Arg {
        self.as_str().arg()
    }
    fn null() -> Arg {
        Arg::Text(None)
    }
}

/// The text that is stored for a value kept as JSON.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Broken(format!("a value can't be written as JSON: {error}")))
}

pub(crate) fn sqlite(sql: &'static Sql, args: Vec<Arg>) -> Query<'static, Sqlite, SqliteArguments> {
    let query = sqlx::query::<Sqlite>(sql.sqlite);
    args.into_iter().fold(query, |query, arg| match arg {
        Arg::Text(value) => query.bind(value),
        Arg::Int(value) => query.bind(value),
        Arg::Bool(value) => query.bind(value),
        Arg::Bytes(value) => query.bind(value),
    })
}

pub(crate) fn pg(sql: &'static Sql, args: Vec<Arg>) -> Query<'static, Postgres, PgArguments> {
    let query = sqlx::query::<Postgres>(sql.pg);
    args.into_iter().fold(query, |query, arg| match arg {
        Arg::Text(value) => query.bind(value),
        Arg::Int(value) => query.bind(value),
        Arg::Bool(value) => query.bind(value),
        Arg::Bytes(value) => query.bind(value),
    })
}

/// A row on its way out. Columns are read by name; what does not fit is `Broken` and names the column.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Pg(PgRow),
}

macro_rules! read {
    ($self:ident, $column:ident, $type:ty) => {
        match $self {
            Row::Sqlite(row) => row.try_get::<$type, _>($column),
            Row::Pg(row) => row.try_get::<$type, _>($column),
        }
        .map_err(|error| misfit($column, error))
    };
}

impl Row {
    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        read!(self, column, String)
    }

    pub(crate) fn text_opt(&self, column: &str) -> Result<Option<String>, StoreError> {
        read!(self, column, Option<String>)
    }

    pub(crate) fn int(&self, column: &str) -> Result<i64, StoreError> {
        read!(self, column, i64)
    }

    pub(crate) fn int_opt(&self, column: &str) -> Result<Option<i64>, StoreError> {
        read!(self, column, Option<i64>)
    }

    pub(crate) fn bool(&self, column: &str) -> Result<bool, StoreError> {
        read!(self, column, bool)
    }

    pub(crate) fn bytes_opt(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read!(self, column, Option<Vec<u8>>)
    }

    /// A count that is never negative.
    pub(crate) fn count<N: TryFrom<i64>>(&self, column: &str) -> Result<N, StoreError> {
        N::try_from(self.int(column)?).map_err(|_| misfit(column, "not a count"))
    }

    pub(crate) fn at(&self, column: &str) -> Result<Timestamp, StoreError> {
        instant(column, self.int(column)?)
    }

    pub(crate) fn at_opt(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.int_opt(column)?.map(|ms| instant(column, ms)).transpose()
    }

    /// An id, or anything that is read from its text.
    pub(crate) fn id<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.text(column)?.parse().map_err(|error| misfit(column, error))
    }

    pub(crate) fn id_opt<T>(&self, column: &str) -> Result<Option<T>, StoreError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.text_opt(column)?.map(|text| text.parse().map_err(|error| misfit(column, error))).transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| misfit(column, error))
    }

    pub(crate) fn json_opt<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.text_opt(column)?.map(|text| serde_json::from_str(&text).map_err(|error| misfit(column, error))).transpose()
    }

    pub(crate) fn network(&self, column: &str) -> Result<NetworkId, StoreError> {
        Ok(NetworkId::from_text(&self.text(column)?))
    }

    /// One of a closed list of stored names.
    pub(crate) fn named<T>(&self, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let text = self.text(column)?;
        read(&text).ok_or_else(|| misfit(column, format!("{text:?} is not known")))
    }
}

fn instant(column: &str, ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|error| misfit(column, error))
}

fn misfit(column: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Broken(format!("column {column}: {error}"))
}
