//! Tests that walk every statement of the crate: each prepares on each engine, and each names its tenant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

use crate::db::Sql;
use crate::{Unique, cross_tenant, export};

fn all() -> Vec<(&'static str, &'static Sql)> {
    let files: [(&str, &[&'static Sql]); 40] = [
        ("acts", crate::acts::ALL),
        ("answer_drafts", crate::answer_drafts::ALL),
        ("brake", crate::brake::ALL),
        ("calls", crate::calls::ALL),
        ("channels", crate::channels::ALL),
        ("claims", crate::claims::ALL),
        ("clock", crate::clock::ALL),
        ("contacts", crate::contacts::ALL),
        ("dispatches", crate::dispatches::ALL),
        ("doors", crate::doors::ALL),
        ("edits", crate::edits::ALL),
        ("epoch", crate::epoch::ALL),
        ("erase", crate::erase::ALL),
        ("events", crate::events::ALL),
        ("followers", crate::followers::ALL),
        ("handles", crate::handles::ALL),
        ("health", crate::health::ALL),
        ("inbox", crate::inbox::ALL),
        ("ingest", crate::ingest::ALL),
        ("invitations", crate::invitations::ALL),
        ("leases", crate::leases::ALL),
        ("media", crate::media::ALL),
        ("memories", crate::memories::ALL),
        ("merges", crate::merges::ALL),
        ("messages", crate::messages::ALL),
        ("multiply", crate::multiply::ALL),
        ("pace", crate::pace::ALL),
        ("post_drafts", crate::post_drafts::ALL),
        ("posts", crate::posts::ALL),
        ("processes", crate::processes::ALL),
        ("search", crate::search::ALL),
        ("settings", crate::settings::ALL),
        ("sign_in", crate::sign_in::ALL),
        ("sorting", crate::sorting::ALL),
        ("sources", crate::sources::ALL),
        ("statistics", crate::statistics::ALL),
        ("store", crate::store::ALL),
        ("turns", crate::turns::ALL),
        ("tokens", crate::tokens::ALL),
        ("workspaces", crate::workspaces::ALL),
    ];
    let listed = files.into_iter().flat_map(|(file, all)| all.iter().map(move |sql| (file, *sql)));
    let whole = export::TABLES.iter().flat_map(|table| [Some(("export", table.sql())), table.erase().map(|sql| ("erase", sql))]);
    listed.chain(whole.flatten()).collect()
}

async fn sqlite() -> (tempfile::TempDir, sqlx::SqliteConnection) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kith.db");
    let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", file.display())).await.unwrap();
    crate::migrate::sqlite(&mut conn, Timestamp::UNIX_EPOCH).await.unwrap();
    (dir, conn)
}

/// A fresh schema on the run's PostgreSQL.
async fn pg(schema: &str) -> sqlx::PgPool {
    let url = kith_testkit::servers::postgres().await.unwrap().url;
    let mut conn = sqlx::PgConnection::connect(&url).await.unwrap();
    conn.execute(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))).await.unwrap();
    conn.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
    let mark = if url.contains('?') { '&' } else { '?' };
    let pool = sqlx::PgPool::connect(&format!("{url}{mark}options=-csearch_path%3D{schema}")).await.unwrap();
    crate::migrate::pg(&pool, Timestamp::UNIX_EPOCH).await.unwrap();
    pool
}

/// Tables with their columns.
type Columns = BTreeMap<String, BTreeSet<String>>;

async fn sqlite_columns(conn: &mut sqlx::SqliteConnection) -> Columns {
    let sql = concat!(
        "SELECT t.name AS tab, c.name || CASE WHEN c.\"notnull\" THEN '' ELSE '?' END AS col FROM sqlite_schema t, ",
        "pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
    );
    let mut columns = Columns::new();
    for row in sqlx::query(sql).fetch_all(conn).await.unwrap() {
        columns.entry(row.get("tab")).or_default().insert(row.get("col"));
    }
    columns
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    let (_dir, mut conn) = sqlite().await;
    for (file, sql) in all() {
        if let Err(error) = conn.prepare(sqlx::SqlStr::from_static(sql.sqlite)).await {
            panic!("{file}::{}: {error}\n{}", sql.name, sql.sqlite);
        }
    }
}

#[tokio::test]
async fn every_statement_prepares_on_postgres_and_both_engines_have_the_same_columns() {
    let pool = pg("kith_statements").await;
    let mut conn = pool.acquire().await.unwrap();
    for (file, sql) in all() {
        if let Err(error) = conn.prepare(sqlx::SqlStr::from_static(sql.pg)).await {
            panic!("{file}::{}: {error}\n{}", sql.name, sql.pg);
        }
    }
    let sql = concat!(
        "SELECT CAST(table_name AS TEXT) AS tab, column_name || CASE is_nullable WHEN 'NO' THEN '' ELSE '?' END AS col ",
        "FROM information_schema.columns WHERE table_schema = 'kith_statements'"
    );
    let mut columns = Columns::new();
    for row in sqlx::query(sql).fetch_all(&mut *conn).await.unwrap() {
        columns.entry(row.get("tab")).or_default().insert(row.get("col"));
    }
    let (_dir, mut conn) = sqlite().await;
    assert_eq!(columns, sqlite_columns(&mut conn).await);
}

