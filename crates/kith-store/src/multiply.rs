//! A large plan from a small one, for measuring: rows are copied inside the database, many thousand a second.

use jiff::Timestamp;

use crate::StoreError;
use crate::db::{args, statements};
use crate::store::InWorkspace;

statements! {
    /// Copies dispatches of the pattern (`bench/0` and on); ids rise as those made over time do.
    MULTIPLY = concat!(
        "WITH RECURSIVE row_number (i) AS (SELECT $2 UNION ALL SELECT i + 1 FROM row_number WHERE i + 1 < $2 + $3), ",
        "pattern AS MATERIALIZED (SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place, COUNT(*) OVER () AS places ",
        "FROM dispatch WHERE workspace_id = $1 AND due_at = $4 AND occurrence_key NOT LIKE 'copy/%') ",
        "INSERT INTO dispatch (id, workspace_id, post_id, variant_id, channel_id, occurrence_key, civil, zone, due_at, ",
        "grace_s, payload_hash, remote_key, prepared, state, state_json, fence, wake_at, attempts, provenance, created_at) ",
        "SELECT printf('0190%012x7000', row_number.i) || lower(hex(randomblob(6))), workspace_id, post_id, variant_id, channel_id, ",
        "'copy/' || row_number.i, civil, zone, $4 + row_number.i * 1000, grace_s, payload_hash, 'copy-' || row_number.i, NULL, ",
        "state, state_json, 0, $4 + row_number.i * 1000, 0, provenance, created_at ",
        "FROM row_number JOIN pattern ON pattern.place = row_number.i % pattern.places"
    ), postgres concat!(
        "INSERT INTO dispatch (id, workspace_id, post_id, variant_id, channel_id, occurrence_key, civil, zone, due_at, ",
        "grace_s, payload_hash, remote_key, prepared, state, state_json, fence, wake_at, attempts, provenance, created_at) ",
        "SELECT '0190' || lpad(to_hex(n.i), 12, '0') || '7000' || substr(md5(random()::text), 1, 12), p.workspace_id, p.post_id, ",
        "p.variant_id, p.channel_id, 'copy/' || n.i, p.civil, p.zone, $4 + n.i * 1000, p.grace_s, p.payload_hash, 'copy-' || n.i, ",
        "NULL, p.state, p.state_json, 0, $4 + n.i * 1000, 0, p.provenance, p.created_at ",
        "FROM generate_series(CAST($2 AS BIGINT), CAST($2 AS BIGINT) + CAST($3 AS BIGINT) - 1) AS n (i) JOIN ",
        "(SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place, COUNT(*) OVER () AS places FROM dispatch ",
        "WHERE workspace_id = $1 AND due_at = CAST($4 AS BIGINT) AND occurrence_key NOT LIKE 'copy/%') AS p ON p.place = n.i % p.places"
    );
}

impl InWorkspace<'_> {
    /// For measuring only: adds `count` dispatches that copy those due at `begins`, numbered from `first`, each a second
    /// after the one before.
    pub async fn multiply_plan(&self, first: u64, count: u64, begins: Timestamp) -> Result<(), StoreError> {
        self.store.write(&MULTIPLY, args![self.id, first, count, begins]).await.map(drop)
    }
}
