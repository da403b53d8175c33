//! A hand behind the engine's back: what a broken disk, a wrong restore or a curious person does to the database.
//!
//! The one place outside the store that speaks SQL, for what the store offers no way to do (crates/xtask, rule `sql`).

use kith_domain::ids::DispatchId;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use super::rig::{Base, Rig};

/// Other words where a dispatch's content is stored; their hashes stay as they were.
pub(super) async fn alter_content(rig: &Rig, id: DispatchId, from: &str, to: &str) {
    let sql = format!(
        "UPDATE variant SET content = REPLACE(content, '{from}', '{to}') WHERE id = (SELECT variant_id FROM dispatch WHERE id = '{id}')"
    );
    assert_eq!(run(rig, &sql).await, 1);
}

/// Other words, and the hashes that fit them: only the approval is the old one.
pub(super) async fn alter_approval(rig: &Rig, id: DispatchId, hash: &str) {
    assert_eq!(run(rig, &format!("UPDATE dispatch SET payload_hash = '{hash}' WHERE id = '{id}'")).await, 1);
}

/// Other bytes where the prepared ones are stored.
pub(super) async fn alter_prepared(rig: &Rig, id: DispatchId, from: &str, to: &str) {
    let sql = format!("UPDATE dispatch SET prepared = REPLACE(prepared, '{from}', '{to}') WHERE id = '{id}'");
    assert_eq!(run(rig, &sql).await, 1);
}

/// From now on no write of this table succeeds: the transaction that tries one fails in its middle.
pub(super) async fn forbid(rig: &Rig, table: &str, write: &str) {
    match base(rig) {
        Base::Sqlite => {
            run(rig, &format!("CREATE TRIGGER no_{table} BEFORE {write} ON {table} BEGIN SELECT RAISE(ABORT, 'forbidden'); END")).await;
        }
        Base::Postgres => {
            let say =
                "CREATE OR REPLACE FUNCTION no_write() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''forbidden''; END' LANGUAGE plpgsql";
            run(rig, say).await;
            run(rig, &format!("CREATE TRIGGER no_{table} BEFORE {write} ON {table} FOR EACH ROW EXECUTE FUNCTION no_write()")).await;
        }
    }
}

/// Writes succeed again.
pub(super) async fn allow(rig: &Rig, table: &str) {
    match base(rig) {
        Base::Sqlite => run(rig, &format!("DROP TRIGGER no_{table}")).await,
        Base::Postgres => run(rig, &format!("DROP TRIGGER no_{table} ON {table}")).await,
    };
}

fn base(rig: &Rig) -> Base {
    if rig.url.starts_with("sqlite:") { Base::Sqlite } else { Base::Postgres }
}

async fn run(rig: &Rig, sql: &str) -> u64 {
    let sql = AssertSqlSafe(sql.to_owned());
    match base(rig) {
        Base::Sqlite => {
            let mut conn = SqliteConnection::connect(&rig.url).await.unwrap();
            conn.execute(sql).await.unwrap().rows_affected()
        }
        Base::Postgres => {
            let mut conn = PgConnection::connect(&rig.url).await.unwrap();
            conn.execute(sql).await.unwrap().rows_affected()
        }
    }
}