#[tokio::test]
async fn a_statement_on_a_tenants_table_names_the_workspace_or_is_listed_with_its_reason() {
    let (_dir, mut conn) = sqlite().await;
    let tables = sqlite_columns(&mut conn).await;
    let tenants: Vec<&String> = tables.iter().filter(|(_, columns)| columns.contains("workspace_id")).map(|(table, _)| table).collect();
    assert!(tenants.len() >= 16, "{tenants:?}");
    let mut used = BTreeSet::new();
    for (file, sql) in all() {
        for text in [sql.sqlite, sql.pg] {
            let touches = tenants.iter().any(|table| {
                ["FROM", "JOIN", "INTO", "UPDATE"].iter().any(|verb| {
                    text.match_indices(&format!("{verb} {table}"))
                        .any(|(at, found)| !text[at + found.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
                })
            });
            let named = text.contains("workspace_id = $") || (text.starts_with("INSERT") && text.contains("workspace_id"));
            if touches && !named {
                let reason = cross_tenant::ALLOWED.iter().find(|(f, name, _)| (*f, *name) == (file, sql.name));
                assert!(reason.is_some(), "{file}::{} crosses tenants", sql.name);
                used.insert((file, sql.name));
            }
        }
    }
    assert_eq!(used.len(), cross_tenant::ALLOWED.len(), "a reason without its statement: only {used:?} need one");
}

#[tokio::test]
async fn every_column_is_exported_or_kept_back_with_a_reason() {
    let (_dir, mut conn) = sqlite().await;
    for (table, columns) in sqlite_columns(&mut conn).await {
        let exported = export::TABLES.iter().find(|exported| exported.name == table);
        for column in columns {
            let column = column.trim_end_matches('?');
            let kept = export::KEPT_BACK.iter().any(|(t, c, _)| (*t == table || *t == "*") && (*c == column || *c == "*"));
            let out = exported.is_some_and(|exported| exported.has(column));
            assert!(kept != out, "{table}.{column}: exported {out}, kept back {kept}");
        }
    }
}

#[tokio::test]
async fn every_unique_name_has_its_words() {
    let (_dir, mut conn) = sqlite().await;
    let sql = concat!(
        "SELECT i.name AS name, (SELECT group_concat(t.name || '.' || c.name, ', ') FROM pragma_index_info(i.name) c) AS columns ",
        "FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.\"unique\" AND i.origin = 'c'"
    );
    // Keys that are only ever met by ON CONFLICT, or that guard references.
    let silent = ["channel_tenant", "source_tenant", "handle_person", "conversation_thread", "message_remote", "reaction_remote"];
    let mut found = 0;
    for row in sqlx::query(sql).fetch_all(&mut conn).await.unwrap() {
        let (name, columns): (String, String) = (row.get("name"), row.get("columns"));
        if silent.contains(&name.as_str()) {
            continue;
        }
        assert!(Unique::ALL.iter().any(|(_, n, c)| (*n, *c) == (name.as_str(), columns.as_str())), "{name} on {columns}");
        found += 1;
    }
    assert_eq!(found + 1, Unique::ALL.len(), "all but the link's primary key are indexes");
}

/// Cost follows what is due or shown, not what is stored: nothing that a worker or a page asks reads a whole table.
#[tokio::test]
async fn no_table_of_a_tenant_is_read_from_end_to_end() {
    let (_dir, mut conn) = sqlite().await;
    let tables = sqlite_columns(&mut conn).await;
    // Only what is on hold, by an index of just that; all channels by design; all leases once at a start; rows by key, whose references SQLite lists but never follows; an export's small tables.
    let allowed = [
        ("brake", "HOLDING"),
        ("channels", "LISTENING"),
        ("leases", "LISTENABLE"),
        ("claims", "END_LEASES"),
        ("handles", "SEEN"),
        ("export", "EXPORT cursor_place"),
        ("export", "EXPORT draft"),
        ("export", "EXPORT source_key"),
    ];
    for (file, sql) in all() {
        let mut rows = Vec::new();
        // A whole turn is several statements; each is asked by itself.
        for text in sql.sqlite.split("; ").filter(|text| !text.starts_with("SAVEPOINT") && !text.starts_with("RELEASE")) {
            rows.extend(sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"))).fetch_all(&mut conn).await.unwrap());
        }
        for row in rows {
            let step: String = row.get("detail");
            let Some(scanned) = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()) else { continue };
            // Aliases are one letter; a view of JSON or of a page's own rows is no table.
            let is_table = tables.get(scanned).is_some_and(|columns| columns.contains("workspace_id")) || scanned.len() == 1;
            let is_allowed = allowed.contains(&(file, sql.name)) || file == "health" || file == "erase";
            assert!(!is_table || is_allowed, "{file}::{}: {step}", sql.name);
        }
    }
}

#[tokio::test]
async fn no_table_keeps_the_rows_of_a_workspace_that_is_erased() {
    let (_dir, mut conn) = sqlite().await;
    // What `erase` names by itself.
    let beside = ["lease", "member_call", "push_browser", "push_key"];
    for (table, columns) in sqlite_columns(&mut conn).await {
        let goes = beside.contains(&table.as_str()) || export::TABLES.iter().any(|known| known.name == table && known.erase().is_some());
        assert!(goes || !columns.contains("workspace_id"), "{table}: export it, or erase it in erase.rs");
    }
}
